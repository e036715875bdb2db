"""The queue of an officer: needs that wait for a decision, the one that waited longest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from app import permissions
from app.config import Settings
from app.database import now
from app.models import Need, NeedFlag, User

PAGE = 20


@dataclass(frozen=True)
class Queue:
    """``waiting``, ``late`` and ``flagged`` are of the whole queue; ``own`` are those somebody else must decide on."""

    needs: Sequence[Need]
    waiting: int
    late: int
    flagged: int
    own: int
    next: str | None


def page(
    session: Session,
    user: User,
    settings: Settings,
    *,
    is_late: bool = False,
    is_flagged: bool = False,
    after: str = "",
    size: int = PAGE,
) -> Queue:
    """Return one page of the queue; the next begins after the number ``next``."""
    late_before = now() - timedelta(days=settings.certify_days)
    waiting, late, flagged, own = _count(session, user, late_before)
    listed = [permissions.verifiable_needs(user)]
    if is_late:
        listed.append(col(Need.sent_at) < late_before)
    if is_flagged:
        listed.append(_flagged())
    if after:
        start = session.exec(select(Need.sent_at, Need.id).where(Need.ref == after)).first()
        if start is not None:
            sent_at, id_ = start
            listed.append(or_(col(Need.sent_at) > sent_at, and_(col(Need.sent_at) == sent_at, col(Need.id) > id_)))
    needs = session.exec(
        select(Need)
        .where(*listed)
        .options(
            joinedload(Need.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(Need.consultation),  # type: ignore[arg-type]
            joinedload(Need.referred_to),  # type: ignore[arg-type]
            selectinload(Need.photos),  # type: ignore[arg-type]
            selectinload(Need.flags),  # type: ignore[arg-type]
        )
        .order_by(col(Need.sent_at), col(Need.id))
        .limit(size + 1)
    ).all()
    return Queue(needs[:size], waiting, late, flagged, own, needs[size - 1].ref if len(needs) > size else None)


def _flagged() -> ColumnElement[bool]:
    return (
        select(NeedFlag.id)
        .where(col(NeedFlag.need_id) == col(Need.id), col(NeedFlag.dismissed_at).is_(None))
        .correlate(Need)
        .exists()
    )


def _count(session: Session, user: User, late_before: datetime) -> tuple[int, int, int, int]:
    mine = permissions.verifiable_needs(user)

    def number(condition: object) -> object:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)  # type: ignore[arg-type]

    waiting, late, flagged, own = session.execute(
        select(  # type: ignore[call-overload]
            number(mine),
            number(and_(mine, col(Need.sent_at) < late_before)),
            number(and_(mine, _flagged())),
            number(~mine),
        ).where(permissions.visible_needs(user), col(Need.status).in_(permissions.WAITING))
    ).one()
    return waiting, late, flagged, own


def waiting(session: Session, user: User) -> tuple[int, int]:
    """Count what waits for an officer, and how much of that a rule flagged."""
    return session.exec(
        select(func.count(), func.count(case((_flagged(), 1)))).where(permissions.verifiable_needs(user))
    ).one()
