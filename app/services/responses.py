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
    NeedStatus,
    Notice,
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
from app.services import audit, needs


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
    told = 0
    for need in members(session, response.topic):
        needs.step(session, need, by, NeedAct.ANSWER, NeedStatus.ANSWERED, response_id=response.id)
        told += _tell(session, need, response)
        for joined in session.exec(select(Need).where(Need.merged_into_id == need.id)).all():
            told += _tell(session, joined, response)
    audit.record(session, by, "responses.publish", f"topic:{response.topic_id}", version=response.version, told=told)
    return told


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
    """Leave a notice with the one who sent the need; an imported author without an account has no list to read."""
    if need.author_id is None:
        return 0
    session.add(
        Notice(
            user_id=need.author_id,
            need_id=need.id,
            response_id=response.id,
            kind="answered",
            text=N_("เรื่องที่ท่านส่งมีคำตอบแล้ว"),
        )
    )
    return 1


def read_notice(session: Session, notice: Notice) -> Need | None:
    """Mark a notice as read; return the need it is about."""
    notice.read_at = notice.read_at or now()
    session.add(notice)
    return session.get(Need, notice.need_id) if notice.need_id else None
