"""Personal data in Thai text: found, then masked.

Two promises of different weight. What is written in a fixed form (ID numbers, phones, e-mails, plates, house numbers)
is found by form. Names are found by what stands before them (นาย, ด.ญ., ลุง, ชื่อ…) together with lists of Thai names; a
name without any such mark cannot be told from a word, so a person still reads a text before it becomes public. Hints of
someone's health or religion are pointed at, never masked: only a person can say whom they are about. Recall and
precision are measured by ``bench/privacy.py`` and reported in docs/nlp/text.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

import thaibreak
from phonenumbers import Leniency, PhoneNumberMatcher

from nlp.lexicon import STOPWORDS, compounds, listed, place_names
from nlp.normalize import align

__all__ = ["MASKS", "PersonalSpan", "find", "is_national_id", "mask"]

Kind = Literal["national_id", "phone", "email", "account", "plate", "address", "name", "health", "religion"]

MASKS: dict[str, str] = {
    "national_id": "[เลขบัตร]",
    "phone": "[เบอร์โทร]",
    "email": "[อีเมล]",
    "account": "[บัญชี]",
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


Found = tuple[int, int, Kind]

_GAP = r"[\s.\-/_()]{0,3}"
_THIRTEEN = re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{12}}(?!\d)")
_EMAIL = re.compile(
    r"[A-Za-z0-9._%+\-]+\s?(?:@|\(at\)|\[at\])\s?[A-Za-z0-9\-]+(?:\s?\.\s?[A-Za-z0-9\-]+)+", re.IGNORECASE
)
_ACCOUNT = re.compile(
    r"(?:(?:ไอดี|id)\s?(?:ไลน์|line)|(?:ไลน์|(?<![a-z])line)\s?(?:ไอดี|id)?|ไอดี|(?<![a-z])id"
    r"|(?<![a-z])(?:facebook|fb|ig|tiktok)(?![a-z])|เฟซบุ๊ก|เฟสบุ๊ค|เฟสบุ๊ก|เฟส)\s?(?:ชื่อ|คือ|:|=)?\s?"
    r"(@[A-Za-z0-9._\-]{3,}|(?=[A-Za-z0-9._\-]*\d)[A-Za-z][A-Za-z0-9._\-]{3,}|(?<=[:=]\s)[A-Za-z][\w.\-]{3,})",
    re.IGNORECASE,
)
_BANK = re.compile(r"(?:บัญชี|พร้อมเพย์|โอนเข้า|เลขที่บัญชี)[^\d\n]{0,30}(?<!\d)(\d(?:[\s\-]?\d){9,11})(?!\d)")
_DIGIT_OR_O = "[0-9Oo]"
_CALLED = re.compile(
    r"(?:โทร(?:ศัพท์|กลับ|หา|มา)?|เบอร์(?:โทร)?|มือถือ|ติดต่อ|ไลน์|(?<![a-z])tel|phone|call)"
    rf"[^\d\n]{{0,24}}?(\(?\+?{_DIGIT_OR_O}(?:{_GAP}{_DIGIT_OR_O}){{7,10}})(?![0-9])",
    re.IGNORECASE,
)
_TRUNKED = re.compile(r"(?<![\d.,/+])(?:\(?0\d|\+66[\s\-]?\(?0?\)?\d)(?:[\s.\-()]{0,2}\d){7,8}(?![\d+])")
"""Nothing but a phone number begins with 0 and has nine digits or ten, assigned or not."""
_SPOKEN = re.compile(r"(?:(?:ศูนย์|หนึ่ง|เอ็ด|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า)[\s\-]{0,2}){9,10}")
_PLATE = re.compile(
    r"(?:ทะเบียน(?:รถ)?|ป้ายแดง|เลขป้าย)\s?(?:คือ|เลขที่|เลข|หมายเลข|รถ|:)?\s?(\d?\s?[ก-ฮ]{1,3}\s?-?\s?\d{1,4})(?!\d)"
    r"|(?<![\dก-๎])(\d[ก-ฮ]{2}\s?-?\s?\d{1,4})(?![\d.,/])"
    r"|(?:รถ|เก๋ง|กระบะ|มอเตอร์ไซค์|มอไซค์|คัน)(?:คันนี้|สี[ก-๎]{2,6})?\s((?!กม|ทล|ทช|คสล|อบต|รพ)[ก-ฮ]{2,3}\s?-?\s?\d{2,4})(?![\d.,/])"
)
_ADDRESS = re.compile(
    r"(?:บ้านเลขที่|บ้าน\s?เลขที่|เลขที่บ้าน|เลขที่)\s?(\d{1,4}(?:\s?/\s?\d{1,4})?)(?![\d/])"
    r"|(?<![\d/.])(\d{1,4}/\d{1,4})(?=\s?(?:หมู่|ม\.\s?\d|ซอย|ซ\.|ถนน|ถ\.|ต\.|ตำบล))"
    r"|(?:(?<=อยู่)|(?<=บ้าน))\s?(\d{1,4}/\d{1,4})(?![\d/])"
    r"|(?:(?<=บ้าน)|(?<=อยู่))\s?(\d{1,4})(?=\s?(?:ม\.|หมู่)\s?\d)"
)

_STRONG = (
    r"นางสาว|น\s?\.\s?ส\s?\.|ด\s?\.\s?ช\s?\.|ด\s?\.\s?ญ\s?\.|ดช\.|ดญ\.|นส\.|เด็กชาย|เด็กหญิง|นาย|นาง"
    r"|ว่าที่ร้อยตรี|ร\.ต\.ต\.|จ\.ส\.อ\."
)
_WEAK = (
    r"คุณ|ลุง|ป้า|น้า|ตา|ยาย|ปู่|ย่า|พี่|น้อง|ครู|อาจารย์|หมอ|ผู้ใหญ่บ้าน|ผู้ใหญ่|ผญ\.|กำนัน|สารวัตร|โต๊ะ|พ่อ|แม่|เฮีย|เจ๊|อ้าย|เอื้อย"
    r"|ชื่อเล่น(?:ว่า)?|ชื่อ(?:ว่า|คือ)?"
)
_SPEAKER = r"ผม|กระผม|ดิฉัน|ข้าพเจ้า|ฉัน|ผู้แจ้ง|ผู้ร้อง|ประธาน|เลขา|เหรัญญิก|เจ้าของ|ติดต่อ|ลงชื่อ|แจ้งโดย|จาก"
_TITLED = re.compile(rf"({_STRONG})\s{{0,2}}(?=[ก-ฮเ-ไ])")
_MAYBE_TITLED = re.compile(rf"({_WEAK})\s?(?=[ก-ฮเ-ไ])")
_SPEAKING = re.compile(rf"({_SPEAKER})\s?(?:คือ|ชื่อ|:)?\s?(?=[ก-ฮเ-ไ])")
_THAI_RUN = re.compile(r"[ก-ฮเ-ไ][ก-๎]*")
_TWO_RUNS = re.compile(r"(?<![ก-๎.])([ก-ฮเ-ไ][ก-๎]{2,15}) {1,2}([ก-ฮเ-ไ][ก-๎]{3,18})(?![ก-๎])")
_SURNAME = re.compile(r"\s{1,2}((?:ณ\s|แซ่\s?)?[ก-ฮเ-ไ][ก-๎]+)")
_NOT_NAMES = re.compile(
    r"นาย(?:ก(?:รัฐ|เทศ|สมาคม|อบ|องค์|ฯ|สภา|เมือง|ท่าน|คน|ช่วย|มา|ลง|ไม่|ที่|และ|คือ|ก็|ได้|เล็ก|[\s.,]|$)|อำเภอ|ทุน|หน้า|จ้าง|ทะเบียน"
    r"|แพทย์|ท้าย|ประกัน|ด่าน|ตรวจ|พราน|สิบ|ร้อย|พัน(?!ธ)|พล(?![ก-ฮ])|ท่า|แบบ|หัว|เรือ|ตำรวจ|ทหาร|กอง|สนาม|อ\.|ดาบ|เวร|ช่าง)"
    r"|นาง(?:แบบ|พยาบาล|รำ|ฟ้า(?![ก-๎])|สาวไทย|เอก|กวัก|นวล|แอ่น|เงือก|สงกรานต์|รอง(?![ก-๎])|เลิ้ง|เจ้า|ลิ้นจี่|ร้อง)"
)
_BEFORE_NO_NAME = re.compile(
    r"(?:มิถุ|เจ้าขุนมูล|พระ|ดอน|อ่าว|ห้วย|ซอย|ถนน|บาง|ป่า|เขา|วัด|คลอง|สะพาน|ตำบล|ลำ|หนอง|เกาะ|สาม|หัว|ร้าน|สนาม"
    r"|โรงเรียน|หลาย|ผา|ทุ่ง|ทับ|ต\.|ซ\.|ถ\.)\s?$"
)
_CONTINUES = re.compile("[ะ-ฺๅ็-๎]")

_HEALTH = re.compile(
    r"ผู้ป่วยจิตเวช|จิตเวช|ซึมเศร้า|วัณโรค|เอดส์|เอชไอวี|HIV|มะเร็ง|ตั้งครรภ์|แท้ง|ทำหมัน(?=แล้ว)|ติดเตียง|อัมพาต|อัมพฤกษ์|โรคไต|ฟอกไต"
    r"|เบาหวาน|ความดัน|โรคหัวใจ|พิการ|ตาบอด|หูหนวก|ออทิสติก|สมองเสื่อม|อัลไซเมอร์|ลมชัก|ป่วยเป็น",
    re.IGNORECASE,
)
_RELIGION = re.compile(r"นับถือ(?:ศาสนา)?|เป็น(?:คน)?(?:มุสลิม|อิสลาม|คริสต์|ฮินดู|ซิกข์)|เข้ารีต|ศาสนาอิสลาม|ศาสนาคริสต์|มุสลิม")
_SOMEONE = re.compile(
    r"(?:แม่|พ่อ|ลูกชาย|ลูกสาว|ลูก|หลาน|เมีย|ภรรยา|สามี|ผัว|น้อง|พี่|ตา|ยาย|ลุง|ป้า|คนข้างบ้าน|เพื่อนบ้าน)(?:ของ)?(?:ผม|ฉัน|ดิฉัน|เขา|แก|เรา|คนนี้|เพื่อนบ้าน)"
    r"|(?:^|[\s(])(?:ผม|ดิฉัน|ฉัน|กระผม)(?![ก-๎]*หมู่บ้าน)"
)


@cache
def _given_names() -> frozenset[str]:
    from pythainlp.corpus import thai_female_names, thai_male_names

    return frozenset(name for name in thai_female_names() | thai_male_names() if len(name) > 1)


@cache
def _family_names() -> frozenset[str]:
    from pythainlp.corpus import thai_family_names

    return frozenset(thai_family_names())


@cache
def _common() -> frozenset[str]:
    """Return words that are no name on their own, though the lists of names have them."""
    return STOPWORDS | listed("everyday") | compounds() | place_names() | listed("no_names")


@cache
def _sure_given_names() -> frozenset[str]:
    return _given_names() - _common()


@cache
def _sure_family_names() -> frozenset[str]:
    return _family_names() - _starters() - listed("no_names")


def is_national_id(digits: str) -> bool:
    """Say whether 13 digits carry the check digit of a Thai ID.

    Source: the Department of Provincial Administration's modulo 11 rule. 8.9 % of random 13-digit strings pass, and
    people mistype: a failing number is masked all the same.
    """
    if len(digits) != 13 or not digits.isdigit():
        return False
    total = sum(int(digit) * (13 - place) for place, digit in enumerate(digits[:12]))
    return (11 - total % 11) % 10 == int(digits[12])


def _numbers(text: str) -> Iterator[Found]:
    for match in _THIRTEEN.finditer(text):
        yield *match.span(), "national_id"
    for phone in PhoneNumberMatcher(text, "TH", leniency=Leniency.VALID):
        yield phone.start, phone.end, "phone"
    for match in _TRUNKED.finditer(text):
        yield *match.span(), "phone"
    for match in _CALLED.finditer(text):
        if sum(letter.isdigit() for letter in match[1]) >= 6:
            yield *match.span(1), "phone"
    for match in _SPOKEN.finditer(text):
        yield match.start(), match.start() + len(match[0].rstrip(" -")), "phone"
    for match in _BANK.finditer(text):
        yield *match.span(1), "account"
    for match in _PLATE.finditer(text):
        yield *match.span(match.lastindex or 0), "plate"
    for match in _ADDRESS.finditer(text):
        yield *match.span(match.lastindex or 0), "address"


def _addresses(text: str) -> Iterator[Found]:
    for match in _EMAIL.finditer(text):
        yield *match.span(), "email"
    for match in _ACCOUNT.finditer(text):
        yield *match.span(1), "account"


@cache
def _starters() -> frozenset[str]:
    """Return words that begin a clause, and so no surname; แสน, คง and ดี begin surnames too."""
    numbers = ["พัน", "หมื่น", "แสน", "ล้าน", "สิบ", "ร้อย", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"]
    return (STOPWORDS | listed("everyday")) - {"คง", "ดี", "ใหม่", "เจ้า", "ไม้", "ดิน", "น้ำ", "ยืน", "เย็น", *numbers}


def _is_plausible(run: str, *, short: bool) -> bool:
    """Say whether an unlisted run can be a surname; a `short` one may begin like a clause (รักษาศรี)."""
    if len(run) < 2:
        return False
    cuts = thaibreak.words(run)
    if short:
        return run not in compounds() and not all(cut in STOPWORDS for cut in cuts)
    return run not in _common() and cuts[0] not in _starters()


def _listed_end(text: str, start: int, run: str, names: frozenset[str], shortest: int) -> int:
    """Return where the longest listed name at the beginning of a run ends; `start` where there is none."""
    for length in range(min(len(run), 20), shortest - 1, -1):
        if run[:length] in names and not _CONTINUES.match(text, start + length):
            return start + length
    return start


_ENDINGS = frozenset(["มา", "ละ", "วัน", "กา", "นา", "ตา", "ลา", "ดี", "มี", "ยา"])
"""Cuts that end surnames (ปะละวัน, ผาบสิมมา) as often as they begin a clause: taken along, for a mask may be too long."""


def _unlisted_end(start: int, run: str) -> int:
    """Return where an unlisted name at the beginning of a run ends: after two cuts, before one that begins a clause."""
    end = 0
    for place, cut in enumerate(thaibreak.words(run)[:4]):
        if place > 1 and cut in _starters() and cut not in _ENDINGS:
            break
        end += len(cut)
    return start + end


def _surname_end(text: str, end: int, *, trust: Literal["form", "title", "list"]) -> int:
    """Return where a surname after a given name ends; `end` where there is none.

    After a title of the registry (form) almost any short run is one; after ลุง (title) it must not begin a clause; after
    a pronoun (list) it must be listed.
    """
    match = _SURNAME.match(text, end)
    if not match:
        return end
    family, start = match[1], match.start(1)
    if family.startswith(("ณ ", "แซ่")):
        return match.end() if len(family) <= 8 else _unlisted_end(start + 3, family[3:].lstrip())
    if family in _family_names() and (trust == "form" or family in _sure_family_names()):
        return match.end()
    if trust == "list":
        return end
    listed_end = _listed_end(text, start, family, _sure_family_names(), 4)
    if listed_end > start and thaibreak.words(text[listed_end : match.end()])[0] in _starters():
        return listed_end
    if len(family) > 12:
        if _is_plausible(family, short=False):
            return _unlisted_end(start, family)
        if trust == "form":
            return start + len("".join(thaibreak.words(family)[:2]))
        return listed_end if listed_end > start else end
    return match.end() if _is_plausible(family, short=trust == "form") else end


def _given_end(text: str, start: int) -> int:
    """Return where the given name after a strong title ends; `start` where none can be read."""
    run = _THAI_RUN.match(text, start)
    if run is None:
        return start
    name = run[0]
    if name in _given_names() or len(name) <= 8:
        return run.end()
    if len(name) <= 16 and (run.end() == len(text) or _surname_end(text, run.end(), trust="form") > run.end()):
        return run.end()
    listed_end = _listed_end(text, start, name, _given_names(), 3)
    return listed_end if listed_end > start else _unlisted_end(start, name)


def _names(text: str) -> Iterator[Found]:
    cuts = set(thaibreak.boundaries(text))
    for match in _TITLED.finditer(text):
        if match[1] in ("นาย", "นาง") and match.start() not in cuts:
            continue
        if _NOT_NAMES.match(text, match.start()) or _BEFORE_NO_NAME.search(text, 0, match.start()):
            continue
        end = _given_end(text, match.end())
        if end > match.end():
            yield match.start(), _surname_end(text, end, trust="form"), "name"
    for match in _MAYBE_TITLED.finditer(text):
        begins = match.start() in cuts or match[1] in _CLEAR_TITLES
        if begins and not _BEFORE_NO_NAME.search(text, 0, match.start()):
            yield from _weakly_titled(text, match, cuts)
    for match in _SPEAKING.finditer(text):
        run = _THAI_RUN.match(text, match.end())
        if run is not None and len(run[0]) > 2 and run[0] in _given_names():
            surname = _surname_end(text, run.end(), trust="list")
            if surname > run.end():
                yield match.end(), surname, "name"
    for match in _TWO_RUNS.finditer(text):
        given, family = match[1], match[2]
        if given in _given_names() and family in _family_names() and not {given, family} & _common():
            yield *match.span(), "name"


_CLEAR_TITLES = frozenset(["ลุง", "คุณ", "ครู", "กำนัน", "ผู้ใหญ่", "ผู้ใหญ่บ้าน", "ยาย"])
"""Titles no other word begins with (ตา begins ตาย and ตาม), so that the cuts need not agree."""


def _weakly_titled(text: str, match: re.Match[str], cuts: set[int]) -> Iterator[Found]:
    """Read a name after ลุง, ครู or ชื่อ: a listed one, or an unlisted one with a surname."""
    run = _THAI_RUN.match(text, match.end())
    if run is None:
        return
    end = _listed_end(text, run.start(), run[0], _sure_given_names(), 3 if match.end() in cuts else 4)
    if end == run.end():
        yield match.start(), _surname_end(text, end, trust="form"), "name"
    elif end > run.start() and thaibreak.words(text[end : run.end()])[0] in _starters():
        yield match.start(), end, "name"
    elif len(run[0]) <= 14 and match[1] not in ("พ่อ", "แม่") and (match.end() in cuts or match[1] in _CLEAR_TITLES):
        given = thaibreak.words(run[0])
        surname = _surname_end(text, run.end(), trust="title")
        is_sure = text[run.end() : surname].strip() in _sure_family_names() and given[0] not in _starters()
        is_new = not any(cut in _starters() for cut in given) and not all(cut in _common() for cut in given)
        if surname > run.end() and (is_sure or is_new):
            yield match.start(), surname, "name"


def _hints(text: str, someone_named: bool) -> Iterator[Found]:
    if someone_named or _SOMEONE.search(text):
        for match in _HEALTH.finditer(text):
            yield *match.span(), "health"
        for match in _RELIGION.finditer(text):
            yield *match.span(), "religion"


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
    found: list[Found] = []
    if any(letter.isdigit() for letter in plain) or _SPOKEN.search(plain):
        found += _numbers(plain)
    if re.search("[A-Za-z@]", plain):
        found += _addresses(plain)
    if re.search("[ก-ฮ]", plain):
        found += _names(plain)
        found += _hints(plain, any(kind in ("name", "national_id", "phone") for _, _, kind in found))
    found.sort(key=lambda span: (span[0] - span[1], span[0], span[2]))
    kept: list[PersonalSpan] = []
    for start, end, kind in found:
        if all(end <= other.start or start >= other.end for other in kept):
            kept.append(PersonalSpan(start, end, kind, text[start:end]))
    return sorted(kept)


def mask(text: str) -> str:
    """Return the text with every finding replaced by its mask, such as ``[เบอร์โทร]``.

    Masking again changes nothing: what is left is searched until nothing is found.
    """
    while spans := [span for span in find(text) if span.kind in MASKS]:
        pieces: list[str] = []
        position = 0
        for span in spans:
            pieces += [text[position : span.start], MASKS[span.kind]]
            position = span.end
        text = "".join([*pieces, text[position:]])
    return text
