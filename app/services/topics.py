"""Topics: the model proposes, a named person settles; a new run never moves what a person settled."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import delete
from sqlmodel import Session, col, select

from app import jobs
from app.database import for_reading, now, transaction
from app.exceptions import Conflict, InvalidInput
from app.i18n import N_, _
from app.models import (
    COUNTED,
    Area,
    AssignedBy,
    Consultation,
    Need,
    NeedEvent,
    NeedStatus,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    TopicStatus,
    User,
)
from app.services import audit, links
from nlp.pipeline import Grouping, NeedText, Progress, Settled, group_needs
from nlp.privacy import mask

# A topic whose needs changed by more than this share is no longer what its links were confirmed for.
STALE_SHARE = 0.3


@dataclass(frozen=True)
class _Current:
    """The standing primary assignment of one need."""

    assignment_id: int
    topic_id: int | None
    is_settled: bool


def need_texts(session: Session, consultation_id: int) -> list[NeedText]:
    """Return the counted needs of a consultation as the library reads them, in the order they came."""
    names = dict[str, str](session.exec(select(Area.code, Area.name_th).where(col(Area.level) != "village")).all())
    needs = session.exec(
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
        for need in needs
    ]


def request_analysis(session: Session, consultation: Consultation, by: User) -> jobs.Job:
    """Ask for a new run; while one waits or runs, that one is returned."""
    audit.record(session, by, "topics.request_analysis", f"consultation:{consultation.id}")
    return jobs.enqueue(
        session,
        "analyse",
        {"consultation_id": consultation.id},
        created_by_id=by.id,
        subject=f"consultation:{consultation.id}",
    )


@jobs.handles("analyse")
def run_analysis(run: jobs.Run) -> dict[str, Any]:
    """Group the needs of a consultation, then suggest links to its plan. Done twice, it changes nothing more."""
    consultation_id: int = run.params["consultation_id"]
    with transaction(for_reading(run.engine)) as session:
        needs = need_texts(session, consultation_id)
        settled, previous = _settled(session, consultation_id), _previous(session, consultation_id)
        plan = links.plan_texts(session, consultation_id)
        judgements = links.judgements(session, consultation_id)
    if not needs:
        raise Conflict(N_("รอบนี้ยังไม่มีเรื่องที่ผ่านการตรวจสอบ จึงยังจัดกลุ่มไม่ได้"))
    share = 0.6 if plan else 0.95
    grouping = group_needs(needs, settled=settled, previous=previous, progress=_part(run, 0.0, share))
    with transaction(run.engine) as session:
        topic_run = _record(session, consultation_id, grouping, by_id=run.created_by_id)
        result = {"run_id": topic_run.id, "topics": topic_run.topic_count, "needs": topic_run.need_count}
    if plan:
        matching = links.match(needs, plan, judgements, progress=_part(run, share, 0.95))
        run.progress(0.95, N_("บันทึกข้อเสนอ"))
        with transaction(run.engine) as session:
            result["links"] = links.record_suggestions(session, consultation_id, matching)
    return result


def _part(run: jobs.Run, start: float, end: float) -> Progress:
    """Map a step's own 0..1 onto a stretch of the job's bar."""

    def report(share: float, step: str) -> None:
        run.progress(start + (end - start) * share, step)

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
        labels={topic.key: topic.label for topic in topics if topic.label != topic.model_label and topic.is_live},
        merged={topic.key: key_of[topic.merged_into_id] for topic in topics if topic.merged_into_id is not None},
    )


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
        primary = None if is_outlier else topics[grouping.primary[need_key]].id
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
                        topic_id=topics[key].id,
                        rank=rank,
                        membership=score,
                        source=AssignedBy.MODEL,
                        run_id=run.id,
                        at=at,
                    )
                )
    _mark_grouped(session, grouped, at_run=run)
    session.flush()
    return moved


def _mark_grouped(session: Session, need_ids: Iterable[int], *, at_run: TopicRun) -> None:
    fresh = session.exec(select(Need).where(col(Need.id).in_(list(need_ids)), Need.status == NeedStatus.ACCEPTED)).all()
    for need in fresh:
        need.status, need.status_at = NeedStatus.GROUPED, now()
        session.add(
            NeedEvent(
                need_id=need.id,
                actor_id=at_run.by_id,
                act="group",
                from_status=NeedStatus.ACCEPTED,
                to_status=NeedStatus.GROUPED,
                detail={"run_id": at_run.id},
            )
        )


def _quote(session: Session, grouping: Grouping, topics: dict[str, Topic]) -> None:
    """Propose each topic's representative words, masked; those a person approved stay."""
    ids = [topic.id for topic in topics.values()]
    session.connection().execute(
        delete(TopicQuote).where(col(TopicQuote.topic_id).in_(ids), col(TopicQuote.approved_at).is_(None))
    )
    kept = set(session.exec(select(TopicQuote.topic_id, TopicQuote.need_id).where(col(TopicQuote.topic_id).in_(ids))))
    wanted = [(topics[topic.key].id, int(need_id)) for topic in grouping.topics for need_id in topic.quotes]
    texts = dict(
        session.exec(select(Need.id, Need.problem).where(col(Need.id).in_([need for _, need in wanted]))).all()
    )
    for topic_id, need_id in wanted:
        if (topic_id, need_id) not in kept:
            session.add(TopicQuote(topic_id=topic_id, need_id=need_id, text=mask(texts[need_id])))


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


# What people settle


def rename(session: Session, topic: Topic, *, label: str, label_en: str = "", by: User) -> None:
    _demand_live(topic)
    audit.record(session, by, "topics.rename", f"topic:{topic.id}", was=topic.label, label=label)
    topic.label, topic.label_en = label, label_en
    _mark_reviewed(session, topic)


def approve(session: Session, topic: Topic, *, by: User) -> None:
    """Settle a topic as it stands: a new run moves none of its needs out."""
    _demand_live(topic)
    topic.status, topic.approved_by_id, topic.approved_at = TopicStatus.APPROVED, by.id, now()
    session.add(topic)
    audit.record(session, by, "topics.approve", f"topic:{topic.id}")


def reopen(session: Session, topic: Topic, *, by: User) -> None:
    """Take an approval back, so that the topic may be changed again."""
    if topic.status is not TopicStatus.APPROVED:
        raise Conflict(_("ประเด็นนี้ยังไม่ได้รับรอง"))
    topic.status, topic.approved_by_id, topic.approved_at = TopicStatus.REVIEWED, None, None
    session.add(topic)
    audit.record(session, by, "topics.reopen", f"topic:{topic.id}")


def merge(session: Session, topic: Topic, into: Topic, *, by: User) -> None:
    """Put every need of a topic under another one; the emptied topic remembers where they went."""
    _demand_live(topic)
    _demand_live(into)
    if topic.id == into.id or topic.consultation_id != into.consultation_id:
        raise InvalidInput(_("เลือกประเด็นอื่นในรอบเดียวกัน"), {"into": _("เลือกประเด็นอื่นในรอบเดียวกัน")})
    needs = member_ids(session, topic)
    for need_id in needs:
        _settle(session, need_id, into, by)
    topic.status, topic.merged_into_id = TopicStatus.MERGED, into.id
    session.add(topic)
    _mark_reviewed(session, into)
    links.mark_stale(session, [topic.id])
    audit.record(session, by, "topics.merge", f"topic:{topic.id}", into=into.id, needs=len(needs))


def split(session: Session, topic: Topic, *, need_ids: Sequence[int], label: str, by: User) -> Topic:
    """Take some needs out of a topic into a new one with a name."""
    _demand_live(topic)
    members = set(member_ids(session, topic))
    chosen = [need_id for need_id in need_ids if need_id in members]
    if not chosen or len(chosen) == len(members):
        message = _("เลือกบางเรื่อง ไม่ใช่ทั้งหมด เพื่อแยกเป็นประเด็นใหม่")
        raise InvalidInput(message, {"needs": message})
    fresh = Topic(
        consultation_id=topic.consultation_id,
        key=f"p-{uuid4().hex[:12]}",
        label=label,
        theme=topic.theme,
        status=TopicStatus.REVIEWED,
    )
    session.add(fresh)
    session.flush()
    for need_id in chosen:
        _settle(session, need_id, fresh, by)
    _mark_reviewed(session, topic)
    audit.record(session, by, "topics.split", f"topic:{topic.id}", into=fresh.id, needs=len(chosen))
    return fresh


def move(session: Session, need: Need, into: Topic, *, by: User) -> None:
    """Put one need under a topic; no later run moves it."""
    _demand_live(into)
    if need.consultation_id != into.consultation_id or need.status not in COUNTED:
        raise InvalidInput(_("ย้ายเรื่องนี้ไปประเด็นนั้นไม่ได้"), {"topic": _("เลือกประเด็นในรอบเดียวกัน")})
    _settle(session, need.id, into, by)
    _mark_grouped_by(session, need, by)
    audit.record(session, by, "topics.move", f"need:{need.ref}", into=into.id)


def approve_quote(session: Session, quote: TopicQuote, *, by: User) -> None:
    """Let the redacted words of a need be read by everyone; not by the one who proposed or wrote them."""
    if by.id == quote.proposed_by_id:
        raise Conflict(_("ผู้เสนอคำพูดนี้อนุมัติเองไม่ได้ ต้องให้อีกคนตรวจ"))
    quote.approved_by_id, quote.approved_at = by.id, now()
    session.add(quote)
    audit.record(session, by, "topics.approve_quote", f"topic:{quote.topic_id}", need=quote.need_id)


def reword_quote(session: Session, quote: TopicQuote, *, text: str, by: User) -> None:
    """Change the redacted words; another person then approves them."""
    quote.text, quote.proposed_by_id, quote.approved_by_id, quote.approved_at = mask(text), by.id, None, None
    session.add(quote)
    audit.record(session, by, "topics.reword_quote", f"topic:{quote.topic_id}", need=quote.need_id)


def member_ids(session: Session, topic: Topic) -> list[int]:
    return list(
        session.exec(
            select(TopicAssignment.need_id)
            .where(
                TopicAssignment.topic_id == topic.id,
                TopicAssignment.rank == 0,
                col(TopicAssignment.ended_at).is_(None),
            )
            .order_by(col(TopicAssignment.need_id))
        )
    )


def _demand_live(topic: Topic) -> None:
    if not topic.is_live:
        raise Conflict(_("ประเด็นนี้ถูกรวมหรือไม่มีแล้ว กรุณาเปิดหน้าใหม่"))


def _mark_reviewed(session: Session, topic: Topic) -> None:
    if topic.status is TopicStatus.SUGGESTED:
        topic.status = TopicStatus.REVIEWED
    session.add(topic)


def _settle(session: Session, need_id: int, topic: Topic, by: User) -> None:
    at = now()
    for standing in session.exec(
        select(TopicAssignment).where(
            TopicAssignment.need_id == need_id, TopicAssignment.rank == 0, col(TopicAssignment.ended_at).is_(None)
        )
    ).all():
        standing.ended_at = at
        session.add(standing)
    session.add(TopicAssignment(need_id=need_id, topic_id=topic.id, source=AssignedBy.PERSON, by_id=by.id, at=at))
    session.flush()


def _mark_grouped_by(session: Session, need: Need, by: User) -> None:
    if need.status is NeedStatus.ACCEPTED:
        need.status, need.status_at = NeedStatus.GROUPED, now()
        session.add(need)
        session.add(
            NeedEvent(
                need_id=need.id,
                actor_id=by.id,
                act="group",
                from_status=NeedStatus.ACCEPTED,
                to_status=NeedStatus.GROUPED,
            )
        )
