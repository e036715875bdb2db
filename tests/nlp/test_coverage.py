"""Coverage: estimated, never counted."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.coverage import Coverage, estimate_coverage


def test_sure_needs_give_their_share() -> None:
    coverage = estimate_coverage(np.array([1.0, 1.0, 0.0, 0.0]), np.ones(4), drift=0.0)
    assert coverage.estimate == 0.5


def test_estimate_does_not_count_what_passes_the_threshold() -> None:
    coverage = estimate_coverage(np.full(200, 0.6), np.ones(200), drift=0.1)
    assert (coverage.counted, round(coverage.estimate, 3)) == (1.0, 0.6)


def test_partly_answered_needs_weigh_half() -> None:
    coverage = estimate_coverage(np.full(50, 0.8), np.full(50, 0.5), drift=0.1)
    assert coverage.weighted == pytest.approx(0.4)


def test_drift_widens_the_interval() -> None:
    chances = np.linspace(0.05, 0.95, 100)
    narrow, wide = (estimate_coverage(chances, np.ones(100), drift=drift) for drift in (0.0, 1.0))
    assert wide.high - wide.low > narrow.high - narrow.low


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_interval_holds_the_truth_as_often_as_it_says(share: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for round_ in range(60):
        chances = rng.beta(4 * share, 4 * (1 - share), 100)
        truth = float((rng.random(100) < chances).mean())
        coverage = estimate_coverage(chances, np.ones(100), drift=0.0, draws=300, random_state=round_)
        held += coverage.low <= truth <= coverage.high
    assert held >= 54


def test_no_needs_say_nothing() -> None:
    assert estimate_coverage(np.zeros(0), np.zeros(0), drift=0.3) == Coverage(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0)
