"""Sign-ins: started, found, ended. Only the hash of a token is stored."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.config import Settings
from app.database import now
from app.models import User, UserSession
from app.security import hash_token, new_token


def start(session: Session, user: User, *, settings: Settings, device: str = "") -> str:
    """Sign a person in on one device; return the token for their cookie."""
    token = new_token()
    session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user.id,
            expires_at=now() + timedelta(days=settings.session_days),
            device=device[:200],
        )
    )
    session.flush()
    return token


def find(session: Session, token: str, *, settings: Settings) -> UserSession | None:
    """Return the live sign-in of a token with its person and their area, or None."""
    found = session.exec(
        select(UserSession)
        .join(User)
        .where(
            UserSession.token_hash == hash_token(token),
            col(UserSession.revoked_at).is_(None),
            UserSession.expires_at > now(),
            UserSession.last_seen_at > now() - timedelta(days=settings.session_idle_days),
            col(User.is_active),
        )
        .options(
            joinedload(UserSession.user).joinedload(User.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(UserSession.user).joinedload(User.cluster),  # type: ignore[arg-type]
            joinedload(UserSession.user).joinedload(User.organization),  # type: ignore[arg-type]
        )
    ).first()
    return found


def end(session: Session, token: str) -> None:
    """End the sign-in of a token, if there is one."""
    found = session.exec(
        select(UserSession).where(UserSession.token_hash == hash_token(token), col(UserSession.revoked_at).is_(None))
    ).first()
    if found is not None:
        revoke(session, found)


def revoke(session: Session, sign_in: UserSession) -> None:
    if sign_in.revoked_at is None:
        sign_in.revoked_at = now()
        session.add(sign_in)
        session.flush()


def forget_ended(session: Session, *, before: datetime, settings: Settings) -> int:
    """Delete sign-ins that ended before a time; return how many."""
    idle = timedelta(days=settings.session_idle_days)
    ended = or_(
        col(UserSession.revoked_at) < before,
        col(UserSession.expires_at) < before,
        col(UserSession.last_seen_at) < before - idle,
    )
    return session.connection().execute(delete(UserSession).where(ended)).rowcount


def revoke_all(session: Session, user_id: int) -> int:
    """Sign a person out everywhere; return how many sign-ins ended."""
    live = session.exec(
        select(UserSession).where(UserSession.user_id == user_id, col(UserSession.revoked_at).is_(None))
    ).all()
    for one in live:
        one.revoked_at = now()
        session.add(one)
    session.flush()
    return len(live)
