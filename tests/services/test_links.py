"""Links are suggested with evidence and decided by a named person; what was decided is remembered."""

import pytest
from sqlmodel import Session, select

from app.exceptions import Conflict, InvalidInput
from app.models import Activity, AuditEvent, DemandLink, LinkSource, LinkStatus, Strength, Topic
from app.services import links
from tests.support.cast import Cast
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, suggest


@pytest.fixture
def activities(session: Session) -> list[Activity]:
    return make_plan(session)[1]


@pytest.fixture
def topic(session: Session, activities: list[Activity], cast: Cast) -> Topic:
    consultation = analysing_round(session, activities[0].project.plan)
    return make_topic(session, add_needs(session, consultation, cast.somchai, 3))


def test_confirming_takes_a_strength_a_reason_and_a_name(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    link = suggest(session, topic, activities[0])
    links.confirm(session, link, strength=Strength.FULL, reason="ขุดคลองสายเดียวกัน", by=cast.preecha)
    assert (link.status, link.strength, link.reason, link.decided_by_id) == (
        LinkStatus.CONFIRMED, Strength.FULL, "ขุดคลองสายเดียวกัน", cast.preecha.id,
    )  # fmt: skip
    act = session.exec(select(AuditEvent).where(AuditEvent.act == "links.confirmed")).one()
    assert (act.subject, act.detail["was"]) == (f"link:{link.id}", "suggested")


def test_confirming_without_a_reason_is_refused(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    link = suggest(session, topic, activities[0])
    with pytest.raises(InvalidInput) as refused:
        links.confirm(session, link, strength=Strength.FULL, reason="", by=cast.preecha)
    assert list(refused.value.errors) == ["reason"]
    assert link.status is LinkStatus.SUGGESTED


def test_a_decision_may_be_changed_and_both_are_on_record(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    link = suggest(session, topic, activities[0])
    links.reject(session, link, reason="คนละคลอง", by=cast.preecha)
    links.confirm(session, link, strength=Strength.PARTLY, reason="ดูแผนที่แล้ว คลองเดียวกัน", by=cast.duangjai)
    acts = session.exec(select(AuditEvent).where(AuditEvent.subject == f"link:{link.id}")).all()
    assert [(act.act, act.actor_id) for act in acts] == [
        ("links.rejected", cast.preecha.id),
        ("links.confirmed", cast.duangjai.id),
    ]


def test_link_by_hand_to_an_activity_or_to_a_whole_project(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    facts = {"topic": topic, "strength": Strength.FULL, "reason": "ตรงกัน", "by": cast.preecha}
    small = links.create(session, activity=activities[0], **facts)
    whole = links.create(session, project=activities[0].project, **facts)
    assert [(one.source, one.status) for one in (small, whole)] == [(LinkSource.MANUAL, LinkStatus.CONFIRMED)] * 2
    assert (small.activity_id, whole.project_id) == (activities[0].id, activities[0].project_id)


def test_the_same_pair_is_never_linked_twice(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    suggested = suggest(session, topic, activities[0])
    links.reject(session, suggested, reason="", by=cast.preecha)
    made = links.create(
        session, topic=topic, activity=activities[0], strength=Strength.FULL, reason="ตรงกัน", by=cast.preecha
    )
    assert (made.id, made.status) == (suggested.id, LinkStatus.CONFIRMED)
    assert len(session.exec(select(DemandLink)).all()) == 1


def test_link_by_hand_leads_to_one_thing_in_the_plan_of_the_round(
    session: Session, topic: Topic, activities: list[Activity], cast: Cast
) -> None:
    facts = {"topic": topic, "strength": Strength.FULL, "reason": "ตรงกัน", "by": cast.preecha}
    with pytest.raises(InvalidInput):
        links.create(session, **facts)
    with pytest.raises(InvalidInput):
        links.create(session, activity=activities[0], project=activities[0].project, **facts)
    _plan, others = make_plan(session, title="แผนอื่น")
    with pytest.raises(Conflict):
        links.create(session, activity=others[0], **facts)
