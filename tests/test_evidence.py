"""Evidence of suggested links in the reader's language: the library says it in Thai, the page in either."""

import inspect

from app import i18n
from app.templating import EVIDENCE, evidence
from nlp import matching
from nlp.reach import LABELS

SAID = "งานชนิดเดียวกัน (เขื่อนป้องกันตลิ่ง) · อยู่อำเภอเดียวกัน คนละตำบล (อ.พรหมบุรี) · มีคำตรงกัน: ตลิ่ง"


def test_evidence_is_read_in_english_and_quotes_stay_thai() -> None:
    token = i18n.current_locale.set("en")
    try:
        said = evidence(SAID)
    finally:
        i18n.current_locale.reset(token)
    assert said == (
        "same kind of work (เขื่อนป้องกันตลิ่ง) · same district, another subdistrict (อ.พรหมบุรี) · words in common: ตลิ่ง"
    )
    assert evidence(SAID) == SAID


def test_every_phrase_of_the_library_is_known() -> None:
    source = inspect.getsource(matching)
    assert set(LABELS.values()) - set(EVIDENCE) == set()
    assert [phrase for phrase in EVIDENCE if phrase not in source and phrase not in LABELS.values()] == []
