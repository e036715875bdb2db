"""Train the matcher that ships in nlp/data, and say how well it does on clusters it has not seen.

    python bench/train_matcher.py ../shared/data/gold

Writes ``nlp/data/matcher.json`` and ``nlp/data/matcher_arrays.npz``: one set of numbers per embedder installed and one
for words only. The gold set stays where it is: what ships is numbers.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, UseEmbedder
from nlp.matching import NO_EMBEDDER, DemandMatcher, GoldCase, PlanText, seed_vectors
from nlp.pipeline import NeedText
from nlp.works import SeedVectors, read_title

CLUSTERS = ("central_upper", "isan_lower_1", "andaman")


def gold(folder: Path, cluster: str) -> GoldCase:
    with (folder / f"{cluster}.needs.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    with (folder / f"{cluster}.projects.csv").open(encoding="utf-8-sig", newline="") as stream:
        projects = list(csv.DictReader(stream))
    needs = [
        NeedText(row["need_id"], row["text"], row["province"], row["district"], row["subdistrict"]) for row in rows
    ]
    plan = [
        PlanText(row["project_id"], row["title"], float(row["budget_baht"] or 0), row["level"], row["province"])
        for row in projects
    ]
    column = {row.id: number for number, row in enumerate(plan)}
    strengths = np.zeros((len(needs), len(plan)))
    for number, row in enumerate(rows):
        for link in filter(None, row["links"].split("|")):
            project, strength = link.rsplit("=", 1)
            strengths[number, column[project]] = float(strength)
    return GoldCase(cluster, needs, plan, strengths)


def blank(cases: list[GoldCase], embedder: Embedder | None, penalty: float) -> DemandMatcher:
    """A matcher that has learned nothing but what the embedder makes of needs and titles in general."""
    if embedder is None:
        return DemandMatcher(penalty=penalty)
    needs = [embedder.embed([need.text for need in case.needs]) for case in cases]
    titles = [embedder.embed([read_title(row.title).core for row in case.plan]) for case in cases]
    seeds = seed_vectors(embedder, needs)
    kept = SeedVectors(seeds.vectors.astype(np.float16).astype(float), seeds.mean.astype(np.float32).astype(float))
    title_mean = np.concatenate(titles).mean(axis=0).astype(np.float32).astype(float)
    return DemandMatcher(embedder.name, kept, title_mean, penalty=penalty)


def train(cases: list[GoldCase], embedder: Embedder | None, penalty: float = 200.0) -> DemandMatcher:
    matcher = blank(cases, embedder, penalty)
    return matcher.fit(cases, [matcher.read(case.needs, case.plan, embedder) for case in cases])


def embedders() -> list[Embedder | None]:
    found: list[Embedder | None] = [None]
    for kind in (E5Embedder, UseEmbedder):
        try:
            found.append(CachedEmbedder(kind(), DiskStore()))
        except ImportError:
            print(f"{kind.__name__} is not installed here: no numbers for it", file=sys.stderr)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    cases = [gold(parser.parse_args().gold, cluster) for cluster in CLUSTERS]
    numbers: dict[str, object] = {}
    arrays: dict[str, np.ndarray] = {}
    for embedder in embedders():
        matcher = train(cases, embedder)
        name = embedder.name if embedder else NO_EMBEDDER
        numbers[name] = matcher.to_dict()
        print(f"{name}: threshold {matcher.threshold:.3f}, drift {matcher.drift.spread:.3f}")
        assert matcher.precision is not None
        arrays[f"{name}/precision"] = matcher.precision.astype(np.float32)
        if matcher.vectors is not None and matcher.title_mean is not None:
            arrays[f"{name}/seeds"] = matcher.vectors.vectors.astype(np.float16)
            arrays[f"{name}/need"] = matcher.vectors.mean.astype(np.float32)
            arrays[f"{name}/title"] = matcher.title_mean.astype(np.float32)
    data = Path(str(files("nlp"))) / "data"
    text = json.dumps({"trained_on": list(CLUSTERS), "embedders": numbers}, indent=1)
    (data / "matcher.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(data / "matcher_arrays.npz", **arrays)


if __name__ == "__main__":
    main()
