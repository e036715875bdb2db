"""How news reaches a person outside the site: where to, and what became of each sending."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.notices import Notice
from app.models.users import User


class DeliveryChannel(Labelled):
    EMAIL = "email", N_("อีเมล")
    PUSH = "push", N_("แจ้งเตือนบนเครื่อง")
    LINE = "line", N_("ไลน์")


class DeliveryStatus(Labelled):
    WAITING = "waiting", N_("รอส่ง")
    SENT = "sent", N_("ส่งแล้ว")
    FAILED = "failed", N_("ส่งไม่ถึง")


class Subscription(SQLModel, table=True):
    """One address at which a person is told: an e-mail address, a browser, a LINE account.

    Nothing but the request to confirm goes to an address before ``confirmed_at``. ``code_hash`` is that of the code
    which, sent to us by a LINE account, makes it theirs. ``problem`` says why the last message did not arrive.
    """

    __table_args__ = (UniqueConstraint("channel", "address", "user_id", name="uq_subscription_address"),)

    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    channel: DeliveryChannel = Field(sa_type=choice(DeliveryChannel))
    address: str | None = Field(default=None, max_length=600, index=True)
    keys: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    device: str = Field(default="", max_length=80)
    code_hash: str | None = Field(default=None, max_length=64, unique=True)
    code_expires_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    is_on: bool = True
    problem: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)

    user: User = Relationship()


class Delivery(SQLModel, table=True):
    """One piece of news to one address, written with the notice it tells of; without one, the first word to an address.

    A waiting one is tried again at ``next_try_at``; whoever is trying it has moved that time ahead first.
    """

    id: int = Field(default=None, primary_key=True)
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)
    subscription_id: int = Field(foreign_key="subscription.id", index=True)
    channel: DeliveryChannel = Field(sa_type=choice(DeliveryChannel))
    status: DeliveryStatus = Field(default=DeliveryStatus.WAITING, sa_type=choice(DeliveryStatus), index=True)
    attempts: int = 0
    next_try_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    error: str = Field(default="", max_length=200)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    notice: Notice | None = Relationship()
    subscription: Subscription = Relationship()


class LineEvent(SQLModel, table=True):
    """An event that LINE told us of; it may tell again, and is heard once."""

    id: str = Field(primary_key=True, max_length=40)
    received_at: datetime = Field(default_factory=now, sa_type=UTCDateTime, index=True)
