"""The people of the tests. They are in the template database, so every test has them.

สมชาย and มาลี are change agents of two districts of อ่างทอง, who must not see each other's drafts. Each of the others
holds one office; กมล plans for another provincial cluster. The public has no account: it is ``None``.
"""

from sqlmodel import Session, select

from app.models import AgentType, Organization, Role, Sector, User
from app.security import hash_password

PASSWORD = "ข้าวหอมมะลิ-2569"
ANG_THONG = "15"
CHAIYO, PHO_THONG = "1502", "1504"
CHAIYO_SUBDISTRICT, PHO_THONG_SUBDISTRICT = "150201", "150401"
CLUSTER, OTHER_CLUSTER = "central-upper", "north-lower-1"


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
    """Write the cast; they share one password, hashed once. The places are reference data, which migrating brought."""
    password_hash = hash_password(PASSWORD)
    for person in people():
        person.password_hash = password_hash
        session.add(person)
