"""Invitations a person has sent."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.models import Invitation, User
from app.security import hash_token

PAGE = 30


@dataclass(frozen=True)
class Page:
    invitations: Sequence[Invitation]
    next_cursor: int | None


def page(session: Session, user: User, *, cursor: int | None = None) -> Page:
    """Return the newest invitations first, each with its place and the people of both ends."""
    query = select(Invitation).where(permissions.visible_invitations(user))
    if cursor is not None:
        query = query.where(col(Invitation.id) < cursor)
    found = session.exec(
        query.options(
            joinedload(Invitation.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(Invitation.cluster),  # type: ignore[arg-type]
            joinedload(Invitation.organization),  # type: ignore[arg-type]
            joinedload(Invitation.created_by),  # type: ignore[arg-type]
            joinedload(Invitation.used_by),  # type: ignore[arg-type]
        )
        .order_by(col(Invitation.id).desc())
        .limit(PAGE + 1)
    ).all()
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)


def find(session: Session, token: str) -> Invitation | None:
    return session.exec(select(Invitation).where(Invitation.token_hash == hash_token(token))).first()
