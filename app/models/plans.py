"""Plan → development issue → project → activity → funding line. Demand is linked to what money buys: activities."""

from datetime import date, datetime

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.areas import Area, ProvincialCluster
from app.models.users import Organization


class PlanKind(Labelled):
    FIVE_YEAR = "five_year", N_("แผนพัฒนา 5 ปี")
    ANNUAL = "annual", N_("แผนปฏิบัติราชการประจำปี")


class PlanSector(Labelled):
    AGRICULTURE = "agriculture", N_("การเกษตร")
    TOURISM = "tourism", N_("การท่องเที่ยวและบริการ")
    TRADE = "trade", N_("อุตสาหกรรม การค้าและการลงทุน")
    SOCIAL = "social", N_("สังคมและคุณภาพชีวิต")
    ENVIRONMENT = "environment", N_("ทรัพยากรธรรมชาติและสิ่งแวดล้อม")
    SECURITY = "security", N_("ความมั่นคงและความสงบ")
    MANAGEMENT = "management", N_("การบริหารจัดการ")


class WorkType(Labelled):
    ROAD = "road", N_("ถนนและสะพาน")
    WATER = "water", N_("แหล่งน้ำและป้องกันน้ำท่วม")
    BUILDING = "building", N_("อาคารสถานที่")
    EQUIPMENT = "equipment", N_("ครุภัณฑ์")
    PEOPLE = "people", N_("พัฒนาคน")
    PRODUCTION = "production", N_("การผลิต")
    PROCESSING = "processing", N_("แปรรูปและมาตรฐาน")
    MARKET = "market", N_("ตลาดและประชาสัมพันธ์")
    CONSERVATION = "conservation", N_("อนุรักษ์และฟื้นฟู")
    SERVICE = "service", N_("บริการประชาชน")
    MANAGEMENT = "management", N_("บริหารโครงการ")


class Orientation(Labelled):
    REACTIVE = "reactive", N_("เชิงรับ แก้ปัญหา")
    PREVENTIVE = "preventive", N_("เชิงป้องกัน")
    PROACTIVE = "proactive", N_("เชิงรุก พัฒนาศักยภาพ")


class Selection(Labelled):
    PENDING = "pending", N_("รอพิจารณา")
    Y1 = "Y1", N_("เห็นควรสนับสนุนในกรอบวงเงิน (Y1)")
    Y2 = "Y2", N_("เห็นควรสนับสนุนเกินกรอบวงเงิน (Y2)")
    NOT_SELECTED = "N", N_("ไม่สนับสนุน")


class Progress(Labelled):
    """How the work itself goes, as those who do it say; what the reviewers of the plan think is ``Selection``."""

    NOT_STARTED = "not_started", N_("ยังไม่เริ่ม")
    FUNDED = "funded", N_("ได้งบแล้ว รอเริ่มงาน")
    UNDERWAY = "underway", N_("กำลังทำ")
    DELAYED = "delayed", N_("ล่าช้ากว่ากำหนด")
    FINISHED = "finished", N_("ทำเสร็จแล้ว")
    STOPPED = "stopped", N_("ยกเลิก ไม่ทำแล้ว")


class FundingSource(Labelled):
    PROVINCE = "province", N_("งบจังหวัด")
    CLUSTER = "cluster", N_("งบกลุ่มจังหวัด")
    MINISTRY = "ministry", N_("งบกระทรวงหรือกรม")
    LOCAL = "local", N_("งบท้องถิ่น")
    PRIVATE = "private", N_("เอกชน")
    OTHER = "other", N_("อื่น ๆ")


class ValueChainStage(Labelled):
    """The stage of a product's value chain: what a need asks at, and what an activity serves."""

    PRODUCTION = "upstream", N_("ต้นทาง (การผลิต)")
    PROCESSING = "midstream", N_("กลางทาง (การแปรรูป)")
    MARKETING = "downstream", N_("ปลายทาง (การตลาด)")
    ENABLING = "enabling", N_("สนับสนุนทั้งห่วงโซ่")
    NONE = "none", N_("ไม่เกี่ยวกับห่วงโซ่สินค้า")


class Plan(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True)
    title: str = Field(max_length=200)
    cluster_code: str = Field(foreign_key="provincialcluster.code", index=True)
    kind: PlanKind = Field(sa_type=choice(PlanKind))
    first_fiscal_year: int
    last_fiscal_year: int
    position: str = ""
    source_note: str = ""
    is_invented: bool = False
    created_by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)

    cluster: ProvincialCluster = Relationship()
    issues: list["DevelopmentIssue"] = Relationship(
        back_populates="plan", sa_relationship_kwargs={"order_by": "DevelopmentIssue.order"}
    )
    projects: list["Project"] = Relationship(back_populates="plan", sa_relationship_kwargs={"order_by": "Project.id"})


class DevelopmentIssue(SQLModel, table=True):
    """ประเด็นการพัฒนา"""

    __table_args__ = (UniqueConstraint("plan_id", "order", name="uq_developmentissue_order"),)

    id: int = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    order: int
    title: str
    goal: str = ""

    plan: Plan = Relationship(back_populates="issues")


class Project(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("plan_id", "code", name="uq_project_code"),)

    id: int = Field(default=None, primary_key=True)
    plan_id: int = Field(foreign_key="plan.id", index=True)
    issue_id: int | None = Field(default=None, foreign_key="developmentissue.id")
    code: str = Field(max_length=40)
    title: str
    sector: PlanSector | None = Field(default=None, sa_type=choice(PlanSector))
    rationale: str = ""
    lead_organization_id: int | None = Field(default=None, foreign_key="organization.id")
    selection: Selection = Field(default=Selection.PENDING, sa_type=choice(Selection))
    progress: Progress | None = Field(default=None, sa_type=choice(Progress))
    progress_note: str = ""
    progress_on: date | None = None

    plan: Plan = Relationship(back_populates="projects")
    issue: DevelopmentIssue | None = Relationship()
    lead_organization: Organization | None = Relationship()
    activities: list["Activity"] = Relationship(
        back_populates="project", sa_relationship_kwargs={"order_by": "Activity.id"}
    )


class Activity(SQLModel, table=True):
    """What the money buys, and where."""

    __table_args__ = (UniqueConstraint("project_id", "code", name="uq_activity_code"),)

    id: int = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    code: str = Field(max_length=40)
    title: str
    work_type: WorkType | None = Field(default=None, sa_type=choice(WorkType))
    orientation: Orientation | None = Field(default=None, sa_type=choice(Orientation))
    product: str = Field(default="", max_length=80)
    value_chain_stage: ValueChainStage = Field(default=ValueChainStage.NONE, sa_type=choice(ValueChainStage))
    area_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    place_text: str = ""
    quantity: str = Field(default="", max_length=80)

    project: Project = Relationship(back_populates="activities")
    area: Area | None = Relationship()
    funding_lines: list["FundingLine"] = Relationship(
        back_populates="activity", sa_relationship_kwargs={"order_by": "FundingLine.id"}
    )


class FundingLine(SQLModel, table=True):
    """Money for one activity from one source in one fiscal year (พ.ศ.), in satang."""

    id: int = Field(default=None, primary_key=True)
    activity_id: int = Field(foreign_key="activity.id", index=True)
    organization_id: int | None = Field(default=None, foreign_key="organization.id")
    source: FundingSource = Field(sa_type=choice(FundingSource))
    fiscal_year: int
    requested_satang: int = Field(default=0, sa_type=BigInteger)
    approved_satang: int | None = Field(default=None, sa_type=BigInteger)

    activity: Activity = Relationship(back_populates="funding_lines")
    organization: Organization | None = Relationship()

    @property
    def satang(self) -> int:
        """The money that counts: what was approved, or what is asked for while nobody has decided."""
        return self.requested_satang if self.approved_satang is None else self.approved_satang
