"""The people of the tests. They are in the template database, so every test has them.

สมชาย and มาลี are change agents of two districts of อ่างทอง, who must not see each other's drafts. Each of the others
holds one office; กมล plans for another provincial cluster. The public has no account: it is ``None``.
"""

import geothai
from sqlmodel import Session, select

from app.models import AgentType, Area, AreaLevel, Organization, ProvincialCluster, Role, Sector, User
from app.security import hash_password

PASSWORD = "ข้าวหอมมะลิ-2569"
ANG_THONG = "15"
CHAIYO, PHO_THONG = "1502", "1504"
CHAIYO_SUBDISTRICT, PHO_THONG_SUBDISTRICT = "150201", "150401"
CLUSTER, OTHER_CLUSTER = "central_upper", "north_lower_1"
CLUSTERS = (
    ProvincialCluster(
        code=CLUSTER, number=1, name_th="กลุ่มจังหวัดภาคกลางตอนบน", name_en="Upper Central", region="central",
        centre_code="14", inspection_zone=1,
    ),
    ProvincialCluster(
        code=OTHER_CLUSTER, number=2, name_th="กลุ่มจังหวัดภาคเหนือตอนล่าง 1", name_en="Lower Northern 1",
        region="north", centre_code="65", inspection_zone=17,
    ),
)  # fmt: skip
PROVINCES = {CLUSTER: ("14", "15", "16", "17", "18", "19"), OTHER_CLUSTER: ("53", "63", "64", "65", "67")}


class Cast:
    """The people as records of one session: ``cast.somchai``, ``cast.malee`` and so on."""

    public = None

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> User:
        found = self._session.exec(select(User).where(User.username == name)).one_or_none()
        if found is None:
            raise AttributeError(f"nobody in the cast is called {name}")
        return found


def people() -> list[User]:
    agency = Organization(name_th="โครงการชลประทานอ่างทอง", name_en="Ang Thong Irrigation Project")
    return [
        User(username="somchai", phone="+66811111111", display_name="สมชาย ใจดี", role=Role.CHANGE_AGENT,
             agent_type=AgentType.VILLAGE_HEAD, sector=Sector.PEOPLE, area_code=CHAIYO_SUBDISTRICT),
        User(username="malee", phone="+66822222222", display_name="มาลี สุขเกษม", role=Role.CHANGE_AGENT,
             agent_type=AgentType.LOCAL_SAGE, sector=Sector.PEOPLE, area_code=PHO_THONG_SUBDISTRICT),
        User(username="wipha", display_name="วิภา ศรีทอง", role=Role.DISTRICT_VERIFIER,
             agent_type=AgentType.DISTRICT_CHIEF, sector=Sector.STATE, area_code=CHAIYO),
        User(username="surachai", display_name="สุรชัย มั่นคง", role=Role.PROVINCE_OFFICER, sector=Sector.STATE,
             area_code=ANG_THONG),
        User(username="preecha", display_name="ปรีชา วงศ์ไทย", role=Role.PLANNER, sector=Sector.STATE,
             cluster_code=CLUSTER),
        User(username="duangjai", display_name="ดวงใจ แสงเพชร", role=Role.OSM_HEAD, sector=Sector.STATE,
             cluster_code=CLUSTER),
        User(username="thana", display_name="ธนา ชลธาร", role=Role.AGENCY, sector=Sector.STATE, cluster_code=CLUSTER,
             organization=agency),
        User(username="arun", display_name="อรุณ เดชา", role=Role.EXECUTIVE, sector=Sector.STATE, cluster_code=CLUSTER),
        User(username="nida", display_name="นิดา พัฒน์ดี", role=Role.ADMINISTRATOR, sector=Sector.STATE),
        User(username="kamon", display_name="กมล พิษณุ", role=Role.PLANNER, sector=Sector.STATE,
             cluster_code=OTHER_CLUSTER),
    ]  # fmt: skip


def create(session: Session) -> None:
    """Write the cast and the places they come from; they share one password, hashed once."""
    session.add_all(ProvincialCluster(**cluster.model_dump()) for cluster in CLUSTERS)
    session.flush()
    for cluster_code, codes in PROVINCES.items():
        for code in codes:
            session.add_all(places(code, cluster_code))
    session.flush()
    password_hash = hash_password(PASSWORD)
    for person in people():
        person.password_hash = password_hash
        session.add(person)


def places(province_code: str, cluster_code: str) -> list[Area]:
    """Return a province with its districts and subdistricts, by their official codes."""
    province = geothai.province(province_code)
    found = [Area(code=province.code, level=AreaLevel.PROVINCE, name_th=province.name_th, name_en=province.name_en)]
    for district in geothai.districts(province_code):
        found.append(Area(code=district.code, level=AreaLevel.DISTRICT, name_th=district.name_th,
                          name_en=district.name_en, parent_code=province.code))  # fmt: skip
        found += [
            Area(code=one.code, level=AreaLevel.SUBDISTRICT, name_th=one.name_th, name_en=one.name_en,
                 parent_code=district.code)
            for one in geothai.subdistricts(district.code)
        ]  # fmt: skip
    for area in found:
        area.cluster_code = cluster_code
    return found
