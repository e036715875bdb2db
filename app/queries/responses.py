"""Responses as the planners' and the head's queue, and as the answer of a topic."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app.models import Organization, Project, Response, ResponseStatus, Topic
from app.queries import topics


@dataclass(frozen=True)
class QueueRow:
    """A topic with its public answer and the draft that waits, if any."""

    topic: Topic
    needs: int
    published: Response | None
    draft: Response | None


def queue(session: Session, consultation_id: int) -> list[QueueRow]:
    """Return every live topic, those whose draft waits first, then the unanswered, the largest first."""
    found: dict[tuple[int, ResponseStatus], Response] = {
        (response.topic_id, response.status): response
        for response in session.exec(
            select(Response)
            .join(Topic)
            .where(Topic.consultation_id == consultation_id)
            .options(joinedload(Response.project), joinedload(Response.owner_organization))  # type: ignore[arg-type]  # SQLModel types a relationship as its value
        )
    }
    rows = [
        QueueRow(
            row.topic,
            row.needs,
            found.get((row.topic.id, ResponseStatus.PUBLISHED)),
            found.get((row.topic.id, ResponseStatus.DRAFT)),
        )
        for row in topics.rows(session, consultation_id)
    ]
    return sorted(rows, key=lambda row: (row.draft is None, row.published is not None, -row.needs))


def published(session: Session, topic_id: int) -> Response | None:
    """Return the answer that stands for the public."""
    return _one(session, topic_id, ResponseStatus.PUBLISHED)


def draft(session: Session, topic_id: int) -> Response | None:
    return _one(session, topic_id, ResponseStatus.DRAFT)


def _one(session: Session, topic_id: int, status: ResponseStatus) -> Response | None:
    return session.exec(select(Response).where(Response.topic_id == topic_id, Response.status == status)).first()


def project_choices(session: Session, plan_id: int | None) -> list[tuple[int, str]]:
    if plan_id is None:
        return []
    return list(
        session.exec(
            select(Project.id, Project.title).where(Project.plan_id == plan_id).order_by(col(Project.id))
        ).all()
    )


def organization_choices(session: Session) -> Sequence[tuple[int, str]]:
    return session.exec(select(Organization.id, Organization.name_th).order_by(col(Organization.name_th))).all()
