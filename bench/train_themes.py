"""Train the theme heads that ship in nlp/data, and say how well they do on clusters they have not seen.

    python bench/train_themes.py ../shared/data/gold

Writes one ``nlp/data/themes-*.npz`` per embedder installed and one for words only. The gold set stays where it is:
what ships is numbers.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, UseEmbedder
from nlp.metrics import adjusted_rand, normalized_mutual_information
from nlp.themes import THEMES, ThemeHead, word_rows
from nlp.tokenize import words

CLUSTERS = ("central_upper", "isan_lower_1", "andaman")
VECTOR_SCALE = 1.5
STRENGTH = 10.0


@dataclass(frozen=True)
class Texts:
    """Texts with a theme each; seeds come from no cluster."""

    words: list[list[str]]
    vectors: NDArray[np.float32] | None
    themes: NDArray[np.str_]
    weights: NDArray[np.float64]

    def __add__(self, other: Texts) -> Texts:
        vectors = None if self.vectors is None else np.vstack([self.vectors, other.vectors])
        return Texts(
            self.words + other.words,
            vectors,
            np.concatenate([self.themes, other.themes]),
            np.concatenate([self.weights, other.weights]),
        )


def read(texts: Sequence[str], codes: Sequence[str], embedder: Embedder | None, weight: float = 1.0) -> Texts:
    vectors = embedder.embed(list(texts)) if embedder else None
    return Texts([words(text) for text in texts], vectors, np.array(codes), np.full(len(codes), weight))


def gold(folder: Path, cluster: str, embedder: Embedder | None) -> Texts:
    with (folder / f"{cluster}.needs.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["theme"] in THEMES]
    return read([row["text"] for row in rows], [row["theme"] for row in rows], embedder)


def seeds(embedder: Embedder | None, weight: float) -> Texts:
    lines = files("nlp").joinpath("data", "theme_seeds.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return read([text for _, text in pairs], [code for code, _ in pairs], embedder, weight)


def train(texts: Texts, temperature: float = 1.0) -> ThemeHead:
    counts: dict[str, int] = {}
    for text in texts.words:
        for word in {*text, *map(" ".join, pairwise(text))}:
            counts[word] = counts.get(word, 0) + 1
    vocabulary = {
        word: column for column, word in enumerate(sorted(word for word, count in counts.items() if count > 1))
    }
    n = len(texts.words)
    idf = np.array([np.log((1 + n) / (1 + counts[word])) + 1 for word in vocabulary], np.float32)
    rows = word_rows(texts.words, vocabulary, idf)
    mean, scale = None, 1.0
    if texts.vectors is not None:
        mean = texts.vectors.mean(axis=0)
        scale = VECTOR_SCALE / float(np.linalg.norm(texts.vectors - mean, axis=1).mean())
        rows = sparse.hstack([rows, sparse.csr_matrix((texts.vectors - mean) * scale)]).tocsr()
    model = LogisticRegression(C=STRENGTH, max_iter=3000, class_weight="balanced")
    model.fit(rows, texts.themes, sample_weight=texts.weights)
    weights = model.coef_.T.astype(np.float32)
    return ThemeHead(
        codes=tuple(str(code) for code in model.classes_),
        vocabulary=vocabulary,
        idf=idf,
        word_weights=weights[: len(vocabulary)],
        vector_mean=mean,
        vector_weights=None if mean is None else weights[len(vocabulary) :] * np.float32(scale),
        intercept=model.intercept_.astype(np.float32),
        temperature=temperature,
    )


def left_out(parts: dict[str, Texts], prior: Texts) -> tuple[float, list[str]]:
    """Temperature that fits clusters left out, and one line of figures for each."""
    scores, truth, lines = [], [], []
    for cluster, part in parts.items():
        rest = prior
        for other, texts in parts.items():
            if other != cluster:
                rest = rest + texts
        head = train(rest)
        found = head.scores(part.words, part.vectors)
        named = np.array(head.codes)[found.argmax(axis=1)]
        scores.append(found)
        truth.append(np.searchsorted(head.codes, part.themes))
        nmi = normalized_mutual_information(part.themes.tolist(), named.tolist())
        ari = adjusted_rand(part.themes.tolist(), named.tolist())
        lines.append(f"{cluster:15} accuracy {np.mean(named == part.themes):.3f}  NMI {nmi:.3f}  ARI {ari:.3f}")
    all_scores, all_truth = np.vstack(scores), np.concatenate(truth)

    def loss(temperature: float) -> float:
        logits = all_scores / temperature
        logits = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        return float(-logits[np.arange(len(logits)), all_truth].mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5), method="bounded").x), lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gold", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="measure only, write nothing")
    parser.add_argument("--seed-weight", type=float, default=1.0)
    options = parser.parse_args()
    embedders: list[Embedder | None] = [None]
    for kind in (UseEmbedder, E5Embedder):
        try:
            embedders.append(CachedEmbedder(kind(), DiskStore()))
        except ImportError:
            print(f"{kind.name}: not installed here, skipped")
    for embedder in embedders:
        prior = seeds(embedder, options.seed_weight)
        parts = {cluster: gold(options.gold, cluster, embedder) for cluster in CLUSTERS}
        temperature, lines = left_out(parts, prior)
        name = embedder.name if embedder else "words"
        print(f"{name}: {len(prior.words)} seeds, temperature {temperature:.2f}", *lines, sep="\n  ")
        if options.dry_run:
            continue
        everything = prior
        for part in parts.values():
            everything = everything + part
        save(train(everything, temperature), Path(str(files("nlp").joinpath("data", f"themes-{name}.npz"))))


def save(head: ThemeHead, path: Path) -> None:
    arrays = {
        "codes": np.array(head.codes),
        "words": np.array(sorted(head.vocabulary, key=head.vocabulary.__getitem__)),
        "idf": head.idf.astype(np.float16),
        "word_weights": head.word_weights.astype(np.float16),
        "intercept": head.intercept,
        "temperature": np.array(head.temperature),
    }
    if head.vector_mean is not None and head.vector_weights is not None:
        arrays |= {"vector_mean": head.vector_mean, "vector_weights": head.vector_weights}
    np.savez_compressed(path, **arrays)


if __name__ == "__main__":
    main()
