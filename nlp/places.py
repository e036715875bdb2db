"""Places named in a text → official areas, and how near two areas are.

The official areas come from the `geothai` package; which districts share a border is shipped as a list of facts
(``nlp/data/district_neighbours.txt``). A code is a string of 2 digits for a province, 4 for a district, 6 for a
subdistrict and 8 for a village (subdistrict and หมู่): an area contains every area whose code begins with its own.

People write ต.บ้านแห, ตำบลบ้านแห or just บ้านแห; they misspell; and 28 subdistricts are called หนองบัว. A mention is
settled, in this order, by the other places of the same text, by the sender's own area, and by being the only one of
its name.

What has a name but no code (a canal, a road, a temple) is a :class:`Landmark`: two texts that name the same one speak
of the same place.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import geothai
import thaibreak

from nlp.lexicon import STOPWORDS, listed
from nlp.normalize import align, normalize

__all__ = [
    "Gazetteer",
    "Landmark",
    "PlaceMention",
    "Relation",
    "gazetteer",
    "landmarks",
    "neighbours",
    "relation",
    "shared_landmarks",
]

Level = Literal["province", "district", "subdistrict", "village"]

_LENGTHS: dict[Level, int] = {"province": 2, "district": 4, "subdistrict": 6, "village": 8}
_LEVELS: dict[int, Level] = {length: level for level, length in _LENGTHS.items()}

ALIASES = {
    "กรุงเทพ": "10", "กทม": "10", "อยุธยา": "14", "โคราช": "30", "แปดริ้ว": "24", "นครศรีฯ": "80", "เมืองคอน": "80",
    "สุราษฎร์": "84", "สุราษ": "84", "ประจวบ": "77", "อุบล": "34", "อุดร": "41", "เมืองกาญ": "71", "เมืองจันท์": "22",
    "เมืองสุพรรณ": "72", "เมืองเพชร": "76", "สองแคว": "65", "เมืองตรัง": "92", "เมืองเลย": "42", "เมืองตาก": "63",
    "เมืองน่าน": "55", "เมืองแพร่": "54", "สารคาม": "44", "เมืองชล": "20", "แม่กลอง": "75",
}  # fmt: skip
"""What people call a place that its official name does not say."""

_NEEDS_PREFIX = listed("everyday_places")
"""Official names that are everyday words: read as places only after ต. อ. จ., or when they are the sender's own."""


class Relation(IntEnum):
    """How near a place of work is to the place of a need; greater is nearer."""

    ELSEWHERE = 0
    NEIGHBOURING_PROVINCE = 1
    SAME_PROVINCE = 2
    NEIGHBOURING_DISTRICT = 3
    SAME_DISTRICT = 4
    WITHIN = 5
    CONTAINS = 6
    SAME = 7


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place in a text; ``text == source[start:end]``.

    ``code`` is None where several places carry the name and nothing settles which. ``certainty`` is a rule of thumb
    from 0 to 1: prefixed and spelt right is near 1, bare or misspelt less, unsettled least.
    """

    start: int
    end: int
    text: str
    level: Level
    code: str | None
    certainty: float


@cache
def _borders() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    districts: defaultdict[str, set[str]] = defaultdict(set)
    for line in files("nlp").joinpath("data/district_neighbours.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            code, *others = line.split()
            for other in others:
                districts[code].add(other)
                districts[other].add(code)
    provinces: defaultdict[str, set[str]] = defaultdict(set)
    for code, others_of in districts.items():
        provinces[code[:2]] |= {other[:2] for other in others_of} - {code[:2]}
    return {k: frozenset(v) for k, v in districts.items()}, {k: frozenset(v) for k, v in provinces.items()}


def neighbours(code: str) -> frozenset[str]:
    """Return the areas that share a border with a province (2 digits) or a district (4 digits); islands have none."""
    districts, provinces = _borders()
    return (provinces if len(code) == 2 else districts).get(code, frozenset())


def relation(need: str, work: str) -> Relation:
    """Say how near the place of work is to the place of a need.

    Parameters
    ----------
    need, work : str
        Area codes of 2 to 8 digits.

    Returns
    -------
    Relation
        ``CONTAINS`` when the work covers an area around the need, ``WITHIN`` when it lies inside the need's area.
    """
    if need == work:
        return Relation.SAME
    if need.startswith(work):
        return Relation.CONTAINS
    if work.startswith(need):
        return Relation.WITHIN
    if need[:4] == work[:4]:
        return Relation.SAME_DISTRICT
    if len(need) >= 4 and len(work) >= 4 and work[:4] in neighbours(need[:4]):
        return Relation.NEIGHBOURING_DISTRICT
    if need[:2] == work[:2]:
        return Relation.SAME_PROVINCE
    return Relation.NEIGHBOURING_PROVINCE if work[:2] in neighbours(need[:2]) else Relation.ELSEWHERE


# Letters that sound alike become one, tones and silent letters go: ชำผักเเพว, สรรบุรี and สันบุรี still meet their place.
_SOUND = {
    **dict.fromkeys("ศษ", "ส"), "ณ": "น", "ญ": "ย", "ฎ": "ด", "ฏ": "ต", "ฐ": "ถ", **dict.fromkeys("ฑฒธ", "ท"), "ภ": "พ",
    "ฬ": "ล", "ร": "ล", "ฆ": "ค", "ใ": "ไ", "ๅ": "า", "ฃ": "ข", "ฅ": "ค",
    **dict.fromkeys("่้๊๋็์ฺํ\u200b\u200c\u200d\ufeff\u00ad", ""),
}  # fmt: skip


def _skeleton(text: str) -> tuple[str, list[int]]:
    """Return the sounds of a text and, for each, its position; one more position ends the list."""
    sounds: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(text):
        sound = _SOUND.get(letter, letter)
        if sound == "เ" and sounds and sounds[-1] == "เ" and places[-1] == place - 1:
            sounds[-1] = "แ"
            continue
        if sound:
            sounds.append(sound)
            places.append(place)
    return "".join(sounds), [*places, len(text)]


def _one_slip(a: str, b: str) -> bool:
    """Say whether one letter added, lost, changed or swapped turns `a` into `b`."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    if len(a) == len(b):
        rest_a, rest_b = a[start:], b[start:]
        return rest_a[1:] == rest_b[1:] or (rest_a[2:] == rest_b[2:] and rest_a[:2] == rest_b[1::-1])
    longer, shorter = (a, b) if len(a) > len(b) else (b, a)
    return longer[start + 1 :] == shorter[start:]


_PREFIXES: dict[str, Level] = {
    "ตำบล": "subdistrict", "ต.": "subdistrict", "แขวง": "subdistrict", "tambon": "subdistrict",
    "อำเภอ": "district", "อ.": "district", "เขต": "district", "amphoe": "district",
    "จังหวัด": "province", "จ.": "province", "จว.": "province", "changwat": "province",
}  # fmt: skip
_PREFIX = re.compile(
    r"(ตำบล|แขวง|อำเภอ|เขต|จังหวัด|(?<![ก-ฮ.])(?:จว|[ตอจ])\s?\.|(?<=[ก-๎])[ตอจ]\.(?=[ก-ฮเ-ไ][ก-๎]{2})|tambon|amphoe|changwat)\s{0,2}",
    re.IGNORECASE,
)
_MOO = re.compile(r"(?:หมู่(?:ที่|บ้านที่)?|(?<![ก-๎.])ม\.|moo)\s{0,2}(\d{1,2})(?![\d,.]*\d)", re.IGNORECASE)
_NAME_RUN = re.compile(r"[ก-ฮเ-ไ][ก-๎\u200b]*|[A-Za-z][A-Za-z \-]*")
_OF_WATER = re.compile(r"(?:แม่น้ำ|ลุ่มน้ำ|คลอง)$")
_CONTINUES = re.compile("[ะ-ฺๅ็-๎]")


class Gazetteer:
    """The official areas, by name, by code and by what stands in a text; :func:`gazetteer` builds it once."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._codes: defaultdict[tuple[Level, str], list[str]] = defaultdict(list)
        self._sounds: defaultdict[tuple[Level, str], list[str]] = defaultdict(list)
        self._children: defaultdict[tuple[Level, str], list[str]] = defaultdict(list)
        self._bare: defaultdict[str, list[str]] = defaultdict(list)
        for province in geothai.provinces():
            self._add(province.code, province.name_th, province.name_en)
            for district in geothai.districts(province.code):
                self._add(district.code, district.name_th.removeprefix("เขต"), district.name_en)
                for subdistrict in geothai.subdistricts(district.code):
                    self._add(subdistrict.code, subdistrict.name_th, subdistrict.name_en)
        for name, code in ALIASES.items():
            self._bare[name] = [code]
            self._codes["province", name].append(code)
        self._longest = max(map(len, self._bare))

    def _add(self, code: str, thai: str, english: str) -> None:
        level = _LEVELS[len(code)]
        self.names[code] = thai
        self._codes[level, thai].append(code)
        self._codes[level, english.lower()].append(code)
        self._sounds[level, _skeleton(thai)[0]].append(code)
        self._children[level, code[:2]].append(code)
        self._bare[thai].append(code)

    def name(self, code: str) -> str:
        """Return an area as people write it in full, such as ``ตำบลบ้านแห อำเภอเมืองอ่างทอง จังหวัดอ่างทอง``."""
        parts = [f"หมู่ {int(code[6:])}"] if len(code) == 8 else []
        for length, prefix in ((6, "ตำบล"), (4, "อำเภอ"), (2, "จังหวัด")):
            if len(code) >= length and code[:length] in self.names:
                parts.append(prefix + self.names[code[:length]])
        return " ".join(parts)

    def locate(
        self, *, province: str | None = None, district: str | None = None, subdistrict: str | None = None
    ) -> str | None:
        """Return the code of the smallest area that names typed in a form agree on.

        Parameters
        ----------
        province, district, subdistrict : str or None
            Names with or without their prefix, misspelt or not.

        Returns
        -------
        str or None
            A code of 2, 4 or 6 digits; None where nothing is known by these names.
        """
        found = ""
        typed_names: tuple[tuple[Level, str | None], ...]
        typed_names = (("province", province), ("district", district), ("subdistrict", subdistrict))
        for level, typed in typed_names:
            if not typed or not typed.strip():
                continue
            names = (typed.strip(), _PREFIX.sub("", normalize(typed), count=1).strip())
            codes = next(filter(None, (self._within(level, name, found) for name in names)), [])
            if len(codes) == 1:
                found = codes[0]
        return found or None

    def _within(self, level: Level, name: str, parent: str) -> list[str]:
        return [code for code in self._named(level, name, parent[:2]) if code.startswith(parent)]

    def _named(self, level: Level, name: str, province: str) -> list[str]:
        if level == "district" and name == "เมือง":
            return [code for code in self._children["district", province] if code.endswith("01")] if province else []
        if exact := self._codes.get((level, name)) or self._codes.get((level, name.lower())):
            return exact
        sound = _skeleton(name)[0]
        if alike := self._sounds.get((level, sound)):
            return alike
        pool = self._children[level, province] if province and level != "province" else self._codes_of_level(level)
        return [code for code in pool if len(sound) >= 4 and _one_slip(_skeleton(self.names[code])[0], sound)]

    def find(
        self, text: str, *, province: str | None = None, district: str | None = None, subdistrict: str | None = None
    ) -> list[PlaceMention]:
        """Find the official places a text names.

        Parameters
        ----------
        text : str
            Raw text.
        province, district, subdistrict : str or None
            Where the sender is: settles names that several places carry, and lets bare names be heard.

        Returns
        -------
        list of PlaceMention
            In order of place, without overlaps.
        """
        plain = align(text)
        home = self.locate(province=province, district=district, subdistrict=subdistrict) or ""
        cuts = thaibreak.boundaries(plain)
        claims = [*self._prefixed(plain, cuts, home), *self._unprefixed(plain, cuts, home)]
        claims.sort(key=lambda claim: (-claim.weight, claim.start - claim.end, claim.start))
        kept: list[_Claim] = []
        for claim in claims:
            if all(claim.end <= other.start or claim.start >= other.end for other in kept):
                kept.append(claim)
        kept.sort(key=lambda claim: claim.start)
        settled = list(self._settled(text, kept, home))
        said = {mention.code for mention in settled if mention.level == "subdistrict" and mention.code}
        return [*settled, *_villages(text, plain, said.pop() if len(said) == 1 else home)]

    def areas(
        self, text: str, *, province: str | None = None, district: str | None = None, subdistrict: str | None = None
    ) -> list[str]:
        """Return the codes of the smallest areas a text names, without those that only say where another one is."""
        found = self.find(text, province=province, district=district, subdistrict=subdistrict)
        codes = dict.fromkeys(mention.code for mention in found if mention.code and mention.level != "village")
        return [code for code in codes if not any(other != code and other.startswith(code) for other in codes)]

    def _prefixed(self, plain: str, cuts: Sequence[int], home: str) -> Iterator[_Claim]:
        unread: list[tuple[re.Match[str], Level, re.Match[str]]] = []
        provinces = {home[:2], *neighbours(home[:2])} if home else set()
        for match in _PREFIX.finditer(plain):
            level = _PREFIXES[re.sub(r"\s", "", match[1]).lower()]
            run = _NAME_RUN.match(plain, match.end())
            if run is None:
                continue
            end, codes, weight = self._read(level, run[0], {cut - run.start() for cut in cuts})
            if match[1] in ("เขต", "แขวง"):
                codes = [code for code in codes if code.startswith("10") and run[0].startswith(self.names[code])]
            if codes:
                provinces |= {code[:2] for code in codes} if len(codes) == 1 else set()
                yield _Claim(match.start(), run.start() + end, level, tuple(codes), weight)
            elif match[1] not in ("เขต", "แขวง"):
                unread.append((match, level, run))
        for match, level, run in unread:
            end, codes = self._misread(level, run[0], provinces)
            if codes:
                yield _Claim(match.start(), run.start() + end, level, tuple(codes), 0.7)

    def _read(self, level: Level, run: str, cuts: set[int]) -> tuple[int, Sequence[str], float]:
        """Return how much of the run after a prefix is a name, whose it can be, and how sure that is."""
        best: tuple[int, Sequence[str], float] = (0, [], 0.0)
        for end in range(min(len(run), self._longest), 1, -1):
            codes = self._codes.get((level, run[:end])) or self._codes.get((level, run[:end].lower().strip()))
            if codes and not _CONTINUES.match(run, end) and (end > 4 or end in cuts):
                best = (end, codes, 1.0)
                break
        if not best[0] and level == "district" and run.startswith("เมือง") and (5 in cuts or len(run) == 5):
            return 5, [code for code in self._codes_of_level("district") if code.endswith("01")], 1.0
        sound, places = _skeleton(run)
        for end in range(min(len(sound), self._longest), 2, -1):
            if (codes := self._sounds.get((level, sound[:end]))) and places[end] > best[0] + 1:
                return places[end], codes, 0.85
        return best

    def _misread(self, level: Level, run: str, provinces: set[str]) -> tuple[int, list[str]]:
        """Return the longest name of these provinces that is one slip away from the beginning of the run."""
        sound, places = _skeleton(run)
        best: tuple[int, list[str]] = (0, [])
        for code in (code for province in sorted(provinces) for code in self._children[level, province]):
            name = _skeleton(self.names[code])[0]
            if len(name) >= 4:
                ends = (end for end in (len(name), len(name) - 1, len(name) + 1) if 3 < end <= len(sound))
                end = next((end for end in ends if _one_slip(name, sound[:end])), 0)
                if end and places[end] > best[0]:
                    best = (places[end], [code])
        return best

    @cache  # noqa: B019 - one gazetteer lives as long as the process
    def _codes_of_level(self, level: Level) -> tuple[str, ...]:
        return tuple(code for code in self.names if len(code) == _LENGTHS[level])

    def _unprefixed(self, plain: str, cuts: Sequence[int], home: str) -> Iterator[_Claim]:
        near = {home[:2], *neighbours(home[:2])} if home else set()
        own = {self.names[home[:length]] for length in (4, 6) if len(home) >= length}
        for index, start in enumerate(cuts):
            for reach, end in reversed(list(enumerate(cuts[index + 1 : index + 8], 1))):
                name = plain[start:end]
                codes = self._bare.get(name)
                if not codes or len(name) < 3 or _CONTINUES.match(plain, end) or _OF_WATER.search(plain, 0, start):
                    continue
                if name in _everyday() or (name in _NEEDS_PREFIX and name not in own):
                    continue
                codes = [code for code in codes if _is_heard(code, name, reach == 1, home, near)]
                if codes:
                    size = len(home) if home in codes else min(map(len, codes))
                    codes = [code for code in codes if len(code) == size]
                    yield _Claim(start, end, _LEVELS[size], tuple(codes), 0.8 if name in own else 0.6)
                    break

    def _settled(self, text: str, claims: list[_Claim], home: str) -> Iterator[PlaceMention]:
        sure = [claim.codes[0] for claim in claims if len(claim.codes) == 1 and claim.weight >= 0.85]
        for claim in sorted(claims, key=lambda claim: _LENGTHS[claim.level]):
            others = [code for code in sure if code not in claim.codes]
            code, settled = _choose(claim.codes, others, home)
            if code is not None and claim.weight >= 0.85:
                sure.append(code)
            claim.code, claim.certainty = code, round(claim.weight * settled, 2)
        for claim in claims:
            yield PlaceMention(
                claim.start, claim.end, text[claim.start : claim.end], claim.level, claim.code, claim.certainty
            )


@dataclass(slots=True)
class _Claim:
    """A stretch of text that some places could own."""

    start: int
    end: int
    level: Level
    codes: tuple[str, ...]
    weight: float
    code: str | None = None
    certainty: float = 0.0


def _is_heard(code: str, name: str, is_one_word: bool, home: str, near: set[str]) -> bool:
    """Say whether a name without a prefix may mean this place: small places only from close by, and no short words."""
    if len(code) == 2:
        return True
    if len(code) == 4:
        return (code[:2] in near or (not home and len(name) >= 5)) and not (is_one_word and len(name) <= 3)
    if is_one_word and len(name) <= 4:
        return False
    return bool(home) and (code[:4] == home[:4] or (code[:2] == home[:2] and len(name) >= 4))


def _choose(codes: Sequence[str], others: Iterable[str], home: str) -> tuple[str | None, float]:
    if len(codes) == 1:
        return codes[0], 1.0
    said = list(others)
    for places, length, sureness in (
        (said, 4, 0.97),
        (said, 2, 0.95),
        ([home], 6, 0.95),
        ([home], 4, 0.9),
        ([home], 2, 0.85),
    ):
        ends = {place[:length] for place in places if len(place) >= length}
        fitting = [code for code in codes if code[:length] in ends]
        if len(fitting) == 1:
            return fitting[0], sureness
        if fitting:
            codes = fitting
    if home:
        fitting = [code for code in codes if code[:4] in neighbours(home[:4])] or [
            code for code in codes if code[:2] in neighbours(home[:2])
        ]
        if len(fitting) == 1:
            return fitting[0], 0.7
    return None, 0.3


def _villages(text: str, plain: str, home: str) -> Iterator[PlaceMention]:
    for match in _MOO.finditer(plain):
        number = int(match[1])
        if 0 < number < 40:
            code = f"{home}{number:02d}" if len(home) == 6 else None
            certainty = 0.9 if code else 0.3
            yield PlaceMention(*match.span(), text[match.start() : match.end()], "village", code, certainty)


@cache
def gazetteer() -> Gazetteer:
    """Return the gazetteer, built on first use (about 50 ms) and kept."""
    return Gazetteer()


LandmarkKind = Literal["road", "water", "temple", "school", "village", "land", "coast", "market", "bridge"]


@dataclass(frozen=True, slots=True)
class Landmark:
    """Something with a name and a place but no code: ``road 3501``, ``water เจ้าเจ็ด``, ``temple ไชโย``."""

    kind: LandmarkKind
    name: str
    start: int
    end: int


_NO_NAME = re.compile("(?:ใหญ่|เล็ก|กลาง|หลวง|เมือง|ทุ่ง|ใหม่|เก่า|ดี|สวย|ยาว|ลึก|หลัก|สอง|สาม|สี่|ห้า|หก|เจ็ด|แปด|เก้า|สิบ|ร้อย)+")
_ALL_THAI = re.compile("[ก-๎]+")
_OFFICIAL = re.compile(r"(?:จังหวัด|อำเภอ|ตำบล)\s?[ก-๎]+")
_ROAD = re.compile(
    r"(?:ทางหลวง(?:แผ่นดิน|ชนบท|ท้องถิ่น)?|ทล\.?|ทช\.?|ถนนสาย|ถนนหมายเลข|สาย|ถนน|เส้น)\s?(?:สาย)?\s?(?:หมายเลข|เลขที่|เลข)?\s?"
    r"(?:[ก-ฮ]{2}\.\s?(?:ถ\.?\s?)?)?(\d{1,4}(?:-\d{3,4})?)(?![\d.,]*\d)(?!\s?(?:เส้น|สาย|เมตร|กิโล|กม|ม\.|เลน|ช่อง|จุด|ปี))"
)
_HEADS: dict[str, LandmarkKind] = {
    "คลอง": "water", "แม่น้ำ": "water", "น้ำแม่": "water", "ลำน้ำ": "water",
    "อ่างเก็บน้ำ": "water", "อ่าง": "water", "ฝาย": "water", "เขื่อน": "water",
    "ประตูน้ำ": "water", "สระ": "water", "ทะเลสาบ": "water", "น้ำตก": "water", "วัด": "temple",
    "มัสยิด": "temple", "ปราสาท": "temple", "โรงเรียน": "school", "บ้าน": "village",
    "ท่าเรือ": "coast", "ตลาด": "market", "สะพาน": "bridge", "ด่าน": "bridge", "ถนน": "road",
    "แยก": "road", "ซอย": "road",
}  # fmt: skip
_NAMING_HEADS: dict[str, LandmarkKind] = {
    "ลำ": "water", "ห้วย": "water", "หนอง": "water", "บึง": "water", "กุด": "water", "ภู": "land",
    "เขา": "land", "ดอย": "land", "ควน": "land", "ทุ่ง": "land", "เกาะ": "coast", "อ่าว": "coast",
    "หาด": "coast", "แหลม": "coast", "ท่า": "coast", "ช่อง": "land",
}  # fmt: skip
"""Heads that belong to the name (ห้วยบง, ท่าลาน), where the others only say what it is (คลอง, วัด)."""


_IN_NAMES = frozenset(
    ["เจ้า", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน", "ใหม่", "เก่า", "ดี"]
)


@cache
def _everyday() -> frozenset[str]:
    """Return the words that end a name: what follows คลอง in คลองตื้น is no name."""
    return (listed("everyday") | STOPWORDS) - _IN_NAMES


def landmarks(text: str) -> list[Landmark]:
    """Find named roads, waters, temples, villages, hills and shores.

    A name runs from its head word (คลอง, วัด, บ้าน…) over at most four cuts, until a space or an everyday word. The rule
    is generous: a false name harms nothing unless another text has the same one.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    list of Landmark
        In order; positions are in ``normalize(text)``. A name is without its head word, unless the head belongs to it.
    """
    clean = _OFFICIAL.sub(lambda match: " " * len(match[0]), normalize(text))
    found = [Landmark("road", match[1], *match.span()) for match in _ROAD.finditer(clean)]
    cuts = thaibreak.boundaries(clean)
    words = [clean[a:b] for a, b in pairwise(cuts)]
    for index, word in enumerate(words):
        kind = _HEADS.get(word) or _NAMING_HEADS.get(word)
        if kind is None:
            continue
        name = "".join(_name_words(words[index + 1 : index + 5]))
        if len(name) >= 2 and not _NO_NAME.fullmatch(name):
            end = cuts[index + 1] + len(name)
            found.append(Landmark(kind, word + name if word in _NAMING_HEADS else name, cuts[index], end))
    return sorted(found, key=lambda landmark: landmark.start)


def _name_words(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word in _everyday() or word in _HEADS or not _ALL_THAI.fullmatch(word):
            return
        yield word


def shared_landmarks(a: Iterable[Landmark], b: Iterable[Landmark], *, a_text: str = "", b_text: str = "") -> list[str]:
    """Return the names of landmarks two texts share, longest first.

    Parameters
    ----------
    a, b : iterable of Landmark
        The landmarks of either text.
    a_text, b_text : str
        The normalised texts; given, a name also counts where the other text says it bare (ริมเจ้าเจ็ด for
        คลองเจ้าเจ็ด).
    """
    ours, theirs = list(a), list(b)
    shared = {
        min(x.name, y.name, key=len)
        for x in ours
        for y in theirs
        if x.name == y.name
        or (min(len(x.name), len(y.name)) >= 4 and (x.name.startswith(y.name) or y.name.startswith(x.name)))
    }
    shared |= {name for x in ours if (name := _said(x.name, b_text))}
    shared |= {name for y in theirs if (name := _said(y.name, a_text))}
    return sorted(shared, key=lambda name: (-len(name), name))


def _said(name: str, text: str) -> str:
    """Return how much of a name a text says: all of at least four letters, or its first eight or more."""
    if len(name) >= 4 and name in text:
        return name
    end = next((end for end in range(len(name) - 1, 7, -1) if name[:end] in text), 0)
    return name[:end]
