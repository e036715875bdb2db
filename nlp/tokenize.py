"""Thai text → words.

Thai is written without spaces. `thaibreak` cuts it: the best word F1 of the fast engines, a quarter of the cost of
newmm, wheels for x86 and ARM. Its cuts are fine (ไหล่ | ทาง), so words of village life that mean more than their parts,
and names of places, are put together again from the domain dictionary (:mod:`nlp.lexicon`). Regional words become
central ones on the way (:mod:`nlp.dialect`). The choice is measured in docs/nlp/text.md.

Three ways to ask. :func:`words` reads well: for labels and evidence. :func:`content_words` counts well: what can tell a
subject, a compound beside its parts. :func:`search_words` finds well: cut as finely as can be, so that ประปา finds
น้ำประปา.
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import thaibreak
from joblib import Parallel, delayed
from numpy.typing import NDArray

from nlp.dialect import bridge, replace_cut, replace_free
from nlp.lexicon import STOPWORDS, compounds, place_names, splits
from nlp.normalize import normalize

__all__ = [
    "STOPWORDS",
    "compounds",
    "content_words",
    "finer",
    "is_content",
    "search_words",
    "words",
    "words_all",
    "words_and_parts",
]

CHUNK = 5_000


class Numbered(NamedTuple):
    """Cut texts: the distinct words, every word of every text as its number, and where each text ends."""

    names: list[str]
    ids: NDArray[np.int32]
    ends: NDArray[np.int64]


_WORD_CHARACTER = re.compile(r"[^\W_]|[ก-๎]")
_MEMO_LIMIT = 300_000
_memo: dict[str, str] = {}


def _clean(token: str) -> str:
    """Return a cut in lower case without the punctuation around it; empty when nothing is left."""
    if len(_memo) > _MEMO_LIMIT:
        _memo.clear()
    word = token.strip("'\"-.,").lower() if _WORD_CHARACTER.search(token) else ""
    _memo[token] = word
    return word


def _cleaned(tokens: list[str]) -> list[str]:
    known = _memo.get
    found = [known(token) for token in tokens]
    if None in found:
        found = [_clean(token) for token in tokens]
    apart = splits()
    if not apart.keys().isdisjoint(found):
        found = [part for word in found for part in apart.get(word, [word])]  # type: ignore[arg-type, list-item] # no None
    return [word for word in found if word]


@cache
def _joins() -> tuple[frozenset[str], frozenset[str]]:
    """Return what is put together again, and its beginnings at the engine's cuts."""
    whole = compounds() | place_names()
    beginnings: set[str] = set()
    for word in whole:
        parts = splits().get(word) or thaibreak.words(word)
        beginnings.update("".join(parts[:end]) for end in range(1, len(parts)))
    return whole, frozenset(beginnings)


def _join(parts: list[str], *, beside_parts: bool = False) -> list[str]:
    """Put compounds and names together; `beside_parts` keeps the parts of compounds too."""
    whole, beginnings = _joins()
    joined: list[str] = []
    done, count = 0, len(parts)
    for index in [index for index, part in enumerate(parts) if part in beginnings]:
        if index < done:
            continue
        best = word = parts[index]
        end = reach = index + 1
        while word in beginnings and reach < count:
            word += parts[reach]
            reach += 1
            if word in whole:
                best, end = word, reach
        if end > index + 1:
            joined += parts[done:index]
            joined.append(best)
            if beside_parts and best in compounds():
                joined += parts[index:end]
            done = end
    return joined + parts[done:] if done else parts


def _cuts(text: str) -> list[str]:
    """Return the engine's cuts of a text whose regional words were made central."""
    central, heard = replace_free(normalize(text))
    return _cleaned(replace_cut(thaibreak.words(central), heard))


def words(text: str) -> list[str]:
    """Cut a text into words, with the domain dictionary and regional words made central.

    Parameters
    ----------
    text : str
        Raw or normalised text.

    Returns
    -------
    list of str
        Words in order, lower case, without spaces and punctuation. Numbers are kept.
    """
    return _join(_cuts(text))


@cache
def _parts(word: str) -> tuple[str, ...]:
    """Return the cuts of a word that was put together; a word that was not is its own only part."""
    if word not in _joins()[0]:
        return (word,)
    return tuple(splits().get(word) or _cleaned(thaibreak.words(word))) or (word,)


def finer(cut: Iterable[str]) -> list[str]:
    """Take words apart again into the engine's cuts: nearly :func:`search_words`, without reading the text again.

    Parameters
    ----------
    cut : iterable of str
        What :func:`words` gave.

    Returns
    -------
    list of str
        The same words in order, compounds and names of places as their parts.
    """
    return [part for word in cut for part in _parts(word)]


def number_words(texts: Iterable[Any], cut: Callable[[Any], list[str]]) -> Numbered:
    """Cut texts, and write every word as a number: small to keep, and cheap to send between processes."""
    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    ids, ends = array("i"), array("q")
    for text in texts:
        ids.extend(map(numbers.__getitem__, cut(text)))
        ends.append(len(ids))
    return Numbered(list(numbers), np.asarray(ids, dtype=np.int32), np.asarray(ends, dtype=np.int64))


def number_words_in_processes(
    texts: Sequence[Any], cut: Callable[[Any], list[str]], n_jobs: int | None
) -> list[Numbered]:
    """Do what :func:`number_words` does, 5,000 texts at a time in `n_jobs` processes; so few stay in this process."""
    chunks = [texts[start : start + CHUNK] for start in range(0, len(texts), CHUNK)]
    jobs = n_jobs if len(chunks) > 1 else 1
    numbered: list[Numbered] = Parallel(n_jobs=jobs)(delayed(number_words)(chunk, cut) for chunk in chunks)
    return numbered


def words_all(
    texts: Sequence[str], *, cut: Callable[[str], list[str]] | None = None, n_jobs: int | None = None
) -> list[list[str]]:
    """Cut many texts.

    Parameters
    ----------
    texts : sequence of str
    cut : callable
        How: :func:`words` unless given.
    n_jobs : int or None
        Processes; None is one, -1 is all cores. A list of 5,000 texts or fewer is cut here.

    Returns
    -------
    list of list of str
        The words of each text, in order. Equal words are one object, so the lists take little memory.
    """
    cut_texts = []
    for names, ids, ends in number_words_in_processes(texts, cut or words, n_jobs):
        said = [names[number] for number in ids.tolist()]
        starts = [0, *ends[:-1].tolist()]
        cut_texts += [said[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]
    return cut_texts


def words_and_parts(text: str) -> list[str]:
    """Cut a text into words, each compound followed by its parts."""
    return _join(_cuts(text), beside_parts=True)


def is_content(word: str) -> bool:
    """Say whether a word can tell a subject: no stopword, number, single letter or name of a place."""
    return len(word) > 1 and not word[0].isdigit() and word not in STOPWORDS and word not in place_names()


def content_words(text: str) -> list[str]:
    """Return the words of a text that can tell its subject (:func:`is_content`), compounds followed by their parts."""
    return [word for word in words_and_parts(text) if is_content(word)]


def search_words(text: str) -> list[str]:
    """Cut a text for an index or a query: as finely as the engine can, so that a part of a compound finds the whole."""
    return _cleaned(thaibreak.words(bridge(text)))
