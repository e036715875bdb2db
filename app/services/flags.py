"""Needs that must not wait for a plan: raised by rules with the words they rest on, settled by a person."""

from sqlmodel import Session, select

from app import permissions
from app.database import now
from app.exceptions import NotAllowed, NotFound
from app.i18n import _
from app.models import FlagKind, Need, NeedFlag, User
from app.services import audit
from nlp import alarms


def raised(need_id: int, text: str) -> list[NeedFlag]:
    """Return the flags of a text, not yet written."""
    return [
        NeedFlag(need_id=need_id, kind=FlagKind(alarm.kind), words=list(alarm.words)) for alarm in alarms.find(text)
    ]


def look(session: Session, need: Need, text: str) -> None:
    """Raise a flag for what a text says; a kind that was raised before, dismissed or not, is not raised again."""
    found = raised(need.id, text)
    if not found:
        return
    before = set(session.exec(select(NeedFlag.kind).where(NeedFlag.need_id == need.id)))
    session.add_all(flag for flag in found if flag.kind not in before)
    session.flush()
    session.expire(need, ["flags"])


def dismiss(session: Session, need: Need, flag_id: int, officer: User) -> None:
    """Say that an alarm is a false one. Raises NotFound for a flag of another need."""
    if not permissions.can_settle_flag(officer, need):
        raise NotAllowed(_("คุณตัดสินเรื่องที่ส่งหรือพิมพ์เองไม่ได้ ต้องให้คนอื่นดู"))
    flag = session.get(NeedFlag, flag_id)
    if flag is None or flag.need_id != need.id:
        raise NotFound(_("ไม่พบป้ายนี้"))
    if flag.dismissed_at is None:
        flag.dismissed_by_id, flag.dismissed_at = officer.id, now()
        session.add(flag)
        audit.record(session, officer, "flags.dismiss", f"need:{need.ref}", kind=flag.kind.value)
        session.flush()
