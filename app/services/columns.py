"""What a column can hold: its names in the wild, and how a cell becomes a value or a problem."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache, partial
from typing import Any, TypedDict, TypeVar

from app.i18n import LOCALES, N_, Labelled, _, arabic_digits, parse_baht, parse_date, translations
from app.models import (
    AgentType,
    BehalfOf,
    Category,
    Consent,
    FundingSource,
    LevelFit,
    Orientation,
    PlanSector,
    Sector,
    Urgency,
    ValueChainStage,
    WorkType,
)

MAX_TEXT = 10_000
MAX_HOUSEHOLDS = 100_000
MILLION, THOUSAND = "ล้านบาท", "พันบาท"


class Problem(TypedDict, total=False):
    """What is wrong with one row and what to do; ``message`` is a msgid, put into words by :func:`explain`."""

    row: int
    column: str
    value: str
    message: str
    near: list[str]
    is_warning: bool


def explain(problem: Problem) -> str:
    """Say what to do about a problem, in the reader's language."""
    words = _(problem["message"])
    near = problem.get("near")
    return words + " " + _("ใกล้เคียง: {names}").format(names=", ".join(near)) if near else words


class BadCell(Exception):
    """A cell that cannot be used; the message is a msgid."""


Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Field:
    """One thing a column can hold. ``names`` are headers seen in the wild, written in any case and spacing."""

    name: str
    label: str
    names: tuple[str, ...] = ()
    read: Reader = field(default=str, repr=False)


def text(limit: int, cell: str) -> str:
    if len(cell) > limit:
        raise BadCell(N_("ข้อความยาวเกินไป กรุณาย่อ หรือแยกเป็นหลายแถว"))
    return cell


def whole_number(limit: int, cell: str) -> int:
    digits = re.sub(r"[,\s]|ครัวเรือน|หลังคาเรือน|คน", "", arabic_digits(cell))
    if not digits.isdigit():
        raise BadCell(N_("กรุณากรอกเป็นตัวเลขจำนวนเต็ม"))
    if int(digits) > limit:
        raise BadCell(N_("ตัวเลขมากเกินจริง กรุณาตรวจอีกครั้ง"))
    return int(digits)


def day(cell: str) -> date:
    try:
        return parse_date(cell.split(" ")[0])
    except ValueError:
        raise BadCell(N_("กรุณากรอกวันที่ เช่น 22/11/2569")) from None


def fiscal_year(cell: str) -> int:
    digits = re.sub(r"\D", "", arabic_digits(cell))
    year = int(digits) if len(digits) == 4 else 0
    year += 543 if 1950 < year < 2400 else 0
    if not 2500 <= year <= 2700:
        raise BadCell(N_("กรุณากรอกปีงบประมาณเป็น พ.ศ. เช่น 2569"))
    return year


def satang(cell: str) -> int:
    try:
        return parse_baht(cell)
    except ValueError:
        raise BadCell(N_("กรุณากรอกเงินเป็นบาท เช่น 1,250,000 หรือ 1250000.50")) from None


Kind = TypeVar("Kind", bound=StrEnum)


@cache
def _spellings(kind: type[Labelled]) -> dict[str, Labelled]:
    """Return every way to write the members of an enum: the value, and the label in each language."""
    return {
        key_of(written): member
        for member in kind
        for written in (member.value, *(translations(locale).gettext(member.label) for locale in LOCALES))
    }


def choice(kind: type[Labelled], more: Mapping[str, Labelled], cell: str) -> Labelled:
    """Return the member a cell names. ``more`` holds words that, found anywhere in the cell, mean a member."""
    written = key_of(cell)
    found = _spellings(kind).get(written) or next((member for part, member in more.items() if part in written), None)
    if found is None:
        raise BadCell(N_("ไม่รู้จักค่านี้ กรุณาใช้คำจากรายการของระบบ"))
    return found


def choice_or_none(kind: type[Labelled], more: Mapping[str, Labelled], cell: str) -> Labelled | None:
    """Like :func:`choice`, for a column that is only a hint."""
    try:
        return choice(kind, more, cell)
    except BadCell:
        return None


# The theme codes of coded needs, as the kind of need a person would have ticked.
THEMES: dict[str, Labelled] = {
    "t01": Category.INFRASTRUCTURE, "t02": Category.WATER, "t03": Category.INFRASTRUCTURE, "t04": Category.WATER,
    "t05": Category.ENVIRONMENT, "t06": Category.ENVIRONMENT, "t07": Category.ENVIRONMENT,
    "t08": Category.INFRASTRUCTURE, "t09": Category.LIVELIHOOD, "t10": Category.LIVELIHOOD, "t11": Category.LIVELIHOOD,
    "t12": Category.LIVELIHOOD, "t13": Category.LIVELIHOOD, "t14": Category.LIVELIHOOD, "t15": Category.LIVELIHOOD,
    "t16": Category.QUALITY_OF_LIFE, "t17": Category.HEALTH, "t18": Category.EDUCATION_CULTURE,
    "t19": Category.ADMINISTRATION, "t20": Category.LIVELIHOOD, "t21": Category.EDUCATION_CULTURE,
    "t22": Category.ADMINISTRATION, "t23": Category.ENVIRONMENT, "t24": Category.OTHER,
}  # fmt: skip
# Words of the six official sectors (ด้าน) as budget documents vary them; the first that fits counts.
SECTORS: dict[str, Labelled] = {
    "บริหารจัดการ": PlanSector.MANAGEMENT, "เกษตร": PlanSector.AGRICULTURE, "ท่องเที่ยว": PlanSector.TOURISM,
    "อุตสาหกรรม": PlanSector.TRADE, "การค้า": PlanSector.TRADE, "ทรัพยากร": PlanSector.ENVIRONMENT,
    "สิ่งแวดล้อม": PlanSector.ENVIRONMENT, "สังคม": PlanSector.SOCIAL, "คุณภาพชีวิต": PlanSector.SOCIAL,
    "มั่นคง": PlanSector.SECURITY,
}  # fmt: skip
# Words of the budget's own classes of spending (หมวดรายจ่าย) that say what is built or bought.
WORK_TYPES: dict[str, Labelled] = {
    "ทางและสะพาน": WorkType.ROAD, "ทางชนบท": WorkType.ROAD, "แหล่งน้ำ": WorkType.WATER, "แหล่งนำ": WorkType.WATER,
    "อาคาร": WorkType.BUILDING, "ครุภัณ": WorkType.EQUIPMENT,
}  # fmt: skip
SOURCES: dict[str, Labelled] = {
    "กลุ่มจังหวัด": FundingSource.CLUSTER, "จังหวัด": FundingSource.PROVINCE, "กระทรวง": FundingSource.MINISTRY,
    "กรม": FundingSource.MINISTRY, "ท้องถิ่น": FundingSource.LOCAL, "เทศบาล": FundingSource.LOCAL,
    "อบต": FundingSource.LOCAL, "อบจ": FundingSource.LOCAL, "เอกชน": FundingSource.PRIVATE,
}  # fmt: skip
NONE: dict[str, Labelled] = {}

PLACE_FIELDS = (
    Field("area_code", N_("รหัสพื้นที่"), ("areacode", "code", "muban_code", "tambon_code", "รหัสหมู่บ้าน", "รหัสตำบล")),
    Field("province", N_("จังหวัด"), ("province", "changwat", "provinceintext")),
    Field("district", N_("อำเภอ"), ("district", "amphoe", "เขต")),
    Field("subdistrict", N_("ตำบล"), ("subdistrict", "tambon", "แขวง")),
    Field("village", N_("หมู่บ้าน"), ("village", "muban", "moo", "หมู่", "หมู่ที่", "บ้าน")),
    Field("place", N_("พื้นที่ (ข้อความเดียว)"), ("place", "area", "location", "สถานที่", "ที่ตั้ง", "พื้นที่", "พื้นที่ดำเนินการ")),
)
PLACE_NAMES = tuple(one.name for one in PLACE_FIELDS)

NEED_FIELDS = (
    Field("source_id", N_("รหัสรายการในไฟล์"), ("need_id", "id", "ref", "รหัส", "เลขที่", "เลขที่เรื่อง"), partial(text, 120)),
    Field(
        "problem", N_("ปัญหาหรือความต้องการ"),
        ("problem", "text", "need", "needs", "ปัญหา", "ความต้องการ", "ปัญหา/ความต้องการ", "ปัญหาและความต้องการ", "รายละเอียด",
         "name", "ชื่อโครงการที่เสนอ"), partial(text, MAX_TEXT),
    ),
    Field("cause", N_("สาเหตุ"), ("cause",), partial(text, MAX_TEXT)),
    Field("wish", N_("สิ่งที่อยากได้"), ("wish", "solution", "แนวทางแก้ไข", "ข้อเสนอ", "ข้อเสนอแนะ"), partial(text, MAX_TEXT)),
    Field("ask_for", N_("สิ่งที่ขอรับการสนับสนุน"), ("ask_for", "request", "ขอรับการสนับสนุน"), partial(text, MAX_TEXT)),
    Field("category", N_("ประเภท"), ("category", "theme", "ด้าน", "หมวด"), partial(choice, Category, THEMES)),
    *PLACE_FIELDS,
    Field("place_note", N_("จุดที่เกิดเรื่อง"), ("spot",), partial(text, 100)),
    Field("households", N_("จำนวนครัวเรือนที่เดือดร้อน"), ("households", "ครัวเรือน", "จำนวนครัวเรือน"),
          partial(whole_number, MAX_HOUSEHOLDS)),
    Field("urgency", N_("ความเร่งด่วน"), ("urgency", "ความเร่งด่วน"), partial(choice, Urgency, NONE)),
    Field("product", N_("สินค้าหรือผลผลิต"), ("product", "สินค้า", "ผลผลิต"), partial(text, 80)),
    Field("value_chain_stage", N_("ขั้นของห่วงโซ่สินค้า"), ("value_chain_stage", "ห่วงโซ่"),
          partial(choice, ValueChainStage, NONE)),
    Field("level_fit", N_("ระดับที่ทำได้"), ("level_fit", "ระดับ"), partial(choice, LevelFit, NONE)),
    Field("author_name", N_("ชื่อผู้เสนอ"), ("author", "author_name", "ชื่อ", "ผู้เสนอ", "ชื่อ-สกุล"), partial(text, 120)),
    Field("agent_type", N_("ตำแหน่งผู้เสนอ"), ("agent_type", "ตำแหน่ง"), partial(choice, AgentType, NONE)),
    Field("author_organization", N_("หน่วยงานหรือกลุ่มของผู้เสนอ"), ("organization", "หน่วยงาน", "องค์กร", "กลุ่ม"),
          partial(text, 200)),
    Field("author_sector", N_("ภาคส่วนของผู้เสนอ"), ("sector", "ภาคส่วน"), partial(choice, Sector, NONE)),
    Field("date", N_("วันที่เสนอ"), ("date", "วันที่"), day),
    Field("behalf_of", N_("เป็นเรื่องของ"), ("ในนาม",), partial(choice, BehalfOf, NONE)),
    Field("behalf_name", N_("ชื่อหมู่บ้านหรือกลุ่ม"), (), partial(text, 120)),
    Field("do_ourselves", N_("ทำเองได้"), ("ทำเอง",), partial(text, MAX_TEXT)),
    Field("do_together", N_("ร่วมทำได้"), ("ทำร่วม",), partial(text, MAX_TEXT)),
    Field("consent", N_("ความยินยอม"), (), partial(choice, Consent, NONE)),
    Field("paper_no", N_("เลขที่แบบกระดาษ"), (), partial(text, 20)),
    Field("cluster", N_("กลุ่มจังหวัด"), ("cluster",)),
    Field("kind", N_("ชนิดของรายการ (ข้อเสนอ หรือโครงการ)"), ("kind",)),
)  # fmt: skip

PLAN_FIELDS = (
    Field("cluster", N_("กลุ่มจังหวัด"), ("cluster",)),
    Field("unit", N_("หน่วยงานเจ้าของงบ"), ("unit", "agency", "หน่วยงาน", "หน่วยงานเจ้าของโครงการ", "หน่วยงานดำเนินการ"),
          partial(text, 200)),
    Field("issue", N_("ประเด็นการพัฒนา"), ("issue", "ประเด็น", "ยุทธศาสตร์"), partial(text, 300)),
    Field("project_code", N_("รหัสโครงการ"), ("project_id", "id", "project_code"), partial(text, 40)),
    Field("project_title", N_("ชื่อโครงการ"), ("project", "title", "name", "โครงการ", "project_title"),
          partial(text, 2000)),
    Field("activity_code", N_("รหัสกิจกรรม"), ("item_id", "activity_id", "activity_code"), partial(text, 40)),
    Field("activity_title", N_("กิจกรรมหรือรายการ"), ("item", "activity", "กิจกรรม", "รายการ", "กิจกรรมหลัก"),
          partial(text, 2000)),
    Field("sector", N_("ด้านของโครงการ"), ("theme", "sector", "ด้าน"), partial(choice_or_none, PlanSector, SECTORS)),
    Field("work_type", N_("ประเภทงาน"), ("work_type", "cat4"), partial(choice_or_none, WorkType, WORK_TYPES)),
    Field("orientation", N_("เชิงรับ เชิงป้องกัน หรือเชิงรุก"), ("orientation",), partial(choice, Orientation, NONE)),
    Field("product", N_("สินค้าหรือผลผลิต"), ("product", "สินค้า"), partial(text, 80)),
    Field("value_chain_stage", N_("ขั้นของห่วงโซ่สินค้า"), ("value_chain_stage",), partial(choice, ValueChainStage, NONE)),
    Field("quantity", N_("ปริมาณงาน"), ("quantity", "จำนวน", "เป้าหมาย"), partial(text, 80)),
    Field("requested", N_("งบที่ขอ (บาท)"),
          ("amount_baht", "budget_baht", "amount", "budget", "งบประมาณ", "วงเงิน", "จำนวนเงิน", "งบที่ขอ"), satang),
    Field("approved", N_("งบที่ได้รับ (บาท)"), ("approved", "approved_baht", "งบที่ได้รับ", "งบที่อนุมัติ"), satang),
    Field("source", N_("แหล่งงบ"), ("level", "funding_source", "แหล่งเงิน"), partial(choice, FundingSource, SOURCES)),
    Field("fiscal_year", N_("ปีงบประมาณ"), ("fiscal_year", "ปีงบ", "fy"), fiscal_year),
    Field("home_code", N_("รหัสจังหวัดเจ้าของงบ"), ("province_code",)),
    *PLACE_FIELDS,
    Field("kind", N_("ชนิดของรายการ (ข้อเสนอ หรือโครงการ)"), ("kind",)),
)  # fmt: skip

# Of each group at least one must be in the file.
NEEDED = {
    "needs": (("problem",), ("province", "district", "subdistrict", "area_code", "place")),
    "plan": (("project_title", "activity_title"),),
}
FIELDS: dict[str, tuple[Field, ...]] = {"needs": NEED_FIELDS, "plan": PLAN_FIELDS}


def key_of(written: str) -> str:
    """Return a name so that case, spaces, underscores and a unit in brackets do not matter."""
    return re.sub(r"\(.*?\)|[\s_\-.:*]", "", written).casefold()


@cache
def known_names(kind: str) -> dict[str, str]:
    """Return every header we know for one kind of file, and the field it means."""
    names: dict[str, str] = {}
    for one in FIELDS[kind]:
        labels = (translations(locale).gettext(one.label) for locale in LOCALES)
        for written in (one.name, *one.names, *labels):
            names.setdefault(key_of(written), one.name)
    return names


def is_known(kind: str, header: str) -> bool:
    return key_of(header) in known_names(kind)


def guess(kind: str, header: Sequence[str]) -> dict[str, str]:
    """Map the headers we know: field → header. The first header that means a field has it."""
    mapping: dict[str, str] = {}
    for written in header:
        name = known_names(kind).get(key_of(written))
        if name:
            mapping.setdefault(name, written)
    return mapping


def missing(kind: str, mapping: Mapping[str, str]) -> list[Field]:
    """Return the fields without which the file cannot be used."""
    by_name = {one.name: one for one in FIELDS[kind]}
    return [by_name[group[0]] for group in NEEDED[kind] if not any(name in mapping for name in group)]


def unit_of(header: str) -> int:
    """Return how many baht one unit of a money column is, by its header."""
    return 1_000_000 if MILLION in header else 1_000 if THOUSAND in header else 1


class Cells:
    """Reads the mapped cells of a row; what cannot be read becomes a problem of that row."""

    def __init__(self, kind: str, header: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.width = len(header)
        self._columns = [
            (one, mapping[one.name], header.index(mapping[one.name]))
            for one in FIELDS[kind]
            if mapping.get(one.name) in header
        ]
        self.header = dict(mapping)

    def read(self, number: int, cells: Sequence[str]) -> tuple[dict[str, Any], list[Problem]]:
        """Return the values of a row by field, without the empty ones, and its problems."""
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        if any(cells[self.width :]):
            problems.append(
                Problem(
                    row=number, column="", value="", message=N_("แถวนี้มีช่องเกินหัวตาราง มักเกิดจากเครื่องหมายจุลภาคในข้อความ")
                )
            )
        for one, header, place in self._columns:
            cell = cells[place]
            if not cell:
                continue
            try:
                value = one.read(cell)
            except BadCell as error:
                problems.append(Problem(row=number, column=header, value=cell[:80], message=str(error)))
                continue
            values[one.name] = value * unit_of(header) if one.read is satang else value
        return values, problems

    def problem(self, number: int, name: str, value: str, message: str, *, near: Sequence[str] = ()) -> Problem:
        """Describe what is wrong in the column that holds a field."""
        return Problem(row=number, column=self.header.get(name, ""), value=value[:80], message=message, near=list(near))


@dataclass
class Row:
    """One row of a file: what it would add, or why it adds nothing."""

    number: int
    cells: list[str]
    values: dict[str, Any]
    problems: list[Problem]
    key: str = ""
    is_left_out: bool = False
    is_same: bool = False

    @property
    def is_bad(self) -> bool:
        return any(not problem.get("is_warning") for problem in self.problems)

    @property
    def is_new(self) -> bool:
        return not (self.is_bad or self.is_left_out or self.is_same)
