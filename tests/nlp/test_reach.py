"""Where a title's work reaches, and how a need's own area stands to it."""

from __future__ import annotations

import pytest

from nlp.reach import Reach, reach_of, site_of

BANK = "เขื่อนป้องกันตลิ่ง หมู่ที่ 3 ตำบลโรงช้าง อำเภอพรหมบุรี จังหวัดสิงห์บุรี"


@pytest.mark.parametrize(
    ("title", "province", "need", "reach"),
    [
        (BANK, "", ("สิงห์บุรี", "พรหมบุรี", "โรงช้าง"), Reach.SUBDISTRICT),
        (BANK, "", ("สิงห์บุรี", "พรหมบุรี", "บ้านแป้ง"), Reach.DISTRICT_OTHER_SUBDISTRICT),
        (BANK, "", ("สิงห์บุรี", "อินทร์บุรี", "ประศุก"), Reach.PROVINCE_OTHER_DISTRICT),
        (BANK, "", ("ลพบุรี", "ท่าวุ้ง", "บางงา"), Reach.ELSEWHERE),
        ("ซ่อมถนน อำเภอพรหมบุรี จังหวัดสิงห์บุรี", "", ("สิงห์บุรี", "พรหมบุรี", "โรงช้าง"), Reach.DISTRICT),
        ("ส่งเสริมการเกษตร จังหวัดสิงห์บุรี", "", ("สิงห์บุรี", "พรหมบุรี", "โรงช้าง"), Reach.PROVINCE),
        ("ส่งเสริมการเกษตร", "จังหวัดสิงห์บุรี", ("สิงห์บุรี", "พรหมบุรี", "โรงช้าง"), Reach.PROVINCE),
        ("ส่งเสริมการเกษตร", "กลุ่มจังหวัดภาคกลางตอนบน", ("สิงห์บุรี", "พรหมบุรี", "โรงช้าง"), Reach.CLUSTER),
        ("ส่งเสริมการเกษตร จังหวัดสิงห์บุรี", "", ("", "", ""), Reach.CLUSTER),
        ("โครงการก่อสร้างฝายคลองบางริ้น", "จังหวัดระนอง", ("ระนอง", "เมืองระนอง", "บางริ้น"), Reach.SUBDISTRICT),
        ("โรงพยาบาลเหนือคลอง", "จังหวัดกระบี่", ("กระบี่", "เหนือคลอง", "โคกยาง"), Reach.DISTRICT),
        ("โรงพยาบาลเหนือคลอง", "จังหวัดกระบี่", ("กระบี่", "อ่าวลึก", "แหลมสัก"), Reach.PROVINCE_OTHER_DISTRICT),
        ("ทางหลวง 4006 ตอน ราชกรูด - หลังสวน", "จังหวัดระนอง", ("ระนอง", "ละอุ่น", "บางแก้ว"), Reach.PROVINCE_OTHER_DISTRICT),
        ("บำบัดน้ำเสียเทศบาลนคร นครราชสีมา", "จังหวัดนครราชสีมา", ("นครราชสีมา", "คง", "คูขาด"), Reach.PROVINCE_OTHER_DISTRICT),
        ("ส่งเสริมการเกษตร จังหวัดพระนครศรีอยุธยา", "", ("พระนครศรีอยุธยา", "ภาชี", "ภาชี"), Reach.PROVINCE),
    ],
)
def test_reach(title: str, province: str, need: tuple[str, str, str], reach: Reach) -> None:
    assert reach_of(site_of(title, province), *need) is reach


def test_slips_of_the_scanner_are_forgiven() -> None:
    site = site_of("ติดตั้งไฟฟ้า ตำบสายทอง อำเภอป่าโมด จังหวัดอ่างทอง")
    assert (site.subdistricts, site.districts) == ({"สายทอง"}, {"ป่าโมก"})


def test_the_title_comes_before_the_column_beside_it() -> None:
    site = site_of("ซ่อมถนน ตำบลศาลายา อำเภอพุทธมณฑล จังหวัดนครปฐม", "จังหวัดอ่างทอง")
    assert site.provinces == {"นครปฐม"}


def test_capital_district_is_found_by_its_short_name() -> None:
    assert site_of("ปรับปรุงท่าเรือ ตำบลปากน้ำ อำเภอเมือง จังหวัดระนอง").districts == {"เมืองระนอง"}


def test_a_title_without_a_province_is_looked_for_in_those_of_its_plan() -> None:
    title = "ฟื้นฟูทางหลวงหมายเลข 4 ตอน บางสัก - ท้ายเหมือง"
    assert site_of(title).provinces == frozenset()
    assert site_of(title, homes=("ตรัง", "พังงา")) == site_of(title, "จังหวัดพังงา")
