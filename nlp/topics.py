"""Topics from vectors: a k-means that can be seeded, held still where people have settled, and asked about new needs.

K-means rather than anything cleverer for three measured reasons (docs/nlp/topics.md): started from good seeds it is
the best method on the gold set, it places 115,388 texts in seconds, and what a planner settles can be held exactly,
row by row.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nlp.model_selection import choose_n_topics

__all__ = ["TopicModel", "split_or_join", "squared_distances", "variance_explained"]

Floats = NDArray[np.floating[Any]]
Codes = NDArray[np.intp]

# Above this many rows the centres are learned on a sample and only polished on all rows.
_SAMPLE = 20_000


class TopicModel(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Group rows around k centres, from seeds or from scratch, without moving what is held.

    Parameters
    ----------
    n_topics : int or "auto", default="auto"
        Number of topics, never more than there are distinct rows.
        "auto" asks :func:`nlp.model_selection.choose_n_topics`.
    n_init : int, default=5
        Starts from scratch to choose from, when no seeds are given.
    max_iter : int, default=50
        Rounds of moving rows and centres.
    outlier_z : float, default=3.5
        A row is an outlier when its distance to its centre stands this many robust deviations (1.4826 × median absolute
        deviation) above the median distance. The usual cut of Iglewicz and Hoaglin (1993).
    random_state : int, RandomState or None, default=None
        Draws the starts; the same number gives the same topics.

    Attributes
    ----------
    labels_ : ndarray of shape (n_rows,)
        Topic of each row, -1 for an outlier.
    nearest_ : ndarray of shape (n_rows,)
        Topic of each row, outliers too.
    cluster_centers_ : ndarray of shape (n_topics_, n_features)
    n_topics_ : int
    reason_ : str
        Why there are so many topics.
    inertia_ : float
        Weighted sum of squared distances to the centres.
    outlier_distance_ : float
        Distance above which a row, old or new, is an outlier.
    outlier_share_ : float
        Share of the rows it was fitted on that were outliers: what :meth:`drift` is measured against.
    n_iter_ : int
    """

    def __init__(
        self,
        n_topics: int | Literal["auto"] = "auto",
        *,
        n_init: int = 5,
        max_iter: int = 50,
        outlier_z: float = 3.5,
        random_state: Any = None,
    ) -> None:
        self.n_topics = n_topics
        self.n_init = n_init
        self.max_iter = max_iter
        self.outlier_z = outlier_z
        self.random_state = random_state

    def fit(
        self,
        X: Any,
        y: None = None,
        *,
        sample_weight: ArrayLike | None = None,
        seeds: ArrayLike | None = None,
        held: ArrayLike | None = None,
        apart: Iterable[tuple[int, int]] = (),
    ) -> Self:
        """Learn the topics of the rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
        y : ignored
        sample_weight : array-like of shape (n_rows,), optional
            How many needs a row stands for.
        seeds : array-like of shape (n_rows,), optional
            A first guess at the topic of each row, -1 for no guess. Sets the number of topics.
        held : array-like of shape (n_rows,), optional
            Topics that must not change, -1 where free (constrained seeding: Basu, Banerjee, Mooney, 2002). Needs
            ``seeds``.
        apart : pairs of row numbers, optional
            Rows that must not share a topic; the one that loses less by it moves. A pair that is held together stays
            together.
        """
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=1)
        rng = check_random_state(self.random_state)
        weights = np.ones(len(X), X.dtype) if sample_weight is None else np.asarray(sample_weight, X.dtype)
        if weights.shape != (len(X),):
            raise ValueError(f"sample_weight has shape {weights.shape}; give one number for each of the {len(X)} rows.")
        fixed = np.full(len(X), -1) if held is None else np.asarray(held, np.intp)
        if seeds is not None:
            start = np.asarray(seeds, np.intp)
            n_topics = int(max(start.max(), fixed.max())) + 1
            if n_topics < 1:
                raise ValueError("seeds name no topic: give at least one row a number of 0 or more.")
            centres = _centres(X, weights, np.where(fixed >= 0, fixed, start), n_topics)
            self.reason_ = f"{n_topics} seeds were given"
        else:
            if held is not None:
                raise ValueError("held rows need seeds: say which topic each number stands for.")
            n_topics, self.reason_ = self._number(X, weights, rng)
            centres = self._scratch(X, weights, n_topics, rng)
        centres, nearest, self.n_iter_ = self._settle(X, weights, centres, fixed)
        for one, other in apart:
            self._part(X, nearest, centres, fixed, one, other)
        distance = np.linalg.norm(X - centres[nearest], axis=1)
        self.cluster_centers_ = centres
        self.n_topics_ = len(centres)
        self.nearest_ = nearest
        self.inertia_ = float((weights * distance**2).sum())
        self.outlier_distance_ = self._cut(distance)
        outlying = (distance > self.outlier_distance_) & (fixed < 0)
        self.labels_ = np.where(outlying, -1, nearest)
        self.outlier_share_ = float(np.average(outlying, weights=weights))
        return self

    def predict(self, X: Any) -> Codes:
        """Topic of each new row, -1 for an outlier."""
        nearest, distance = self._nearest(X)
        return np.where(distance > self.outlier_distance_, -1, nearest)

    def transform(self, X: Any) -> Floats:
        """Distance of each row to each centre, shape (n_rows, n_topics_)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        return np.sqrt(squared_distances(X, self.cluster_centers_))

    def drift(self, X: Any) -> float:
        """How much more often new rows fit no topic than the old ones did: 0 no more, 1 every one of them."""
        _, distance = self._nearest(X)
        return max(0.0, float((distance > self.outlier_distance_).mean()) - self.outlier_share_)

    def _nearest(self, X: Any) -> tuple[Codes, Floats]:
        distances = self.transform(X)
        nearest = distances.argmin(axis=1)
        return nearest, distances[np.arange(len(nearest)), nearest]

    def _number(self, X: Floats, weights: Floats, rng: np.random.RandomState) -> tuple[int, str]:
        distinct = len(np.unique(X, axis=0)) if len(X) <= _SAMPLE else len(X)
        if self.n_topics == "auto":
            wanted, reason = choose_n_topics(X, sample_weight=weights, random_state=rng)
        elif isinstance(self.n_topics, (int, np.integer)) and self.n_topics >= 1:
            wanted, reason = int(self.n_topics), "the number was given"
        else:
            raise ValueError(f'n_topics must be "auto" or a whole number of 1 or more, not {self.n_topics!r}.')
        if wanted > distinct:
            return distinct, f"there are only {distinct} different rows"
        return wanted, reason

    def _scratch(self, X: Floats, weights: Floats, n_topics: int, rng: np.random.RandomState) -> Floats:
        rows = np.arange(len(X)) if len(X) <= _SAMPLE else np.sort(rng.permutation(len(X))[:_SAMPLE])
        starts = self.n_init if len(rows) <= 5_000 else 1
        found = KMeans(n_topics, n_init=starts, max_iter=30, random_state=rng, copy_x=False).fit(
            X[rows], sample_weight=weights[rows]
        )
        return np.asarray(found.cluster_centers_, X.dtype)

    def _settle(self, X: Floats, weights: Floats, centres: Floats, fixed: Codes) -> tuple[Floats, Codes, int]:
        rounds = self.max_iter if len(X) <= _SAMPLE else min(self.max_iter, 3)
        nearest = np.full(len(X), -1)
        for done in range(1, rounds + 1):
            moved = np.where(fixed >= 0, fixed, squared_distances(X, centres).argmin(axis=1))
            if np.array_equal(moved, nearest):
                return centres, nearest, done
            nearest = moved
            centres = _centres(X, weights, nearest, len(centres), centres)
        return centres, nearest, rounds

    def _part(self, X: Floats, nearest: Codes, centres: Floats, fixed: Codes, one: int, other: int) -> None:
        if nearest[one] != nearest[other] or len(centres) < 2:
            return
        pair = np.array([one, other])
        away = squared_distances(X[pair], centres)
        own = away[:, nearest[one]].copy()
        away[:, nearest[one]] = np.inf
        loss = np.where(fixed[pair] >= 0, np.inf, away.min(axis=1) - own)
        if np.isfinite(loss).any():
            row = int(loss.argmin())
            nearest[pair[row]] = away[row].argmin()

    def _cut(self, distance: Floats) -> float:
        middle = float(np.median(distance))
        spread = 1.4826 * float(np.median(np.abs(distance - middle)))
        return middle + self.outlier_z * spread if spread > 0 else float("inf")


def split_or_join(
    X: ArrayLike, labels: ArrayLike, n_topics: int, *, affinity: ArrayLike | None = None, random_state: int = 0
) -> Codes:
    """Bring a partition to exactly ``n_topics`` parts: join the smallest away, split what is most spread.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
    labels : array-like of shape (n_rows,)
        Any whole numbers of 0 or more.
    affinity : array-like of shape (n_rows, n_labels), optional
        How well each row fits each label; decides where the rows of a part that goes away move. Nearest centre
        without it.

    Returns
    -------
    ndarray of shape (n_rows,)
        Numbers from 0; fewer than ``n_topics`` parts only when the rows cannot be told apart.
    """
    X, labels = np.asarray(X), np.asarray(labels).copy()
    fits = None if affinity is None else np.asarray(affinity)
    names, sizes = np.unique(labels, return_counts=True)
    while len(names) > n_topics:
        gone, names = names[sizes.argmin()], np.delete(names, sizes.argmin())
        rows = np.flatnonzero(labels == gone)
        if fits is None:
            centres = np.vstack([X[labels == name].mean(axis=0) for name in names])
            labels[rows] = names[squared_distances(X[rows], centres).argmin(axis=1)]
        else:
            labels[rows] = names[fits[np.ix_(rows, names)].argmax(axis=1)]
        sizes = np.array([(labels == name).sum() for name in names])
    labels = np.searchsorted(names, labels)
    halves: dict[int, tuple[float, Codes]] = {}
    while (count := int(labels.max()) + 1) < n_topics:
        for part in range(count):
            if part not in halves:
                halves[part] = _halve(X[labels == part], random_state)
        best = max(halves, key=lambda part: (halves[part][0], -part))
        gain, half = halves[best]
        if gain <= 0:
            break
        labels[np.flatnonzero(labels == best)[half == 1]] = count
        del halves[best]
    return labels


def variance_explained(
    X: ArrayLike, labels: ArrayLike, sample_weight: ArrayLike | None = None, random_state: int = 0
) -> float:
    """How much of what the rows' own topics explain a given partition explains, 0 to about 1.

    The share of variance between the parts of ``labels``, over that between as many topics found freely. Near 0.9 the
    partition is about as good as the data's own; one that has nothing to do with the data stays below one half.
    """
    X, labels = np.asarray(X), np.asarray(labels)
    weights = np.ones(len(X), X.dtype) if sample_weight is None else np.asarray(sample_weight, X.dtype)
    parts = np.unique(labels, return_inverse=True)[1]
    total = float((weights[:, None] * (X - np.average(X, axis=0, weights=weights)) ** 2).sum())
    if total <= 0 or parts.max() == 0:
        return 0.0
    given = _centres(X, weights, parts, int(parts.max()) + 1)
    within = float((weights[:, None] * (X - given[parts]) ** 2).sum())
    free = KMeans(int(parts.max()) + 1, n_init=2, random_state=random_state).fit(X, sample_weight=weights).inertia_
    return max(0.0, (total - within) / max(total - float(free), 1e-12))


def _halve(X: Floats, random_state: int) -> tuple[float, Codes]:
    """Fall in the sum of squares when the rows are split in two, and the halves."""
    if len(X) < 2 or np.ptp(X, axis=0).max() == 0:
        return 0.0, np.zeros(len(X), np.intp)
    sample = X if len(X) <= 2_000 else X[:: len(X) // 2_000]
    found = KMeans(2, n_init=3, random_state=random_state).fit(sample)
    half = squared_distances(X, found.cluster_centers_).argmin(axis=1)
    spread = ((X - X.mean(axis=0)) ** 2).sum()
    within = sum(
        ((X[half == side] - X[half == side].mean(axis=0)) ** 2).sum() for side in (0, 1) if (half == side).any()
    )
    return float(spread - within), half


def squared_distances(X: Floats, centres: Floats) -> Floats:
    """Squared distance of each row to each centre, shape (n_rows, n_centres)."""
    centres = np.asarray(centres, X.dtype)
    distances = X @ centres.T
    distances *= -2
    distances += (X**2).sum(axis=1)[:, None]
    distances += (centres**2).sum(axis=1)[None, :]
    return np.maximum(distances, 0, out=distances)


def _centres(X: Floats, weights: Floats, labels: Codes, n_topics: int, before: Floats | None = None) -> Floats:
    """Weighted mean of each topic's rows; a topic without rows keeps its centre, or takes the mean of all rows."""
    rows = np.flatnonzero(labels >= 0)
    member = sparse.csr_matrix((weights[rows], (labels[rows], rows)), shape=(n_topics, len(X)))
    mass = np.asarray(member.sum(axis=1)).ravel()
    means = np.asarray(member @ X) / np.where(mass > 0, mass, 1)[:, None]
    rest = np.average(X, axis=0, weights=weights)[None, :] if before is None else before
    return np.asarray(np.where((mass > 0)[:, None], means, rest), X.dtype)
