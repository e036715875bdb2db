"""Flags and the public wording of a need: said at once, settled by an officer; raw words stay."""

import pytest
from sqlmodel import Session, select

from app.models import AuditEvent, Consultation, FlagKind, Need, NeedAct, NeedEvent, NeedFlag, NeedStatus, Organization
from app.services import needs, privacy
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # no SQL of its own

FIRE = "ไฟไหม้ท้ายหมู่ตอนนี้ ขอรถดับเพลิง"
NAMED = "ถนนหน้าบ้านนายสมชาย ทองดี พัง โทร 081-234-5678"


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def wipha(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.wipha)


@pytest.fixture
def named(session: Session, cast: Cast, consultation: Consultation) -> Need:
    return make_need(session, cast.somchai, consultation, NAMED)


@pytest.fixture
def burning(session: Session, cast: Cast, consultation: Consultation) -> Need:
    return make_need(session, cast.somchai, consultation, FIRE)


# Flags


def test_sender_of_an_emergency_reads_at_once_whom_to_call(
    client: PageClient, cast: Cast, session: Session, burning: Need
) -> None:
    receipt = client.as_(cast.somchai).read(f"/needs/{burning.ref}/receipt")
    assert "tel:199" in [link.get("href") for link in receipt.all("a")]
    assert "ถ้าเป็นเหตุด่วน โทรได้ทันที" in receipt.text()
    flag = session.exec(select(NeedFlag)).one()
    assert (flag.kind, flag.words, burning.status) == (FlagKind.FIRE, ["ไฟไหม้", "ตอนนี้"], NeedStatus.SUBMITTED)


def test_ordinary_need_is_received_without_alarm(
    client: PageClient, cast: Cast, session: Session, consultation: Consultation
) -> None:
    need = make_need(session, cast.somchai, consultation)
    assert "ถ้าเป็นเหตุด่วน โทรได้ทันที" not in client.as_(cast.somchai).read(f"/needs/{need.ref}/receipt").text()
    assert session.exec(select(NeedFlag)).all() == []


def test_officer_sees_the_words_and_whom_to_call_in_the_queue_and_on_the_page(wipha: PageClient, burning: Need) -> None:
    for url in ("/verification?flagged=1", f"/needs/{burning.ref}"):
        text = wipha.read(url).text()
        assert ("อาจเป็นเหตุด่วน: ไฟไหม้หรือระเบิด" in text, "199" in text) == (True, True)


def test_false_alarm_stays_dismissed(wipha: PageClient, cast: Cast, session: Session, burning: Need) -> None:
    flag = session.exec(select(NeedFlag)).one()
    wipha.submit(f"/needs/{burning.ref}", action=f"/needs/{burning.ref}/flags/{flag.id}/dismiss")
    assert (flag.dismissed_by_id, flag.dismissed_at is not None) == (cast.wipha.id, True)
    assert session.exec(select(AuditEvent.act)).all() == ["flags.dismiss"]
    needs.return_for_detail(session, burning, cast.wipha, "ยังไหม้อยู่ไหม")
    needs.add_detail(session, burning, cast.somchai, "ไฟไหม้ตอนนี้ยังไม่ดับ")
    assert burning.open_flags == []
    assert burning.ref not in wipha.read("/verification?flagged=1").text()


def test_what_is_added_later_is_read_too(session: Session, cast: Cast, consultation: Consultation) -> None:
    need = make_need(session, cast.somchai, consultation)
    needs.return_for_detail(session, need, cast.wipha, "เป็นอย่างไร")
    needs.add_detail(session, need, cast.somchai, "เมื่อคืนเขามาขู่ฆ่าผม กลัวมาก")
    assert need.open_flags[0].kind is FlagKind.VIOLENCE


@pytest.mark.parametrize(("name", "status"), [("somchai", 403), ("malee", 404), ("kamon", 404), ("thana", 404)])
def test_only_an_officer_of_the_place_settles_a_flag_or_words(
    client: PageClient, cast: Cast, session: Session, burning: Need, name: str, status: int
) -> None:
    flag, person = session.exec(select(NeedFlag)).one(), client.as_(getattr(cast, name))
    assert person.post(f"/needs/{burning.ref}/flags/{flag.id}/dismiss").status_code == status
    assert person.get(f"/needs/{burning.ref}/wording").status_code == status
    assert person.post(f"/needs/{burning.ref}/wording", data={"problem": "x"}).status_code == status
    assert (flag.dismissed_at, burning.public_problem) == (None, None)


def test_flag_of_another_need_is_not_found(
    wipha: PageClient, cast: Cast, session: Session, consultation: Consultation, burning: Need
) -> None:
    other = make_need(session, cast.somchai, consultation)
    flag = session.exec(select(NeedFlag)).one()
    assert wipha.post(f"/needs/{other.ref}/flags/{flag.id}/dismiss").status_code == 404


def test_officer_settles_nothing_of_their_own(
    wipha: PageClient, cast: Cast, session: Session, consultation: Consultation
) -> None:
    own = make_need(session, cast.wipha, consultation, FIRE, area_code=CHAIYO_SUBDISTRICT)
    flag = session.exec(select(NeedFlag)).one()
    assert wipha.post(f"/needs/{own.ref}/flags/{flag.id}/dismiss").status_code == 403
    assert wipha.get(f"/needs/{own.ref}/wording").status_code == 403


# Wording


def test_found_data_is_marked_with_its_kind_and_a_masked_text_is_proposed(wipha: PageClient, named: Need) -> None:
    page = wipha.read(f"/needs/{named.ref}/wording")
    assert [mark.text() for mark in page.all("mark")] == ["นายสมชาย ทองดี", "081-234-5678"]
    assert "เบอร์โทร" in page.text()
    [box] = [box for box in page.all("textarea") if box.get("name") == "problem"]
    assert "".join(str(child) for child in box.children).strip() == privacy.mask(NAMED)
    assert "พบข้อมูลส่วนบุคคล" in wipha.read(f"/needs/{named.ref}").text()


def test_settled_words_are_what_others_read_and_raw_words_stay(
    wipha: PageClient, client: PageClient, cast: Cast, session: Session, named: Need
) -> None:
    named.referred_to_id = session.exec(select(Organization.id)).one()
    agency = client.as_(cast.thana)
    assert "081-234-5678" not in agency.read(f"/needs/{named.ref}").text()
    wipha.submit(f"/needs/{named.ref}/wording", {"problem": "ถนนหน้าบ้านหลังหนึ่งพัง"}, action=f"/needs/{named.ref}/wording")
    assert (named.problem, named.public_problem) == (NAMED, "ถนนหน้าบ้านหลังหนึ่งพัง")
    for url in (f"/needs/{named.ref}", "/needs"):
        text = agency.read(url).text()
        assert ("ถนนหน้าบ้านหลังหนึ่งพัง" in text, "[ชื่อบุคคล]" in text) == (True, False)
    assert NAMED in client.as_(cast.somchai).read(f"/needs/{named.ref}").text()
    event = session.exec(select(NeedEvent).where(NeedEvent.act == NeedAct.WORD.value)).one()
    assert (event.actor_id, named.worded_by_id, named.status) == (cast.wipha.id, cast.wipha.id, NeedStatus.SUBMITTED)


def test_words_left_empty_are_asked_for(wipha: PageClient, named: Need) -> None:
    answer = wipha.post(f"/needs/{named.ref}/wording", data={"problem": " "})
    assert (answer.status_code, "กรุณาเขียนถ้อยคำ" in answer.text, named.public_problem) == (422, True, None)


def test_data_left_in_the_words_is_said(wipha: PageClient, named: Need) -> None:
    answer = wipha.post(f"/needs/{named.ref}/wording", data={"problem": NAMED})
    assert answer.status_code == 303
    assert "ระบบยังพบข้อมูลส่วนบุคคล 2 แห่ง" in wipha.read(answer.headers["location"]).text()


def test_search_finds_the_settled_words_and_not_what_was_taken_out(
    wipha: PageClient, client: PageClient, cast: Cast, session: Session, named: Need
) -> None:
    wipha.post(f"/needs/{named.ref}/wording", data={"problem": "ถนนเข้าบ้านหลังหนึ่งชำรุด"})
    assert named.ref in wipha.read("/needs?q=ชำรุด").text().replace("-", "")
    assert named.ref not in wipha.read("/needs?q=พัง").text().replace("-", "")
