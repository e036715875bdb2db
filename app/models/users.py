"""People, the office they hold, their sign-ins and invitations."""

import re
from datetime import datetime

import phonenumbers
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled, arabic_digits
from app.models.areas import Area, ProvincialCluster


class Role(Labelled):
    """What a person may do; the public has no account."""

    CHANGE_AGENT = "change_agent", N_("ผู้นำการเปลี่ยนแปลง")
    DISTRICT_VERIFIER = "district_verifier", N_("ผู้รับรองระดับอำเภอ")
    PROVINCE_OFFICER = "province_officer", N_("เจ้าหน้าที่จังหวัด")
    PLANNER = "planner", N_("นักวิเคราะห์ OSM")
    OSM_HEAD = "osm_head", N_("หัวหน้า OSM")
    AGENCY = "agency", N_("หน่วยงาน")
    EXECUTIVE = "executive", N_("ผู้บริหาร")
    ADMINISTRATOR = "administrator", N_("ผู้ดูแลระบบ")

    @property
    def task(self) -> str:
        """What the role is for, told to the person who is invited to it."""
        return _TASKS[self]

    @property
    def is_of_area(self) -> bool:
        """Bound to a province, district, subdistrict or village; others to a provincial cluster, or to nothing."""
        return self in (Role.CHANGE_AGENT, Role.DISTRICT_VERIFIER, Role.PROVINCE_OFFICER)

    @property
    def is_of_cluster(self) -> bool:
        return self in (Role.PLANNER, Role.OSM_HEAD, Role.AGENCY, Role.EXECUTIVE)


_TASKS = {
    Role.CHANGE_AGENT: N_("ส่งความต้องการของชาวบ้าน และติดตามคำตอบ"),
    Role.DISTRICT_VERIFIER: N_("ตรวจและรับรองความต้องการที่ส่งจากตำบลและหมู่บ้านในอำเภอ"),
    Role.PROVINCE_OFFICER: N_("ดูความต้องการทั้งจังหวัด และช่วยเสนอความเชื่อมโยงกับโครงการ"),
    Role.PLANNER: N_("จัดกลุ่มความต้องการ เชื่อมกับโครงการ และร่างคำตอบ"),
    Role.OSM_HEAD: N_("ตรวจและเผยแพร่สรุปและคำตอบของกลุ่มจังหวัด"),
    Role.AGENCY: N_("รับเรื่องที่ส่งต่อมาให้หน่วยงาน และตอบกลับ"),
    Role.EXECUTIVE: N_("อ่านผลการรับฟังและความสอดคล้องของแผน"),
    Role.ADMINISTRATOR: N_("ดูแลบัญชีผู้ใช้และความปลอดภัยของระบบ"),
}


class AgentType(Labelled):
    DISTRICT_CHIEF = "district_chief", N_("นายอำเภอ")
    KAMNAN = "kamnan", N_("กำนัน")
    VILLAGE_HEAD = "village_head", N_("ผู้ใหญ่บ้าน")
    LOCAL_SAGE = "local_sage", N_("ปราชญ์ชาวบ้าน")
    COMMUNITY_LEADER = "community_leader", N_("ผู้นำชุมชน")


class Sector(Labelled):
    """The seven network partners (7 ภาคี), and local government."""

    STATE = "state", N_("ภาครัฐ")
    LOCAL_GOVERNMENT = "local_government", N_("องค์กรปกครองส่วนท้องถิ่น")
    ACADEMIC = "academic", N_("ภาควิชาการ")
    RELIGIOUS = "religious", N_("ผู้นำศาสนา")
    PRIVATE = "private", N_("ภาคเอกชน")
    PEOPLE = "people", N_("ภาคประชาชน")
    CIVIL_SOCIETY = "civil_society", N_("ภาคประชาสังคม")
    MEDIA = "media", N_("สื่อมวลชน")


class InvitationState(Labelled):
    UNUSED = "unused", N_("ยังไม่ได้ใช้")
    USED = "used", N_("ใช้แล้ว")
    EXPIRED = "expired", N_("หมดอายุ")
    REVOKED = "revoked", N_("ถูกยกเลิก")


def read_phone(text: str) -> str | None:
    """Return a telephone number, written in any Thai way, as ``+66812345678``; None when it is not one."""
    digits = arabic_digits(text)
    if not re.fullmatch(r"[+\d\s().-]+", digits):  # the library reads letters as the keys they stand on
        return None
    try:
        number = phonenumbers.parse(digits, "TH")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class Organization(SQLModel, table=True):
    """หน่วยงาน: an agency that leads, funds or answers."""

    id: int = Field(default=None, primary_key=True)
    name_th: str = Field(unique=True)
    name_en: str = ""
    sector: Sector = Field(default=Sector.STATE, sa_type=choice(Sector))


class User(SQLModel, table=True):
    """A person with a role in an area (or in a whole cluster); imported authors have no way to sign in."""

    id: int = Field(default=None, primary_key=True)
    username: str | None = Field(default=None, unique=True, max_length=40)
    phone: str | None = Field(default=None, unique=True, max_length=20)
    display_name: str = Field(max_length=120)
    role: Role = Field(sa_type=choice(Role), index=True)
    agent_type: AgentType | None = Field(default=None, sa_type=choice(AgentType))
    sector: Sector | None = Field(default=None, sa_type=choice(Sector))
    area_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    cluster_code: str | None = Field(default=None, foreign_key="provincialcluster.code")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    password_hash: str | None = None
    is_active: bool = True
    invited_by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    # How news is brought to them. Hours are Bangkok's; the same hour twice means no quiet at all.
    locale: str = Field(default="th", max_length=2)
    quiet_from: int = 20
    quiet_until: int = 7
    has_digest: bool = False
    last_seen_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    erased_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    area: Area | None = Relationship()
    cluster: ProvincialCluster | None = Relationship()
    organization: Organization | None = Relationship()

    @property
    def local_phone(self) -> str:
        """The number as it is dialled in Thailand: ``081 234 5678``."""
        if not self.phone:
            return ""
        return phonenumbers.format_number(phonenumbers.parse(self.phone), phonenumbers.PhoneNumberFormat.NATIONAL)

    @property
    def masked_phone(self) -> str:
        """Enough of the number to tell two apart, not enough to call: ``••• ••• ••78``."""
        return f"••• ••• ••{self.phone[-2:]}" if self.phone else ""


class UserSession(SQLModel, table=True):
    """One sign-in on one device; only the hash of its token is kept."""

    id: int = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    user_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    last_seen_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    device: str = Field(default="", max_length=200)

    user: User = Relationship()


class Invitation(SQLModel, table=True):
    """A link or QR code that lets one person take one role in one area, once."""

    id: int = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True, max_length=64)
    display_name: str = Field(default="", max_length=120)
    role: Role = Field(sa_type=choice(Role))
    agent_type: AgentType | None = Field(default=None, sa_type=choice(AgentType))
    area_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    cluster_code: str | None = Field(default=None, foreign_key="provincialcluster.code")
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    created_by_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    expires_at: datetime = Field(sa_type=UTCDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    used_by_id: int | None = Field(default=None, foreign_key="user.id")
    revoked_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    area: Area | None = Relationship()
    cluster: ProvincialCluster | None = Relationship()
    organization: Organization | None = Relationship()
    created_by: User = Relationship(sa_relationship_kwargs={"foreign_keys": "Invitation.created_by_id"})
    used_by: User | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Invitation.used_by_id"})

    @property
    def state(self) -> InvitationState:
        if self.used_at:
            return InvitationState.USED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.UNUSED if self.expires_at > now() else InvitationState.EXPIRED
