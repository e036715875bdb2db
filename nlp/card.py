"""What was measured of this version on clusters it had not seen, for pages that must say how far to trust it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["Card", "card"]


@dataclass(frozen=True, slots=True)
class Card:
    """The figures of one embedder, as ``bench/nlp.py table`` found them.

    Parameters
    ----------
    measured_on
        The day.
    clusters, needs, projects, links
        What it was measured on.
    grouping
        nmi, ari, bcubed and kept, 0 to 1: means over the clusters, each left out in turn.
    matching
        By the names of ``bench/nlp_match.py``, 0 to 1: the same.
    """

    measured_on: date
    clusters: int
    needs: int
    projects: int
    links: int
    grouping: dict[str, float]
    matching: dict[str, float]


@cache
def _measured() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("nlp").joinpath("data/measured.json").read_text(encoding="utf-8"))
    return found


def card(embedder_name: str | None) -> Card:
    """Return the figures for an embedder; those of words alone for one that was not measured."""
    found = _measured()
    own = found["embedders"].get(embedder_name or "words") or found["embedders"]["words"]
    return Card(
        measured_on=date.fromisoformat(found["measured_on"]),
        clusters=found["clusters"],
        needs=found["needs"],
        projects=found["projects"],
        links=found["links"],
        grouping=own["grouping"],
        matching=own["matching"],
    )
