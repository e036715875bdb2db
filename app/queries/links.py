"""Links to review, with both ends and the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.models import Activity, DemandLink, LinkStatus, Project

PAGE = 30


@dataclass(frozen=True)
class LinkPage:
    links: Sequence[DemandLink]
    next_cursor: str | None


HALFWAY = 0.5


def page(
    session: Session,
    consultation_id: int,
    *,
    status: LinkStatus,
    cursor: str | None = None,
    doubtful_first: bool = False,
) -> LinkPage:
    """Return links of one status, those of topics before those of single needs, then the likeliest first.

    Or those first whose judgement teaches most: what is halfway between yes and no. ``cursor`` is ``worth:id`` of the
    last one seen.
    """
    likelihood = func.coalesce(DemandLink.probability, 0.0)
    of_topic = case((col(DemandLink.topic_id).is_not(None), 2.0), else_=0.0)
    worth = of_topic + (-func.abs(likelihood - HALFWAY) if doubtful_first else likelihood)
    query = (
        select(DemandLink, worth)
        .where(DemandLink.consultation_id == consultation_id, DemandLink.status == status)
        .options(
            joinedload(DemandLink.topic),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(DemandLink.need),  # type: ignore[arg-type]
            joinedload(DemandLink.activity).joinedload(Activity.project),  # type: ignore[arg-type]
            joinedload(DemandLink.project),  # type: ignore[arg-type]
        )
        .order_by(worth.desc(), col(DemandLink.id))
        .limit(PAGE + 1)
    )
    if cursor:
        weighed, _, last_seen = cursor.partition(":")
        try:
            seen, last_id = float(weighed), int(last_seen)
        except ValueError:
            return LinkPage([], None)
        query = query.where((worth < seen) | ((worth == seen) & (col(DemandLink.id) > last_id)))
    found = session.exec(query).all()
    shown = [link for link, _worth in found[:PAGE]]
    if len(found) <= PAGE:
        return LinkPage(shown, None)
    last, weight = found[PAGE - 1]
    return LinkPage(shown, f"{float(weight)!r}:{last.id}")


def counts(session: Session, consultation_id: int) -> dict[LinkStatus, int]:
    """Return how many links stand in each status, none left out."""
    counted = dict.fromkeys(LinkStatus, 0)
    for status, count in session.exec(
        select(DemandLink.status, func.count())
        .where(DemandLink.consultation_id == consultation_id)
        .group_by(col(DemandLink.status))
    ):
        counted[LinkStatus(status)] = count
    return counted


def targets(session: Session, plan_id: int, text: str) -> list[tuple[str, str, str]]:
    """Find activities and projects of a plan by words of their titles: ``activity:12``, its title, its project's."""
    activities = select(Activity, Project).join(Project).where(Project.plan_id == plan_id)
    projects = select(Project).where(Project.plan_id == plan_id)
    for word in text.split():
        activities = activities.where(
            col(Activity.title).contains(word, autoescape=True) | col(Project.title).contains(word, autoescape=True)
        )
        projects = projects.where(col(Project.title).contains(word, autoescape=True))
    found = [
        (f"activity:{activity.id}", activity.title, project.title)
        for activity, project in session.exec(activities.order_by(col(Activity.id)).limit(12)).all()
    ]
    found += [
        (f"project:{project.id}", project.title, "")
        for project in session.exec(projects.order_by(col(Project.id)).limit(4)).all()
    ]
    return found
