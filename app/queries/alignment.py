"""How well a plan answers what people asked for: the figures of docs/ALIGNMENT.md, each with its parts.

Let N be the counted needs of a consultation, each weighing 1 (or, in the second view, the households it names: at most
those of its village, and once where joined needs speak of one place). A need's answer s is the strongest confirmed
link of its topic, or of the need itself; s is 1, 0.5 or 0.25, and 0 without a link. A link to a project holds for each
of its activities. Only confirmed links count.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app.models import (
    COUNTED,
    Activity,
    Area,
    AreaLevel,
    AssignedBy,
    Consultation,
    DemandLink,
    FundingLine,
    LinkStatus,
    Need,
    Organization,
    Orientation,
    Plan,
    PlanSector,
    Project,
    Topic,
    TopicAssignment,
    TopicStatus,
    ValueChainStage,
    WorkType,
)
from app.queries import joins

STAGES = (ValueChainStage.PRODUCTION, ValueChainStage.PROCESSING, ValueChainStage.MARKETING)


# The arithmetic: plain numbers in, plain numbers out


@dataclass(frozen=True)
class Demand:
    """One need as the arithmetic sees it; ``topic`` is None when it is ungrouped."""

    need: int
    topic: int | None
    weight: float = 1.0
    households: int | None = None


@dataclass(frozen=True)
class Link:
    """A link of a topic or of one need to an activity, with the share it counts for."""

    activity: int
    share: float
    topic: int | None = None
    need: int | None = None


@dataclass(frozen=True)
class Coverage:
    """``covered`` / ``total`` needs (or households); ``strict`` counts only what is answered in full."""

    covered: float
    strict: float
    total: float

    @property
    def share(self) -> float | None:
        return self.covered / self.total if self.total else None

    @property
    def strict_share(self) -> float | None:
        return self.strict / self.total if self.total else None

    @property
    def unmet(self) -> float:
        return self.total - self.covered


def answers(demands: Iterable[Demand], links: Iterable[Link]) -> dict[int, float]:
    """Return for each need the strongest link of its topic or its own: 0 to 1."""
    by_topic: dict[int, float] = defaultdict(float)
    by_need: dict[int, float] = defaultdict(float)
    for link in links:
        if link.topic is not None:
            by_topic[link.topic] = max(by_topic[link.topic], link.share)
        if link.need is not None:
            by_need[link.need] = max(by_need[link.need], link.share)
    return {
        demand.need: max(by_topic.get(demand.topic, 0.0) if demand.topic is not None else 0.0, by_need[demand.need])
        for demand in demands
    }


def coverage(demands: Sequence[Demand], links: Sequence[Link]) -> Coverage:
    """Σ weight · s over all needs, against Σ weight; ungrouped needs stay in the total."""
    answered = answers(demands, links)
    return Coverage(
        covered=sum(demand.weight * answered[demand.need] for demand in demands),
        strict=sum(demand.weight for demand in demands if answered[demand.need] >= 1),
        total=sum(demand.weight for demand in demands),
    )


def topic_shares(demands: Sequence[Demand], links: Sequence[Link]) -> dict[tuple[int, int], float]:
    """Return s for each (topic, activity): of the topic's own link, else the mean over its needs' links."""
    members: dict[int, float] = defaultdict(float)
    topic_of: dict[int, int | None] = {}
    for demand in demands:
        topic_of[demand.need] = demand.topic
        if demand.topic is not None:
            members[demand.topic] += demand.weight
    shares: dict[tuple[int, int], float] = defaultdict(float)
    of_needs: dict[tuple[int, int], float] = defaultdict(float)
    for link in links:
        if link.topic is not None:
            key = (link.topic, link.activity)
            shares[key] = max(shares[key], link.share)
        elif link.need is not None and (topic := topic_of.get(link.need)) is not None:
            of_needs[topic, link.activity] += link.share / members[topic]
    for key, share in of_needs.items():
        shares[key] = max(shares[key], min(share, 1.0))
    return dict(shares)


def mismatch(demands: Sequence[Demand], links: Sequence[Link], money: Mapping[int, int]) -> float | None:
    """½ Σ |share of anchored money − share of demand| over topics: 0 when money follows demand, 1 when it never does.

    ``money`` is satang by activity. An activity that answers several topics divides its money among them by s. None
    without anchored money or grouped demand.
    """
    weights: dict[int, float] = defaultdict(float)
    for demand in demands:
        if demand.topic is not None:
            weights[demand.topic] += demand.weight
    shares = topic_shares(demands, links)
    strength_of: dict[int, float] = defaultdict(float)
    for (_topic, activity), share in shares.items():
        strength_of[activity] += share
    anchored = sum(money.get(activity, 0) for activity, strength in strength_of.items() if strength)
    demanded = sum(weights.values())
    if not anchored or not demanded:
        return None
    received: dict[int, float] = defaultdict(float)
    for (topic, activity), share in shares.items():
        received[topic] += money.get(activity, 0) * share / strength_of[activity]
    return 0.5 * sum(abs(received[topic] / anchored - weights[topic] / demanded) for topic in weights)


# What the page shows


@dataclass
class TopicFigure:
    topic: Topic
    needs: int = 0
    households: int = 0
    covered: float = 0.0
    districts: set[str] = field(default_factory=set)

    @property
    def unmet(self) -> float:
        return self.needs - self.covered

    @property
    def share(self) -> float:
        return self.covered / self.needs if self.needs else 0.0


@dataclass
class Part:
    """One part of a whole: money by source, needs by province."""

    label: object
    total: float = 0
    counted: float = 0

    @property
    def share(self) -> float | None:
        return self.counted / self.total if self.total else None


@dataclass
class ActivityFigure:
    activity: Activity
    project: Project
    satang: int


@dataclass
class ProductRow:
    """One product's value chain: money and demand at each stage; a stage without money is a hole."""

    product: str
    satang: dict[ValueChainStage, int]
    needs: dict[ValueChainStage, int]

    @property
    def total(self) -> int:
        return sum(self.satang.values())

    @property
    def holes(self) -> list[ValueChainStage]:
        return [stage for stage in STAGES if not self.satang[stage]]

    @property
    def completeness(self) -> float:
        return 1 - len(self.holes) / len(STAGES)


@dataclass
class Alignment:
    plan: Plan
    consultation: Consultation | None
    coverage: Coverage
    households: Coverage
    suggested: Coverage
    needs: int
    joined: int
    needs_without_households: int
    ungrouped: int
    checked: int
    topics: list[TopicFigure]
    provinces: list[Part]
    satang: int
    anchored_satang: int
    sources: list[Part]
    agencies: list[Part]
    unanchored: list[ActivityFigure]
    mismatch: float | None
    products: list[ProductRow]
    orientations: dict[Orientation | None, int]
    joint_satang: int
    off_title_satang: int

    @property
    def anchored_share(self) -> float | None:
        return self.anchored_satang / self.satang if self.satang else None

    @property
    def checked_share(self) -> float | None:
        return self.checked / self.needs if self.needs else None

    @property
    def unmet_topics(self) -> list[TopicFigure]:
        return [figure for figure in self.topics if figure.unmet > 0]


def consultations(session: Session, plan: Plan) -> Sequence[Consultation]:
    """Return the rounds that feed a plan, the latest first."""
    return session.exec(
        select(Consultation).where(Consultation.plan_id == plan.id).order_by(col(Consultation.open_on).desc())
    ).all()


def figures(session: Session, plan: Plan, consultation: Consultation | None) -> Alignment:
    """Compute every figure of one plan against one consultation, in a fixed number of statements."""
    needs, demands, households, settled = _demand(session, consultation)
    activities = session.exec(
        select(Activity, Project).join(Project).where(Project.plan_id == plan.id).order_by(col(Activity.id))
    ).all()
    lines = session.exec(
        select(FundingLine, Organization)
        .join(Activity, col(Activity.id) == col(FundingLine.activity_id))
        .join(Project, col(Project.id) == col(Activity.project_id))
        .outerjoin(Organization, col(Organization.id) == col(FundingLine.organization_id))
        .where(Project.plan_id == plan.id)
    ).all()
    money: dict[int, int] = defaultdict(int)
    for line, _organization in lines:
        money[line.activity_id] += line.satang
    confirmed, hoped = _links(session, consultation, [(activity.id, project.id) for activity, project in activities])
    anchored = {link.activity for link in confirmed}
    answered = answers(demands, confirmed)
    return Alignment(
        plan=plan,
        consultation=consultation,
        coverage=coverage(demands, confirmed),
        households=coverage(households, confirmed),
        suggested=coverage(demands, [*confirmed, *hoped]),
        needs=len(needs),
        joined=sum(1 for need in needs if need.joins_id is not None),
        needs_without_households=sum(1 for need in needs if not need.households),
        ungrouped=sum(1 for demand in demands if demand.topic is None),
        checked=len(settled),
        topics=_topic_figures(session, consultation, needs, households, answered),
        provinces=_provinces(session, needs, answered),
        satang=sum(money.values()),
        anchored_satang=sum(amount for activity, amount in money.items() if activity in anchored),
        sources=_by(((line.source, line.satang, line.activity_id) for line, _organization in lines), anchored),
        agencies=_by(
            (
                (organization.name_th if organization else "", line.satang, line.activity_id)
                for line, organization in lines
            ),
            anchored,
        ),
        unanchored=sorted(
            (
                ActivityFigure(activity, project, money[activity.id])
                for activity, project in activities
                if activity.id not in anchored and money[activity.id]
            ),
            key=lambda figure: (-figure.satang, figure.activity.id),
        ),
        mismatch=mismatch(demands, confirmed, money),
        products=_products(activities, money, needs),
        orientations=_orientations(activities, money),
        joint_satang=_joint(lines, money, {activity.id: project.id for activity, project in activities}),
        off_title_satang=sum(money[activity.id] for activity, project in activities if is_off_title(activity, project)),
    )


def _demand(
    session: Session, consultation: Consultation | None
) -> tuple[Sequence[Need], list[Demand], list[Demand], set[int]]:
    """Return the counted needs; as demand by need and by household; and which of them people settled."""
    if consultation is None:
        return [], [], [], set()
    rows = session.exec(
        select(Need, TopicAssignment, Topic, Area.level, Area.households, joins.households())  # type: ignore[call-overload]  # SQLModel types at most four columns
        .outerjoin(
            TopicAssignment,
            (col(TopicAssignment.need_id) == col(Need.id))
            & (col(TopicAssignment.rank) == 0)
            & col(TopicAssignment.ended_at).is_(None),
        )
        .outerjoin(Topic, col(Topic.id) == col(TopicAssignment.topic_id))
        .outerjoin(Area, col(Area.code) == col(Need.area_code))
        .where(Need.consultation_id == consultation.id, col(Need.status).in_(COUNTED))
        .order_by(col(Need.id))
    ).all()
    needs, demands, households, settled = [], [], [], set()
    for need, assignment, topic, level, area_households, affected in rows:
        topic_id = assignment.topic_id if assignment is not None else None
        if level is AreaLevel.VILLAGE and area_households:
            affected = min(affected, area_households)
        needs.append(need)
        demands.append(Demand(need.id, topic_id))
        households.append(Demand(need.id, topic_id, float(affected)))
        by_person = assignment is not None and assignment.source is AssignedBy.PERSON
        if by_person or (topic is not None and topic.status in (TopicStatus.REVIEWED, TopicStatus.APPROVED)):
            settled.add(need.id)
    return needs, demands, households, settled


def _links(
    session: Session, consultation: Consultation | None, activities: Sequence[tuple[int, int]]
) -> tuple[list[Link], list[Link]]:
    """Return confirmed and merely suggested links, those to a project as one for each of its activities."""
    if consultation is None:
        return [], []
    under: dict[int, list[int]] = defaultdict(list)
    known = set()
    for activity_id, project_id in activities:
        under[project_id].append(activity_id)
        known.add(activity_id)
    confirmed: list[Link] = []
    hoped: list[Link] = []
    for link in session.exec(
        select(DemandLink).where(
            DemandLink.consultation_id == consultation.id,
            col(DemandLink.status).in_((LinkStatus.CONFIRMED, LinkStatus.SUGGESTED)),
        )
    ):
        targets = [link.activity_id] if link.activity_id is not None else under.get(link.project_id or 0, [])
        into = confirmed if link.status is LinkStatus.CONFIRMED else hoped
        into += [
            Link(target, link.strength.share, topic=link.topic_id, need=link.need_id)
            for target in targets
            if target in known
        ]
    return confirmed, hoped


def _topic_figures(
    session: Session,
    consultation: Consultation | None,
    needs: Sequence[Need],
    households: Sequence[Demand],
    answered: Mapping[int, float],
) -> list[TopicFigure]:
    if consultation is None:
        return []
    figures = {
        topic.id: TopicFigure(topic)
        for topic in session.exec(select(Topic).where(Topic.consultation_id == consultation.id)).all()
    }
    for need, demand in zip(needs, households, strict=True):
        if demand.topic is None:
            continue
        figure = figures[demand.topic]
        figure.needs += 1
        figure.households += int(demand.weight)
        figure.covered += answered[need.id]
        if need.area_code and len(need.area_code) >= 4:
            figure.districts.add(need.area_code[:4])
    return sorted(
        (figure for figure in figures.values() if figure.needs),
        key=lambda figure: (-figure.unmet, -figure.needs, figure.topic.id),
    )


def _provinces(session: Session, needs: Sequence[Need], answered: Mapping[int, float]) -> list[Part]:
    parts: dict[str, Part] = {}
    for need in needs:
        code = (need.area_code or "")[:2]
        part = parts.setdefault(code, Part(None))
        part.total += 1
        part.counted += answered[need.id]
    areas = {area.code: area for area in session.exec(select(Area).where(col(Area.code).in_(list(parts)))).all()}
    for code, part in parts.items():
        part.label = areas.get(code)
    return sorted(parts.values(), key=lambda part: -part.total)


def _by(rows: Iterable[tuple[object, int, int]], anchored: set[int]) -> list[Part]:
    """Add up (label, satang, activity) by label, and apart what is anchored."""
    parts: dict[object, Part] = {}
    for label, satang, activity in rows:
        part = parts.setdefault(label, Part(label))
        part.total += satang
        part.counted += satang if activity in anchored else 0
    return sorted((part for part in parts.values() if part.total), key=lambda part: -part.total)


def _products(
    activities: Sequence[tuple[Activity, Project]], money: Mapping[int, int], needs: Sequence[Need]
) -> list[ProductRow]:
    """Return the value chains of products that the plan or the people name, the costliest first."""
    rows: dict[str, ProductRow] = {}

    def row(product: str) -> ProductRow:
        return rows.setdefault(
            product, ProductRow(product, dict.fromkeys(ValueChainStage, 0), dict.fromkeys(ValueChainStage, 0))
        )

    for activity, _project in activities:
        if activity.product:
            row(activity.product).satang[activity.value_chain_stage] += money.get(activity.id, 0)
    for need in needs:
        if need.product:
            row(need.product).needs[need.value_chain_stage] += 1
    return sorted(rows.values(), key=lambda one: (-one.total, -sum(one.needs.values()), one.product))


def _orientations(
    activities: Sequence[tuple[Activity, Project]], money: Mapping[int, int]
) -> dict[Orientation | None, int]:
    totals: dict[Orientation | None, int] = dict.fromkeys((*Orientation, None), 0)
    for activity, _project in activities:
        totals[activity.orientation] += money.get(activity.id, 0)
    return totals


def _joint(
    lines: Sequence[tuple[FundingLine, Organization | None]], money: Mapping[int, int], project_of: Mapping[int, int]
) -> int:
    """Return the money of projects that two or more agencies pay for together."""
    agencies: dict[int, set[int]] = defaultdict(set)
    for line, organization in lines:
        if organization is not None:
            agencies[project_of[line.activity_id]].add(organization.id)
    joint = {project for project, members in agencies.items() if len(members) > 1}
    return sum(amount for activity, amount in money.items() if project_of[activity] in joint)


# The kinds of work that belong under each sector's title; anything else there is a title–activity gap.
FITTING: dict[PlanSector, set[WorkType]] = {
    PlanSector.AGRICULTURE: {
        WorkType.PRODUCTION,
        WorkType.PROCESSING,
        WorkType.MARKET,
        WorkType.WATER,
        WorkType.PEOPLE,
        WorkType.EQUIPMENT,
    },
    PlanSector.TOURISM: {WorkType.MARKET, WorkType.PEOPLE, WorkType.SERVICE, WorkType.BUILDING, WorkType.CONSERVATION},
    PlanSector.TRADE: {WorkType.PROCESSING, WorkType.MARKET, WorkType.PEOPLE, WorkType.SERVICE, WorkType.EQUIPMENT},
    PlanSector.SOCIAL: {WorkType.PEOPLE, WorkType.SERVICE, WorkType.BUILDING, WorkType.EQUIPMENT},
    PlanSector.ENVIRONMENT: {WorkType.CONSERVATION, WorkType.WATER, WorkType.PEOPLE, WorkType.EQUIPMENT},
    PlanSector.SECURITY: {WorkType.PEOPLE, WorkType.SERVICE, WorkType.EQUIPMENT, WorkType.BUILDING},
    PlanSector.MANAGEMENT: {WorkType.MANAGEMENT, WorkType.PEOPLE, WorkType.EQUIPMENT},
}  # fmt: skip


def is_off_title(activity: Activity, project: Project) -> bool:
    """Say whether the work is of another kind than the sector its project's title declares, as roads under tourism."""
    if project.sector is None or activity.work_type in (None, WorkType.MANAGEMENT):
        return False
    return activity.work_type not in FITTING[project.sector]
