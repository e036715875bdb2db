"""Where a piece of work reaches: the official areas a plan title names, and how a need's own area stands to them.

Titles name areas in full ("ตำบลบ้านแห อำเภอเมืองอ่างทอง จังหวัดอ่างทอง") but come out of scanned books with slips
("ตำบสายทอง", "อำเภอกันตั้ง"), so each name is settled against the official areas of the province it stands in. A title
that names no area reaches the province of its plan, or the whole cluster.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache, lru_cache

import geothai

from nlp.lexicon import listed
from nlp.normalize import normalize
from nlp.works import NOTE, names_in


class Reach(IntEnum):
    """How a need's area stands to the areas a title names; larger is nearer."""

    ELSEWHERE = 0
    PROVINCE_OTHER_DISTRICT = 1
    CLUSTER = 2
    PROVINCE = 3
    DISTRICT_OTHER_SUBDISTRICT = 4
    DISTRICT = 5
    SUBDISTRICT = 6


LABELS: dict[Reach, str] = {
    Reach.ELSEWHERE: "อยู่คนละจังหวัด",
    Reach.PROVINCE_OTHER_DISTRICT: "อยู่จังหวัดเดียวกัน คนละอำเภอ",
    Reach.CLUSTER: "ครอบคลุมทั้งกลุ่มจังหวัด",
    Reach.PROVINCE: "ครอบคลุมทั้งจังหวัด",
    Reach.DISTRICT_OTHER_SUBDISTRICT: "อยู่อำเภอเดียวกัน คนละตำบล",
    Reach.DISTRICT: "อยู่อำเภอเดียวกัน",
    Reach.SUBDISTRICT: "อยู่ตำบลเดียวกัน",
}


@dataclass(frozen=True, slots=True)
class Site:
    """The areas one title names, as official Thai names.

    Parameters
    ----------
    provinces, districts, subdistricts
        Named with their word (จังหวัด, อำเภอ, ตำบล), or given beside the title.
    mentioned
        Districts in which places lie that the title names without the word อำเภอ or ตำบล: ends of a road, a hospital,
        an island. Empty where a district or subdistrict is named with its word.
    text
        The title, normalised and without spaces, for names that carry no word at all.
    """

    provinces: frozenset[str]
    districts: frozenset[str]
    subdistricts: frozenset[str]
    mentioned: frozenset[str]
    text: str


@cache
def provinces() -> dict[str, str]:
    """Thai province name → code."""
    return {province.name_th: province.code for province in geothai.provinces()}


@cache
def districts(province: str) -> tuple[str, ...]:
    """Thai names of a province's districts, without อำเภอ."""
    code = provinces().get(province)
    rows = geothai.districts(code) if code else []
    return tuple(re.sub("^(?:อำเภอ|เขต)", "", row.name_th) for row in rows)


@cache
def subdistricts(province: str, district: str) -> tuple[str, ...]:
    """Thai names of a district's subdistricts, without ตำบล."""
    code = provinces().get(province)
    for row in geothai.districts(code) if code else []:
        if re.sub("^(?:อำเภอ|เขต)", "", row.name_th) == district:
            return tuple(re.sub("^(?:ตำบล|แขวง)", "", sub.name_th) for sub in geothai.subdistricts(row.code))
    return ()


def _settle(name: str, official: Iterable[str]) -> str | None:
    """The official name a written one stands for, slips of the scanner forgiven; None when there is none near."""
    known = list(official)
    if name in known:
        return name
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return near[0] if near else None


_PROVINCE = re.compile(r"(?<!กลุ่ม)จังหวัด\s?([ก-๙]+)")
_DISTRICT = re.compile(r"อำเภอ\s?(เมือง(?:\s?(?!จังหวัด)[ก-๙]+)?|[ก-๙]+)")
_SUBDISTRICT = re.compile(r"ตำบ[ลน]?\s?([ก-๙]+)")
_BEGINNINGS = ("", "เกาะ", "เขา", "คลอง", "หนอง", "ห้วย", "บ้าน", "ท่า", "ทุ่ง", "บึง", "แหลม", "ด่าน")
"""How names of subdistricts begin that :func:`~nlp.works.names_in` takes for what the place is."""


def _provinces_in(title: str, unit: str) -> set[str]:
    found = set()
    for written in _PROVINCE.findall(title):
        settled = _settle(written, provinces()) or next((p for p in provinces() if written.startswith(p)), None)
        if settled:
            found.add(settled)
    if not found and (given := unit.removeprefix("จังหวัด")) in provinces():
        found.add(given)
    if not found:
        found.update(province for province in provinces() if len(province) >= 5 and province in title)
    return found


@cache
def _lying(province: str) -> dict[str, str]:
    """Names of a province's districts and subdistricts that are of one district only → that district."""
    found: dict[str, set[str]] = {}
    for district in districts(province):
        for name in (district, *subdistricts(province, district)):
            found.setdefault(name, set()).add(district)
    everyday = listed("everyday_places")
    return {
        name: next(iter(own))
        for name, own in found.items()
        if len(own) == 1 and len(name) >= 4 and name not in everyday and name not in provinces()
    }


def _mentioned(text: str, home: str) -> set[str]:
    """Districts of a province in which places lie that a title names without the word อำเภอ or ตำบล."""
    known = _lying(home)
    written = {stem + name for name in names_in(text) for stem in _BEGINNINGS if stem + name in text}
    found = {known[name] for name in written if name in known} | _districts_in(text, home)
    bare = _PROVINCE.sub(" ", text)
    in_town = re.search(rf"(?:เขตเมือง|เทศบาลเมือง|เทศบาลนคร)\s?{home}", bare)
    if f"เมือง{home}" in districts(home) and (in_town or (found and home in bare)):
        found.add(f"เมือง{home}")
    return found


def _districts_in(text: str, home: str) -> set[str]:
    return {name for name in districts(home) if len(name) >= 5 and home not in name and name in text}


@lru_cache(maxsize=65536)
def site_of(
    title: str, province: str = "", district: str = "", subdistrict: str = "", homes: tuple[str, ...] = ()
) -> Site:
    """The areas of a title and of the columns beside it.

    Parameters
    ----------
    title
        A plan title.
    province, district, subdistrict
        What the plan's own columns say, with or without จังหวัด/อำเภอ/ตำบล; "กลุ่มจังหวัด…" says nothing narrower than the
        cluster. Areas in the title come first: a province's budget is at times spent next door.
    homes
        Provinces to look in where neither title nor columns name one: those of the plan's other titles.

    Returns
    -------
    Site
    """
    text = NOTE.sub("", re.sub(r"\s+", " ", normalize(title)))
    where = _provinces_in(text, normalize(province))
    official = {name: home for home in where for name in districts(home)}
    named: set[str] = set()
    for written in [*_DISTRICT.findall(text), *([district.removeprefix("อำเภอ")] if district else [])]:
        name = written.replace(" ", "")
        if name == "เมือง" or any(name.startswith(f"เมือง{home}") for home in where):
            capital = next((f"เมือง{home}" for home in where if f"เมือง{home}" in official), None)
            named.update([capital] if capital else [])
        elif settled := _settle(name, official):
            named.add(settled)
    inside = {sub for name in (named or official) if name in official for sub in subdistricts(official[name], name)}
    tambons = {
        _settle(written, inside) or written
        for written in [*_SUBDISTRICT.findall(text), *([subdistrict.removeprefix("ตำบล")] if subdistrict else [])]
    }
    if not where and not named | tambons:
        for reading in (_districts_in, _mentioned):  # names of districts first: they are said oftener, and more alone
            there = {home for home in homes if reading(text, home)}
            where = where or (there if len(there) == 1 else set())
    mentioned = set() if named | tambons else set().union(*(_mentioned(text, home) for home in where))
    return Site(frozenset(where), frozenset(named), frozenset(tambons), frozenset(mentioned), text.replace(" ", ""))


def reach_of(site: Site, province: str, district: str, subdistrict: str) -> Reach:
    """How a need from one place stands to a title's areas.

    Parameters
    ----------
    site
        The title's areas.
    province, district, subdistrict
        The need's own area, official Thai names; empty where unknown.

    Returns
    -------
    Reach
        CLUSTER also when the need's own province is unknown: nothing then speaks for or against.
    """
    if not site.provinces or not province:
        named = Reach.CLUSTER
    elif province not in site.provinces:
        return Reach.ELSEWHERE
    elif subdistrict in site.subdistricts and (not site.districts or district in site.districts):
        return Reach.SUBDISTRICT
    elif site.districts:
        if district not in site.districts:
            return Reach.PROVINCE_OTHER_DISTRICT
        alone = not site.subdistricts or not subdistrict
        named = Reach.DISTRICT if alone else Reach.DISTRICT_OTHER_SUBDISTRICT
    elif site.mentioned:
        named = Reach.DISTRICT if district in site.mentioned else Reach.PROVINCE_OTHER_DISTRICT
    else:
        named = Reach.PROVINCE
    if len(subdistrict) >= 4 and subdistrict in site.text and named is not Reach.DISTRICT_OTHER_SUBDISTRICT:
        return Reach.SUBDISTRICT
    if named is Reach.PROVINCE and len(district) >= 5 and district in site.text:
        return Reach.DISTRICT
    return named
