"""An answer is drafted by one person, published by another, and reaches everyone who asked."""

from typing import Any

import pytest
from sqlmodel import Session, select

from app.exceptions import InvalidInput, NotAllowed
from app.models import (
    AuditEvent,
    Decision,
    Need,
    NeedStatus,
    Notice,
    Project,
    ReasonCode,
    Response,
    ResponseStatus,
    Topic,
)
from app.queries import needs as need_queries
from app.services import needs, responses
from tests.support.cast import Cast
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic


@pytest.fixture
def members(session: Session, cast: Cast) -> list[Need]:
    consultation = analysing_round(session, make_plan(session)[0])
    return [
        *add_needs(session, consultation, cast.somchai, 2),
        *add_needs(session, consultation, cast.malee, 1),
        *add_needs(session, consultation, None, 1),
    ]


@pytest.fixture
def topic(session: Session, members: list[Need]) -> Topic:
    return make_topic(session, members)


def draft(session: Session, topic: Topic, by: Any, **values: Any) -> Response:
    facts = {"decision": Decision.DEFERRED, "reason": "ปีนี้ยังไม่มีแบบก่อสร้าง", "next_step": "ทำแบบให้เสร็จก่อนรอบหน้า"}
    return responses.draft(session, topic, by=by, **{**facts, **values})


def test_drafting_puts_the_needs_under_consideration(
    session: Session, topic: Topic, members: list[Need], cast: Cast
) -> None:
    response = draft(session, topic, cast.preecha)
    assert (response.status, response.version, response.drafted_by_id) == (ResponseStatus.DRAFT, 1, cast.preecha.id)
    assert {need.status for need in members} == {NeedStatus.CONSIDERED}
    assert session.exec(select(Notice)).all() == []


def test_drafting_again_changes_the_same_draft(session: Session, topic: Topic, cast: Cast) -> None:
    first = draft(session, topic, cast.preecha)
    second = draft(session, topic, cast.duangjai, reason="หางบได้แล้วครึ่งหนึ่ง รอหน่วยงานตอบ")
    assert (second.id, second.version, second.drafted_by_id) == (first.id, 1, cast.duangjai.id)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"decision": Decision.NOT_INCLUDED}, "reason_code"),
        ({"decision": Decision.INCLUDED}, "project"),
        ({"decision": Decision.PARTLY}, "project"),
        ({"decision": Decision.REFERRED}, "owner"),
    ],
)
def test_each_decision_says_what_it_must(
    session: Session, topic: Topic, cast: Cast, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        draft(session, topic, cast.preecha, **values)
    assert list(refused.value.errors) == [field]


def test_complete_decisions_are_taken(session: Session, topic: Topic, cast: Cast) -> None:
    project = session.exec(select(Project)).one()
    assert draft(session, topic, cast.preecha, decision=Decision.INCLUDED, project=project).project_id == project.id
    refusal = draft(session, topic, cast.preecha, decision=Decision.NOT_INCLUDED, reason_code=ReasonCode.NOT_OURS)
    assert (refusal.reason_code, refusal.project_id) == (ReasonCode.NOT_OURS, None)


@pytest.mark.parametrize("name", ["somchai", "wipha", "surachai", "thana", "arun", "nida", "kamon"])
def test_only_planners_of_the_cluster_draft(session: Session, topic: Topic, cast: Cast, name: str) -> None:
    with pytest.raises(NotAllowed):
        draft(session, topic, getattr(cast, name))


@pytest.mark.parametrize("name", ["preecha", "somchai", "arun", "kamon", "nida"])
def test_only_the_head_publishes(session: Session, topic: Topic, cast: Cast, name: str) -> None:
    response = draft(session, topic, cast.preecha)
    with pytest.raises(NotAllowed):
        responses.publish(session, response, by=getattr(cast, name))


def test_head_does_not_publish_what_the_head_drafted(session: Session, topic: Topic, cast: Cast) -> None:
    response = draft(session, topic, cast.duangjai)
    with pytest.raises(NotAllowed):
        responses.publish(session, response, by=cast.duangjai)
    draft(session, topic, cast.preecha)
    assert responses.publish(session, response, by=cast.duangjai) == 3


def test_answer_reaches_everyone_who_asked_and_the_history_of_each_need(
    session: Session, topic: Topic, members: list[Need], cast: Cast
) -> None:
    told = responses.publish(session, draft(session, topic, cast.preecha), by=cast.duangjai)
    assert {need.status for need in members} == {NeedStatus.ANSWERED}
    assert {(need.events[-1].act, need.events[-1].actor_id) for need in members} == {("answer", cast.duangjai.id)}
    notices = session.exec(select(Notice).order_by(Notice.need_id)).all()  # type: ignore[arg-type]  # SQLModel types a column as its value
    assert [(notice.user_id, notice.need_id) for notice in notices] == [
        (cast.somchai.id, members[0].id),
        (cast.somchai.id, members[1].id),
        (cast.malee.id, members[2].id),
    ]
    assert told == 3
    assert session.exec(select(AuditEvent).where(AuditEvent.act == "responses.publish")).one().detail["told"] == 3


def test_need_that_was_joined_to_another_gets_its_answer(
    session: Session, topic: Topic, members: list[Need], cast: Cast
) -> None:
    [same] = add_needs(session, topic.consultation, cast.malee, 1)
    needs.merge(session, same, cast.preecha, members[0].ref)
    responses.publish(session, draft(session, topic, cast.preecha), by=cast.duangjai)
    assert same.status is NeedStatus.MERGED
    answered = session.exec(select(Notice).where(Notice.need_id == same.id, Notice.kind == "answered")).one()
    assert answered.user_id == cast.malee.id
    answer = need_queries.detail(session, same, cast.malee).answer
    assert answer is not None
    assert answer.reason == "ปีนี้ยังไม่มีแบบก่อสร้าง"


def test_changed_answer_replaces_the_first_and_is_told_again(session: Session, topic: Topic, cast: Cast) -> None:
    first = draft(session, topic, cast.preecha)
    responses.publish(session, first, by=cast.duangjai)
    second = draft(session, topic, cast.preecha, reason="แบบเสร็จแล้ว เสนอเข้าแผนปีหน้าได้")
    assert (second.id != first.id, second.version, first.status) == (True, 2, ResponseStatus.PUBLISHED)
    assert responses.publish(session, second, by=cast.duangjai) == 3
    assert (first.status, second.status) == (ResponseStatus.REPLACED, ResponseStatus.PUBLISHED)


def test_published_answer_is_not_published_again(session: Session, topic: Topic, cast: Cast) -> None:
    response = draft(session, topic, cast.preecha)
    responses.publish(session, response, by=cast.duangjai)
    with pytest.raises(NotAllowed):
        responses.publish(session, response, by=cast.duangjai)
    assert responses.deliver(session, topic, by=cast.duangjai) == 0
