"""Which new topic is which old one, so that names, decisions and answers outlive a new run.

Followed by the needs both runs hold: a topic *is* its needs. Keys are whatever the caller uses; nothing here reads
text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

__all__ = ["Ancestry", "Lineage", "trace"]

New = TypeVar("New", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a topic comes from.

    Attributes
    ----------
    kind : "kept", "split", "merged" or "new"
    parents : tuple of old keys, the one that gave most needs first; empty for a new topic
    share : float
        Share of the topic's needs known before that came from the first parent; 0 for a new topic.
    """

    kind: Literal["kept", "split", "merged", "new"]
    parents: tuple[str, ...] = ()
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Ancestry(Generic[New]):
    """The lineage of every new topic, the old key each may carry on, and the old keys nobody carries on.

    Attributes
    ----------
    lineage : dict of new topic to Lineage
    carried : dict of new topic to old key
        One to one: the new topic that shares most needs with an old one keeps its key.
    gone : tuple of old keys, sorted
    """

    lineage: dict[New, Lineage]
    carried: dict[New, str]
    gone: tuple[str, ...]


def trace(previous: Mapping[str, str], current: Mapping[str, New], *, least: float = 0.3) -> Ancestry[New]:
    """Follow topics from one run to the next.

    Parameters
    ----------
    previous : mapping of need to old topic key
    current : mapping of need to new topic
    least : float, default=0.3
        A topic counts as a parent (child) when it gave (took) at least this share of the smaller of the two.

    Notes
    -----
    Pairs are matched greedily by shared needs over needs in either (Jaccard), best first, ties by name: the order of
    rows changes nothing.
    """
    shared = sorted(previous.keys() & current.keys())
    overlap = Counter((previous[need], current[need]) for need in shared)
    old_sizes = Counter(previous[need] for need in shared)
    new_sizes = Counter(current[need] for need in shared)

    def likeness(pair: tuple[str, New]) -> float:
        return overlap[pair] / (old_sizes[pair[0]] + new_sizes[pair[1]] - overlap[pair])

    ranked = sorted(overlap, key=lambda pair: (-likeness(pair), pair[0], str(pair[1])))
    close = [pair for pair in ranked if overlap[pair] >= least * min(old_sizes[pair[0]], new_sizes[pair[1]])]
    carried: dict[New, str] = {}
    for old, new in close:
        if new not in carried and old not in carried.values():
            carried[new] = old
    parents: dict[New, list[str]] = {}
    children: dict[str, list[New]] = {}
    for old, new in sorted(close, key=lambda pair: (-overlap[pair], pair[0], str(pair[1]))):
        if overlap[old, new] >= least * old_sizes[old]:
            parents.setdefault(new, []).append(old)
        if overlap[old, new] >= least * new_sizes[new]:
            children.setdefault(old, []).append(new)
    lineage = {}
    for new in sorted(set(current.values()), key=str):
        own = list(parents.get(new, []))
        own += [old for old, grown in children.items() if new in grown and old not in own]
        if not own:
            lineage[new] = Lineage("new")
            continue
        share = overlap[own[0], new] / new_sizes[new]
        if len(own) > 1:
            kind: Literal["kept", "split", "merged"] = "merged"
        elif len(children.get(own[0], [])) > 1:
            kind = "split"
        else:
            kind = "kept"
        lineage[new] = Lineage(kind, tuple(own), share)
    gone = tuple(sorted(set(previous.values()) - set(carried.values())))
    return Ancestry(lineage, carried, gone)
