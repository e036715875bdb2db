"""Topics of a consultation with their figures, and one topic with its needs."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.jobs import Job, JobStatus
from app.models import (
    COUNTED,
    Activity,
    Area,
    Assembly,
    AssignedBy,
    DemandLink,
    LinkStatus,
    Need,
    Response,
    ResponseStatus,
    Topic,
    TopicAssignment,
    TopicQuote,
    TopicRun,
    User,
)
from app.queries import joins

PAGE = 50


@dataclass(frozen=True)
class TopicRow:
    """One topic as a list shows it.

    ``checked`` counts the needs a person placed here, ``confirmed_links`` what in the plan answers it or one of its
    needs; ``response`` is the answer that is public.
    """

    topic: Topic
    needs: int
    households: int
    districts: int
    checked: int
    confirmed_links: int
    response: Response | None


@dataclass(frozen=True)
class MemberRow:
    """One need of a topic; ``voices`` counts those who say the same, when there is more than one."""

    need_id: int
    ref: str
    problem: str
    public_problem: str | None
    area_th: str
    area_en: str
    households: int | None
    voices: int
    source: AssignedBy
    membership: float | None
    by: str | None
    at: datetime
    assembly: Assembly | None = None
    assembly_rank: int | None = None


def rows(session: Session, consultation_id: int) -> list[TopicRow]:
    """Return the live topics with needs, the largest first. Four statements, however many there are."""
    standing = and_(
        col(TopicAssignment.topic_id) == col(Topic.id),
        col(TopicAssignment.rank) == 0,
        col(TopicAssignment.ended_at).is_(None),
    )
    found = session.exec(
        select(
            Topic,
            func.count(col(Need.id)),
            func.coalesce(func.sum(joins.households()), 0),
            func.count(func.distinct(func.substr(Need.area_code, 1, 4))),
            func.coalesce(func.sum(case((col(TopicAssignment.source) == AssignedBy.PERSON, 1), else_=0)), 0),
        )  # type: ignore[call-overload]  # SQLModel types at most four columns
        .outerjoin(TopicAssignment, standing)
        .outerjoin(Need, and_(col(Need.id) == col(TopicAssignment.need_id), col(Need.status).in_(COUNTED)))
        .where(Topic.consultation_id == consultation_id)
        .group_by(col(Topic.id))
        .order_by(func.count(col(Need.id)).desc(), col(Topic.id))
    ).all()
    answers = session.exec(
        select(
            func.coalesce(DemandLink.topic_id, TopicAssignment.topic_id),
            func.count(func.distinct(func.coalesce(DemandLink.activity_id, -col(DemandLink.project_id)))),
        )
        .outerjoin(TopicAssignment, _is_place_of(DemandLink.need_id))
        .where(DemandLink.consultation_id == consultation_id, DemandLink.status == LinkStatus.CONFIRMED)
        .group_by(func.coalesce(DemandLink.topic_id, TopicAssignment.topic_id))
    ).all()
    links: dict[int | None, int] = dict(answers)
    responses = {
        response.topic_id: response
        for response in session.exec(
            select(Response)
            .join(Topic)
            .where(Topic.consultation_id == consultation_id, Response.status == ResponseStatus.PUBLISHED)
        )
    }
    return [
        TopicRow(topic, needs, households, districts, checked, links.get(topic.id, 0), responses.get(topic.id))
        for topic, needs, households, districts, checked in found
        if topic.is_live and (needs or topic.approved_at)
    ]


def _is_place_of(need_id: Any) -> ColumnElement[bool]:
    """The condition by which a need's standing primary assignment is found."""
    return and_(
        col(TopicAssignment.need_id) == need_id,
        col(TopicAssignment.rank) == 0,
        col(TopicAssignment.ended_at).is_(None),
    )


@dataclass(frozen=True)
class Overview:
    needs: int
    grouped: int
    ungrouped: int
    waiting: int
    settled: int
    last_run: TopicRun | None
    job: Job | None


def overview(session: Session, consultation_id: int) -> Overview:
    """Count what is grouped, what is left over, what waits for a first run, and what people settled."""
    needs = session.exec(
        select(func.count()).where(Need.consultation_id == consultation_id, col(Need.status).in_(COUNTED))
    ).one()
    placed, ungrouped, settled = session.exec(
        select(
            func.count(col(TopicAssignment.topic_id)),
            func.coalesce(func.sum(case((col(TopicAssignment.topic_id).is_(None), 1), else_=0)), 0),
            func.coalesce(func.sum(case((col(TopicAssignment.source) == AssignedBy.PERSON, 1), else_=0)), 0),
        )
        .join(Need)
        .where(
            Need.consultation_id == consultation_id,
            col(Need.status).in_(COUNTED),
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
        )
    ).one()
    last_run = session.exec(
        select(TopicRun).where(TopicRun.consultation_id == consultation_id).order_by(col(TopicRun.id).desc()).limit(1)
    ).first()
    job = session.exec(
        select(Job)
        .where(
            Job.kind == "analyse",
            Job.subject == f"consultation:{consultation_id}",
            col(Job.status).in_((JobStatus.QUEUED, JobStatus.RUNNING)),
        )
        .limit(1)
    ).first()
    return Overview(needs, placed, ungrouped, needs - placed - ungrouped, settled, last_run, job)


def members(session: Session, topic_id: int | None, user: User | None, *, consultation_id: int) -> list[MemberRow]:
    """Return the needs of a topic that this person may read, the surest first, those that were joined side by side.

    None gives the ungrouped ones.
    """
    found = session.exec(
        select(Need, TopicAssignment, Area, User.display_name)
        .join(TopicAssignment, col(TopicAssignment.need_id) == col(Need.id))
        .outerjoin(Area, col(Area.code) == col(Need.area_code))
        .outerjoin(User, col(User.id) == col(TopicAssignment.by_id))
        .where(
            Need.consultation_id == consultation_id,
            col(Need.status).in_(COUNTED),
            TopicAssignment.topic_id == topic_id if topic_id is not None else col(TopicAssignment.topic_id).is_(None),
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
            permissions.visible_needs(user),
        )
        .options(joinedload(Need.assembly))  # type: ignore[arg-type]  # a relationship, which mypy takes for its record
        .order_by(col(TopicAssignment.membership).desc(), col(Need.id))
    ).all()
    family = [need.joins_id or need.id for need, *_rest in found]
    first, voices = {root: place for place, root in reversed(list(enumerate(family)))}, Counter(family)
    found = sorted(found, key=lambda row: first[row[0].joins_id or row[0].id])
    return [
        MemberRow(
            need.id,
            need.ref,
            need.problem,
            need.public_problem,
            area.full_th if area else "",
            area.full_en if area else "",
            need.households,
            voices[need.joins_id or need.id],
            assignment.source,
            assignment.membership,
            by,
            assignment.at,
            need.assembly,
            need.assembly_rank,
        )
        for need, assignment, area, by in found
    ]


def quotes(session: Session, topic_id: int, *, approved_only: bool) -> Sequence[TopicQuote]:
    query = select(TopicQuote).where(TopicQuote.topic_id == topic_id).order_by(col(TopicQuote.id))
    if approved_only:
        query = query.where(col(TopicQuote.approved_at).is_not(None))
    return session.exec(query).all()


def others(session: Session, topic: Topic) -> list[tuple[int, str]]:
    """Return the live topics beside this one, by name: where its needs could go."""
    found = session.exec(
        select(Topic)
        .where(Topic.consultation_id == topic.consultation_id, Topic.id != topic.id)
        .order_by(col(Topic.label))
    ).all()
    return [(other.id, other.label) for other in found if other.is_live]


def choices(session: Session, consultation_id: int) -> list[tuple[int, str]]:
    found = session.exec(select(Topic).where(Topic.consultation_id == consultation_id).order_by(col(Topic.label))).all()
    return [(topic.id, topic.label) for topic in found if topic.is_live]


def runs(session: Session, consultation_id: int) -> Sequence[TopicRun]:
    return session.exec(
        select(TopicRun).where(TopicRun.consultation_id == consultation_id).order_by(col(TopicRun.id).desc()).limit(20)
    ).all()


def run_changes(session: Session, run: TopicRun) -> list[dict[str, Any]]:
    """Return a run's changes with the topics' present names, the telling ones first; unchanged topics are left out."""
    names = dict(session.exec(select(Topic.id, Topic.label).where(Topic.consultation_id == run.consultation_id)).all())
    told = [
        {**change, "label": names.get(change["topic_id"], "")}
        for change in run.changes
        if "topic_id" in change and not (change["kind"] == "kept" and not change["joined"] and not change["left"])
    ]
    order = {"new": 0, "gone": 1, "split": 2, "merged": 3, "kept": 4}
    return sorted(told, key=lambda change: (order.get(change["kind"], 5), -change["after"]))


def links(session: Session, topic_id: int, *, confirmed_only: bool) -> Sequence[DemandLink]:
    """Return the links of a topic that nobody rejected, confirmed ones first, with what they lead to."""
    shown = (
        (LinkStatus.CONFIRMED,) if confirmed_only else (LinkStatus.CONFIRMED, LinkStatus.STALE, LinkStatus.SUGGESTED)
    )
    return session.exec(
        select(DemandLink)
        .where(DemandLink.topic_id == topic_id, col(DemandLink.status).in_(shown))
        .options(joinedload(DemandLink.activity), joinedload(DemandLink.project))  # type: ignore[arg-type]  # SQLModel types a relationship as its value
        .order_by(col(DemandLink.status), col(DemandLink.probability).desc(), col(DemandLink.id))
    ).all()


def need_links(session: Session, topic_id: int) -> Sequence[Activity]:
    """Return the activities that were confirmed to answer single needs of a topic, those of most needs first."""
    counted = (
        select(col(DemandLink.activity_id).label("activity_id"), func.count().label("needs"))
        .join(TopicAssignment, _is_place_of(DemandLink.need_id))
        .where(TopicAssignment.topic_id == topic_id, DemandLink.status == LinkStatus.CONFIRMED)
        .group_by(col(DemandLink.activity_id))
        .subquery()
    )
    return session.exec(
        select(Activity)
        .join(counted, col(Activity.id) == counted.c.activity_id)
        .options(joinedload(Activity.project))  # type: ignore[arg-type]
        .order_by(counted.c.needs.desc(), col(Activity.id))
    ).all()
