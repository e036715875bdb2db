"""The addresses at which a person is told."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.models import Subscription, User


def own(session: Session, user: User) -> Sequence[Subscription]:
    """Return a person's addresses, the first added first."""
    return session.exec(
        select(Subscription).where(Subscription.user_id == user.id).order_by(col(Subscription.id))
    ).all()
