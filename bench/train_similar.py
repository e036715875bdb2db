"""Fit the weights of nlp.similar, and say how well they find the duplicates of clusters they have not seen.

    python bench/train_similar.py ../shared/data/gold

Writes ``nlp/data/similar.json``: one set of weights per embedder installed, and one for none. The theme heads used here
never saw the cluster they speak about, or the likeness of themes would look better than it is.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from train_themes import CLUSTERS, seeds, train, without
from train_themes import gold as themed

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, UseEmbedder
from nlp.places import gazetteer
from nlp.similar import LIKENESSES, Reading

STRENGTH = 10.0


class Case:
    """The pairs of one cluster's districts: likenesses, what names add, and whether they are one need."""

    def __init__(self, folder: Path, cluster: str, embedder: Embedder | None) -> None:
        with (folder / f"{cluster}.needs.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        parts = {name: themed(folder, name, embedder) for name in CLUSTERS}
        head = train(without(cluster, parts, seeds(embedder)), embedder.name if embedder else "letters")
        places = [
            gazetteer().locate(province=row["province"], district=row["district"], subdistrict=row["subdistrict"])
            for row in rows
        ]
        reading = Reading([row["text"] for row in rows], places, embedder, head)
        self.pairs = np.array(sorted(set(reading.candidates())), dtype=np.int64)
        self.likenesses = reading.likenesses(self.pairs[:, 0], self.pairs[:, 1])
        self.named = np.array([reading.named(i, j) for i, j in self.pairs.tolist()])
        number = {row["need_id"]: place for place, row in enumerate(rows)}
        told = {frozenset((number[row["need_id"]], number[row["duplicate_of"]])) for row in rows if row["duplicate_of"]}
        self.is_one = np.array([frozenset(pair) in told for pair in self.pairs.tolist()])
        self.missed = len(told) - int(self.is_one.sum())


def fit(cases: list[Case]) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, max_iter=2000)
    return model.fit(np.vstack([case.likenesses for case in cases]), np.concatenate([case.is_one for case in cases]))


def left_out(cases: list[Case]) -> tuple[NDArray[np.float64], NDArray[np.bool_], int]:
    """Return the probabilities clusters left out were given, the truth, and how many pairs were never compared."""
    chances = []
    for case in cases:
        odds = fit([other for other in cases if other is not case]).decision_function(case.likenesses) + case.named
        chances.append(1 / (1 + np.exp(-odds)))
    return np.concatenate(chances), np.concatenate([case.is_one for case in cases]), sum(case.missed for case in cases)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="measure only, write nothing")
    options = parser.parse_args()
    embedders: list[Embedder | None] = [None]
    for kind in (UseEmbedder, E5Embedder):
        try:
            embedders.append(CachedEmbedder(kind(), DiskStore()))
        except ImportError:
            print(f"{kind.name}: not installed here, skipped")
    found = {}
    for embedder in embedders:
        name = embedder.name if embedder else "none"
        cases = [Case(options.gold, cluster, embedder) for cluster in CLUSTERS]
        chances, is_one, missed = left_out(cases)
        order = np.argsort(-chances, kind="stable")
        hits = np.cumsum(is_one[order])
        total = int(is_one.sum()) + missed
        sure = hits / np.arange(1, len(order) + 1) >= 0.9
        at_half = chances >= 0.5
        print(
            f"{name:12} {total} pairs; recall at precision 0.9: {hits[sure].max(initial=0) / total:.3f}; "
            f"at probability 0.5: recall {is_one[at_half].sum() / total:.3f}, precision {is_one[at_half].mean():.3f}"
        )
        model = fit(cases)
        found[name] = {
            **dict(zip(LIKENESSES, model.coef_[0].round(3).tolist(), strict=True)),
            "1": round(float(model.intercept_[0]), 3),
        }
    if not options.dry_run:
        path = Path(str(files("nlp").joinpath("data", "similar.json")))
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
