"""Quantities are read in one unit each, and what is vague stays vague."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.quantities import quantities, read_number


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("1,250", (1250, 1250)),
        ("2-3 พัน", (2000, 3000)),
        ("สองร้อยห้าสิบ", (250, 250)),
        ("ยี่สิบเอ็ด", (21, 21)),
        ("สามสี่ร้อย", (300, 400)),
        ("สองสาม", (2, 3)),
        ("ห้าแสน", (500_000, 500_000)),
        ("หนึ่งล้านสองแสน", (1_200_000, 1_200_000)),
    ],
)
def test_numbers_in_figures_and_words(text: str, ends: tuple[float, float]) -> None:
    assert read_number(text) == ends


def test_a_text_without_number_is_refused() -> None:
    with pytest.raises(ValueError, match="No number"):
        read_number("หลาย")


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("๘๐๐ เมตร", "km", 0.8, 0.8),
        ("ต้องอ้อม 14 กิโล", "km", 14, 14),
        ("เดือดร้อนสองร้อยกว่าครัวเรือน", "households", 200, 200),
        ("นาเสียหาย 1,200 ไร่", "rai", 1200, 1200),
        ("งบ 3-4 แสนบาท", "baht", 300_000, 400_000),
        ("บ้านพัง 4 หลัง", "households", 4, 4),
        ("เด็ก 12 คน", "people", 12, 12),
    ],
)
def test_a_quantity_has_one_unit(text: str, unit: str, low: float, high: float) -> None:
    (found,) = quantities(text)
    assert (found.unit, found.low, found.high) == (unit, pytest.approx(low), pytest.approx(high))


def test_vague_numbers_and_prices_are_marked() -> None:
    assert [q.is_vague for q in quantities("สองร้อยกว่าครัวเรือน นา 30 ไร่")] == [True, False]
    assert [q.is_rate for q in quantities("ปุ๋ยกระสอบละ 900 บาท ใช้เงิน 5,000 บาท")] == [True, False]


@pytest.mark.parametrize("text", ["เมล็ดวันละ 30 กิโล", "4 หลังวัด", "ทางหลวง 3034", "ขอไฟ 10 จุด"])
def test_weights_places_and_road_numbers_are_no_quantities(text: str) -> None:
    assert quantities(text) == []


@given(st.text(alphabet="0123456789๑๒,.- สองร้อยพันครัวเรือนไร่บาทกม", max_size=40))
def test_positions_point_into_the_raw_text(text: str) -> None:
    assert all(found.text == text[found.start : found.end] and found.low <= found.high for found in quantities(text))
