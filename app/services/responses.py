"""Responses: a planner drafts, the head of OSM publishes, and every submitter of the topic is told."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from app.database import now
from app.exceptions import Conflict, InvalidInput, NotAllowed
from app.i18n import N_, _
from app.models import (
    COUNTED,
    Decision,
    LevelFit,
    Need,
    NeedAct,
    NeedEvent,
    NeedStatus,
    Organization,
    Project,
    ReasonCode,
    Response,
    ResponseStatus,
    Topic,
    TopicAssignment,
    User,
)
from app.permissions import can_draft_response, can_publish_response
from app.services import audit, needs, notices


def draft(
    session: Session,
    topic: Topic,
    *,
    by: User,
    decision: Decision,
    reason: str,
    next_step: str,
    reason_code: ReasonCode | None = None,
    reason_en: str = "",
    next_step_en: str = "",
    next_step_on: date | None = None,
    owner: Organization | None = None,
    project: Project | None = None,
    level_fit: LevelFit | None = None,
) -> Response:
    """Write the answer of a topic, or change the draft; a published answer stays until the new one replaces it."""
    if not can_draft_response(by, topic):
        raise NotAllowed(_("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้เขียนคำตอบได้"))
    if not topic.is_live:
        raise Conflict(_("ประเด็นนี้ถูกรวมหรือไม่มีแล้ว กรุณาเปิดหน้าใหม่"))
    if decision is Decision.NOT_INCLUDED and reason_code is None:
        raise InvalidInput(_("กรุณาบอกว่าไม่บรรจุเพราะอะไร"), {"reason_code": _("กรุณาบอกว่าไม่บรรจุเพราะอะไร")})
    if decision in (Decision.INCLUDED, Decision.PARTLY) and project is None:
        raise InvalidInput(_("กรุณาเลือกโครงการที่บรรจุ"), {"project": _("กรุณาเลือกโครงการที่บรรจุ")})
    if decision is Decision.REFERRED and owner is None:
        raise InvalidInput(_("กรุณาเลือกหน่วยงานที่ส่งต่อ"), {"owner": _("กรุณาเลือกหน่วยงานที่ส่งต่อ")})
    versions = session.exec(
        select(Response).where(Response.topic_id == topic.id).order_by(col(Response.version).desc())
    ).all()
    response = next((one for one in versions if one.status is ResponseStatus.DRAFT), None)
    if response is None:
        response = Response(
            topic_id=topic.id,
            decision=decision,
            reason=reason,
            next_step=next_step,
            drafted_by_id=by.id,
            version=versions[0].version + 1 if versions else 1,
        )
    response.decision, response.reason_code, response.reason, response.reason_en = (
        decision, reason_code, reason, reason_en,
    )  # fmt: skip
    response.next_step, response.next_step_en, response.next_step_on = next_step, next_step_en, next_step_on
    response.owner_organization_id = owner.id if owner else None
    response.project_id = project.id if project else None
    response.level_fit = level_fit
    response.drafted_by_id, response.drafted_at = by.id, now()
    session.add(response)
    session.flush()
    for need in members(session, topic):
        if need.status is NeedStatus.GROUPED:
            needs.step(session, need, by, NeedAct.CONSIDER, NeedStatus.CONSIDERED, response_id=response.id)
    audit.record(session, by, "responses.draft", f"topic:{topic.id}", decision=decision.value, version=response.version)
    return response


def publish(session: Session, response: Response, *, by: User) -> int:
    """Make an answer public, four eyes having seen it; return how many submitters were told."""
    if not can_publish_response(by, response):
        raise NotAllowed(_("ผู้เผยแพร่ต้องเป็นหัวหน้า OSM และไม่ใช่ผู้ร่างคำตอบ"))
    for older in session.exec(
        select(Response).where(Response.topic_id == response.topic_id, Response.status == ResponseStatus.PUBLISHED)
    ).all():
        older.status = ResponseStatus.REPLACED
        session.add(older)
    response.status, response.published_by_id, response.published_at = ResponseStatus.PUBLISHED, by.id, now()
    session.add(response)
    session.flush()
    told = deliver(session, response.topic, by=by)
    audit.record(session, by, "responses.publish", f"topic:{response.topic_id}", version=response.version, told=told)
    return told


def deliver(session: Session, topic: Topic, *, by: User) -> int:
    """Give a topic's public answer to each of its needs that has not had it, and tell those who sent them.

    Needs come late when a person merges or moves them here. Those that were joined to a need get its answer too.
    """
    response = session.exec(
        select(Response).where(Response.topic_id == topic.id, Response.status == ResponseStatus.PUBLISHED)
    ).first()
    if response is None:
        return 0
    reached = _reached(session, response)
    late = [need for need in members(session, topic) if need.id not in reached]
    joined = session.exec(select(Need).where(col(Need.merged_into_id).in_([need.id for need in late]))).all()
    for need in late:
        needs.step(session, need, by, NeedAct.ANSWER, NeedStatus.ANSWERED, response_id=response.id)
    return sum(_tell(session, need, response) for need in (*late, *joined))


def _reached(session: Session, response: Response) -> set[int]:
    """Return the needs that have had this very answer."""
    answered = session.exec(
        select(NeedEvent)
        .join(Need)
        .join(Topic, col(Topic.consultation_id) == col(Need.consultation_id))
        .where(Topic.id == response.topic_id, NeedEvent.act == NeedAct.ANSWER)
    )
    return {event.need_id for event in answered if event.detail.get("response_id") == response.id}


def members(session: Session, topic: Topic) -> Sequence[Need]:
    """Return the counted needs whose primary topic this is."""
    return session.exec(
        select(Need)
        .join(TopicAssignment, col(TopicAssignment.need_id) == col(Need.id))
        .where(
            TopicAssignment.topic_id == topic.id,
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
            col(Need.status).in_(COUNTED),
        )
        .order_by(col(Need.id))
    ).all()


def _tell(session: Session, need: Need, response: Response) -> int:
    """Leave a notice with who speaks for the need; an imported author without an account has no list to read."""
    if need.speaker_id is None:
        return 0
    text = N_("เรื่องที่คุณส่งมีคำตอบแล้ว")
    notices.tell(session, need.speaker_id, text, kind="answered", need=need, response_id=response.id)
    return 1
