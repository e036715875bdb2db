"""Coverage: estimated, never counted."""

from __future__ import annotations

import numpy as np
import pytest

from nlp.coverage import Coverage, Drift, estimate_coverage

STEADY = Drift(usual=0.5, spread=0.01)


def odds(*shares: float) -> np.ndarray:
    return np.log(np.array(shares)) - np.log1p(-np.array(shares))


def test_sure_needs_give_their_share() -> None:
    coverage, answered = estimate_coverage(np.array([30.0, 30.0, -30.0, -30.0]), np.ones(4), STEADY)
    assert (coverage.estimate, answered.tolist()) == (pytest.approx(0.5), pytest.approx([1, 1, 0, 0]))


def test_estimate_does_not_count_what_passes_the_threshold() -> None:
    coverage, _answered = estimate_coverage(odds(*[0.6] * 200), np.ones(200), STEADY)
    assert (coverage.counted, round(coverage.estimate, 2)) == (1.0, 0.6)


def test_partly_answered_needs_weigh_half() -> None:
    coverage, _answered = estimate_coverage(odds(*[0.8] * 50), np.full(50, 0.5), STEADY)
    assert coverage.weighted == pytest.approx(0.4, abs=0.01)


def test_drift_widens_the_interval() -> None:
    chances = odds(*np.linspace(0.05, 0.95, 100))
    narrow, wide = (estimate_coverage(chances, np.ones(100), Drift(0.5, spread))[0] for spread in (0.01, 1.0))
    assert wide.high - wide.low > narrow.high - narrow.low


def test_share_near_the_usual_is_believed_more_than_a_drift() -> None:
    coverage, answered = estimate_coverage(odds(*[0.45] * 200), np.ones(200), Drift(usual=0.6, spread=0.7))
    assert 0.5 < coverage.estimate < 0.6
    assert answered.mean() == pytest.approx(coverage.estimate)


def test_plan_that_answers_nothing_is_not_talked_up() -> None:
    coverage, _answered = estimate_coverage(odds(*[0.003] * 100), np.ones(100), Drift(usual=0.6, spread=0.7))
    assert coverage.estimate < 0.02


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7])
def test_interval_holds_the_truth_as_often_as_it_says(share: float) -> None:
    rng = np.random.default_rng(7)
    held = 0
    for round_ in range(60):
        chances = rng.beta(4 * share, 4 * (1 - share), 100).clip(0.001, 0.999)
        truth = float((rng.random(100) < chances).mean())
        drifted = odds(*chances) + rng.normal(0, 0.5)
        coverage, _ = estimate_coverage(drifted, np.ones(100), Drift(share, 0.5), draws=300, random_state=round_)
        held += coverage.low <= truth <= coverage.high
    assert held >= 54


def test_no_needs_say_nothing() -> None:
    coverage, answered = estimate_coverage(np.zeros(0), np.zeros(0), STEADY)
    assert (coverage, len(answered)) == (Coverage(0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0), 0)
