"""Something a person should see in their own list, until they have read it."""

from datetime import datetime

from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, now
from app.models.needs import Need


class Notice(SQLModel, table=True):
    """``text`` is a Thai message, translated when it is read; ``kind`` is the act of the need's history it tells of."""

    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    need_id: int | None = Field(default=None, foreign_key="need.id")
    response_id: int | None = Field(default=None, foreign_key="response.id")
    kind: str = Field(max_length=40)
    text: str
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    read_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    need: Need | None = Relationship()
