"""A project read: its activities with their money, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from app.models import Activity, FundingLine, Organization, Project
from app.queries.plans import SUM

PAGE = 50


@dataclass(frozen=True)
class ActivityPage:
    activities: Sequence[Activity]
    count: int
    satang: int
    next_cursor: str | None


def activities(session: Session, project: Project, *, cursor: str = "") -> ActivityPage:
    """Return activities in the order they were written, with their area, funding lines and agencies; and the sums."""
    query = select(Activity).where(Activity.project_id == project.id)
    if cursor.isdigit():
        query = query.where(col(Activity.id) > int(cursor))
    found = session.exec(
        query.options(
            joinedload(Activity.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            selectinload(Activity.funding_lines).joinedload(FundingLine.organization),  # type: ignore[arg-type]
        )
        .order_by(col(Activity.id))
        .limit(PAGE + 1)
    ).all()
    count, satang = session.exec(
        select(func.count(func.distinct(Activity.id)), SUM)
        .join(FundingLine, col(FundingLine.activity_id) == col(Activity.id), isouter=True)
        .where(Activity.project_id == project.id)
    ).one()
    shown = found[:PAGE]
    return ActivityPage(shown, count, int(satang), str(shown[-1].id) if len(found) > PAGE else None)


def organization_names(session: Session) -> Sequence[str]:
    return session.exec(select(Organization.name_th).order_by(col(Organization.name_th)).limit(500)).all()
