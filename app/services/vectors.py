"""The sentence vectors of the worker: loaded once per process, each text embedded once and kept on disk."""

from functools import cache

from nlp.embed import CachedEmbedder, DiskStore, Embedder, best_embedder


@cache
def embedder() -> Embedder | None:
    """Return the best embedder this machine has, with its memory; None leaves words only."""
    best = best_embedder()
    return None if best is None else CachedEmbedder(best, DiskStore())
