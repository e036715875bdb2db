"""Sign-ins: started, found, ended. Only the hash of a token is stored."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, or_
from sqlalchemy import select as select_columns
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from app.config import Settings
from app.database import M, now, record, table_of
from app.models import Area, Organization, ProvincialCluster, User, UserSession
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


_FOUND = (UserSession, User, Area, ProvincialCluster, Organization)
_SIGN_IN, _PERSON, _AREA, _CLUSTER, _OFFICE = (table_of(model) for model in _FOUND)
_FIND = (
    select_columns(*(column for model in _FOUND for column in table_of(model).columns))
    .select_from(
        _SIGN_IN.join(_PERSON, _PERSON.c.id == _SIGN_IN.c.user_id)
        .outerjoin(_AREA, _AREA.c.code == _PERSON.c.area_code)
        .outerjoin(_CLUSTER, _CLUSTER.c.code == _PERSON.c.cluster_code)
        .outerjoin(_OFFICE, _OFFICE.c.id == _PERSON.c.organization_id)
    )
    .where(
        _SIGN_IN.c.token_hash == bindparam("token"),
        _SIGN_IN.c.revoked_at.is_(None),
        _SIGN_IN.c.expires_at > bindparam("now"),
        _SIGN_IN.c.last_seen_at > bindparam("seen_after"),
        _PERSON.c.is_active,
    )
)


def find(session: Session, token: str, *, settings: Settings) -> UserSession | None:
    """Return the live sign-in of a token with its person, their area, cluster and agency, or None.

    They are records that no session holds: read them, never change them.
    """
    at = now()
    named = {"token": hash_token(token), "now": at, "seen_after": at - timedelta(days=settings.session_idle_days)}
    row = session.connection().execute(_FIND, named).first()
    if row is None:
        return None
    values = iter(row)

    def take(model: type[M]) -> M:
        return record(model, dict(zip(table_of(model).columns.keys(), values, strict=False)))

    sign_in, user = take(UserSession), take(User)
    area, cluster, organization = take(Area), take(ProvincialCluster), take(Organization)
    set_committed_value(user, "area", area if area.code else None)
    set_committed_value(user, "cluster", cluster if cluster.code else None)
    set_committed_value(user, "organization", organization if organization.id else None)
    set_committed_value(sign_in, "user", user)
    return sign_in


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
