"""How well needs are matched on clusters the matcher has not seen, after 50 judgements, and how fast at scale.

    python bench/nlp_match.py ../shared/data/gold [--scale 20000]

Each cluster is left out in turn; everything tuned (weights, threshold, second stage, drift) is tuned on the other two.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.train_matcher import CLUSTERS, embedders, gold, train
from nlp.embed import Embedder
from nlp.matching import DemandMatcher, GoldCase, Judgement, Matching, worth_judging
from nlp.metrics import calibration_error, links_f1, ranking_auc, top_is_right

TARGETS = {
    "precision at 1": "≥ 0.93",
    "pair F1 at the threshold": "≥ 0.75",
    "answered AUC": "≥ 0.96",
    "calibration error": "≤ 0.05",
    "coverage error": "≤ 0.03",
    "interval holds": "1",
    "pair F1 after 50 judgements": "≥ 0.82",
}


def truth_of(case: GoldCase) -> list[set[str]]:
    plan = [row.id for row in case.plan]
    return [{plan[column] for column in np.flatnonzero(row)} for row in case.strengths]


def figures(case: GoldCase, matching: Matching) -> dict[str, float]:
    truth = truth_of(case)
    needs = [need.id for need in case.needs]
    best = {link.need_id: link.plan_id for link in matching.links if link.rank == 1}
    chances = [matching.answered[need] for need in needs]
    answered = [bool(links) for links in truth]
    coverage, share = matching.coverage, fmean(answered)
    return {
        "precision at 1": top_is_right(truth, [best.get(need) for need in needs]),
        "pair F1 at the threshold": links_f1(truth, suggested(case, matching)),
        "answered AUC": ranking_auc(answered, chances),
        "calibration error": calibration_error(answered, chances),
        "coverage error": abs(coverage.estimate - share),
        "interval holds": float(coverage.low <= share <= coverage.high),
        "answered needs": share,
        "coverage estimate": coverage.estimate,
        "coverage low": coverage.low,
        "coverage high": coverage.high,
        "coverage counted": coverage.counted,
    }


def suggested(case: GoldCase, matching: Matching) -> list[set[str]]:
    chosen: dict[str, set[str]] = {need.id: set() for need in case.needs}
    for link in matching.links:
        if link.suggested:
            chosen[link.need_id].add(link.plan_id)
    return [chosen[need.id] for need in case.needs]


def after_judging(matcher: DemandMatcher, case: GoldCase, embedder: Embedder | None, count: int, round_: int) -> float:
    """Pair F1 when a planner has judged `count` links, `round_` at a time, the most doubtful first."""
    read = matcher.read(case.needs, case.plan, embedder)
    truth = dict(zip((need.id for need in case.needs), truth_of(case), strict=True))
    judged: dict[tuple[str, str], float] = {}
    matching = matcher.answer(read)
    while len(judged) < count:
        doubtful = worth_judging(matching, len(matching.links))
        new = [link for link in doubtful if (link.need_id, link.plan_id) not in judged][
            : min(round_, count - len(judged))
        ]
        if not new:
            break
        judged |= {(link.need_id, link.plan_id): float(link.plan_id in truth[link.need_id]) for link in new}
        judgements = [Judgement(need, plan, strength) for (need, plan), strength in judged.items()]
        matching = matcher.learn(read, judgements).answer(read)
    return links_f1(list(truth.values()), suggested(case, matching))


def left_out(cases: list[GoldCase], embedder: Embedder | None) -> dict[str, dict[str, float]]:
    rows: dict[str, dict[str, float]] = {}
    for case in cases:
        matcher = train([other for other in cases if other is not case], embedder)
        rows[case.name] = figures(case, matcher.answer(matcher.read(case.needs, case.plan, embedder)))
        rows[case.name]["pair F1 after 50 judgements"] = after_judging(matcher, case, embedder, 50, 10)
    return rows


def show(name: str, rows: dict[str, dict[str, float]]) -> None:
    print(f"\n{name}, each cluster left out")
    print(f"{'':30}" + "".join(f"{cluster[:14]:>16}" for cluster in rows) + f"{'mean':>10}{'reach':>10}")
    for measure in next(iter(rows.values())):
        values = [row[measure] for row in rows.values()]
        print(
            f"{measure:30}"
            + "".join(f"{value:16.3f}" for value in values)
            + f"{fmean(values):10.3f}{TARGETS.get(measure, ''):>10}"
        )


def scale(cases: list[GoldCase], embedder: Embedder | None, size: int) -> None:
    """Milliseconds to place one need against `size` activities, its vector and the plan's known."""
    matcher = DemandMatcher.shipped(embedder.name if embedder else None)
    own = [row for case in cases for row in case.plan]
    plan = [replace(own[number % len(own)], id=str(number)) for number in range(size)]
    needs = [need for case in cases for need in case.needs][:40]
    read = matcher.read([], plan, embedder)
    vectors = embedder.embed([need.text for need in needs]) if embedder else [None] * len(needs)
    spent = []
    for need, vector in zip(needs, vectors, strict=True):
        read.needs, read.measured, read.designs = [need], [], []
        start = time.process_time()
        matcher.add(read, need, vector)
        matcher.answer(read)
        spent.append(1000 * (time.process_time() - start))
    print(
        f"\none need against {size:,} activities: median {median(spent):.1f} ms of CPU, at most {max(spent):.1f} (30)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--scale", type=int, default=20_000)
    options = parser.parse_args()
    cases = [gold(options.gold, cluster) for cluster in CLUSTERS]
    for embedder in embedders():
        show(embedder.name if embedder else "words only", left_out(cases, embedder))
    best = next((embedder for embedder in embedders() if embedder), None)
    scale(cases, best, options.scale)


if __name__ == "__main__":
    main()
