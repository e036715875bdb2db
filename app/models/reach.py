"""Who was reminded to send, by whom and when: nobody is asked again and again."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.database import UTCDateTime, now


class Reminder(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    consultation_id: int = Field(foreign_key="consultation.id")
    by_id: int = Field(foreign_key="user.id")
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
