"""The themes Thai plans are written in, and how likely a need belongs to each.

Twenty-three themes cover what villages, districts and provinces sort needs into. A linear model over words and
sentence vectors, trained on the gold set and on seed sentences written for it (docs/nlp/themes-card.md), says how
likely each theme is. Nothing is decided here: the likelihoods are one more view of a need when topics are formed,
weighed by how well themes explain the needs at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import normalize

__all__ = ["THEMES", "Theme", "ThemeHead", "load_head"]


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: its code, its name in Thai and in English."""

    code: str
    name: str
    english: str


THEMES: dict[str, Theme] = {
    code: Theme(code, name, english)
    for code, name, english in (
        ("T01", "ถนน สะพาน และการเดินทาง", "roads, bridges, travel"),
        ("T02", "น้ำเพื่อการเกษตร", "farm water, irrigation"),
        ("T03", "น้ำประปาและน้ำดื่ม", "tap and drinking water"),
        ("T04", "น้ำท่วมและตลิ่งพัง", "floods, bank erosion"),
        ("T05", "ภัยแล้ง ไฟป่า และหมอกควัน", "drought, wildfire, haze"),
        ("T06", "ขยะ น้ำเสีย และมลพิษ", "waste, waste water, pollution"),
        ("T07", "ที่ดินทำกิน ป่าไม้ และเอกสารสิทธิ", "farm land, forest, title deeds"),
        ("T08", "ไฟฟ้า แสงสว่าง และอินเทอร์เน็ต", "electricity, lighting, internet"),
        ("T09", "การปลูกพืช", "crop production"),
        ("T10", "การแปรรูปและมาตรฐานสินค้า", "processing, product standards, mills"),
        ("T11", "ตลาด ราคา และการขนส่งสินค้า", "markets, prices, logistics"),
        ("T12", "ปศุสัตว์และประมง", "livestock, fisheries"),
        ("T13", "การท่องเที่ยว", "tourism"),
        ("T14", "หนี้สินและเงินทุน", "debt, capital"),
        ("T15", "อาชีพ ทักษะ และแรงงาน", "jobs, skills, labour"),
        ("T16", "ผู้สูงอายุ คนพิการ และกลุ่มเปราะบาง", "elderly, disabled, vulnerable"),
        ("T17", "สุขภาพและโรงพยาบาล", "health, hospitals"),
        ("T18", "การศึกษา เด็ก และเยาวชน", "education, children, youth"),
        ("T19", "ยาเสพติดและความปลอดภัย", "drugs, safety, security"),
        ("T20", "การค้าชายแดน ผังเมือง และการลงทุน", "border trade, town planning, investment, industry"),
        ("T21", "ศาสนา วัฒนธรรม และกีฬา", "religion, culture, sport"),
        ("T22", "การบริหารและบริการภาครัฐ", "administration, public services, participation"),
        ("T23", "สัตว์ป่า ศัตรูพืช และวัชพืชรุกราน", "wildlife, pests, invasive plants"),
    )
}


@dataclass(frozen=True, slots=True)
class ThemeHead:
    """A linear model from words and vectors to themes.

    Attributes
    ----------
    codes : tuple of n_themes str
    vocabulary : dict of word or pair of words to column
    idf : ndarray of shape (n_words,)
    word_weights : ndarray of shape (n_words, n_themes)
    vector_mean, vector_weights : ndarray of shape (dim,) and (dim, n_themes), or None for a head that reads words only
    intercept : ndarray of shape (n_themes,)
    temperature : float
        Divides the scores before they become probabilities; above 1 makes them more modest.
    """

    codes: tuple[str, ...]
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float32]
    word_weights: NDArray[np.float32]
    vector_mean: NDArray[np.float32] | None
    vector_weights: NDArray[np.float32] | None
    intercept: NDArray[np.float32]
    temperature: float = 1.0

    def scores(self, texts: Sequence[Sequence[str]], vectors: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Log-likelihood of each theme up to a constant, shape (n_texts, n_themes)."""
        scores = word_rows(texts, self.vocabulary, self.idf) @ self.word_weights + self.intercept
        if self.vector_weights is not None and self.vector_mean is not None and vectors is not None:
            scores = scores + (vectors - self.vector_mean) @ self.vector_weights
        return np.asarray(scores, np.float32)

    def probabilities(self, texts: Sequence[Sequence[str]], vectors: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """Probability of each theme, shape (n_texts, n_themes); rows sum to 1."""
        scores = self.scores(texts, vectors) / self.temperature
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float32)


@cache
def load_head(embedder: str | None) -> ThemeHead | None:
    """The shipped head for an embedder's vectors (words only when None), or None when there is none for it."""
    path = files("nlp").joinpath("data", f"themes-{embedder or 'words'}.npz")
    if not path.is_file():
        return None
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return _from_arrays(dict(arrays))


def _from_arrays(arrays: Mapping[str, NDArray[Any]]) -> ThemeHead:
    def wide(name: str) -> NDArray[np.float32]:
        return arrays[name].astype(np.float32)

    seen = "vector_weights" in arrays
    return ThemeHead(
        codes=tuple(str(code) for code in arrays["codes"]),
        vocabulary={str(word): column for column, word in enumerate(arrays["words"])},
        idf=wide("idf"),
        word_weights=wide("word_weights"),
        vector_mean=wide("vector_mean") if seen else None,
        vector_weights=wide("vector_weights") if seen else None,
        intercept=wide("intercept"),
        temperature=float(arrays["temperature"]),
    )


def word_rows(
    texts: Sequence[Sequence[str]], vocabulary: Mapping[str, int], idf: NDArray[np.float32]
) -> sparse.csr_matrix:
    """TF-IDF of known words and pairs of words (sublinear counts, rows of length 1), shape (n_texts, n_words)."""
    columns: list[int] = []
    starts = [0]
    for text in texts:
        known = [vocabulary[word] for word in text if word in vocabulary]
        known += [vocabulary[pair] for pair in map(" ".join, pairwise(text)) if pair in vocabulary]
        columns += known
        starts.append(len(columns))
    rows = sparse.csr_matrix(
        (np.ones(len(columns), np.float32), np.array(columns, np.int32), starts), shape=(len(texts), len(idf))
    )
    rows.sum_duplicates()
    rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
    return normalize(rows, copy=False)
