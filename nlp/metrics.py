"""How well a grouping, or a list of links, agrees with people, with itself, and with what is useful to read.

Every function takes plain sequences, so that a planner's own labels can be scored with the same code that scores ours.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, roc_auc_score

__all__ = [
    "adjusted_rand",
    "bcubed",
    "bootstrap_interval",
    "calibration_error",
    "links_f1",
    "normalized_mutual_information",
    "pairs_kept",
    "ranking_auc",
    "same_topic_share",
    "top_is_right",
]


def normalized_mutual_information(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Information the two labelings share, 0 to 1 (arithmetic mean in the denominator).

    With few rows and many topics chance alone gives 0.2 or more, so read it beside :func:`adjusted_rand`.
    """
    return float(normalized_mutual_info_score(_codes(truth), _codes(found)))


def adjusted_rand(truth: Sequence[Hashable], found: Sequence[Hashable]) -> float:
    """Pairs both labelings agree on, corrected for chance: 0 by chance, 1 when equal (Hubert and Arabie, 1985)."""
    return float(adjusted_rand_score(_codes(truth), _codes(found)))


def bcubed(truth: Sequence[Sequence[Hashable]], found: Sequence[Sequence[Hashable]]) -> tuple[float, float, float]:
    """Extended B-cubed precision, recall and F1 when a need may sit in several topics.

    Parameters
    ----------
    truth, found : sequences of length n
        The labels of each need, at least one each.

    Returns
    -------
    precision, recall, f1 : float
        Over pairs that share at least one topic, averaged per need; a need is paired with itself too.

    References
    ----------
    Amigó, Gonzalo, Artiles, Verdejo (2009), "A comparison of extrinsic clustering evaluation metrics based on formal
    constraints", section 4.
    """
    if len(truth) != len(found):
        raise ValueError(
            f"truth has {len(truth)} rows and found has {len(found)}: score the same needs in the same order."
        )
    if not truth:
        return 0.0, 0.0, 0.0
    shared_truth, shared_found = _shared(truth), _shared(found)
    agreed = shared_truth.minimum(shared_found)

    def averaged(pairs: sparse.csr_matrix) -> float:
        ratios = agreed.tocoo()
        totals = np.asarray(pairs[ratios.row, ratios.col]).ravel()
        sums = np.bincount(ratios.row, weights=ratios.data / totals, minlength=len(truth))
        return float(np.mean(sums / np.maximum(np.diff(pairs.indptr), 1)))

    precision, recall = averaged(shared_found), averaged(shared_truth)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def pairs_kept(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> float:
    """Share of the pairs of needs grouped together before that are still together after, over the needs in both.

    Returns 1.0 when no pair was together before: nothing could be lost.
    """
    shared = sorted(before.keys() & after.keys())
    if not shared:
        return 1.0
    old, new = _codes([before[i] for i in shared]), _codes([after[i] for i in shared])
    table = sparse.coo_matrix((np.ones(len(shared)), (old, new))).tocsr()
    kept = (table.data * (table.data - 1)).sum()
    sizes = np.bincount(old).astype(float)
    together = (sizes * (sizes - 1)).sum()
    return float(kept / together) if together else 1.0


def same_topic_share(before: Mapping[str, Hashable], after: Mapping[str, Hashable]) -> float:
    """Share of needs that keep their topic, when each old topic is followed to the new topic that took most of it."""
    shared = sorted(before.keys() & after.keys())
    if not shared:
        return 1.0
    old, new = _codes([before[i] for i in shared]), _codes([after[i] for i in shared])
    table = sparse.coo_matrix((np.ones(len(shared)), (old, new))).toarray()
    return float(table.max(axis=1).sum() / len(shared))


def bootstrap_interval(
    score: Callable[[NDArray[np.intp]], float],
    n: int,
    *,
    repeats: int = 500,
    level: float = 0.95,
    random_state: int = 0,
) -> tuple[float, float]:
    """Percentile interval of a score over needs drawn with replacement.

    Parameters
    ----------
    score : callable
        Takes row numbers, shape (n,), and returns the score of those rows.
    n : int
        Number of rows to draw from.
    """
    rng = np.random.default_rng(random_state)
    scores = [score(rng.integers(0, n, n)) for _ in range(repeats)]
    low, high = np.quantile(scores, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def top_is_right(truth: Sequence[set[str]], best: Sequence[str | None]) -> float:
    """Share of answered needs whose first candidate is a true link (P@1); nan when no need is answered."""
    right = [found in links for links, found in zip(truth, best, strict=True) if links]
    return float(np.mean(right)) if right else float("nan")


def links_f1(truth: Sequence[set[str]], found: Sequence[set[str]]) -> float:
    """F1 over all pairs of need and activity; 0 when neither has a link."""
    both = sum(len(links & other) for links, other in zip(truth, found, strict=True))
    either = sum(map(len, truth)) + sum(map(len, found))
    return 2 * both / either if either else 0.0


def ranking_auc(truth: Sequence[bool], chances: Sequence[float]) -> float:
    """Probability that an answered need is ranked above an unanswered one; nan when there is only one sort."""
    return float(roc_auc_score(truth, chances)) if len(set(truth)) == 2 else float("nan")


def calibration_error(truth: Sequence[bool], chances: Sequence[float], bins: int = 10) -> float:
    """Expected calibration error: mean distance of said and seen shares over `bins` bins of equal width."""
    said, seen = np.asarray(chances, dtype=float), np.asarray(truth, dtype=float)
    place = np.minimum((said * bins).astype(int), bins - 1)
    parts = [place == part for part in range(bins)]
    return float(sum(part.mean() * abs(said[part].mean() - seen[part].mean()) for part in parts if part.any()))


def _codes(labels: Sequence[Hashable]) -> NDArray[np.intp]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.intp)


def _shared(labels: Sequence[Sequence[Hashable]]) -> sparse.csr_matrix:
    """How many topics each pair of needs shares, shape (n, n)."""
    numbers: dict[Hashable, int] = {}
    rows, columns = [], []
    for row, own in enumerate(labels):
        if not own:
            raise ValueError(f"Row {row} has no topic: give every need at least one.")
        for label in set(own):
            rows.append(row)
            columns.append(numbers.setdefault(label, len(numbers)))
    member = sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(labels), len(numbers)))
    return (member @ member.T).tocsr()
