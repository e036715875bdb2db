"""Reaching those who were not heard yet: reminding people, and inviting somebody from every place that has nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session, col, select

from app import permissions
from app.config import Settings
from app.database import now
from app.exceptions import Conflict, InvalidInput, NotAllowed
from app.i18n import N_, _, thai_date
from app.models import AgentType, Area, AreaLevel, Consultation, Invitation, Reminder, Role, Stage, User
from app.queries import reach as reach_queries
from app.queries.reach import Show
from app.services import audit, invitations, notices, tables, users

REMIND_EVERY = timedelta(days=3)
MOST_INVITED = 200
SILENT = N_("รอบการรับฟังยังเปิดอยู่ ถ้าพื้นที่ของคุณมีเรื่องที่อยากให้กลุ่มจังหวัดรู้ ส่งเข้ามาได้เลย")
STUCK = N_("มีเรื่องที่คุณเขียนแล้วแต่ยังอยู่ในโทรศัพท์ เปิดหน้าส่งเรื่องตรงที่มีสัญญาณ เรื่องจะส่งให้เอง")
# The roster is for an office's own table, and keeps one language.
COLUMNS = [
    "รหัสพื้นที่", "พื้นที่", "ชื่อ", "ตำแหน่ง", "ส่งแล้ว (เรื่อง)", "ส่งล่าสุด", "ค้างในเครื่อง (เรื่อง)", "ค้างตั้งแต่", "เตือนล่าสุด",
]  # fmt: skip


@dataclass(frozen=True)
class Reminded:
    """How many were reminded, and how many were left in peace because they were reminded lately."""

    done: int
    too_soon: int


def may_remind(consultation: Consultation | None, show: Show) -> bool:
    """Those who sent nothing, while it is open; those whose phone holds something, as long as it is still taken."""
    if consultation is None:
        return False
    if show is Show.STUCK:
        return consultation.stage in (Stage.OPEN, Stage.CLOSED, Stage.ANALYSING)
    return show is Show.SILENT and consultation.is_open


def remind(
    session: Session,
    officer: User,
    consultation: Consultation,
    show: Show,
    people: Sequence[int] | None = None,
    *,
    within: str = "",
) -> Reminded:
    """Remind some people of a list, or all of them when ``people`` is None; nobody twice in three days.

    Raises Conflict when the round takes nothing any more, and InvalidInput when nobody was chosen.
    """
    if not may_remind(consultation, show):
        raise Conflict(_("รอบนี้ไม่รับเรื่องแล้ว หรือคนในรายการนี้ไม่มีอะไรต้องเตือน"))
    if people is not None and not people:
        raise InvalidInput(_("กรุณาเลือกคนที่จะเตือนก่อน"))
    listed = reach_queries.roster(session, officer, consultation, show, within=within, size=None).people
    holds = {row.id: row.waiting > 0 for row in listed if people is None or row.id in people}
    wanted = sorted(holds)
    if people is not None and set(people) - set(wanted):
        raise NotAllowed(_("มีคนที่ไม่ได้อยู่ในรายการนี้แล้ว กรุณาเปิดรายการใหม่"))
    # Two officers who press at once: the second waits for these rows, and then finds the reminders.
    session.exec(select(User.id).where(col(User.id).in_(wanted)).order_by(col(User.id)).with_for_update()).all()
    lately = reach_queries.last_reminders(session, wanted, now() - REMIND_EVERY)
    fresh = [id_ for id_ in wanted if id_ not in lately]
    for id_ in fresh:
        session.add(Reminder(user_id=id_, consultation_id=consultation.id, by_id=officer.id))
        notices.tell(session, id_, STUCK if holds[id_] else SILENT, kind="remind")
    if fresh:
        audit.record(
            session, officer, "reach.remind", f"consultation:{consultation.id}", count=len(fresh), show=show.value
        )
    session.flush()
    return Reminded(len(fresh), len(wanted) - len(fresh))


def invite(
    session: Session, officer: User, codes: Sequence[str], agent_type: AgentType, settings: Settings, *, within: str
) -> list[tuple[Invitation, str]]:
    """Invite one change agent from each place that still has nobody; return the invitations with their tokens.

    Raises InvalidInput when no place was chosen, or none of them is without somebody any more.
    """
    if not codes:
        raise InvalidInput(_("กรุณาเลือกพื้นที่ก่อน"), {"place": _("กรุณาเลือกพื้นที่ก่อน")})
    free = [area for area in reach_queries.places_without_agent(session, officer, within) if area.code in codes]
    if not free:
        message = _("พื้นที่ที่เลือกมีผู้นำหรือมีคำเชิญแล้ว กรุณาเปิดรายการใหม่")
        raise InvalidInput(message, {"place": message})
    made = []
    for area in free[:MOST_INVITED]:
        given = users.office(session, Role.CHANGE_AGENT, agent_type=agent_type, area=area)
        made.append(invitations.create(session, given, by=officer, settings=settings))
    return made


def usual_agent(area: Area) -> AgentType:
    return AgentType.VILLAGE_HEAD if area.level is AreaLevel.VILLAGE else AgentType.KAMNAN


def demand_reach(user: User) -> None:
    if not permissions.can_see_reach(user):
        raise NotAllowed(_("หน้านี้เป็นของเจ้าหน้าที่อำเภอ จังหวัด และ OSM"))


def as_csv(people: Sequence[Row[Any]]) -> str:
    """Return a roster as a table: names and places, and nothing else that is personal."""
    return tables.text(COLUMNS, [_row(one) for one in people])


def _row(one: Row[Any]) -> list[str]:
    return [
        one.area_code,
        one.full_th,
        one.display_name,
        one.agent_type.label if one.agent_type else "",
        str(one.sent),
        thai_date(one.last_at),
        str(one.waiting),
        thai_date(one.oldest_at),
        thai_date(one.reminded_at),
    ]
