"""What senders allowed."""

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select

from app.models import ConsentAnswer, ConsentKind, Need, User


def current(session: Session, need: Need) -> dict[ConsentKind, ConsentAnswer]:
    """Return the latest answer of each kind that was given about a need."""
    answers = session.exec(
        select(ConsentAnswer).where(ConsentAnswer.need_id == need.id).order_by(col(ConsentAnswer.id))
    ).all()
    return {answer.kind: answer for answer in answers}


def own(session: Session, user: User) -> list[tuple[ConsentAnswer, Need]]:
    """Return every answer of a person with its need, the newest first."""
    return list(
        session.exec(
            select(ConsentAnswer, Need)
            .join(Need, col(Need.id) == col(ConsentAnswer.need_id))
            .where(ConsentAnswer.user_id == user.id)
            .order_by(col(ConsentAnswer.id).desc())
        )
    )


def refused(kind: ConsentKind, need_id: ColumnElement[int] | Mapped[int]) -> ColumnElement[bool]:
    """Return the condition that a sender's last answer of a kind was no."""
    answer, later = aliased(ConsentAnswer), aliased(ConsentAnswer)
    is_overtaken = exists().where(
        col(later.need_id) == col(answer.need_id), col(later.kind) == col(answer.kind), col(later.id) > col(answer.id)
    )
    return exists().where(
        col(answer.need_id) == need_id, col(answer.kind) == kind, col(answer.is_given).is_(False), ~is_overtaken
    )


def is_refused(session: Session, kind: ConsentKind, need_id: int) -> bool:
    latest = session.exec(
        select(ConsentAnswer.is_given)
        .where(ConsentAnswer.need_id == need_id, ConsentAnswer.kind == kind)
        .order_by(col(ConsentAnswer.id).desc())
        .limit(1)
    ).first()
    return latest is False
