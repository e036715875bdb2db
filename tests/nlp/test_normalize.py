"""One spelling per word, however it was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.normalize import ABBREVIATIONS, INITIALISMS, align, normalize, normalize_all

THAI = st.text(
    alphabet=st.one_of(
        st.characters(min_codepoint=0x0E01, max_codepoint=0x0E5B),
        st.sampled_from(" .\u200b\n-0123456789มหู่ตอจพศค"),
        st.characters(),
    ),
    max_size=60,
)
PIECES = st.lists(
    st.sampled_from(
        [
            *ABBREVIATIONS,
            *INITIALISMS,
            "ม.",
            "หมู่",
            "ที่",
            "พ.ศ.",
            "ค.ศ.",
            "ปี ",
            "2565",
            "๑",
            ".",
            " ",
            "บ้าน",
            "ๆ",
            "้",
            "ํ",
            "า",
        ]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("เเก้ม", "แก้ม"),
        ("นํ้า", "น้ำ"),
        ("นำ้", "น้ำ"),
        ("น้ำำ", "น้ำ"),
        ("ที่่ดิน", "ที่ดิน"),
        ("พันธ์ุข้าว", "พันธุ์ข้าว"),
        ("มากกกกก!!!", "มาก!"),
        ("จริง ๆ ๆ", "จริงๆ"),
        ("น้ำ\u200bประปา\ufeff", "น้ำประปา"),
        ("ไฟ  ๑๐\u00a0จุด\n", "ไฟ 10 จุด"),
        ("ต. บ้านแห อ.เมือง จ.อ่างทอง", "ตำบลบ้านแห อำเภอเมือง จังหวัดอ่างทอง"),
        ("ต.โพธิ์เสด็จอ.เมืองจ.ตรัง", "ตำบลโพธิ์เสด็จ อำเภอเมือง จังหวัดตรัง"),
        ("ในต.บ้านแห", "ในตำบลบ้านแห"),
        ("ม.5", "หมู่ 5"),
        ("หมู่ที่ ๕", "หมู่ 5"),
        ("เด็ก ม.3", "เด็ก มัธยม 3"),
        ("ม.ต้น", "มัธยมต้น"),
        ("กว้าง 4 ม.", "กว้าง 4 เมตร"),
        ("รพ.สต.", "รพสต"),
        ("โรงพยาบาลส่งเสริมสุขภาพตำบล", "รพสต"),
        ("อ.บ.ต.", "อบต"),
        ("องค์การบริหารส่วนตำบลชำผักแพว", "อบตชำผักแพว"),
        ("พ.ศ. ๒๕๖๕", "ปี 2565"),
        ("ปี ค.ศ. 2022", "ปี 2565"),
        ("สรรพ.", "สรรพ."),
        ("www.example.com", "www.example.com"),
        ("สสส", "สสส"),
    ],
)
def test_a_text_gets_its_one_spelling(typed: str, meant: str) -> None:
    assert normalize(typed) == meant


@given(THAI | PIECES)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalize(text)
    assert normalize(once) == once


@given(THAI)
def test_aligned_text_keeps_every_position(text: str) -> None:
    assert len(align(text)) == len(text)


def test_many_texts_keep_their_order() -> None:
    assert normalize_all(["นํ้า", "", "เเ"]) == ["น้ำ", "", "แ"]
