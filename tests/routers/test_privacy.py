"""What is kept of a person: told at collection, seen, corrected, copied, erased; and nobody reads a number unseen."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.database import now
from app.i18n import today, typed_date
from app.models import (
    AuditEvent,
    ConsentAnswer,
    ConsentKind,
    DeliveryChannel,
    Need,
    NeedPhoto,
    Notice,
    PrivacyNotice,
    Subscription,
    User,
    UserSession,
)
from app.queries import consents as consent_queries
from app.queries import privacy_notices
from app.services import deliveries, notices, personal_data
from tests.support.cast import PASSWORD, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round, photo

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
HOME = "/account/data"
PHONE = "081 111 1111"


@pytest.fixture
def need(session: Session, cast: Cast) -> Need:
    """A need of สมชาย, sent."""
    return make_need(session, cast.somchai, open_round(session))


def readings(session: Session) -> list[AuditEvent]:
    return list(session.exec(select(AuditEvent).where(AuditEvent.act == "contacts.read")))


# The notice


@SQLITE
def test_anybody_reads_the_notice_in_force(client: PageClient) -> None:
    page = client.read("/privacy").text()
    for said in ("มาตรา 24 (4)", "ฉบับที่ 1", "12 เดือนหลังใช้งานครั้งสุดท้าย", "60 เดือนหลังส่ง", "สิทธิของคุณ"):
        assert said in page
    assert "{" not in page
    assert "section 24 (4)" in client.read("/privacy?lang=en").text()


@SQLITE
def test_sender_is_told_where_they_send(client: PageClient, cast: Cast, session: Session) -> None:
    open_round(session)
    assert "งานตามหน้าที่ของรัฐ" in client.as_(cast.somchai).get("/needs/new").text


@SQLITE
def test_new_version_holds_from_its_day_and_the_old_one_stays(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    nida = client.as_(cast.nida)
    texts = {"text_th": "# ใหม่\nเก็บ {contact_months} เดือน " + "ก" * 200, "text_en": "# New\n" + "a" * 200}
    tomorrow = typed_date(today() + timedelta(days=1))
    assert nida.submit("/privacy/new", {**texts, "valid_on": tomorrow}).status_code == 303
    assert "ฉบับที่ 1" in client.read("/privacy").text()
    assert "เก็บ 12 เดือน" in client.read("/privacy?version=2").text()
    assert privacy_notices.at(session, now() + timedelta(days=2)).version == 2
    assert need.sent_at is not None
    assert privacy_notices.at(session, need.sent_at).version == 1
    past = {**texts, "valid_on": typed_date(today() - timedelta(days=1))}
    assert nida.submit("/privacy/new", past).status_code == 422
    assert client.get("/privacy?version=9").status_code == 404


@SQLITE
@pytest.mark.parametrize("name", ["somchai", "wipha", "preecha", "duangjai", "arun"])
def test_only_the_administrator_publishes_a_notice(client: PageClient, cast: Cast, session: Session, name: str) -> None:
    person = client.as_(getattr(cast, name))
    assert person.get("/privacy/new").status_code == 403
    assert person.post("/privacy/new", data={}).status_code == 403
    assert len(session.exec(select(PrivacyNotice)).all()) == 1


# Contact data


@SQLITE
def test_number_is_hidden_until_a_reason_is_given_and_that_is_written_down(
    client: PageClient, cast: Cast, session: Session
) -> None:
    nida, page = client.as_(cast.nida), f"/users/{cast.somchai.id}"
    for url in ("/users", page):
        assert PHONE not in nida.get(url).text
    assert "••• ••• ••11" in nida.read(page).text()
    assert nida.post(f"{page}/contact", data={}).status_code == 422
    assert readings(session) == []
    shown = nida.submit(f"{page}/contact", {"why": "account"})
    assert PHONE in shown.text
    [event] = readings(session)
    assert (event.actor_id, event.subject, event.detail) == (
        cast.nida.id,
        f"user:{cast.somchai.id}",
        {"why": "account"},
    )
    own = client.as_(cast.somchai).read(HOME).text()
    assert "นิดา พัฒน์ดี" in own
    assert "ช่วยเรื่องบัญชี" in own
    assert "เปิดดูข้อมูลติดต่อ" in nida.read("/audit").text()


def test_officer_reaches_the_sender_of_a_need_and_is_seen(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    wipha, page = client.as_(cast.wipha), f"/needs/{need.ref}"
    assert PHONE not in wipha.get(page).text + wipha.get(f"{page}/contact").text
    assert PHONE in wipha.submit(f"{page}/contact", {"why": "ask"}).text
    assert [event.detail for event in readings(session)] == [{"why": "ask", "need": need.ref}]
    assert "วิภา ศรีทอง" in client.as_(cast.somchai).read(HOME).text()


@SQLITE
@pytest.mark.parametrize(
    ("name", "status"), [("malee", 404), ("kamon", 404), ("thana", 404), ("arun", 404), ("somchai", 403)]
)
def test_others_cannot_reach_the_sender(
    client: PageClient, cast: Cast, session: Session, need: Need, name: str, status: int
) -> None:
    person = client.as_(getattr(cast, name))
    assert person.post(f"/needs/{need.ref}/contact", data={"why": "ask"}).status_code == status
    assert person.post(f"/users/{cast.malee.id}/contact", data={"why": "ask"}).status_code == 404
    assert readings(session) == []


# What a sender allows


def test_sender_allows_and_takes_back_and_every_answer_stays(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    somchai, page = client.as_(cast.somchai), f"/needs/{need.ref}"
    somchai.submit(page, {"given": ["quote", "contact"]}, action=f"{page}/consents")
    somchai.submit(page, {"given": ["quote"]}, action=f"{page}/consents")
    somchai.submit(page, {"given": ["quote"]}, action=f"{page}/consents")
    answers = session.exec(select(ConsentAnswer).order_by(ConsentAnswer.id)).all()  # type: ignore[arg-type]
    assert [(one.kind, one.is_given, one.version) for one in answers] == [
        (ConsentKind.QUOTE, True, 1),
        (ConsentKind.CONTACT, True, 1),
        (ConsentKind.CONTACT, False, 1),
    ]
    assert consent_queries.is_refused(session, ConsentKind.CONTACT, need.id)
    assert not consent_queries.is_refused(session, ConsentKind.QUOTE, need.id)
    assert not consent_queries.is_refused(session, ConsentKind.PHOTOS, need.id)
    assert "ประกาศฉบับที่ 1" in somchai.read(HOME).text()


@SQLITE
def test_sender_who_does_not_want_to_be_contacted_is_not(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    page, wipha = f"/needs/{need.ref}", client.as_(cast.wipha)
    client.as_(cast.somchai).submit(page, {"given": []}, action=f"{page}/consents")
    assert "ขอไม่ให้ติดต่อ" in wipha.get(f"{page}/contact").text
    assert wipha.post(f"{page}/contact", data={"why": "ask"}).status_code == 403
    assert readings(session) == []


@SQLITE
def test_officers_are_told_that_photos_stay_where_they_are(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    said, page = "ผู้ส่งไม่ให้ใช้รูปที่เห็นหน้าคนในรายงาน", f"/needs/{need.ref}"
    session.add(NeedPhoto(need_id=need.id, sha256="0" * 64, file_name="a.webp", width=4, height=3, size=9))
    session.commit()
    somchai, wipha = client.as_(cast.somchai), client.as_(cast.wipha)
    somchai.submit(page, {"given": ["photos"]}, action=f"{page}/consents")
    assert said not in wipha.read(page).text()
    somchai.submit(page, {"given": []}, action=f"{page}/consents")
    assert said in wipha.read(page).text()


@SQLITE
def test_nobody_else_answers_for_the_sender(client: PageClient, cast: Cast, session: Session, need: Need) -> None:
    for person, status in ((cast.malee, 404), (cast.wipha, 403), (cast.preecha, 403)):
        assert client.as_(person).post(f"/needs/{need.ref}/consents", data={"given": "quote"}).status_code == status
    assert session.exec(select(ConsentAnswer)).all() == []


# One's own data


@SQLITE
def test_name_and_number_are_corrected_with_the_password(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    somchai, action = client.as_(cast.somchai), f"{HOME}/correct"
    given = {"display_name": "สมชาย ดีใจ", "phone": "089-999-9999", "current_password": "ผิด-ผิด-ผิด"}
    assert somchai.submit(HOME, given, action=action).status_code == 422
    assert somchai.submit(HOME, {**given, "current_password": PASSWORD}, action=action).status_code == 303
    person = cast.somchai
    assert (person.display_name, person.phone) == ("สมชาย ดีใจ", "+66899999999")
    session.refresh(need)
    assert need.author_name == "สมชาย ใจดี"
    taken = {"display_name": "สมชาย", "phone": "0822222222", "current_password": PASSWORD}
    refused = somchai.submit(HOME, taken, action=action)
    assert (refused.status_code, cast.somchai.phone) == (422, "+66899999999")
    assert "มีคนใช้แล้ว" in refused.text


def test_copy_holds_everything_of_oneself_and_nothing_secret(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    somchai = client.as_(cast.somchai)
    files = {"photos": ("p.jpg", photo(), "image/jpeg")}
    assert somchai.post(f"/needs/{need.ref}/photos", files=files).status_code == 303
    make_need(session, cast.malee, need.consultation, "เรื่องของมาลี ไม่มีใครควรเห็น", send=False)
    answer = somchai.submit(HOME, action=f"{HOME}/copy")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as copy:
        names, data = copy.namelist(), json.loads(copy.read("data.json"))
        page = copy.read("data.html").decode()
    assert len([name for name in names if name.startswith("photos/")]) == 1
    assert data["person"]["phone"] == "+66811111111"
    assert [one["ref"] for one in data["needs"]] == [need.ref]
    assert {"need_events", "notices", "consents", "sign_ins", "acts"} <= set(data)
    whole = json.dumps(data, ensure_ascii=False) + page
    for secret in ("argon2", "token_hash", "มาลี"):
        assert secret not in whole
    assert need.problem in page


def test_erased_sender_leaves_the_need_without_a_name(
    client: PageClient, cast: Cast, session: Session, need: Need
) -> None:
    person, somchai = cast.somchai, client.as_(cast.somchai)
    number = person.id
    draft = make_need(session, person, need.consultation, "ร่างที่ยังไม่ส่ง", send=False)
    draft_number = draft.id
    address = Subscription(user_id=number, channel=DeliveryChannel.EMAIL, address="s@example.com", confirmed_at=now())
    session.add(address)
    notices.tell(session, number, "ข่าว", kind="certify", need=need)
    deliveries.greet(session, address)
    client.as_(cast.nida).submit(f"/users/{number}/contact", {"why": "ask"})
    page = f"{HOME}/erase"
    assert somchai.submit(page, {"current_password": PASSWORD}).status_code == 422
    assert somchai.submit(page, {"is_sure": "true", "current_password": "ผิด"}).status_code == 422
    assert somchai.submit(page, {"is_sure": "true", "current_password": PASSWORD}).status_code == 303
    gone = session.get_one(User, number)
    assert (gone.phone, gone.username, gone.password_hash, gone.is_active) == (None, None, None, False)
    assert gone.display_name == need.author_name == personal_data.NO_NAME
    assert session.get(Need, draft_number) is None
    for table in (Subscription, UserSession, Notice):
        assert session.exec(select(table).where(table.user_id == number)).all() == []
    assert somchai.get(HOME).status_code == 303  # to the sign-in page
    assert client.post("/sign-in", data={"name": "somchai", "password": PASSWORD}).status_code == 422
    assert "สมชาย" not in client.as_(cast.wipha).read(f"/needs/{need.ref}").text()
    assert "สมชาย" not in client.as_(cast.nida).read("/audit").text()


@SQLITE
def test_officers_name_stays_on_official_acts(client: PageClient, cast: Cast) -> None:
    wipha, number = client.as_(cast.wipha), cast.wipha.id
    assert "เอกสารของทางราชการ" in wipha.read(f"{HOME}/erase").text()
    wipha.submit(f"{HOME}/erase", {"is_sure": "true", "current_password": PASSWORD})
    page = client.as_(cast.nida).read(f"/users/{number}").text()
    assert "วิภา ศรีทอง" in page


@SQLITE
def test_last_administrator_cannot_go(client: PageClient, cast: Cast) -> None:
    answer = client.as_(cast.nida).submit(f"{HOME}/erase", {"is_sure": "true", "current_password": PASSWORD})
    assert answer.status_code == 409
    assert cast.nida.is_active


@SQLITE
def test_public_has_no_data_page(client: PageClient) -> None:
    for url in (HOME, f"{HOME}/erase"):
        assert client.get(url).status_code == 303
    assert client.post(f"{HOME}/copy").status_code == 303
