"""Notices: what a person should see in their own list, until they have read it."""

from sqlmodel import Session

from app.database import now
from app.models import Need, Notice


def read(session: Session, notice: Notice) -> Need | None:
    """Mark a notice as read; return the need it is about."""
    notice.read_at = notice.read_at or now()
    session.add(notice)
    return session.get(Need, notice.need_id) if notice.need_id else None
