"""The pages of needs: written on a phone, read by those who may, and by nobody else."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session, func, select
from starlette.testclient import TestClient

from app.config import Settings
from app.database import now
from app.i18n import today
from app.models import Area, Consultation, Need, NeedEvent, NeedPhoto, NeedStatus, Notice, Organization, Stage
from app.services import needs
from app.templating import excerpt
from tests.support.cast import CHAIYO, CHAIYO_SUBDISTRICT, OTHER_CLUSTER, PHO_THONG_SUBDISTRICT, Cast
from tests.support.client import ORIGIN, PageClient
from tests.support.needs import WORDS, make_need, open_round, photo
from tests.support.queries import count_queries


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def somchai(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.somchai)


def the_need(session: Session) -> Need:
    return session.exec(select(Need)).one()


def count(session: Session, what: Any = Need) -> int:
    return session.exec(select(func.count()).select_from(what)).one()


# Writing and sending


def test_need_sent_from_the_form_gets_a_receipt(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    answer = somchai.submit("/needs/new", {"problem": WORDS, "households": "๑๒๐", "urgency": "urgent"}, button="ส่งเรื่อง")
    need = the_need(session)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/needs/{need.ref}/receipt"
    assert (need.problem, need.households, need.status) == (WORDS, 120, NeedStatus.SUBMITTED)
    receipt = somchai.read(answer.headers["location"]).text()
    assert f"{need.ref[:4]}-{need.ref[4:]}" in receipt
    assert needs.is_ref(need.ref)


def test_place_role_and_office_are_frozen_when_sent(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    somchai.submit("/needs/new", {"problem": WORDS}, button="ส่งเรื่อง")
    person = cast.somchai
    frozen = (person.role, person.agent_type, person.sector, person.area_code, person.display_name)
    person.area_code, person.display_name, person.agent_type = PHO_THONG_SUBDISTRICT, "ชื่อใหม่", None
    session.add(person)
    session.commit()
    need = the_need(session)
    assert (
        need.author_role, need.author_agent_type, need.author_sector, need.author_area_code, need.author_name
    ) == frozen  # fmt: skip


def test_draft_may_be_empty_and_is_sent_later(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    kept = somchai.submit("/needs/new", {}, button="เก็บเป็นร่าง")
    draft = the_need(session)
    assert (draft.status, draft.problem) == (NeedStatus.DRAFT, "")
    assert kept.headers["location"] == f"/needs/{draft.ref}"
    refused = somchai.post(f"/needs/{draft.ref}/send")
    assert (refused.status_code, "เดือดร้อนเรื่องอะไร" in refused.text) == (422, True)
    sent = somchai.submit(f"/needs/{draft.ref}/edit", {"problem": WORDS}, button="ส่งเรื่อง")
    assert sent.headers["location"] == f"/needs/{draft.ref}/receipt"
    assert [event.act for event in session.exec(select(NeedEvent))] == ["create", "send"]


def test_day_of_assembly_is_typed_as_people_write_it(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    held = today() - timedelta(days=9)
    typed = f"{held.day}/{held.month}/{held.year + 543}".translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    values = {"problem": WORDS, "gathered_by": "assembly", "assembly_on": typed, "attendance": "๔๕"}
    somchai.submit("/needs/new", values, button="ส่งเรื่อง")
    assert (the_need(session).assembly_on, the_need(session).attendance) == (held, 45)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"problem": ""}, "กรุณาเล่าว่าเดือดร้อนเรื่องอะไร"),
        ({"problem": "น้ำ" * 40_000}, "ยาวเกิน 4000 ตัวอักษร"),
        ({"area_code": "999999"}, "ไม่รู้จักพื้นที่นี้"),
        ({"area_code": "650101"}, "อยู่นอกกลุ่มจังหวัด"),
        ({"area_code": "", "area_code_query": "เมืองลับแล"}, "ไม่พบพื้นที่ชื่อนี้"),
        ({"area_code_query": "โพธิ์ทอง"}, "ไม่ตรงกับชื่อที่พิมพ์"),
        ({"households": "หลายบ้าน"}, "กรุณากรอกเป็นตัวเลข"),
        ({"gathered_by": "assembly", "assembly_on": "เมื่อวาน"}, "กรุณากรอกวันที่"),
        ({"gathered_by": "assembly", "assembly_on": "1/1/2600"}, "ต้องไม่เกินวันนี้"),
    ],
)
def test_what_must_be_mended_is_said_and_nothing_typed_is_lost(
    somchai: PageClient, consultation: Consultation, session: Session, values: dict[str, str], complaint: str
) -> None:
    typed = {"problem": WORDS, "wish": "อยากได้บ่อบาดาล", "area_code": CHAIYO_SUBDISTRICT, **values}
    answer = post_need(somchai, consultation, **typed)
    assert answer.status_code == 422
    assert complaint in answer.text
    assert "อยากได้บ่อบาดาล" in answer.text
    assert values.get("problem", WORDS) in answer.text
    assert count(session) == 0


def post_need(client: PageClient, consultation: Consultation, **values: Any) -> Any:
    files = values.pop("photos", None)
    data = {
        "client_uuid": str(uuid4()), "consultation": str(consultation.id), "problem": WORDS,
        "area_code": CHAIYO_SUBDISTRICT, "act": "send", **values,
    }  # fmt: skip
    return client.post("/needs", data=data, files=files)


def test_page_made_for_everybody_sends_to_the_only_round_and_from_the_senders_own_place(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    typed = {"problem": WORDS, "area_code": "", "area_code_query": "", "consultation": ""}
    first, again = somchai.post("/needs", data=typed), somchai.post("/needs", data=typed)
    need = the_need(session)
    assert (need.consultation_id, need.area_code) == (consultation.id, cast.somchai.area_code)
    assert first.headers["location"] == again.headers["location"] == f"/needs/{need.ref}/receipt"
    no_place = client.as_(cast.preecha).post("/needs", data=typed)
    assert (no_place.status_code, "กรุณาเลือกพื้นที่" in no_place.text) == (422, True)
    open_round(session)
    which_round = somchai.post("/needs", data=typed | {"problem": "เรื่องอื่น"})
    assert (which_round.status_code, "กรุณาเลือกรอบการรับฟัง" in which_round.text) == (422, True)
    assert count(session) == 1


def test_name_that_fits_several_places_offers_them(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    answer = post_need(somchai, consultation, area_code="", area_code_query="ไชโย")
    assert answer.status_code == 422
    assert 'value="150201"' in answer.text
    chosen = post_need(somchai, consultation, area_code="150201", area_code_query="ไชโย")
    assert (chosen.status_code, the_need(session).area_code) == (303, "150201")


def test_more_households_than_live_there_are_asked_about_once(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    area = session.get_one(Area, CHAIYO_SUBDISTRICT)
    area.households = 400
    session.add(area)
    asked = post_need(somchai, consultation, households="1,200")
    assert (asked.status_code, "400 ครัวเรือน" in asked.text) == (422, True)
    believed = post_need(somchai, consultation, households="1,200", are_households_sure="true")
    assert (believed.status_code, the_need(session).households) == (303, 1200)


def test_closed_consultation_takes_no_need(somchai: PageClient, consultation: Consultation, session: Session) -> None:
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    answer = post_need(somchai, consultation)
    assert (answer.status_code, "ปิดรับแล้ว" in answer.text, WORDS in answer.text) == (422, True, True)
    assert count(session) == 0
    unsaid = somchai.submit("/needs/new", {"problem": WORDS}, button="ส่งเรื่อง")
    assert (unsaid.status_code, "ยังไม่มีรอบที่เปิดรับ" in unsaid.text, count(session)) == (422, True, 0)


def test_round_of_another_cluster_takes_no_need_of_ours(somchai: PageClient, session: Session) -> None:
    answer = post_need(somchai, open_round(session, cluster_code=OTHER_CLUSTER))
    assert (answer.status_code, count(session)) == (422, 0)


def test_errors_are_said_in_english_too(somchai: PageClient, consultation: Consultation) -> None:
    somchai.cookies.set("lang", "en")
    answer = post_need(somchai, consultation, problem="")
    assert re.search(r"[ก-๙]", re.sub(r"<[^>]*>", "", find_summary(answer.text))) is None


def find_summary(html: str) -> str:
    return html[html.index('class="error-summary') : html.index("</ul>", html.index('class="error-summary'))]


# Once and only once


def test_need_posted_twice_is_one_need_with_one_receipt(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    uuid = str(uuid4())
    first = post_need(somchai, consultation, client_uuid=uuid)
    second = post_need(somchai, consultation, client_uuid=uuid)
    assert first.headers["location"] == second.headers["location"]
    assert (count(session), count(session, NeedEvent)) == (1, 1)


def test_need_posted_eight_times_at_once_is_one_need(
    app: FastAPI, somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    session.commit()
    data = {
        "client_uuid": str(uuid4()), "consultation": str(consultation.id), "problem": WORDS,
        "area_code": CHAIYO_SUBDISTRICT, "act": "send",
    }  # fmt: skip

    def press(_time: int) -> str:
        phone = TestClient(app, base_url=ORIGIN, follow_redirects=False, cookies=dict(somchai.cookies))
        return phone.post("/needs", data=data).headers["location"]

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(press, range(8)))
    assert places == {f"/needs/{the_need(session).ref}/receipt"}
    assert count(session, NeedEvent) == 1


def test_need_posted_again_after_the_round_closed_still_gets_its_receipt(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    uuid = str(uuid4())
    first = post_need(somchai, consultation, client_uuid=uuid)
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    assert post_need(somchai, consultation, client_uuid=uuid).headers["location"] == first.headers["location"]


def test_other_words_under_the_same_name_are_refused(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    uuid = str(uuid4())
    post_need(somchai, consultation, client_uuid=uuid)
    answer = post_need(somchai, consultation, client_uuid=uuid, problem="เรื่องอื่น")
    assert (answer.status_code, the_need(session).problem) == (409, WORDS)


def test_draft_kept_and_then_sent_from_the_same_page_is_one_need(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    uuid = str(uuid4())
    post_need(somchai, consultation, client_uuid=uuid, act="draft")
    post_need(somchai, consultation, client_uuid=uuid, act="send")
    assert the_need(session).status is NeedStatus.SUBMITTED


def test_name_of_another_persons_post_is_refused(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    uuid = str(uuid4())
    post_need(somchai, consultation, client_uuid=uuid)
    answer = post_need(client.as_(cast.malee), consultation, client_uuid=uuid)
    assert (answer.status_code, count(session)) == (409, 1)


def test_text_as_sent_is_never_changed(somchai: PageClient, consultation: Consultation, session: Session) -> None:
    post_need(somchai, consultation)
    need = the_need(session)
    data = {"client_uuid": need.client_uuid, "consultation": str(consultation.id), "problem": "แก้แล้ว", "act": "send"}
    assert somchai.post(f"/needs/{need.ref}/edit", data=data).status_code == 409
    assert somchai.get(f"/needs/{need.ref}/edit").headers["location"] == f"/needs/{need.ref}"
    assert the_need(session).problem == WORDS


# Photos


def test_photo_is_kept_upright_small_and_without_where_it_was_taken(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112] = 6  # turned right
    exif[0x010F] = "a telephone"
    upload = photo(size=(2400, 1800), exif=exif)
    assert b"a telephone" in upload
    answer = post_need(somchai, consultation, photos=[("photos", ("IMG_1.jpg", upload, "image/jpeg"))])
    kept = session.exec(select(NeedPhoto)).one()
    assert answer.status_code == 303
    assert (kept.width, kept.height) == (1200, 1600)
    shown = somchai.get(f"/photos/{kept.file_name}")
    assert shown.headers["content-type"] == "image/webp"
    assert (b"a telephone" in shown.content, b"EXIF" in shown.content) == (False, False)


def test_photo_that_is_not_one_is_refused_and_the_words_are_kept(
    somchai: PageClient, consultation: Consultation, session: Session
) -> None:
    files = [("photos", ("รูป.jpg", b"<html>not a photo</html>", "image/jpeg"))]
    answer = post_need(somchai, consultation, photos=files)
    assert (answer.status_code, "ไม่ใช่รูปถ่าย" in answer.text, WORDS in answer.text) == (422, True, True)
    assert count(session) == 0


def test_photo_is_seen_only_by_those_who_may_read_its_need(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    post_need(somchai, consultation, photos=[("photos", ("1.png", photo("PNG"), "image/png"))])
    url = f"/photos/{session.exec(select(NeedPhoto.file_name)).one()}"
    seen = {
        name: client.as_(getattr(cast, name)).get(url).status_code for name in ("somchai", "malee", "wipha", "kamon")
    }
    assert seen == {"somchai": 200, "malee": 404, "wipha": 200, "kamon": 404}
    assert client.get(url).headers["location"].startswith("/sign-in")


def test_photos_are_added_while_a_need_waits_and_not_after(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    files = [("photos", ("1.png", photo("PNG"), "image/png"))]
    assert somchai.post(f"/needs/{need.ref}/photos", files=files).status_code == 303
    assert somchai.post(f"/needs/{need.ref}/photos", files=files).status_code == 303
    assert count(session, NeedPhoto) == 1
    client.as_(cast.wipha).post(f"/needs/{need.ref}/certify")
    assert somchai.post(f"/needs/{need.ref}/photos", files=files).status_code == 403


def test_no_more_than_five_photos(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    files = [("photos", (f"{n}.png", photo("PNG", (40 + n, 30)), "image/png")) for n in range(6)]
    assert somchai.post(f"/needs/{need.ref}/photos", files=files).status_code == 422
    assert somchai.post(f"/needs/{need.ref}/photos", files=files[:4]).status_code == 303
    refused = somchai.post(f"/needs/{need.ref}/photos", files=files[4:])
    assert (refused.status_code, "ไม่เกิน 5 รูป" in refused.text, count(session, NeedPhoto)) == (422, True, 4)


# Who sees what


def test_each_person_reads_only_what_is_theirs_to_read(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    readers = ("somchai", "malee", "wipha", "surachai", "preecha", "duangjai", "thana", "arun", "nida", "kamon")
    seen = {name: client.as_(getattr(cast, name)).get(f"/needs/{need.ref}").status_code for name in readers}
    assert seen == dict.fromkeys(("somchai", "wipha", "surachai", "preecha", "duangjai"), 200) | dict.fromkeys(
        ("malee", "thana", "arun", "nida", "kamon"), 404
    )
    assert client.get(f"/needs/{need.ref}").headers["location"].startswith("/sign-in")


def test_draft_is_its_authors_alone(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    draft = make_need(session, cast.somchai, consultation, "ร่างของสมชาย", send=False)
    for name in ("malee", "wipha", "surachai", "preecha", "duangjai"):
        other = client.as_(getattr(cast, name))
        assert other.get(f"/needs/{draft.ref}").status_code == 404
        assert other.post(f"/needs/{draft.ref}/send").status_code == 404
        page = other.read("/needs").text()
        assert ("ร่างของสมชาย" in page, "พบ 0 เรื่อง" in page) == (False, True)
        assert "พบ 0 เรื่อง" in other.read(f"/needs?q={draft.ref}").text()
        assert "พบ 0 เรื่อง" in other.read("/needs?q=สมชาย").text()


def test_list_holds_what_the_single_pages_allow(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    mine = make_need(session, cast.somchai, consultation, "น้ำท่วมทางเข้าหมู่บ้าน")
    theirs = make_need(session, cast.malee, consultation, "ไฟทางดับทั้งซอย")
    listed = {}
    for name in ("somchai", "malee", "wipha", "surachai", "kamon"):
        page = client.as_(getattr(cast, name)).get("/needs").text
        listed[name] = {ref for ref in (mine.ref, theirs.ref) if f"/needs/{ref}" in page}
    assert listed == {
        "somchai": {mine.ref}, "malee": {theirs.ref}, "wipha": {mine.ref}, "surachai": {mine.ref, theirs.ref},
        "kamon": set(),
    }  # fmt: skip


def test_agency_reads_what_was_referred_to_it_with_names_and_telephones_masked(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    secret = "ตลิ่งพังหลังบ้าน นายสมศักดิ์ แซ่ลี้ โทร 081-234-5678 ขอให้มาดู"
    need = make_need(session, cast.somchai, consultation, secret)
    agency = client.as_(cast.thana)
    assert agency.get(f"/needs/{need.ref}").status_code == 404
    organization = session.exec(select(Organization)).first()
    assert organization is not None
    client.as_(cast.wipha).post(f"/needs/{need.ref}/refer", data={"organization": organization.id})
    for url in (f"/needs/{need.ref}", "/needs", f"/needs/{need.ref}/receipt"):
        page = agency.read(url).text()
        assert ("ตลิ่งพัง" in page, "081-234-5678" in page, "สมศักดิ์" in page) == (True, False, False)
    assert "พบ 0 เรื่อง" in agency.read("/needs?q=081-234-5678").text()
    assert "081-234-5678" in client.as_(cast.wipha).read(f"/needs/{need.ref}").text()


# Finding


def test_search_finds_whole_thai_words(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    make_need(session, cast.somchai, consultation, "ถนนเข้าสวนเป็นหลุม รถขนผลไม้ลำบาก")
    make_need(session, cast.somchai, consultation, "นายอำเภอช่วยดูแลตลาดหน่อย")
    page = client.as_(cast.somchai)
    assert found(page, "ถนน") == 1
    assert found(page, "ตลาด") == 1
    assert found(page, "นา") == 0
    assert found(page, "ถนน ผลไม้") == 1
    assert found(page, "ถนน ตลาด") == 0


def found(page: PageClient, words: str, more: str = "") -> int:
    text = page.read(f"/needs?q={words}{more}").text()
    return int(re.search(r"พบ (\d+) เรื่อง", text)[1])  # type: ignore[index]


def test_receipt_number_finds_its_need_and_a_mistyped_one_is_noticed(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    page = client.as_(cast.wipha)
    assert found(page, f"{need.ref[:4]}-{need.ref[4:]}") == 1
    wrong = need.ref[:-1] + str((int(need.ref[-1]) + 1) % 10)
    assert "น่าจะพิมพ์ผิด" in page.read(f"/needs?q={wrong}").text()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("น้ำท่วม", "น้ำท่วม"),
        ("ถนน\n  พัง", "ถนน พัง"),
        ("ก" * 150 + " " + "ข" * 150, "ก" * 150 + " …"),
        ("ก" * 179 + "น้ำ" + "ข" * 50, "ก" * 179 + " …"),
    ],
)
def test_long_words_are_cut_at_a_space_or_between_syllables(text: str, shown: str) -> None:
    assert excerpt(text) == shown


def test_filters_narrow_the_list(client: PageClient, consultation: Consultation, session: Session, cast: Cast) -> None:
    make_need(session, cast.somchai, consultation, category="water", urgency="urgent")
    certified = make_need(session, cast.malee, consultation, category="health")
    certified.certified_at = now()
    session.add(certified)
    page = client.as_(cast.preecha)
    counts = {
        query: found(page, "", f"&{query}")
        for query in (
            "category=water", "urgency=urgent", "status=submitted", "status=accepted", f"area={CHAIYO}",
            "certified=true", "certified=false", "mine=1", f"consultation={consultation.id}", "status=nonsense",
        )
    }  # fmt: skip
    assert list(counts.values()) == [1, 1, 2, 0, 1, 1, 1, 0, 2, 2]


def test_list_is_paged_without_gap_or_repeat(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    refs = [make_need(session, cast.somchai, consultation, f"เรื่องที่ {n}").ref for n in range(45)]
    page, url, seen = client.as_(cast.somchai), "/needs", []
    while url:
        document = page.read(url)
        seen += [
            a.get("href").removeprefix("/needs/")
            for a in document.all("a")
            if re.fullmatch(r"/needs/\d{8}", a.get("href"))
        ]
        url = next((a.get("href") for a in document.all("a") if a.get("rel") == "next"), "")
    assert seen == refs[::-1]


def test_page_after_somebody_elses_number_is_empty_and_tells_nothing(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    mine = make_need(session, cast.somchai, consultation)
    theirs = make_need(session, cast.malee, consultation)
    assert f"/needs/{mine.ref}" not in client.as_(cast.somchai).get(f"/needs?cursor={theirs.ref}").text


@pytest.mark.parametrize("name", ["somchai", "wipha", "preecha"])
def test_list_asks_the_same_number_of_questions_for_one_row_and_for_three(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast, engine: Engine, name: str
) -> None:
    page = client.as_(getattr(cast, name))
    make_need(session, cast.somchai, consultation)
    with count_queries(engine) as for_one:
        page.get("/needs")
    make_need(session, cast.somchai, consultation)
    make_need(session, cast.somchai, consultation)
    with count_queries(engine) as for_three:
        page.get("/needs")
    assert len(for_one) == len(for_three) == {"somchai": 6, "wipha": 6, "preecha": 7}[name]


def test_htmx_gets_the_results_alone(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    make_need(session, cast.somchai, consultation)
    fragment = client.as_(cast.somchai).get("/needs?q=ประปา", headers={"HX-Request": "true"}).text
    assert (fragment.lstrip().startswith('<div id="results"'), "<html" in fragment) == (True, False)


# From step to step


def test_district_asks_and_the_sender_answers_and_is_certified(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    wipha = client.as_(cast.wipha)
    act = f"/needs/{need.ref}"
    assert wipha.submit(act, button="รับเรื่องไว้ก่อน").headers["location"] == act
    empty = wipha.submit(act, button="ถามผู้ส่ง")
    assert (empty.status_code, "กรุณาเขียนคำถาม" in empty.text) == (422, True)
    wipha.submit(act, {"note": "บ่อเดิมลึกเท่าไร", "internal_note": "น่าจะซ้ำ"}, button="ถามผู้ส่ง")
    page = somchai.read(act).text()
    assert ("บ่อเดิมลึกเท่าไร" in page, "น่าจะซ้ำ" in page) == (True, False)
    somchai.submit(act, {"detail": "ลึก ๔๐ เมตร"}, action=f"{act}/add-detail")
    assert found(wipha, "เมตร") == 1
    wipha.submit(act, button="รับรองเรื่องนี้")
    session.refresh(need)
    assert (need.status, need.is_certified, need.problem) == (NeedStatus.ACCEPTED, True, WORDS)
    assert [event.act for event in need.events] == ["send", "acknowledge", "return", "add_detail", "certify"]
    assert [notice.kind for notice in session.exec(select(Notice).order_by(Notice.id))] == ["return", "certify"]  # type: ignore[arg-type]
    assert wipha.post(f"{act}/certify").status_code == 403


def test_nobody_certifies_their_own(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    own = make_need(session, cast.wipha, consultation, area_code=CHAIYO_SUBDISTRICT)
    wipha = client.as_(cast.wipha)
    assert wipha.post(f"/needs/{own.ref}/certify").status_code == 403
    assert "รับรองเรื่องนี้" not in wipha.read(f"/needs/{own.ref}").text()


def test_need_its_district_left_waiting_flows_on_uncertified(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need, fresh = make_need(session, cast.somchai, consultation), make_need(session, cast.malee, consultation)
    preecha = client.as_(cast.preecha)
    assert preecha.post(f"/needs/{need.ref}/accept").status_code == 403
    need.sent_at = now() - timedelta(days=8)
    session.add(need)
    assert "มี 1 เรื่องที่อำเภอยังไม่รับรองเกินกำหนด" in preecha.read("/needs").text()
    preecha.submit("/needs", action="/needs/accept-late")
    session.refresh(need)
    session.refresh(fresh)
    assert (need.status, need.is_certified, fresh.status) == (NeedStatus.ACCEPTED, False, NeedStatus.SUBMITTED)
    assert "อำเภอยังไม่รับรอง" in preecha.read(f"/needs/{need.ref}").text()


def test_matter_that_is_no_need_is_told_where_to_go(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    need = make_need(session, cast.somchai, consultation)
    wipha = client.as_(cast.wipha)
    assert wipha.post(f"/needs/{need.ref}/out-of-scope").status_code == 422
    wipha.post(f"/needs/{need.ref}/out-of-scope", data={"go_to": "1567"})
    assert "ศูนย์ดำรงธรรม โทร 1567" in somchai.read(f"/needs/{need.ref}").text()


def test_duplicate_keeps_its_number_and_follows_the_earlier_need(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    first, second = make_need(session, cast.somchai, consultation), make_need(session, cast.somchai, consultation)
    wipha = client.as_(cast.wipha)
    for wrong in ("", "12345678", second.ref):
        assert wipha.post(f"/needs/{second.ref}/merge", data={"into": wrong}).status_code == 422
    dashed = f"{first.ref[:4]}-{first.ref[4:]}"
    assert wipha.post(f"/needs/{second.ref}/merge", data={"into": dashed}).status_code == 303
    session.refresh(second)
    assert (second.status, second.merged_into_id) == (NeedStatus.MERGED, first.id)
    assert dashed in somchai.read(f"/needs/{second.ref}").text()


def test_sender_withdraws_before_acceptance_and_not_after(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    early, late = make_need(session, cast.somchai, consultation), make_need(session, cast.somchai, consultation)
    client.as_(cast.wipha).post(f"/needs/{late.ref}/certify")
    assert somchai.post(f"/needs/{early.ref}/withdraw", data={"note": "แก้เองแล้ว"}).status_code == 303
    assert somchai.post(f"/needs/{late.ref}/withdraw").status_code == 403
    session.refresh(early)
    assert early.status is NeedStatus.WITHDRAWN


def test_sender_sees_in_words_where_each_of_theirs_stands(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    make_need(session, cast.somchai, consultation)
    make_need(session, cast.somchai, consultation, send=False)
    page = somchai.read("/needs?mine=1").text()
    assert all(status.standing in page for status in (NeedStatus.SUBMITTED, NeedStatus.DRAFT))


def test_answer_is_disputed_once(somchai: PageClient, consultation: Consultation, session: Session, cast: Cast) -> None:
    need = make_need(session, cast.somchai, consultation)
    need.status = NeedStatus.ANSWERED
    session.add(need)
    assert somchai.post(f"/needs/{need.ref}/dispute").status_code == 422
    assert somchai.post(f"/needs/{need.ref}/dispute", data={"reason": "ไม่ตรงกับที่ขอ"}).status_code == 303
    assert somchai.post(f"/needs/{need.ref}/dispute", data={"reason": "อีกครั้ง"}).status_code == 403


@pytest.mark.parametrize("is_chunked", [False, True])
def test_too_large_a_body_is_answered_by_a_page_that_says_what_to_do(
    somchai: PageClient, consultation: Consultation, session: Session, settings: Settings, is_chunked: bool
) -> None:
    body = b"x" * (settings.max_upload_mb * 1024 * 1024 + 1)
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = somchai.post("/needs", content=iter([body]) if is_chunked else body, headers=headers)
    assert (answer.status_code, "กดย้อนกลับ สิ่งที่พิมพ์ไว้ยังอยู่" in answer.text) == (413, True)
    assert count(session) == 0
