"""Personal data in Thai text: found, then masked.

Two promises of different weight. What is written in a fixed form (ID numbers, phones, e-mails, plates, house numbers)
is found by form. Names are found by what stands before them (นาย, ด.ญ., ลุง, ชื่อ…) together with lists of Thai names; a
name without any such mark cannot be told from a word, so a person still reads a text before it becomes public. Hints of
health and religion are pointed at, never masked: only a person can say whom they are about. Recall and precision are
measured in docs/nlp/text.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from phonenumbers import Leniency, PhoneNumberMatcher

from nlp.normalize import align

__all__ = ["MASKS", "PersonalSpan", "find", "is_national_id", "mask"]

Kind = Literal["national_id", "phone", "email", "account", "plate", "address", "name", "health", "religion"]

MASKS: dict[str, str] = {
    "national_id": "[เลขบัตร]",
    "phone": "[เบอร์โทร]",
    "email": "[อีเมล]",
    "account": "[บัญชีออนไลน์]",
    "plate": "[ทะเบียนรถ]",
    "address": "[บ้านเลขที่]",
    "name": "[ชื่อบุคคล]",
}
"""What takes the place of each kind. A kind without a mask is only pointed at."""


@dataclass(frozen=True, slots=True, order=True)
class PersonalSpan:
    """One finding: ``text == source[start:end]``."""

    start: int
    end: int
    kind: Kind
    text: str


_GAP = r"[\s.\-/]{0,3}"
_THIRTEEN = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{12}}(?!\d)")
_EMAIL = re.compile(r"[A-Za-z0-9._%+\-]+\s?@\s?[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+")
_ACCOUNT = re.compile(
    r"(?:ไอดีไลน์|ไลน์ไอดี|line\s?id|id\s?line|ไอดี|ไลน์|line|facebook|เฟซบุ๊ก|เฟสบุ๊ค|เฟส|fb|ig)"
    r"\s?[:=]?\s?(@?[A-Za-z][A-Za-z0-9._\-]{3,})",
    re.IGNORECASE,
)
_CALLED = re.compile(
    rf"(?:โทร(?:ศัพท์|กลับ|หา)?|เบอร์(?:โทร)?|มือถือ|ติดต่อ|tel|phone)[^\d\n]{{0,20}}(\+?\d(?:{_GAP}\d){{7,10}})(?!\d)",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?:ทะเบียน(?:รถ)?|ป้ายแดง|เลขป้าย)\s?(?:คือ|เลขที่|เลข|หมายเลข|รถ|:)?\s?(\d?\s?[ก-ฮ]{1,3}\s?-?\s?\d{1,4})(?!\d)"
    r"|(?<![\dก-๎])(\d[ก-ฮ]{2}\s?-?\s?\d{1,4})(?![\d.,/])"
)
_ADDRESS = re.compile(
    r"(?:บ้านเลขที่|บ้าน\s?เลขที่|เลขที่บ้าน|เลขที่)\s?(\d{1,4}(?:\s?/\s?\d{1,4})?)(?![\d/])"
    r"|(?<![\d/.])(\d{1,4}/\d{1,4})(?=\s?(?:หมู่|ม\.\s?\d|ซอย|ซ\.))"
)

_STRONG = r"นางสาว|น\s?\.\s?ส\s?\.|ด\s?\.\s?ช\s?\.|ด\s?\.\s?ญ\s?\.|เด็กชาย|เด็กหญิง|นาย|นาง"
_WEAK = (
    r"คุณ|ลุง|ป้า|น้า|อา|ตา|ยาย|ปู่|ย่า|พี่|น้อง|ครู|หมอ|ผู้ใหญ่|กำนัน|ผญ\.|โต๊ะ|บัง|ชื่อ(?:ว่า|คือ)?|พ่อ|แม่"
    r"|หลวงพ่อ|หลวงพี่|พระครู|พระ|อ้าย|เอื้อย|อีหล่า|ไอ้"
)
_TITLED = re.compile(rf"({_STRONG})\s{{0,2}}(?=[ก-ฮเ-ไ])")
_MAYBE_TITLED = re.compile(rf"({_WEAK})\s?(?=[ก-ฮเ-ไ])")
_THAI_RUN = re.compile(r"[ก-ฮเ-ไ][ก-๎]*")
_SURNAME = re.compile(r"\s{1,2}((?:ณ\s|แซ่\s?)?[ก-ฮเ-ไ][ก-๎]+)")
_NOT_NAMES = re.compile(
    r"นาย(?:ก|อำเภอ|ทุน|หน้า|จ้าง|ทะเบียน|ช่าง|แพทย์|ท้าย|ประกัน|ด่าน|ตรวจ|พราน|สิบ|ร้อย|พัน|พล|ท่า|แบบ|หัว|เรือ|ตำรวจ|ทหาร|กอง)"
    r"|นาง(?:แบบ|พยาบาล|รำ|ฟ้า|สาวไทย|เอก|งาม|กวัก|นวล|แอ่น|เงือก|สงกรานต์|รอง|เลิ้ง)"
)


@cache
def _given_names() -> frozenset[str]:
    from pythainlp.corpus import thai_female_names, thai_male_names

    return frozenset(name for name in thai_female_names() | thai_male_names() if len(name) > 1)


@cache
def _family_names() -> frozenset[str]:
    from pythainlp.corpus import thai_family_names

    return frozenset(thai_family_names())


def is_national_id(digits: str) -> bool:
    """Say whether 13 digits carry the check digit of a Thai ID.

    Source: the Department of Provincial Administration's modulo 11 rule. 8.9 % of random 13-digit strings pass, and
    people mistype: a failing number is masked all the same.
    """
    if len(digits) != 13 or not digits.isdigit():
        return False
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(digits[:12]))
    return (11 - total % 11) % 10 == int(digits[12])


def _numbers(text: str) -> Iterator[tuple[int, int, Kind]]:
    for match in _THIRTEEN.finditer(text):
        yield *match.span(), "national_id"
    for phone in PhoneNumberMatcher(text, "TH", leniency=Leniency.VALID):
        yield phone.start, phone.end, "phone"
    for match in _CALLED.finditer(text):
        yield *match.span(1), "phone"
    for match in _EMAIL.finditer(text):
        yield *match.span(), "email"
    for match in _ACCOUNT.finditer(text):
        yield *match.span(1), "account"
    for match in _PLATE.finditer(text):
        yield *match.span(match.lastindex or 0), "plate"
    for match in _ADDRESS.finditer(text):
        yield *match.span(match.lastindex or 0), "address"


def _longest_name(run: str, names: frozenset[str]) -> int:
    return next((end for end in range(min(len(run), 20), 1, -1) if run[:end] in names), 0)


def _surname_end(text: str, end: int, sure: bool) -> int:
    match = _SURNAME.match(text, end)
    if not match:
        return end
    family = match[1]
    known = family in _family_names()
    return match.end() if known or (sure and len(family) <= 20) else end


def _names(text: str) -> Iterator[tuple[int, int, Kind]]:
    for match in _TITLED.finditer(text):
        if _NOT_NAMES.match(text, match.start()):
            continue
        run = _THAI_RUN.match(text, match.end())
        if run is None:
            continue
        length = _longest_name(run[0], _given_names())
        whole = length == len(run[0]) or len(run[0]) <= 8
        end = run.end() if whole else match.end() + length
        if length or whole:
            yield match.start(), _surname_end(text, end, sure=whole) if end == run.end() else end, "name"
    for match in _MAYBE_TITLED.finditer(text):
        run = _THAI_RUN.match(text, match.end())
        if run is not None and len(run[0]) > 2 and run[0] in _given_names():
            end = _surname_end(text, run.end(), sure=False)
            if end > run.end():
                yield match.start(), end, "name"


def find(text: str) -> list[PersonalSpan]:
    """Find personal data.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    list of PersonalSpan
        In order of place, without overlaps; where two kinds meet, the longer finding stays.
    """
    plain = align(text)
    if not plain.strip():
        return []
    found = sorted([*_numbers(plain), *_names(plain)], key=lambda span: (span[0] - span[1], span[0]))
    kept: list[PersonalSpan] = []
    for start, end, kind in found:
        if all(end <= other.start or start >= other.end for other in kept):
            kept.append(PersonalSpan(start, end, kind, text[start:end]))
    return sorted(kept)


def mask(text: str) -> str:
    """Return the text with every finding replaced by its mask, such as ``[เบอร์โทร]``."""
    pieces: list[str] = []
    position = 0
    for span in find(text):
        if span.kind in MASKS:
            pieces += [text[position : span.start], MASKS[span.kind]]
            position = span.end
    return "".join([*pieces, text[position:]])
