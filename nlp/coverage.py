"""How many needs a plan answers: estimated from judgements that are sometimes wrong, with an interval that says so.

Counting the needs whose best candidate passes a threshold counts the classifier's mistakes too (the first ranker
counted 7 to 20 points too many). The sum of calibrated probabilities does not, as long as they stay calibrated; what
they miss on a cluster never seen is known from leaving clusters out, and is added to the interval.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of needs with at least one true link.

    Parameters
    ----------
    estimate, low, high
        Share of needs, 0 to 1, and its 95 % interval.
    weighted, weighted_low, weighted_high
        The same with each need counted by the strength of its strongest link (1 fully, 0.5 partly).
    counted
        What counting needs above the threshold would have said, for comparison.
    """

    estimate: float
    low: float
    high: float
    weighted: float
    weighted_low: float
    weighted_high: float
    counted: float


def estimate_coverage(
    answered: Floats,
    strength: Floats,
    *,
    drift: float,
    threshold: float = 0.5,
    draws: int = 2000,
    random_state: int = 0,
) -> Coverage:
    """Estimate coverage from each need's probability of being answered.

    Parameters
    ----------
    answered : array of shape (n_needs,)
        Calibrated probability that the need has a true link.
    strength : array of shape (n_needs,)
        Expected strength of its strongest link, if it has one.
    drift
        Standard deviation, in log-odds, of how far calibration drifts from one cluster to the next.
    threshold
        Of the naive count.
    draws
        Bootstrap draws: needs are drawn again, each is answered or not by its probability, and the whole drifts.
    random_state
        Seed.

    Returns
    -------
    Coverage
        All zeros, with an interval from 0 to 1, for no needs at all.
    """
    if not len(answered):
        return Coverage(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0)
    rng = np.random.default_rng(random_state)
    odds = np.log(np.clip(answered, 1e-6, 1 - 1e-6)) - np.log1p(-np.clip(answered, 1e-6, 1 - 1e-6))
    shares, weighted = np.empty(draws), np.empty(draws)
    for draw in range(draws):
        moved = 1 / (1 + np.exp(-(odds + rng.normal(0, drift))))
        hit = rng.random(len(moved)) < moved
        shares[draw] = hit.mean()
        weighted[draw] = (hit * strength).mean()
    low, high = np.quantile(shares, [0.025, 0.975])
    weighted_low, weighted_high = np.quantile(weighted, [0.025, 0.975])
    return Coverage(
        estimate=float(answered.mean()),
        low=min(float(low), float(answered.mean())),
        high=max(float(high), float(answered.mean())),
        weighted=float((answered * strength).mean()),
        weighted_low=float(weighted_low),
        weighted_high=float(weighted_high),
        counted=float((answered >= threshold).mean()),
    )
