"""How many needs a plan answers: estimated from judgements that are sometimes wrong, with an interval that says so.

Counting the needs whose best candidate passes a threshold counts the classifier's mistakes too (the first ranker
counted 7 to 20 points too many). The sum of calibrated probabilities does not, as long as they stay calibrated; on a
cluster never seen they drift, all together, up or down. How far is known from leaving clusters out, and so is the
share that plans usually answer. Both are weighed against what this consultation's own needs say: a drift that would
put the share far from anything seen is believed less than a small one, but a plan that answers next to nothing is not
talked up, because the usual share has heavy tails (Student's t).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SHIFTS: Floats = np.linspace(-4, 4, 161)
_USUAL_SCALE = 0.1
_USUAL_FREEDOM = 1.0
"""Half the activities of the gold plans taken away at random, the interval still held what was left 11 times in 12."""


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
        What counting needs more likely answered than not would have said, for comparison.
    """

    estimate: float
    low: float
    high: float
    weighted: float
    weighted_low: float
    weighted_high: float
    counted: float


@dataclass(frozen=True, slots=True)
class Drift:
    """What is known of how a cluster's probabilities drift.

    Parameters
    ----------
    usual
        Share of needs that plans usually answer, 0 to 1.
    spread
        Standard deviation of the drift between clusters, in log-odds.
    """

    usual: float
    spread: float

    def posterior(self, odds: Floats) -> tuple[Floats, Floats]:
        """How likely each drift is, given this consultation's needs.

        Parameters
        ----------
        odds : array of shape (n_needs,)
            Log-odds of being answered, before any drift is taken out.

        Returns
        -------
        shifts, weights : arrays of shape (n_shifts,)
            What to add to the log-odds, and how likely that is; weights sum to 1.
        """
        shares = _share(odds[None] + _SHIFTS[:, None]).mean(axis=1)
        away = _log_odds(shares) - _log_odds(np.array(self.usual))
        scale = _USUAL_SCALE**2 + 4 / len(odds)
        belief = -0.5 * (_SHIFTS / self.spread) ** 2
        belief -= (_USUAL_FREEDOM + 1) / 2 * np.log1p(away**2 / (_USUAL_FREEDOM * scale))
        weights = np.exp(belief - belief.max())
        return _SHIFTS, weights / weights.sum()


def _share(odds: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(odds, -40, 40)))


def _log_odds(share: Floats) -> Floats:
    inside = np.clip(share, 1e-4, 1 - 1e-4)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def _interval(chances: Floats, strength: Floats, drawn: NDArray[np.intp], noise: Floats) -> tuple[float, float]:
    """95 % of the mean strength: a drift is drawn, then each need is answered or not (their sum is near normal)."""
    count = len(strength)
    mean = chances @ strength / count
    spread = np.sqrt((chances * (1 - chances)) @ strength**2) / count
    low, high = np.quantile(np.clip(mean[drawn] + spread[drawn] * noise, 0, 1), [0.025, 0.975])
    return float(low), float(high)


def estimate_coverage(
    odds: Floats, strength: Floats, drift: Drift, *, draws: int = 2000, random_state: int = 0
) -> tuple[Coverage, Floats]:
    """Estimate coverage from each need's log-odds of being answered.

    Parameters
    ----------
    odds : array of shape (n_needs,)
        Log-odds that the need has a true link.
    strength : array of shape (n_needs,)
        Expected strength of its strongest link, if it has one.
    drift
        What is known of how such odds drift.
    draws
        Draws for the interval.
    random_state
        Seed.

    Returns
    -------
    coverage : Coverage
        Zero, with an interval from 0 to 1, for no needs at all.
    answered : array of shape (n_needs,)
        Each need's probability of being answered, the likely drift taken out.
    """
    if not len(odds):
        return Coverage(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0), np.zeros(0)
    shifts, weights = drift.posterior(odds)
    chances = _share(odds[None] + shifts[:, None])
    answered = weights @ chances
    rng = np.random.default_rng(random_state)
    drawn = rng.choice(len(shifts), draws, p=weights)
    noise = rng.normal(size=draws)
    low, high = _interval(chances, np.ones(len(odds)), drawn, noise)
    weighted_low, weighted_high = _interval(chances, strength, drawn, noise)
    estimate, by_strength = float(answered.mean()), float((answered * strength).mean())
    coverage = Coverage(
        estimate=estimate,
        low=min(low, estimate),
        high=max(high, estimate),
        weighted=by_strength,
        weighted_low=min(weighted_low, by_strength),
        weighted_high=max(weighted_high, by_strength),
        counted=float((odds >= 0).mean()),
    )
    return coverage, answered
