"""Places are found with or without their prefix, misspelt or shared by several areas."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import normalize
from nlp.places import Relation, gazetteer, landmarks, neighbours, relation, shared_landmarks

AYUTTHAYA = {"province": "พระนครศรีอยุธยา", "district": "เสนา", "subdistrict": "บ้านโพธิ์"}


def codes(text: str, **sender: str) -> list[str | None]:
    return [mention.code for mention in gazetteer().find(text, **sender)]


def test_a_full_address_is_read() -> None:
    assert codes("ต.บ้านแห อ.เมืองอ่างทอง จ.อ่างทอง") == ["150105", "1501", "15"]


def test_mueang_is_the_capital_district_of_the_province_beside_it() -> None:
    assert codes("อ.เมือง จ.ระนอง") == ["8501", "85"]
    assert codes("ในอ.เมือง", province="ตรัง") == ["9201"]


def test_a_shared_name_is_settled_by_the_text_first_and_the_sender_second() -> None:
    lop_buri = {"province": "ลพบุรี"}
    assert gazetteer().areas("ตำบลหนองบัว อำเภอบ้านหมอ จังหวัดสระบุรี", **lop_buri) == ["190609"]
    assert codes("ตำบลหนองบัว", province="สระบุรี") == ["190609"]


def test_a_shared_name_that_nothing_settles_has_no_code() -> None:
    mention = gazetteer().find("ตำบลหนองบัว")[0]
    assert mention.code is None
    assert mention.certainty < 0.5


def test_a_bare_name_is_heard_from_close_by_only() -> None:
    assert codes("ดินทรุดที่บ้านกุ่ม", province="พระนครศรีอยุธยา", district="บางบาล") == ["140516"]
    assert codes("ดินทรุดที่บ้านกุ่ม", province="ตรัง") == []


@pytest.mark.parametrize("typed", ["ต.ชำผักเเพว", "ต.ชำผักแผว", "ตำบลชำผักแพ้ว", "ต. ชำผักแพว"])
def test_a_misspelt_name_finds_its_place(typed: str) -> None:
    assert codes(typed, province="สระบุรี") == ["190213"]


def test_a_village_number_belongs_to_the_subdistrict_of_the_text_or_the_sender() -> None:
    assert codes("หมู่ ๕", **AYUTTHAYA) == ["14120805"]
    assert codes("หมู่ที่ 3 ตำบลถ้ำน้ำผุด อำเภอเมืองพังงา", **AYUTTHAYA) == ["820103", "8201", "82010303"]


def test_everyday_words_are_no_places() -> None:
    assert codes("เลยต้องซื้อน้ำ เด็กในตำบลสิบกว่าคน", province="สิงห์บุรี", district="บางระจัน") == []


def test_a_river_is_not_the_province_it_is_named_after() -> None:
    assert codes("ริมแม่น้ำลพบุรี", **AYUTTHAYA) == []


def test_form_fields_are_located_with_or_without_prefix() -> None:
    assert gazetteer().locate(province="จ.อ่างทอง", district="อำเภอเมือง", subdistrict="ต.บ้านแห") == "150105"
    assert gazetteer().locate(province="อยุธยา") == "14"
    assert gazetteer().locate(province="ไม่มีจังหวัดนี้") is None


def test_places_in_full() -> None:
    assert gazetteer().name("15010505") == "หมู่ 5 ตำบลบ้านแห อำเภอเมืองอ่างทอง จังหวัดอ่างทอง"


@pytest.mark.parametrize(
    ("need", "work", "how"),
    [
        ("150105", "150105", Relation.SAME),
        ("150105", "1501", Relation.CONTAINS),
        ("150105", "15", Relation.CONTAINS),
        ("1501", "150105", Relation.WITHIN),
        ("150105", "150101", Relation.SAME_DISTRICT),
        ("160101", "1602", Relation.NEIGHBOURING_DISTRICT),
        ("150105", "1507", Relation.SAME_PROVINCE),
        ("15", "14", Relation.NEIGHBOURING_PROVINCE),
        ("150105", "92", Relation.ELSEWHERE),
    ],
)
def test_relations(need: str, work: str, how: Relation) -> None:
    expected = how
    if how is Relation.NEIGHBOURING_DISTRICT:
        work = min(neighbours("1601"))
    if how is Relation.SAME_PROVINCE:
        work = next(code for code in ("1502", "1503", "1504", "1505", "1506", "1507") if code not in neighbours("1501"))
    assert relation(need, work) == expected


def test_borders_go_both_ways() -> None:
    assert all(code in neighbours(other) for code in ("1601", "14", "8001") for other in neighbours(code))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ทล.3034 ตอนหน้าพระลาน", ["3034"]),
        ("สาย ๓๕๐๑ พังยับ", ["3501"]),
        ("ริมคลองเจ้าเจ็ดดินทรุด", ["เจ้าเจ็ด"]),
        ("น้ำล้นห้วยบง", ["ห้วยบง"]),
        ("คลองตื้นเขินมาก", []),
        ("จังหวัดตรัง", []),
    ],
)
def test_landmarks_are_named(text: str, names: list[str]) -> None:
    assert [landmark.name for landmark in landmarks(text)] == names


def test_two_texts_share_a_canal_though_one_leaves_out_the_word() -> None:
    need, title = "ม.11 ริมเจ้าเจ็ดดินทรุด", "ก่อสร้างเขื่อนริมคลองเจ้าเจ็ด หมู่ที่ 11"
    shared = shared_landmarks(landmarks(need), landmarks(title), a_text=normalize(need), b_text=normalize(title))
    assert shared == ["เจ้าเจ็ด"]


@given(st.text(max_size=60) | st.text(alphabet="ต.อจ บ้านแหเมืองอ่างทหู่๕5", max_size=60))
def test_mentions_point_into_the_text_and_never_overlap(text: str) -> None:
    found = [m for m in gazetteer().find(text, **AYUTTHAYA) if m.level != "village"]
    assert all(mention.text == text[mention.start : mention.end] for mention in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
