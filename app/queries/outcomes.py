"""What the public reads: who was heard, what was asked, what was decided and why.

Public counts under ``SMALL`` are not shown, so that no one can be picked out of a small place; where one such count
could be worked out from the others and their sum, a second is left out with it.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, TypeVar

from sqlalchemy import func
from sqlmodel import Session, col, select

from app import permissions
from app.models import (
    COUNTED,
    AgentType,
    Area,
    AreaLevel,
    Assembly,
    ConsentKind,
    Consultation,
    Decision,
    Need,
    NeedStatus,
    Response,
    Stage,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    TopicStatus,
    User,
)
from app.queries import consents, joins, responses, topics

SMALL = 5
IN_PLAN = (Decision.INCLUDED, Decision.PARTLY)
K = TypeVar("K")


def unsaid(cells: Mapping[K, int], *, is_sum_shown: bool = True) -> set[K]:
    """Return which counts of one sum stay unsaid: the small ones, and the next where those could be worked out.

    Of a sum that is itself unsaid at least one count is left out, or the sum could be made again.
    """
    hidden = {key for key, count in cells.items() if 0 < count < SMALL}
    others = sorted((key for key, count in cells.items() if count >= SMALL), key=lambda key: cells[key])
    known = len(hidden) == 1 or 0 < sum(cells[key] for key in hidden) < SMALL
    if others and (known if is_sum_shown else not hidden):
        hidden.add(others[0])
    return hidden


@dataclass
class TopicOutcome:
    topic: Topic
    needs: int
    households: int
    districts: int
    quotes: list[str]
    response: Response | None


@dataclass
class Outcome:
    consultation: Consultation
    sent: int
    counted: int
    voices: int
    households: int
    subdistricts: int
    agent_types: list[tuple[AgentType, int]]
    heard_districts: int
    all_districts: int
    silent: dict[str, list[Area]]
    provinces: list[tuple[Area, int]]
    topics: list[TopicOutcome]
    ungrouped: int
    checked: int
    last_run: TopicRun | None
    decisions: dict[Decision | None, int] = field(default_factory=dict)
    assemblies: int = 0
    women: int = 0
    men: int = 0

    @property
    def gaps(self) -> list[TopicOutcome]:
        """Return topics with no answer yet, or whose answer is no or not now."""
        return [one for one in self.topics if one.response is None or one.response.decision not in IN_PLAN]

    @property
    def answered(self) -> list[TopicOutcome]:
        return [one for one in self.topics if one.response is not None]

    @property
    def unanswered(self) -> list[TopicOutcome]:
        return [one for one in self.topics if one.response is None]

    @property
    def won(self) -> int:
        return sum(one.needs for one in self.wins)

    @property
    def lost(self) -> int:
        return sum(one.needs for one in self.gaps)

    @property
    def grouped(self) -> int:
        return self.won + self.lost

    @property
    def wins(self) -> list[TopicOutcome]:
        return [one for one in self.topics if one not in self.gaps]

    @cached_property
    def hidden(self) -> set[str]:
        """Return which of ``won``, ``lost`` and ``ungrouped`` stay unsaid; together they are ``counted``."""
        return unsaid({"won": self.won, "lost": self.lost, "ungrouped": self.ungrouped})

    @cached_property
    def hidden_decisions(self) -> set[Decision | None]:
        won = {one: count for one, count in self.decisions.items() if one in IN_PLAN}
        lost = {one: count for one, count in self.decisions.items() if one not in IN_PLAN}
        return unsaid(won, is_sum_shown="won" not in self.hidden) | unsaid(lost, is_sum_shown="lost" not in self.hidden)

    @cached_property
    def hidden_topics(self) -> set[int]:
        """Return the ids of the topics whose counts stay unsaid: within each decision, whose sum is shown."""
        found: set[int] = set()
        for decision in self.decisions:
            cells = {
                one.topic.id: one.needs
                for one in self.topics
                if (one.response.decision if one.response else None) == decision
            }
            found |= unsaid(cells, is_sum_shown=decision not in self.hidden_decisions)
        return found

    @cached_property
    def hidden_provinces(self) -> set[str]:
        return unsaid({province.code: count for province, count in self.provinces})

    @cached_property
    def hidden_agent_types(self) -> set[AgentType]:
        return unsaid(dict(self.agent_types))

    @property
    def checked_share(self) -> float | None:
        return self.checked / self.counted if self.counted else None


class _Sent(NamedTuple):
    """What the counts read of one need."""

    area_code: str | None
    author_agent_type: AgentType | None
    author_id: int | None
    author_name: str
    households: int
    status: NeedStatus


def listed(session: Session, user: User | None) -> Sequence[Consultation]:
    """Return the consultations whose outcome is public, the latest first."""
    return session.exec(
        select(Consultation)
        .where(
            col(Consultation.stage).in_((Stage.SUMMARY_PUBLISHED, Stage.RESPONDED, Stage.ARCHIVED)),
            permissions.visible_consultations(user),
        )
        .order_by(col(Consultation.close_on).desc(), col(Consultation.id).desc())
    ).all()


def outcome(session: Session, consultation: Consultation) -> Outcome:
    """Gather one consultation's outcome, in a fixed number of statements."""
    rows = session.exec(
        select(
            Need.area_code, Need.author_agent_type, Need.author_id, Need.author_name, joins.households(), Need.status
        ).where(Need.consultation_id == consultation.id, Need.status != NeedStatus.DRAFT)  # type: ignore[call-overload]  # SQLModel types at most four columns
    ).all()
    places = [_Sent(*row) for row in rows]
    counted = [row for row in places if row.status in COUNTED]
    districts = session.exec(
        select(Area)
        .where(Area.cluster_code == consultation.cluster_code, Area.level == AreaLevel.DISTRICT)
        .order_by(col(Area.code))
    ).all()
    provinces = session.exec(
        select(Area)
        .where(Area.cluster_code == consultation.cluster_code, Area.level == AreaLevel.PROVINCE)
        .order_by(col(Area.code))
    ).all()
    heard = {(row.area_code or "")[:4] for row in counted}
    silent: dict[str, list[Area]] = defaultdict(list)
    for district in districts:
        if district.code not in heard:
            silent[district.code[:2]].append(district)
    by_province = Counter((row.area_code or "")[:2] for row in counted)
    quotes: dict[int, list[str]] = defaultdict(list)
    for quote in session.exec(
        select(TopicQuote)
        .join(Topic)
        .where(
            Topic.consultation_id == consultation.id,
            col(TopicQuote.approved_at).is_not(None),
            ~consents.refused(ConsentKind.QUOTE, col(TopicQuote.need_id)),
        )
        .order_by(col(TopicQuote.id))
    ):
        quotes[quote.topic_id].append(quote.text)
    queue = {row.topic.id: row.published for row in responses.queue(session, consultation.id)}
    topic_outcomes = [
        TopicOutcome(row.topic, row.needs, row.households, row.districts, quotes[row.topic.id], queue.get(row.topic.id))
        for row in topics.rows(session, consultation.id)
    ]
    overview = topics.overview(session, consultation.id)
    decisions: dict[Decision | None, int] = dict.fromkeys((*Decision, None), 0)
    for one in topic_outcomes:
        decisions[one.response.decision if one.response else None] += one.needs
    met = session.exec(
        select(func.count(), func.sum(Assembly.women), func.sum(Assembly.men)).where(
            Assembly.consultation_id == consultation.id, col(Assembly.sent_at).is_not(None)
        )
    ).one()
    return Outcome(
        consultation=consultation,
        sent=len(places),
        counted=len(counted),
        voices=len({row.author_id or row.author_name for row in counted}),
        households=sum(row.households for row in counted),
        subdistricts=len({row.area_code[:6] for row in counted if row.area_code and len(row.area_code) >= 6}),
        agent_types=Counter(row.author_agent_type for row in counted if row.author_agent_type).most_common(),
        heard_districts=sum(1 for district in districts if district.code in heard),
        all_districts=len(districts),
        silent=dict(silent),
        provinces=[(province, by_province.get(province.code, 0)) for province in provinces],
        topics=topic_outcomes,
        ungrouped=overview.ungrouped + overview.waiting,
        checked=_checked(session, consultation.id),
        last_run=overview.last_run,
        decisions=decisions,
        assemblies=met[0],
        women=met[1] or 0,
        men=met[2] or 0,
    )


def hidden_topics(session: Session, consultation: Consultation) -> set[int]:
    """Return the topics whose counts the outcome leaves unsaid, for the other pages of the public."""
    return outcome(session, consultation).hidden_topics


def _checked(session: Session, consultation_id: int) -> int:
    """Count the needs whose topic a person placed, named or approved."""
    settled = (TopicStatus.REVIEWED, TopicStatus.APPROVED)
    return session.exec(
        select(func.count())
        .select_from(TopicAssignment)
        .join(Need)
        .outerjoin(Topic, col(Topic.id) == col(TopicAssignment.topic_id))
        .where(
            Need.consultation_id == consultation_id,
            col(Need.status).in_(COUNTED),
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
            (col(TopicAssignment.source) == "person") | col(Topic.status).in_(settled),
        )
    ).one()
