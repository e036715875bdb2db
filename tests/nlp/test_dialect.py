"""Regional words meet their central ones, and central texts stay as they are."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.dialect import bridge, glossary
from nlp.normalize import normalize


@pytest.mark.parametrize(
    ("said", "central"),
    [
        ("บ่มีไผเบิ่ง", "ไม่มีใครดู"),
        ("ขัวไม้ข้ามห้วยไปไฮ่ขาด", "สะพานไม้ข้ามห้วยไปไร่ขาด"),
        ("งัวราคาตกเหมิด", "วัวราคาตกหมด"),
        ("โหมเราขายกันเองในหลาด", "พวกเราขายกันเองในตลาด"),
        ("น้ำไหลลงเลเหม็ด", "น้ำไหลลงทะเลหมด"),
        ("หมาจรจัดหลายโพด", "หมาจรจัดมากเกินไป"),
        ("กิ๋นข้าว", "กินข้าว"),
    ],
)
def test_a_regional_sentence_becomes_central(said: str, central: str) -> None:
    assert bridge(said) == central


@pytest.mark.parametrize("text", ["บ่อบาดาลแห้ง", "ประหลาดมาก", "กะละมังแตก", "ยางรถแตก", "แลกเปลี่ยนความคิดเห็น", "ตลาดสด"])
def test_a_central_word_that_looks_regional_stays(text: str) -> None:
    assert bridge(text) == text


def test_an_ambiguous_word_counts_beside_a_sure_one() -> None:
    assert bridge("ยางราคาตก") == "ยางราคาตก"
    assert bridge("ยางราคาตกจังหู") == "ยางพาราราคาตกมาก"


def test_the_glossary_is_sound() -> None:
    entries = glossary()
    per_region = Counter(entry.region for entry in entries)
    assert len(entries) >= 250
    assert set(per_region) == {"isan", "north", "south"}
    assert {entry.kind for entry in entries} == {"free", "cut", "cue"}
    assert max(Counter((entry.region, entry.word) for entry in entries).values()) == 1
    assert all(entry.word == normalize(entry.word) and entry.central == normalize(entry.central) for entry in entries)
    assert all(entry.word != entry.central for entry in entries)


@given(st.text(max_size=60))
def test_text_without_regional_words_is_only_normalised(text: str) -> None:
    latin = "".join(letter for letter in text if not "\u0e00" <= letter <= "\u0e7f")
    assert bridge(latin) == normalize(latin)
