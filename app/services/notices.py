"""Notices: what a person should see in their own list, until they have read it; the only way news is told."""

from sqlmodel import Session

from app.database import now
from app.models import Need, Notice
from app.services import deliveries


def tell(
    session: Session,
    user_id: int,
    text: str,
    *,
    kind: str,
    need: Need | None = None,
    response_id: int | None = None,
) -> Notice:
    """Put a Thai sentence (translated when read) in a person's list, and on its way by the channels they chose."""
    need_id = need.id if need else None
    notice = Notice(user_id=user_id, need_id=need_id, response_id=response_id, kind=kind, text=text)
    session.add(notice)
    session.flush()
    deliveries.queue(session, notice)
    return notice


def read(session: Session, notice: Notice) -> Need | None:
    """Mark a notice as read; return the need it is about."""
    notice.read_at = notice.read_at or now()
    session.add(notice)
    return session.get(Need, notice.need_id) if notice.need_id else None
