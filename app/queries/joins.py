"""Needs that speak of the same thing: which could be, and which their senders said are."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from app import permissions
from app.models import COUNTED, Area, Need, NeedStatus, NeedWord, User

# So many needs that share the most words are compared with what is being written.
CANDIDATES = 30
SILENT = (NeedStatus.DRAFT, NeedStatus.WITHDRAWN, NeedStatus.OUT_OF_SCOPE)


@dataclass(frozen=True)
class Candidate:
    """A need somebody could join; ``root`` is the first of those who already speak of it together."""

    need: Need
    area: Area | None
    root: int


def candidates(
    session: Session, user: User, consultation_id: int, area_code: str, words: Collection[str]
) -> list[Candidate]:
    """Return needs of others in the district (or province, where no district is named), the closest in words first."""
    shared = (
        select(func.count())
        .where(NeedWord.need_id == Need.id, col(NeedWord.word).in_(words))
        .correlate(Need)
        .scalar_subquery()
    )
    first: Any = aliased(Need)
    found = session.exec(
        select(Need, Area)
        .outerjoin(Area, col(Area.code) == col(Need.area_code))
        .outerjoin(first, first.id == col(Need.joins_id))
        .where(
            Need.consultation_id == consultation_id,
            col(Need.area_code).startswith(area_code[:4], autoescape=True),
            col(Need.status).in_(permissions.OPEN_TO_VOICES),
            or_(col(Need.author_id).is_(None), col(Need.author_id) != user.id),
            or_(col(Need.joins_id).is_(None), first.status.in_(permissions.OPEN_TO_VOICES)),
        )
        .order_by(shared.desc(), col(Need.id).desc())
        .limit(CANDIDATES)
    ).all()
    return [Candidate(need, area, need.joins_id or need.id) for need, area in found]


def voices(session: Session, roots: Collection[int]) -> dict[int, int]:
    """Return how many speak of each of these matters, the first one included."""
    if not roots:
        return {}
    family = func.coalesce(Need.joins_id, Need.id)
    counted = session.exec(
        select(family, func.count())
        .where(or_(col(Need.id).in_(roots), col(Need.joins_id).in_(roots)), col(Need.status).not_in(SILENT))
        .group_by(family)
    ).all()
    return dict(counted)


def family(session: Session, need: Need) -> Sequence[tuple[Need, Area | None]]:
    """Return the others that speak of the same thing as this need, in the order they came."""
    root = need.joins_id or need.id
    return session.exec(
        select(Need, Area)
        .outerjoin(Area, col(Area.code) == col(Need.area_code))
        .where(
            or_(col(Need.id) == root, col(Need.joins_id) == root),
            col(Need.id) != need.id,
            col(Need.status).not_in(SILENT),
        )
        .order_by(col(Need.id))
    ).all()


def households() -> ColumnElement[int]:
    """The households a need adds to a sum: none when another that was joined with it names more of the same place."""
    louder: Any = aliased(Need)
    is_kin = or_(
        louder.joins_id == col(Need.id),
        louder.id == col(Need.joins_id),
        louder.joins_id == col(Need.joins_id),
    )
    is_louder = or_(
        louder.households > Need.households,
        and_(louder.households == Need.households, louder.id < Need.id),
    )
    said_louder = exists().where(
        is_kin,
        louder.area_code == Need.area_code,
        louder.status.in_(COUNTED),
        is_louder,
    )
    return case((said_louder, 0), else_=func.coalesce(Need.households, 0))
