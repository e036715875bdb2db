"""The demo: one provincial cluster, nine people, an invented plan, a round that was answered and one that is open.

The needs were written for this project and name nobody real. Everything is made through the same services that people's
clicks call, so the history, the notices and the figures are those of a real round.
"""

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from uuid import NAMESPACE_URL, uuid4, uuid5

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app import jobs
from app.config import Settings
from app.database import now, transaction
from app.i18n import BANGKOK, today
from app.models import (
    Activity,
    AgentType,
    Area,
    AreaLevel,
    Assembly,
    AssemblyItem,
    BehalfOf,
    Category,
    Channel,
    Consent,
    Consultation,
    Decision,
    DemandLink,
    DevelopmentIssue,
    FundingLine,
    FundingSource,
    GatheredBy,
    LevelFit,
    LinkStatus,
    Need,
    NeedAct,
    NeedStatus,
    Organization,
    Orientation,
    OutboxReport,
    Plan,
    PlanKind,
    PlanSector,
    Project,
    Publicity,
    RankedBy,
    ReasonCode,
    Response,
    ResponseStatus,
    Role,
    Sector,
    Selection,
    Stage,
    Topic,
    Urgency,
    User,
    ValueChainStage,
    WorkType,
)
from app.queries import alignment
from app.queries import topics as topic_queries
from app.services import areas, assemblies, invitations, links, needs, paper, responses, topics, users
from app.services.paper import Teller

CLUSTER = "central-upper"
ANSWERED = 124  # needs of the round that is over; the rest belong to the open one

PEOPLE = (
    ("somsri", "สมศรี ทองดี", Role.CHANGE_AGENT, AgentType.VILLAGE_HEAD, Sector.PEOPLE, "สิงห์บุรี", "พรหมบุรี", "โรงช้าง"),
    ("prasert", "ประเสริฐ นาคำ", Role.CHANGE_AGENT, AgentType.KAMNAN, Sector.PEOPLE, "ชัยนาท", "วัดสิงห์", "วังหมัน"),
    ("wichai", "วิชัย พรหมมา", Role.DISTRICT_VERIFIER, AgentType.DISTRICT_CHIEF, Sector.STATE, "สิงห์บุรี", "พรหมบุรี", ""),
    ("suda", "สุดา สิงห์ทอง", Role.PROVINCE_OFFICER, None, Sector.STATE, "สิงห์บุรี", "", ""),
    ("preecha", "ปรีชา วงศ์ไทย", Role.PLANNER, None, Sector.STATE, "", "", ""),
    ("duangjai", "ดวงใจ แสงเพชร", Role.OSM_HEAD, None, Sector.STATE, "", "", ""),
    ("thana", "ธนา ชลธาร", Role.AGENCY, None, Sector.STATE, "", "", ""),
    ("arun", "อรุณ เดชา", Role.EXECUTIVE, None, Sector.STATE, "", "", ""),
    ("nida", "นิดา พัฒน์ดี", Role.ADMINISTRATOR, None, Sector.STATE, "", "", ""),
)  # fmt: skip
AGENCY = "กรมโยธาธิการและผังเมือง"
FOR_AGENCY = ("T01", "T04")  # roads and river banks, its work

# Leaders of the demo's own district, who have no story of their own: what each sent, and what is still on their phone.
LEADERS = (
    ("บุญช่วย ศรีสวัสดิ์", AgentType.VILLAGE_HEAD, "บางน้ำเชี่ยว", 0, (
        ("เมื่อคืนน้ำทะลักคันดินท้ายหมู่ ตอนนี้น้ำท่วมบ้านริมคลองเจ็ดหลังแล้ว ขอเรือกับกระสอบทรายด่วน", "water", 7),
        ("ทางเข้าโรงเรียนมืดสนิท เด็กกลับบ้านค่ำ ๆ อันตราย ขอไฟส่องทางสักสิบจุด", "infrastructure", 140),
    )),
    ("ละเอียด คงมั่น", AgentType.LOCAL_SAGE, "บ้านแป้ง", 0, (
        ("ข้างบ้านล้อมรั้วรุกล้ำทางเดินหลังวัด ไปแจ้งสองครั้งแล้วเงียบ ผมนายสมหมาย ใจกว้าง โทร 081-000-4417", "administration", 1),
        ("หน้าแล้งประปาหมู่บ้านไหลวันละสองชั่วโมง มีนาถึงพฤษภาต้องซื้อน้ำใช้ ขอถังเก็บน้ำเพิ่มอีกหนึ่งถัง", "infrastructure", 210),
    )),
    ("สมพงษ์ แก้วดี", AgentType.KAMNAN, "บ้านหม้อ", 3, ()),
    ("อุไร พูนสุข", AgentType.VILLAGE_HEAD, "พระงาม", 0, ()),
)  # fmt: skip
INVITED = ("หัวป่า",)  # subdistricts whose invitation nobody has used yet; พรหมบุรี has none

ISSUES = (
    ("ท่องเที่ยววัฒนธรรมลุ่มเจ้าพระยา-ป่าสัก ให้คนแวะและค้าง", "รายได้จากการท่องเที่ยวเพิ่มขึ้นร้อยละ 5 ต่อปี"),
    ("เกษตรปลอดภัยมูลค่าสูง ครบตั้งแต่ผลิตจนถึงขาย", "รายได้ครัวเรือนเกษตรเพิ่มขึ้นร้อยละ 10 ใน 5 ปี"),
    ("น้ำพอ น้ำไม่ท่วม อากาศสะอาด", "พื้นที่น้ำท่วมซ้ำซากลดลงครึ่งหนึ่งใน 5 ปี"),
    ("ชีวิตปลอดภัย คนทุกวัยได้รับการดูแล", "อุบัติเหตุจุดเสี่ยงลดลงร้อยละ 30"),
    ("บริหารแผนร่วมกันด้วยข้อมูล", "ทุกประเด็นความต้องการมีคำตอบ"),
)
POSITION = "ฐานเกษตรปลอดภัยมูลค่าสูง เมืองมรดกโลก และประตูสู่ภาคเหนือและอีสาน"

CATEGORY = {
    "T01": Category.INFRASTRUCTURE, "T02": Category.WATER, "T03": Category.INFRASTRUCTURE, "T04": Category.WATER,
    "T05": Category.ENVIRONMENT, "T06": Category.ENVIRONMENT, "T07": Category.LIVELIHOOD,
    "T08": Category.INFRASTRUCTURE,
    "T09": Category.LIVELIHOOD, "T10": Category.LIVELIHOOD, "T11": Category.LIVELIHOOD, "T12": Category.LIVELIHOOD,
    "T13": Category.LIVELIHOOD, "T14": Category.LIVELIHOOD, "T15": Category.LIVELIHOOD,
    "T16": Category.QUALITY_OF_LIFE, "T17": Category.HEALTH, "T18": Category.EDUCATION_CULTURE,
    "T19": Category.ADMINISTRATION, "T20": Category.LIVELIHOOD, "T21": Category.EDUCATION_CULTURE,
    "T22": Category.ADMINISTRATION, "T23": Category.ENVIRONMENT,
}  # fmt: skip


THEME_EN = {
    "ถนน สะพาน และการเดินทาง": "Roads, bridges and getting about",
    "น้ำเพื่อการเกษตร": "Water for farming",
    "น้ำประปาและน้ำดื่ม": "Tap and drinking water",
    "น้ำท่วมและตลิ่งพัง": "Floods and river banks",
    "ภัยแล้ง ไฟป่า และหมอกควัน": "Drought, wildfire and haze",
    "ขยะ น้ำเสีย และมลพิษ": "Waste, waste water and pollution",
    "ที่ดินทำกิน ป่าไม้ และเอกสารสิทธิ": "Farm land, forest and title deeds",
    "ไฟฟ้า แสงสว่าง และอินเทอร์เน็ต": "Electricity, lighting and internet",
    "การปลูกพืช": "Growing crops",
    "การแปรรูปและมาตรฐานสินค้า": "Processing and product standards",
    "ตลาด ราคา และการขนส่งสินค้า": "Markets, prices and transport of goods",
    "ปศุสัตว์และประมง": "Livestock and fisheries",
    "การท่องเที่ยว": "Tourism",
    "หนี้สินและเงินทุน": "Debt and capital",
    "อาชีพ ทักษะ และแรงงาน": "Jobs, skills and labour",
    "ผู้สูงอายุ คนพิการ และกลุ่มเปราะบาง": "Older, disabled and vulnerable people",
    "สุขภาพและโรงพยาบาล": "Health and hospitals",
    "การศึกษา เด็ก และเยาวชน": "Education, children and youth",
    "ยาเสพติดและความปลอดภัย": "Drugs and safety",
    "การค้าชายแดน ผังเมือง และการลงทุน": "Border trade, town planning and investment",
    "ศาสนา วัฒนธรรม และกีฬา": "Religion, culture and sport",
    "การบริหารและบริการภาครัฐ": "Administration and public services",
    "สัตว์ป่า ศัตรูพืช และวัชพืชรุกราน": "Wildlife, pests and invasive plants",
}


def is_loaded(session: Session) -> bool:
    return session.exec(select(User.id).where(User.username == PEOPLE[0][0])).first() is not None


def people(session: Session) -> list[User]:
    """Return the demo people in the order of the story, with where they serve."""
    names = [person[0] for person in PEOPLE]
    found = {user.username: user for user in session.exec(select(User).where(col(User.username).in_(names)))}
    return [found[name] for name in names]


def load(engine: Engine, settings: Settings) -> None:
    """Make the demo, once; a database that has it is left alone."""
    with transaction(engine) as session:
        if is_loaded(session):
            return
        areas.load_reference(session)
        cast = _add_people(session)
        plan = _add_plan(session, cast["preecha"])
        answered, listening = _add_consultations(session, plan, cast["preecha"])
        rows = list(csv.DictReader((files("app.demo") / "needs.csv").read_text(encoding="utf-8-sig").splitlines()))
        _add_needs(session, rows[:ANSWERED], answered, cast, settings)
        _add_needs(session, rows[ANSWERED:], listening, cast, settings)
        _add_leaders(session, listening, cast["wichai"], settings)
        _add_assemblies(session, answered, listening, cast)
        _add_paper(session, listening, cast)
        answered.stage = Stage.ANALYSING
        topics.request_analysis(session, answered, cast["preecha"])
        answered_id = answered.id
    from app.services import handlers  # noqa: F401  registers the analysis; heavy, so a loaded demo starts without it

    jobs.run_all(engine)
    with transaction(engine) as session:
        planner, head = _user(session, "preecha"), _user(session, "duangjai")
        _settle(session, answered_id, planner, head)
        _answer(session, answered_id, planner, head)
        consultation = session.get_one(Consultation, answered_id)
        consultation.stage, consultation.summary_published_at = Stage.SUMMARY_PUBLISHED, now()
        session.add(consultation)


def _user(session: Session, username: str) -> User:
    return session.exec(select(User).where(User.username == username)).one()


def _add_people(session: Session) -> dict[str, User]:
    agency = Organization(name_th=AGENCY, name_en="Department of Public Works and Town Planning")
    cast = {
        username: User(
            username=username,
            display_name=name,
            role=role,
            agent_type=agent_type,
            sector=sector,
            area_code=_area_code(session, province, district, subdistrict),
            cluster_code=None if province else CLUSTER,
            organization=agency if role is Role.AGENCY else None,
        )
        for username, name, role, agent_type, sector, province, district, subdistrict in PEOPLE
    }
    session.add_all(cast.values())
    session.flush()
    return cast


def _area_code(session: Session, province: str, district: str = "", subdistrict: str = "") -> str | None:
    """Return the code of the narrowest place named."""
    code: str | None = None
    levels = ((AreaLevel.PROVINCE, province), (AreaLevel.DISTRICT, district), (AreaLevel.SUBDISTRICT, subdistrict))
    for level, name in levels:
        if not name:
            break
        query = select(Area.code).where(Area.level == level, Area.name_th == name)
        if code is not None:
            query = query.where(Area.parent_code == code)
        found = session.exec(query).first()
        if found is None:
            break
        code = found
    return code


def _add_plan(session: Session, planner: User) -> Plan:
    plan = Plan(
        title="แผนพัฒนาของกลุ่มจังหวัดภาคกลางตอนบน พ.ศ. 2571–2575 (ตัวอย่าง)",
        cluster_code=CLUSTER,
        kind=PlanKind.FIVE_YEAR,
        first_fiscal_year=2571,
        last_fiscal_year=2575,
        position=POSITION,
        source_note="แผนสมมติ แต่งขึ้นเพื่อสาธิตเท่านั้น ไม่ใช่แผนของทางราชการ",
        is_invented=True,
        created_by_id=planner.id,
    )
    session.add(plan)
    session.flush()
    issues = [
        DevelopmentIssue(plan_id=plan.id, order=order, title=title, goal=goal)
        for order, (title, goal) in enumerate(ISSUES, start=1)
    ]
    session.add_all(issues)
    session.flush()
    agencies = {one.name_th: one for one in session.exec(select(Organization))}

    def agency(name: str) -> Organization:
        if name not in agencies:
            agencies[name] = Organization(name_th=name, sector=_sector(name))
            session.add(agencies[name])
            session.flush()
        return agencies[name]

    project: Project | None = None
    for row in csv.DictReader((files("app.demo") / "plan.csv").read_text(encoding="utf-8").splitlines()):
        if row["project"]:
            project = Project(
                plan_id=plan.id,
                issue_id=issues[int(row["issue"]) - 1].id,
                code=row["project_code"],
                title=row["project"],
                sector=PlanSector(row["sector"]),
                selection=Selection(row["selection"]),
                lead_organization_id=agency(row["lead"]).id,
            )
            session.add(project)
            session.flush()
        if project is None:
            raise ValueError("the plan's first line must name its project")
        activity = Activity(
            project_id=project.id,
            code=row["activity_code"],
            title=row["activity"],
            work_type=WorkType(row["work_type"]),
            orientation=Orientation(row["orientation"]),
            product=row["product"],
            value_chain_stage=ValueChainStage(row["stage"]),
            area_code=_area_code(session, row["province"], row["district"], row["subdistrict"]),
            quantity=row["quantity"],
        )
        session.add(activity)
        session.flush()
        session.add(
            FundingLine(
                activity_id=activity.id,
                organization_id=agency(row["agency"]).id,
                source=FundingSource(row["source"]),
                fiscal_year=int(row["fiscal_year"]),
                requested_satang=int(row["requested_baht"]) * 100,
                approved_satang=int(row["approved_baht"]) * 100 if row["approved_baht"] else None,
            )
        )
    session.flush()
    return plan


def _sector(name: str) -> Sector:
    if name.startswith(("เทศบาล", "องค์การบริหาร")):
        return Sector.LOCAL_GOVERNMENT
    return Sector.PRIVATE if name.startswith("สหกรณ์") else Sector.STATE


def _add_consultations(session: Session, plan: Plan, planner: User) -> tuple[Consultation, Consultation]:
    """Make the round that is over and the one that is open, dated from today."""
    day = timedelta(days=1)
    channels = [*map(str, (Publicity.AGENCY_BOARD, Publicity.WEBSITE, Publicity.LOUDSPEAKER, Publicity.MEETING))]
    answered = Consultation(
        title_th="รับฟังความต้องการเพื่อแผนของกลุ่มจังหวัด พ.ศ. 2571 รอบที่ 1",
        title_en="Listening for the 2028 cluster plan, round 1",
        purpose_th="รวบรวมปัญหาและความต้องการของชาวบ้านหกจังหวัด เพื่อจัดทำแผนพัฒนากลุ่มจังหวัด พ.ศ. 2571–2575",
        purpose_en="To gather what people of six provinces need, for the cluster's development plan 2028–2032.",
        announce_on=today() - 150 * day,
        open_on=today() - 130 * day,
        close_on=today() - 14 * day,
        next_step_th="คณะกรรมการกลุ่มจังหวัดพิจารณาร่างแผนเดือนหน้า แล้วเสนออนุกรรมการประจำภาค",
        next_step_en="The cluster committee considers the draft plan next month, then the regional subcommittee.",
        stage=Stage.CLOSED,
        plan_id=plan.id,
        cluster_code=CLUSTER,
        channels=channels,
        created_by_id=planner.id,
        is_invented=True,
    )
    listening = Consultation(
        title_th="รับฟังความต้องการเพื่อแผนของกลุ่มจังหวัด พ.ศ. 2571 รอบที่ 2",
        title_en="Listening for the 2028 cluster plan, round 2",
        purpose_th="รับฟังเพิ่มจากพื้นที่ที่ยังเงียบในรอบแรก และเรื่องใหม่หลังฤดูน้ำหลาก",
        purpose_en="To hear from places that were silent in round 1, and what is new since the flood season.",
        announce_on=today() - 40 * day,
        open_on=today() - 20 * day,
        close_on=today() + 25 * day,
        next_step_th="ปิดรับแล้ว OSM จัดกลุ่ม วิเคราะห์ และเผยแพร่สรุปภายใน 15 วัน",
        next_step_en="After closing, the OSM groups and analyses the needs and publishes a summary within 15 days.",
        stage=Stage.OPEN,
        plan_id=plan.id,
        cluster_code=CLUSTER,
        channels=channels,
        created_by_id=planner.id,
        is_invented=True,
    )
    session.add_all((answered, listening))
    session.flush()
    return answered, listening


def _add_needs(
    session: Session,
    rows: Sequence[dict[str, str]],
    consultation: Consultation,
    cast: dict[str, User],
    settings: Settings,
) -> None:
    """Write needs as sent on successive days; in the open round the last ones are at every stage of verification."""
    first = datetime.combine(consultation.open_on, time(9), tzinfo=BANGKOK).astimezone(UTC)
    days = (min(consultation.close_on, today()) - consultation.open_on).days
    for number, row in enumerate(rows):
        is_open = consultation.stage is Stage.OPEN
        has_chief = row["district"] == "พรหมบุรี"
        sent_at = min(first + timedelta(days=days * number // len(rows), minutes=37 * (number % 11)), now())
        if is_open and has_chief:
            sent_at = now() - timedelta(days=2)
        need = _add_need(session, row, consultation, cast, sent_at)
        if is_open and has_chief:
            continue  # it waits for the demo's own district chief
        if not is_open or number % 3:
            _accept(session, need, cast["wichai"] if has_chief else None, cast["preecha"], sent_at, settings)
        elif number % 9 == 0:
            needs.step(session, need, cast["suda"], NeedAct.ACKNOWLEDGE, NeedStatus.ACKNOWLEDGED, at=sent_at)
            if row["theme"] in FOR_AGENCY:
                needs.refer(session, need, cast["preecha"], cast["thana"].organization_id)
        elif number % 9 == 3:
            question = "ขอทราบจำนวนครัวเรือนที่เดือดร้อน และจุดที่เสียหายอยู่ตรงไหน"
            needs.step(session, need, cast["suda"], NeedAct.RETURN, NeedStatus.RETURNED, note=question, at=sent_at)


def _add_need(
    session: Session, row: dict[str, str], consultation: Consultation, cast: dict[str, User], sent_at: datetime
) -> Need:
    area_code = _area_code(session, row["province"], row["district"], row["subdistrict"])
    agent = AgentType(row["agent_type"])
    author = _demo_author(row, cast)
    place = " ".join(
        f"{mark}{name}"
        for mark, name in (("ต.", row["subdistrict"]), ("อ.", row["district"]), ("จ.", row["province"]))
        if name
    )
    is_assembly = agent in (AgentType.VILLAGE_HEAD, AgentType.KAMNAN) and int(row["households"] or 0) >= 100
    need = Need(
        ref=needs.new_ref(session),
        consultation_id=consultation.id,
        problem=row["text"],
        category=CATEGORY.get(row["theme"], Category.OTHER),
        area_code=area_code,
        behalf_of=BehalfOf.SUBDISTRICT if agent is AgentType.KAMNAN else BehalfOf.VILLAGE,
        households=int(row["households"]) if row["households"] else None,
        urgency=Urgency(row["urgency"] or "normal"),
        product=row["product"],
        value_chain_stage=ValueChainStage(row["value_chain_stage"] or "none"),
        level_fit=LevelFit(row["level_fit"]) if row["level_fit"] else None,
        gathered_by=GatheredBy.ASSEMBLY if is_assembly else GatheredBy.OWN_KNOWLEDGE,
        assembly_on=sent_at.date() - timedelta(days=3) if is_assembly else None,
        attendance=int(row["households"]) // 3 if is_assembly else None,
        author_id=author.id if author else None,
        author_name=author.display_name if author else f"{agent.label} {place}",
        author_role=Role.CHANGE_AGENT,
        author_agent_type=agent,
        author_sector=Sector.PEOPLE,
        author_area_code=area_code,
        channel=Channel.WEB,
        source_key=row["need_id"],
        created_at=sent_at,
        sent_at=sent_at,
        is_indexed=True,
    )
    session.add(need)
    session.flush()
    needs.add_words(session, {need.id: needs.search_words(need.model_dump())})
    needs.step(session, need, author, NeedAct.SEND, NeedStatus.SUBMITTED, at=sent_at)
    return need


def _demo_author(row: dict[str, str], cast: dict[str, User]) -> User | None:
    """Give the needs of their own subdistricts to the demo village head and kamnan, so that they see answers."""
    if row["province"] == "สิงห์บุรี" and row["district"] == "พรหมบุรี":
        return cast["somsri"]
    if row["province"] == "ชัยนาท" and row["district"] == "วัดสิงห์":
        return cast["prasert"]
    return None


def _add_leaders(session: Session, consultation: Consultation, chief: User, settings: Settings) -> None:
    """Give the district chief something to check, somebody to remind and invitations that nobody has used."""
    places = {area.name_th: area for area in session.exec(select(Area).where(Area.parent_code == chief.area_code))}
    for name, agent_type, subdistrict, waiting, told in LEADERS:
        leader = User(
            display_name=name,
            role=Role.CHANGE_AGENT,
            agent_type=agent_type,
            sector=Sector.PEOPLE,
            area_code=places[subdistrict].code,
            invited_by_id=chief.id,
        )
        session.add(leader)
        session.flush()
        if waiting:
            since = now() - timedelta(days=4)
            session.add(OutboxReport(user_id=leader.id, device="demo", waiting=waiting, oldest_at=since))
        for number, (problem, category, households) in enumerate(told, start=1):
            need = needs.create(
                session, leader, {"problem": problem, "category": Category(category), "households": households},
                consultation_id=consultation.id, area_code=leader.area_code, send=True,
                client_uuid=str(uuid5(NAMESPACE_URL, f"{name}{number}")), body_hash=f"{number}",
            )  # fmt: skip
            need.sent_at = need.status_at = now() - timedelta(days=number)
            session.add(need)
    for subdistrict in INVITED:
        given = users.office(session, Role.CHANGE_AGENT, agent_type=AgentType.KAMNAN, area=places[subdistrict])
        invitations.create(session, given, by=chief, settings=settings)


ASKED = (
    ("ประปาหมู่บ้านขุ่นและไหลเบาตอนเย็น บ้านปลายท่อต้องรอน้ำถึงสองทุ่ม", "เปลี่ยนทรายกรองและเพิ่มถังพัก", "water", 62, 31),
    ("ไฟทางจากปากซอยถึงศาลาดับสี่จุด คนแก่เดินไปวัดตอนเช้ามืดมองไม่เห็นทาง", "ซ่อมไฟเดิม และเพิ่มอีกสองต้น", "infrastructure", 40, 24),
    ("อยากมีที่ตากข้าวรวมกัน ตอนนี้ตากบนถนนแล้วรถทับ", "ลานตากในที่สาธารณะข้างวัด", "livelihood", 35, 24),
    ("ผู้สูงอายุไปโรงพยาบาลลำบาก รถสองแถวเลิกวิ่งแล้ว", "รถรับส่งอาทิตย์ละสองวัน", "quality_of_life", 18, 12),
)


def _add_assemblies(session: Session, answered: Consultation, listening: Consultation, cast: dict[str, User]) -> None:
    """One meeting in each round that was sent, and one that the village head is still writing down."""
    head, kamnan = cast["somsri"], cast["prasert"]
    area = session.get_one(Area, head.area_code)
    for village, days, women, men, sends in (("บ้านโรงช้าง หมู่ 3", 4, 25, 18, True), ("บ้านกลาง หมู่ 5", 1, 14, 16, False)):
        made = assemblies.create(
            session,
            head,
            {
                "village": village, "place": "ศาลาอเนกประสงค์", "held_on": today() - timedelta(days=days),
                "women": women, "men": men, "sectors": {"people": women + men - 2, "religious": 2},
            },
            consultation=listening, area=area, chair=Teller(account=head), client_uuid=str(uuid4()),
        )  # fmt: skip
        for problem, wish, category, households, votes in ASKED[: 4 if sends else 2]:
            item = assemblies.add_item(
                session,
                made,
                head,
                {
                    "problem": problem, "wish": wish, "category": category, "households": households,
                    "urgency": "normal", "do_ourselves": "", "do_together": "", "ask_for": "",
                },
                client_uuid=str(uuid4()),
            )  # fmt: skip
            item.count = votes if sends else None
        if sends:
            assemblies.rank(session, made, head, {item.id: item.count for item in made.items})
            assemblies.keep(session, made, head, minutes="ที่ประชุมยกมือทีละเรื่อง เห็นตรงกันให้เรื่องน้ำมาก่อน", sheet=None)
            assemblies.send(session, made, head)
    spoken = session.exec(
        select(Need).where(
            Need.consultation_id == answered.id, Need.author_id == kamnan.id, Need.gathered_by == GatheredBy.ASSEMBLY
        )
    ).all()
    earlier = Assembly(
        client_uuid=str(uuid4()), consultation_id=answered.id, area_code=kamnan.area_code or "", village="บ้านวังหมัน",
        place="ศาลาการเปรียญ", held_on=spoken[0].assembly_on or answered.open_on, chair=kamnan.display_name,
        chair_id=kamnan.id, women=27, men=21, created_by_id=kamnan.id, sent_at=spoken[0].sent_at,
        item_count=len(spoken), ranked_by=RankedBy.ORDER,
    )  # fmt: skip
    session.add(earlier)
    session.flush()
    for place, need in enumerate(spoken, start=1):
        need.assembly_id, need.assembly_rank = earlier.id, place
        need.attendance, need.assembly_on = earlier.attendance, earlier.held_on
        answers: dict[str, object] = {"problem": need.problem, "wish": need.wish, "households": need.households}
        session.add(
            AssemblyItem(
                assembly_id=earlier.id,
                client_uuid=str(uuid4()),
                answers=answers,
                count=place,
                rank=place,
                need_id=need.id,
            )
        )


TOLD = (
    ("บุญมี แสนสุข", Consent.SIGNED, Channel.PAPER, "1", "ทางลงแปลงนาหลังวัดขาด รถเกี่ยวเข้าไม่ได้ ต้องจ้างคนแบกข้าวออก", 22),
    ("ทองใบ ศรีนาค", Consent.SIGNED, Channel.PAPER, "2", "หน้าน้ำหลาก น้ำขังหน้าโรงเรียนเป็นเดือน เด็กต้องถอดรองเท้าเดิน", 30),
    ("", Consent.TELEPHONE, Channel.TELEPHONE, "", "ตลาดนัดไม่มีที่ทิ้งขยะ ลมพัดลงคลองทุกวันพุธ", None),
)


def _add_paper(session: Session, listening: Consultation, cast: dict[str, User]) -> None:
    """What the province's officer typed for villagers without the web; the district's chief may certify it."""
    area = session.get_one(Area, cast["somsri"].area_code)
    for name, consent, channel, number, problem, households in TOLD:
        paper.enter(
            session,
            cast["suda"],
            Teller(name=name),
            {"problem": problem, "households": households, "gathered_by": GatheredBy.SURVEY},
            consultation=listening, area=area, client_uuid=str(uuid4()), body_hash=problem, consent=consent,
            channel=channel, paper_no=number, told_on=today() - timedelta(days=2),
        )  # fmt: skip


def _accept(
    session: Session, need: Need, chief: User | None, planner: User, sent_at: datetime, settings: Settings
) -> None:
    """Certify where the demo has a district chief; elsewhere the district is late, and the need flows on."""
    if chief is not None:
        at = min(sent_at + timedelta(days=2), now())
        need.certified_by_id, need.certified_at = chief.id, at
        needs.step(session, need, chief, NeedAct.CERTIFY, NeedStatus.ACCEPTED, at=at)
    else:
        at = min(sent_at + timedelta(days=settings.certify_days + 1), now())
        needs.step(session, need, planner, NeedAct.ACCEPT, NeedStatus.ACCEPTED, at=at)
    need.accepted_at = at
    session.add(need)


def _settle(session: Session, consultation_id: int, planner: User, head: User) -> None:
    """Approve the larger topics and their words, confirm the surer links, reject the weakest."""
    rows = topic_queries.rows(session, consultation_id)
    named: set[str] = set()
    for number, row in enumerate(rows):
        # One topic of a theme takes the theme's own name; the smallest are looked at, but not yet approved.
        is_first = row.topic.theme not in named and row.topic.theme in THEME_EN
        label, label_en = (row.topic.theme, THEME_EN[row.topic.theme]) if is_first else (row.topic.label, "")
        topics.rename(session, row.topic, label=label, label_en=label_en, by=planner)
        named.add(row.topic.theme)
        if number < len(rows) * 2 // 3:
            topics.approve(session, row.topic, by=planner)
            for quote in topic_queries.quotes(session, row.topic.id, approved_only=False):
                topics.approve_quote(session, quote, by=head)
    suggested = session.exec(
        select(DemandLink)
        .where(DemandLink.consultation_id == consultation_id, DemandLink.status == LinkStatus.SUGGESTED)
        .order_by(col(DemandLink.probability).desc())
    ).all()
    for link in suggested:
        if (link.probability or 0) >= (0.5 if link.topic_id is None else 0.34):
            reason = str(link.evidence.get("sentence") or "งานเดียวกันในพื้นที่เดียวกัน")
            links.confirm(session, link, strength=link.strength, reason=reason, by=planner)
    for link in suggested[-3:]:
        if link.status is LinkStatus.SUGGESTED:
            links.reject(session, link, reason="คนละพื้นที่ คนที่ขอไม่ได้ใช้ประโยชน์", by=planner)


def _answer(session: Session, consultation_id: int, planner: User, head: User) -> None:
    """Draft an answer to all but the smallest topics from what the links show, and publish all but two."""
    consultation = session.get_one(Consultation, consultation_id)
    if consultation.plan is None:
        raise ValueError("the demo round has a plan")
    figures = alignment.figures(session, consultation.plan, consultation)
    agency = session.exec(select(Organization).where(Organization.name_th == AGENCY)).one()
    drafted: list[Response] = []
    for number, figure in enumerate(sorted(figures.topics, key=lambda one: -one.needs)):
        if number >= len(figures.topics) - 3:
            break
        activities = _activities(session, figure.topic.id)
        drafted.append(_draft(session, figure, activities, number, planner, agency))
    for response in drafted[:-2]:
        if response.status is ResponseStatus.DRAFT:
            responses.publish(session, response, by=head)


def _activities(session: Session, topic_id: int) -> list[Activity]:
    """Return the activities confirmed for a topic or for its needs, the strongest first."""
    needs_of = topics.member_ids(session, session.get_one(Topic, topic_id))
    found = session.exec(
        select(Activity)
        .join(DemandLink, col(DemandLink.activity_id) == col(Activity.id))
        .where(
            DemandLink.status == LinkStatus.CONFIRMED,
            (col(DemandLink.topic_id) == topic_id) | col(DemandLink.need_id).in_(needs_of),
        )
        .order_by(col(DemandLink.strength).desc(), col(DemandLink.probability).desc())
    ).all()
    return list({activity.id: activity for activity in found}.values())


NO_ANSWER: tuple[tuple[Decision, ReasonCode | None, LevelFit, str, str, str, str], ...] = (
    (Decision.REFERRED, None, LevelFit.MINISTRY,
     "เรื่องนี้ต้องใช้งบและอำนาจของกรม กลุ่มจังหวัดทำเองไม่ได้ จึงส่งต่อพร้อมรายชื่อจุดและจำนวนครัวเรือนที่เดือดร้อน",
     "This needs a department's money and authority; we pass it on with the places and households concerned.",
     "ติดตามคำตอบจากหน่วยงาน แล้วแจ้งกลับทุกคนที่ส่งเรื่อง",
     "We ask for the department's answer and tell everyone who sent a need."),
    (Decision.DEFERRED, None, LevelFit.PROVINCE,
     "ปีนี้งบไม่พอ และหลายจุดยังไม่มีแบบก่อสร้าง ขอเก็บไว้พิจารณารอบหน้าเป็นลำดับแรก",
     "There is not enough money this year and many places have no design yet; it comes first in the next round.",
     "ให้อำเภอช่วยสำรวจและทำแบบให้พร้อมก่อนเปิดรอบหน้า",
     "Districts survey and prepare designs before the next round opens."),
    (Decision.NOT_INCLUDED, ReasonCode.NOT_OURS, LevelFit.LOCAL,
     "เรื่องนี้เป็นงานในหมู่บ้านหรือตำบลเดียว ระเบียบให้ใช้งบกลุ่มจังหวัดเฉพาะเรื่องที่ได้ประโยชน์มากกว่าหนึ่งจังหวัด",
     "This lies within one village or subdistrict; the cluster's money may only serve more than one province.",
     "ส่งรายการให้ อบต. และเทศบาลใช้ทำแผนท้องถิ่น",
     "The list goes to local governments for their own plans."),
)  # fmt: skip


def _draft(
    session: Session,
    figure: alignment.TopicFigure,
    activities: list[Activity],
    number: int,
    planner: User,
    agency: Organization,
) -> Response:
    due: date = today() + timedelta(days=60)
    if activities and figure.share > 0:
        is_full = figure.share >= 0.5
        named = " และ ".join(f"“{activity.title}”" for activity in activities[:2])
        return responses.draft(
            session,
            figure.topic,
            by=planner,
            decision=Decision.INCLUDED if is_full else Decision.PARTLY,
            reason=(
                f"ร่างแผนมีกิจกรรม {named} ตอบเรื่องนี้แล้ว"
                if is_full
                else f"ร่างแผนทำได้บางจุดก่อน คือ {named} จุดอื่นยังต้องสำรวจและหางบเพิ่ม"
            ),
            reason_en=(
                "The draft plan answers this with the activities named."
                if is_full
                else "The draft plan answers this in some places first; the others still need a survey and money."
            ),
            project=activities[0].project,
            next_step="เสนอคณะกรรมการกลุ่มจังหวัดพิจารณา แล้วแจ้งผลกลับ",
            next_step_en="The cluster committee considers it; we report back.",
            next_step_on=due,
            level_fit=LevelFit.CLUSTER,
        )
    decision, code, level, reason, reason_en, step, step_en = NO_ANSWER[number % len(NO_ANSWER)]
    return responses.draft(
        session,
        figure.topic,
        by=planner,
        decision=decision,
        reason_code=code,
        reason=reason,
        reason_en=reason_en,
        owner=agency if decision is Decision.REFERRED else None,
        next_step=step,
        next_step_en=step_en,
        next_step_on=due,
        level_fit=level,
    )
