"""What phones say of the needs that still wait on them."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from app.database import UTCDateTime, now


class OutboxReport(SQLModel, table=True):
    """How many needs one person's phone still held when it was last heard of, and since when the oldest waits."""

    __table_args__ = (UniqueConstraint("user_id", "device", name="uq_outboxreport_user"),)

    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    device: str = Field(max_length=40)
    waiting: int = 0
    oldest_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    seen_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
