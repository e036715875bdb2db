"""Texts that must not wait for a plan are told from the dangers villages write of every year."""

import csv
from pathlib import Path

import pytest

from nlp import alarms

EMERGENCIES = {
    "ไฟไหม้บ้านยายแดงตอนนี้ ลามไปสองหลังแล้ว": "fire",
    "น้ำป่าทะลักเข้าหมู่บ้านเมื่อคืน ตอนนี้คนแก่ยังติดอยู่บนหลังคา": "disaster",
    "รถชนกันตรงสามแยกเมื่อสักครู่ คนเจ็บหมดสติ": "medical",
    "มีคนถือมีดไล่คนหน้าโรงเรียนตอนนี้": "violence",
    "ไม่อยากอยู่แล้ว หนี้ท่วมหัว": "self_harm",
    "เด็กข้างบ้านถูกล่วงละเมิด ใครช่วยได้บ้าง": "abuse",
    "ข้างบ้านล้อมรั้วรุกล้ำที่ดินผม ไปแจ้ง อบต. แล้วเงียบ": "complaint",
}
ORDINARY = [
    "หน้าแล้งไฟไหม้ป่าทุกปี อยากได้ถังสะพายหลัง",
    "ตอนนี้ยังไม่มีคันกั้นน้ำ ฝนมาทีน้ำท่วมทุกครั้ง",
    "ทางโค้งนี้รถชนกันบ่อย ขอไฟส่องทาง",
    "ขออบรมช่วยคนจมน้ำกับหัวใจวายให้ อสม.",
    "โครงการป้องกันการฆ่าตัวตายในผู้สูงอายุ",
    "เดี๋ยวนี้คนขายที่กันหมดแล้ว",
    "",
]


@pytest.mark.parametrize(("text", "kind"), EMERGENCIES.items())
def test_emergency_is_found_with_the_words_it_rests_on(text: str, kind: str) -> None:
    found = alarms.find(text)
    assert found[0].kind == kind
    assert all(word and word in text for alarm in found for word in alarm.words)


@pytest.mark.parametrize("text", ORDINARY)
def test_danger_told_as_a_habit_a_fear_or_a_plan_is_no_emergency(text: str) -> None:
    assert alarms.find(text) == []


def test_no_gold_need_is_flagged_that_is_not_a_complaint(shared_data: Path) -> None:
    wrong, found = [], 0
    for path in sorted((shared_data / "gold").glob("*.needs.csv")):
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()):
            if alarms.find(row["text"]):
                found += 1
                wrong += [row["need_id"]] if "complaint" not in row["flags"] else []
    assert (wrong, found >= 9) == ([], True)
