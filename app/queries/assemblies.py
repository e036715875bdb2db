"""Assemblies as pages show them; scope is always permissions.visible_assemblies."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlmodel import Session, col

from app import permissions
from app.models import Area, Assembly, AssemblyItem, Consultation, Need, User

PAGE = 20


@dataclass(frozen=True)
class AssemblyPage:
    rows: Sequence[Row[Any]]
    next: int | None


def page(session: Session, user: User, *, before: int | None = None, size: int = PAGE) -> AssemblyPage:
    """Return one page of meetings, the newest first, in one query."""
    items = select(func.count()).where(col(AssemblyItem.assembly_id) == col(Assembly.id)).scalar_subquery()
    query = (
        select(
            col(Assembly.id), col(Assembly.village), col(Assembly.held_on), col(Assembly.women), col(Assembly.men),
            col(Assembly.others), col(Assembly.sent_at), col(Area.full_th), col(Area.full_en), items.label("items"),
            col(Consultation.title_th), col(Consultation.title_en),
        )
        .join(Area, col(Area.code) == col(Assembly.area_code))
        .join(Consultation, col(Consultation.id) == col(Assembly.consultation_id))
        .where(permissions.visible_assemblies(user))
        .order_by(col(Assembly.id).desc())
        .limit(size + 1)
    )  # fmt: skip
    if before is not None:
        query = query.where(col(Assembly.id) < before)
    rows = session.execute(query).all()
    return AssemblyPage(rows[:size], rows[size - 1].id if len(rows) > size else None)


def refs(session: Session, assembly: Assembly, user: User) -> dict[int, str]:
    """Return the number of each need that came of the meeting and that this person may open, by its id."""
    found = session.execute(
        select(col(Need.id), col(Need.ref)).where(col(Need.assembly_id) == assembly.id, permissions.visible_needs(user))
    )
    return {row.id: row.ref for row in found}
