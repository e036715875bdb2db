"""Regional words → central Thai, so that เริน, เฮือน and บ้าน meet.

The glossary (``nlp/data/dialect.tsv``) was written for this project: words of อีสาน, คำเมือง and ปักษ์ใต้ that village needs
use, as people spell them. It serves counting and comparing only; what people wrote is never rewritten for readers.

Thai has no spaces, so a regional word hides in central ones (หลาด in ประหลาด) and some are central words too (แล, กะ).
Every entry therefore says how it is told apart; see the head of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Literal

import thaibreak

from nlp.lexicon import rows
from nlp.normalize import normalize

__all__ = ["Entry", "bridge", "glossary", "replace_cut", "replace_free"]

Region = Literal["isan", "north", "south"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One word of the glossary. ``kind`` is free, cut or cue; see the head of the file."""

    region: Region
    word: str
    central: str
    kind: Literal["free", "cut", "cue"]


@cache
def glossary() -> tuple[Entry, ...]:
    """Return the glossary, by region and word."""
    return tuple(Entry(*row) for row in rows("dialect.tsv"))  # type: ignore[arg-type] # tests check every row


def _trie(words: Iterable[str]) -> str:
    """Write words as one regular expression that reads each letter once."""
    tree: dict[str, dict] = {}  # type: ignore[type-arg] # a tree of trees
    for word in words:
        node = tree
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {}

    def pattern(node: dict) -> str:  # type: ignore[type-arg] # a tree of trees
        branches = [re.escape(letter) + pattern(below) for letter, below in sorted(node.items()) if letter]
        if not branches:
            return ""
        body = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
        return f"(?:{body})?" if "" in node else body

    return pattern(tree)


_SHIELDS = ("ประหลาด", "งัวเงีย", "อำเภอฮอด", "ตำบลฮอด")
"""Central words with a free word inside: read whole, so that what is inside stays."""


@cache
def _free() -> tuple[re.Pattern[str], dict[str, Entry]]:
    entries = {entry.word: entry for entry in glossary() if entry.kind == "free"}
    return re.compile(f"{_trie((*_SHIELDS, *entries))}(?![ะ-ฺๅ็-๎])"), entries


@cache
def _by_cut() -> tuple[dict[str, list[Entry]], frozenset[str], frozenset[str]]:
    """Return the other entries by word, their beginnings at the engine's cuts, and the cut that tells each of kind cut.

    That is its second cut where it has one: มาเล is told by เล, because มา is everywhere.
    """
    entries: dict[str, list[Entry]] = {}
    beginnings: set[str] = set()
    signs: set[str] = set()
    for entry in glossary():
        if entry.kind != "free":
            entries.setdefault(entry.word, []).append(entry)
            parts = thaibreak.words(entry.word)
            if entry.kind == "cut":
                signs.add(parts[:2][-1])
            beginnings.update("".join(parts[:end]) for end in range(1, len(parts)))
    return entries, frozenset(beginnings), frozenset(signs)


def replace_free(text: str) -> tuple[str, set[str]]:
    """Replace the words that are regional wherever they stand; return the text and the regions heard."""
    pattern, entries = _free()
    heard: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        entry = entries.get(match[0])
        if entry is None or (match.start() and match.string[match.start() - 1] in "เแโใไ"):
            return match[0]
        heard.add(entry.region)
        return entry.central

    return pattern.sub(replace, text), heard


def replace_cut(parts: list[str], heard: set[str]) -> list[str]:
    """Replace the words that fill whole cuts, longest first; `heard` lets in the words that need a cue."""
    entries, beginnings, signs = _by_cut()
    if not heard and signs.isdisjoint(parts):
        return parts
    found: list[tuple[int, int, list[Entry]]] = []
    index = 0
    while index < len(parts):
        word, end = parts[index], index + 1
        best = end if word in entries else 0
        while word in beginnings and end < len(parts):
            word += parts[end]
            end += 1
            best = end if word in entries else best
        if best:
            found.append((index, best, entries["".join(parts[index:best])]))
        index = max(best, index + 1)
    heard = heard | {entry.region for _, _, those in found for entry in those if entry.kind == "cut"}
    replaced = list(parts)
    for first, after, those in reversed(found):
        entry = next((entry for entry in those if entry.kind == "cut" or entry.region in heard), None)
        if entry:
            replaced[first:after] = [entry.central]
    return replaced


def bridge(text: str) -> str:
    """Return the text with its regional words in central Thai.

    Parameters
    ----------
    text : str
        Raw or normalised text.

    Returns
    -------
    str
        Normalised text. A text without regional words comes back as ``normalize(text)``.
    """
    text, heard = replace_free(normalize(text))
    if replace_cut(parts := thaibreak.words(text), heard) == parts:
        return text
    cuts = thaibreak.boundaries(text)
    return "".join(replace_cut([text[start:end] for start, end in pairwise(cuts)], heard))
