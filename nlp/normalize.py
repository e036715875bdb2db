"""Thai text as people type it → one spelling per word.

The same words reach us as ``เเก้ม``, ``นํ้า``, ``น้ำำ``, ``ต. บ้านแห`` and ``มากกกก``. :func:`normalize` gives them one
form, so that counting, searching and comparing need not know about keyboards. It corrects how a text is typed, never
what it says: no spell correction (tried: it turns น้ำทวม into น้ำหอม) and no change of dialect (see
:mod:`nlp.dialect`).

The raw text stays the record; a normalised text is only ever an input to other parts of this library. Because
positions move, the parts that answer with positions (:mod:`nlp.privacy`, :mod:`nlp.places`, :mod:`nlp.quantities`)
read the raw text through :func:`align`, which leaves every character where it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["ABBREVIATIONS", "INITIALISMS", "align", "normalize", "normalize_all"]

ABBREVIATIONS: dict[str, str] = {
    "ต": "ตำบล",
    "อ": "อำเภอ",
    "จ": "จังหวัด",
    "ถ": "ถนน",
    "ซ": "ซอย",
    "รร": "โรงเรียน",
    "รพ": "โรงพยาบาล",
    "ผญบ": "ผู้ใหญ่บ้าน",
    "กม": "กิโลเมตร",
    "กก": "กิโลกรัม",
    "ซม": "เซนติเมตร",
    "มม": "มิลลิเมตร",
    "ตร.ม": "ตารางเมตร",
    "ตร.กม": "ตารางกิโลเมตร",
    "ตร.ว": "ตารางวา",
    "ลบ.ม": "ลูกบาศก์เมตร",
    "ทล": "ทางหลวง",
    "ทช": "ทางหลวงชนบท",
    "ทต": "เทศบาลตำบล",
    "ทม": "เทศบาลเมือง",
    "ทน": "เทศบาลนคร",
    "สนง": "สำนักงาน",
    "นร": "นักเรียน",
    "จนท": "เจ้าหน้าที่",
    "ตร": "ตำรวจ",
    "ชม": "ชั่วโมง",
    "คสล": "คอนกรีตเสริมเหล็ก",
}
"""Written with a dot, said as the whole word: the dot goes, the word comes."""

INITIALISMS: dict[str, tuple[str, ...]] = {
    "อบต": ("องค์การบริหารส่วนตำบล", "องค์กรบริหารส่วนตำบล"),
    "อบจ": ("องค์การบริหารส่วนจังหวัด", "องค์กรบริหารส่วนจังหวัด"),
    "อปท": ("องค์กรปกครองส่วนท้องถิ่น", "องค์การปกครองส่วนท้องถิ่น"),
    "รพสต": ("โรงพยาบาลส่งเสริมสุขภาพตำบล",),
    "อสม": ("อาสาสมัครสาธารณสุขประจำหมู่บ้าน", "อาสาสมัครสาธารณสุข"),
    "อปพร": ("อาสาสมัครป้องกันภัยฝ่ายพลเรือน",),
    "ธกส": ("ธนาคารเพื่อการเกษตรและสหกรณ์การเกษตร", "ธนาคารเพื่อการเกษตร"),
    "กศน": ("การศึกษานอกระบบและการศึกษาตามอัธยาศัย", "การศึกษานอกโรงเรียน"),
    "ชรบ": ("ชุดรักษาความปลอดภัยหมู่บ้าน",),
    "กฟภ": ("การไฟฟ้าส่วนภูมิภาค",),
    "กปภ": ("การประปาส่วนภูมิภาค",),
    "ศพด": ("ศูนย์พัฒนาเด็กเล็ก",),
    "สปก": ("สำนักงานการปฏิรูปที่ดิน",),
    "ปภ": (),
    "อย": (),
    "กทม": (),
    "ปปส": (),
    "พมจ": (),
    "พชอ": (),
    "สสส": (),
    "นศ": (),
}
"""Said letter by letter: the letters without dots are the word, and the long official names join them."""

_INVISIBLE = (
    "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\ufe0e\ufe0f\ufeff"
)
_SPACES = (
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000…•●"
)
_ONE_TO_ONE: dict[int, str] = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width Latin
    **dict.fromkeys((*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000)), " "),  # controls and broken halves
    **{ord(c): " " for c in _SPACES},
    **{ord(c): "-" for c in "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63"},
    **{ord(c): '"' for c in "“”„«»"},
    **{ord(c): "'" for c in "‘’‛`´"},
    **{ord(c): str(n) for n, c in enumerate("๐๑๒๓๔๕๖๗๘๙")},
}
_ALIGNED = _ONE_TO_ONE | {ord(c): " " for c in _INVISIBLE}
_CLEANED = _ONE_TO_ONE | {ord(c): "" for c in _INVISIBLE}

_UNCLEAN = re.compile(f"[{re.escape(''.join(map(chr, _CLEANED)))}]|  ")
_SPACE_RUN = re.compile("  +")

# A consonant carries at most one vowel above or below, then one tone or silencer; anything else is a slip of the hand.
# Most texts have none, so slips are looked for by patterns that begin with few letters, which is what is fast.
_MISPLACED = re.compile(r"[่-์][ัิ-ู่-๋]")
_MISTYPED = re.compile(r"ํ|ำ[่-๋]|เเ| ๆ")
_DOUBLED = re.compile(r"([ะ-ฺเ-๎])\1")
_SLIPS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("เเ"), "แ"),
    (re.compile("ํ([่-๋]?)า"), r"\1ำ"),
    (re.compile("([่-๋])ํา"), r"\1ำ"),
    (re.compile("ำ([่-๋])"), r"\1ำ"),
    (re.compile("([่-์])([ัิ-ู])"), r"\2\1"),
    (re.compile("([ัิ-ู])([่-์])\\1"), r"\1\2"),
    (re.compile("([่-๋])[่-๋]+"), r"\1"),
    (re.compile("([ะ-ฺเ-๎])\\1+"), r"\1"),
    (re.compile(" +ๆ"), "ๆ"),
    (re.compile("ๆ +ๆ"), "ๆ"),
)
_REPEATS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?<=[ก-๎])([ก-ฮ])\1{2,}"), r"\1"),  # มากกกก; สสส at the start of a word is a name
    (re.compile(r"([A-Za-z])\1{3,}"), r"\1"),  # sooooo; www stays
    (re.compile(r"([^\w\s])\1+"), r"\1"),
)
_TRIPLED = re.compile(r"([ก-ฮA-Za-z])\1\1")
_PUNCTUATED = re.compile(r"([!-/:-@\[-^`{-~\u00a1-\u0dff\u0e5b-\U0010ffff])\1")

_STARTS = "เ-ไก-ฮ"  # what a Thai word can start with
_PREPOSITIONS = ("ที่", "ใน", "ของ", "และ", "กับ", "จาก", "ถึง", "ชาว", "คน", "เขต", "ไป", "มา", "เข้า", "สู่", "ตาม")
_AFTER_WORD = "|".join(f"(?<={word})" for word in _PREPOSITIONS)


def _dotted(word: str) -> str:
    return r"\s?\.\s?".join(re.escape(part) for part in word.split("."))


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=lambda word: (-len(word), word))


# Thai puts no space between words, so สรรพ. is told from รพ. by what stands before it.
_ABBREVIATION = re.compile(
    rf"(?:(?<![ก-๎.])|{_AFTER_WORD})({'|'.join(map(_dotted, _longest_first(ABBREVIATIONS)))})\s?\.\s?"
    rf"(?=[{_STARTS}0-9(]|$|\s|[,)/])(?![{_STARTS}]\s?\.)"
)
_CHAINED = re.compile(rf"((?:ตำบล|อำเภอ)[{_STARTS}][ก-๎]{{1,24}}?)\s?([อจ])\.\s?(?=[{_STARTS}][ก-๎])")
_SHORTHAND = re.compile(r"[ก-ฮ]\s?\.")
_INITIALS = re.compile(
    r"ร\.?\s?พ\s?\.\s?ส\s?\.?\s?ต\b\.?|"
    + "|".join(rf"{word}\.(?!\w\.)|" + r"\.\s?".join(word) + r"(?:\.|(?![ก-๎]))" for word in _longest_first(INITIALISMS))
)
_BEFORE_A_NAME = frozenset({"ต", "อ", "จ", "ถ", "ซ", "รร", "รพ", "ทต", "ทม", "ทน", "สนง"})
_OFFICIAL = {name: short for short, names in INITIALISMS.items() for name in names}
_OFFICIAL_NAME = re.compile("|".join(_longest_first(_OFFICIAL)))
_OFFICIAL_SIGN = re.compile("องค์ก|ส่งเสริมสุ|อาสาสม|ธนาคารเ|การศึกษาน|ชุดรักษ|ส่วนภูม|ศูนย์พัฒ|การปฏิ")

_MOO = re.compile(r"(?:(?<![ก-๎.])|(?<=บ้าน)|(?<=ที่))(?:ม\.\s?|หมู่ที่\s?|หมู่\s{0,2})(?=\d{1,2}(?!\d))")
_SCHOOL_YEAR = re.compile(r"((?:เด็ก|นักเรียน|ชั้น|เรียน|จบ|ระดับ|ลูก|หลาน)\s?)ม\.\s?(?=[1-6](?!\d))")
_SECONDARY = re.compile(r"(?<![ก-๎.])ม\.\s?(?=ต้น|ปลาย)|(?<=เด็ก)ม\.\s?(?=ต้น|ปลาย)")
_PRIMARY = re.compile(r"(?<![ก-๎.])ป\.\s?(?=[1-6](?!\d))")
_METRE = re.compile(r"(?<=\d)\s?ม\.(?!\s?\d)")
_ERA = re.compile(r"(?:ปี\s?)?(?<![ก-๎.])([พค])\.?\s?ศ\.?\s?(\d{4})(?!\d)")


def align(text: str) -> str:
    """Return the text with digits, spaces and dashes in their plain form, every character at its old position.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    str
        As long as `text`: Thai digits are Arabic, invisible characters are spaces, dashes are ``-``.
    """
    return text.translate(_ALIGNED) if _UNCLEAN.search(text) else text


def _year(match: re.Match[str]) -> str:
    year = int(match[2]) + (543 if match[1] == "ค" else 0)
    return f"ปี {year}"


def _whole_word(match: re.Match[str]) -> str:
    short = re.sub(r"\s", "", match[1])
    joined = short in _BEFORE_A_NAME and not match.string[match.end() : match.end() + 1].isdigit()
    return ABBREVIATIONS[short] + ("" if joined else " ")


def _spell_out(text: str) -> str:
    """Expand shorthand; every rule here uses up a dot or a long name, so applying them again and again ends."""
    if "ศ." in text or "พศ" in text or "คศ" in text:
        text = _ERA.sub(_year, text)
    if len(text) > 12 and _OFFICIAL_SIGN.search(text):
        text = _OFFICIAL_NAME.sub(lambda match: _OFFICIAL[match[0]], text)
    if "." in text and _SHORTHAND.search(text):
        text = _INITIALS.sub(lambda match: re.sub(r"[\s.]", "", match[0]), text)
        text = _SCHOOL_YEAR.sub(r"\1มัธยม ", text)
        text = _SECONDARY.sub("มัธยม", text)
        text = _PRIMARY.sub("ประถม ", text)
        text = _METRE.sub(" เมตร ", text)
        text = _ABBREVIATION.sub(_whole_word, text)
        text = _CHAINED.sub(lambda match: f"{match[1]} {ABBREVIATIONS[match[2]]}", text)
    if "หมู่" in text or "ม." in text:
        text = _MOO.sub("หมู่ ", text)
    return text


def _once(text: str) -> str:
    if _UNCLEAN.search(text):
        text = _SPACE_RUN.sub(" ", text.translate(_CLEANED))
    if _MISPLACED.search(text) or _MISTYPED.search(text) or _DOUBLED.search(text):
        for slip, repair in _SLIPS:
            text = slip.sub(repair, text)
    if _TRIPLED.search(text) or _PUNCTUATED.search(text):
        for repeat, one in _REPEATS:
            text = repeat.sub(one, text)
    return _spell_out(text).strip(" ")


def normalize(text: str) -> str:
    """Give a Thai text its one spelling.

    Removes invisible characters; puts vowels and tones in order (``เเ`` → ``แ``, ``นํ้า`` → ``น้ำ``); takes repeats out
    of ``มากกกก``, ``!!!`` and ``ๆๆ``; turns Thai digits into Arabic, ค.ศ. and พ.ศ. into ``ปี 2565``; spells out
    abbreviations and gives each office one name (``ต.`` → ``ตำบล``, ``ม.5`` → ``หมู่ 5``, ``อ.บ.ต.`` and
    องค์การบริหารส่วนตำบล → ``อบต``); leaves single spaces.

    Parameters
    ----------
    text : str
        Raw text in Thai, English or both.

    Returns
    -------
    str
        The normalised text. ``normalize(normalize(text)) == normalize(text)``.
    """
    while (cleaned := _once(text)) != text:
        text = cleaned
    return text


def normalize_all(texts: Iterable[str]) -> list[str]:
    """Normalise many texts, in order (see :func:`normalize`)."""
    return [normalize(text) for text in texts]
