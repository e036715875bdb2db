"""Imports read: the list, and where a file may go."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.models import Consultation, ImportBatch, Plan, Stage, User

PAGE = 20


@dataclass(frozen=True)
class Page:
    imports: Sequence[ImportBatch]
    next_cursor: str | None


def page(session: Session, user: User, *, cursor: str = "") -> Page:
    """Return the imports of a person's cluster, the latest first."""
    query = select(ImportBatch).where(permissions.visible_imports(user))
    if cursor.isdigit():
        query = query.where(col(ImportBatch.id) < int(cursor))
    found = session.exec(
        query.options(
            joinedload(ImportBatch.by),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(ImportBatch.consultation),  # type: ignore[arg-type]
            joinedload(ImportBatch.plan),  # type: ignore[arg-type]
        )
        .order_by(col(ImportBatch.id).desc())
        .limit(PAGE + 1)
    ).all()
    shown = found[:PAGE]
    return Page(shown, str(shown[-1].id) if len(found) > PAGE else None)


def consultations_for(session: Session, user: User) -> Sequence[Consultation]:
    """Return the rounds of a planner's cluster that needs can still be added to, the latest first."""
    published = (Stage.SUMMARY_PUBLISHED, Stage.RESPONDED, Stage.ARCHIVED)
    return session.exec(
        select(Consultation)
        .where(Consultation.cluster_code == user.cluster_code, col(Consultation.stage).not_in(published))
        .order_by(col(Consultation.id).desc())
    ).all()


def plans_for(session: Session, user: User) -> Sequence[Plan]:
    return session.exec(select(Plan).where(Plan.cluster_code == user.cluster_code).order_by(col(Plan.id).desc())).all()
