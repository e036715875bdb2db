"""Which plan activities answer a need: ranked, calibrated, explained.

A pair is measured (:mod:`nlp.pairs`), a logistic regression with strong regularisation turns the measures into a
probability, and a second one judges, from a need's best candidates, whether the need is answered at all. Both are a
few dozen numbers in ``nlp/data/matcher.json``, made by ``bench/train_matcher.py`` from the gold set; the model card
is docs/nlp/model-card-matching.md. A province's own confirmations and rejections move the numbers a little way from
what was shipped (:meth:`DemandMatcher.learn`), never further than they earn.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from nlp.coverage import Coverage, Drift, estimate_coverage
from nlp.embed import Embedder
from nlp.pairs import COLUMN, DESIGN, RISING, Measured, Need, PlanIndex, PlanText, design, kind_labels
from nlp.reach import LABELS, Reach
from nlp.tokenize import STOPWORDS, search_words
from nlp.works import CODES, Floats, SeedVectors, WorkReader, read_title, seeds

__all__ = [
    "Coverage",
    "DemandMatcher",
    "GoldCase",
    "Judgement",
    "Linear",
    "Matching",
    "PlanText",
    "SuggestedLink",
    "match_needs",
    "worth_judging",
]

Progress = Callable[[float, str], None]
NEVER = 1e-4
"""Probability given to pairs that are out of the question."""
_NEED_PENALTY = 4.0
_LEAST_DRIFT = 0.8
"""What clusters left out in turn drifted by (root mean square); two of them can look steadier than clusters are."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a planner said of one suggested link.

    Parameters
    ----------
    need_id, plan_id
        The pair.
    strength
        0 for a rejected link; 1, 0.5 or 0.25 for a confirmed one.
    """

    need_id: str
    plan_id: str
    strength: float


@dataclass(slots=True)
class SuggestedLink:
    """One candidate activity for one need.

    Attributes
    ----------
    rank : int
        From 1.
    probability : float
        That a coder would link the two.
    strength : float
        1 fully, 0.5 partly, 0.25 indirectly at best.
    suggested : bool
        Above the threshold the model was shipped with.
    evidence : str
        One Thai sentence.
    words : list of str
        Words and names the two share.
    place : str or None
        How the activity reaches the need's place, in Thai.
    """

    need_id: str
    plan_id: str
    rank: int
    probability: float
    strength: float
    suggested: bool
    evidence: str
    words: list[str]
    place: str | None


@dataclass(slots=True)
class Matching:
    """The answer of :func:`match_needs`.

    Attributes
    ----------
    links : list of SuggestedLink
        The best candidates of every need, in the order of the needs, best first.
    answered : dict of need id to float
        Probability that at least one activity answers the need.
    coverage : Coverage
        Share of needs with a true link, estimated.
    threshold : float
        Probability from which a link is suggested.
    """

    links: list[SuggestedLink]
    answered: dict[str, float]
    coverage: Coverage
    threshold: float


@dataclass(slots=True)
class GoldCase:
    """Needs, a plan and the links coders gave, for training and for measuring.

    Parameters
    ----------
    name
        Of the cluster.
    strengths : array of shape (n_needs, n_activities)
        0 where there is no link.
    """

    name: str
    needs: Sequence[Need]
    plan: Sequence[PlanText]
    strengths: Floats


@dataclass(slots=True)
class Linear:
    """A logistic regression as plain numbers.

    Parameters
    ----------
    mean, scale, weights : arrays of shape (n_columns,)
        Columns are standardised, then weighted.
    intercept : float
    """

    mean: Floats
    scale: Floats
    weights: Floats
    intercept: float

    @classmethod
    def fit(cls, columns: Floats, labels: Floats, penalty: float, *, rising: int = 0) -> Linear:
        """Fit by penalised maximum likelihood.

        Parameters
        ----------
        columns : array of shape (n, n_columns)
        labels : array of shape (n,)
            0 or 1.
        penalty
            Of the squared standardised weights; the intercept is free.
        rising
            This many first columns get no weight below zero.

        Returns
        -------
        Linear
        """
        mean, scale = columns.mean(axis=0), np.maximum(columns.std(axis=0), 1e-6)
        precision = np.diag(np.append(np.full(columns.shape[1], penalty), 0.0))
        start = cls(mean, scale, np.zeros(columns.shape[1]), 0.0)
        return start.update(columns, labels, precision, rising=rising)

    def update(self, columns: Floats, labels: Floats, precision: Floats, *, rising: int = 0) -> Linear:
        """Learn from more labels without forgetting: these weights are the mean of a normal prior.

        Parameters
        ----------
        columns : array of shape (n, n_columns)
        labels : array of shape (n,)
            0 or 1.
        precision : array of shape (n_columns + 1, n_columns + 1)
            Of the prior, over standardised weights and the intercept.
        rising
            As in :meth:`fit`.

        Returns
        -------
        Linear
        """
        centre = np.append(self.weights, self.intercept)
        standard = self._standard(columns)
        sign = np.where(labels > 0, 1.0, -1.0)

        def loss(weights: Floats) -> tuple[float, Floats]:
            margin = sign * (standard @ weights)
            pull = precision @ (weights - centre)
            value = np.logaddexp(0, -margin).sum() + (weights - centre) @ pull / 2
            slope = -(sign * _sigmoid(-margin)) @ standard + pull
            return float(value), slope

        bounds = [(0, None)] * rising + [(None, None)] * (len(centre) - rising)
        found = minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 2000})
        return Linear(self.mean, self.scale, found.x[:-1], float(found.x[-1]))

    def precision(self, columns: Floats, penalty: float) -> Floats:
        """How firmly `columns` hold the weights (Laplace's approximation), as :meth:`update` takes it."""
        standard = self._standard(columns)
        chance = _sigmoid(self.logit(columns))
        held: Floats = (standard * (chance * (1 - chance))[:, None]).T @ standard
        held[np.diag_indices(columns.shape[1])] += penalty
        return held

    def _standard(self, columns: Floats) -> Floats:
        return np.hstack([(columns - self.mean) / self.scale, np.ones((len(columns), 1))])

    def logit(self, columns: Floats) -> Floats:
        """Log-odds, shape (n,)."""
        value: Floats = ((columns - self.mean) / self.scale) @ self.weights + self.intercept
        return value

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {
            "mean": self.mean.round(6).tolist(),
            "scale": self.scale.round(6).tolist(),
            "weights": self.weights.round(6).tolist(),
            "intercept": round(self.intercept, 6),
        }

    @classmethod
    def from_dict(cls, numbers: Mapping[str, Any]) -> Linear:
        """Read :meth:`to_dict`."""
        mean, scale, weights = (np.asarray(numbers[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(numbers["intercept"]))


def _sigmoid(value: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(value, -40, 40)))


ANSWERED: tuple[str, ...] = ("best", "second", "expected", "any", "local_asking", "ministry_asking", "case_asking")
"""What the second stage reads of a need: its candidates, and how it is asked."""


def _need_columns(probabilities: Floats, measured: Measured) -> Floats:
    """One need's row for the second stage, shape (n_columns,)."""
    top = np.sort(np.append(probabilities, [NEVER, NEVER]))[::-1][:10]
    either = 1 - float(np.prod(1 - top[:5]))
    return np.array([_logit(top[0]), _logit(top[1]), np.log(top.sum() + 0.01), _logit(either), *measured.asked])


def _logit(value: float) -> float:
    clipped = min(max(value, NEVER), 1 - NEVER)
    return float(np.log(clipped / (1 - clipped)))


# ------------------------------------------------------------------------------------------------- the estimator


@dataclass(slots=True)
class Read:
    """A plan and needs, measured: what every stage works on."""

    index: PlanIndex
    needs: list[Need]
    measured: list[Measured]
    designs: list[Floats]


@dataclass(slots=True)
class DemandMatcher:
    """Ranks plan activities for needs, with calibrated probabilities.

    Parameters
    ----------
    embedder_name
        Embedder the numbers were learned with; None for words only.
    vectors
        Seeds' vectors and the needs' mean in that embedder.
    title_mean : array of shape (dim,), optional
        What all plan titles share in that embedder.
    penalty
        Strength of regularisation.
    pair, full, need
        The learned regressions: that a pair is a link, that a link is a full answer, that a need is answered.
    threshold
        Probability from which a link is suggested.
    drift
        Of the second stage, from cluster to cluster.
    precision
        How firmly the gold set holds `pair`'s weights.
    settled
        Strengths that planners gave, by (need, activity).
    leaning
        What planners' judgements say of one activity beyond its measures, in log-odds, by title.
    """

    embedder_name: str | None = None
    vectors: SeedVectors | None = None
    title_mean: Floats | None = None
    penalty: float = 200.0
    pair: Linear | None = None
    full: Linear | None = None
    need: Linear | None = None
    threshold: float = 0.3
    drift: Drift = field(default_factory=lambda: Drift(0.5, 0.5))
    precision: Floats | None = None
    settled: dict[tuple[str, str], float] = field(default_factory=dict)
    leaning: dict[str, float] = field(default_factory=dict)
    reader: WorkReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = WorkReader().fit(self.vectors)

    # reading

    def read(
        self,
        needs: Sequence[Need],
        plan: Sequence[PlanText],
        embedder: Embedder | None = None,
        progress: Progress | None = None,
    ) -> Read:
        """Measure every need against every activity of a plan.

        Parameters
        ----------
        needs, plan
            In any order; nothing depends on it.
        embedder
            Used when it is the one the numbers were learned with.
        progress
            Called with the share done and the name of the step.
        """
        tell = progress or (lambda _share, _step: None)
        able = embedder is not None and self.vectors is not None and embedder.name == self.embedder_name
        tell(0.0, "embed")
        need_vectors = plan_vectors = None
        if able and embedder is not None:
            plan_vectors = _embed(embedder, [read_title(row.title).core for row in plan])
            tell(0.3, "embed")
            need_vectors = _embed(embedder, [need.text for need in needs])
        tell(0.6, "compare")
        index = PlanIndex(plan, self.reader, plan_vectors, self.vectors, self.title_mean)
        read = Read(index, list(needs), [], [])
        for row, need in enumerate(needs):
            self.add(read, need, None if need_vectors is None else need_vectors[row])
            if row % 50 == 0:
                tell(0.6 + 0.35 * row / len(needs), "compare")
        tell(1.0, "compare")
        return read

    def add(self, read: Read, need: Need, vector: Floats | None) -> None:
        measured = read.index.measure(need, vector)
        read.measured.append(measured)
        read.designs.append(design(measured.features))

    # learning

    def fit(self, cases: Sequence[GoldCase], reads: Sequence[Read]) -> DemandMatcher:
        """Learn from clusters whose links coders gave.

        The pair model learns from all clusters. What is tuned on its mistakes (the second stage, the threshold, the
        drift) learns from each cluster as seen by a pair model that never saw it.

        Parameters
        ----------
        cases
            At least two clusters.
        reads
            :meth:`read` of each.

        Returns
        -------
        DemandMatcher
            Itself.
        """
        outside = []
        for left_out in range(len(cases)):
            others = [row for row in range(len(cases)) if row != left_out]
            pair = self._fit_pair([cases[row] for row in others], [reads[row] for row in others])
            outside.append([_probabilities(pair, reads[left_out], row) for row in range(len(reads[left_out].needs))])
        self.pair = self._fit_pair(cases, reads)
        self.precision = self.pair.precision(_open_columns(reads), self.penalty)
        self.full = self._fit_full(cases, reads)
        links = np.concatenate([case.strengths.ravel() > 0 for case in cases])
        chances = np.concatenate([np.concatenate(rows) for rows in outside])
        self.threshold = best_threshold(links, chances)
        self._fit_need(cases, reads, outside)
        return self

    def _fit_pair(self, cases: Sequence[GoldCase], reads: Sequence[Read]) -> Linear:
        columns = _open_columns(reads)
        labels = np.concatenate(
            [
                case.strengths[row][read.measured[row].rows] > 0
                for case, read in zip(cases, reads, strict=True)
                for row in range(len(read.needs))
            ]
        )
        return Linear.fit(columns, labels.astype(float), self.penalty, rising=len(RISING))

    def _fit_full(self, cases: Sequence[GoldCase], reads: Sequence[Read]) -> Linear:
        columns, labels = [], []
        for case, read in zip(cases, reads, strict=True):
            for row in range(len(read.needs)):
                strengths = case.strengths[row][read.measured[row].rows]
                columns.append(read.designs[row][strengths > 0])
                labels.append(strengths[strengths > 0] == 1)
        return Linear.fit(np.concatenate(columns), np.concatenate(labels).astype(float), self.penalty / 10)

    def _fit_need(self, cases: Sequence[GoldCase], reads: Sequence[Read], outside: Sequence[Sequence[Floats]]) -> None:
        columns = [
            np.stack([_need_columns(p, m) for p, m in zip(rows, read.measured, strict=True)])
            for rows, read in zip(outside, reads, strict=True)
        ]
        labels = [(case.strengths > 0).any(axis=1).astype(float) for case in cases]
        self.need = Linear.fit(np.concatenate(columns), np.concatenate(labels), _NEED_PENALTY)
        shifts = []
        for left_out in range(len(cases)):
            others = [row for row in range(len(cases)) if row != left_out]
            seen, answers = (np.concatenate([part[row] for row in others]) for part in (columns, labels))
            shifts.append(_shift(Linear.fit(seen, answers, _NEED_PENALTY).logit(columns[left_out]), labels[left_out]))
        usual = float(np.mean([answers.mean() for answers in labels]))
        self.drift = Drift(usual, max(_LEAST_DRIFT, float(np.sqrt(np.mean(np.square(shifts))))))

    # answering

    def answer(self, read: Read, *, top: int = 10) -> Matching:
        """Rank the activities of a plan for each need.

        Parameters
        ----------
        read
            What :meth:`read` measured.
        top
            Candidates kept per need.

        Returns
        -------
        Matching
        """
        if self.pair is None or self.full is None or self.need is None:
            raise ValueError("The matcher has learned nothing yet: fit it, or take DemandMatcher.shipped().")
        links: list[SuggestedLink] = []
        odds: list[float] = []
        strengths: list[float] = []
        for row in range(len(read.needs)):
            chances = self._chances(read, row)
            odds.append(float(self.need.logit(_need_columns(chances, read.measured[row])[None])[0]))
            order = np.argsort(-chances, kind="stable")[:top]
            full = np.zeros(len(chances))
            if len(read.designs[row]):
                full[read.measured[row].rows] = _sigmoid(self.full.logit(read.designs[row]))
            strengths.append(0.5 + 0.5 * float(full[order[0]]) if len(order) else 0.5)
            links.extend(
                self._link(read, row, int(column), rank, float(chances[column]), float(full[column]))
                for rank, column in enumerate(order, start=1)
            )
        coverage, answered = estimate_coverage(np.array(odds), np.array(strengths), self.drift)
        by_need = {need.id: float(chance) for need, chance in zip(read.needs, answered, strict=True)}
        return Matching(links, by_need, coverage, self.threshold)

    def _chances(self, read: Read, row: int) -> Floats:
        """Probabilities of every activity for one need, with what planners said of it and of the activity."""
        assert self.pair is not None  # noqa: S101 - answer() has checked it
        plan = read.index.plan
        leaning = np.array([self.leaning.get(activity.title, 0.0) for activity in plan]) if self.leaning else 0.0
        chances = _probabilities(self.pair, read, row, leaning)
        if self.settled:
            need = read.needs[row].id
            for column, activity in enumerate(plan):
                if (given := self.settled.get((need, activity.id))) is not None:
                    chances[column] = 1 - NEVER if given > 0 else NEVER
        return chances

    def _link(self, read: Read, row: int, column: int, rank: int, probability: float, full: float) -> SuggestedLink:
        suggested = probability >= self.threshold
        strength = (1.0 if full >= 0.5 else 0.5) if suggested else 0.25
        strength = self.settled.get((read.needs[row].id, read.index.plan[column].id)) or strength
        words, place, sentence = _evidence(read, row, column)
        return SuggestedLink(
            need_id=read.needs[row].id,
            plan_id=read.index.plan[column].id,
            rank=rank,
            probability=probability,
            strength=strength,
            suggested=suggested,
            evidence=sentence,
            words=words,
            place=place,
        )

    # learning on

    def learn(self, read: Read, judgements: Sequence[Judgement]) -> DemandMatcher:
        """Learn from what a planner confirmed and rejected, in seconds and without forgetting.

        Three things are learned. The judged pairs are settled. The weights move from the shipped ones as far as
        judgements outweigh the gold set (its curvature is the prior). And an activity that was confirmed or rejected
        more often than its measures say leans that way for other needs too.

        Parameters
        ----------
        read
            What :meth:`read` measured of the consultation judged.
        judgements
            Pairs not in `read` are ignored; of several on one pair the last holds.

        Returns
        -------
        DemandMatcher
            Another one; this one stays as it was.
        """
        if self.pair is None or self.precision is None:
            raise ValueError("The matcher has learned nothing yet: fit it, or take DemandMatcher.shipped().")
        rows = {need.id: row for row, need in enumerate(read.needs)}
        columns = {plan.id: column for column, plan in enumerate(read.index.plan)}
        last = {(j.need_id, j.plan_id): j.strength for j in judgements if j.need_id in rows and j.plan_id in columns}
        if not last:
            return self
        seen, labels, titles = [], [], []
        for (need, plan), strength in last.items():
            row, column = rows[need], columns[plan]
            measured = read.measured[row].rows
            place = int(np.searchsorted(measured, column))
            if place < len(measured) and measured[place] == column:
                seen.append(read.designs[row][place])
                labels.append(float(strength > 0))
                titles.append(read.index.plan[column].title)
        if not seen:
            return replace(self, settled=self.settled | last)
        columns_seen, given = np.stack(seen), np.array(labels)
        pair = self.pair.update(columns_seen, given, _CAUTION * self.precision, rising=len(RISING))
        leaning = _lean(titles, given, pair.logit(columns_seen))
        return replace(self, pair=pair, settled=self.settled | last, leaning=self.leaning | leaning)

    # keeping

    def to_dict(self) -> dict[str, Any]:
        """The learned numbers."""
        if self.pair is None or self.full is None or self.need is None:
            raise ValueError("The matcher has learned nothing yet.")
        return {
            "design": list(DESIGN),
            "answered": list(ANSWERED),
            "pair": self.pair.to_dict(),
            "full": self.full.to_dict(),
            "need": self.need.to_dict(),
            "threshold": round(self.threshold, 4),
            "usual": round(self.drift.usual, 4),
            "drift": round(self.drift.spread, 4),
        }

    def with_numbers(self, numbers: Mapping[str, Any]) -> DemandMatcher:
        """Take over the numbers of :meth:`to_dict`; raises ValueError when they belong to another version."""
        if numbers["design"] != list(DESIGN) or numbers["answered"] != list(ANSWERED):
            raise ValueError("These numbers were learned for other measures; train the matcher again.")
        self.pair, self.full, self.need = (Linear.from_dict(numbers[name]) for name in ("pair", "full", "need"))
        self.threshold = float(numbers["threshold"])
        self.drift = Drift(float(numbers["usual"]), float(numbers["drift"]))
        return self

    @classmethod
    def shipped(cls, embedder_name: str | None = None) -> DemandMatcher:
        """The matcher this version ships, for an embedder; for one it does not know, the matcher of words only."""
        return _shipped(embedder_name if embedder_name in _numbers()["embedders"] else None)


NO_EMBEDDER = "words"
"""Name under which the numbers learned without sentence vectors are kept."""


@cache
def _numbers() -> dict[str, Any]:
    numbers: dict[str, Any] = json.loads(files("nlp").joinpath("data/matcher.json").read_text(encoding="utf-8"))
    return numbers


@cache
def _shipped(embedder_name: str | None) -> DemandMatcher:
    vectors = title_mean = None
    with files("nlp").joinpath("data/matcher_arrays.npz").open("rb") as file, np.load(file) as arrays:
        kept = {name: arrays[name].astype(np.float64) for name in arrays.files}
    if embedder_name is not None:
        vectors = SeedVectors(kept[f"{embedder_name}/seeds"], kept[f"{embedder_name}/need"])
        title_mean = kept[f"{embedder_name}/title"]
    precision = kept[f"{embedder_name or NO_EMBEDDER}/precision"]
    matcher = DemandMatcher(embedder_name, vectors, title_mean, precision=precision)
    return matcher.with_numbers(_numbers()["embedders"][embedder_name or NO_EMBEDDER])


def _embed(embedder: Embedder, texts: Sequence[str]) -> Floats:
    return np.asarray(embedder.embed(list(texts)), dtype=np.float64)


def _probabilities(pair: Linear, read: Read, row: int, leaning: Floats | float = 0.0) -> Floats:
    """Of every activity for one need; :data:`NEVER` for what is out of the question."""
    chances = np.full(len(read.index.plan), NEVER)
    rows = read.measured[row].rows
    if len(rows):
        lean = np.broadcast_to(leaning, chances.shape)
        chances[rows] = _sigmoid(pair.logit(read.designs[row]) + lean[rows])
    return chances


def _open_columns(reads: Sequence[Read]) -> Floats:
    """The columns of every pair that is in question, one below the other."""
    return np.concatenate([columns for read in reads for columns in read.designs])


_CAUTION = 4.0
"""Judgements of one consultation go together: four of them move the weights as far as one gold pair."""
_FIRMNESS = 3.0
"""So many judgements on one activity count half against what its measures say."""


def _lean(titles: Sequence[str], labels: Floats, logits: Floats) -> dict[str, float]:
    """How much more often each activity was confirmed than expected, in log-odds, shrunk to nothing for few."""
    leaning: dict[str, float] = {}
    for title in dict.fromkeys(titles):
        own = np.array([other == title for other in titles])
        lean = 0.0
        for _step in range(10):
            chance = _sigmoid(logits[own] + lean)
            gradient = (labels[own] - chance).sum() - _FIRMNESS * lean
            lean += float(gradient / (_FIRMNESS + (chance * (1 - chance)).sum()))
        leaning[title] = lean
    return leaning


def best_threshold(links: NDArray[np.bool_], chances: Floats) -> float:
    """The threshold with the best F1, taken in the middle of all that are nearly as good: it carries over better."""
    order = np.argsort(-chances, kind="stable")
    hits = np.cumsum(links[order])
    scores = 2 * hits / (np.arange(1, len(order) + 1) + links.sum())
    good = np.flatnonzero(scores >= scores.max() - 0.03)
    return float(np.clip(np.median(chances[order][good]), 0.05, 0.9))


def _shift(logits: Floats, labels: Floats) -> float:
    """How far, in log-odds, all of a cluster's needs would have to move for their sum to be right."""
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(logits + middle).sum() < labels.sum() else (low, middle)
    return (low + high) / 2


# -------------------------------------------------------------------------------------------------- saying why


def _evidence(read: Read, row: int, column: int) -> tuple[list[str], str | None, str]:
    """Shared words, the place in Thai, and one sentence that says both."""
    measured, need, index = read.measured[row], read.needs[row], read.index
    work, reach = index.works[column], Reach(int(measured.reach[column]))
    names = measured.shared.get(column, [])
    own = set(search_words(need.text)) - STOPWORDS
    common = [word for word in search_words(work.core) if word in own and len(word) > 2]
    words = list(dict.fromkeys([*names, *common]))[:6]
    place = _place(need, reach)
    best = [CODES[kind] for kind in np.argsort(-measured.kinds)[:3]]
    same = kind_labels([code for code in best if code in work.kinds][:2])
    parts = []
    if same:
        parts.append(f"งานชนิดเดียวกัน ({' และ '.join(same)})")
    elif work.umbrella:
        parts.append("เป็นโครงการรวมของเรื่องนี้ ไม่ได้ระบุงาน")
    elif _means_alike(measured, column):
        parts.append("พูดถึงเรื่องใกล้กัน")
    else:
        parts.append("ไม่พบว่าเป็นงานชนิดเดียวกัน")
    if place:
        parts.append(place)
    parts.append(f"มีคำตรงกัน: {' '.join(words)}" if words else "ไม่มีคำที่ตรงกัน")
    return words, place, " · ".join(parts)


def _means_alike(measured: Measured, column: int) -> bool:
    row = np.flatnonzero(measured.rows == column)
    return bool(len(row)) and bool(measured.features[row[0], COLUMN["meaning_in_plan"]] >= 2)


def _place(need: Need, reach: Reach) -> str | None:
    if not need.province:
        return None
    where = {
        Reach.SUBDISTRICT: f" (ต.{need.subdistrict} อ.{need.district})",
        Reach.DISTRICT: f" (อ.{need.district})",
        Reach.DISTRICT_OTHER_SUBDISTRICT: f" (อ.{need.district})",
        Reach.PROVINCE: f" (จ.{need.province})",
        Reach.PROVINCE_OTHER_DISTRICT: f" (จ.{need.province})",
    }
    return LABELS[reach] + where.get(reach, "")


def match_needs(
    needs: Sequence[Need],
    plan: Sequence[PlanText],
    *,
    top: int = 10,
    judgements: Sequence[Judgement] | None = None,
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Matching:
    """Find the activities that answer each need, with the shipped matcher.

    Parameters
    ----------
    needs, plan
        In any order; nothing depends on it. Either may be empty.
    top
        Candidates kept per need.
    judgements
        What planners already confirmed and rejected; the matcher learns from them first.
    embedder
        For meaning beyond shared words; without one, words only.
    progress
        Called with the share done, 0 to 1, and the name of the step.

    Returns
    -------
    Matching
    """
    matcher = DemandMatcher.shipped(embedder.name if embedder else None)
    read = matcher.read(needs, plan, embedder, progress)
    if judgements:
        matcher = matcher.learn(read, judgements)
    return matcher.answer(read, top=top)


def worth_judging(matching: Matching, count: int = 10) -> list[SuggestedLink]:
    """The links a planner's judgement would settle most: those nearest the threshold, most doubtful first."""
    line = _logit(matching.threshold)
    return sorted(matching.links, key=lambda link: abs(_logit(link.probability) - line))[:count]


def seed_vectors(embedder: Embedder, extra: Sequence[Floats] = ()) -> SeedVectors:
    """Embed the seeds; the mean is taken over them and any `extra` vectors of real needs."""
    vectors = _embed(embedder, [sentence for _, sentence in seeds()])
    return SeedVectors(vectors, np.concatenate([vectors, *extra]).mean(axis=0))
