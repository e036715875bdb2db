"""Consultations: the list, and what one round has gathered so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, tuple_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.models import Consultation, Need, NeedStatus, Plan, ProvincialCluster, Stage, User

PAGE = 20
# What a visitor looks for first: rounds that take needs, then those about to, then the ones at work, then the past.
ORDER = (
    Stage.OPEN,
    Stage.ANNOUNCED,
    Stage.CLOSED,
    Stage.ANALYSING,
    Stage.SUMMARY_PUBLISHED,
    Stage.RESPONDED,
    Stage.DRAFT,
    Stage.ARCHIVED,
)
NOT_RECEIVED = (NeedStatus.DRAFT, NeedStatus.WITHDRAWN)


@dataclass(frozen=True)
class Page:
    consultations: Sequence[Consultation]
    received: dict[int, int]
    next_cursor: str | None


def page(session: Session, user: User | None, *, cluster_code: str = "", cursor: str = "") -> Page:
    """Return the rounds a person may know of, the open ones first, the later ones before the earlier."""
    rank = case(*((col(Consultation.stage) == stage, place) for place, stage in enumerate(ORDER)))
    # One descending key serves the tuple comparison: the rank is turned round.
    key = tuple_(-rank, col(Consultation.open_on), col(Consultation.id))
    query = select(Consultation).where(permissions.visible_consultations(user))
    if cluster_code:
        query = query.where(Consultation.cluster_code == cluster_code)
    if after := _read_cursor(cursor):
        query = query.where(key < tuple_(*after))
    found = session.exec(
        query.options(joinedload(Consultation.cluster))  # type: ignore[arg-type]  # SQLModel types a relationship as its value
        .order_by(rank, col(Consultation.open_on).desc(), col(Consultation.id).desc())
        .limit(PAGE + 1)
    ).all()
    shown = found[:PAGE]
    received = received_counts(session, [one.id for one in shown])
    return Page(shown, received, _write_cursor(shown[-1]) if len(found) > PAGE else None)


def received_counts(session: Session, consultation_ids: Sequence[int]) -> dict[int, int]:
    """Return how many needs each round has received: all that were sent and not taken back."""
    if not consultation_ids:
        return {}
    rows = session.exec(
        select(Need.consultation_id, func.count())
        .where(col(Need.consultation_id).in_(consultation_ids), col(Need.status).not_in(NOT_RECEIVED))
        .group_by(col(Need.consultation_id))
    )
    return dict(rows.all())


def status_counts(session: Session, user: User | None, consultation: Consultation) -> list[tuple[NeedStatus, int]]:
    """Return how many needs this person may read stand at each status, in the order of their life."""
    rows = session.exec(
        select(Need.status, func.count())
        .where(Need.consultation_id == consultation.id, permissions.visible_needs(user))
        .group_by(col(Need.status))
    )
    counts = dict(rows.all())
    return [(status, counts[status]) for status in NeedStatus if status in counts]


def district_count(session: Session, consultation: Consultation) -> int:
    """Return from how many districts needs have come."""
    return session.exec(
        select(func.count(func.distinct(func.substr(Need.area_code, 1, 4)))).where(
            Need.consultation_id == consultation.id,
            col(Need.status).not_in(NOT_RECEIVED),
            func.length(Need.area_code) >= 4,
        )
    ).one()


def clusters(session: Session) -> Sequence[ProvincialCluster]:
    return session.exec(select(ProvincialCluster).order_by(col(ProvincialCluster.number))).all()


def plans_of(session: Session, cluster_code: str) -> Sequence[Plan]:
    """Return the plans a round of this cluster may serve, the newest first."""
    return session.exec(
        select(Plan)
        .where(Plan.cluster_code == cluster_code)
        .order_by(col(Plan.first_fiscal_year).desc(), col(Plan.id).desc())
    ).all()


def _write_cursor(last: Consultation) -> str:
    return f"{ORDER.index(last.stage)}_{last.open_on.isoformat()}_{last.id}"


def _read_cursor(cursor: str) -> tuple[int, date, int] | None:
    try:
        place, day, number = cursor.split("_")
        return -int(place), date.fromisoformat(day), int(number)
    except ValueError:
        return None
