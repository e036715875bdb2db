"""The same need told twice: near-duplicates, and needs like the one being typed.

Two needs are alike when they want the same thing at the same place, in whatever words. A logistic model weighs five
kinds of likeness (place, meaning, words, letters, theme); what is named settles the rest: two needs that name the same
canal or village number are likelier one, two that name different ones of a kind are likelier two. Nothing is ever
merged: a pair is shown to a person, because every voice counts. How well it does is in docs/nlp/text.md.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from nlp.dialect import bridge
from nlp.embed import Embedder
from nlp.features import Centred, ThaiTfidf, character_tfidf
from nlp.places import Landmark, gazetteer, landmarks, shared_landmarks
from nlp.themes import ThemeHead, load_head
from nlp.tokenize import content_words, words

__all__ = ["LIKENESSES", "Pair", "Reading", "near_duplicates", "similar_to", "weights"]

LIKENESSES = ("place", "meaning", "words", "letters", "theme")
SAME_NAME, OTHER_NAME = 1.0, -1.5
"""Added to the log-odds by hand: too few pairs name a canal or a village number to learn this from."""

_RARE = 20
_MOO = re.compile(r"หมู่ (\d{1,2})(?!\d)")
_NO_EMBEDDER = "none"


@dataclass(frozen=True, slots=True, order=True)
class Pair:
    """Two texts, by their position, that may be one need; ``shared`` holds names and words they share."""

    first: int
    second: int
    probability: float
    shared: tuple[str, ...]


@cache
def weights() -> dict[str, dict[str, float]]:
    """Return the weight of each likeness, and of 1, by the embedder's name; ``bench/train_similar.py`` fits them."""
    found: dict[str, dict[str, float]] = json.loads(files("nlp").joinpath("data/similar.json").read_text("utf-8"))
    return found


class Reading:
    """What the comparison needs to know of a set of texts, read once.

    Parameters
    ----------
    texts : sequence of str
    places : sequence of str or None, optional
        Area code of each sender, of 2 to 6 digits, or None where unknown.
    embedder : Embedder or None
        Sentence vectors; words, letters and themes only without it.
    head : ThemeHead, optional
        What tells themes; the head that ships for the embedder unless given.
    """

    def __init__(
        self,
        texts: Sequence[str],
        places: Sequence[str | None] | None = None,
        embedder: Embedder | None = None,
        head: ThemeHead | None = None,
    ) -> None:
        self.embedder_name = embedder.name if embedder else _NO_EMBEDDER
        self.places = list(places) if places is not None else [None] * len(texts)
        self.texts = [bridge(text) for text in texts]
        self.words = ThaiTfidf(min_df=1).fit_transform(self.texts)
        self.letters = character_tfidf().set_params(min_df=1).fit_transform([text or " " for text in self.texts])
        head = head or load_head(self.embedder_name) or load_head("letters")
        vectors = embedder.embed(self.texts) if embedder else None
        self.meaning: NDArray[np.float32] | None = None
        if vectors is not None:
            self.meaning = Centred().fit_transform(vectors)
        self.themes = np.zeros((len(self.texts), 1), np.float32)
        if head is not None:
            self.themes = np.sqrt(head.probabilities([words(text) for text in self.texts], vectors))
        self.names = [_names(text, place) for text, place in zip(self.texts, self.places, strict=True)]
        self.villages = [_villages(text) for text in self.texts]

    def likenesses(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the five likenesses of pairs of rows, shape (n_pairs, 5), each about 0 to 1."""
        same = [_is_same(self.places[i], self.places[j]) for i, j in zip(first, second, strict=True)]
        columns = [
            np.asarray(same, dtype=np.float64),
            np.zeros(len(first)) if self.meaning is None else (self.meaning[first] * self.meaning[second]).sum(axis=1),
            np.asarray(self.words[first].multiply(self.words[second]).sum(axis=1)).ravel(),
            np.asarray(self.letters[first].multiply(self.letters[second]).sum(axis=1)).ravel(),
            (self.themes[first] * self.themes[second]).sum(axis=1),
        ]
        return np.column_stack(columns)

    def named(self, first: int, second: int) -> float:
        """Return what the names in two texts add to the log-odds that they are one need."""
        shared = self.shared_names(first, second)
        if shared or self.villages[first] & self.villages[second]:
            return SAME_NAME
        kinds = {name.kind for name in self.names[first]} & {name.kind for name in self.names[second]}
        both_number = bool(self.villages[first] and self.villages[second])
        return OTHER_NAME if kinds or both_number else 0.0

    def shared_names(self, first: int, second: int) -> list[str]:
        """Return the landmarks two texts share."""
        a_text, b_text = self.texts[first], self.texts[second]
        return shared_landmarks(self.names[first], self.names[second], a_text=a_text, b_text=b_text)

    def probabilities(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probability that pairs of rows are one need, shape (n_pairs,)."""
        if not len(first):
            return np.zeros(0)
        weight = weights().get(self.embedder_name) or weights()[_NO_EMBEDDER]
        odds = self.likenesses(first, second) @ [weight[name] for name in LIKENESSES] + weight["1"]
        odds += [self.named(i, j) for i, j in zip(first, second, strict=True)]
        return np.asarray(1 / (1 + np.exp(-odds)))

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Yield pairs worth comparing: from one district, or sharing two of the rare words where a place is unknown."""
        by_district: defaultdict[str, list[int]] = defaultdict(list)
        for row, place in enumerate(self.places):
            if place and len(place) >= 4:
                by_district[place[:4]].append(row)
        for rows in by_district.values():
            yield from ((i, j) for at, i in enumerate(rows) for j in rows[at + 1 :])
        placed = {row for rows in by_district.values() for row in rows}
        df = np.bincount(self.words.indices, minlength=self.words.shape[1])
        met: defaultdict[tuple[int, int], int] = defaultdict(int)
        by_word = self.words.tocsc()
        for word in np.flatnonzero((df > 1) & (df <= _RARE)):
            rows = sorted(by_word.indices[by_word.indptr[word] : by_word.indptr[word + 1]].tolist())
            for at, i in enumerate(rows):
                for j in rows[at + 1 :]:
                    if i not in placed or j not in placed:
                        met[i, j] += 1
        yield from (pair for pair, times in met.items() if times >= 2)


def _is_same(a: str | None, b: str | None) -> bool:
    """Say whether two senders are of one subdistrict, or of one smaller or unknown area that is the same."""
    return a is not None and a == b and len(a) >= 4


def _names(text: str, place: str | None) -> list[Landmark]:
    """Return the landmarks of a text that say more than where its sender lives."""
    known = gazetteer().names
    own = {known.get(place[:length]) for length in (2, 4, 6)} if place else set()
    return [name for name in landmarks(text) if name.name not in own]


def _villages(text: str) -> frozenset[int]:
    """Return the village numbers a text names."""
    return frozenset(int(number) for number in _MOO.findall(text))


def near_duplicates(
    texts: Sequence[str],
    *,
    places: Sequence[str | None] | None = None,
    embedder: Embedder | None = None,
    threshold: float = 0.5,
) -> list[Pair]:
    """Find pairs of texts that tell one need.

    Parameters
    ----------
    texts : sequence of n_texts str
    places : sequence of str or None, optional
        Area code of each sender (:meth:`nlp.places.Gazetteer.locate`). Without places only texts that share rare words
        are compared, and only near-equal texts pass.
    embedder : Embedder or None
    threshold : float
        Least probability.

    Returns
    -------
    list of Pair
        Likeliest first.
    """
    if len(texts) < 2:
        return []
    reading = Reading(texts, places, embedder)
    pairs = np.array(sorted(set(reading.candidates())), dtype=np.int64).reshape(-1, 2)
    return _pairs(reading, pairs, threshold)


def similar_to(
    text: str,
    texts: Sequence[str],
    *,
    place: str | None = None,
    places: Sequence[str | None] | None = None,
    embedder: Embedder | None = None,
    top: int = 3,
    threshold: float = 0.3,
) -> list[Pair]:
    """Find the texts most like a new one.

    Parameters
    ----------
    text : str
        The need being typed.
    texts : sequence of n_texts str
        Needs to look among, best those of its district.
    place, places : str and sequence of str or None
        Area codes of the new need's sender and of the others'.
    top : int
        How many at most.
    threshold : float
        Least probability.

    Returns
    -------
    list of Pair
        Likeliest first; ``first`` is the position in `texts`, ``second`` is ``len(texts)``.
    """
    if not texts or not text.strip():
        return []
    others = list(places) if places is not None else [None] * len(texts)
    reading = Reading([*texts, text], [*others, place], embedder)
    pairs = np.array([(row, len(texts)) for row in range(len(texts))], dtype=np.int64)
    return _pairs(reading, pairs, threshold)[:top]


def _pairs(reading: Reading, pairs: NDArray[np.int64], threshold: float) -> list[Pair]:
    chances = reading.probabilities(pairs[:, 0], pairs[:, 1])
    found = []
    for (i, j), chance in zip(pairs.tolist(), chances.tolist(), strict=True):
        if chance >= threshold:
            names = reading.shared_names(i, j)
            theirs = set(content_words(reading.texts[j]))
            common = [word for word in dict.fromkeys(content_words(reading.texts[i])) if word in theirs]
            found.append(Pair(i, j, round(chance, 4), tuple(dict.fromkeys([*names, *common]))))
    return sorted(found, key=lambda pair: (-pair.probability, pair.first, pair.second))
