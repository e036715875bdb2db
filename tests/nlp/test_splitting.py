"""A text with several needs comes apart where its writer said so, and nowhere else."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.splitting import split_needs


def pieces(text: str) -> list[str]:
    return [piece.text for piece in split_needs(text)]


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("๑.ถนนลูกรังเข้าหมู่ ๕ พัง ๒.น้ำประปาไม่พอ", ["ถนนลูกรังเข้าหมู่ ๕ พัง", "น้ำประปาไม่พอ"]),
        ("๑) ขอที่บำบัดใกล้บ้าน\n๒) สนามเด็กเล่นชิงช้าหัก", ["ขอที่บำบัดใกล้บ้าน", "สนามเด็กเล่นชิงช้าหัก"]),
        (
            "ขอ 1 ถนนคสล 700เมตร 2 ไฟส่องทาง 10จุด 3 เครื่องออกกำลังกาย",
            ["ถนนคสล 700เมตร", "ไฟส่องทาง 10จุด", "เครื่องออกกำลังกาย"],
        ),
        ("ไฟตกทุกเย็น ปั๊มน้ำไม่ขึ้น อีกเรื่องถนนซอย 3 ฝุ่นมาก", ["ไฟตกทุกเย็น ปั๊มน้ำไม่ขึ้น", "อีกเรื่องถนนซอย 3 ฝุ่นมาก"]),
        ("ขอหมออยู่เวรสักคน แล้วถนนไปหันคาก็ขอให้ปะหลุมด้วย", ["ขอหมออยู่เวรสักคน", "แล้วถนนไปหันคาก็ขอให้ปะหลุมด้วย"]),
        ("- ถนนพังทั้งเส้น\n- น้ำไม่ไหลเลย", ["ถนนพังทั้งเส้น", "น้ำไม่ไหลเลย"]),
    ],
)
def test_needs_come_apart(text: str, needs: list[str]) -> None:
    assert pieces(text) == needs


@pytest.mark.parametrize(
    "text",
    [
        "ถนนพัง 2.5 กม. กว้าง 4.0 เมตร ขอซ่อม",
        "น้ำท่วมแล้วก็แล้งทุกปี",
        "ขอไฟ 10 จุด หมู่ 1, 2 และ 11",
        "ปี 2565 น้ำท่วม 1. ครั้งเดียว",
    ],
)
def test_one_need_stays_whole(text: str) -> None:
    assert pieces(text) == [text]


def test_an_empty_text_has_no_need() -> None:
    assert pieces(" \n ") == []


@given(st.text(max_size=80) | st.text(alphabet="12๑๒.)( \n-/ขอถนนแล้วก็อีกเรื่อง", max_size=80))
def test_pieces_point_into_the_raw_text_in_order(text: str) -> None:
    found = split_needs(text)
    assert all(piece.text == text[piece.start : piece.end] for piece in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
