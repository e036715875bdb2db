"""Areas: one tree of official codes (2, 4, 6 and 8 digits), and the 18 provincial clusters."""

from sqlmodel import Field, SQLModel

from app.database import choice
from app.i18n import N_, Labelled


class AreaLevel(Labelled):
    PROVINCE = "province", N_("จังหวัด")
    DISTRICT = "district", N_("อำเภอ")
    SUBDISTRICT = "subdistrict", N_("ตำบล")
    VILLAGE = "village", N_("หมู่บ้าน")


class ProvincialCluster(SQLModel, table=True):
    """กลุ่มจังหวัด: the only thing the code calls a cluster. ``number`` is that of its inspection zone."""

    code: str = Field(primary_key=True, max_length=40)
    number: int = Field(unique=True)
    name_th: str
    name_en: str
    region: str = Field(max_length=20)
    centre_code: str = Field(max_length=2)
    position_th: str = ""
    position_en: str = ""


class Area(SQLModel, table=True):
    """A code starts with its parent's code, so everything under an area is found by prefix.

    ``full_*`` is the name with the areas around it, ``search`` the same without marks of level, in small letters.
    """

    code: str = Field(primary_key=True, max_length=8)
    level: AreaLevel = Field(sa_type=choice(AreaLevel))
    name_th: str = Field(index=True)
    name_en: str = ""
    parent_code: str | None = Field(default=None, foreign_key="area.code", index=True)
    cluster_code: str | None = Field(default=None, foreign_key="provincialcluster.code", index=True)
    full_th: str = ""
    full_en: str = ""
    search: str = ""
    households: int | None = None
    population: int | None = None
