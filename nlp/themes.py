"""The themes Thai plans are written in, and how likely a need belongs to each.

Twenty-three themes cover what villages, districts and provinces sort needs into. A linear model over words and
sentence vectors, trained on the gold set and on seed sentences written for it (docs/nlp/themes-card.md), says how
likely each theme is. Nothing is decided here: the likelihoods are one more view of a need when topics are formed,
weighed by how well themes explain the needs at hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.preprocessing import normalize

from nlp.tokenize import finer

__all__ = [
    "THEMES",
    "Theme",
    "ThemeHead",
    "from_arrays",
    "letter_terms",
    "load_head",
    "term_rows",
    "to_arrays",
    "word_terms",
]

Floats = NDArray[np.float32]


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
    """A linear model from words, runs of letters and sentence vectors to themes.

    Attributes
    ----------
    name : str
        What :func:`load_head` finds it by.
    codes : tuple of n_themes str
    terms : dict of word, pair of words or run of letters to column
    idf : ndarray of shape (n_terms,)
    term_weights : ndarray of shape (n_terms, n_themes)
    reads_letters : bool
        Runs of two and three letters see through typing slips and dialect, and cost a tenth of a millisecond a text.
    vector_mean, vector_weights : ndarray of shape (dim,) and (dim, n_themes), or None for a head without vectors
    intercept : ndarray of shape (n_themes,)
    temperature : float
        Divides the scores before they become probabilities; above 1 makes them more modest.
    """

    name: str
    codes: tuple[str, ...]
    terms: Mapping[str, int]
    idf: Floats
    term_weights: Floats
    reads_letters: bool
    vector_mean: Floats | None
    vector_weights: Floats | None
    intercept: Floats
    temperature: float = 1.0

    def scores(self, texts: Sequence[Sequence[str]], vectors: Floats | None) -> Floats:
        """Log-likelihood of each theme up to a constant, shape (n_texts, n_themes), from words and vectors."""
        scores = term_rows(texts, self.terms, self.idf, letters=self.reads_letters) @ self.term_weights + self.intercept
        if self.vector_weights is not None and self.vector_mean is not None and vectors is not None:
            scores = scores + (vectors - self.vector_mean) @ self.vector_weights
        return np.asarray(scores, np.float32)

    def probabilities(self, texts: Sequence[Sequence[str]], vectors: Floats | None) -> Floats:
        """Probability of each theme, shape (n_texts, n_themes); rows sum to 1."""
        scores = self.scores(texts, vectors) / self.temperature
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float32)


@cache
def load_head(name: str) -> ThemeHead | None:
    """The head that ships under a name, or None: an embedder's name, "letters" (no vectors) or "words" (fastest)."""
    path = files("nlp").joinpath("data", f"themes-{name}.npz")
    if not path.is_file():
        return None
    with path.open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
        return from_arrays(dict(arrays))


def to_arrays(head: ThemeHead) -> dict[str, NDArray[Any]]:
    """Plain arrays of a head; the weights in half precision, which moves no probability by a hundredth."""
    arrays: dict[str, NDArray[Any]] = {
        "name": np.array(head.name),
        "codes": np.array(head.codes),
        "terms": np.array(sorted(head.terms, key=head.terms.__getitem__)),
        "idf": head.idf.astype(np.float16),
        "term_weights": head.term_weights.astype(np.float16),
        "reads_letters": np.array(head.reads_letters),
        "intercept": head.intercept,
        "temperature": np.array(head.temperature),
    }
    if head.vector_mean is not None and head.vector_weights is not None:
        arrays |= {"vector_mean": head.vector_mean, "vector_weights": head.vector_weights}
    return arrays


def from_arrays(arrays: Mapping[str, NDArray[Any]]) -> ThemeHead:
    """Rebuild what :func:`to_arrays` gave."""
    seen = "vector_weights" in arrays
    return ThemeHead(
        name=str(arrays["name"]),
        codes=tuple(str(code) for code in arrays["codes"]),
        terms={str(term): column for column, term in enumerate(arrays["terms"])},
        idf=arrays["idf"].astype(np.float32),
        term_weights=arrays["term_weights"].astype(np.float32),
        reads_letters=bool(arrays["reads_letters"]),
        vector_mean=arrays["vector_mean"].astype(np.float32) if seen else None,
        vector_weights=arrays["vector_weights"].astype(np.float32) if seen else None,
        intercept=arrays["intercept"].astype(np.float32),
        temperature=float(arrays["temperature"]),
    )


def word_terms(text: Sequence[str]) -> list[str]:
    """Words as finely as they can be cut, and pairs of neighbouring ones: compounds are too rare to learn from."""
    parts = finer(text)
    return [*parts, *map(" ".join, pairwise(parts))]


def letter_terms(text: Sequence[str]) -> list[str]:
    """Runs of two and three letters within and across words, marked so that they are never taken for words."""
    line = "".join(text)
    return [f"_{line[at : at + size]}" for size in (2, 3) for at in range(len(line) - size + 1)]


def term_rows(
    texts: Sequence[Sequence[str]], terms: Mapping[str, int], idf: Floats, *, letters: bool
) -> sparse.csr_matrix:
    """TF-IDF of known terms, shape (n_texts, n_terms): sublinear counts, words and letters of length 1 each."""
    kinds = [word_terms, letter_terms] if letters else [word_terms]
    blocks = [_rows(map(kind, texts), terms, idf) for kind in kinds]
    return blocks[0] if len(blocks) == 1 else (blocks[0] + blocks[1]).tocsr()


def _rows(texts: Iterable[Sequence[str]], terms: Mapping[str, int], idf: Floats) -> sparse.csr_matrix:
    columns: list[int] = []
    starts = [0]
    for text in texts:
        columns += [terms[term] for term in text if term in terms]
        starts.append(len(columns))
    shape = (len(starts) - 1, len(idf))
    rows = sparse.csr_matrix((np.ones(len(columns), np.float32), np.array(columns, np.int32), starts), shape=shape)
    rows.sum_duplicates()
    rows.data = (1 + np.log(rows.data)) * idf[rows.indices]
    return normalize(rows, copy=False)
