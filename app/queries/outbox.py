"""What a phone asks: whose it is, where it may send, what arrived of it; and which phones hold what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, false, func, or_, select
from sqlalchemy.orm import selectinload
from sqlmodel import Session, col

from app.models import Area, AreaLevel, Need, NeedStatus, OutboxReport, User
from app.queries import needs as need_queries

MOST_SENT = 200


def places(session: Session, user: User) -> Sequence[Row[Any]]:
    """Return the places a person writes about without a network, their own first.

    For one of an area: their province down to subdistricts, and the villages of their own district. For one of a
    cluster: its provinces down to subdistricts.
    """
    own = user.area_code or ""
    if own:
        district = own[:4]
        near = col(Area.code).startswith(district, autoescape=True) if len(district) == 4 else false()
        wanted = and_(
            col(Area.code).startswith(own[:2], autoescape=True), or_(col(Area.level) != AreaLevel.VILLAGE, near)
        )
    else:
        cluster = need_queries.cluster_of(user)
        wanted = and_(col(Area.cluster_code) == cluster, col(Area.level) != AreaLevel.VILLAGE)
    found = session.execute(
        select(col(Area.code), col(Area.name_th), col(Area.name_en), col(Area.level), col(Area.parent_code)).where(
            wanted
        )
    ).all()
    return sorted(found, key=lambda area: (-_shared(area.code, own), len(area.code), area.code))


def _shared(code: str, own: str) -> int:
    """How near a place is: how much of one's own code it shares, level by level."""
    return max((length for length in (2, 4, 6, 8) if own[:length] == code[:length] and len(own) >= length), default=0)


def sent(session: Session, user: User, *, since: datetime | None = None) -> Sequence[Need]:
    """Return what one person's phones delivered, with its photos, the newest first; drafts are not sent."""
    query = (
        select(Need)
        .where(
            col(Need.author_id) == user.id,
            col(Need.client_uuid).is_not(None),
            col(Need.status) != NeedStatus.DRAFT,
        )
        .options(selectinload(Need.photos))  # type: ignore[arg-type]  # SQLModel types a relationship as its value
        .order_by(col(Need.id).desc())
        .limit(MOST_SENT)
    )
    if since is not None:
        query = query.where(col(Need.created_at) >= since)
    return session.scalars(query).all()


def own_need(session: Session, user: User, client_uuid: str) -> Need | None:
    """Return a person's own need by the name their phone gave it."""
    return session.scalars(
        select(Need).where(col(Need.client_uuid) == client_uuid, col(Need.author_id) == user.id)
    ).one_or_none()


def last_sent(session: Session, user: User) -> Row[Any] | None:
    """Return where and how many households the last need was about: what the next one probably is about, too."""
    return session.execute(
        select(col(Need.area_code), col(Need.households))
        .where(col(Need.author_id) == user.id, col(Need.status) != NeedStatus.DRAFT)
        .order_by(col(Need.id).desc())
        .limit(1)
    ).first()


def waiting(session: Session, user_ids: Sequence[int]) -> dict[int, Row[Any]]:
    """Return by person how many needs their phones still hold (``waiting``), since when, and when they said so."""
    rows = session.execute(
        select(
            col(OutboxReport.user_id),
            func.sum(col(OutboxReport.waiting)).label("waiting"),
            func.min(col(OutboxReport.oldest_at)).label("oldest_at"),
            func.max(col(OutboxReport.seen_at)).label("seen_at"),
        )
        .where(col(OutboxReport.user_id).in_(user_ids), col(OutboxReport.waiting) > 0)
        .group_by(col(OutboxReport.user_id))
    )
    return {row.user_id: row for row in rows}
