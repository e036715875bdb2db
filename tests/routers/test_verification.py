"""The verification queue: who sees which needs, what one press does to many, and what it says it could not do."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import now
from app.models import Consultation, Need, NeedEvent, NeedStatus, Notice, Organization, User
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round
from tests.support.queries import count_queries

ONCE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # where it is no matter of SQL
HTMX = {"hx-request": "true"}


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def wipha(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.wipha)


@pytest.fixture
def three(session: Session, cast: Cast, consultation: Consultation) -> list[Need]:
    """Needs of ไชโย, sent one, two and three days ago; the newest first."""
    made = [make_need(session, cast.somchai, consultation, f"เรื่องที่ {n}") for n in (1, 2, 3)]
    for days, need in enumerate(made, start=1):
        need.sent_at = now() - timedelta(days=days)
    return made


def shown(page: PageClient, url: str = "/verification") -> list[str]:
    return [box.get("value") for box in page.read(url).all("input") if box.get("name") == "ref"]


def late(need: Need, days: int = 8) -> Need:
    need.sent_at = need.status_at = now() - timedelta(days=days)
    return need


def test_need_that_waited_longest_is_first(wipha: PageClient, three: list[Need]) -> None:
    assert shown(wipha) == [need.ref for need in reversed(three)]


@ONCE
@pytest.mark.parametrize("name", ["somchai", "thana", "arun", "nida"])
def test_queue_is_for_officers(client: PageClient, cast: Cast, name: str) -> None:
    assert client.as_(getattr(cast, name)).get("/verification").status_code == 403
    assert client.as_(getattr(cast, name)).post("/verification", data={"act": "certify"}).status_code == 403


@ONCE
def test_public_is_asked_to_sign_in(client: PageClient) -> None:
    assert client.get("/verification").headers["location"] == "/sign-in?next=/verification"


@ONCE
def test_officer_of_another_district_and_planner_of_another_cluster_see_nothing_of_it(
    client: PageClient, cast: Cast, session: Session, three: list[Need]
) -> None:
    cast.wipha.area_code = "1504"
    assert (shown(client.as_(cast.wipha)), shown(client.as_(cast.kamon))) == ([], [])
    refused = client.as_(cast.kamon).post("/verification", data={"act": "return", "ref": three[0].ref, "note": "?"})
    assert "ไม่พบเรื่องเลขที่นี้" in refused.text
    assert session.get_one(Need, three[0].id).status is NeedStatus.SUBMITTED


def test_own_needs_and_those_typed_in_for_another_wait_for_somebody_else(
    wipha: PageClient, cast: Cast, session: Session, consultation: Consultation, three: list[Need]
) -> None:
    own = make_need(session, cast.wipha, consultation, "ศาลาที่ว่าการอำเภอน้ำรั่ว", area_code=CHAIYO_SUBDISTRICT)
    typed_in = three[0]
    typed_in.entered_by_id = cast.wipha.id
    page = wipha.read("/verification")
    assert shown(wipha) == [three[2].ref, three[1].ref]
    assert "อีก 2 เรื่องคุณส่งหรือพิมพ์เอง" in page.text()
    answer = wipha.post("/verification", data={"act": "certify", "ref": [own.ref, typed_in.ref, three[1].ref]})
    assert ("รับรองแล้ว 1 เรื่อง" in answer.text, answer.text.count("ต้องให้คนอื่นตรวจ")) == (True, 3)
    assert [session.get_one(Need, one.id).status for one in (own, typed_in, three[1])] == [
        NeedStatus.SUBMITTED, NeedStatus.SUBMITTED, NeedStatus.ACCEPTED,
    ]  # fmt: skip


def test_many_are_certified_at_once_each_in_the_officers_name(
    wipha: PageClient, cast: Cast, session: Session, three: list[Need]
) -> None:
    answer = wipha.post("/verification", data={"act": "certify", "ref": [need.ref for need in three]})
    assert answer.status_code == 200
    assert "รับรองแล้ว 3 เรื่อง" in answer.text
    certified = session.exec(select(Need)).all()
    assert {(need.status, need.certified_by_id) for need in certified} == {(NeedStatus.ACCEPTED, cast.wipha.id)}
    assert len(session.exec(select(Notice)).all()) == 3
    assert shown(wipha) == []


@ONCE
def test_button_of_one_need_leaves_the_ticked_ones_alone(
    wipha: PageClient, session: Session, three: list[Need]
) -> None:
    wipha.post("/verification", data={"one": three[0].ref, "ref": [three[1].ref]})
    assert [session.get_one(Need, need.id).is_certified for need in three] == [True, False, False]


@ONCE
def test_what_somebody_else_decided_meanwhile_is_said_and_not_undone(
    wipha: PageClient, session: Session, three: list[Need]
) -> None:
    wipha.post("/verification", data={"act": "certify", "ref": [three[0].ref]})
    answer = wipha.post("/verification", data={"act": "return", "ref": [three[0].ref], "question": "where"})
    assert "มีคนดำเนินการไปแล้ว ตอนนี้อยู่ขั้น “ผ่านการตรวจสอบ”" in answer.text
    assert session.get_one(Need, three[0].id).status is NeedStatus.ACCEPTED


@ONCE
def test_ready_made_questions_and_own_words_reach_the_sender_in_thai(
    wipha: PageClient, session: Session, three: list[Need]
) -> None:
    wipha.post(
        "/verification?lang=en",
        data={"act": "return", "ref": three[0].ref, "question": ["where", "photo"], "note": "ช่วงหมู่ 3 ด้วยไหม"},
    )
    event = session.exec(select(NeedEvent).where(NeedEvent.act == "return")).one()
    assert event.note == "จุดที่เกิดเรื่องอยู่ตรงไหน ใกล้อะไร\nขอรูปถ่ายจุดที่เดือดร้อน\nช่วงหมู่ 3 ด้วยไหม"


@ONCE
def test_needs_are_passed_on_and_told_where_they_belong(wipha: PageClient, session: Session, three: list[Need]) -> None:
    agency = session.exec(select(Organization)).one()
    wipha.post("/verification", data={"act": "refer", "ref": three[0].ref, "organization": agency.id})
    wipha.post("/verification", data={"act": "out_of_scope", "ref": three[1].ref, "go_to": "1567"})
    assert session.get_one(Need, three[0].id).referred_to_id == agency.id
    assert session.get_one(Need, three[1].id).status is NeedStatus.OUT_OF_SCOPE


@ONCE
@pytest.mark.parametrize(
    ("posted", "complaint"),
    [
        ({"act": "certify"}, "กรุณาเลือกเรื่องก่อน"),
        ({"act": "return", "ref": "?"}, "กรุณาเขียนคำถามถึงผู้ส่ง"),
        ({"act": "refer", "ref": "?"}, "กรุณาเลือกหน่วยงาน"),
        ({"act": "out_of_scope", "ref": "?"}, "กรุณาเลือกว่าผู้ส่งควรติดต่อใคร"),
        ({"act": "merge", "ref": "?"}, "กรุณาเลือกว่าจะทำอะไร"),
        ({"act": "", "ref": "?"}, "กรุณาเลือกว่าจะทำอะไร"),
    ],
)
def test_what_is_missing_is_asked_for_and_ticks_are_kept(
    wipha: PageClient, session: Session, three: list[Need], posted: dict[str, str], complaint: str
) -> None:
    sent = {name: three[0].ref if value == "?" else value for name, value in posted.items()}
    answer = wipha.post("/verification", data=sent, headers=HTMX)
    assert (answer.status_code, complaint in answer.text) == (422, True)
    assert ("checked" in answer.text.split(f'value="{three[0].ref}"')[1][:80]) == ("ref" in posted)
    assert {need.status for need in session.exec(select(Need))} == {NeedStatus.SUBMITTED}


@ONCE
def test_planner_takes_on_only_what_its_district_left_too_long(
    client: PageClient, cast: Cast, session: Session, three: list[Need]
) -> None:
    late(three[0])
    planner = client.as_(cast.preecha)
    assert shown(planner, "/verification?late=1") == [three[0].ref]
    answer = planner.post("/verification", data={"act": "accept", "ref": [three[0].ref, three[1].ref]})
    assert "รับเข้าพิจารณาแล้ว 1 เรื่อง" in answer.text
    assert "ยังอยู่ในเวลาที่ให้อำเภอตรวจ" in answer.text
    certified = planner.post("/verification", data={"act": "certify", "ref": three[1].ref})
    assert "หน้าที่ของคุณทำขั้นตอนนี้ไม่ได้" in certified.text


def test_next_page_goes_on_where_this_one_ended(
    wipha: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    at = now() - timedelta(days=2)
    made = [make_need(session, cast.somchai, consultation, f"เรื่องที่ {n}") for n in range(23)]
    for need in made:
        need.sent_at = at  # all at once, as from a phone that was away
    first = wipha.read("/verification")
    [following] = [link.get("href") for link in first.all("a") if link.get("rel") == "next"]
    assert shown(wipha) + shown(wipha, following) == [need.ref for need in made]


@ONCE
def test_queue_asks_as_many_questions_for_one_need_as_for_three(
    wipha: PageClient, engine: Engine, session: Session, cast: Cast, consultation: Consultation
) -> None:
    make_need(session, cast.somchai, consultation)
    session.commit()
    with count_queries(engine) as one:
        wipha.get("/verification")
    for _n in range(2):
        make_need(session, cast.somchai, consultation)
    session.commit()
    with count_queries(engine) as three:
        wipha.get("/verification")
    assert len(three) == len(one) == 6


@ONCE
def test_htmx_gets_the_queue_alone_and_the_focus_with_it(wipha: PageClient, three: list[Need]) -> None:
    answer = wipha.post("/verification", data={"act": "certify", "ref": three[0].ref}, headers=HTMX)
    assert ("<h1" in answer.text, "data-focus" in answer.text) == (False, True)


@ONCE
def test_first_page_leads_an_officer_to_the_queue(wipha: PageClient, three: list[Need], cast: Cast) -> None:
    home = wipha.read("/")
    assert "/verification" in [link.get("href") for link in home.all("a")]
    assert isinstance(cast.wipha, User)
