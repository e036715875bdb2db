"""What a topic is called: a noun phrase, keywords and quotes, all from the needs' own words.

A label is a phrase people wrote, not a bag of words: it begins with a noun, recurs in the topic, and says what sets
the topic apart.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.tokenize import STOPWORDS

__all__ = ["Description", "describe", "near_equal"]

Floats = NDArray[np.floating[Any]]

# A topic's words are counted on at most this many of its needs, those nearest its centre: more changes no label, only
# the time.
_READ = 400
_LONGEST = 4


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


def describe(
    texts: Sequence[Sequence[str]],
    topics: Sequence[Sequence[int]],
    X: Floats,
    *,
    avoid: Collection[str] = (),
    taken: Collection[str] = (),
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

    Returns
    -------
    list of Description
        In the order of ``topics``. Bigger topics choose their label first.
    """
    order = [_nearest_first(X, rows) for rows in topics]
    dull = STOPWORDS.union(avoid)
    counted = [Counter(word for row in rows[:_READ] for word in set(_phrases(texts[row], dull))) for rows in order]
    read = np.array([min(len(rows), _READ) for rows in order], float)
    share = Counter[str]()
    for counts, n in zip(counted, read, strict=True):
        for phrase, count in counts.items():
            share[phrase] += count / max(n, 1)
    scored = [_scores(counts, n, share, len(topics)) for counts, n in zip(counted, read, strict=True)]
    labels: dict[int, str] = {}
    used = list(taken)
    for topic in sorted(range(len(topics)), key=lambda number: (-len(topics[number]), number)):
        labels[topic] = _label(scored[topic], counted[topic], used)
        used.append(labels[topic])
    return [
        Description(labels[topic], _keywords(scored[topic], n_keywords), _quotes(X, texts, order[topic], n_quotes))
        for topic in range(len(topics))
    ]


def near_equal(one: str, other: str) -> bool:
    """Whether two labels would be read as one: the same, or one inside the other, spaces aside."""
    one, other = one.replace(" ", ""), other.replace(" ", "")
    return bool(one) and bool(other) and (one in other or other in one)


def _nearest_first(X: Floats, rows: Sequence[int]) -> list[int]:
    own = X[list(rows)]
    distance = ((own - own.mean(axis=0)) ** 2).sum(axis=1) if len(own) else np.zeros(0)
    return [rows[number] for number in np.argsort(distance, kind="stable")]


def _phrases(words: Sequence[str], dull: Collection[str]) -> list[str]:
    """Words and runs of up to four words that begin and end with a telling word."""
    found = []
    for start, word in enumerate(words):
        if not _telling(word, dull):
            continue
        found.append(word)
        for end in range(start + 2, min(start + _LONGEST, len(words)) + 1):
            if _number(words[end - 1]):
                break
            if _telling(words[end - 1], dull):
                found.append(_SEPARATOR.join(words[start:end]))
    return found


_SEPARATOR = "\u241f"  # between the words of a phrase, so that it can be taken apart again


def _telling(word: str, dull: Collection[str]) -> bool:
    return len(word) > 1 and word not in dull and not _number(word)


def _number(word: str) -> bool:
    return word[0].isdigit()


def _scores(counts: Counter[str], n: float, share: Counter[str], n_topics: int) -> dict[str, float]:
    """How telling a phrase is of a topic (class-based TF-IDF): used by many of its needs and in few other topics."""
    return {
        phrase: (count / n) * float(np.log(1 + n_topics * (count / n) / share[phrase]))
        for phrase, count in counts.items()
        if count > 1 or n < 4
    }


def _label(scores: dict[str, float], counts: Counter[str], used: Sequence[str]) -> str:
    best: tuple[float, str] = (0.0, "")
    for phrase, score in scores.items():
        parts = phrase.split(_SEPARATOR)
        if not _noun_phrase(tuple(parts)):
            continue
        # A longer phrase is rarer than its words but says more: measured by eye on the gold set, each word more is
        # worth a half.
        worth = score * (1 + 0.5 * min(len(parts) - 1, 2)) * (0.6 if len(phrase) < 4 else 1.0)
        spoken = _spoken(parts)
        if (worth, spoken) > best and not any(near_equal(spoken, other) for other in used):
            best = (worth, spoken)
    return best[1] or next((p for p in _keywords(scores, 20) if not any(near_equal(p, u) for u in used)), "")


def _keywords(scores: dict[str, float], limit: int) -> list[str]:
    keywords: list[str] = []
    for phrase in sorted((p for p in scores if _SEPARATOR not in p), key=lambda p: (-scores[p], p)):
        if not any(near_equal(phrase, other) for other in keywords):
            keywords.append(phrase)
        if len(keywords) == limit:
            break
    return keywords


def _spoken(parts: Sequence[str]) -> str:
    """Thai words run together; a space stands where another script begins or ends."""
    return re.sub(
        r"(?<=[ก-๛])(?=[A-Za-z])|(?<=[A-Za-z])(?=[ก-๛])|(?<=[A-Za-z])\s(?=[A-Za-z])", " ", "".join(_gap(parts))
    )


def _gap(parts: Sequence[str]) -> list[str]:
    return [
        part if index == 0 or not (part.isascii() and parts[index - 1].isascii()) else f" {part}"
        for index, part in enumerate(parts)
    ]


@cache
def _noun_phrase(parts: tuple[str, ...]) -> bool:
    """Whether the words read as one thing: a noun first, and no clause after it."""
    from pythainlp.tag import (
        pos_tag,
    )  # here, because it costs half a second that a caller who names nothing need not pay

    tags = [tag for _, tag in pos_tag(list(parts), engine="perceptron", corpus="pud")]
    return tags[0] in {"NOUN", "PROPN"} and all(
        tag in {"NOUN", "PROPN", "ADJ", "VERB", "ADP", "PART"} for tag in tags[1:]
    )


def _quotes(X: Floats, texts: Sequence[Sequence[str]], order: Sequence[int], limit: int) -> list[int]:
    """The needs nearest the centre that are long enough to say something and not copies of one already quoted."""
    chosen: list[int] = []
    for row in [row for row in order if len(texts[row]) >= 4] + [row for row in order if len(texts[row]) < 4]:
        own = set(texts[row])
        if all(len(own & set(texts[other])) <= 0.6 * min(len(own), len(set(texts[other]))) for other in chosen):
            chosen.append(row)
        if len(chosen) == limit:
            break
    return chosen
