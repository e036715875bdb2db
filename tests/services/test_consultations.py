"""Stages only move forward, and only when what the next one needs is there."""

from datetime import timedelta
from itertools import pairwise

import pytest
from sqlmodel import Session, select

from app.exceptions import Conflict, InvalidInput
from app.i18n import today
from app.models import (
    AuditEvent,
    Consultation,
    Decision,
    Response,
    ResponseStatus,
    Stage,
    Topic,
    TopicStatus,
)
from app.services import consultations
from tests.support.cast import OTHER_CLUSTER, Cast
from tests.support.consultations import make_consultation
from tests.support.planning import make_plan


def make_topic(session: Session, consultation: Consultation, status: TopicStatus, key: str = "t1") -> Topic:
    topic = Topic(consultation_id=consultation.id, key=key, label="น้ำประปา", status=status)
    session.add(topic)
    session.flush()
    return topic


def answer(session: Session, topic: Topic, cast: Cast, status: ResponseStatus) -> None:
    facts = {"decision": Decision.DEFERRED, "reason": "รอแบบ", "next_step": "ปีหน้า", "drafted_by_id": cast.preecha.id}
    session.add(Response(topic_id=topic.id, status=status, **facts))
    session.flush()


def test_round_goes_through_every_stage_once(session: Session, cast: Cast) -> None:
    opens = today()
    made = make_consultation(
        session, Stage.DRAFT, announce_on=opens, open_on=opens, close_on=opens, short_notice_reason="เร่งด่วน"
    )
    topic = make_topic(session, made, TopicStatus.APPROVED)
    answer(session, topic, cast, ResponseStatus.PUBLISHED)
    passed = [made.stage]
    while made.stage is not Stage.ARCHIVED:
        passed.append(consultations.advance(session, made, by=cast.duangjai))
    assert passed == list(Stage)
    assert made.summary_published_at is not None
    with pytest.raises(Conflict):
        consultations.advance(session, made, by=cast.duangjai)
    acts = session.exec(select(AuditEvent).where(AuditEvent.act == "consultations.advance")).all()
    assert [(event.detail["before"], event.detail["after"]) for event in acts] == list(pairwise(passed))


def test_announcing_dates_the_announcement(session: Session, cast: Cast) -> None:
    opens = today() + timedelta(days=15)
    planned = today() - timedelta(days=3)
    made = make_consultation(
        session, Stage.DRAFT, announce_on=planned, open_on=opens, close_on=opens + timedelta(days=30)
    )
    consultations.advance(session, made, by=cast.preecha)
    assert (made.announce_on, made.notice_days, made.is_short_notice) == (today(), 15, False)


@pytest.mark.parametrize(
    ("stage", "opens_in", "closes_in", "reason", "is_held_up"),
    [
        (Stage.DRAFT, 15, 30, "", False),
        (Stage.DRAFT, 14, 30, "", True),
        (Stage.DRAFT, 14, 30, "เร่งด่วน", False),
        (Stage.DRAFT, -1, 30, "เร่งด่วน", True),
        (Stage.ANNOUNCED, 1, 30, "", True),
        (Stage.ANNOUNCED, 0, 30, "", False),
        (Stage.ANNOUNCED, -9, -1, "", True),
        (Stage.OPEN, -9, 1, "", True),
        (Stage.OPEN, -9, 0, "", False),
        (Stage.CLOSED, -9, -1, "", False),
        (Stage.ANALYSING, -9, -1, "", True),
        (Stage.RESPONDED, -9, -1, "", False),
        (Stage.ARCHIVED, -9, -1, "", True),
    ],
)
def test_dates_hold_a_round_up(
    session: Session, cast: Cast, stage: Stage, opens_in: int, closes_in: int, reason: str, is_held_up: bool
) -> None:
    made = make_consultation(
        session,
        stage,
        announce_on=today() - timedelta(days=60),
        open_on=today() + timedelta(days=opens_in),
        close_on=today() + timedelta(days=closes_in),
        short_notice_reason=reason,
    )
    assert bool(consultations.obstacle(session, made)) is is_held_up


@pytest.mark.parametrize(
    ("status", "is_held_up"),
    [
        (TopicStatus.SUGGESTED, True),
        (TopicStatus.REVIEWED, False),
        (TopicStatus.APPROVED, False),
        (TopicStatus.GONE, True),
        (TopicStatus.MERGED, True),
    ],
)
def test_summary_needs_topics_that_people_have_checked(session: Session, status: TopicStatus, is_held_up: bool) -> None:
    made = make_consultation(session, Stage.ANALYSING)
    make_topic(session, made, status)
    assert bool(consultations.obstacle(session, made)) is is_held_up


@pytest.mark.parametrize(
    ("status", "is_held_up"), [(None, True), (ResponseStatus.DRAFT, True), (ResponseStatus.PUBLISHED, False)]
)
def test_answering_ends_when_every_topic_has_its_answer(
    session: Session, cast: Cast, status: ResponseStatus | None, is_held_up: bool
) -> None:
    made = make_consultation(session, Stage.SUMMARY_PUBLISHED)
    topic = make_topic(session, made, TopicStatus.APPROVED)
    make_topic(session, made, TopicStatus.MERGED, key="t2")
    if status is not None:
        answer(session, topic, cast, status)
    assert bool(consultations.obstacle(session, made)) is is_held_up


def test_plan_of_the_same_cluster_can_be_chosen(session: Session) -> None:
    made, (plan, _activities) = make_consultation(session), make_plan(session)
    consultations.choose_plan(session, made, plan.id)
    assert made.plan_id == plan.id


def test_plan_that_is_not_there_or_of_another_cluster_cannot_be_chosen(session: Session) -> None:
    plan, _activities = make_plan(session)
    elsewhere = make_consultation(session, cluster_code=OTHER_CLUSTER)
    for number in (plan.id, 999_999):
        with pytest.raises(InvalidInput):
            consultations.choose_plan(session, elsewhere, number)
    assert elsewhere.plan_id is None
