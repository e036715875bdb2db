"""A demand link says that an activity (or a whole project) answers a topic (or one need), how far, and who says so."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.needs import Need
from app.models.plans import Activity, Project
from app.models.topics import Topic


class LinkStatus(Labelled):
    SUGGESTED = "suggested", N_("ระบบเสนอ")
    CONFIRMED = "confirmed", N_("ยืนยันแล้ว")
    REJECTED = "rejected", N_("ไม่ใช่")
    STALE = "stale", N_("ต้องดูใหม่")


class LinkSource(Labelled):
    SUGGESTED = "suggested", N_("ระบบเสนอ")
    MANUAL = "manual", N_("เจ้าหน้าที่เชื่อมเอง")


class Strength(Labelled):
    """How far it answers; the share it counts for is ``.value`` as a number."""

    FULL = "1", N_("ตอบตรง (1)")
    PARTLY = "0.5", N_("ตอบบางส่วน (0.5)")
    INDIRECT = "0.25", N_("ช่วยทางอ้อม (0.25)")

    @property
    def share(self) -> float:
        return float(self.value)


class DemandLink(SQLModel, table=True):
    """Exactly one of topic and need, exactly one of activity and project; ``key`` names the pair, so it is unique."""

    __table_args__ = (
        CheckConstraint("(topic_id IS NULL) <> (need_id IS NULL)", name="one_demand"),
        CheckConstraint("(activity_id IS NULL) <> (project_id IS NULL)", name="one_supply"),
    )

    id: int = Field(default=None, primary_key=True)
    key: str = Field(unique=True, max_length=60)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    topic_id: int | None = Field(default=None, foreign_key="topic.id", index=True)
    need_id: int | None = Field(default=None, foreign_key="need.id", index=True)
    activity_id: int | None = Field(default=None, foreign_key="activity.id", index=True)
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    strength: Strength = Field(sa_type=choice(Strength))
    status: LinkStatus = Field(default=LinkStatus.SUGGESTED, sa_type=choice(LinkStatus), index=True)
    source: LinkSource = Field(sa_type=choice(LinkSource))
    probability: float | None = None
    evidence: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    reason: str = ""
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="user.id")
    decided_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    topic: Topic | None = Relationship()
    need: Need | None = Relationship()
    activity: Activity | None = Relationship()
    project: Project | None = Relationship()
