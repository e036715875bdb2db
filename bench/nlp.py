"""What grouping and matching reach, against people, against themselves, against BERTopic, and as tables grow.

    python bench/nlp.py                  everything but the million
    python bench/nlp.py table|peers|scale|rerun|million

Every cluster of the gold set is grouped and matched with what is learned on the two others; ``table`` also writes the
figures that the method page of a consultation shows (``nlp/data/measured.json``). BERTopic comes with the extra
``bench``; without it the comparison is left out. Times are processor seconds on one thread: other work on the machine
does not count.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import nlp_match
import numpy as np
import train_themes
from numpy.typing import NDArray

from nlp.embed import CachedEmbedder, DiskStore, Embedder, MemoryStore, best_embedder
from nlp.matching import NO_EMBEDDER
from nlp.metrics import adjusted_rand, bcubed, normalized_mutual_information, pairs_kept
from nlp.pipeline import Grouping, NeedText, group_needs
from nlp.themes import ThemeHead

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
LABELLED = (
    ("complaints, human tags", "complaints/bangkok_human_tags.csv", "text", "tags"),
    ("complaints, 13 types", "complaints/bangkok_13_types.csv", "text", "type"),
    ("government news", "news/government_topics.csv", "title", "category"),
)


def table(path: str) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    opened = gzip.open if path.endswith(".gz") else open
    with opened(DATA / path, "rt", encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def needs_of(rows: Sequence[dict[str, str]]) -> list[NeedText]:
    return [NeedText(row["need_id"], row["text"], row["province"], row["district"], row["subdistrict"]) for row in rows]


def heads(name: str, embedder: Embedder | None) -> dict[str, ThemeHead]:
    """For each cluster, the themes as the two other clusters teach them."""
    prior = train_themes.seeds(embedder)
    parts = {cluster: train_themes.gold(DATA / "gold", cluster, embedder) for cluster in train_themes.CLUSTERS}
    temperature, _lines = train_themes.left_out(parts, prior, name)
    return {
        cluster: train_themes.train(train_themes.without(cluster, parts, prior), name, temperature=temperature)
        for cluster in parts
    }


def scores(rows: Sequence[dict[str, str]], grouping: Grouping) -> list[float]:
    primary = [grouping.primary[row["need_id"]] for row in rows]
    several = [[key for key, _ in grouping.memberships[row["need_id"]] if key != "hand-off"] for row in rows]
    themes = [row["theme"] for row in rows]
    every = [row["themes"].split("|") for row in rows]
    return [
        normalized_mutual_information(themes, primary),
        adjusted_rand(themes, primary),
        bcubed(every, several)[2],
    ]


def quality() -> dict[str, list[list[float]]]:
    """NMI, ARI, B-cubed F1 and pairs kept, k given, of each cluster, by the vectors used."""
    reached: dict[str, list[list[float]]] = {}
    print("\nGold set, each cluster with themes learned on the others. Own k in brackets.")
    print(f"{'vectors':13}{'cluster':16}{'NMI':>14}{'ARI':>14}{'B-cubed F1':>14}{'pairs kept':>14}{'topics':>9}")
    for name, embedder in train_themes.available():
        learned = heads(name, embedder)
        for cluster in train_themes.CLUSTERS:
            rows = table(f"gold/{cluster}.needs.csv")
            needs = needs_of(rows)

            def run(some: list[NeedText], number: int | str, head: ThemeHead = learned[cluster]) -> Grouping:
                return group_needs(some, n_topics=number, embedder=embedder, head=head)  # type: ignore[arg-type]  # noqa: B023

            given, own = run(needs, 23), run(needs, "auto")
            kept = [changed(needs, given, run, 23), changed(needs, own, run, "auto")]
            pairs = [*zip(scores(rows, given), scores(rows, own), strict=True), tuple(kept)]
            reached.setdefault(name, []).append([one for one, _two in pairs])
            cells = "".join(f"{f'{one:.3f} ({two:.3f})':>14}" for one, two in pairs)
            print(f"{name:13}{cluster:16}{cells}{own.report['n_topics']:>9}", flush=True)
    return reached


def everything() -> None:
    """The whole table for the development clusters, printed and kept for the method page."""
    grouped = quality()
    cases = [nlp_match.gold(DATA / "gold", cluster) for cluster in nlp_match.CLUSTERS]
    found: dict[str, dict[str, dict[str, float]]] = {}
    for embedder in nlp_match.embedders():
        rows = nlp_match.left_out(cases, embedder)
        nlp_match.show(embedder.name if embedder else "words only", rows)
        grouping = np.mean(grouped[embedder.name if embedder else "letters"], axis=0)
        found[embedder.name if embedder else NO_EMBEDDER] = {
            "grouping": dict(zip(("nmi", "ari", "bcubed", "kept"), grouping.round(3).tolist(), strict=True)),
            "matching": {
                measure: round(float(np.mean([row[measure] for row in rows.values()])), 3)
                for measure in nlp_match.TARGETS
            },
        }
    measured = {
        "measured_on": datetime.now(UTC).date().isoformat(),
        "clusters": len(cases),
        "needs": sum(len(case.needs) for case in cases),
        "projects": sum(len(case.plan) for case in cases),
        "links": sum(int((case.strengths > 0).sum()) for case in cases),
        "embedders": found,
    }
    path = ROOT / "nlp" / "data" / "measured.json"
    path.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


def changed(
    needs: list[NeedText], before: Grouping, run: Callable[[list[NeedText], int | str], Grouping], number: int | str
) -> float:
    """Mean share of pairs kept when a tenth of the needs is left out, over five draws."""
    kept = []
    for seed in range(5):
        rng = random.Random(seed)
        some = [need for need in needs if rng.random() > 0.1]
        kept.append(pairs_kept(before.primary, run(some, number).primary))
    return float(np.mean(kept))


def peers() -> None:
    embedder = best_embedder()
    if embedder is None:
        print("\nNo embedder here: the comparison with BERTopic needs the same vectors for both.")
        return
    cached = CachedEmbedder(embedder, DiskStore())
    learned = heads(embedder.name, cached)
    sets: list[tuple[str, list[str], list[str], ThemeHead | str]] = []
    for name, path, column, label in LABELLED:
        rows = [row for row in table(path) if row[label]]
        first = [row[label].split("|")[0] for row in rows]
        common = Counter(first)
        chosen = [number for number, own in enumerate(first) if common[own] >= 5]
        sets.append((name, [rows[i][column] for i in chosen], [first[i] for i in chosen], "shipped"))
    for cluster in train_themes.CLUSTERS:
        rows = table(f"gold/{cluster}.needs.csv")
        sets.append((cluster, [row["text"] for row in rows], [row["theme"] for row in rows], learned[cluster]))
    print("\nSame vectors and k for both. Seconds of BERTopic: first call in a process, then again.")
    print(f"{'labels':26}{'n':>6}{'k':>4}{'NMI':>8}{'s':>8}{'BERTopic':>10}{'s':>8}{'again':>8}")
    ours, theirs = [], []
    for name, texts, labels, head in sets:
        given = Given(cached, texts)
        needs = [NeedText(str(number), text) for number, text in enumerate(texts)]
        number = len(set(labels))
        group_needs(needs[:30], n_topics=2, embedder=given)
        started = time.process_time()
        grouping = group_needs(needs, n_topics=number, embedder=given, head=head)  # type: ignore[arg-type]
        seconds = time.process_time() - started
        nmi = normalized_mutual_information(labels, [grouping.primary[need.id] for need in needs])
        ours.append(nmi)
        peer = bertopic(texts, given.embed(texts), labels)
        line = f"{name:26}{len(texts):>6}{number:>4}{nmi:>8.3f}{seconds:>8.2f}"
        if peer:
            theirs.append(peer[0])
            ratios = f"1:{peer[1] / seconds:.0f} and 1:{peer[2] / seconds:.1f}"
            line += f"{peer[0]:>10.3f}{peer[1]:>8.1f}{peer[2]:>8.2f}   {ratios}"
        print(line, flush=True)
    print(f"mean NMI {np.mean(ours):.3f}" + (f", BERTopic {np.mean(theirs):.3f}" if theirs else " (no BERTopic here)"))


class Given:
    """Vectors computed beforehand, so that neither side pays for them."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self.name, self.dim = embedder.name, embedder.dim
        self._vectors = dict(zip(texts, embedder.embed(list(texts)), strict=True))

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.stack([self._vectors[text] for text in texts])


_PEER = """
import json, sys, time
import numpy as np
from bertopic import BERTopic
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import CountVectorizer
from umap import UMAP
given = np.load(sys.argv[1], allow_pickle=False)
texts, vectors, number = given["texts"].tolist(), given["vectors"], int(given["number"])
seconds = []
for _ in range(2):
    started = time.process_time()
    model = BERTopic(
        hdbscan_model=KMeans(number, random_state=0),
        umap_model=UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0),
        vectorizer_model=CountVectorizer(token_pattern=r"\\S+"),
        embedding_model=None,
    )
    topics, _ = model.fit_transform(texts, vectors)
    seconds.append(time.process_time() - started)
print(json.dumps({"topics": [int(topic) for topic in topics], "seconds": seconds}))
"""


def bertopic(
    texts: Sequence[str], vectors: NDArray[np.float32], labels: Sequence[str]
) -> tuple[float, float, float] | None:
    """NMI and processor seconds of BERTopic, in a process of its own; None where it is not installed."""
    from nlp.tokenize import words

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "given.npz"
        cut = np.array([" ".join(words(text)) or "-" for text in texts])
        np.savez(path, texts=cut, vectors=vectors, number=np.array(len(set(labels))))
        one_thread = os.environ | {"OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}
        started = [sys.executable, "-c", _PEER, str(path)]
        ran = subprocess.run(started, capture_output=True, text=True, check=False, env=one_thread)
    if ran.returncode:
        return None
    found = json.loads(ran.stdout.splitlines()[-1])
    return normalized_mutual_information(labels, found["topics"]), *found["seconds"]


def command(rows: Sequence[tuple[str, str]], *more: str) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak MB of `prachakhom group` over a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "needs.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("need_id", "text"))
            writer.writerows(rows)
        report = Path(folder) / "report.json"
        before, started = os.times(), time.perf_counter()
        asked = ["group", str(path), "--out", f"{folder}/out.csv", "--json", str(report), *more]
        where = os.environ | {"PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-m", "app.cli", *asked], check=True, env=where, stderr=subprocess.DEVNULL)
        wall, after = time.perf_counter() - started, os.times()
        peak = json.loads(report.read_text(encoding="utf-8"))["peak_mb"]
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, used, peak


def complaints() -> list[str]:
    return [row["text"] for row in table("complaints/bangkok_scale.csv.gz")]


def perturbed(texts: Sequence[str], number: int) -> list[str]:
    """More texts out of some: words dropped and two texts run together, by a fixed seed."""
    rng = random.Random(0)
    made = list(texts)
    while len(made) < number:
        pieces = rng.choice(texts).split(" ")
        kept = [piece for piece in pieces if rng.random() > 0.2] or pieces
        made.append(" ".join([*kept, rng.choice(texts)[: rng.randrange(10, 60)]]))
    return made[:number]


def scale(sizes: Sequence[int] = (10_000, 30_000, 115_388)) -> None:
    texts = complaints()
    print("\nprachakhom group --vectors never, the whole command")
    print(f"{'needs':>9}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'µs/need':>9}")
    for size in sizes:
        rows = [(str(number), text) for number, text in enumerate(perturbed(texts, size))]
        wall, used, peak = command(rows, "--vectors", "never")
        print(f"{size:>9,}{wall:>9.1f}{used:>9.1f}{peak:>9.0f}{1e6 * used / size:>9.0f}", flush=True)


def rerun() -> None:
    embedder = best_embedder()
    if embedder is None:
        print("\nNo embedder here: a re-run saves what embedding costs, and there is none.")
        return
    texts = list(dict.fromkeys(complaints()))[:2_020]
    cached = CachedEmbedder(embedder, MemoryStore())
    seconds = []
    previous: dict[str, str] = {}
    for part in (texts[:2_000], texts):
        started = time.process_time()
        grouping = group_needs([NeedText(text, text) for text in part], previous=previous, embedder=cached)
        seconds.append(time.process_time() - started)
        previous = grouping.primary
    share = seconds[1] / seconds[0]
    print(f"\nRe-run after 1 % new needs: {seconds[1]:.1f} s against {seconds[0]:.1f} s at first, {share:.0%}")


def million() -> None:
    scale((115_388, 1_000_000))


def main() -> None:
    parts: dict[str, Callable[[], object]] = {"table": everything, "peers": peers, "scale": scale, "rerun": rerun}
    chosen = sys.argv[1:] or list(parts)
    for name in chosen:
        (parts | {"million": million})[name]()


if __name__ == "__main__":
    main()
