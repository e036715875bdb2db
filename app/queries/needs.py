"""Needs as pages show them: a list of columns, one need with its history. Scope is always permissions.visible_needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app import permissions
from app.models import (
    Area,
    AreaLevel,
    Category,
    Consultation,
    Need,
    NeedEvent,
    NeedPhoto,
    NeedStatus,
    NeedWord,
    Organization,
    Response,
    ResponseStatus,
    Role,
    Stage,
    Topic,
    TopicAssignment,
    Urgency,
    User,
)
from app.queries import joins

PAGE = 20
NeedRow = Row[Any]
_District: Any = aliased(Area)


@dataclass(frozen=True)
class Filters:
    """What a reader narrowed the list to; ``words`` are those of the search box, as the index cuts them."""

    words: tuple[str, ...] = ()
    ref: str = ""
    consultation: int | None = None
    status: NeedStatus | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    area: str = ""
    certified: bool | None = None
    mine: bool = False


@dataclass(frozen=True)
class NeedPage:
    """``counts`` are of the same search without its status filter; the next page begins after the number ``next``."""

    rows: Sequence[NeedRow]
    counts: dict[NeedStatus, int]
    next: str | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def page(session: Session, user: User, filters: Filters, *, after: str = "", size: int = PAGE) -> NeedPage:
    """Return one page of the needs a person may read, newest first, in two queries whatever the size."""
    scope = _conditions(user, filters)
    counted = select(col(Need.status), func.count().label("number")).where(*scope).group_by(col(Need.status))
    counts = {row.status: row.number for row in session.execute(counted)}
    listed = scope if filters.status is None else [*scope, col(Need.status) == filters.status]
    if after:
        start = select(col(Need.id)).where(col(Need.ref) == after, permissions.visible_needs(user)).scalar_subquery()
        listed = [*listed, col(Need.id) < start]
    query = (
        select(*_COLUMNS, _voices())
        .join(Consultation, col(Consultation.id) == col(Need.consultation_id))
        .outerjoin(Area, col(Area.code) == col(Need.area_code))
        .outerjoin(
            _District, and_(_District.code == func.substr(Need.area_code, 1, 4), func.length(_District.code) == 4)
        )
        .outerjoin(Organization, col(Organization.id) == col(Need.referred_to_id))
        .where(*listed)
        .order_by(col(Need.id).desc())
        .limit(size + 1)
    )
    rows = session.execute(query).all()
    return NeedPage(rows[:size], counts, rows[size - 1].ref if len(rows) > size else None)


_COLUMNS: tuple[Any, ...] = (
    col(Need.ref),
    col(Need.problem),
    col(Need.public_problem),
    col(Need.status),
    col(Need.status_at),
    col(Need.sent_at),
    col(Need.created_at),
    col(Need.category),
    col(Need.urgency),
    col(Need.households),
    col(Need.author_id),
    col(Need.author_name),
    col(Need.author_agent_type),
    col(Need.entered_by_id),
    col(Need.certified_at),
    col(Need.accepted_at),
    col(Consultation.title_th),
    col(Consultation.title_en),
    col(Area.full_th),
    col(Area.full_en),
    _District.name_th.label("district_th"),
    _District.name_en.label("district_en"),
    col(Organization.name_th).label("referred_th"),
    col(Organization.name_en).label("referred_en"),
)


def _voices() -> Any:
    """How many others say that a need is the same as theirs."""
    other: Any = aliased(Need)
    is_kin = or_(other.joins_id == Need.id, other.id == Need.joins_id, other.joins_id == Need.joins_id)
    return (
        select(func.count())
        .where(is_kin, other.id != Need.id, other.status.not_in(joins.SILENT))
        .correlate(Need)
        .scalar_subquery()
        .label("voices")
    )


def _conditions(user: User, filters: Filters) -> list[ColumnElement[bool]]:
    found = [permissions.visible_needs(user)]
    found += [
        col(Need.id).in_(select(col(NeedWord.need_id)).where(col(NeedWord.word) == word)) for word in filters.words
    ]
    if filters.ref:
        found.append(col(Need.ref) == filters.ref)
    if filters.consultation is not None:
        found.append(col(Need.consultation_id) == filters.consultation)
    if filters.category:
        found.append(col(Need.category) == filters.category)
    if filters.urgency:
        found.append(col(Need.urgency) == filters.urgency)
    if filters.area:
        found.append(col(Need.area_code).startswith(filters.area, autoescape=True))
    if filters.certified is not None:
        is_certified = col(Need.certified_at).is_not(None)
        found.append(is_certified if filters.certified else ~is_certified)
    if filters.mine:
        typed = and_(col(Need.entered_by_id) == user.id, col(Need.consent).is_not(None))
        found.append(or_(col(Need.author_id) == user.id, typed))
    return found


def late_count(session: Session, planner: User, before: Any) -> int:
    """Count the needs a planner may take on because their district let them wait since before a time."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Need)
            .where(
                permissions.visible_needs(planner),
                col(Need.status).in_(permissions.WAITING),
                col(Need.sent_at) < before,
                col(Need.author_id).is_distinct_from(planner.id),
                col(Need.entered_by_id).is_distinct_from(planner.id),
            )
        )
        or 0
    )


def consultations(session: Session, user: User) -> Sequence[Row[Any]]:
    """Return id and title of the rounds whose needs a person may meet, newest first."""
    return session.execute(
        select(col(Consultation.id), col(Consultation.title_th), col(Consultation.title_en))
        .where(col(Consultation.stage) != Stage.DRAFT, col(Consultation.cluster_code) == cluster_of(user))
        .order_by(col(Consultation.id).desc())
    ).all()


def open_consultations(session: Session, user: User) -> Sequence[Consultation]:
    """Return the rounds that take needs from this person, the one that closes first at the top."""
    found = session.scalars(
        select(Consultation)
        .where(col(Consultation.stage) == Stage.OPEN, col(Consultation.cluster_code) == cluster_of(user))
        .order_by(col(Consultation.close_on), col(Consultation.id))
    )
    return [one for one in found if permissions.can_create_need(user, one)]


def cluster_of(user: User) -> str | None:
    return user.cluster_code or (user.area.cluster_code if user.area else None)


def areas(session: Session, user: User) -> Sequence[Row[Any]]:
    """Return the places an officer may narrow the list to: the districts of their province or cluster, or the
    subdistricts of their district."""
    if user.role is Role.CHANGE_AGENT:
        return []
    parent = aliased(Area)
    places = select(
        col(Area.code),
        col(Area.name_th),
        col(Area.name_en),
        parent.name_th.label("parent_th"),  # type: ignore[attr-defined]  # an alias has columns, which mypy takes for text
        parent.name_en.label("parent_en"),  # type: ignore[attr-defined]
    ).join(parent, parent.code == col(Area.parent_code))  # type: ignore[arg-type]
    if user.area_code and len(user.area_code) >= 4:
        places = places.where(
            col(Area.level) == AreaLevel.SUBDISTRICT, col(Area.code).startswith(user.area_code, autoescape=True)
        )
    else:
        places = places.where(
            col(Area.level) == AreaLevel.DISTRICT,
            col(Area.code).startswith(user.area_code or "", autoescape=True),
            col(Area.cluster_code) == cluster_of(user),
        )
    return session.execute(places.order_by(col(Area.code))).all()


@dataclass(frozen=True)
class Detail:
    """One need as its page shows it. ``answered_as`` is the earlier need whose answer this one gets, when merged."""

    need: Need
    events: Sequence[tuple[NeedEvent, User | None]]
    photos: Sequence[NeedPhoto]
    answer: Response | None
    topic: Topic | None
    merged_into: str | None
    merged: Sequence[str]


def detail(session: Session, need: Need, user: User) -> Detail:
    events = session.execute(
        select(NeedEvent, User)
        .outerjoin(User, col(User.id) == col(NeedEvent.actor_id))
        .where(col(NeedEvent.need_id) == need.id)
        .order_by(col(NeedEvent.at), col(NeedEvent.id))
    ).all()
    photos = session.scalars(
        select(NeedPhoto).where(col(NeedPhoto.need_id) == need.id).order_by(col(NeedPhoto.id))
    ).all()
    family = session.execute(
        select(col(Need.id), col(Need.ref)).where(
            or_(col(Need.merged_into_id) == need.id, col(Need.id) == need.merged_into_id)
        )
    ).all()
    topic, answer = _answer(session, need.merged_into_id or need.id)
    return Detail(
        need=need,
        events=[(event, actor) for event, actor in events],
        photos=photos,
        answer=answer,
        topic=topic if topic and permissions.can_see_topics(user, need.consultation) else None,
        merged_into=next((ref for id_, ref in family if id_ == need.merged_into_id), None),
        merged=[ref for id_, ref in family if id_ != need.merged_into_id],
    )


def _answer(session: Session, need_id: int) -> tuple[Topic | None, Response | None]:
    """Return the topic a need is in now, and that topic's published response."""
    found = session.execute(
        select(Topic, Response)
        .join(TopicAssignment, col(TopicAssignment.topic_id) == col(Topic.id))
        .outerjoin(
            Response,
            and_(col(Response.topic_id) == col(Topic.id), col(Response.status) == ResponseStatus.PUBLISHED),
        )
        .where(
            col(TopicAssignment.need_id) == need_id,
            col(TopicAssignment.ended_at).is_(None),
            col(TopicAssignment.rank) == 0,
        )
    ).first()
    return (found[0], found[1]) if found else (None, None)


def organizations(session: Session) -> Sequence[Row[Any]]:
    """Return id and name of the agencies a need can be referred to."""
    return session.execute(
        select(col(Organization.id), col(Organization.name_th), col(Organization.name_en)).order_by(
            col(Organization.name_th)
        )
    ).all()
