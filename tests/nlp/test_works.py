"""Reading plan titles and needs as kinds of public work."""

from __future__ import annotations

import pytest

from nlp.works import ASKED, BY_CODE, CODES, WorkReader, core_of, names_in, read_title, seeds


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("ก่อสร้างเขื่อนป้องกันตลิ่งริมแม่น้ำลพบุรี หมู่ที่ 5 ตำบลขยาย อำเภอบางปะหัน จังหวัดพระนครศรีอยุธยา", ("bank.bank",)),
        ("ขุดลอกอ่างเก็บน้ำห้วยยาง ตำบลธงชัยเหนือ อำเภอปักธงชัย จังหวัดนครราชสีมา", ("store.dredge", "store.new")),
        ("งานติดตั้งราวกันอันตราย ทางหลวงหมายเลข 362", ("road.safety", "road.surface")),
        ("ค่าเบี้ยเลี้ยง ค่าเช่าที่พักและค่าพาหนะ", ()),
    ],
)
def test_title_is_read_as_kinds_of_work(title: str, kinds: tuple[str, ...]) -> None:
    assert read_title(title).kinds == kinds


def test_names_of_areas_do_not_pass_for_work() -> None:
    assert read_title("อาคารบังคับน้ำคลองหนองกรด ตำบลบ้านถนน อำเภอสวนผึ้ง จังหวัดราชบุรี").kinds == ("store.gate",)


def test_umbrella_programme_names_a_sector_and_no_work() -> None:
    work = read_title("โครงการส่งเสริมและพัฒนาภาคการเกษตร จังหวัดชัยนาท")
    assert (work.umbrella, work.sectors) == (True, ("agriculture",))


def test_title_with_a_site_is_no_umbrella() -> None:
    assert not read_title("พัฒนาแหล่งท่องเที่ยวหนองหาร หมู่ที่ 5 ตำบลธาตุเชิงชุม อำเภอเมืองสกลนคร").umbrella


def test_running_costs_buy_no_work() -> None:
    assert read_title("ค่าเบี้ยเลี้ยง ค่าเช่าที่พักและค่าพาหนะ").empty


def test_bundle_says_how_many_activities_it_holds() -> None:
    assert read_title("โครงการแก้ไขปัญหาน้ำท่วมน้ำแล้ง จำนวน 162 กิจกรรม").counted == 162


def test_core_keeps_the_work_and_drops_areas_and_measures() -> None:
    title = "โครงการขุดลอกบึงกระโตน ตำบลประทาย อำเภอประทาย จังหวัดนครราชสีมา ปริมาตรดินขุดไม่น้อยกว่า 320,000 ลูกบาศก์เมตร"
    assert core_of(title) == "ขุดลอกบึงกระโตน"


def test_both_ends_of_a_road_are_names() -> None:
    assert set(names_in("ทางหลวงหมายเลข 3222 ตอน แก่งคอย-หนองแซง")) == {"แก่งคอย", "หนองแซง"}


def test_every_seed_teaches_a_kind_that_exists_and_every_kind_has_a_seed() -> None:
    taught = {code for kinds, _sentence in seeds() for code in kinds.split("|")}
    assert taught == {*CODES, *ASKED}


@pytest.mark.parametrize(
    ("need", "kind"),
    [
        ("ถนนเข้าบ้านเป็นหลุมลึก รถวิ่งไม่ได้", "road.surface"),
        ("ตลิ่งหน้าวัดพังลงแม่น้ำทุกปี", "bank.bank"),
        ("ขอไฟส่องทางหน่อย กลางคืนมืดมาก", "road.light"),
        ("ประปาหมู่บ้านขุ่น กินไม่ได้", "tap.tap"),
    ],
)
def test_need_is_read_without_an_embedder_too(need: str, kind: str) -> None:
    scores = WorkReader().fit().score([need])[0]
    assert CODES[int(scores.argmax())] == kind


def test_kinds_have_labels_of_their_own() -> None:
    assert len({kind.label for kind in BY_CODE.values()}) == len(CODES)
