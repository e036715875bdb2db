"""The sign-ins a person can see and end."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session, col, select

from app.config import Settings
from app.database import now
from app.models import User, UserSession


def live(session: Session, user: User, *, settings: Settings) -> Sequence[UserSession]:
    """Return a person's sign-ins that still work, the last used first."""
    return session.exec(
        select(UserSession)
        .where(
            UserSession.user_id == user.id,
            col(UserSession.revoked_at).is_(None),
            UserSession.expires_at > now(),
            UserSession.last_seen_at > now() - timedelta(days=settings.session_idle_days),
        )
        .order_by(col(UserSession.last_seen_at).desc())
    ).all()
