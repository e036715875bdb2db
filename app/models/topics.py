"""Topics the model proposes and people settle; which of the two made an assignment is never lost."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.consultations import Consultation
from app.models.needs import Need


class TopicStatus(Labelled):
    SUGGESTED = "suggested", N_("ระบบเสนอ")
    REVIEWED = "reviewed", N_("ตรวจแล้ว")
    APPROVED = "approved", N_("รับรองแล้ว")
    GONE = "gone", N_("ไม่พบในรอบล่าสุด")
    MERGED = "merged", N_("รวมกับประเด็นอื่น")


class AssignedBy(Labelled):
    MODEL = "model", N_("ระบบ")
    PERSON = "person", N_("เจ้าหน้าที่")


class TopicRun(SQLModel, table=True):
    """One run of the grouping: everything needed to say how a figure came about."""

    id: int = Field(default=None, primary_key=True)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    by_id: int | None = Field(default=None, foreign_key="user.id")
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    need_count: int
    topic_count: int
    outlier_count: int
    report: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    changes: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))


class Topic(SQLModel, table=True):
    """``key`` is the identity that survives runs; people read ``label``, the model said ``model_label``."""

    __table_args__ = (UniqueConstraint("consultation_id", "key", name="uq_topic_key"),)

    id: int = Field(default=None, primary_key=True)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    key: str = Field(max_length=40)
    label: str = Field(max_length=200)
    label_en: str = Field(default="", max_length=200)
    model_label: str = Field(default="", max_length=200)
    theme: str = Field(default="", max_length=120)
    summary: str = ""
    keywords: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    stability: float | None = None
    status: TopicStatus = Field(default=TopicStatus.SUGGESTED, sa_type=choice(TopicStatus), index=True)
    merged_into_id: int | None = Field(default=None, foreign_key="topic.id")
    approved_by_id: int | None = Field(default=None, foreign_key="user.id")
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    first_run_id: int | None = Field(default=None, foreign_key="topicrun.id")
    last_run_id: int | None = Field(default=None, foreign_key="topicrun.id")

    consultation: Consultation = Relationship()

    @property
    def is_live(self) -> bool:
        return self.status not in (TopicStatus.GONE, TopicStatus.MERGED)


class TopicAssignment(SQLModel, table=True):
    """A need's place in a topic from one time to another; the current one has no ``ended_at``.

    ``topic_id`` is None for a need the model left ungrouped. ``rank`` 0 is the primary topic, by which figures count.
    """

    id: int = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    topic_id: int | None = Field(default=None, foreign_key="topic.id", index=True)
    rank: int = 0
    membership: float | None = None
    source: AssignedBy = Field(sa_type=choice(AssignedBy))
    by_id: int | None = Field(default=None, foreign_key="user.id")
    run_id: int | None = Field(default=None, foreign_key="topicrun.id")
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    need: Need = Relationship()
    topic: Topic | None = Relationship()


class TopicQuote(SQLModel, table=True):
    """Redacted words of one need that stand for a topic; public only after a second person's approval."""

    __table_args__ = (UniqueConstraint("topic_id", "need_id", name="uq_topicquote_topic"),)

    id: int = Field(default=None, primary_key=True)
    topic_id: int = Field(foreign_key="topic.id", index=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    text: str
    proposed_by_id: int | None = Field(default=None, foreign_key="user.id")
    approved_by_id: int | None = Field(default=None, foreign_key="user.id")
    approved_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
