"""Train the theme heads that ship in nlp/data, and say how well they do on clusters they have not seen.

    python bench/train_themes.py ../shared/data/gold

Writes one ``nlp/data/themes-*.npz`` per embedder installed, and two that need none: letters, and words (for large
tables). The gold set stays where it is: what ships is numbers.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, UseEmbedder
from nlp.metrics import adjusted_rand, normalized_mutual_information
from nlp.themes import THEMES, ThemeHead, letter_terms, term_rows, to_arrays, word_terms
from nlp.tokenize import words

CLUSTERS = ("central_upper", "isan_lower_1", "andaman")
WORD_SCALE, VECTOR_SCALE, SEED_WEIGHT, STRENGTH = 0.7, 1.2, 0.5, 10.0


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


def seeds(embedder: Embedder | None) -> Texts:
    lines = files("nlp").joinpath("data", "theme_seeds.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return read([text for _, text in pairs], [code for code, _ in pairs], embedder, SEED_WEIGHT)


def train(texts: Texts, name: str, *, temperature: float = 1.0) -> ThemeHead:
    """Fit a head: balanced logistic regression over words (×0.7), letters (×1) and centred vectors (×1.2)."""
    letters = name != "words"
    counts = Counter(term for text in texts.words for term in set(word_terms(text)))
    kept = {term: WORD_SCALE for term, count in counts.items() if count >= 2}
    if letters:
        grams = Counter(gram for text in texts.words for gram in set(letter_terms(text)))
        kept |= {gram: 1.0 for gram, count in grams.items() if count >= 3}
        counts += grams
    names = sorted(kept)
    terms = {term: column for column, term in enumerate(names)}
    scale = np.array([kept[term] for term in names], np.float32)
    n = len(texts.words)
    idf = np.array([np.log((1 + n) / (1 + counts[term])) + 1 for term in names], np.float32)
    rows = (term_rows(texts.words, terms, idf, letters=letters) @ sparse.diags(scale)).tocsr()
    model = _fit(rows, texts)
    weights, intercept = model.coef_.T * scale[:, None], model.intercept_
    mean, vector_weights = None, None
    if texts.vectors is not None:
        mean = texts.vectors.mean(axis=0)
        unit = VECTOR_SCALE / float(np.linalg.norm(texts.vectors - mean, axis=1).mean())
        both = _fit(sparse.hstack([rows, sparse.csr_matrix((texts.vectors - mean) * unit)]).tocsr(), texts)
        # A model that sees everything plus one that sees no vectors is still one linear model, and beats either.
        weights = weights + both.coef_.T[: len(terms)] * scale[:, None]
        intercept = intercept + both.intercept_
        vector_weights = (both.coef_.T[len(terms) :] * unit).astype(np.float32)
    return ThemeHead(
        name=name,
        codes=tuple(str(code) for code in model.classes_),
        terms=terms,
        idf=idf,
        term_weights=weights.astype(np.float32),
        reads_letters=letters,
        vector_mean=mean,
        vector_weights=vector_weights,
        intercept=intercept.astype(np.float32),
        temperature=temperature,
    )


def _fit(rows: sparse.csr_matrix, texts: Texts) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, max_iter=3000, class_weight="balanced")
    return model.fit(rows, texts.themes, sample_weight=texts.weights)


def without(cluster: str, parts: Mapping[str, Texts], prior: Texts) -> Texts:
    """Everything but one cluster."""
    rest = prior
    for other, texts in parts.items():
        if other != cluster:
            rest = rest + texts
    return rest


def left_out(parts: Mapping[str, Texts], prior: Texts, name: str) -> tuple[float, list[str]]:
    """Temperature that fits clusters left out, and one line of figures for each."""
    scores, truth, lines = [], [], []
    for cluster, part in parts.items():
        head = train(without(cluster, parts, prior), name)
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
    parser.add_argument("gold", type=Path, nargs="?", default=Path("../shared/data/gold"))
    parser.add_argument("--dry-run", action="store_true", help="measure only, write nothing")
    options = parser.parse_args()
    for name, embedder in available():
        prior = seeds(embedder)
        parts = {cluster: gold(options.gold, cluster, embedder) for cluster in CLUSTERS}
        temperature, lines = left_out(parts, prior, name)
        print(f"{name}: {len(prior.words)} seeds, temperature {temperature:.2f}", *lines, sep="\n  ")
        if not options.dry_run:
            everything = without("", parts, prior)
            path = Path(str(files("nlp").joinpath("data", f"themes-{name}.npz")))
            np.savez_compressed(path, **to_arrays(train(everything, name, temperature=temperature)))


def available() -> list[tuple[str, Embedder | None]]:
    """Heads that can be trained on this machine, by name."""
    found: list[tuple[str, Embedder | None]] = [("words", None), ("letters", None)]
    for kind in (UseEmbedder, E5Embedder):
        try:
            found.append((kind.name, CachedEmbedder(kind(), DiskStore())))
        except ImportError:
            print(f"{kind.name}: not installed here, skipped")
    return found


if __name__ == "__main__":
    main()
