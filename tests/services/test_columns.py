"""Cells become values, or problems that say what to do."""

from datetime import date

import pytest

from app.models import Category, FundingSource, LevelFit, PlanSector, Urgency, ValueChainStage, WorkType
from app.services import columns
from app.services.columns import Cells


def read(kind: str, header: str, cell: str) -> object:
    mapping = columns.guess(kind, [header])
    values, problems = Cells(kind, [header], mapping).read(2, [cell])
    return problems[0]["message"] if problems else next(iter(values.values()), None)


@pytest.mark.parametrize(
    ("kind", "header", "cell", "value"),
    [
        ("needs", "จำนวนครัวเรือน", "๑,๒๐๐ ครัวเรือน", 1200),
        ("needs", "urgency", "เร่งด่วนมาก", Urgency.VERY_URGENT),
        ("needs", "urgency", "very_urgent", Urgency.VERY_URGENT),
        ("needs", "ห่วงโซ่", "ปลายทาง", ValueChainStage.MARKETING),
        ("needs", "level_fit", "lao", LevelFit.LOCAL),
        ("needs", "theme", "T04", Category.WATER),
        ("needs", "วันที่", "22/11/2569", date(2026, 11, 22)),
        ("plan", "งบประมาณ (บาท)", "1,250,000.50", 125_000_050),
        ("plan", "งบประมาณ (ล้านบาท)", "1.25", 125_000_000),
        ("plan", "วงเงิน", "1.5 ล้านบาท", 150_000_000),
        ("plan", "ปีงบประมาณ", "ปี ๒๕๖๙", 2569),
        ("plan", "ด้าน", "อุตสาหกรรม การค้า การลงทุน โลจิสติกส์", PlanSector.TRADE),
        ("plan", "cat4", "ค่าปรับปรุงทางและสะพาน", WorkType.ROAD),
        ("plan", "cat4", "ค่าก่อสร้างอื่นๆ", None),
        ("plan", "level", "cluster", FundingSource.CLUSTER),
        ("plan", "แหล่งงบ", "กรมทรัพยากรน้ำ", FundingSource.MINISTRY),
    ],
)
def test_a_cell_becomes_its_value(kind: str, header: str, cell: str, value: object) -> None:
    assert read(kind, header, cell) == value


@pytest.mark.parametrize(
    ("kind", "header", "cell", "says"),
    [
        ("needs", "households", "หลายสิบ", "ตัวเลข"),
        ("needs", "households", "9999999", "มากเกินจริง"),
        ("needs", "urgency", "ด่วนจี๋", "ไม่รู้จักค่านี้"),
        ("needs", "text", "ย" * 100_000, "ยาวเกินไป"),
        ("needs", "date", "32/13/2569", "วันที่"),
        ("plan", "amount_baht", "1,5", "บาท"),
        ("plan", "amount_baht", "-100", "บาท"),
        ("plan", "amount_baht", "10.005", "บาท"),
        ("plan", "fiscal_year", "69", "พ.ศ."),
    ],
)
def test_a_bad_cell_says_what_to_do(kind: str, header: str, cell: str, says: str) -> None:
    assert says in str(read(kind, header, cell))


def test_a_row_with_more_cells_than_the_header_is_pointed_out() -> None:
    _values, problems = Cells("needs", ["text"], {"problem": "text"}).read(7, ["น้ำท่วม", "บ้าน"])
    assert [(one["row"], one["message"][:20]) for one in problems] == [(7, "แถวนี้มีช่องเกินหัวต")]


def test_what_is_missing_is_named() -> None:
    assert [one.name for one in columns.missing("needs", {"cause": "x"})] == ["problem", "province"]
    assert columns.missing("plan", {"activity_title": "item"}) == []


def test_every_name_means_one_field() -> None:
    for kind, fields in columns.FIELDS.items():
        keys = [columns.key_of(name) for one in fields for name in {columns.key_of(n) for n in (one.name, *one.names)}]
        assert sorted(set(keys)) == sorted(keys), kind
