"""Needs about the same thing are shown, joined by their own sender's word, and never merged."""

from collections.abc import Sequence

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.exceptions import InvalidInput, NotAllowed
from app.models import AgentType, Consultation, Need, NeedAct, NeedEvent, NeedStatus, Role, User
from app.queries import alignment, outcomes
from app.queries import topics as topic_queries
from app.services import joins, needs, topics
from app.services.analysis import _settled
from tests.support.cast import CHAIYO_SUBDISTRICT, PHO_THONG_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round
from tests.support.planning import add_needs, make_plan, make_topic, standing
from tests.support.queries import count_queries

DRY_TAP = "หน้าแล้งประปาไม่ไหลทั้งหมู่ ต้องซื้อน้ำใช้มาสามเดือนแล้ว"
SAME_TAP = "ประปาหมู่บ้านไม่ไหลช่วงหน้าแล้ง ต้องซื้อน้ำใช้ โทรหานายสมศักดิ์ 081-234-5678"
LIGHTS = "ขอไฟส่องสว่างทางเข้าหมู่บ้าน กลางคืนมืดมาก"


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def neighbour(session: Session) -> User:
    """Another change agent of สมชาย's subdistrict."""
    person = User(
        username="boonmee", display_name="บุญมี มีสุข", role=Role.CHANGE_AGENT, agent_type=AgentType.KAMNAN,
        area_code=CHAIYO_SUBDISTRICT,
    )  # fmt: skip
    session.add(person)
    session.flush()
    return person


@pytest.fixture
def first(session: Session, neighbour: User, consultation: Consultation) -> Need:
    return make_need(session, neighbour, consultation, SAME_TAP, households=120)


@pytest.fixture
def mine(session: Session, cast: Cast, consultation: Consultation, first: Need) -> Need:
    return make_need(session, cast.somchai, consultation, DRY_TAP, households=80)


def asked(client: PageClient, problem: str = DRY_TAP, area_code: str = CHAIYO_SUBDISTRICT) -> str:
    response = client.get("/needs/similar", params={"problem": problem, "area_code": area_code})
    assert response.status_code == 200
    return response.text


def acts(session: Session, need: Need) -> list[str]:
    return list(session.exec(select(NeedEvent.act).where(NeedEvent.need_id == need.id).order_by(NeedEvent.id)))


# Before sending


def test_similar_need_of_the_place_is_shown_whole_and_masked(client: PageClient, cast: Cast, first: Need) -> None:
    shown = asked(client.as_(cast.somchai))
    assert "ประปาหมู่บ้านไม่ไหลช่วงหน้าแล้ง" in shown
    assert "เรื่องเดียวกัน ร่วมเป็นอีกเสียง" in shown
    assert "เรื่องของฉันต่างออกไป" in shown
    assert f'value="{first.ref}"' in shown
    assert ("081-234-5678" in shown, "สมศักดิ์" in shown, "บุญมี" in shown) == (False, False, False)


def test_at_most_three_are_shown_and_other_matters_are_not(
    session: Session, client: PageClient, cast: Cast, neighbour: User, consultation: Consultation, first: Need
) -> None:
    for number in range(4):
        make_need(session, neighbour, consultation, f"{SAME_TAP} หมู่ {number + 1}")
    make_need(session, neighbour, consultation, LIGHTS)
    shown = asked(client.as_(cast.somchai))
    assert shown.count("ร่วมเป็นอีกเสียง</span>") == 3
    assert "ไฟส่องสว่าง" not in shown


def test_drafts_and_withdrawn_needs_are_never_shown(
    session: Session, client: PageClient, cast: Cast, neighbour: User, consultation: Consultation
) -> None:
    make_need(session, neighbour, consultation, SAME_TAP, send=False)
    needs.withdraw(session, make_need(session, neighbour, consultation, SAME_TAP), neighbour)
    make_need(session, cast.somchai, consultation, SAME_TAP)  # one's own is no other's voice
    assert asked(client.as_(cast.somchai)).strip() == ""


def test_agent_of_another_district_learns_nothing(client: PageClient, cast: Cast, first: Need) -> None:
    assert asked(client.as_(cast.malee)).strip() == ""
    assert asked(client.as_(cast.malee), area_code="15").strip() == ""
    for stranger in (cast.thana, cast.arun, cast.nida, cast.kamon):
        assert asked(client.as_(stranger)).strip() == ""
    assert client.get("/needs/similar?problem=x").status_code == 303


def test_those_who_speak_together_are_shown_once_with_their_number(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation, first: Need, mine: Need
) -> None:
    needs.join(session, mine, cast.somchai, first.ref)
    shown = asked(client.as_(cast.wipha))
    assert shown.count("<blockquote>") == 1
    assert "มีอีก 1 เสียง" in shown


def test_asking_costs_the_same_however_many_there_are(
    session: Session, cast: Cast, neighbour: User, consultation: Consultation, engine: Engine
) -> None:
    def ask() -> int:
        session.commit()
        with count_queries(engine) as queries, Session(engine) as fresh:
            person = fresh.get_one(User, cast.somchai.id)
            joins.similar(fresh, person, DRY_TAP, consultation_id=consultation.id, area_code=CHAIYO_SUBDISTRICT)
        return len(queries)

    make_need(session, neighbour, consultation, SAME_TAP)
    once = ask()
    for _again in range(3):
        make_need(session, neighbour, consultation, SAME_TAP)
    assert ask() == once


def test_joining_with_the_form_keeps_both_needs_and_both_words(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation, first: Need
) -> None:
    somchai = client.as_(cast.somchai)
    data = {
        "client_uuid": "7c1f1f6e-6a0c-4a52-9d3c-0d3a4f6f2a11", "consultation": str(consultation.id), "act": "send",
        "problem": DRY_TAP, "area_code": CHAIYO_SUBDISTRICT, "joins": first.ref,
    }  # fmt: skip
    assert somchai.post("/needs", data=data).status_code == 303
    sent = session.exec(select(Need).where(Need.author_id == cast.somchai.id)).one()
    assert (sent.problem, sent.joins_id, sent.status) == (DRY_TAP, first.id, NeedStatus.SUBMITTED)
    assert (first.problem, first.status) == (SAME_TAP, NeedStatus.SUBMITTED)
    assert acts(session, sent) == ["send", "join"]
    assert somchai.post("/needs", data=data).status_code == 303
    assert acts(session, sent) == ["send", "join"]


@pytest.mark.parametrize("ref", ["12345674", "ไม่มี", ""])
def test_need_is_kept_when_what_it_joins_is_gone(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation, ref: str
) -> None:
    data = {
        "client_uuid": "7c1f1f6e-6a0c-4a52-9d3c-0d3a4f6f2a11", "consultation": str(consultation.id), "act": "send",
        "problem": DRY_TAP, "area_code": CHAIYO_SUBDISTRICT, "joins": ref,
    }  # fmt: skip
    assert client.as_(cast.somchai).post("/needs", data=data).status_code == 303
    sent = session.exec(select(Need)).one()
    assert (sent.problem, sent.joins_id) == (DRY_TAP, None)


# After sending


def test_receipt_and_page_ask_whether_it_is_the_same(client: PageClient, cast: Cast, first: Need, mine: Need) -> None:
    somchai = client.as_(cast.somchai)
    for page in (f"/needs/{mine.ref}", f"/needs/{mine.ref}/receipt"):
        assert "ดูว่ามีคนแถวนี้เล่าเรื่องเดียวกันไหม" in somchai.read(page).text()
    question = somchai.get(f"/needs/{mine.ref}/similar", headers={"hx-request": "true"}).text
    assert "ใช่เรื่องเดียวกันหรือไม่" in question
    assert "<h1" not in question


def test_one_press_joins_and_one_takes_it_back(
    session: Session, client: PageClient, cast: Cast, first: Need, mine: Need
) -> None:
    somchai = client.as_(cast.somchai)
    somchai.submit(f"/needs/{mine.ref}/similar", button="เรื่องเดียวกัน")
    assert mine.joins_id == first.id
    page = somchai.read(f"/needs/{mine.ref}").text()
    assert "มีอีก 1 เสียงที่พูดเรื่องเดียวกัน" in page
    somchai.submit(f"/needs/{mine.ref}", action=f"/needs/{mine.ref}/leave")
    assert mine.joins_id is None
    assert acts(session, mine) == ["send", "join", "leave"]
    assert "ดูว่ามีคนแถวนี้" not in somchai.read(f"/needs/{mine.ref}").text()


def test_one_who_says_it_differs_is_not_asked_again(
    session: Session, client: PageClient, cast: Cast, first: Need, mine: Need
) -> None:
    somchai = client.as_(cast.somchai)
    somchai.submit(f"/needs/{mine.ref}/similar", button="ต่างออกไป")
    assert (mine.joins_id, acts(session, mine)) == (None, ["send", "differ"])
    assert "ดูว่ามีคนแถวนี้" not in somchai.read(f"/needs/{mine.ref}").text()


def test_only_its_sender_says_what_a_need_joins(
    session: Session, client: PageClient, cast: Cast, neighbour: User, first: Need, mine: Need
) -> None:
    for person in (cast.wipha, cast.preecha):
        assert client.as_(person).post(f"/needs/{mine.ref}/join", data={"joins": first.ref}).status_code == 403
        assert client.as_(person).get(f"/needs/{mine.ref}/similar").status_code == 403
    for person in (cast.malee, neighbour, cast.thana):
        assert client.as_(person).post(f"/needs/{mine.ref}/join", data={"joins": first.ref}).status_code == 404
    assert mine.joins_id is None


def test_number_of_a_need_one_was_never_shown_joins_nothing(
    session: Session, cast: Cast, consultation: Consultation, neighbour: User, mine: Need
) -> None:
    elsewhere = make_need(session, cast.malee, consultation, SAME_TAP)
    draft = make_need(session, neighbour, consultation, SAME_TAP, send=False)
    other_round = make_need(session, neighbour, open_round(session), SAME_TAP)
    own = make_need(session, cast.somchai, consultation, LIGHTS)
    for ref in (elsewhere.ref, draft.ref, other_round.ref, own.ref, mine.ref, "10000000"):
        with pytest.raises(InvalidInput):
            needs.join(session, mine, cast.somchai, ref)


def test_nobody_speaks_twice_for_one_matter(
    session: Session, cast: Cast, consultation: Consultation, first: Need, mine: Need
) -> None:
    needs.join(session, mine, cast.somchai, first.ref)
    again = make_need(session, cast.somchai, consultation, DRY_TAP)
    with pytest.raises(InvalidInput):
        needs.join(session, again, cast.somchai, first.ref)


def test_third_voice_joins_the_first_whichever_it_was_shown(
    session: Session, cast: Cast, consultation: Consultation, first: Need, mine: Need
) -> None:
    needs.join(session, mine, cast.somchai, first.ref)
    third = make_need(session, cast.wipha, consultation, DRY_TAP, area_code=CHAIYO_SUBDISTRICT)
    needs.join(session, third, cast.wipha, mine.ref)
    assert third.joins_id == first.id


def test_need_that_others_joined_joins_no_other(
    session: Session, cast: Cast, consultation: Consultation, neighbour: User, first: Need, mine: Need
) -> None:
    needs.join(session, mine, cast.somchai, first.ref)
    other = make_need(session, cast.wipha, consultation, DRY_TAP, area_code=CHAIYO_SUBDISTRICT)
    with pytest.raises(InvalidInput):
        needs.join(session, first, neighbour, other.ref)


def test_when_the_first_withdraws_the_others_still_speak_together(
    session: Session, cast: Cast, consultation: Consultation, neighbour: User, first: Need, mine: Need
) -> None:
    third = make_need(session, cast.wipha, consultation, DRY_TAP, area_code=CHAIYO_SUBDISTRICT)
    needs.join(session, mine, cast.somchai, first.ref)
    needs.join(session, third, cast.wipha, first.ref)
    needs.withdraw(session, first, neighbour)
    assert (mine.joins_id, third.joins_id) == (None, mine.id)


def test_voice_can_be_taken_back_only_until_the_answer_is_being_weighed(
    session: Session, cast: Cast, first: Need, mine: Need
) -> None:
    needs.join(session, mine, cast.somchai, first.ref)
    needs.step(session, mine, cast.preecha, NeedAct.CONSIDER, NeedStatus.CONSIDERED)
    with pytest.raises(NotAllowed):
        needs.leave(session, mine, cast.somchai)


# What officers see


def test_officer_reads_joined_needs_side_by_side(client: PageClient, cast: Cast, first: Need, mine: Need) -> None:
    client.as_(cast.somchai).post(f"/needs/{mine.ref}/join", data={"joins": first.ref})
    for need, other in ((first, mine), (mine, first)):
        page = client.as_(cast.wipha).read(f"/needs/{need.ref}").text()
        assert other.problem in page
        assert "มีอีก 1 เสียงที่พูดเรื่องเดียวกัน" in page
    somchai = client.as_(cast.somchai).read(f"/needs/{mine.ref}").text()
    assert ("ประปาหมู่บ้านไม่ไหล" in somchai, "บุญมี" in somchai) == (False, False)


def joined(session: Session, cast: Cast, consultation: Consultation, count: int = 2, **values: int) -> Sequence[Need]:
    """Add counted needs of different people, all but the first joined to it."""
    people = [cast.somchai, cast.wipha, cast.surachai][:count]
    made = [add_needs(session, consultation, person, 1, area_code=CHAIYO_SUBDISTRICT, **values)[0] for person in people]
    for need in made[1:]:
        need.joins_id = made[0].id
        session.add(need)
    session.flush()
    return made


def test_moving_one_to_a_topic_moves_those_joined_with_it(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    together = joined(session, cast, consultation, 3)
    topic = make_topic(session, together)
    other = make_topic(session, add_needs(session, consultation, None, 1), "ถนน")
    apart = topics.split(session, topic, need_ids=[together[2].id], label="อีกประเด็น", by=cast.preecha)
    assert topics.move(session, together[1], other, by=cast.preecha) == 2
    assert [standing(session, need).topic_id for need in together] == [other.id, other.id, apart.id]


def test_model_is_told_that_joined_needs_stay_together(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    one, two, three = joined(session, cast, consultation, 3)
    add_needs(session, consultation, None, 2)
    assert _settled(session, consultation.id).must_link == [
        (str(one.id), str(two.id)),
        (str(two.id), str(three.id)),
    ]


def test_members_of_a_topic_stand_beside_those_they_joined(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    one, two = joined(session, cast, consultation)
    alone = add_needs(session, consultation, None, 1)[0]
    topic = make_topic(session, [one, alone, two])
    rows = topic_queries.members(session, topic.id, cast.preecha, consultation_id=consultation.id)
    assert [(row.need_id, row.voices) for row in rows] == [(one.id, 2), (two.id, 2), (alone.id, 1)]


def test_joined_need_counts_as_it_would_alone_and_its_households_once(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    plan, _activities = make_plan(session)
    consultation.plan_id = plan.id
    one, two, three = joined(session, cast, consultation, 3, households=80)
    two.households, three.area_code = 120, PHO_THONG_SUBDISTRICT
    topic = make_topic(session, [one, two, three])
    figures = alignment.figures(session, plan, consultation)
    assert (figures.needs, figures.joined, figures.coverage.total) == (3, 2, 3.0)
    assert figures.households.total == 120 + 80
    assert (figures.topics[0].topic.id, figures.topics[0].households) == (topic.id, 200)
    assert [row.households for row in topic_queries.rows(session, consultation.id)] == [200]
    assert outcomes.outcome(session, consultation).households == 200


def test_phone_joins_what_it_was_shown_and_is_never_refused_for_it(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation, first: Need
) -> None:
    somchai = client.as_(cast.somchai)
    answers = {"consultation": consultation.id, "problem": DRY_TAP, "area_code": CHAIYO_SUBDISTRICT}
    for number, joins_said in enumerate((first.ref, None, {"ref": 7}, "99999999")):
        item = {
            "client_uuid": f"7c1f1f6e-6a0c-4a52-9d3c-0d3a4f6f2a1{number}", "schema_version": 1, "photos": [],
            "author_id": cast.somchai.id, "answers": {**answers, "joins": joins_said},
        }  # fmt: skip
        assert somchai.post("/api/needs", json=item).status_code == 201
    sent = session.exec(select(Need).where(Need.author_id == cast.somchai.id).order_by(Need.id)).all()
    assert [need.joins_id for need in sent] == [first.id, None, None, None]
