"""A consultation (รอบการรับฟัง): one round of listening in one provincial cluster; its stages only move forward."""

from datetime import date, datetime, timedelta

from sqlalchemy import JSON, Column
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import BANGKOK, N_, Labelled
from app.models.areas import ProvincialCluster
from app.models.plans import Plan

# ระเบียบสำนักนายกรัฐมนตรีว่าด้วยการรับฟังความคิดเห็นของประชาชน พ.ศ. 2548
NOTICE_DAYS = 15
SUMMARY_DAYS = 15


class Stage(Labelled):
    """In order; a consultation moves to the next one and never back."""

    DRAFT = "draft", N_("ร่าง")
    ANNOUNCED = "announced", N_("ประกาศแล้ว")
    OPEN = "open", N_("เปิดรับ")
    CLOSED = "closed", N_("ปิดรับแล้ว")
    ANALYSING = "analysing", N_("กำลังวิเคราะห์")
    SUMMARY_PUBLISHED = "summary_published", N_("เผยแพร่สรุปแล้ว")
    RESPONDED = "responded", N_("ตอบกลับครบแล้ว")
    ARCHIVED = "archived", N_("เก็บถาวร")

    @property
    def order(self) -> int:
        return list(Stage).index(self)

    @property
    def next(self) -> "Stage | None":
        stages = list(Stage)
        return stages[self.order + 1] if self.order + 1 < len(stages) else None


class ParticipationLevel(Labelled):
    """IAP2: how much the people asked can change the result, and so what they are promised."""

    INFORM = "inform", N_("แจ้งให้ทราบ")
    CONSULT = "consult", N_("ปรึกษาหารือ")
    INVOLVE = "involve", N_("ร่วมคิด")
    COLLABORATE = "collaborate", N_("ร่วมตัดสินใจ")

    @property
    def promise(self) -> str:
        return _PROMISES[self]


_PROMISES = {
    ParticipationLevel.INFORM: N_("เราจะแจ้งข้อมูลให้คุณทราบครบถ้วนและทันเวลา"),
    ParticipationLevel.CONSULT: N_("เราจะแจ้งให้ทราบ รับฟัง และตอบกลับว่าสิ่งที่คุณเสนอมีผลต่อการตัดสินใจอย่างไร"),
    ParticipationLevel.INVOLVE: N_("เราจะคิดร่วมกับคุณให้ข้อห่วงใยของคุณอยู่ในทางเลือก และตอบกลับว่ามีผลอย่างไร"),
    ParticipationLevel.COLLABORATE: N_("เราจะขอคำแนะนำและทางออกจากคุณ และนำไปใช้ตัดสินใจให้มากที่สุดเท่าที่ทำได้"),
}


class Publicity(Labelled):
    """How people are told of a round: the three ways the regulation names come first."""

    AGENCY_BOARD = "agency_board", N_("ปิดประกาศที่หน่วยงาน")
    LOCAL_BOARD = "local_board", N_("ปิดประกาศในพื้นที่ เช่น ที่ทำการ อบต. ศาลาหมู่บ้าน")
    WEBSITE = "website", N_("เว็บไซต์")
    LOUDSPEAKER = "loudspeaker", N_("หอกระจายข่าว เสียงตามสาย")
    MEETING = "meeting", N_("ที่ประชุมกำนัน ผู้ใหญ่บ้าน")
    CHAT = "chat", N_("ไลน์กลุ่มและสื่อสังคม")
    RADIO = "radio", N_("วิทยุชุมชน")


class Consultation(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True)
    title_th: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    cluster_code: str = Field(foreign_key="provincialcluster.code", index=True)
    plan_id: int | None = Field(default=None, foreign_key="plan.id", index=True)
    purpose_th: str
    purpose_en: str = ""
    participation_level: ParticipationLevel = Field(
        default=ParticipationLevel.CONSULT, sa_type=choice(ParticipationLevel)
    )
    announce_on: date
    open_on: date
    close_on: date
    short_notice_reason: str = ""
    channels: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    next_step_th: str = ""
    next_step_en: str = ""
    stage: Stage = Field(default=Stage.DRAFT, sa_type=choice(Stage), index=True)
    summary_published_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    is_invented: bool = False

    cluster: ProvincialCluster = Relationship()
    plan: Plan | None = Relationship()

    @property
    def notice_days(self) -> int:
        return (self.open_on - self.announce_on).days

    @property
    def is_short_notice(self) -> bool:
        return self.notice_days < NOTICE_DAYS

    @property
    def publicity(self) -> list[Publicity]:
        return [one for one in Publicity if one in self.channels]

    @property
    def summary_due_on(self) -> date:
        return self.close_on + timedelta(days=SUMMARY_DAYS)

    @property
    def summary_days_late(self) -> int:
        """How long after its limit the summary came out; 0 while it has not, or when it was in time."""
        if self.summary_published_at is None:
            return 0
        return max(0, (self.summary_published_at.astimezone(BANGKOK).date() - self.summary_due_on).days)

    @property
    def is_open(self) -> bool:
        return self.stage is Stage.OPEN

    @property
    def is_public(self) -> bool:
        return self.stage is not Stage.DRAFT

    @property
    def is_outcome_public(self) -> bool:
        return self.stage.order >= Stage.SUMMARY_PUBLISHED.order
