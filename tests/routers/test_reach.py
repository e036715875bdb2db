"""How far a round reaches: counted right in every scope, reminded gently, invited by the sheet."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.database import now
from app.models import (
    AgentType,
    Area,
    AreaLevel,
    AuditEvent,
    Consultation,
    Invitation,
    Need,
    Notice,
    OutboxReport,
    Reminder,
    Role,
    Stage,
    User,
)
from app.queries import reach as reach_queries
from app.services import needs
from tests.support.cast import CHAIYO, CHAIYO_SUBDISTRICT, PHO_THONG_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round
from tests.support.queries import count_queries

ONCE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)  # where it is no matter of SQL


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def wipha(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.wipha)


def add_villages(session: Session, subdistrict: str, *households: int | None) -> list[str]:
    """Load a list of villages, as importing one does."""
    parent = session.get_one(Area, subdistrict)
    for number, count in enumerate(households, start=1):
        session.add(
            Area(
                code=f"{subdistrict}{number:02}", level=AreaLevel.VILLAGE, name_th=f"หมู่ {number}", households=count,
                parent_code=subdistrict, cluster_code=parent.cluster_code, full_th=f"หมู่ {number} {parent.full_th}",
            )
        )  # fmt: skip
    session.flush()
    return [f"{subdistrict}{number:02}" for number in range(1, len(households) + 1)]


def row(places: list[reach_queries.Reach], code: str) -> reach_queries.Reach:
    return next(one for one in places if one.area and one.area.code == code)


def hold(session: Session, person: User, waiting: int) -> None:
    at = now() - timedelta(days=4)
    session.add(OutboxReport(user_id=person.id, device="phone", waiting=waiting, oldest_at=at))


def listed(page: Any) -> list[str]:
    return [box.get("value") for box in page.all("input") if box.get("name") == "person"]


@ONCE
@pytest.mark.parametrize("name", ["somchai", "thana", "arun", "nida"])
def test_reach_is_for_officers(client: PageClient, cast: Cast, consultation: Consultation, name: str) -> None:
    person = client.as_(getattr(cast, name))
    answers = [person.get(url) for url in ("/reach", "/reach/roster.csv", "/reach/invitations")]
    answers += [person.post(url, data={"everyone": "true"}) for url in ("/reach/remind", "/reach/invitations")]
    assert {answer.status_code for answer in answers} == {403}


def test_place_is_heard_when_a_need_names_it(session: Session, cast: Cast, consultation: Consultation) -> None:
    villages = add_villages(session, CHAIYO_SUBDISTRICT, 100, 50, 150)
    make_need(session, cast.somchai, consultation, area_code=villages[0])
    make_need(session, cast.somchai, consultation, area_code=villages[0])
    make_need(session, cast.somchai, consultation)  # of the whole subdistrict: no village of it is heard by that
    make_need(session, cast.somchai, consultation, area_code=villages[1], send=False)
    needs.withdraw(session, make_need(session, cast.somchai, consultation, area_code=villages[1]), cast.somchai)
    found = reach_queries.coverage(session, cast.wipha, consultation, CHAIYO)
    chaiyo = row(found.places, CHAIYO_SUBDISTRICT)
    assert (chaiyo.villages_heard, chaiyo.villages, chaiyo.needs) == (1, 3, 3)
    assert (chaiyo.households_heard, chaiyo.households) == (100, 300)
    assert (chaiyo.agents, chaiyo.agents_silent) == (1, 0)
    inside = reach_queries.coverage(session, cast.wipha, consultation, CHAIYO_SUBDISTRICT)
    assert [(one.area.code, one.needs) for one in inside.places if one.area] == [
        (villages[2], 0), (villages[1], 0), (villages[0], 2)
    ]  # fmt: skip
    assert inside.wide == 1


@ONCE
def test_without_a_list_of_villages_subdistricts_are_counted(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    make_need(session, cast.somchai, consultation)
    found = reach_queries.coverage(session, cast.wipha, consultation, CHAIYO)
    known = len(session.exec(select(Area).where(Area.code.startswith(CHAIYO), Area.level == "subdistrict")).all())
    assert (found.total.heard, found.total.known, found.total.villages) == (1, known, 0)
    assert found.places[-1].area.code == CHAIYO_SUBDISTRICT  # those not heard yet come first


def test_each_scope_counts_its_own(session: Session, cast: Cast, consultation: Consultation) -> None:
    for person in (cast.somchai, cast.malee):
        make_need(session, person, consultation)
    other = open_round(session, title_th="รอบก่อน")
    make_need(session, cast.malee, other)
    hold(session, cast.malee, 2)
    counted = {}
    for officer in (cast.wipha, cast.surachai, cast.preecha, cast.kamon):
        total = reach_queries.coverage(session, officer, consultation, officer.area_code or "").total
        counted[officer.username] = (total.needs, total.agents, total.agents_silent, total.waiting)
    assert counted == {
        "wipha": (1, 1, 0, 0), "surachai": (2, 2, 0, 2), "preecha": (2, 2, 0, 2), "kamon": (0, 0, 0, 0)
    }  # fmt: skip
    assert reach_queries.coverage(session, cast.preecha, other).total.agents_silent == 1


@ONCE
def test_place_of_others_and_round_of_others_do_not_exist(
    wipha: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    foreign = open_round(session, cluster_code="north-lower-1")
    session.flush()
    assert wipha.get("/reach?area=1504").status_code == 404
    assert wipha.get(f"/reach?consultation={foreign.id}").status_code == 404
    assert wipha.get("/reach/roster.csv?area=1504").status_code == 404
    assert wipha.post("/reach/invitations", data={"area": "1504", "agent_type": "kamnan"}).status_code == 404


def test_lists_tell_who_sent_nothing_and_whose_phone_holds_something(
    client: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    make_need(session, cast.somchai, consultation)
    hold(session, cast.malee, 3)
    officer = client.as_(cast.surachai)
    silent = officer.read("/reach")
    assert listed(silent) == [str(cast.malee.id)]
    assert "ค้างในเครื่อง 3 เรื่อง" in officer.read("/reach?show=stuck").text()
    sent = officer.read("/reach?show=sent")
    assert (listed(sent), "สมชาย ใจดี" in sent.text()) == ([], True)  # there is nothing to remind them of
    assert "081" not in silent.text() + sent.text()


def test_reminder_reaches_its_person_once_in_three_days_and_is_recorded(
    wipha: PageClient, client: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    asked = {"consultation": consultation.id, "show": "silent", "person": cast.somchai.id}
    for _again in range(2):
        assert wipha.post("/reach/remind", data=asked).status_code == 303
    reminder = session.exec(select(Reminder)).one()
    assert (reminder.user_id, reminder.by_id) == (cast.somchai.id, cast.wipha.id)
    assert session.exec(select(Notice.user_id)).all() == [cast.somchai.id]
    assert [event.detail["count"] for event in session.exec(select(AuditEvent))] == [1]
    assert "รอบการรับฟังยังเปิดอยู่" in client.as_(cast.somchai).read("/").text()
    assert listed(wipha.read("/reach")) == []  # there is no box to tick for now
    reminder.at -= timedelta(days=3)
    session.add(reminder)
    assert listed(wipha.read("/reach")) == [str(cast.somchai.id)]


@ONCE
def test_everyone_in_the_list_is_reminded_and_nobody_else(
    client: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    make_need(session, cast.somchai, consultation)
    hold(session, cast.malee, 1)
    planner = client.as_(cast.preecha)
    planner.post("/reach/remind", data={"consultation": consultation.id, "show": "stuck", "everyone": "true"})
    notice = session.exec(select(Notice)).one()
    assert (notice.user_id, "ยังอยู่ในโทรศัพท์" in notice.text) == (cast.malee.id, True)


@ONCE
def test_officer_reminds_only_people_of_their_own_places(
    wipha: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    asked = {"consultation": consultation.id, "show": "silent", "person": [cast.somchai.id, cast.malee.id]}
    assert wipha.post("/reach/remind", data=asked).status_code == 403
    assert session.exec(select(Notice)).all() == []


@ONCE
def test_closed_round_reminds_only_those_whose_phone_holds_something(
    wipha: PageClient, session: Session, cast: Cast
) -> None:
    closed = open_round(session, stage=Stage.CLOSED)
    hold(session, cast.somchai, 1)
    asked = {"consultation": closed.id, "person": cast.somchai.id}
    assert wipha.post("/reach/remind", data=asked | {"show": "silent"}).status_code == 409
    assert wipha.post("/reach/remind", data=asked | {"show": "stuck"}).status_code == 303


@ONCE
def test_roster_as_a_file_holds_names_and_no_telephone(
    client: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    make_need(session, cast.somchai, consultation)
    cast.malee.display_name = "=1+1"
    answer = client.as_(cast.surachai).get("/reach/roster.csv")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [(line[0], line[2], line[4]) for line in rows[1:]] == [
        (CHAIYO_SUBDISTRICT, "สมชาย ใจดี", "1"), (PHO_THONG_SUBDISTRICT, "'=1+1", "0")
    ]  # fmt: skip
    assert ("811111111" in answer.text, answer.headers["cache-control"]) == (False, "no-store")


def test_sheet_invites_one_person_from_each_place_that_has_nobody(
    wipha: PageClient, client: PageClient, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = wipha.read("/reach/invitations")
    offered = [box.get("value") for box in page.all("input") if box.get("name") == "place"]
    assert (CHAIYO_SUBDISTRICT in offered, len(offered) > 2) == (False, True)
    chosen = offered[:2]
    answer = wipha.post("/reach/invitations", data={"place": [*chosen, PHO_THONG_SUBDISTRICT], "agent_type": "kamnan"})
    made = session.exec(select(Invitation).order_by(Invitation.area_code)).all()
    assert [(one.area_code, one.role, one.agent_type) for one in made] == [
        (code, Role.CHANGE_AGENT, AgentType.KAMNAN) for code in chosen
    ]
    assert answer.text.count('class="qr"') == 2
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    again = wipha.post("/reach/invitations", data={"place": chosen, "agent_type": "kamnan"})
    assert (again.status_code, len(session.exec(select(Invitation)).all())) == (422, 2)
    assert "คำเชิญรอใช้" in wipha.read("/reach?show=invited").text()


@ONCE
def test_sheet_asks_for_a_district_and_for_places(
    client: PageClient, wipha: PageClient, cast: Cast, consultation: Consultation
) -> None:
    planner = client.as_(cast.preecha)
    assert planner.get("/reach/invitations").status_code == 404
    assert planner.get(f"/reach/invitations?area={CHAIYO}").status_code == 200
    answer = wipha.post("/reach/invitations", data={"agent_type": "kamnan"})
    assert (answer.status_code, "กรุณาเลือกพื้นที่ก่อน" in answer.text) == (422, True)


@ONCE
def test_page_without_a_round_says_so(wipha: PageClient) -> None:
    assert "ยังไม่มีรอบการรับฟัง" in wipha.read("/reach").text()


@ONCE
@pytest.mark.parametrize("show", ["silent", "invited"])
def test_reach_asks_as_many_questions_for_one_person_as_for_three(
    client: PageClient, engine: Engine, session: Session, cast: Cast, consultation: Consultation, show: str
) -> None:
    officer = client.as_(cast.preecha)
    officer.get(f"/reach?show={show}")
    with count_queries(engine) as one:
        officer.get(f"/reach?show={show}")
    for number, subdistrict in enumerate(("150202", "150203")):
        agent = User(username=f"agent{number}", display_name="ใหม่", role=Role.CHANGE_AGENT, area_code=subdistrict)
        session.add(agent)
        session.flush()
        make_need(session, agent, consultation)
        session.add(
            Invitation(token_hash=f"{number}", role=Role.CHANGE_AGENT, agent_type=AgentType.KAMNAN, area_code="150204",
                       created_by_id=cast.preecha.id, expires_at=now() + timedelta(days=2))
        )  # fmt: skip
    session.commit()
    with count_queries(engine) as three:
        officer.get(f"/reach?show={show}")
    assert len(three) == len(one)
    assert len(one) == 10


def test_next_page_of_people_goes_on_where_this_one_ended(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    first = reach_queries.roster(session, cast.preecha, consultation, reach_queries.Show.SILENT, size=1)
    second = reach_queries.roster(
        session, cast.preecha, consultation, reach_queries.Show.SILENT, size=1, after=first.next
    )
    assert [one.id for one in (*first.people, *second.people)] == [cast.somchai.id, cast.malee.id]
    assert second.next is None
    assert session.exec(select(Need)).all() == []
