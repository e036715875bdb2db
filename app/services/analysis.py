"""The analysis: the worker groups needs into topics and suggests links to the plan. People then settle both.

Only the worker imports this module: the library it calls takes seconds and memory that no web page should wait for.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from app import jobs
from app.database import for_reading, now, transaction
from app.exceptions import Conflict
from app.i18n import N_
from app.models import (
    COUNTED,
    Activity,
    Area,
    AssignedBy,
    Consultation,
    DemandLink,
    FundingLine,
    LinkSource,
    LinkStatus,
    Need,
    NeedAct,
    NeedStatus,
    Project,
    Strength,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    TopicStatus,
    User,
)
from app.services import links, needs, privacy
from app.services.vectors import embedder
from nlp.pipeline import (
    Grouping,
    Judgement,
    Matching,
    NeedText,
    PlanText,
    Progress,
    Settled,
    SuggestedLink,
    group_needs,
    match_needs,
)

# A topic whose needs changed by more than this share is no longer what its links were confirmed for.
STALE_SHARE = 0.3
# A topic is suggested a link when this share of its needs, and at least two of them (or its only one), are.
TOPIC_SHARE = 0.2


# What the library is doing, in words for the one who waits.
STEPS = {
    "read": N_("อ่านเรื่องทั้งหมด"),
    "embed": N_("ทำความเข้าใจข้อความ"),
    "space": N_("หาว่าเรื่องใดคล้ายกัน"),
    "group": N_("รวมเรื่องที่คล้ายกันไว้ด้วยกัน"),
    "stability": N_("ลองจัดซ้ำ ดูว่าประเด็นใดมั่นคง"),
    "describe": N_("ตั้งชื่อประเด็น เลือกคำพูดที่แทนประเด็น"),
    "compare": N_("เทียบกับกิจกรรมในแผน"),
    "done": N_("บันทึกผล"),
}


@dataclass(frozen=True)
class _Current:
    """The standing primary assignment of one need."""

    assignment_id: int
    topic_id: int | None
    is_settled: bool


def need_texts(session: Session, consultation_id: int) -> list[NeedText]:
    """Return the counted needs of a consultation as the library reads them, in the order they came."""
    names = dict[str, str](session.exec(select(Area.code, Area.name_th).where(col(Area.level) != "village")).all())
    counted = session.exec(
        select(Need)
        .where(Need.consultation_id == consultation_id, col(Need.status).in_(COUNTED))
        .order_by(col(Need.id))
    ).all()
    return [
        NeedText(
            id=str(need.id),
            text=need.text,
            province=names.get((need.area_code or "")[:2]),
            district=names.get((need.area_code or "")[:4]) if len(need.area_code or "") >= 4 else None,
            subdistrict=names.get((need.area_code or "")[:6]) if len(need.area_code or "") >= 6 else None,
            households=need.households,
            product=need.product or None,
            stage=need.value_chain_stage.value,
        )
        for need in counted
    ]


@jobs.handles("analyse")
def run_analysis(run: jobs.Run) -> dict[str, Any]:
    """Group the needs of a consultation, then suggest links to its plan. Done twice, it changes nothing more."""
    consultation_id: int = run.params["consultation_id"]
    with transaction(for_reading(run.engine)) as session:
        texts = need_texts(session, consultation_id)
        settled, previous = _settled(session, consultation_id), _previous(session, consultation_id)
        plan = plan_texts(session, consultation_id)
        decided = judgements(session, consultation_id)
    if not texts:
        raise Conflict(N_("รอบนี้ยังไม่มีเรื่องที่ผ่านการตรวจสอบ จึงยังจัดกลุ่มไม่ได้"))
    vectors = embedder()
    share = 0.6 if plan else 0.95
    grouping = group_needs(texts, settled=settled, previous=previous, embedder=vectors, progress=_part(run, 0.0, share))
    with transaction(run.engine) as session:
        topic_run = _record(session, consultation_id, grouping, by_id=run.created_by_id)
        result = {"run_id": topic_run.id, "topics": topic_run.topic_count, "needs": topic_run.need_count}
    if plan:
        matching = match_needs(texts, plan, judgements=decided, embedder=vectors, progress=_part(run, share, 0.95))
        run.progress(0.95, N_("บันทึกข้อเสนอ"))
        with transaction(run.engine) as session:
            result["links"] = record_suggestions(session, consultation_id, matching)
            topic_run = session.get_one(TopicRun, result["run_id"])
            topic_run.report = topic_run.report | {"matching": _matching_report(matching, len(plan))}
    return result


def _matching_report(matching: Matching, activities: int) -> dict[str, Any]:
    """Keep what a reader needs to judge the suggestions by."""
    coverage = {name: round(share, 4) for name, share in asdict(matching.coverage).items()}
    return {"activities": activities, "threshold": round(matching.threshold, 4), "coverage": coverage}


def _part(run: jobs.Run, start: float, end: float) -> Progress:
    """Map a step's own 0..1 onto a stretch of the job's bar."""

    def report(share: float, step: str) -> None:
        run.progress(start + (end - start) * share, STEPS[step])

    return report


def _settled(session: Session, consultation_id: int) -> Settled:
    """Gather what people settled: moved or approved memberships, names, merges."""
    topics = session.exec(select(Topic).where(Topic.consultation_id == consultation_id)).all()
    key_of = {topic.id: topic.key for topic in topics}
    approved = {topic.id for topic in topics if topic.status is TopicStatus.APPROVED}
    assignments = {
        str(row.need_id): key_of[row.topic_id]
        for row in _standing(session, consultation_id)
        if row.topic_id is not None and (row.source is AssignedBy.PERSON or row.topic_id in approved)
    }
    return Settled(
        assignments=assignments,
        must_link=_joined(session, consultation_id),
        labels={topic.key: topic.label for topic in topics if topic.label != topic.model_label and topic.is_live},
        merged={topic.key: key_of[topic.merged_into_id] for topic in topics if topic.merged_into_id is not None},
    )


def _joined(session: Session, consultation_id: int) -> list[tuple[str, str]]:
    """Return the counted needs whose senders say they are one matter, as pairs: they stay in one topic."""
    family = func.coalesce(Need.joins_id, Need.id)
    rows = session.exec(
        select(family, Need.id)
        .where(Need.consultation_id == consultation_id, col(Need.status).in_(COUNTED))
        .order_by(family, col(Need.id))
    ).all()
    return [(str(one), str(other)) for (here, one), (there, other) in pairwise(rows) if here == there]


def _previous(session: Session, consultation_id: int) -> dict[str, str]:
    rows = session.exec(
        select(TopicAssignment.need_id, Topic.key)
        .join(Topic)
        .where(
            Topic.consultation_id == consultation_id,
            col(TopicAssignment.ended_at).is_(None),
            TopicAssignment.rank == 0,
        )
    )
    return {str(need_id): key for need_id, key in rows}


def _standing(session: Session, consultation_id: int) -> Sequence[TopicAssignment]:
    """Return the primary assignments in force."""
    return session.exec(
        select(TopicAssignment)
        .join(Need)
        .where(
            Need.consultation_id == consultation_id,
            col(TopicAssignment.ended_at).is_(None),
            TopicAssignment.rank == 0,
        )
    ).all()


def _record(session: Session, consultation_id: int, grouping: Grouping, *, by_id: int | None) -> TopicRun:
    """Write a run: new and renamed topics, moved needs, what changed. What people settled meanwhile stands."""
    session.get_one(Consultation, consultation_id, with_for_update=True)  # one run, or one person's act, at a time
    topics = {
        topic.key: topic for topic in session.exec(select(Topic).where(Topic.consultation_id == consultation_id)).all()
    }
    approved = {topic.id for topic in topics.values() if topic.status is TopicStatus.APPROVED}
    current = {
        row.need_id: _Current(row.id, row.topic_id, row.source is AssignedBy.PERSON or row.topic_id in approved)
        for row in _standing(session, consultation_id)
    }
    before = _members(current)
    run = TopicRun(
        consultation_id=consultation_id,
        by_id=by_id,
        need_count=len(grouping.primary),
        topic_count=len(grouping.topics),
        outlier_count=len(grouping.outliers),
        report=grouping.report,
    )
    session.add(run)
    session.flush()
    themes = {theme["theme"]: theme["name"] for theme in grouping.report.get("themes", [])}
    for proposed in grouping.topics:
        topic = topics.get(proposed.key)
        if topic is None:
            topic = Topic(consultation_id=consultation_id, key=proposed.key, label=proposed.label, first_run_id=run.id)
            topics[proposed.key] = topic
        elif topic.label == topic.model_label:
            topic.label = proposed.label
        topic.model_label, topic.keywords = proposed.label, list(proposed.keywords)
        topic.theme = themes.get(proposed.theme, "")
        topic.stability, topic.last_run_id = proposed.stability, run.id
        if topic.status is TopicStatus.GONE:
            topic.status = TopicStatus.SUGGESTED
        session.add(topic)
    session.flush()
    moved = _assign(session, grouping, topics, current, run)
    _quote(session, grouping, topics)
    after = _members(
        {row.need_id: _Current(row.id, row.topic_id, False) for row in _standing(session, consultation_id)}
    )
    _retire_empty(session, topics.values(), after)
    run.changes = _changes(grouping, topics, before, after, moved)
    changed = [
        topic_id
        for topic_id, needs in before.items()
        if _share_changed(needs, after.get(topic_id, set())) > STALE_SHARE
    ]
    links.mark_stale(session, changed)
    session.add(run)
    session.flush()
    return run


def _members(current: dict[int, _Current]) -> dict[int, set[int]]:
    members: dict[int, set[int]] = defaultdict(set)
    for need_id, standing in current.items():
        if standing.topic_id is not None:
            members[standing.topic_id].add(need_id)
    return members


def _share_changed(before: set[int], after: set[int]) -> float:
    return 1 - len(before & after) / len(before | after) if before | after else 0.0


def _assign(
    session: Session, grouping: Grouping, topics: dict[str, Topic], current: dict[int, _Current], run: TopicRun
) -> int:
    """Write memberships; return how many needs changed their primary topic. Settled ones are left as they are."""
    at, moved, grouped = now(), 0, []
    secondary = session.exec(
        select(TopicAssignment)
        .join(Need)
        .where(
            Need.consultation_id == run.consultation_id,
            col(TopicAssignment.ended_at).is_(None),
            TopicAssignment.rank > 0,
            TopicAssignment.source == AssignedBy.MODEL,
        )
    ).all()
    for row in secondary:
        row.ended_at = at
    for need_key, ranked in grouping.memberships.items():
        need_id = int(need_key)
        standing = current.get(need_id)
        is_outlier = need_key in grouping.outliers
        primary = None if is_outlier else _landing(topics, grouping.primary[need_key])
        if standing is None or (not standing.is_settled and standing.topic_id != primary):
            if standing is not None:
                session.get_one(TopicAssignment, standing.assignment_id).ended_at = at
                moved += 1
            score = dict(ranked).get(grouping.primary[need_key])
            session.add(
                TopicAssignment(
                    need_id=need_id, topic_id=primary, membership=score, source=AssignedBy.MODEL, run_id=run.id, at=at
                )
            )
        if not is_outlier:
            grouped.append(need_id)
            others = [(key, score) for key, score in ranked if key != grouping.primary[need_key]]
            for rank, (key, score) in enumerate(others, start=1):
                session.add(
                    TopicAssignment(
                        need_id=need_id,
                        topic_id=_landing(topics, key),
                        rank=rank,
                        membership=score,
                        source=AssignedBy.MODEL,
                        run_id=run.id,
                        at=at,
                    )
                )
    _mark_grouped(session, grouped, run)
    session.flush()
    return moved


def _landing(topics: dict[str, Topic], key: str) -> int:
    """Return the topic where needs proposed for a key belong: somebody may have merged it while the library worked."""
    by_id = {topic.id: topic for topic in topics.values()}
    topic = topics[key]
    while topic.merged_into_id is not None:
        topic = by_id[topic.merged_into_id]
    return topic.id


def _mark_grouped(session: Session, need_ids: Iterable[int], run: TopicRun) -> None:
    by = session.get(User, run.by_id) if run.by_id is not None else None
    fresh = session.exec(select(Need).where(col(Need.id).in_(list(need_ids)), Need.status == NeedStatus.ACCEPTED)).all()
    for need in fresh:
        needs.step(session, need, by, NeedAct.GROUP, NeedStatus.GROUPED, run_id=run.id)


def _quote(session: Session, grouping: Grouping, topics: dict[str, Topic]) -> None:
    """Propose each topic's representative words, masked; those a person approved or reworded stay."""
    ids = [topic.id for topic in topics.values()]
    session.connection().execute(
        delete(TopicQuote).where(
            col(TopicQuote.topic_id).in_(ids),
            col(TopicQuote.approved_at).is_(None),
            col(TopicQuote.proposed_by_id).is_(None),
        )
    )
    kept = set(session.exec(select(TopicQuote.topic_id, TopicQuote.need_id).where(col(TopicQuote.topic_id).in_(ids))))
    wanted = [(_landing(topics, topic.key), int(need_id)) for topic in grouping.topics for need_id in topic.quotes]
    spoken = session.exec(select(Need).where(col(Need.id).in_([need for _, need in wanted])))
    texts = {need.id: privacy.public(need) for need in spoken}
    for topic_id, need_id in wanted:
        if (topic_id, need_id) not in kept:
            session.add(TopicQuote(topic_id=topic_id, need_id=need_id, text=texts[need_id]))


def _retire_empty(session: Session, topics: Iterable[Topic], members: dict[int, set[int]]) -> None:
    for topic in topics:
        if topic.is_live and not members.get(topic.id) and topic.status is TopicStatus.SUGGESTED:
            topic.status = TopicStatus.GONE
            session.add(topic)


def _changes(
    grouping: Grouping,
    topics: dict[str, Topic],
    before: dict[int, set[int]],
    after: dict[int, set[int]],
    moved: int,
) -> list[dict[str, Any]]:
    """Say in data what this run did to the topics people know: new, gone, split, merged, grown."""
    changes: list[dict[str, Any]] = []
    lineage = {topic.key: topic.lineage for topic in grouping.topics}
    for key, topic in topics.items():
        was, has = before.get(topic.id, set()), after.get(topic.id, set())
        if not was and not has:
            continue
        kind = "new" if not was else "gone" if not has else "kept"
        origin = lineage.get(key)
        if origin is not None and kind != "gone":
            kind = str(origin.kind)
        changes.append(
            {
                "topic_id": topic.id,
                "kind": kind,
                "before": len(was),
                "after": len(has),
                "joined": len(has - was),
                "left": len(was - has),
            }
        )
    changes.append({"kind": "moved", "needs": moved})
    return changes


# Links


def plan_texts(session: Session, consultation_id: int) -> list[PlanText]:
    """Return the activities of the consultation's plan as the library reads them; empty when it has no plan."""
    consultation = session.get_one(Consultation, consultation_id)
    if consultation.plan_id is None:
        return []
    names = dict[str, str](session.exec(select(Area.code, Area.name_th).where(col(Area.level) != "village")).all())
    baht: dict[int, float] = defaultdict(float)
    for line in session.exec(
        select(FundingLine).join(Activity).join(Project).where(Project.plan_id == consultation.plan_id)
    ):
        baht[line.activity_id] += line.satang / 100
    rows = session.exec(
        select(Activity, Project.title)
        .join(Project)
        .where(Project.plan_id == consultation.plan_id)
        .order_by(col(Activity.id))
    ).all()
    return [
        PlanText(
            id=str(activity.id),
            title=f"{activity.title} {activity.place_text}".strip()
            + ("" if project_title in activity.title else f" ({project_title})"),
            budget_baht=baht.get(activity.id),
            level="cluster",
            province=names.get((activity.area_code or "")[:2]),
            district=names.get((activity.area_code or "")[:4]) if len(activity.area_code or "") >= 4 else None,
            subdistrict=names.get((activity.area_code or "")[:6]) if len(activity.area_code or "") >= 6 else None,
        )
        for activity, project_title in rows
    ]


def judgements(session: Session, consultation_id: int) -> list[Judgement]:
    """Return what planners decided about single needs: what the matcher learns from."""
    decided = session.exec(
        select(DemandLink).where(
            DemandLink.consultation_id == consultation_id,
            col(DemandLink.need_id).is_not(None),
            col(DemandLink.activity_id).is_not(None),
            col(DemandLink.status).in_((LinkStatus.CONFIRMED, LinkStatus.REJECTED)),
        )
    )
    return [
        Judgement(
            need_id=str(link.need_id),
            plan_id=str(link.activity_id),
            strength=link.strength.share if link.status is LinkStatus.CONFIRMED else 0.0,
        )
        for link in decided
    ]


@dataclass
class _Support:
    """The needs of one topic that one activity seems to answer."""

    links: list[SuggestedLink] = field(default_factory=list)

    @property
    def best(self) -> SuggestedLink:
        return max(self.links, key=lambda link: link.probability)


def record_suggestions(session: Session, consultation_id: int, matching: Matching) -> int:
    """Write suggestions for needs and topics; what a person decided stays. Return how many suggestions stand."""
    known = {
        link.key: link
        for link in session.exec(select(DemandLink).where(DemandLink.consultation_id == consultation_id)).all()
    }
    topic_of = dict(
        session.exec(
            select(TopicAssignment.need_id, TopicAssignment.topic_id)
            .join(Need)
            .where(
                Need.consultation_id == consultation_id,
                TopicAssignment.rank == 0,
                col(TopicAssignment.ended_at).is_(None),
            )
        ).all()
    )
    sizes: dict[int, int] = defaultdict(int)
    for topic_id in topic_of.values():
        if topic_id is not None:
            sizes[topic_id] += 1
    supports: dict[tuple[int, int], _Support] = defaultdict(_Support)
    wanted: dict[str, DemandLink] = {}
    for suggestion in matching.links:
        if not suggestion.suggested:
            continue
        need_id, activity_id = int(suggestion.need_id), int(suggestion.plan_id)
        wanted[links.key_of(need_id=need_id, activity_id=activity_id)] = _suggested(
            consultation_id,
            suggestion.strength,
            suggestion.probability,
            {"sentence": suggestion.evidence, "words": suggestion.words, "place": suggestion.place},
            need_id=need_id,
            activity_id=activity_id,
        )
        topic_id = topic_of.get(need_id)
        if topic_id is not None:
            supports[topic_id, activity_id].links.append(suggestion)
    for (topic_id, activity_id), support in supports.items():
        count, size = len(support.links), sizes[topic_id]
        if count < min(2, size) or count / size < TOPIC_SHARE:
            continue
        # What answers some of a topic's needs answers the topic in part.
        strength = support.best.strength if count / size >= 0.5 else min(support.best.strength, 0.5)
        wanted[links.key_of(topic_id=topic_id, activity_id=activity_id)] = _suggested(
            consultation_id,
            strength,
            count / size,
            {
                "sentence": support.best.evidence,
                "words": support.best.words,
                "place": support.best.place,
                "needs": count,
                "of": size,
            },
            topic_id=topic_id,
            activity_id=activity_id,
        )
    for key, link in wanted.items():
        here = known.get(key)
        if here is None:
            session.add(link)
        elif here.status is LinkStatus.SUGGESTED:
            here.strength, here.probability, here.evidence = link.strength, link.probability, link.evidence
            session.add(here)
    for key, link in known.items():
        if link.status is LinkStatus.SUGGESTED and link.source is LinkSource.SUGGESTED and key not in wanted:
            session.delete(link)
    session.flush()
    return len(wanted)


def _suggested(
    consultation_id: int,
    strength: float,
    probability: float,
    evidence: dict[str, Any],
    *,
    activity_id: int,
    topic_id: int | None = None,
    need_id: int | None = None,
) -> DemandLink:
    return DemandLink(
        key=links.key_of(topic_id=topic_id, need_id=need_id, activity_id=activity_id),
        consultation_id=consultation_id,
        topic_id=topic_id,
        need_id=need_id,
        activity_id=activity_id,
        strength=Strength(f"{strength:g}"),
        source=LinkSource.SUGGESTED,
        probability=probability,
        evidence=evidence,
    )
