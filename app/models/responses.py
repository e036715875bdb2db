"""A response answers a topic: the decision, why, who, and what happens next; it reaches every submitter."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.needs import LevelFit
from app.models.plans import Project
from app.models.topics import Topic
from app.models.users import Organization


class Decision(Labelled):
    INCLUDED = "included", N_("บรรจุในแผน")
    PARTLY = "partly", N_("บรรจุบางส่วน")
    REFERRED = "referred", N_("ส่งต่อหน่วยงาน")
    DEFERRED = "deferred", N_("เก็บไว้รอบถัดไป")
    NOT_INCLUDED = "not_included", N_("ไม่บรรจุ")


class ReasonCode(Labelled):
    """Required when a topic is not included."""

    NOT_OURS = "not_ours", N_("ไม่อยู่ในอำนาจ")
    BEYOND_MEANS = "beyond_means", N_("เกินศักยภาพหรืองบประมาณ")
    DUPLICATE = "duplicate", N_("ซ้ำกับโครงการอื่น")
    NOT_READY = "not_ready", N_("ยังไม่พร้อมเรื่องที่ดินหรือแบบ")
    OFF_GOAL = "off_goal", N_("ไม่สอดคล้องกับเป้าหมายแผน")
    TOO_LITTLE_KNOWN = "too_little_known", N_("ข้อมูลไม่พอ")
    ALREADY_DONE = "already_done", N_("ดำเนินการแล้ว")


class ResponseStatus(Labelled):
    DRAFT = "draft", N_("ร่าง รอหัวหน้า OSM")
    PUBLISHED = "published", N_("เผยแพร่แล้ว")
    REPLACED = "replaced", N_("มีคำตอบใหม่แทนแล้ว")


class Response(SQLModel, table=True):
    """A published response stays while a changed one is drafted as the next version. Drafter and publisher differ."""

    __table_args__ = (UniqueConstraint("topic_id", "version", name="uq_response_version"),)

    id: int = Field(default=None, primary_key=True)
    topic_id: int = Field(foreign_key="topic.id", index=True)
    decision: Decision = Field(sa_type=choice(Decision))
    reason_code: ReasonCode | None = Field(default=None, sa_type=choice(ReasonCode))
    reason: str
    reason_en: str = ""
    owner_organization_id: int | None = Field(default=None, foreign_key="organization.id")
    project_id: int | None = Field(default=None, foreign_key="project.id")
    level_fit: LevelFit | None = Field(default=None, sa_type=choice(LevelFit))
    next_step: str
    next_step_en: str = ""
    next_step_on: date | None = None
    status: ResponseStatus = Field(default=ResponseStatus.DRAFT, sa_type=choice(ResponseStatus), index=True)
    version: int = 1
    drafted_by_id: int = Field(foreign_key="user.id")
    drafted_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    published_by_id: int | None = Field(default=None, foreign_key="user.id")
    published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    topic: Topic = Relationship()
    project: Project | None = Relationship()
    owner_organization: Organization | None = Relationship()
