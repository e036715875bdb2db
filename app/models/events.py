"""One named act of a person is one row here: who, when, did what, to what."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.database import UTCDateTime, now


class AuditEvent(SQLModel, table=True):
    """``subject`` is a stem and a key, as ``topic:12``; ``act`` is the service function's name, as ``topics.merge``."""

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime, index=True)
    actor_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    act: str = Field(max_length=60)
    subject: str = Field(max_length=80, index=True)
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
