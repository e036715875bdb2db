"""Two topics that are always there: texts that say nothing, and complaints to hand to whoever settles complaints.

A need is about many; a grievance (a threat last night, one neighbour's fence, a payment that did not come) belongs to
the complaint centre (ศูนย์ดำรงธรรม 1567) and must not wait for a plan. The signs below are meant to be precise rather
than complete: what they find is shown to a person, and never taken out of its topic.
"""

from __future__ import annotations

from collections.abc import Sequence

from nlp.tokenize import STOPWORDS

__all__ = ["HAND_OFF", "NO_CONTENT", "RESERVED_LABELS", "hand_off", "says_nothing", "signs"]

NO_CONTENT = "no-content"
HAND_OFF = "hand-off"
RESERVED_LABELS = {NO_CONTENT: "ไม่มีเนื้อหา", HAND_OFF: "เรื่องร้องทุกข์ที่ต้องส่งต่อ"}

_EMPTY_TALK = frozenset(
    {"ทดสอบ", "ทดลอง", "test", "testing", "สวัสดี", "ไม่ทราบ", "ไม่รู้", "เหมือนเดิม", "ตามเดิม", "เช่นเดิม", "none", "no", "na"}
)

# Plain words, not patterns: looking for sixty words costs a tenth of matching four alternations.
_PERSONAL: tuple[str, ...] = tuple(
    f"{me}{space}{name}" for me in ("ผม", "ฉัน", "หนู") for space in ("", " ") for name in ("ชื่อ", "นาย", "นาง")
)
_PERSONAL += ("เพื่อนบ้าน", "ข้างบ้าน", "บ้านติดกัน", "ติดรั้ว", "โทรกลับ", "โทรศัพท์กลับ", "ลูกบ้านผม", "แม่ผม", "พ่อผม")
_PERSONAL += ("แม่ป่วย", "บ้านผม", "บ้านป้า", "บ้านฉัน")
_THREAT: tuple[str, ...] = ("ขู่", "ทุบประตู", "ตบประตู", "ทำร้าย", "ท้าตี", "ช่วยด้วย", "กลัวมาก", "คุกคาม", "ล่วงละเมิด")
_AT_ONCE: tuple[str, ...] = ("เมื่อคืน", "เมื่อวาน", "ตอนนี้", "มาด่วน", "ด่วนที่สุด", "เดี๋ยวนี้เลย", "จับให้ที", "จัดการให้ที")
_CASE: tuple[str, ...] = (
    "ร้องเรียน",
    "ร้องทุกข์",
    "แล้วเงียบ",
    "ก็เงียบ",
    "เรื่องเงียบ",
    "ยังไม่ได้เงิน",
    "ยังไม่ได้รับ",
    "ตกหล่น",
    "ให้ตรวจสอบ",
    "เรียกเงิน",
)
_CASE += ("ค่าน้ำชา", "เจ้าหน้าที่คน", "เวรคืน", "รุกล้ำ", "ล้ำที่", "ติดตามเรื่อง")


def says_nothing(words: Sequence[str]) -> bool:
    """Whether no word of a text could belong to any topic."""
    return all(word in STOPWORDS or word in _EMPTY_TALK or word.isdigit() or len(word) < 2 for word in words)


def signs(text: str) -> tuple[str, ...]:
    """Return one word of each kind of sign that a text holds, when there are two kinds at least; else nothing."""
    kinds = (_PERSONAL, _THREAT, _AT_ONCE, _CASE)
    found = [next((word for word in kind if word in text), "") for kind in kinds]
    words = tuple(word for word in found if word)
    return words if len(words) >= 2 else ()


def hand_off(text: str) -> bool:
    """Whether a text reads as one person's grievance or an emergency: two different kinds of signs at least.

    Parameters
    ----------
    text : str
        Raw or normalised.
    """
    return bool(signs(text))
