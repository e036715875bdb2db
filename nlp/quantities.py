"""How many households, how many rai, how far, how much: quantities in Thai text, each in one unit.

Numbers come as ๑๒, 1,250, 2-3 พัน, สองร้อยกว่า or สามสี่ร้อย. What is vague stays vague: a range keeps both ends, and กว่า,
เกือบ, ประมาณ or a bare พัน set ``is_vague``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from nlp.normalize import align

__all__ = ["Quantity", "quantities", "read_number"]

Unit = Literal["households", "people", "villages", "rai", "km", "baht"]

_DIGITS = {
    "ศูนย์": 0, "หนึ่ง": 1, "เอ็ด": 1, "สอง": 2, "ยี่": 2, "สาม": 3, "สี่": 4, "ห้า": 5, "หก": 6, "เจ็ด": 7, "แปด": 8,
    "เก้า": 9,
}  # fmt: skip
_SCALES = {"สิบ": 10, "ร้อย": 100, "พัน": 1_000, "หมื่น": 10_000, "แสน": 100_000, "ล้าน": 1_000_000}
_UNITS: dict[str, tuple[Unit, float]] = {
    "ครัวเรือน": ("households", 1), "หลังคาเรือน": ("households", 1), "ครอบครัว": ("households", 1),
    "ครัว": ("households", 1), "หลัง": ("households", 1), "คน": ("people", 1), "ราย": ("people", 1),
    "หมู่บ้าน": ("villages", 1), "ไร่": ("rai", 1), "ตารางวา": ("rai", 1 / 400), "ตร.ว.": ("rai", 1 / 400),
    "กิโลเมตร": ("km", 1), "กม.": ("km", 1), "กม": ("km", 1), "กิโล": ("km", 1), "เมตร": ("km", 0.001),
    "ม.": ("km", 0.001), "บาท": ("baht", 1),
}  # fmt: skip

_WORD = "|".join(sorted([*_DIGITS, *_SCALES], key=len, reverse=True))
_SCALE = "|".join(_SCALES)
_FIGURE = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_IN_FIGURES = rf"(?:{_FIGURE})\s?(?:(?:-|ถึง)\s?(?:{_FIGURE})\s?)?(?:{_SCALE})*\s?"
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_QUANTITY = re.compile(
    r"(?P<before>เกือบ|ราวๆ?|ประมาณ|กว่า|ไม่ถึง|มากกว่า|หลาย|เป็น|ละ)?\s?(?<![\d.,/\-])"
    rf"(?P<number>{_IN_FIGURES}|(?:{_WORD})+)(?P<after>(?:กว่าๆ?|เศษ|ต้นๆ|ปลายๆ)\s?)?(?P<unit>{_UNIT})(?![ะ-ฺๅ็-๎])"
)
# กิโล is a weight as often as a way, and หลัง is behind as often as a house: what stands around decides.
_WAY = re.compile(r"ไกล|อ้อม|ระยะ|ทาง|ห่าง|ถนน|ยาว|ไปอีก|เดิน|รถ|วิ่ง|ขี่|ข้าม|ติด|เส้น|โล๊?ง")
_HOUSE = re.compile(r"บ้าน|เรือน|หลังคา|ครัว|ท่วม|น้ำเข้า|ไฟไหม้|กว่า|ซ่อม")
_NOT_HOUSE = re.compile(r"^\s?(?:บ้าน|วัด|ฝน|จาก|ปี|นี้|นั้น)")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity in a text; ``text == source[start:end]``.

    ``low`` and ``high`` are in the unit (km for ways, rai for land) and equal unless a range was written. ``is_rate``
    is set for กระสอบละ 900 บาท, which is a price and no sum.
    """

    start: int
    end: int
    text: str
    unit: Unit
    low: float
    high: float
    is_vague: bool
    is_rate: bool


def read_number(text: str) -> tuple[float, float]:
    """Read a number in figures or Thai words; a range such as ``2-3 พัน`` or ``สามสี่ร้อย`` has two ends.

    Parameters
    ----------
    text : str
        A number and nothing else, Arabic figures or Thai words.

    Returns
    -------
    tuple of float
        The low and the high end.

    Raises
    ------
    ValueError
        When the text holds no number.
    """
    figures = [float(figure.replace(",", "")) for figure in re.findall(_FIGURE, text)]
    words = re.findall(_WORD, text)
    if figures:
        scale = 1
        for word in words:
            scale *= _SCALES.get(word, 1)
        return min(figures) * scale, max(figures) * scale
    if not words:
        raise ValueError(f"No number in {text!r}.")
    for place, (first, second) in enumerate(pairwise(words)):
        if first in _DIGITS and second in _DIGITS and first != "ยี่":
            return _value(words[: place + 1] + words[place + 2 :]), _value(words[:place] + words[place + 1 :])
    return _value(words), _value(words)


def _value(words: list[str]) -> float:
    total, current = 0.0, None
    for word in words:
        if word in _DIGITS:
            current = _DIGITS[word]
        elif word == "ล้าน":
            total, current = (total + (current or 0) or 1) * 1_000_000, None
        else:
            total, current = total + (1 if current is None else current) * _SCALES[word], None
    return total + (current or 0)


def quantities(text: str) -> list[Quantity]:
    """Find quantities of people, land, ways and money.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    list of Quantity
        In order of place.
    """
    plain = align(text)
    found = []
    for match in _QUANTITY.finditer(plain):
        unit, factor = _UNITS[match["unit"]]
        around = plain[max(0, match.start() - 25) : match.start()]
        if match["unit"] == "กิโล" and not _WAY.search(around):
            continue
        if match["unit"] == "หลัง" and (_NOT_HOUSE.match(plain, match.end()) or not _HOUSE.search(around + match[0])):
            continue
        low, high = read_number(match["number"])
        rate = match["before"] == "ละ" or around.endswith("ละ")
        vague = (
            bool(match["after"]) or match["before"] not in (None, "ละ") or match["number"].startswith(tuple(_SCALES))
        )
        start = match.start("number")
        found.append(
            Quantity(start, match.end(), text[start : match.end()], unit, low * factor, high * factor, vague, rate)
        )
    return found
