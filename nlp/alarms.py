"""Texts that must not wait for a plan: an emergency, or one person's grievance. Found by rules, shown with the words.

An emergency is a danger beside a word of now ("ไฟไหม้" and "ตอนนี้"), for villages write much about dangers of every year:
fires that come with each dry season, floods that come with each rain. A danger told as a habit, a fear or a plan to
prevent it is none. Words of self-harm and of abuse stand alone. What is found is shown to a person, who decides; it
changes nothing by itself. Precision on the gold needs is measured by ``bench/alarms.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from nlp import reserved
from nlp.normalize import align

__all__ = ["Alarm", "Kind", "find"]

Kind = Literal["fire", "disaster", "medical", "violence", "self_harm", "abuse", "complaint"]

REACH = 70  # letters between a danger and its word of now: about one long sentence
AROUND = 30  # letters in which a habit or a prevention speaks of the danger beside it

_NOW = re.compile(
    r"ตอนนี้|ขณะนี้|เดี๋ยวนี้เลย|เมื่อกี้|เมื่อสักครู่|เมื่อคืน|เมื่อวาน|เมื่อเช้า|เช้านี้|คืนนี้|เพิ่ง(?:จะ)?เกิด|มาด่วน|ด่วนที่สุด|ช่วยด่วน|ช่วยด้วย|รีบมา|กลัวมาก"
)
_DANGER: dict[Kind, re.Pattern[str]] = {
    "fire": re.compile(r"ไฟ(?:กำลัง)?ไหม้|ไฟกำลังลาม|ไฟลาม|กำลังไหม้|เพลิงไหม้|แก๊สรั่ว|ระเบิด"),
    "disaster": re.compile(
        r"น้ำ(?:กำลัง)?ท่วม|กำลังท่วม|น้ำป่า|น้ำทะลัก|ดินถล่ม|ดินสไลด์|เขื่อนแตก|(?:คน|เด็ก)[ก-๎]{0,10}ติดอยู่"
        r"|เท(?:น้ำ)?เคมี|สารเคมีรั่ว"
    ),
    "medical": re.compile(
        r"หมดสติ|ไม่หายใจ|หายใจไม่ออก|เลือดออกมาก|เลือดไหลไม่หยุด|หัวใจวาย|งูกัด|ไฟดูด|ไฟช็อต|จมน้ำ|รถชน|รถคว่ำ|เจ็บหนัก|บาดเจ็บ|เจ็บท้องคลอด"
    ),
    "violence": re.compile(
        r"ขู่ฆ่า|ขู่(?!ว)|ทำร้าย|ทุบประตู|ตบประตู|ทุบตี|ซ้อม(?=เมีย|ลูก|พ่อ|แม่|ภรรยา)|ไล่ฟัน|ไล่แทง|ไล่ยิง|ยิงกัน|แทงกัน|ถือมีด|ถือปืน|ถือพร้า|คลุ้มคลั่ง|อาละวาด|ปล้น"
    ),
}
_ALONE: dict[Kind, re.Pattern[str]] = {
    "self_harm": re.compile(r"ฆ่าตัวตาย|อยากตาย|ผูกคอ|คิดสั้น|ไม่อยากอยู่(?:แล้ว|ต่อ)|ไม่อยากมีชีวิต"),
    "abuse": re.compile(r"ข่มขืน|ล่วงละเมิด|ทารุณ|ล่ามโซ่|ค้ามนุษย์|กักขัง"),
}
_NO_DANGER = re.compile(
    r"ทุกปี|ทุกหน้า|ทุกครั้ง|ทุกเดือน|แทบทุก|บ่อย|ปีก่อน|ปีที่แล้ว|เดือนก่อน|ปีนี้|หลายหน|หลายรอบ|เคย|เสี่ยง|ป้องกัน|กัน(?:ไฟ|น้ำท่วม)|เตือน|เฝ้าระวัง"
    r"|อบรม|ซ้อมแผน|อัตรา|รณรงค์|โครงการ|กลัว(?!มาก)|เกรง|หวั่น|ถ้า|หาก|เวลา(?=ไฟ|น้ำ)|เงินเยียวยา|เยียวยา|ช่วงน้ำท่วม|หน้าน้ำ"
)
_ONLY_ABOUT = re.compile(r"อัตรา|ป้องกัน|โครงการ|รณรงค์|อบรม|เฝ้าระวัง|ปัญหาการ|ที่พักพิง|ผู้เสียหาย")
"""Beside words that stand alone: what is wanted is done for many."""


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One finding and the words it rests on, as they stand in the text."""

    kind: Kind
    words: tuple[str, ...]


def find(text: str) -> list[Alarm]:
    """Find what reads as an emergency or as one person's grievance.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    list of Alarm
        At most one of each kind, emergencies first; empty for nearly every need.
    """
    plain = align(text)
    found: list[Alarm] = []
    nows = list(_NOW.finditer(plain))
    for kind, pattern in _DANGER.items():
        for danger in pattern.finditer(plain):
            now = next((one for one in nows if _distance(danger, one) <= REACH), None)
            if now is not None and not _beside(_NO_DANGER, plain, danger):
                words = sorted((danger, now), key=lambda one: one.start())
                found.append(Alarm(kind, tuple(text[one.start() : one.end()] for one in words)))
                break
    for kind, pattern in _ALONE.items():
        alone = pattern.search(plain)
        if alone is not None and not _beside(_ONLY_ABOUT, plain, alone):
            found.append(Alarm(kind, (text[alone.start() : alone.end()],)))
    if signs := reserved.signs(text):
        found.append(Alarm("complaint", signs))
    return found


def _distance(one: re.Match[str], other: re.Match[str]) -> int:
    return max(one.start() - other.end(), other.start() - one.end(), 0)


def _beside(pattern: re.Pattern[str], text: str, word: re.Match[str]) -> bool:
    return pattern.search(text, max(word.start() - AROUND, 0), word.end() + AROUND) is not None
