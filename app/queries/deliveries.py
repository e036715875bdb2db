"""What waits to be sent and what did not arrive, for the administrator. Addresses are not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func
from sqlmodel import Session, col, select

from app.models import Delivery, DeliveryChannel, DeliveryStatus, Need, Notice, Subscription, User

PAGE = 50
DeliveryRow = Row[tuple[Delivery, int, str, str | None, str | None]]


@dataclass(frozen=True)
class Page:
    """``rows`` are a delivery, who it is for by number and name, what it says and of which need."""

    rows: Sequence[DeliveryRow]
    next_cursor: int | None


@dataclass(frozen=True)
class Count:
    status: DeliveryStatus
    channel: DeliveryChannel
    number: int
    oldest_at: datetime


def page(session: Session, *, status: DeliveryStatus, cursor: int | None = None) -> Page:
    """Return the deliveries of one state, the newest first."""
    query = (
        select(Delivery, User.id, User.display_name, Notice.text, Need.ref)  # type: ignore[call-overload]  # SQLModel types up to four
        .join(Subscription, col(Subscription.id) == col(Delivery.subscription_id))
        .join(User, col(User.id) == col(Subscription.user_id))
        .outerjoin(Notice, col(Notice.id) == col(Delivery.notice_id))
        .outerjoin(Need, col(Need.id) == col(Notice.need_id))
        .where(Delivery.status == status)
    )
    if cursor is not None:
        query = query.where(col(Delivery.id) < cursor)
    rows = session.exec(query.order_by(col(Delivery.id).desc()).limit(PAGE + 1)).all()
    return Page(rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None)


def counts(session: Session) -> Sequence[Count]:
    """Return how many wait and how many failed, by channel, with the age of the oldest."""
    found = session.exec(
        select(Delivery.status, Delivery.channel, func.count(), func.min(Delivery.created_at))
        .where(Delivery.status != DeliveryStatus.SENT)
        .group_by(col(Delivery.status), col(Delivery.channel))
        .order_by(col(Delivery.status), col(Delivery.channel))
    ).all()
    return [Count(DeliveryStatus(row[0]), DeliveryChannel(row[1]), row[2], row[3]) for row in found]
