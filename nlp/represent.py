"""What a topic is called: a noun phrase, keywords and quotes, all from the needs' own words.

A label is a phrase people wrote, not a bag of words: it begins with a noun, recurs in the topic, and says what sets
the topic apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.tokenize import STOPWORDS, compounds

__all__ = ["Description", "describe", "near_equal"]

Floats = NDArray[np.floating[Any]]

# A topic's words are counted on at most this many of its needs, those nearest its centre: more changes no label.
_READ = 200
_LONGEST = 3
_SEPARATOR = "\u241f"  # between the words of a phrase, so that it can be taken apart again


@dataclass(frozen=True, slots=True)
class Description:
    """How a topic presents itself.

    Attributes
    ----------
    label : str
        A noun phrase, different from every other topic's; empty when the topic has no word of its own.
    keywords : list of str, the most telling first
    quotes : list of int
        Row numbers of the needs that stand for the topic best, not saying the same thing twice.
    """

    label: str
    keywords: list[str]
    quotes: list[int]


@dataclass(slots=True)
class _Read:
    """What was read of a topic: the share of its needs that use each phrase, and how telling each phrase is."""

    n: int
    share: dict[str, float]
    scores: dict[str, float]
    users: dict[str, set[int]]


def describe(
    texts: Sequence[Sequence[str]],
    topics: Sequence[Sequence[int]],
    X: Floats,
    *,
    avoid: Collection[str] = (),
    taken: Collection[str] = (),
    leanings: Sequence[Callable[[str], float]] | None = None,
    n_keywords: int = 8,
    n_quotes: int = 3,
) -> list[Description]:
    """Name topics.

    Parameters
    ----------
    texts : sequence of n_rows lists of words
    topics : sequence of lists of row numbers
        The rows of each topic.
    X : ndarray of shape (n_rows, d)
        Where the rows lie; the centre of a topic is the mean of its rows.
    avoid : collection of str
        Words that must not enter labels and keywords: place names, people's names.
    taken : collection of str
        Labels in use already, such as those a person gave.
    leanings : sequence of callables, optional
        For each topic, how much a word is known to speak of its theme (0: not at all); tells a telling word from a
        chance one in a topic of three needs.

    Returns
    -------
    list of Description
        In the order of ``topics``. Bigger topics choose their label first.
    """
    order = [_nearest_first(X, rows) for rows in topics]
    leans = leanings or [lambda _word: 0.0] * len(topics)
    read = _read(texts, order, STOPWORDS.union(avoid), leans)
    labels: dict[int, str] = {}
    used = list(taken)
    for topic in sorted(range(len(topics)), key=lambda number: (-len(topics[number]), number)):
        labels[topic] = _label(read[topic], used)
        used.append(labels[topic])
    return [
        Description(labels[topic], _keywords(read[topic], n_keywords), _quotes(texts, order[topic], n_quotes))
        for topic in range(len(topics))
    ]


def near_equal(one: str, other: str) -> bool:
    """Whether two labels would be read as one: the same, or one inside the other, spaces and "and" aside."""
    one, other = (label.replace(" ", "") for label in (one, other))
    if not one or not other:
        return False
    if one in other or other in one:
        return True
    return any(set(one.split(word)) == set(other.split(word)) for word in (_AND, "and"))


def _read(
    texts: Sequence[Sequence[str]],
    order: Sequence[Sequence[int]],
    dull: Collection[str],
    leans: Sequence[Callable[[str], float]],
) -> list[_Read]:
    read = []
    everywhere: dict[str, float] = defaultdict(float)
    for rows in order:
        users: dict[str, set[int]] = defaultdict(set)
        for row in rows[:_READ]:
            for phrase in _phrases(texts[row], dull):
                users[phrase].add(row)
        n = max(1, min(len(rows), _READ))
        share = {phrase: len(own) / n for phrase, own in users.items()}
        for phrase, value in share.items():
            everywhere[phrase] += value
        read.append(_Read(n, share, {}, users))
    for own, lean in zip(read, leans, strict=True):
        for phrase, used in own.share.items():
            parts = phrase.split(_SEPARATOR)
            known = sum(max(0.0, lean(part)) for part in parts) / len(parts)
            if len(own.users[phrase]) < 2 and own.n > 3 and not known:
                continue
            # Class-based TF-IDF: used by many of the topic's needs, and in few other topics.
            own.scores[phrase] = used * float(np.log(1 + len(order) * used / everywhere[phrase])) * (0.25 + known)
    return read


def _nearest_first(X: Floats, rows: Sequence[int]) -> list[int]:
    own = X[list(rows)]
    distance = ((own - own.mean(axis=0)) ** 2).sum(axis=1) if len(own) else np.zeros(0)
    return [rows[number] for number in np.argsort(distance, kind="stable")]


def _phrases(words: Sequence[str], dull: Collection[str]) -> list[str]:
    """Telling words, and runs of up to three of them side by side."""
    found = []
    for start, word in enumerate(words):
        if not _telling(word, dull):
            continue
        found.append(word)
        for end in range(start + 1, min(start + _LONGEST, len(words))):
            if not _telling(words[end], dull):
                break
            found.append(_SEPARATOR.join(words[start : end + 1]))
    return found


def _telling(word: str, dull: Collection[str]) -> bool:
    return len(word) > 1 and word not in dull and not word[0].isdigit()


# Compounds of the dictionary that say what is done or how it is, not what it is about.
_VERBS = frozenset(
    {
        "ระบายน้ำ",
        "สูบน้ำ",
        "ขุดลอก",
        "ขุดสระ",
        "ขุดเจาะ",
        "ตื้นเขิน",
        "กัดเซาะ",
        "น้ำเซาะ",
        "รับน้ำ",
        "ส่งกลิ่น",
        "ส่งกลิ่นเหม็น",
        "คัดแยกขยะ",
        "แยกขยะ",
        "รุกล้ำ",
        "ทำหมัน",
        "ขยายเขต",
        "ทำนา",
        "เป็นหลุม",
        "ตีเส้น",
        "กลับรถ",
        "ฝังกลบ",
        "ตลิ่งทรุด",
        "ฝนตก",
        "ออกโฉนด",
        "เดินสำรวจ",
        "ซ่อมบ้าน",
        "คัดเกรด",
        "รับซื้อ",
        "ฉีดวัคซีน",
        "บำบัด",
        "อย",
        "ทางเข้าออก",
        "ทางเข้า",
    }
)


@cache
def nouns() -> frozenset[str]:
    """Words that may name a topic: the domain dictionary's compounds and nouns."""
    text = files("nlp").joinpath("data/nouns.txt").read_text(encoding="utf-8")
    listed = (word for line in text.splitlines() if not line.startswith("#") for word in line.split())
    return (frozenset(listed) | compounds()) - _VERBS


def _label(read: _Read, used: Sequence[str]) -> str:
    """A noun (phrase) that most of the topic's needs share, joined by a second one when half of them use only that."""

    def is_free(name: str) -> bool:
        return not any(near_equal(name, label) for label in used)

    names = [(worth, phrase) for phrase in read.scores if (worth := _worth(read, phrase)) > 0]
    if not any(read.share[phrase] >= 0.15 for _worth_of, phrase in names):  # words of another world than the lexicon's
        names += [(0.4 * read.scores[phrase], phrase) for phrase in read.scores if _tagged_noun(read, phrase)]
    names.sort(key=lambda pair: (-pair[0], pair[1]))
    first = next(((worth, phrase) for worth, phrase in names if is_free(_spoken(phrase))), None)
    if first is None:
        return next((word for word in _keywords(read, 20) if is_free(word)), "")
    name, covered = _spoken(first[1]), read.users[first[1]]
    pairs = [
        (worth * len(read.users[phrase] - covered) / len(read.users[phrase]), _joined(name, _spoken(phrase)))
        for worth, phrase in names[:40]
        if is_free(_spoken(phrase)) and not near_equal(name, _spoken(phrase))
    ]
    pairs = [(worth, pair) for worth, pair in pairs if worth >= 0.35 * first[0] and is_free(pair)]
    return max(pairs)[1] if pairs and read.share[first[1]] < 0.6 else name


_AND = "และ"


def _joined(one: str, other: str) -> str:
    if one.isascii() and other.isascii():
        return f"{one} and {other}"
    space = " " if one.isascii() or other.isascii() else ""
    return f"{one}{space}{_AND}{space}{other}"


def _worth(read: _Read, phrase: str) -> float:
    """How good a name a phrase is; 0 when it is not made of nouns, or a chance meeting of them."""
    parts = phrase.split(_SEPARATOR)
    if (len(parts) > 1 and len(read.users[phrase]) < 3) or not nouns().issuperset(parts):
        return 0.0
    return read.scores[phrase] * (1 + 0.3 * (len(parts) - 1)) * (0.7 if len(phrase) < 4 else 1.0)


def _tagged_noun(read: _Read, word: str) -> bool:
    if _SEPARATOR in word or len(read.users[word]) < 3 or len(word) < 3:
        return False
    from pythainlp.tag import pos_tag  # here, because a caller whose words are all known need not pay for it

    return bool(pos_tag([word], engine="perceptron", corpus="pud")[0][1] in {"NOUN", "PROPN"})


def _keywords(read: _Read, limit: int) -> list[str]:
    keywords: list[str] = []
    single = (phrase for phrase in read.scores if _SEPARATOR not in phrase)
    for word in sorted(single, key=lambda word: (-read.scores[word] * (1.5 if word in nouns() else 1.0), word)):
        if not any(near_equal(word, other) for other in keywords):
            keywords.append(word)
        if len(keywords) == limit:
            break
    return keywords


def _spoken(phrase: str) -> str:
    """Thai words run together; a space stands where another script begins or ends."""
    words = phrase.split(_SEPARATOR)
    said = words[0]
    for before, word in pairwise(words):
        said += f" {word}" if before[-1].isascii() or word[0].isascii() else word
    return said


def _quotes(texts: Sequence[Sequence[str]], order: Sequence[int], limit: int) -> list[int]:
    """The needs nearest the centre that are long enough to say something and not copies of one already quoted."""
    chosen: list[int] = []
    for row in [row for row in order if len(texts[row]) >= 4] + [row for row in order if len(texts[row]) < 4]:
        own = set(texts[row])
        if all(len(own & set(texts[other])) <= 0.6 * min(len(own), len(set(texts[other]))) for other in chosen):
            chosen.append(row)
        if len(chosen) == limit:
            break
    return chosen
