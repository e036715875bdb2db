"""An assembly (ประชาคม): one meeting of a village, what it asked for, and how the villagers ranked it."""

from datetime import date, datetime

from sqlalchemy import JSON, Column
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.areas import Area
from app.models.consultations import Consultation
from app.models.users import Sector, User


class RankedBy(Labelled):
    VOTES = "votes", N_("นับคะแนน")
    ORDER = "order", N_("เรียงอันดับ")


class Assembly(SQLModel, table=True):
    """Its items become needs when it is sent; from then on nothing in it changes."""

    id: int = Field(default=None, primary_key=True)
    client_uuid: str = Field(unique=True, max_length=36)
    consultation_id: int = Field(foreign_key="consultation.id", index=True)
    area_code: str = Field(foreign_key="area.code", index=True)
    village: str = Field(default="", max_length=120)
    place: str = Field(default="", max_length=200)
    held_on: date
    chair: str = Field(max_length=120)
    chair_id: int | None = Field(default=None, foreign_key="user.id")
    women: int = 0
    men: int = 0
    others: int = 0
    sectors: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    minutes: str = ""
    ranked_by: RankedBy = Field(default=RankedBy.VOTES, sa_type=choice(RankedBy))
    sheet_file: str = Field(default="", max_length=80)
    item_count: int = 0
    created_by_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    consultation: Consultation = Relationship()
    area: Area = Relationship()
    created_by: User = Relationship(sa_relationship_kwargs={"foreign_keys": "Assembly.created_by_id"})
    chaired_by: User | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Assembly.chair_id"})
    items: list["AssemblyItem"] = Relationship(sa_relationship_kwargs={"order_by": "AssemblyItem.id"})

    @property
    def attendance(self) -> int:
        return self.women + self.men + self.others

    @property
    def is_sent(self) -> bool:
        return self.sent_at is not None

    @property
    def by_sector(self) -> list[tuple[Sector, int]]:
        return [(sector, self.sectors[sector]) for sector in Sector if self.sectors.get(sector)]


class AssemblyItem(SQLModel, table=True):
    """One thing the villagers asked for, as it was written down.

    ``count`` is its votes, or its place as typed; ``rank`` 1 is what they want first, and ties share one.
    """

    id: int = Field(default=None, primary_key=True)
    assembly_id: int = Field(foreign_key="assembly.id", index=True)
    client_uuid: str = Field(unique=True, max_length=36)
    answers: dict[str, object] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    count: int | None = None
    rank: int | None = None
    need_id: int | None = Field(default=None, foreign_key="need.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
