"""Demand links: suggested with evidence, confirmed or rejected by a planner; a rejection is remembered."""

from collections.abc import Iterable

from sqlalchemy import update
from sqlmodel import Session, col, select

from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import _
from app.models import (
    Activity,
    DemandLink,
    LinkSource,
    LinkStatus,
    Project,
    Strength,
    Topic,
    User,
)
from app.services import audit


def key_of(
    *,
    topic_id: int | None = None,
    need_id: int | None = None,
    activity_id: int | None = None,
    project_id: int | None = None,
) -> str:
    """Name the pair, so that the same link is never made, or rejected, twice."""
    demand = f"topic:{topic_id}" if topic_id is not None else f"need:{need_id}"
    supply = f"activity:{activity_id}" if activity_id is not None else f"project:{project_id}"
    return f"{demand}-{supply}"


def confirm(session: Session, link: DemandLink, *, strength: Strength, reason: str, by: User) -> None:
    """Say that it answers, how far, and why; only confirmed links count in any figure."""
    if not reason:
        raise InvalidInput(_("กรุณาบอกเหตุผล"), {"reason": _("กรุณาบอกเหตุผลสั้น ๆ ให้คนอื่นเข้าใจ")})
    link.strength = strength
    _decide(session, link, LinkStatus.CONFIRMED, reason, by)


def reject(session: Session, link: DemandLink, *, reason: str, by: User) -> None:
    _decide(session, link, LinkStatus.REJECTED, reason, by)


def _decide(session: Session, link: DemandLink, status: LinkStatus, reason: str, by: User) -> None:
    audit.record(session, by, f"links.{status.value}", f"link:{link.id}", was=link.status.value, reason=reason)
    link.status, link.reason, link.decided_by_id, link.decided_at = status, reason, by.id, now()
    session.add(link)
    session.flush()


def create(
    session: Session,
    *,
    topic: Topic,
    activity: Activity | None = None,
    project: Project | None = None,
    strength: Strength,
    reason: str,
    by: User,
) -> DemandLink:
    """Link a topic by hand; the same pair made before is decided anew."""
    if (activity is None) == (project is None):
        raise InvalidInput(_("เลือกกิจกรรมหรือโครงการหนึ่งรายการ"), {"target": _("เลือกกิจกรรมหรือโครงการหนึ่งรายการ")})
    plan_id = activity.project.plan_id if activity is not None else project.plan_id if project is not None else None
    if plan_id != topic.consultation.plan_id:
        raise Conflict(_("กิจกรรมนี้ไม่ได้อยู่ในแผนของรอบนี้"))
    key = key_of(
        topic_id=topic.id,
        activity_id=activity.id if activity is not None else None,
        project_id=project.id if project is not None else None,
    )
    link = session.exec(select(DemandLink).where(DemandLink.key == key)).first()
    if link is None:
        link = DemandLink(
            key=key,
            consultation_id=topic.consultation_id,
            topic_id=topic.id,
            activity_id=activity.id if activity is not None else None,
            project_id=project.id if project is not None else None,
            strength=strength,
            source=LinkSource.MANUAL,
        )
        session.add(link)
        session.flush()
    confirm(session, link, strength=strength, reason=reason, by=by)
    return link


def mark_stale(session: Session, topic_ids: Iterable[int]) -> None:
    """Ask people to look again at confirmed links of topics that are no longer what they were."""
    session.connection().execute(
        update(DemandLink)
        .where(col(DemandLink.topic_id).in_(list(topic_ids)), col(DemandLink.status) == LinkStatus.CONFIRMED)
        .values(status=LinkStatus.STALE)
    )
