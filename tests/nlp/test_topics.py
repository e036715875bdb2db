"""Topics from vectors, the map they are found on, their number, their lineage and their measures."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks

from nlp.landmarks import LandmarkMap
from nlp.lineage import trace
from nlp.metrics import adjusted_rand, bcubed, bootstrap_interval, normalized_mutual_information, pairs_kept
from nlp.model_selection import candidate_numbers, choose_n_topics, topic_stability
from nlp.topics import TopicModel, split_or_join, variance_explained


def known_failures(estimator: BaseEstimator) -> dict[str, str]:
    """What scikit-learn expects of its own KMeans too."""
    reason = "random starts: a weight of two is not the same row twice"
    names = ("check_sample_weight_equivalence_on_dense_data", "check_sample_weight_equivalence_on_sparse_data")
    return dict.fromkeys(names, reason) if isinstance(estimator, TopicModel) else {}


@parametrize_with_checks(
    [TopicModel(n_topics=3, random_state=0), LandmarkMap(n_dimensions=2, random_state=0)],
    expected_failed_checks=known_failures,
)
def test_the_contract_of_scikit_learn(estimator: BaseEstimator, check: Any) -> None:
    check(estimator)


@pytest.fixture
def three_heaps() -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    rng = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], 30)
    return rng.normal(0, 0.3, (90, 4)) + np.eye(3, 4)[truth] * 4, truth


def test_heaps_are_found(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, truth = three_heaps
    model = TopicModel(3, random_state=0).fit(points)
    assert adjusted_rand(truth.tolist(), model.nearest_.tolist()) == 1.0
    assert model.predict(points).tolist() == model.labels_.tolist()


def test_a_row_far_from_all_is_an_outlier_with_a_nearest_topic(
    three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]],
) -> None:
    points, _ = three_heaps
    model = TopicModel(3, random_state=0).fit(
        np.vstack([points, [[2.0, 2.0, 2.0, 9.0]]]), seeds=[*[0] * 30, *[1] * 30, *[2] * 31]
    )
    assert (model.labels_[-1], model.nearest_[-1] in {0, 1, 2}) == (-1, True)
    assert model.drift(np.full((4, 4), 50.0)) == pytest.approx(1 - model.outlier_share_)


def test_held_rows_do_not_move(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, truth = three_heaps
    held = np.full(90, -1)
    held[:5] = 2
    model = TopicModel(random_state=0).fit(points, seeds=truth, held=held)
    assert model.nearest_[:5].tolist() == [2] * 5
    assert model.nearest_[5:].tolist() == truth[5:].tolist()


def test_rows_that_must_part_are_parted(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, truth = three_heaps
    model = TopicModel(random_state=0).fit(points, seeds=truth, apart=[(0, 1)])
    assert model.nearest_[0] != model.nearest_[1]


def test_the_number_of_heaps_is_found_and_explained(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, _ = three_heaps
    number, reason = choose_n_topics(np.tile(points, (4, 1)) + np.linspace(0, 1e-6, 360)[:, None], random_state=0)
    assert number in candidate_numbers(360)
    assert str(number) in reason


def test_numbers_tried_stay_readable() -> None:
    assert candidate_numbers(3) == []
    assert candidate_numbers(4) == [2]
    assert (candidate_numbers(100)[0], candidate_numbers(100)[-1]) == (4, 8)
    assert candidate_numbers(1_000_000)[-1] == 80


def test_stable_heaps_score_one(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, truth = three_heaps
    assert set(topic_stability(points, truth).values()) == {1.0}
    assert topic_stability(points[:5], truth[:5]) == {}


def test_a_partition_is_brought_to_any_number(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, truth = three_heaps
    for number in (1, 2, 3, 7, 90):
        assert len(set(split_or_join(points, truth, number).tolist())) == number
    assert len(set(split_or_join(np.zeros((5, 2)), np.zeros(5, int), 3).tolist())) == 1


def test_the_heaps_explain_themselves_and_a_shuffle_explains_nothing(
    three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]],
) -> None:
    points, truth = three_heaps
    assert variance_explained(points, truth) == pytest.approx(1.0)
    assert variance_explained(points, np.arange(90) % 3) < 0.1


def test_a_map_rebuilt_from_arrays_places_rows_alike(three_heaps: tuple[NDArray[np.float64], NDArray[np.intp]]) -> None:
    points, _ = three_heaps
    first = LandmarkMap(2, random_state=0).fit(points)
    assert np.allclose(LandmarkMap.from_arrays(first.arrays()).transform(points), first.transform(points))


def test_topics_are_followed_by_their_needs() -> None:
    previous = {f"a{i}": "A" for i in range(10)} | {f"b{i}": "B" for i in range(10)} | {"x": "X"}
    same = trace(previous, {need: key.lower() for need, key in previous.items() if need != "x"})
    assert (same.carried, same.gone) == ({"a": "A", "b": "B"}, ("X",))
    assert {one.kind for one in same.lineage.values()} == {"kept"}


def test_a_split_a_merge_and_a_birth_are_told_apart() -> None:
    previous = {f"a{i}": "A" for i in range(10)} | {f"b{i}": "B" for i in range(6)} | {f"c{i}": "C" for i in range(6)}
    current = {need: ("a1" if int(need[1:]) < 6 else "a2") if need[0] == "a" else "bc" for need in previous}
    current |= {f"n{i}": "new" for i in range(4)}
    told = trace(previous, current)
    assert {key: one.kind for key, one in told.lineage.items()} == {
        "a1": "split",
        "a2": "split",
        "bc": "merged",
        "new": "new",
    }
    assert told.carried["a1"] == "A"
    assert told.lineage["bc"].parents == ("B", "C")


def test_measures_against_values_worked_by_hand() -> None:
    assert normalized_mutual_information(list("aabb"), list("xxyy")) == pytest.approx(1.0)
    assert adjusted_rand(list("aabb"), list("xyxy")) == pytest.approx(-0.5)
    # Three needs in one topic, two of one truth: precision (2/3 + 2/3 + 1/3) / 3 = 5/9, recall 1.
    assert bcubed([["a"], ["a"], ["b"]], [["x"]] * 3) == pytest.approx((5 / 9, 1.0, 5 / 7))
    assert bcubed([["a", "b"], ["a"], ["b"]], [["x", "y"], ["x"], ["y"]]) == (1.0, 1.0, 1.0)
    assert pairs_kept({"1": "a", "2": "a", "3": "a"}, {"1": "x", "2": "x", "3": "y"}) == pytest.approx(1 / 3)


def test_bcubed_refuses_what_it_cannot_compare() -> None:
    with pytest.raises(ValueError, match="2 rows"):
        bcubed([["a"], ["b"]], [["x"]])
    with pytest.raises(ValueError, match="Row 0"):
        bcubed([[]], [["x"]])


def test_an_interval_holds_its_score() -> None:
    values = np.arange(50.0)
    low, high = bootstrap_interval(lambda rows: float(values[rows].mean()), 50)
    assert low < values.mean() < high
