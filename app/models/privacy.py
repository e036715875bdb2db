"""What people are told about their data, version by version, and what they allowed."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled


class ConsentKind(Labelled):
    """What is done only if the sender does not say no; receiving and answering a need asks for no consent."""

    PHOTOS = "photos", N_("ใช้รูปที่เห็นหน้าคนในรายงานได้ คนในรูปยอมแล้ว")
    QUOTE = "quote", N_("ยกคำพูดของฉันในรายงานได้ โดยไม่บอกชื่อ")
    CONTACT = "contact", N_("โทรหรือเขียนมาถามฉันเรื่องนี้ได้")


class ContactReason(Labelled):
    ASK = "ask", N_("ถามรายละเอียดของเรื่อง")
    TELL = "tell", N_("แจ้งผลหรือนัดหมาย")
    ACCOUNT = "account", N_("ช่วยเรื่องบัญชี")
    SAFETY = "safety", N_("เรื่องด่วนถึงชีวิตหรือความปลอดภัย")


class PrivacyNotice(SQLModel, table=True):
    """One version of the notice, never changed once it is out. It holds from ``valid_from`` until the next begins.

    The version that a need was sent under is the one that held at its ``sent_at``.
    """

    version: int = Field(primary_key=True)
    text_th: str
    text_en: str
    valid_from: datetime = Field(default_factory=now, sa_type=UTCDateTime, index=True)
    published_by_id: int | None = Field(default=None, foreign_key="user.id")


class ConsentAnswer(SQLModel, table=True):
    """One answer of a sender about one of their needs; the latest of a kind counts, the earlier ones stay."""

    id: int = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    kind: ConsentKind = Field(sa_type=choice(ConsentKind))
    is_given: bool
    version: int = Field(foreign_key="privacynotice.version")
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
