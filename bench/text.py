"""What segmentation, the domain dictionary, the glossary and each embedder cost and buy.

    python bench/text.py ../shared/data

Prints tables for docs/nlp/text.md: NMI of KMeans topics (the true number of topics, mean of eight seeds) against labels
people or agencies gave, and processor time for a text. Times are of the process, so a busy machine changes them little.
"""

from __future__ import annotations

import argparse
import csv
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import thaibreak
from numpy.typing import NDArray
from pythainlp.tokenize import word_tokenize
from sklearn.cluster import KMeans
from sklearn.metrics import normalized_mutual_info_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nlp.dialect import bridge
from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, UseEmbedder
from nlp.features import Centred, Embedded, Reduced, ThaiTfidf
from nlp.lexicon import STOPWORDS
from nlp.normalize import normalize
from nlp.privacy import find
from nlp.tokenize import content_words, is_content, search_words, words

LabelSet = tuple[list[str], list[str]]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def label_sets(data: Path) -> dict[str, LabelSet]:
    """Return texts and labels: village needs, city complaints twice, and news; at most 2,000 of each."""
    gold = [row for path in sorted((data / "gold").glob("*.needs.csv")) for row in rows(path)]
    found = {"needs, themes": ([row["text"] for row in gold], [row["theme"] for row in gold])}
    for name, file, text, label in (
        ("complaints, types", "complaints/bangkok_13_types.csv", "text", "type"),
        ("complaints, tags", "complaints/bangkok_human_tags.csv", "text", "tags"),
        ("news, topics", "news/government_topics.csv", "title", "category"),
    ):
        one = [row for row in rows(data / file) if row[label] and "|" not in row[label]]
        random.Random(0).shuffle(one)
        found[name] = ([row[text] for row in one[:2000]], [row[label] for row in one[:2000]])
    return found


def nmi(features: NDArray[np.float32], labels: Sequence[str]) -> float:
    k = len(set(labels))
    return float(
        np.mean(
            [
                normalized_mutual_info_score(labels, KMeans(k, n_init=3, random_state=seed).fit_predict(features))
                for seed in range(8)
            ]
        )
    )


def newmm(text: str) -> list[str]:
    return [word for word in word_tokenize(normalize(text), keep_whitespace=False) if word not in STOPWORDS]


def every_cut(text: str) -> list[str]:
    return thaibreak.words(normalize(text))


def content_cuts(text: str) -> list[str]:
    return [word for word in search_words(text) if is_content(word)]


def compounds_only(text: str) -> list[str]:
    return [word for word in words(text) if is_content(word)]


CUTS: dict[str, Callable[[str], list[str]]] = {
    "newmm, no stopwords": newmm,
    "thaibreak, every cut": every_cut,
    "thaibreak, central, content only": content_cuts,
    "the same, compounds joined": compounds_only,
    "the same, compounds beside parts": content_words,
}


def microseconds(act: Callable[[str], object], texts: Sequence[str]) -> float:
    act(texts[0])
    started = time.process_time()
    for text in texts:
        act(text)
    return (time.process_time() - started) / len(texts) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    sets = label_sets(data)
    print("| words | " + " | ".join(sets) + " | mean |")
    for name, cut in CUTS.items():
        found = [
            nmi(Reduced(100).fit_transform(ThaiTfidf(analyzer=cut, max_df=0.3).fit_transform(texts)), labels)
            for texts, labels in sets.values()
        ]
        print(f"| {name} | " + " | ".join(f"{value:.3f}" for value in found) + f" | {np.mean(found):.3f} |", flush=True)
    texts, labels = sets["needs, themes"]
    spoken = Reduced(100).fit_transform(ThaiTfidf(max_df=0.3).fit_transform(texts))
    print("| vectors, needs | alone | with words |")
    embedders: list[Embedder] = [UseEmbedder(), E5Embedder()]
    for embedder in embedders:
        kept = CachedEmbedder(embedder, DiskStore())
        alone = Reduced(64).fit_transform(Centred().fit_transform(Embedded(kept).transform(texts)))
        both = np.hstack([spoken, 1.5 * alone])
        print(f"| {embedder.name} | {nmi(alone, labels):.3f} | {nmi(both, labels):.3f} |")
    complaints = sets["complaints, types"][0]
    length = int(np.mean([len(text) for text in complaints]))
    print(f"microseconds a text of {length} letters")
    for name, act in (
        ("normalize", normalize),
        ("bridge", bridge),
        ("words", words),
        ("newmm", newmm),
        ("privacy", find),
    ):
        print(f"| {name} | {microseconds(act, complaints):.0f} |")


if __name__ == "__main__":
    main()
