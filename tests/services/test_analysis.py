"""A run proposes; what people settled stands, and the run says what it changed."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.jobs import JobStatus
from app.models import (
    Activity,
    AssignedBy,
    Consultation,
    DemandLink,
    LinkStatus,
    Need,
    NeedStatus,
    Stage,
    Strength,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    TopicStatus,
)
from app.queries import topics as topic_queries
from app.services import analysis, links, topics
from nlp.grouping import GroupedTopic, Grouping
from nlp.matching import Coverage, Matching, SuggestedLink
from tests.support.cast import Cast
from tests.support.planning import add_needs, analysing_round, make_plan, standing

Groups = Mapping[str, Sequence[Need]]


class Model:
    """Stands for the library: it proposes what a test tells it to, and keeps what it was given."""

    def __init__(self) -> None:
        self.groups: dict[str, list[str]] = {}
        self.outliers: set[str] = set()
        self.settled: Any = None
        self.previous: Mapping[str, str] = {}
        self.links: list[SuggestedLink] = []
        self.judgements: Sequence[Any] = ()

    def propose(self, groups: Groups, outliers: Sequence[Need] = ()) -> None:
        self.groups = {key: [str(need.id) for need in needs] for key, needs in groups.items()}
        self.outliers = {str(need.id) for need in outliers}

    def link(self, need: Need, activity: Activity, strength: float = 1.0, probability: float = 0.9) -> None:
        self.links.append(
            SuggestedLink(
                need_id=str(need.id), plan_id=str(activity.id), rank=1, probability=probability, strength=strength,
                suggested=True, evidence="พูดถึงคลองเดียวกัน", words=["คลอง"], place=None,
            )
        )  # fmt: skip

    def group(self, texts: Any, *, settled: Any, previous: Any, embedder: Any, progress: Any) -> Grouping:
        self.settled, self.previous = settled, previous
        progress(0.5, "group")
        primary = {need: key for key, needs in self.groups.items() for need in needs}
        for need in self.outliers:
            primary[need] = next(iter(self.groups))
        assert set(primary) == {text.id for text in texts}
        proposed = [
            GroupedTopic(key, None, f"ประเด็น {key}", ["น้ำ", "คลอง"], quotes=needs[:1], size=len(needs), stability=0.7)
            for key, needs in self.groups.items()
        ]
        return Grouping(proposed, primary, {need: [(key, 0.8)] for need, key in primary.items()}, self.outliers, {})

    def match(self, texts: Any, plan: Any, *, judgements: Any, embedder: Any, progress: Any) -> Matching:
        self.judgements = judgements
        progress(0.5, "compare")
        return Matching(self.links, {}, Coverage(0.58, 0.47, 0.68, 0.5, 0.4, 0.6, counted=0.61), threshold=0.5)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    model = Model()
    monkeypatch.setattr(analysis, "group_needs", model.group)
    monkeypatch.setattr(analysis, "match_needs", model.match)
    monkeypatch.setattr(analysis, "embedder", lambda: None)
    return model


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return analysing_round(session)


@pytest.fixture
def needs(session: Session, consultation: Consultation, cast: Cast) -> list[Need]:
    return add_needs(session, consultation, cast.somchai, 6)


@pytest.fixture
def analyse(
    session: Session, consultation: Consultation, cast: Cast, run_jobs: Callable[[], int]
) -> Callable[[], TopicRun]:
    """Ask for a run as a planner does, and do it as a worker does."""

    def run() -> TopicRun:
        job = topics.request_analysis(session, consultation, cast.preecha)
        assert run_jobs() == 1
        session.refresh(job)
        assert (job.status, job.error) == (JobStatus.DONE, "")
        return session.exec(select(TopicRun).order_by(TopicRun.id.desc())).first()  # type: ignore[attr-defined,return-value]

    return run


def topic_of(session: Session, need: Need) -> str | None:
    place = standing(session, need)
    return session.get_one(Topic, place.topic_id).key if place.topic_id else None


def by_key(session: Session, key: str) -> Topic:
    return session.exec(select(Topic).where(Topic.key == key)).one()


def change(run: TopicRun, topic: Topic) -> dict[str, Any]:
    return next(one for one in run.changes if one.get("topic_id") == topic.id)


def test_first_run_places_every_need_and_leaves_outliers_alone(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], cast: Cast
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:5]}, outliers=needs[5:])
    run = analyse()
    assert [topic_of(session, need) for need in needs] == ["a", "a", "a", "b", "b", None]
    assert {standing(session, need).source for need in needs} == {AssignedBy.MODEL}
    assert [need.status for need in needs] == [NeedStatus.GROUPED] * 5 + [NeedStatus.ACCEPTED]
    assert (run.need_count, run.topic_count, run.outlier_count, run.by_id) == (6, 2, 1, cast.preecha.id)
    assert [one["kind"] for one in run.changes] == ["new", "new", "moved"]
    said = session.exec(select(TopicQuote)).all()
    assert [(quote.need_id, quote.approved_at) for quote in said] == [(needs[0].id, None), (needs[3].id, None)]


def test_second_run_over_the_same_needs_changes_nothing(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need]
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    before = session.exec(select(TopicAssignment.id)).all()
    run = analyse()
    assert session.exec(select(TopicAssignment.id)).all() == before
    assert run.changes[-1] == {"kind": "moved", "needs": 0}
    assert topic_queries.run_changes(session, run) == []


def test_run_tells_who_joined_and_who_left(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need]
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    model.propose({"a": needs[:4], "b": needs[4:]})
    run = analyse()
    assert model.previous == {str(need.id): "a" if need in needs[:3] else "b" for need in needs}
    grown = change(run, by_key(session, "a"))
    assert (grown["before"], grown["after"], grown["joined"], grown["left"]) == (3, 4, 1, 0)
    assert run.changes[-1] == {"kind": "moved", "needs": 1}


def test_new_run_keeps_a_name_and_a_move_that_a_person_made(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], cast: Cast
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    topics.rename(session, by_key(session, "a"), label="คลองตื้น", by=cast.preecha)
    topics.move(session, needs[5], by_key(session, "a"), by=cast.preecha)
    analyse()
    assert by_key(session, "a").label == "คลองตื้น"
    assert topic_of(session, needs[5]) == "a"
    assert (standing(session, needs[5]).source, standing(session, needs[5]).by_id) == (
        AssignedBy.PERSON,
        cast.preecha.id,
    )
    assert model.settled.assignments == {str(needs[5].id): "a"}
    assert model.settled.labels == {"a": "คลองตื้น"}


def test_new_run_moves_nothing_out_of_an_approved_topic(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], cast: Cast
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    topics.approve(session, by_key(session, "a"), by=cast.preecha)
    model.propose({"b": needs})
    analyse()
    assert [topic_of(session, need) for need in needs] == ["a"] * 3 + ["b"] * 3


def test_new_run_keeps_a_merge_and_a_split(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], cast: Cast
) -> None:
    model.propose({"a": needs[:2], "b": needs[2:4], "c": needs[4:]})
    analyse()
    topics.merge(session, by_key(session, "a"), by_key(session, "b"), by=cast.preecha)
    fresh = topics.split(session, by_key(session, "c"), need_ids=[needs[5].id], label="น้ำประปา", by=cast.preecha)
    late = add_needs(session, needs[0].consultation, cast.somchai, 1)
    model.propose({"a": [*needs[:2], *late], "b": needs[2:4], "c": needs[4:]})
    analyse()
    assert model.settled.merged == {"a": "b"}
    assert [topic_of(session, need) for need in needs] == ["b"] * 4 + ["c", fresh.key]
    assert topic_of(session, late[0]) == "b"  # what is proposed for a merged topic lands where its needs went
    assert by_key(session, "a").status is TopicStatus.MERGED


def test_topic_that_no_need_is_left_in_is_gone_and_may_come_back(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need]
) -> None:
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    model.propose({"b": needs})
    run = analyse()
    assert by_key(session, "a").status is TopicStatus.GONE
    assert change(run, by_key(session, "a"))["kind"] == "gone"
    model.propose({"a": needs[:3], "b": needs[3:]})
    analyse()
    assert by_key(session, "a").status is TopicStatus.SUGGESTED


def test_words_that_people_approved_or_mended_outlive_a_run(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], cast: Cast
) -> None:
    model.propose({"a": needs[:2], "b": needs[2:4], "c": needs[4:]})
    analyse()
    first, second, third = session.exec(select(TopicQuote).order_by(TopicQuote.id)).all()  # type: ignore[arg-type]
    topics.approve_quote(session, first, by=cast.duangjai)
    topics.reword_quote(session, second, text="คลองตื้นเขินมาก", by=cast.preecha)
    third_id = third.id
    model.propose({"a": needs[:2], "b": needs[2:4], "c": [needs[5], needs[4]]})
    analyse()
    kept = {quote.id: quote for quote in session.exec(select(TopicQuote)).all()}
    assert kept[first.id].approved_by_id == cast.duangjai.id
    assert kept[second.id].text == "คลองตื้นเขินมาก"
    assert third_id not in kept or kept[third_id].need_id == needs[5].id


def test_round_without_counted_needs_says_so_on_the_job(
    session: Session, model: Model, consultation: Consultation, cast: Cast, run_jobs: Callable[[], int]
) -> None:
    job = topics.request_analysis(session, consultation, cast.preecha)
    run_jobs()
    session.refresh(job)
    assert (job.status, job.error) == (JobStatus.FAILED, "รอบนี้ยังไม่มีเรื่องที่ผ่านการตรวจสอบ จึงยังจัดกลุ่มไม่ได้")


def test_asking_twice_is_one_run(
    session: Session,
    model: Model,
    consultation: Consultation,
    needs: list[Need],
    cast: Cast,
    run_jobs: Callable[[], int],
) -> None:
    model.propose({"a": needs})
    first = topics.request_analysis(session, consultation, cast.preecha)
    second = topics.request_analysis(session, consultation, cast.duangjai)
    assert first.id == second.id
    assert run_jobs() == 1


# Links


@pytest.fixture
def planned(session: Session, consultation: Consultation) -> list[Activity]:
    plan, activities = make_plan(session)
    consultation.plan_id = plan.id
    session.add(consultation)
    session.flush()
    return activities


def topic_links(session: Session) -> list[DemandLink]:
    return list(session.exec(select(DemandLink).where(DemandLink.topic_id != None).order_by(DemandLink.id)))  # type: ignore[arg-type]  # noqa: E711  SQL's IS NULL


def test_topic_is_linked_when_enough_of_its_needs_are(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], planned: list[Activity]
) -> None:
    model.propose({"a": needs[:4], "b": needs[4:]})
    for need in needs[:3]:
        model.link(need, planned[0])
    model.link(needs[0], planned[1])  # one need of four is not the topic
    analyse()
    [link] = topic_links(session)
    assert (link.activity_id, link.strength, link.status) == (planned[0].id, Strength.FULL, LinkStatus.SUGGESTED)
    assert link.probability == pytest.approx(0.75)
    assert (link.evidence["needs"], link.evidence["of"], link.evidence["words"]) == (3, 4, ["คลอง"])
    assert len(session.exec(select(DemandLink).where(DemandLink.need_id != None)).all()) == 4  # noqa: E711  SQL's IS NULL


def test_what_answers_some_needs_of_a_topic_answers_it_in_part(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], planned: list[Activity]
) -> None:
    model.propose({"a": needs})
    for need in needs[:2]:
        model.link(need, planned[0])
    analyse()
    assert [link.strength for link in topic_links(session)] == [Strength.PARTLY]


def test_rejection_is_remembered_and_a_confirmation_stands(
    session: Session,
    model: Model,
    analyse: Callable[[], TopicRun],
    needs: list[Need],
    planned: list[Activity],
    cast: Cast,
) -> None:
    model.propose({"a": needs})
    for need in needs[:4]:
        model.link(need, planned[0])
        model.link(need, planned[1])
    analyse()
    wrong, right = topic_links(session)
    links.reject(session, wrong, reason="คนละคลอง", by=cast.preecha)
    links.confirm(session, right, strength=Strength.INDIRECT, reason="ช่วยปลายคลอง", by=cast.preecha)
    analyse()
    assert [(link.status, link.strength) for link in topic_links(session)] == [
        (LinkStatus.REJECTED, Strength.FULL),
        (LinkStatus.CONFIRMED, Strength.INDIRECT),
    ]


def test_suggestion_no_longer_made_is_taken_away(
    session: Session, model: Model, analyse: Callable[[], TopicRun], needs: list[Need], planned: list[Activity]
) -> None:
    model.propose({"a": needs})
    for need in needs[:4]:
        model.link(need, planned[0])
    analyse()
    model.links.clear()
    analyse()
    assert session.exec(select(DemandLink)).all() == []


@pytest.mark.parametrize(("leaving", "expected"), [(1, LinkStatus.CONFIRMED), (2, LinkStatus.STALE)])
def test_confirmed_link_is_looked_at_again_when_its_topic_is_another(
    session: Session,
    model: Model,
    analyse: Callable[[], TopicRun],
    needs: list[Need],
    planned: list[Activity],
    cast: Cast,
    leaving: int,
    expected: LinkStatus,
) -> None:
    model.propose({"a": needs[:5], "b": needs[5:]})
    for need in needs[:3]:
        model.link(need, planned[0])
    analyse()
    [link] = topic_links(session)
    links.confirm(session, link, strength=Strength.FULL, reason="คลองเดียวกัน", by=cast.preecha)
    model.propose({"a": needs[: 5 - leaving], "b": needs[5 - leaving :]})
    analyse()
    session.refresh(link)
    assert link.status is expected


def test_matcher_learns_from_what_was_decided_about_single_needs(
    session: Session,
    model: Model,
    analyse: Callable[[], TopicRun],
    needs: list[Need],
    planned: list[Activity],
    cast: Cast,
) -> None:
    model.propose({"a": needs})
    model.link(needs[0], planned[0])
    analyse()
    [link] = session.exec(select(DemandLink)).all()
    links.reject(session, link, reason="", by=cast.preecha)
    analyse()
    assert [(one.need_id, one.plan_id, one.strength) for one in model.judgements] == [
        (str(needs[0].id), str(planned[0].id), 0.0)
    ]


# The real library


def test_library_groups_a_small_round_and_every_step_has_plain_words(
    session: Session, engine: Engine, cast: Cast, run_jobs: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analysis, "embedder", lambda: None)
    plan, _activities = make_plan(session)
    consultation = analysing_round(session, plan, Stage.CLOSED)
    add_needs(session, consultation, cast.somchai, 8)
    add_needs(session, consultation, None, 8)
    job = topics.request_analysis(session, consultation, cast.preecha)
    run_jobs()
    session.refresh(job)
    assert (job.status, job.error) == (JobStatus.DONE, "")
    run = session.exec(select(TopicRun)).one()
    assert (run.need_count, job.result) == (
        16,
        {"run_id": run.id, "topics": run.topic_count, "needs": 16, "links": (job.result or {})["links"]},
    )
    matched = run.report["matching"]
    assert (matched["activities"], 0 < matched["threshold"] < 1, 0 <= matched["coverage"]["low"] <= 1) == (3, True, 1)


def test_no_web_page_waits_for_scikit_learn() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, app.main; print('sklearn' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "False"
