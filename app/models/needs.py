"""A need in a change agent's own words; the text as sent is never changed."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.areas import Area
from app.models.assemblies import Assembly
from app.models.consultations import Consultation
from app.models.plans import ValueChainStage
from app.models.users import AgentType, Organization, Role, Sector, User


class NeedStatus(Labelled):
    DRAFT = "draft", N_("ร่าง")
    SUBMITTED = "submitted", N_("รอรับเรื่อง")
    ACKNOWLEDGED = "acknowledged", N_("รับเรื่องแล้ว")
    RETURNED = "returned", N_("ขอข้อมูลเพิ่ม")
    ACCEPTED = "accepted", N_("ผ่านการตรวจสอบ")
    GROUPED = "grouped", N_("จัดกลุ่มแล้ว")
    CONSIDERED = "considered", N_("กำลังพิจารณา")
    ANSWERED = "answered", N_("แจ้งผลแล้ว")
    DISPUTED = "disputed", N_("โต้แย้งคำตอบ")
    WITHDRAWN = "withdrawn", N_("ถอนเรื่อง")
    MERGED = "merged", N_("รวมกับเรื่องเดิม")
    OUT_OF_SCOPE = "out_of_scope", N_("ไม่เข้าเกณฑ์")

    @property
    def standing(self) -> str:
        """Where such a need stands, said to its sender in a sentence."""
        return STANDINGS[self]


STANDINGS = {
    NeedStatus.DRAFT: N_("ยังไม่ได้ส่ง แก้ไขได้ พร้อมเมื่อไรค่อยกดส่ง"),
    NeedStatus.SUBMITTED: N_("ส่งถึงแล้ว รออำเภอรับเรื่อง"),
    NeedStatus.ACKNOWLEDGED: N_("อำเภอรับเรื่องแล้ว กำลังตรวจ"),
    NeedStatus.RETURNED: N_("มีคนขอข้อมูลเพิ่ม กรุณาเปิดอ่านแล้วตอบกลับ"),
    NeedStatus.ACCEPTED: N_("ผ่านการตรวจแล้ว รอจัดกลุ่มรวมกับเรื่องคล้ายกัน"),
    NeedStatus.GROUPED: N_("รวมกลุ่มกับเรื่องคล้ายกันแล้ว รอพิจารณา"),
    NeedStatus.CONSIDERED: N_("กลุ่มจังหวัดกำลังพิจารณาว่าจะใส่ในแผนอย่างไร"),
    NeedStatus.ANSWERED: N_("มีคำตอบแล้ว เปิดอ่านได้"),
    NeedStatus.DISPUTED: N_("ส่งคำโต้แย้งแล้ว รอทบทวนคำตอบ"),
    NeedStatus.WITHDRAWN: N_("ถอนเรื่องแล้ว จะไม่มีใครพิจารณาต่อ"),
    NeedStatus.MERGED: N_("เป็นเรื่องเดียวกับเรื่องที่มีอยู่ จะได้คำตอบเดียวกัน"),
    NeedStatus.OUT_OF_SCOPE: N_("ไม่ใช่เรื่องของแผนกลุ่มจังหวัด เปิดดูว่าควรติดต่อใคร"),
}


class NeedAct(Labelled):
    """What can happen to a need: the ``act`` of its events, in the words of its history."""

    CREATE = "create", N_("เริ่มเขียนร่าง")
    SEND = "send", N_("ส่งเรื่องแล้ว")
    ADD_PHOTO = "add_photo", N_("เพิ่มรูป")
    WITHDRAW = "withdraw", N_("ถอนเรื่อง")
    ACKNOWLEDGE = "acknowledge", N_("รับเรื่อง")
    RETURN = "return", N_("ขอข้อมูลเพิ่ม")
    ADD_DETAIL = "add_detail", N_("ส่งข้อมูลเพิ่ม")
    WORD = "word", N_("ตรวจถ้อยคำที่คนอื่นอ่านได้")
    CERTIFY = "certify", N_("อำเภอรับรอง")
    ACCEPT = "accept", N_("รับเข้าพิจารณาโดยอำเภอยังไม่รับรอง")
    FLOW_ON = "flow_on", N_("เดินต่อเองเมื่อครบกำหนด โดยอำเภอยังไม่รับรอง")
    OUT_OF_SCOPE = "out_of_scope", N_("แจ้งว่าไม่เข้าเกณฑ์")
    REFER = "refer", N_("ส่งต่อหน่วยงาน")
    MERGE = "merge", N_("รวมกับเรื่องเดิม")
    GROUP = "group", N_("จัดเข้ากลุ่ม")
    CONSIDER = "consider", N_("เริ่มพิจารณา")
    ANSWER = "answer", N_("แจ้งคำตอบ")
    DISPUTE = "dispute", N_("โต้แย้งคำตอบ")
    REPLY = "reply", N_("ตอบคำโต้แย้ง")
    JOIN = "join", N_("ร่วมเป็นอีกเสียงของเรื่องเดียวกัน")
    LEAVE = "leave", N_("เลิกร่วม กลับเป็นเรื่องของตัวเอง")
    DIFFER = "differ", N_("ผู้ส่งบอกว่าเป็นคนละเรื่อง")
    PROGRESS = "progress", N_("โครงการคืบหน้า")
    IMPORT = "import", N_("นำเข้าจากไฟล์")
    ENTER = "enter", N_("กรอกแทน")


class GoTo(Labelled):
    """Where a matter that is no need for a plan belongs."""

    DAMRONGDHAMA = "1567", N_("ศูนย์ดำรงธรรม โทร 1567")
    HOTLINE = "1111", N_("สายด่วนของรัฐบาล โทร 1111")
    LOCAL = "lao", N_("อบต. หรือเทศบาลในพื้นที่")


class FlagKind(Labelled):
    """What a text that must not wait for a plan seems to be about; the more urgent first."""

    FIRE = "fire", N_("ไฟไหม้หรือระเบิด")
    DISASTER = "disaster", N_("น้ำท่วม ดินถล่ม หรือสารเคมีรั่ว")
    MEDICAL = "medical", N_("คนเจ็บหรือป่วยหนัก")
    VIOLENCE = "violence", N_("ถูกขู่หรือทำร้าย")
    SELF_HARM = "self_harm", N_("อาจคิดทำร้ายตัวเอง")
    ABUSE = "abuse", N_("ถูกล่วงละเมิด")
    COMPLAINT = "complaint", N_("เรื่องร้องทุกข์เฉพาะราย")

    @property
    def is_emergency(self) -> bool:
        return self is not FlagKind.COMPLAINT

    @property
    def hotlines(self) -> tuple[tuple[str, str], ...]:
        """Whom to call now: number and who answers."""
        return _HOTLINES[self]


POLICE, AMBULANCE, FIRE = ("191", N_("ตำรวจ")), ("1669", N_("รถพยาบาลฉุกเฉิน")), ("199", N_("ดับเพลิงและกู้ภัย"))
COMPLAINTS = (("1567", N_("ศูนย์ดำรงธรรม")), ("1111", N_("สายด่วนของรัฐบาล")))
EMERGENCIES = (POLICE, AMBULANCE, FIRE)
_HOTLINES = {
    FlagKind.FIRE: (FIRE,),
    FlagKind.DISASTER: (("1784", N_("ป้องกันและบรรเทาสาธารณภัย")),),
    FlagKind.MEDICAL: (AMBULANCE,),
    FlagKind.VIOLENCE: (POLICE,),
    FlagKind.SELF_HARM: (("1323", N_("สายด่วนสุขภาพจิต")),),
    FlagKind.ABUSE: (("1300", N_("ศูนย์ช่วยเหลือสังคม")), POLICE),
    FlagKind.COMPLAINT: COMPLAINTS,
}


# Needs that count as demand (N of the alignment figures).
COUNTED = (
    NeedStatus.ACCEPTED,
    NeedStatus.GROUPED,
    NeedStatus.CONSIDERED,
    NeedStatus.ANSWERED,
    NeedStatus.DISPUTED,
)


class Category(Labelled):
    INFRASTRUCTURE = "infrastructure", N_("ถนน สะพาน ไฟฟ้า ประปา")
    WATER = "water", N_("แหล่งน้ำ น้ำท่วม น้ำแล้ง")
    LIVELIHOOD = "livelihood", N_("อาชีพ รายได้ การเกษตร")
    QUALITY_OF_LIFE = "quality_of_life", N_("ความเป็นอยู่ ผู้สูงอายุ คนพิการ")
    HEALTH = "health", N_("สุขภาพ")
    EDUCATION_CULTURE = "education_culture", N_("การศึกษา ศาสนา วัฒนธรรม")
    ENVIRONMENT = "environment", N_("ป่า ขยะ สิ่งแวดล้อม")
    ADMINISTRATION = "administration", N_("ความปลอดภัย บริการของรัฐ")
    OTHER = "other", N_("อื่น ๆ")


class BehalfOf(Labelled):
    VILLAGE = "village", N_("ทั้งหมู่บ้าน")
    SUBDISTRICT = "subdistrict", N_("ทั้งตำบล")
    GROUP = "group", N_("กลุ่มอาชีพหรือกลุ่มชาวบ้าน")
    HOUSEHOLDS = "households", N_("บางครัวเรือน")
    SELF = "self", N_("ตัวฉันเอง")


class Urgency(Labelled):
    VERY_URGENT = "very_urgent", N_("เร่งด่วนมาก")
    URGENT = "urgent", N_("เร่งด่วน")
    NORMAL = "normal", N_("ปกติ")


class GatheredBy(Labelled):
    ASSEMBLY = "assembly", N_("ประชาคมหมู่บ้าน")
    SURVEY = "survey", N_("เดินสำรวจหรือสอบถาม")
    OWN_KNOWLEDGE = "own_knowledge", N_("เห็นและรู้เอง")


class LevelFit(Labelled):
    """Who could do it; "beyond our power" moves this up and never ends a need."""

    VILLAGE = "village", N_("หมู่บ้านทำเองได้")
    LOCAL = "lao", N_("อบต. เทศบาล อบจ.")
    DISTRICT = "district", N_("อำเภอ")
    PROVINCE = "province", N_("จังหวัด")
    CLUSTER = "cluster", N_("กลุ่มจังหวัด")
    MINISTRY = "ministry", N_("กระทรวงหรือกรม")


class Channel(Labelled):
    WEB = "web", N_("เว็บ")
    PAPER = "paper", N_("แบบกระดาษ")
    TELEPHONE = "telephone", N_("โทรศัพท์")
    SPOKEN = "spoken", N_("มาบอกด้วยตัวเอง")
    ASSEMBLY = "assembly", N_("ประชาคมหมู่บ้าน")
    IMPORT = "import", N_("นำเข้าไฟล์")


# A need may wait long on a phone; beyond this the phone's clock is thought wrong, and its word for nothing.
LONGEST_WAIT, CLOCK_SKEW = timedelta(days=120), timedelta(minutes=10)
WORTH_SAYING = timedelta(hours=12)


class Consent(Labelled):
    """How somebody agreed that another person sends their words for them."""

    SIGNED = "signed", N_("ลงชื่อในแบบกระดาษ")
    SPOKEN = "spoken", N_("บอกต่อหน้าว่าให้ส่งแทน")
    TELEPHONE = "telephone", N_("บอกทางโทรศัพท์ว่าให้ส่งแทน")
    MINUTES = "minutes", N_("มติในบันทึกประชาคม")


class Need(SQLModel, table=True):
    """Who sent it, from where and in what office are frozen here at sending: statistics never read today's profile.

    The author is who said it. When somebody else typed it, ``entered_by_id`` is that person and ``consent`` says how
    the author agreed; an author without an account is then a name alone, and ``author_id`` is None.

    ``merged_into_id`` is an officer's finding that two reports are one; ``joins_id`` is the sender's own word that
    another's need is theirs too, and points at the first of those who say so.
    """

    __table_args__ = (
        UniqueConstraint("consultation_id", "source_key", name="uq_need_source"),
        Index("ix_need_waiting", "id", sqlite_where=text("is_indexed = 0"), postgresql_where=text("NOT is_indexed")),
    )

    id: int = Field(default=None, primary_key=True)
    ref: str = Field(unique=True, max_length=12)
    client_uuid: str | None = Field(default=None, unique=True, max_length=36)
    body_hash: str | None = Field(default=None, max_length=64)
    replaces_uuid: str | None = Field(default=None, index=True, max_length=36)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    status: NeedStatus = Field(default=NeedStatus.DRAFT, sa_type=choice(NeedStatus), index=True)

    problem: str
    cause: str = ""
    wish: str = ""
    category: Category | None = Field(default=None, sa_type=choice(Category))
    area_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    place_note: str = Field(default="", max_length=200)
    behalf_of: BehalfOf = Field(default=BehalfOf.VILLAGE, sa_type=choice(BehalfOf))
    behalf_name: str = Field(default="", max_length=120)
    households: int | None = None
    urgency: Urgency = Field(default=Urgency.NORMAL, sa_type=choice(Urgency))
    product: str = Field(default="", max_length=80)
    value_chain_stage: ValueChainStage = Field(default=ValueChainStage.NONE, sa_type=choice(ValueChainStage))
    do_ourselves: str = ""
    do_together: str = ""
    ask_for: str = ""
    gathered_by: GatheredBy = Field(default=GatheredBy.OWN_KNOWLEDGE, sa_type=choice(GatheredBy))
    assembly_on: date | None = None
    attendance: int | None = None
    assembly_id: int | None = Field(default=None, foreign_key="assembly.id", index=True)
    assembly_rank: int | None = None
    level_fit: LevelFit | None = Field(default=None, sa_type=choice(LevelFit))
    location: dict[str, float] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    photos_promised: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))

    author_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    author_name: str = Field(default="", max_length=120)
    author_role: Role | None = Field(default=None, sa_type=choice(Role))
    author_agent_type: AgentType | None = Field(default=None, sa_type=choice(AgentType))
    author_sector: Sector | None = Field(default=None, sa_type=choice(Sector))
    author_area_code: str | None = Field(default=None, max_length=8)
    author_organization: str = Field(default="", max_length=200)
    entered_by_id: int | None = Field(default=None, foreign_key="user.id", index=True)
    consent: Consent | None = Field(default=None, sa_type=choice(Consent))
    told_on: date | None = None
    paper_no: str = Field(default="", max_length=20)
    channel: Channel = Field(default=Channel.WEB, sa_type=choice(Channel))
    source_key: str | None = Field(default=None, max_length=120)

    # What others read in the place of the words as typed, once an officer settled it; None: the words masked.
    public_problem: str | None = None
    public_cause: str | None = None
    public_wish: str | None = None
    worded_by_id: int | None = Field(default=None, foreign_key="user.id")
    worded_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    certified_by_id: int | None = Field(default=None, foreign_key="user.id")
    certified_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    merged_into_id: int | None = Field(default=None, foreign_key="need.id")
    joins_id: int | None = Field(default=None, foreign_key="need.id", index=True)
    referred_to_id: int | None = Field(default=None, foreign_key="organization.id", index=True)
    captured_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    is_late: bool = False
    is_indexed: bool = False
    accepted_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    disputed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    masked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    status_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)

    consultation: Consultation = Relationship()
    area: Area | None = Relationship()
    referred_to: Organization | None = Relationship()
    entered_by: User | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Need.entered_by_id"})
    assembly: Assembly | None = Relationship()
    photos: list["NeedPhoto"] = Relationship(sa_relationship_kwargs={"order_by": "NeedPhoto.id"})
    flags: list["NeedFlag"] = Relationship(sa_relationship_kwargs={"order_by": "NeedFlag.id"})
    events: list["NeedEvent"] = Relationship(sa_relationship_kwargs={"order_by": "NeedEvent.id"})

    @property
    def text(self) -> str:
        """The words as one text: what is grouped, matched and searched."""
        return "\n".join(part for part in (self.problem, self.cause, self.wish) if part)

    @property
    def open_flags(self) -> list["NeedFlag"]:
        """What nobody dismissed, the most urgent first."""
        kinds = list(FlagKind)
        standing = [flag for flag in self.flags if flag.dismissed_at is None]
        return sorted(standing, key=lambda flag: kinds.index(flag.kind))

    @property
    def is_certified(self) -> bool:
        return self.certified_at is not None

    @property
    def written_at(self) -> datetime | None:
        """When it was written by the clock of the phone, or None when that clock cannot be right."""
        if self.captured_at is None or not -LONGEST_WAIT <= self.captured_at - self.created_at <= CLOCK_SKEW:
            return None
        return self.captured_at

    @property
    def has_waited(self) -> bool:
        """Written so long before it arrived that a reader should know."""
        return self.written_at is not None and self.created_at - self.written_at > WORTH_SAYING

    @property
    def photos_missing(self) -> list[str]:
        """The photos its phone promised and has not delivered yet, by the hash of their bytes."""
        if not self.photos_promised:
            return []
        held = {photo.sha256 for photo in self.photos}
        return [sha256 for sha256 in self.photos_promised if sha256 not in held]

    @property
    def is_for_another(self) -> bool:
        """Whether somebody else typed it for its author."""
        return self.consent is not None

    @property
    def speaker_id(self) -> int | None:
        """Who is told what becomes of it and may answer: its author, or who typed it for one without an account."""
        return self.entered_by_id if self.author_id is None and self.is_for_another else self.author_id


class NeedEvent(SQLModel, table=True):
    """One step in the life of a need; ``note`` is read by its sender, ``internal_note`` by officers only."""

    id: int = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    actor_id: int | None = Field(default=None, foreign_key="user.id")
    act: str = Field(max_length=40)
    from_status: NeedStatus | None = Field(default=None, sa_type=choice(NeedStatus))
    to_status: NeedStatus = Field(sa_type=choice(NeedStatus))
    note: str = ""
    internal_note: str = ""
    detail: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))

    actor: User | None = Relationship()


class NeedFlag(SQLModel, table=True):
    """Found by a rule, with the words it rests on; a person decides, and what is dismissed stays dismissed."""

    __table_args__ = (UniqueConstraint("need_id", "kind", name="uq_needflag_need"),)

    id: int = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    kind: FlagKind = Field(sa_type=choice(FlagKind))
    words: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    raised_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    dismissed_by_id: int | None = Field(default=None, foreign_key="user.id")
    dismissed_at: datetime | None = Field(default=None, sa_type=UTCDateTime)


class NeedPhoto(SQLModel, table=True):
    """A picture decoded and written anew: upright, without EXIF, at most 1600 px."""

    __table_args__ = (UniqueConstraint("need_id", "sha256", name="uq_needphoto_need"),)

    id: int = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="need.id", index=True)
    sha256: str = Field(max_length=64)
    file_name: str = Field(max_length=80, index=True)
    width: int
    height: int
    size: int
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)


class NeedWord(SQLModel, table=True):
    """The Thai words of a need, found whole: one index that works alike on both databases."""

    word: str = Field(primary_key=True, max_length=80)
    need_id: int = Field(primary_key=True, foreign_key="need.id", index=True)
