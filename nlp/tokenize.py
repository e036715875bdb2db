"""Thai text → words.

Thai is written without spaces. `thaibreak` cuts it: the best word F1 of the fast engines, a quarter of the cost of
newmm, wheels for x86 and ARM. Its cuts are fine (ไหล่ | ทาง), so words of village life that mean more than their parts
are put together again from the domain dictionary (``nlp/data/words.txt``). The choice is measured in docs/nlp/text.md.

Three ways to ask: :func:`words` for topics, labels and matching; :func:`content_words` for the same without words that
say nothing of the subject; :func:`search_words` for an index, cut as finely as can be so that ประปา finds น้ำประปา.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

import thaibreak

from nlp.normalize import normalize

__all__ = ["STOPWORDS", "compounds", "content_words", "search_words", "segment", "words", "words_all"]


def listed(name: str) -> frozenset[str]:
    """Return the words of a list in ``nlp/data``; lines that begin with # are headings."""
    lines = files("nlp").joinpath(f"data/{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


_WORD_CHARACTER = re.compile(r"[^\W_]|[ก-๎]")
_MEMO_LIMIT = 300_000
_memo: dict[str, str] = {}

STOPWORDS = listed("stopwords")
"""Words that say nothing of the subject: particles, pronouns, numbers in words, and the asking itself (ขอ อยาก ให้)."""


@cache
def compounds() -> frozenset[str]:
    """Return the domain dictionary: words of village life that mean more than their parts."""
    return listed("words")


@cache
def _joins() -> tuple[frozenset[str], frozenset[str]]:
    """Return the compounds, and their beginnings at the cuts the engine makes."""
    whole = compounds()
    beginnings = set()
    for word in whole:
        start = ""
        for part in thaibreak.words(word)[:-1]:
            start += part
            beginnings.add(start)
    return whole, frozenset(beginnings)


def _known(token: str) -> str:
    if len(_memo) > _MEMO_LIMIT:
        _memo.clear()
    word = token.strip("'\"-.,").lower() if _WORD_CHARACTER.search(token) else ""
    _memo[token] = word
    return word


def segment(text: str) -> list[str]:
    """Cut a normalised text into the engine's own words, lower case, without punctuation.

    Parameters
    ----------
    text : str
        Text that :func:`nlp.normalize.normalize` has seen.

    Returns
    -------
    list of str
        The words in order. Numbers are kept.
    """
    known = _memo.get
    found = [known(token) for token in thaibreak.words(text)]
    if None in found:
        found = [_known(token) for token in thaibreak.words(text)]
    return [word for word in found if word]


def _join(parts: list[str]) -> list[str]:
    whole, beginnings = _joins()
    joined = []
    index, count = 0, len(parts)
    while index < count:
        best = word = parts[index]
        end = index + 1
        reach = end
        while word in beginnings and reach < count:
            word += parts[reach]
            reach += 1
            if word in whole:
                best, end = word, reach
        joined.append(best)
        index = end
    return joined


def words(text: str) -> list[str]:
    """Cut a text into words, with the domain dictionary.

    Parameters
    ----------
    text : str
        Raw or normalised text.

    Returns
    -------
    list of str
        Words in order, lower case, without spaces and punctuation.
    """
    return _join(segment(normalize(text)))


def words_all(texts: Iterable[str]) -> list[list[str]]:
    """Cut many texts, in order (see :func:`words`)."""
    return [words(text) for text in texts]


def content_words(text: str) -> list[str]:
    """Return the words of a text that can tell its subject: no :data:`STOPWORDS`, no numbers, no single letters."""
    return [word for word in words(text) if word not in STOPWORDS and len(word) > 1 and not word[0].isdigit()]


def search_words(text: str) -> list[str]:
    """Cut a text for an index or a query: as finely as the engine can, so that a part of a compound finds the whole."""
    return segment(normalize(text))
