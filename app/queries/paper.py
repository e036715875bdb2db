"""What the entry screen shows: the roster one may credit, the places one may write for, what was typed today."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from app import permissions
from app.database import now
from app.models import Area, AreaLevel, Need, User
from app.queries.needs import cluster_of

SITTING = timedelta(hours=12)
LIMIT = 60
MOST_CHOICES = 600


def roster(session: Session, user: User) -> Sequence[Row[Any]]:
    """Return the change agents an officer may credit, with the names of their areas."""
    return session.execute(
        select(col(User.id), col(User.display_name), col(User.agent_type), col(Area.full_th), col(Area.full_en))
        .outerjoin(Area, col(Area.code) == col(User.area_code))
        .where(permissions.visible_agents(user))
        .order_by(col(User.area_code), col(User.display_name))
        .limit(MOST_CHOICES)
    ).all()


def places(session: Session, user: User, *, limit: int = MOST_CHOICES) -> Sequence[Area]:
    """Return the subdistricts and villages one may write for, as many as a list of hints can hold."""
    return session.scalars(
        select(Area)
        .where(
            col(Area.code).startswith(permissions.speaks_within(user), autoescape=True),
            col(Area.cluster_code) == cluster_of(user),
            col(Area.level).in_((AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE)),
        )
        .order_by(func.length(Area.code), col(Area.code))
        .limit(limit)
    ).all()


def sitting(session: Session, user: User) -> Sequence[Need]:
    """Return what a person typed for others in the last hours, the newest first."""
    return session.scalars(
        select(Need)
        .where(
            col(Need.entered_by_id) == user.id, col(Need.consent).is_not(None), col(Need.created_at) > now() - SITTING
        )
        .order_by(col(Need.id).desc())
        .limit(LIMIT)
    ).all()
