"""The word lists the library ships, in ``nlp/data``: written for this project, one theme a heading."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import geothai

__all__ = ["STOPWORDS", "compounds", "listed", "place_names", "rows", "splits"]


def rows(name: str) -> list[list[str]]:
    """Return the rows of a tab-separated list; lines that begin with # are headings."""
    lines = files("nlp").joinpath(f"data/{name}").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def listed(name: str) -> frozenset[str]:
    """Return the words of a list written with spaces between them; lines that begin with # are headings."""
    return frozenset(word for (line,) in rows(f"{name}.txt") for word in line.split())


STOPWORDS = listed("stopwords")
"""Words that say nothing of the subject: particles, pronouns, numbers in words, and the asking itself (ขอ อยาก ให้)."""


@cache
def compounds() -> frozenset[str]:
    """Return the domain dictionary: words of village life that mean more than their parts."""
    return frozenset(word.replace("|", "") for word in listed("words"))


@cache
def splits() -> dict[str, list[str]]:
    """Return the parts of compounds that the engine keeps whole, so that ประปา is heard in น้ำประปา."""
    return {word.replace("|", ""): word.split("|") for word in listed("words") if "|" in word}


@cache
def place_names() -> frozenset[str]:
    """Return the names of official areas that are not also everyday words.

    Short names of subdistricts are left out: บ่อ and ยาง are places too, but nobody means them.
    """
    names = {province.name_th for province in geothai.provinces()}
    for province in geothai.provinces():
        for district in geothai.districts(province.code):
            names.add(district.name_th)
            names |= {area.name_th for area in geothai.subdistricts(district.code) if len(area.name_th) >= 6}
    return frozenset(name for name in names if len(name) >= 3) - listed("everyday_places") - compounds() - STOPWORDS
