"""How many topics: as many as come back when a part of the needs is left out.

A number is a choice about reading, not a fact about the world; what can be asked of it is that the topics it gives
are real, that is, found again in another sample of the same needs, and that they are apart from each other. Both are
measured, and the reason is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_mutual_info_score
from sklearn.utils import check_random_state

__all__ = ["candidate_numbers", "choose_n_topics", "topic_stability"]

Floats = NDArray[np.floating[Any]]


def candidate_numbers(n: int) -> list[int]:
    """Numbers of topics worth trying for n needs: between n^0.3 and n^0.45 (at most 80), in steps of a quarter.

    Fewer topics say nothing of so many needs, and more cannot be read: 4 to 8 for a hundred, 8 to 23 for a thousand.
    """
    least, most = max(2, round(n**0.3)), min(80, n // 2, round(n**0.45))
    numbers = [least]
    while numbers[-1] < most:
        numbers.append(min(most, max(numbers[-1] + 1, round(numbers[-1] * 1.25))))
    return [number for number in numbers if number <= most]


def choose_n_topics(
    X: Any, *, sample_weight: ArrayLike | None = None, repeats: int = 2, random_state: Any = None
) -> tuple[int, str]:
    """The number of topics that two samples of the needs agree on best.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_features)
    repeats : int, default=2
        Pairs of samples compared for each number.

    Returns
    -------
    number : int
    reason : str
        One sentence with the figures behind the choice.

    Notes
    -----
    Two models are fitted on samples of 80 % and place all rows; the score of a number is the mean adjusted mutual
    information of the two placings (stability: Ben-Hur, Elisseeff, Guyon, 2002; chance: Vinh, Epps, Bailey, 2010).
    Numbers within one standard error of the best are equally good, and the largest of them is taken, because two
    topics are joined in one click and split in many. At most 2,000 rows are looked at.
    """
    X = np.asarray(X)
    rng = check_random_state(random_state)
    weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
    numbers = candidate_numbers(len(X) if len(X) > 2_000 else len(np.unique(X, axis=0)))
    if not numbers:
        return 1, "there are too few different needs for more than one topic"
    if len(X) > 2_000:
        rows = np.sort(rng.permutation(len(X))[:2_000])
        X, weights = X[rows], weights[rows]
    scores = np.array([[_agreement(X, weights, number, rng) for _ in range(repeats)] for number in numbers])
    means, errors = scores.mean(axis=1), scores.std(axis=1, ddof=1) / np.sqrt(repeats)
    best = int(means.argmax())
    chosen = int(np.flatnonzero(means >= means[best] - errors[best])[-1])
    number = numbers[chosen]
    figures = f"{means[chosen]:.2f}, best {means[best]:.2f} at {numbers[best]}"
    tried = f"of {len(numbers)} numbers tried from {numbers[0]} to {numbers[-1]}"
    return number, f"{tried}, {number} is the largest that samples agree on as well as on any (agreement {figures})"


def topic_stability(
    X: ArrayLike, labels: ArrayLike, sample_weight: ArrayLike | None = None, random_state: int = 0
) -> dict[int, float]:
    """How much of each topic comes back when a fifth of the rows is left out and the centres settle again.

    Returns
    -------
    dict of topic to the mean Jaccard likeness to its best match, over ten samples (three above 5,000 rows, drawn from
    5,000).
        Empty below ten rows.

    References
    ----------
    Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52.
    """
    X, labels = np.asarray(X), np.asarray(labels)
    if len(X) < 10:
        return {}
    rng = np.random.default_rng(random_state)
    weights = np.ones(len(X), X.dtype) if sample_weight is None else np.asarray(sample_weight, X.dtype)
    if len(X) > 5_000:
        rows = np.sort(rng.permutation(len(X))[:5_000])
        X, labels, weights = X[rows], labels[rows], weights[rows]
    names, codes = np.unique(labels, return_inverse=True)
    found = np.zeros((10 if len(X) < 5_000 else 3, len(names)))
    for draw in found:
        rows = rng.permutation(len(X))[: int(0.8 * len(X))]
        present, own = np.unique(codes[rows], return_inverse=True)
        # Settle from centres the sample itself gives after a random half of it has been placed: a topic that is not
        # there drifts away.
        first = rng.random(len(rows)) < 0.5
        start = np.vstack(
            [
                X[rows][(own == part) & first].mean(axis=0)
                if ((own == part) & first).any()
                else X[rows][own == part].mean(axis=0)
                for part in range(len(present))
            ]
        )
        again = (
            KMeans(len(present), init=start, n_init=1, max_iter=20).fit(X[rows], sample_weight=weights[rows]).labels_
        )
        table = np.zeros((len(present), len(present)))
        np.add.at(table, (own, again), weights[rows])
        union = table.sum(axis=1)[:, None] + table.sum(axis=0)[None, :] - table
        likeness = (table / np.maximum(union, 1e-12)).max(axis=1)
        draw[:] = np.nan
        draw[present] = likeness
    means = np.nanmean(np.where(np.isnan(found).all(axis=0), 0.0, found), axis=0)
    return {int(name): round(float(mean), 3) for name, mean in zip(names, means, strict=True)}


def _agreement(X: Floats, weights: Floats, number: int, rng: np.random.RandomState) -> float:
    placings = []
    for _ in range(2):
        rows = rng.permutation(len(X))[: max(number, int(0.8 * len(X)))]
        found = KMeans(number, n_init=1, max_iter=10, random_state=rng).fit(X[rows], sample_weight=weights[rows])
        placings.append(found.predict(X))
    return float(adjusted_mutual_info_score(*placings))
