"""What waits for a person, and what the public may read: the first page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from app import permissions
from app.database import now
from app.i18n import N_
from app.models import (
    COUNTED,
    AuditEvent,
    Consultation,
    DemandLink,
    LinkStatus,
    Need,
    NeedStatus,
    Plan,
    Response,
    ResponseStatus,
    Role,
    Stage,
    Topic,
    User,
)
from app.queries import outcomes, reach, verification


@dataclass(frozen=True)
class Task:
    """So many things of one kind that wait, and the page where they are done."""

    label: str
    count: int
    url: str


@dataclass(frozen=True)
class Home:
    open: Sequence[Consultation]
    outcomes: Sequence[Consultation]
    tasks: list[Task]
    mine: dict[NeedStatus, int]


def home(session: Session, user: User | None) -> Home:
    return Home(
        open=session.exec(
            select(Consultation).where(Consultation.stage == Stage.OPEN).order_by(col(Consultation.close_on)).limit(6)
        ).all(),
        outcomes=outcomes.listed(session, None)[:6],
        tasks=_tasks(session, user) if user is not None else [],
        mine=_mine(session, user) if user is not None else {},
    )


def _mine(session: Session, user: User) -> dict[NeedStatus, int]:
    """Count a person's own needs by where they stand, in the order of their life."""
    counted = dict(
        session.exec(
            select(Need.status, func.count()).where(Need.author_id == user.id).group_by(col(Need.status))
        ).all()
    )
    return {status: counted[status] for status in NeedStatus if status in counted}


def _tasks(session: Session, user: User) -> list[Task]:
    """Return what waits for an officer, the empty ones left out."""
    tasks: list[Task] = []
    if user.role in (Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER, *permissions.OSM):
        waiting, flagged = verification.waiting(session, user)
        tasks.append(Task(N_("เรื่องที่ควรดูก่อน อาจเป็นเหตุด่วนหรือร้องทุกข์"), flagged, "/verification?flagged=1"))
        tasks.append(Task(N_("เรื่องที่รอตรวจ"), waiting, "/verification"))
        tasks.append(Task(N_("ผู้นำที่มีเรื่องค้างในโทรศัพท์"), reach.stuck(session, user), "/reach?show=stuck"))
    if user.role is Role.CHANGE_AGENT:
        asked = session.exec(
            select(func.count()).where(Need.author_id == user.id, Need.status == NeedStatus.RETURNED)
        ).one()
        tasks.append(Task(N_("เรื่องที่เจ้าหน้าที่ถามมา รอคุณตอบ"), asked, "/needs?mine=1&status=returned"))
    if user.role is Role.EXECUTIVE:
        tasks += _plans_to_read(session, user)
    if user.role is Role.ADMINISTRATOR:
        since = now() - timedelta(days=7)
        acts = session.exec(select(func.count()).select_from(AuditEvent).where(col(AuditEvent.at) > since)).one()
        people = session.exec(select(func.count()).select_from(User).where(col(User.is_active))).one()
        tasks += [Task(N_("สิ่งที่คนทำในระบบใน 7 วัน"), acts, "/audit"), Task(N_("บัญชีที่ใช้งานอยู่"), people, "/users")]
    if user.role is Role.AGENCY:
        referred = session.exec(
            select(func.count()).where(permissions.visible_needs(user), Need.referred_to_id == user.organization_id)
        ).one()
        tasks.append(Task(N_("เรื่องที่ส่งต่อมาให้หน่วยงานของคุณ"), referred, "/needs"))
    if user.role in permissions.OSM:
        tasks += _planning_tasks(session, user)
    return [task for task in tasks if task.count]


def _plans_to_read(session: Session, user: User) -> list[Task]:
    """Count, for each round that is compared with a plan, the needs that the plan should answer, newest first."""
    counted = session.exec(
        select(Consultation.plan_id, func.count())
        .join(Need, col(Need.consultation_id) == col(Consultation.id))
        .where(
            Consultation.cluster_code == user.cluster_code,
            col(Consultation.plan_id).in_(select(Plan.id).where(permissions.visible_plans(user))),
            col(Need.status).in_(COUNTED),
        )
        .group_by(col(Consultation.plan_id))
        .order_by(col(Consultation.plan_id).desc())
        .limit(3)
    ).all()
    label = N_("ความต้องการที่แผนควรตอบ ดูว่าตอบแค่ไหน")
    return [Task(label, number, f"/plans/{plan_id}/alignment") for plan_id, number in counted]


def _planning_tasks(session: Session, user: User) -> list[Task]:
    """Count objections and, for each live round of the cluster, links to judge and answers to publish."""
    rounds = session.exec(
        select(Consultation)
        .where(Consultation.cluster_code == user.cluster_code, Consultation.stage != Stage.ARCHIVED)
        .order_by(col(Consultation.id))
    ).all()
    ids = [one.id for one in rounds]
    suggested = dict(
        session.exec(
            select(DemandLink.consultation_id, func.count())
            .where(
                col(DemandLink.consultation_id).in_(ids),
                col(DemandLink.status).in_((LinkStatus.SUGGESTED, LinkStatus.STALE)),
            )
            .group_by(col(DemandLink.consultation_id))
        ).all()
    )
    drafts = dict(
        session.exec(
            select(Topic.consultation_id, func.count())
            .join(Response)
            .where(col(Topic.consultation_id).in_(ids), Response.status == ResponseStatus.DRAFT)
            .group_by(col(Topic.consultation_id))
        ).all()
    )
    disputed = session.exec(
        select(func.count()).where(permissions.visible_needs(user), Need.status == NeedStatus.DISPUTED)
    ).one()
    tasks = [Task(N_("คำโต้แย้งที่รอคำตอบ"), disputed, "/needs?status=disputed")]
    tasks += [
        Task(N_("ความเชื่อมโยงที่รอตรวจ"), suggested.get(one.id, 0), f"/consultations/{one.id}/links") for one in rounds
    ]
    tasks += [
        Task(N_("คำตอบที่ร่างแล้ว รอหัวหน้า OSM เผยแพร่"), drafts.get(one.id, 0), f"/consultations/{one.id}/responses")
        for one in rounds
    ]
    return tasks
