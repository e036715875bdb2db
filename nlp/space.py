"""One space for grouping: words and meaning side by side.

Where wording is lexical (city complaints) words win; where people paraphrase (village needs, news) vectors win. The
blocks are laid side by side, so that the squared distance between two texts is the weighted sum of the squared
distances in each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.preprocessing import normalize

from nlp.features import ThaiTfidf

__all__ = ["TopicSpace"]

Floats = NDArray[np.float32]


class TopicSpace:
    """Learn a space from a set of texts, and place new texts in it.

    Parameters
    ----------
    word_dimensions, vector_dimensions : int
        Sizes of the two learned blocks.
    vector_weight : float, default=1.5
        Weight of the vectors beside the words, which weigh 1.
    random_state : int, default=0

    Attributes
    ----------
    counts_ : sparse matrix of shape (n_texts, n_words)
        TF-IDF of words.
    word_axes_ : ndarray of shape (word_dimensions, n_words), or None
    vector_mean_, vector_axes_ : ndarray of shape (dim,) and (vector_dimensions, dim), or None
    """

    def __init__(
        self,
        *,
        word_dimensions: int = 100,
        vector_dimensions: int = 64,
        vector_weight: float = 1.5,
        random_state: int = 0,
    ) -> None:
        self.word_dimensions = word_dimensions
        self.vector_dimensions = vector_dimensions
        self.vector_weight = vector_weight
        self.random_state = random_state

    def fit(self, texts: Sequence[Sequence[str]], vectors: Floats | None = None) -> Self:
        """Learn the space.

        Parameters
        ----------
        texts : sequence of n_texts lists of words
        vectors : ndarray of shape (n_texts, dim), optional
            Sentence vectors; their mean is taken away, because multilingual-e5 gives every text a large common part.
        """
        many = len(texts) > 20
        self.vectorizer_: ThaiTfidf | None = (
            ThaiTfidf(  # pairs of words add nothing that can be measured, and cost most of the time
                analyzer=list, min_df=2 if many else 1, max_df=0.3 if many else 1.0, max_features=30_000
            )
        )
        counts = self.vectorizer_.fit_transform(texts).astype(np.float32)
        self.counts_ = counts
        self.word_axes_: Floats | None = None
        if min(counts.shape) > 1:
            size = min(self.word_dimensions, max(len(texts) // 3, min(len(texts) - 1, 30)), counts.shape[1] - 1)
            self.word_axes_ = TruncatedSVD(size, n_iter=2, random_state=self.random_state).fit(counts).components_
        self.vector_mean_: Floats | None = None
        self.vector_axes_: Floats | None = None
        if vectors is not None and len(vectors) > 1:
            size = min(self.vector_dimensions, max(len(vectors) // 3, min(len(vectors) - 1, 30)), vectors.shape[1])
            axes = PCA(size, svd_solver="randomized", random_state=self.random_state).fit(vectors)
            self.vector_mean_, self.vector_axes_ = axes.mean_, axes.components_
        return self

    def transform(self, texts: Sequence[Sequence[str]], vectors: Floats | None = None) -> Floats:
        """Place texts in the space, shape (n_texts, d).

        In each block a row has the block's weight as its length, or 0 when nothing of it is known.
        """
        counts = self.vectorizer_.transform(texts) if texts and self.vectorizer_ is not None else None
        return self._place(counts, len(texts), vectors)

    def fit_transform(self, texts: Sequence[Sequence[str]], vectors: Floats | None = None) -> Floats:
        """Learn the space and place its own texts in it."""
        self.fit(texts, vectors)
        return self._place(self.counts_, len(texts), vectors)

    def _place(self, counts: Any, n_texts: int, vectors: Floats | None) -> Floats:
        blocks = []
        if counts is not None and self.word_axes_ is not None:
            blocks.append(normalize(counts @ self.word_axes_.T))
        if self.vector_axes_ is not None and self.vector_mean_ is not None and vectors is not None:
            blocks.append(self.vector_weight * normalize((vectors - self.vector_mean_) @ self.vector_axes_.T))
        if not blocks:
            return np.zeros((n_texts, 1), np.float32)
        return np.hstack(blocks).astype(np.float32, copy=False)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything :meth:`from_arrays` needs, as plain arrays."""
        arrays: dict[str, NDArray[Any]] = {"vector_weight": np.array(self.vector_weight)}
        if self.vectorizer_ is not None and self.word_axes_ is not None:
            words = sorted(self.vectorizer_.vocabulary_, key=self.vectorizer_.vocabulary_.__getitem__)
            arrays |= {"words": np.array(words), "idf": self.vectorizer_.idf_, "word_axes": self.word_axes_}
        if self.vector_axes_ is not None and self.vector_mean_ is not None:
            arrays |= {"vector_mean": self.vector_mean_, "vector_axes": self.vector_axes_}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a space; it places new texts as the first one did."""
        space = cls(vector_weight=float(arrays["vector_weight"]))
        space.vectorizer_ = ThaiTfidf(analyzer=list) if "words" in arrays else None
        if space.vectorizer_:
            space.vectorizer_.vocabulary_ = {str(word): number for number, word in enumerate(arrays["words"])}
            space.vectorizer_.idf_ = arrays["idf"]
        space.word_axes_ = arrays.get("word_axes")
        space.vector_mean_, space.vector_axes_ = arrays.get("vector_mean"), arrays.get("vector_axes")
        return space
