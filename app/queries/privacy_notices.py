"""What people were told about their data, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from app.models import PrivacyNotice


def at(session: Session, when: datetime) -> PrivacyNotice:
    """Return the version that held at a time; the first one for times before it."""
    held = select(PrivacyNotice).where(PrivacyNotice.valid_from <= when).order_by(col(PrivacyNotice.version).desc())
    first = select(PrivacyNotice).order_by(col(PrivacyNotice.version))
    return session.exec(held.limit(1)).first() or session.exec(first.limit(1)).one()


def every(session: Session) -> Sequence[PrivacyNotice]:
    """Return all versions, the newest first."""
    return session.exec(select(PrivacyNotice).order_by(col(PrivacyNotice.version).desc())).all()
