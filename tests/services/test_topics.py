"""The model proposes, a named person settles, both are recorded."""

import pytest
from sqlmodel import Session, select

from app.exceptions import Conflict, InvalidInput
from app.models import (
    AssignedBy,
    AuditEvent,
    Consultation,
    Decision,
    LinkStatus,
    Need,
    NeedStatus,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicStatus,
)
from app.services import links, responses, topics
from tests.support.cast import Cast
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, standing, suggest


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return analysing_round(session)


@pytest.fixture
def members(session: Session, consultation: Consultation, cast: Cast) -> list[Need]:
    return add_needs(session, consultation, cast.somchai, 4)


@pytest.fixture
def topic(session: Session, members: list[Need]) -> Topic:
    return make_topic(session, members)


@pytest.fixture
def other(session: Session, consultation: Consultation) -> Topic:
    return make_topic(session, add_needs(session, consultation, None, 2), "ถนน")


def quote(session: Session, topic: Topic, need: Need, **values: object) -> TopicQuote:
    said = TopicQuote(topic_id=topic.id, need_id=need.id, text="น้ำไม่ถึงนา", **values)
    session.add(said)
    session.flush()
    return said


def test_renaming_keeps_what_the_model_called_it(session: Session, topic: Topic, cast: Cast) -> None:
    topics.rename(session, topic, label="คลองส่งน้ำตื้นเขิน", by=cast.preecha)
    assert (topic.label, topic.model_label, topic.status) == ("คลองส่งน้ำตื้นเขิน", "น้ำเพื่อการเกษตร", TopicStatus.REVIEWED)
    act = session.exec(select(AuditEvent).where(AuditEvent.act == "topics.rename")).one()
    assert (act.actor_id, act.detail["was"]) == (cast.preecha.id, "น้ำเพื่อการเกษตร")


def test_merging_moves_every_need_by_name_and_leaves_a_trace(
    session: Session, topic: Topic, other: Topic, members: list[Need], cast: Cast
) -> None:
    topics.merge(session, topic, other, by=cast.preecha)
    assert (topic.status, topic.merged_into_id) == (TopicStatus.MERGED, other.id)
    places = [standing(session, need) for need in members]
    assert {(place.topic_id, place.source, place.by_id) for place in places} == {
        (other.id, AssignedBy.PERSON, cast.preecha.id)
    }
    before = session.exec(select(TopicAssignment).where(TopicAssignment.topic_id == topic.id)).all()
    assert [(row.source, row.ended_at is not None) for row in before] == [(AssignedBy.MODEL, True)] * 4


def test_topic_is_not_merged_with_itself_or_into_another_round(session: Session, topic: Topic, cast: Cast) -> None:
    elsewhere = make_topic(session, add_needs(session, analysing_round(session), None, 1))
    for into in (topic, elsewhere):
        with pytest.raises(InvalidInput):
            topics.merge(session, topic, into, by=cast.preecha)


def test_merged_topic_is_changed_no_more(session: Session, topic: Topic, other: Topic, cast: Cast) -> None:
    topics.merge(session, topic, other, by=cast.preecha)
    with pytest.raises(Conflict):
        topics.rename(session, topic, label="ชื่อใหม่", by=cast.preecha)
    with pytest.raises(Conflict):
        topics.merge(session, other, topic, by=cast.preecha)


def test_splitting_takes_some_needs_into_a_topic_with_a_name(
    session: Session, topic: Topic, members: list[Need], cast: Cast
) -> None:
    fresh = topics.split(session, topic, need_ids=[members[0].id, members[1].id], label="คลองแห้ง", by=cast.preecha)
    assert topics.member_ids(session, fresh) == [members[0].id, members[1].id]
    assert topics.member_ids(session, topic) == [members[2].id, members[3].id]
    assert (fresh.label, fresh.status, fresh.model_label) == ("คลองแห้ง", TopicStatus.REVIEWED, "")


def test_splitting_takes_neither_all_nor_none_nor_the_needs_of_others(
    session: Session, topic: Topic, other: Topic, members: list[Need], cast: Cast
) -> None:
    for chosen in ([], [need.id for need in members], topics.member_ids(session, other)):
        with pytest.raises(InvalidInput):
            topics.split(session, topic, need_ids=chosen, label="คลองแห้ง", by=cast.preecha)


def test_need_left_ungrouped_is_placed_by_hand(session: Session, topic: Topic, cast: Cast) -> None:
    [need] = add_needs(session, topic.consultation, None, 1)
    session.add(TopicAssignment(need_id=need.id, topic_id=None, source=AssignedBy.MODEL))
    session.flush()
    topics.move(session, need, topic, by=cast.preecha)
    assert (standing(session, need).topic_id, standing(session, need).source) == (topic.id, AssignedBy.PERSON)
    assert need.status is NeedStatus.GROUPED
    assert need.events[-1].actor_id == cast.preecha.id


def test_need_is_not_moved_to_another_round_nor_before_it_counts(session: Session, topic: Topic, cast: Cast) -> None:
    [stranger] = add_needs(session, analysing_round(session), None, 1)
    [early] = add_needs(session, topic.consultation, None, 1)
    early.status = NeedStatus.SUBMITTED
    for need in (stranger, early):
        with pytest.raises(InvalidInput):
            topics.move(session, need, topic, by=cast.preecha)


def test_approving_can_be_taken_back(session: Session, topic: Topic, cast: Cast) -> None:
    topics.approve(session, topic, by=cast.preecha)
    assert (topic.status, topic.approved_by_id) == (TopicStatus.APPROVED, cast.preecha.id)
    topics.reopen(session, topic, by=cast.preecha)
    assert (topic.status, topic.approved_by_id) == (TopicStatus.REVIEWED, None)
    with pytest.raises(Conflict):
        topics.reopen(session, topic, by=cast.preecha)


def test_merging_asks_people_to_look_at_its_links_again(
    session: Session, topic: Topic, other: Topic, cast: Cast
) -> None:
    _plan, activities = make_plan(session)
    sure, unsure = (
        suggest(session, topic, activities[0], status=LinkStatus.CONFIRMED),
        suggest(session, topic, activities[1]),
    )
    elsewhere = suggest(session, other, activities[0], status=LinkStatus.CONFIRMED)
    topics.merge(session, topic, other, by=cast.preecha)
    session.expire_all()
    assert [sure.status, unsure.status, elsewhere.status] == [
        LinkStatus.STALE, LinkStatus.SUGGESTED, LinkStatus.CONFIRMED,
    ]  # fmt: skip


# Words of people


def test_quote_goes_with_its_need(
    session: Session, topic: Topic, other: Topic, members: list[Need], cast: Cast
) -> None:
    said = quote(session, topic, members[0])
    topics.move(session, members[0], other, by=cast.preecha)
    assert said.topic_id == other.id


def test_quote_is_approved_by_neither_its_writer_nor_its_editor(session: Session, topic: Topic, cast: Cast) -> None:
    [own] = add_needs(session, topic.consultation, cast.preecha, 1, area_code="150201")
    said = quote(session, topic, own)
    with pytest.raises(Conflict):
        topics.approve_quote(session, said, by=cast.preecha)
    topics.reword_quote(session, said, text="โทรหานายสมชาย 0812345678 น้ำไม่ถึงนา", by=cast.duangjai)
    assert "0812345678" not in said.text
    with pytest.raises(Conflict):
        topics.approve_quote(session, said, by=cast.duangjai)
    said.need_id = topics.member_ids(session, topic)[0]
    topics.approve_quote(session, said, by=cast.preecha)
    assert (said.proposed_by_id, said.approved_by_id) == (cast.duangjai.id, cast.preecha.id)


def test_rewording_takes_the_approval_away(session: Session, topic: Topic, members: list[Need], cast: Cast) -> None:
    said = quote(session, topic, members[0])
    topics.approve_quote(session, said, by=cast.duangjai)
    topics.reword_quote(session, said, text="น้ำไม่ถึงนามาสามปี", by=cast.preecha)
    assert (said.approved_by_id, said.approved_at) == (None, None)


# Late ones


def test_need_that_comes_late_gets_the_answer_of_its_topic(
    session: Session, topic: Topic, other: Topic, cast: Cast
) -> None:
    answer = responses.draft(
        session, topic, by=cast.preecha, decision=Decision.DEFERRED, reason="รอแบบก่อสร้าง", next_step="ปีหน้า"
    )
    responses.publish(session, answer, by=cast.duangjai)
    late = session.get_one(Need, topics.member_ids(session, other)[0])
    topics.move(session, late, topic, by=cast.preecha)
    assert late.status is NeedStatus.ANSWERED
    assert late.events[-1].act == "answer"


def test_links_of_one_pair_have_one_name() -> None:
    assert links.key_of(topic_id=3, activity_id=9) == "topic:3-activity:9"
    assert links.key_of(need_id=3, project_id=9) == "need:3-project:9"
