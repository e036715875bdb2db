"""What is measured of a pair (need, plan activity), before anything is learned.

:class:`PlanIndex` reads a plan once; :meth:`PlanIndex.measure` compares one need with every activity of it. Nothing
measured of a pair depends on which other needs were asked at the same time, so a need gets the same answer alone and
among thousands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

from nlp.normalize import normalize
from nlp.reach import Reach, Site, provinces, reach_of, site_of
from nlp.tokenize import content_words
from nlp.works import (
    BY_CODE,
    CODES,
    KINDS,
    RELATED,
    SECTORS,
    Floats,
    SeedVectors,
    WorkReader,
    centred,
    read_title,
    seeds,
)

_SECTOR_CODES = tuple(SECTORS)
_KIND_INDEX = {code: column for column, code in enumerate(CODES)}
_SECTOR_KINDS = np.array([[kind.sector == sector for kind in KINDS] for sector in _SECTOR_CODES])
_COMMON_NAMES = frozenset({*provinces(), "อยุธยา"})


class Need(Protocol):
    """What matching asks of a need; :class:`nlp.grouping.NeedText` is one."""

    @property
    def id(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def province(self) -> str | None: ...
    @property
    def district(self) -> str | None: ...
    @property
    def subdistrict(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class PlanText:
    """One activity or project of a plan.

    Parameters
    ----------
    id
        The caller's own key.
    title
        Project title and activity titles, joined.
    budget_baht, level
        Read for the evidence only.
    province, district, subdistrict
        The plan's own columns, with or without จังหวัด/อำเภอ/ตำบล.
    """

    id: str
    title: str
    budget_baht: float | None = None
    level: str | None = None
    province: str | None = None
    district: str | None = None
    subdistrict: str | None = None


NAMES: tuple[str, ...] = (
    "words",
    "grams",
    "meaning",
    "meaning_unusual",
    "meaning_in_plan",
    "meaning_gap",
    "meaning_rank",
    "names",
    "own_name",
    "road",
    "kind_gap",
    "main_gap",
    "group_gap",
    "no_kind",
    "umbrella",
    "bundle",
    "specific",
    "elsewhere",
    "other_district",
    "cluster",
    "province",
    "near",
    "district",
    "subdistrict",
    "local_asking",
    "ministry_asking",
    "case_asking",
)
"""What :meth:`PlanIndex.measure` returns, column by column."""

COLUMN: dict[str, int] = {name: column for column, name in enumerate(NAMES)}


@dataclass(slots=True)
class Measured:
    """One need compared with the activities of a plan that can answer it at all.

    Parameters
    ----------
    rows : array of shape (n_rows,)
        Those activities: they reach the need's place or share a name with it, and buy some work. Of the
        gold set's 34,747 pairs outside, 3 are links; they are given up.
    features : array of shape (n_rows, n_features)
        Columns as in :data:`NAMES`.
    reach : array of shape (n_activities,)
        :class:`~nlp.reach.Reach` of each activity.
    kinds : array of shape (n_kinds,)
        Score of each kind of work for the need.
    asked : array of shape (n_askings,)
        How it is asked: :data:`~nlp.works.ASKED`.
    shared : dict of activity row to names
        Names the need's own words and the activity's title share.
    """

    rows: NDArray[np.intp]
    features: Floats
    reach: NDArray[np.int8]
    kinds: Floats
    asked: Floats
    shared: dict[int, list[str]]


@lru_cache(maxsize=65536)
def _joined_words(text: str) -> str:
    return " ".join(content_words(text))


def _sites(plan: Sequence[PlanText]) -> list[Site]:
    """Where every activity reaches; one that names no province is looked for in those the others name."""
    written = [(row.title, row.province or "", row.district or "", row.subdistrict or "") for row in plan]
    sites = [site_of(*names) for names in written]
    homes = tuple(sorted({province for site in sites for province in site.provinces}))
    return [site if site.provinces else site_of(*names, homes) for site, names in zip(sites, written, strict=True)]


class PlanIndex:
    """A plan, read once for comparing needs with it.

    Parameters
    ----------
    plan
        The activities.
    reader
        A fitted :class:`~nlp.works.WorkReader`.
    vectors : array of shape (n_activities, dim), optional
        Sentence vectors of the cores of the titles (:func:`cores`), by the reader's embedder.
    seed_vectors
        Vectors of the reader's seeds; every title's likeness is read against what it would be to just any need.
    title_mean : array of shape (dim,), optional
        What all plan titles share in this embedder.
    """

    def __init__(
        self,
        plan: Sequence[PlanText],
        reader: WorkReader,
        vectors: Floats | None = None,
        seed_vectors: SeedVectors | None = None,
        title_mean: Floats | None = None,
    ) -> None:
        self.plan = list(plan)
        self.reader = reader
        self.works = [read_title(row.title) for row in self.plan]
        self.sites = _sites(self.plan)
        cores = [normalize(work.core) for work in self.works]
        self._words = TfidfVectorizer(tokenizer=str.split, token_pattern=None, sublinear_tf=True, lowercase=False)
        self._grams = TfidfVectorizer(analyzer="char", ngram_range=(3, 6), sublinear_tf=True)
        joined = [_joined_words(core) or "_" for core in cores]
        self._word_rows = self._words.fit_transform(joined or ["_"]).T.tocsr()
        self._gram_rows = self._grams.fit_transform([f"{core} __" for core in cores] or ["___"]).T.tocsr()
        self._read_kinds()
        self._read_places()
        self._vectors = self._unusual = None
        if vectors is not None and seed_vectors is not None and title_mean is not None:
            self._vectors = centred(vectors, title_mean).astype(np.float32)
            to_seeds = self._vectors @ centred(seed_vectors.vectors, seed_vectors.mean).T
            self._unusual = to_seeds.mean(axis=1), np.maximum(to_seeds.std(axis=1), 0.02)

    def _read_kinds(self) -> None:
        rows = len(self.plan)
        self._kinds = np.zeros((rows, len(CODES)), dtype=bool)
        for row, work in enumerate(self.works):
            self._kinds[row, [_KIND_INDEX[code] for code in work.kinds]] = True
            for sector in work.sectors:
                self._kinds[row] |= _SECTOR_KINDS[_SECTOR_CODES.index(sector)]
        self._related = (self._kinds @ RELATED) > 0
        bundled = np.array([work.counted > 1 or "flood.plan" in work.kinds for work in self.works], dtype=bool)
        self._kinds[bundled] = self._related[bundled]
        self._has_kind: NDArray[np.bool_] = np.asarray(self._kinds.any(axis=1))
        self._main = self._kinds.copy()
        for row, work in enumerate(self.works):
            if work.kinds and not work.umbrella and not bundled[row]:
                self._main[row] = False
                self._main[row, _KIND_INDEX[work.kinds[0]]] = True
        self._empty = np.array([work.empty for work in self.works], dtype=bool)
        flags = np.zeros((rows, 3))
        for row, work in enumerate(self.works):
            site = self.sites[row]
            named = bool(site.subdistricts or site.districts) or bool(work.names and not work.umbrella)
            flags[row] = work.umbrella, work.counted > 1, named
        self._flags = flags

        # Titles share few sets of kinds: each set is compared once.
        self._sets: list[tuple[NDArray[np.bool_], NDArray[np.intp]]] = [
            np.unique(each, axis=0, return_inverse=True) for each in (self._kinds, self._main, self._related)
        ]

    def _read_places(self) -> None:
        by_province: dict[str, list[int]] = {}
        for row, site in enumerate(self.sites):
            for province in site.provinces or {""}:
                by_province.setdefault(province, []).append(row)
        self._by_province = {name: np.array(rows) for name, rows in by_province.items()}
        common = " ".join(sentence for _kinds, sentence in seeds())
        self._names: dict[str, list[int]] = {}
        self._roads: dict[str, list[int]] = {}
        for row, work in enumerate(self.works):
            for name in work.names:
                if name not in _COMMON_NAMES and name not in common:
                    self._names.setdefault(name, []).append(row)
            for road in work.roads:
                if len(road) >= 3:
                    self._roads.setdefault(road, []).append(row)
        self._reach_cache: dict[tuple[str, str, str], NDArray[np.int8]] = {}

    def reach(self, province: str, district: str, subdistrict: str) -> NDArray[np.int8]:
        """The reach of every activity for a need from one place; shape (n_activities,)."""
        key = (province, district, subdistrict)
        if key not in self._reach_cache:
            found = np.full(len(self.plan), Reach.ELSEWHERE if province else Reach.CLUSTER, dtype=np.int8)
            for home in {province, ""}:
                for row in self._by_province.get(home, ()):
                    found[row] = reach_of(self.sites[row], province, district, subdistrict)
            self._reach_cache[key] = found
        return self._reach_cache[key]

    def measure(self, need: Need, vector: Floats | None = None) -> Measured:
        """Compare one need with every activity.

        Parameters
        ----------
        need
            The need.
        vector : array of shape (dim,), optional
            Its sentence vector, by the embedder of the index.

        Returns
        -------
        Measured
        """
        text = normalize(need.text)
        row_vector = None if vector is None else np.asarray(vector)[None]
        reach = self.reach(need.province or "", need.district or "", need.subdistrict or "")
        shared = self._share_names(text)
        names, own_name, roads = self._count_names(shared, need)
        rows = np.flatnonzero(((reach >= Reach.CLUSTER) | (names > 0)) & ~self._empty)
        features = np.zeros((len(NAMES), len(rows))).T  # columns in one piece each
        put = COLUMN
        features[:, put["words"]] = self._likeness(self._words, _joined_words(text), self._word_rows)[rows]
        features[:, put["grams"]] = self._likeness(self._grams, text, self._gram_rows)[rows]
        if self._vectors is not None and self._unusual is not None and row_vector is not None:
            assert self.reader.mean_ is not None  # noqa: S101 - an index with vectors has a reader with vectors
            likeness = self._vectors @ centred(row_vector, self.reader.mean_)[0].astype(np.float32)
            mean, spread = self._unusual
            in_plan = (likeness - likeness.mean()) / max(float(likeness.std()), 0.02)
            features[:, put["meaning"]] = likeness[rows]
            features[:, put["meaning_unusual"]] = np.clip((likeness[rows] - mean[rows]) / spread[rows], -3, 6)
            features[:, put["meaning_in_plan"]] = in_plan[rows]
            features[:, put["meaning_gap"]] = in_plan[rows] - in_plan.max()
            features[:, put["meaning_rank"]] = np.log1p(
                len(in_plan) - np.searchsorted(np.sort(in_plan), in_plan[rows], "right")
            )
        features[:, put["names"]] = names[rows]
        features[:, put["own_name"]] = own_name[rows]
        features[:, put["road"]] = roads[rows]
        kinds, asked = np.split(self.reader.score([text], row_vector)[0], [len(CODES)])
        features[:, put["local_asking"] : put["case_asking"] + 1] = asked
        self._compare_kinds(kinds, rows, features)
        features[:, put["umbrella"] : put["specific"] + 1] = self._flags[rows]
        for level in Reach:
            features[:, put["elsewhere"] + level] = reach[rows] == level
        return Measured(rows, features, reach, kinds, asked, shared)

    def _likeness(self, vectorizer: TfidfVectorizer, text: str, rows: Any) -> Floats:
        found: Floats = (vectorizer.transform([text]) @ rows).toarray()[0]
        return found

    def _share_names(self, text: str) -> dict[int, list[str]]:
        """Names and road numbers that the text shares with activities, by activity."""
        shared: dict[int, list[str]] = {}
        for known in (self._names, self._roads):
            for name, rows in known.items():
                if name in text:
                    for row in rows:
                        shared.setdefault(row, []).append(name)
        return shared

    def _count_names(self, shared: Mapping[int, list[str]], need: Need) -> tuple[Floats, Floats, Floats]:
        """Weight of shared names (long and rare ones more), whether the need's own area is named, and road numbers."""
        names, own_name, roads = np.zeros((3, len(self.plan)))
        own = {need.province, need.district, need.subdistrict}
        for row, found in shared.items():
            for name in found:
                if name in self._roads:
                    roads[row] = 1.0
                elif name in own:
                    own_name[row] = 1.0
                else:
                    names[row] += len(name) / np.sqrt(len(self._names[name])) / 8
        return np.minimum(names, 2.0), own_name, roads

    def _compare_kinds(self, kinds: Floats, rows: NDArray[np.intp], features: Floats) -> None:
        kinds = kinds / max(float(kinds.std()), 1e-6)
        best, low = float(kinds.max()), float(kinds.min())
        has_kind = self._has_kind[rows]
        for name, (sets, which) in zip(("kind_gap", "main_gap", "group_gap"), self._sets, strict=True):
            fit = np.where(sets, kinds, low - 1).max(axis=1, initial=low - 1)[which[rows]]
            features[:, COLUMN[name]] = np.where(has_kind, fit - best, -1.5)
        features[:, COLUMN["no_kind"]] = ~has_kind


def kind_labels(codes: Sequence[str]) -> list[str]:
    """What planners call these kinds of work."""
    return [BY_CODE[code].label for code in codes]


# ---------------------------------------------------------------------------------- from measures to what is learned

RISING: tuple[str, ...] = (
    *("words", "grams", "meaning", "unusual", "in_plan", "names", "road", "fit", "group_fit", "local", "subdistrict"),
    *("wide", "local*fit", "local*in_plan", "subdistrict*fit", "subdistrict*in_plan", "near*fit", "near*in_plan"),
    *("wide*fit", "wide*in_plan", "umbrella*fit", "bundle*group_fit", "wide*specific*names", "wide*open*fit"),
    *("local*margin", "wide*margin", "local*both", "near*both", "wide*both", "in_plan_gap", "fit_gap"),
    *("wide*in_plan_gap", "top_margin", "in_plan>1", "in_plan>2", "wide*in_plan>1.5", "clear_fit"),
    *("broad*fit", "broad*in_plan"),
)
"""Columns of which more never speaks against a link: their weights are held at zero or above."""

FREE: tuple[str, ...] = (
    *("near", "province", "umbrella", "bundle", "broad", "specific", "no_kind", "umbrella*in_plan", "wide*specific"),
    *("local_rival", "wide*local_rival", "rank"),
    *("local_asking", "ministry_asking", "case_asking"),
    *("wide*local_asking", "wide*ministry_asking", "wide*case_asking"),
    *("umbrella*local_asking", "umbrella*ministry_asking", "umbrella*case_asking"),
)

DESIGN: tuple[str, ...] = RISING + FREE
"""What the ranker learns weights for: measures, *the same kind of work* × *place*, and standing among rivals."""

_GAP_UNIT = 1.5
"""A kind this many standard deviations behind the need's best kind counts 1/e."""


def _rival(base: Floats, member: Floats) -> tuple[Floats, Floats]:
    """For each activity, the best standing among the *other* members, and the margin over it (0 for non-members)."""
    standing = np.where(member > 0, base, -1.0)
    order = np.argsort(-standing, kind="stable")
    first = standing[order[0]]
    second = standing[order[1]] if len(order) > 1 else -1.0
    rival = np.full(len(base), first)
    rival[order[0]] = second
    return rival, member * np.clip(base - rival, -2, 2)


def design(measured: Floats) -> Floats:
    """Turn the measures of one need against a plan into the columns of :data:`DESIGN`.

    Parameters
    ----------
    measured : array of shape (n_rows, n_measures)
        :attr:`Measured.features`.

    Returns
    -------
    array of shape (n_rows, n_columns)
    """
    if not len(measured):
        return np.zeros((0, len(DESIGN)))
    value = {name: measured[:, column] for name, column in COLUMN.items()}
    fit = (np.exp(value["kind_gap"] / _GAP_UNIT) + np.exp(value["main_gap"] / _GAP_UNIT)) / 2
    group_fit = np.exp(value["group_gap"] / _GAP_UNIT)
    in_plan = value["meaning_in_plan"]
    umbrella, specific, near = value["umbrella"], value["specific"], value["near"]
    wide = np.maximum(value["province"], value["cluster"])
    broad = np.maximum(umbrella, value["bundle"])  # few plans have both: what is learned of one serves the other
    local = np.maximum(value["subdistrict"], value["district"])
    base = in_plan / 3 + fit + value["names"] / 2
    local_rival, local_margin = _rival(base, local)
    _, wide_margin = _rival(base, wide)
    both = fit * np.clip(in_plan, 0, 4)
    gap = value["meaning_gap"]
    columns = {
        **{name: value[name] for name in ("words", "grams", "meaning", "names", "road", "no_kind", "bundle")},
        "unusual": value["meaning_unusual"],
        "in_plan": in_plan,
        "fit": fit,
        "group_fit": group_fit,
        **{"local": local, "subdistrict": value["subdistrict"], "wide": wide, "near": near},
        **{"province": value["province"], "umbrella": umbrella, "specific": specific},
        "umbrella*fit": umbrella * fit,
        "umbrella*in_plan": umbrella * in_plan,
        "bundle*group_fit": value["bundle"] * group_fit,
        "wide*specific": wide * specific,
        "wide*specific*names": wide * specific * value["names"],
        "wide*open*fit": wide * (1 - specific) * fit,
        "local_rival": local_rival,
        "local*margin": local_margin,
        "wide*local_rival": wide * local_rival,
        "wide*margin": wide_margin,
        "rank": value["meaning_rank"],
        "in_plan_gap": gap,
        "wide*in_plan_gap": wide * gap,
        "fit_gap": fit - fit.max(),
        "top_margin": np.clip(base - np.max(base * (wide + local > 0)), -3, 0),
        "in_plan>1": np.clip(in_plan - 1, 0, 9),
        "in_plan>2": np.clip(in_plan - 2, 0, 9),
        "wide*in_plan>1.5": wide * np.clip(in_plan - 1.5, 0, 9),
        "clear_fit": (fit > 0.9).astype(float),
        "broad": broad,
        "broad*fit": broad * group_fit,
        "broad*in_plan": broad * in_plan,
    }
    for name, place in (("local", local), ("subdistrict", value["subdistrict"]), ("near", near), ("wide", wide)):
        columns[f"{name}*fit"] = place * fit
        columns[f"{name}*in_plan"] = place * in_plan
    for name, place in (("local", local), ("near", near), ("wide", wide)):
        columns[f"{name}*both"] = place * both
    for asking in ("local_asking", "ministry_asking", "case_asking"):
        columns[asking] = value[asking]
        columns[f"wide*{asking}"] = wide * value[asking]
        columns[f"umbrella*{asking}"] = umbrella * value[asking]
    return np.stack([columns[name] for name in DESIGN], axis=1)
