"""Topics: the model proposes, a named person settles; a new run never moves what a person settled."""

from collections.abc import Sequence
from uuid import uuid4

from sqlmodel import Session, col, select

from app import jobs, permissions
from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import _
from app.models import (
    COUNTED,
    AssignedBy,
    ConsentKind,
    Consultation,
    Need,
    NeedAct,
    NeedStatus,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    TopicStatus,
    User,
)
from app.queries import consents as consent_queries
from app.queries import joins
from app.services import audit, links, needs, responses
from nlp.card import Card, card
from nlp.privacy import mask


def request_analysis(session: Session, consultation: Consultation, by: User | None) -> jobs.Job:
    """Ask for a new run; while one waits or runs, that one is returned. ``by`` is None on the command line."""
    audit.record(session, by, "topics.request_analysis", f"consultation:{consultation.id}")
    return jobs.enqueue(
        session,
        "analyse",
        {"consultation_id": consultation.id},
        created_by_id=by.id if by else None,
        subject=f"consultation:{consultation.id}",
    )


def measured(run: TopicRun | None) -> Card:
    """Return what was measured, on texts it had not seen, of the way a run read its texts."""
    return card(run.report.get("embedder") if run else None)


def rename(session: Session, topic: Topic, *, label: str, label_en: str = "", by: User) -> None:
    _demand_live(session, topic)
    audit.record(session, by, "topics.rename", f"topic:{topic.id}", was=topic.label, label=label)
    topic.label, topic.label_en = label, label_en
    _mark_reviewed(session, topic)


def approve(session: Session, topic: Topic, *, by: User) -> None:
    """Settle a topic as it stands: a new run moves none of its needs out, and late ones get its answer."""
    _demand_live(session, topic)
    topic.status, topic.approved_by_id, topic.approved_at = TopicStatus.APPROVED, by.id, now()
    session.add(topic)
    audit.record(session, by, "topics.approve", f"topic:{topic.id}")
    responses.deliver(session, topic, by=by)


def reopen(session: Session, topic: Topic, *, by: User) -> None:
    """Take an approval back, so that the topic may be changed again."""
    if topic.status is not TopicStatus.APPROVED:
        raise Conflict(_("ประเด็นนี้ยังไม่ได้รับรอง"))
    topic.status, topic.approved_by_id, topic.approved_at = TopicStatus.REVIEWED, None, None
    session.add(topic)
    audit.record(session, by, "topics.reopen", f"topic:{topic.id}")


def merge(session: Session, topic: Topic, into: Topic, *, by: User) -> None:
    """Put every need of a topic under another one; the emptied topic remembers where they went."""
    _demand_live(session, topic)
    _demand_live(session, into)
    if topic.id == into.id or topic.consultation_id != into.consultation_id:
        raise InvalidInput(_("เลือกประเด็นอื่นในรอบเดียวกัน"), {"into": _("เลือกประเด็นอื่นในรอบเดียวกัน")})
    moved = member_ids(session, topic)
    for need_id in moved:
        _settle(session, need_id, into, by)
    topic.status, topic.merged_into_id = TopicStatus.MERGED, into.id
    session.add(topic)
    _mark_reviewed(session, into)
    links.mark_stale(session, [topic.id])
    audit.record(session, by, "topics.merge", f"topic:{topic.id}", into=into.id, needs=len(moved))
    responses.deliver(session, into, by=by)


def split(session: Session, topic: Topic, *, need_ids: Sequence[int], label: str, by: User) -> Topic:
    """Take some needs out of a topic into a new one with a name."""
    _demand_live(session, topic)
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


def move(session: Session, need: Need, into: Topic, *, by: User) -> int:
    """Put one need under a topic, and those joined with it; no later run moves them. Return how many were moved."""
    _demand_live(session, into)
    if need.consultation_id != into.consultation_id or need.status not in COUNTED:
        raise InvalidInput(_("ย้ายเรื่องนี้ไปประเด็นนั้นไม่ได้"), {"topic": _("เลือกประเด็นในรอบเดียวกัน")})
    together = [need, *_beside(session, need)]
    for one in together:
        _settle(session, one.id, into, by)
        if one.status is NeedStatus.ACCEPTED:
            needs.step(session, one, by, NeedAct.GROUP, NeedStatus.GROUPED)
        audit.record(session, by, "topics.move", f"need:{one.ref}", into=into.id)
    responses.deliver(session, into, by=by)
    return len(together)


def _beside(session: Session, need: Need) -> list[Need]:
    """Return the counted needs joined with this one and in its topic; what a person took out stays out."""
    family = {one.id: one for one, _area in joins.family(session, need) if one.status in COUNTED}
    places = dict(
        session.exec(
            select(TopicAssignment.need_id, TopicAssignment.topic_id).where(
                col(TopicAssignment.need_id).in_((need.id, *family)),
                TopicAssignment.rank == 0,
                col(TopicAssignment.ended_at).is_(None),
            )
        ).all()
    )
    return [one for id_, one in family.items() if places.get(id_) == places.get(need.id)]


def approve_quote(session: Session, quote: TopicQuote, *, by: User) -> None:
    """Let the redacted words of a need be read by everyone; not by the one who proposed or wrote them."""
    need = session.get_one(Need, quote.need_id)
    if by.id == quote.proposed_by_id or permissions.is_own_entry(by, need):
        raise Conflict(_("ผู้เสนอคำพูดนี้อนุมัติเองไม่ได้ ต้องให้อีกคนตรวจ"))
    if consent_queries.is_refused(session, ConsentKind.QUOTE, quote.need_id):
        raise Conflict(_("ผู้ส่งไม่ให้ยกคำพูดของเรื่องนี้"))
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


def _demand_live(session: Session, topic: Topic) -> None:
    """Let one person or one run at a time change the topics of a round, and see this one as it now is."""
    session.get_one(Consultation, topic.consultation_id, with_for_update=True)
    session.refresh(topic)
    if not topic.is_live:
        raise Conflict(_("ประเด็นนี้ถูกรวมหรือไม่มีแล้ว กรุณาเปิดหน้าใหม่"))


def _mark_reviewed(session: Session, topic: Topic) -> None:
    if topic.status is TopicStatus.SUGGESTED:
        topic.status = TopicStatus.REVIEWED
    session.add(topic)


def _settle(session: Session, need_id: int, topic: Topic, by: User) -> None:
    """Place a need by a person's word; its quotes go with it."""
    at = now()
    for standing in session.exec(
        select(TopicAssignment).where(
            TopicAssignment.need_id == need_id, TopicAssignment.rank == 0, col(TopicAssignment.ended_at).is_(None)
        )
    ).all():
        standing.ended_at = at
        session.add(standing)
    session.add(TopicAssignment(need_id=need_id, topic_id=topic.id, source=AssignedBy.PERSON, by_id=by.id, at=at))
    quoted = session.exec(select(TopicQuote).where(TopicQuote.need_id == need_id)).all()
    if not any(quote.topic_id == topic.id for quote in quoted):
        for quote in quoted[:1]:
            quote.topic_id = topic.id
            session.add(quote)
    session.flush()
