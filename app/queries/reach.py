"""How far a round reaches: which places were heard, who has sent nothing yet, whose phone still holds something.

A place is heard when a need of the round names it or a place inside it. The smallest places that are known count:
villages where the list of areas has them, else subdistricts. Needs that were drafted or taken back do not count.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, case, func, or_, true
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.database import now
from app.models import Area, AreaLevel, Consultation, Invitation, Need, OutboxReport, Reminder, Role, Stage, User
from app.queries.consultations import NOT_RECEIVED
from app.queries.needs import cluster_of

PAGE = 30


class Show(StrEnum):
    SILENT = "silent"
    STUCK = "stuck"
    SENT = "sent"
    INVITED = "invited"


def rounds(session: Session, user: User) -> Sequence[Consultation]:
    """Return the rounds of a person's cluster that were announced; the one that is open comes first."""
    return session.exec(
        select(Consultation)
        .where(Consultation.cluster_code == cluster_of(user), Consultation.stage != Stage.DRAFT)
        .order_by(case((col(Consultation.stage) == Stage.OPEN, 0), else_=1), col(Consultation.id).desc())
    ).all()


def place(session: Session, user: User, code: str) -> Area | None:
    """Return a place inside what an officer answers for, or None."""
    return session.exec(select(Area).where(Area.code == code, permissions.visible_places(user))).one_or_none()


# Places


@dataclass
class Reach:
    """One place, or all of them together. ``households`` are those of its smallest places, as far as they are known."""

    area: Area | None = None
    subdistricts: int = 0
    subdistricts_heard: int = 0
    villages: int = 0
    villages_heard: int = 0
    households: int = 0
    households_heard: int = 0
    needs: int = 0
    agents: int = 0
    agents_silent: int = 0
    invited: int = 0
    waiting: int = 0

    @property
    def known(self) -> int:
        return self.villages or self.subdistricts

    @property
    def heard(self) -> int:
        return self.villages_heard if self.villages else self.subdistricts_heard

    @property
    def share(self) -> float:
        return self.heard / self.known if self.known else float(self.needs > 0)

    def add(self, other: "Reach") -> None:
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))


COUNTS = tuple(name for name in Reach.__dataclass_fields__ if name != "area")


@dataclass(frozen=True)
class Coverage:
    """``places`` begin with those least heard; ``silent`` are districts of a whole cluster of which nobody spoke yet;
    ``wide`` counts the needs that name no place as small as these."""

    places: list[Reach]
    silent: list[Area] = field(default_factory=list)
    total: Reach = field(default_factory=Reach)
    wide: int = 0


def coverage(session: Session, user: User, consultation: Consultation | None, within: str = "") -> Coverage:
    """Return how far a round reached the provinces of a cluster, the districts of a province, the subdistricts of a
    district or the villages of a subdistrict, in five queries whatever their number."""
    depth = 4 if len(within) < 4 else len(within) + 2
    scope = and_(permissions.visible_places(user), col(Area.code).startswith(within, autoescape=True))
    areas = {
        area.code: area for area in session.exec(select(Area).where(scope, func.length(col(Area.code)).in_((2, depth))))
    }
    rows = {code: Reach(area) for code, area in areas.items() if len(code) == depth}
    _count_known(session, scope, rows, depth)
    wide = _count_heard(session, scope, consultation, rows, depth) if consultation else 0
    wider = Reach()  # people of a whole district, beside those of its subdistricts
    _count_people(session, scope, consultation, rows, depth, wider)
    found = Coverage(_sorted(rows.values()), wide=wide)
    for one in (*rows.values(), wider):
        found.total.add(one)
    if within:
        return found
    provinces = {code: Reach(area) for code, area in areas.items() if len(code) == 2}
    for code, one in rows.items():
        provinces[code[:2]].add(one)
    silent = [areas[code] for code, one in sorted(rows.items()) if not one.needs]
    return Coverage(_sorted(provinces.values()), silent, found.total, wide)


def _sorted(places: Iterable[Reach]) -> list[Reach]:
    return sorted(places, key=lambda one: (one.share, -one.households, one.area.code if one.area else ""))


def _count_known(session: Session, scope: ColumnElement[bool], rows: dict[str, Reach], depth: int) -> None:
    prefix = func.substr(col(Area.code), 1, depth)
    counted = session.execute(
        select(prefix.label("code"), col(Area.level), func.count().label("number"), func.sum(col(Area.households)))
        .where(scope, col(Area.level).in_((AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE)))
        .group_by(prefix, col(Area.level))
    ).all()
    for level in (AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE):  # what villages say of households is finer, and stays
        for code, found, number, households in counted:
            if found is not level or code not in rows:
                continue
            setattr(rows[code], "villages" if level is AreaLevel.VILLAGE else "subdistricts", number)
            if households:
                rows[code].households = households


def _received(consultation: Consultation) -> ColumnElement[bool]:
    return and_(col(Need.consultation_id) == consultation.id, col(Need.status).not_in(NOT_RECEIVED))


def _count_heard(
    session: Session, scope: ColumnElement[bool], consultation: Consultation, rows: dict[str, Reach], depth: int
) -> int:
    """Count needs and the places they name; return how many name none as small as the rows."""
    counted = session.execute(
        select(col(Area.code), col(Area.households), func.count().label("number"))
        .join(Need, col(Need.area_code) == col(Area.code))
        .where(scope, _received(consultation))
        .group_by(col(Area.code), col(Area.households))
    ).all()
    wide: int = sum(number for code, _households, number in counted if len(code) < depth)
    inside = [(code, households, number) for code, households, number in counted if len(code) >= depth]
    for code, _households, number in inside:
        rows[code[:depth]].needs += number
    for length, name in ((6, "subdistricts_heard"), (8, "villages_heard")):
        for code in {code[:length] for code, _households, _number in inside if len(code) >= length >= depth}:
            row = rows[code[:depth]]
            setattr(row, name, getattr(row, name) + 1)
    for code, households, _number in inside:
        row = rows[code[:depth]]
        if len(code) == (8 if row.villages else 6):
            row.households_heard += households or 0
    return wide


def _count_people(
    session: Session,
    scope: ColumnElement[bool],
    consultation: Consultation | None,
    rows: dict[str, Reach],
    depth: int,
    wider: Reach,
) -> None:
    places = select(Area.code).where(scope)
    sent = _sent(consultation)
    held = _held()
    agents = session.execute(
        select(
            col(User.area_code),
            func.count(),
            func.sum(case((sent.c.number.is_(None), 1), else_=0)),
            func.sum(func.coalesce(held.c.waiting, 0)),
        )
        .outerjoin(sent, sent.c.author_id == col(User.id))
        .outerjoin(held, held.c.user_id == col(User.id))
        .where(col(User.role) == Role.CHANGE_AGENT, col(User.is_active), col(User.area_code).in_(places))
        .group_by(col(User.area_code))
    ).all()
    for code, number, silent, waiting in agents:
        row = rows.get(code[:depth], wider)
        row.agents += number
        row.agents_silent += silent
        row.waiting += waiting
    invited = session.execute(
        select(col(Invitation.area_code), func.count())
        .where(_unused(), col(Invitation.area_code).in_(places))
        .group_by(col(Invitation.area_code))
    ).all()
    for code, number in invited:
        rows.get(code[:depth], wider).invited += number


def _unused() -> ColumnElement[bool]:
    """Invitations of change agents that somebody may still use."""
    return and_(
        col(Invitation.role) == Role.CHANGE_AGENT,
        col(Invitation.used_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now(),
    )


# People


def _sent(consultation: Consultation | None) -> Subquery:
    """What each person sent in a round: how many needs, and when the last."""
    return (
        select(col(Need.author_id), func.count().label("number"), func.max(col(Need.sent_at)).label("last_at"))
        .where(_received(consultation) if consultation else ~true())
        .group_by(col(Need.author_id))
        .subquery()
    )


def _held() -> Subquery:
    """What each person's phones still hold, as they last said."""
    return (
        select(
            col(OutboxReport.user_id),
            func.sum(col(OutboxReport.waiting)).label("waiting"),
            func.min(col(OutboxReport.oldest_at)).label("oldest_at"),
            func.max(col(OutboxReport.seen_at)).label("seen_at"),
        )
        .where(col(OutboxReport.waiting) > 0)
        .group_by(col(OutboxReport.user_id))
        .subquery()
    )


@dataclass(frozen=True)
class Roster:
    """The next page begins after the person ``next``."""

    people: Sequence[Row[Any]]
    next: int | None


def roster(
    session: Session,
    user: User,
    consultation: Consultation | None,
    show: Show,
    *,
    within: str = "",
    after: int | None = None,
    size: int | None = PAGE,
) -> Roster:
    """Return one page of the change agents in a list (all of them when ``size`` is None), place by place."""
    query, sent, held = _people(user, consultation, within)
    query = query.where(_in_list(show, sent, held))
    if after is not None:
        area_code = select(User.area_code).where(User.id == after).scalar_subquery()
        query = query.where(
            or_(col(User.area_code) > area_code, and_(col(User.area_code) == area_code, col(User.id) > after))
        )
    rows = session.execute(query if size is None else query.limit(size + 1)).all()
    shown = rows if size is None else rows[:size]
    return Roster(shown, shown[-1].id if len(rows) > len(shown) else None)


def everybody(session: Session, user: User, consultation: Consultation | None, within: str = "") -> Sequence[Row[Any]]:
    """Return every change agent of the places, whatever they sent."""
    return session.execute(_people(user, consultation, within)[0]).all()


def _people(user: User, consultation: Consultation | None, within: str) -> tuple[Select[Any], Subquery, Subquery]:
    sent, held = _sent(consultation), _held()
    reminded = (
        select(col(Reminder.user_id), func.max(col(Reminder.at)).label("at")).group_by(col(Reminder.user_id)).subquery()
    )
    query = (
        select(  # type: ignore[call-overload]  # typed for four columns at most
            col(User.id),
            col(User.display_name),
            col(User.agent_type),
            col(User.area_code),
            col(Area.full_th),
            col(Area.full_en),
            func.coalesce(sent.c.number, 0).label("sent"),
            sent.c.last_at,
            func.coalesce(held.c.waiting, 0).label("waiting"),
            held.c.oldest_at,
            held.c.seen_at,
            reminded.c.at.label("reminded_at"),
        )
        .join(Area, col(Area.code) == col(User.area_code))
        .outerjoin(sent, sent.c.author_id == col(User.id))
        .outerjoin(held, held.c.user_id == col(User.id))
        .outerjoin(reminded, reminded.c.user_id == col(User.id))
        .where(permissions.visible_agents(user), col(User.area_code).startswith(within, autoescape=True))
        .order_by(col(User.area_code), col(User.id))
    )
    return query, sent, held


def _in_list(show: Show, sent: Subquery, held: Subquery) -> ColumnElement[bool]:
    if show is Show.STUCK:
        return held.c.waiting.is_not(None)
    is_silent: ColumnElement[bool] = sent.c.number.is_(None)
    return is_silent if show is Show.SILENT else ~is_silent


def list_counts(session: Session, user: User, consultation: Consultation | None, within: str = "") -> dict[Show, int]:
    """Return how long each list is."""
    sent, held = _sent(consultation), _held()
    everyone, silent, stuck = session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(case((_in_list(Show.SILENT, sent, held), 1), else_=0)), 0),
            func.coalesce(func.sum(case((_in_list(Show.STUCK, sent, held), 1), else_=0)), 0),
        )
        .select_from(User)
        .outerjoin(sent, sent.c.author_id == col(User.id))
        .outerjoin(held, held.c.user_id == col(User.id))
        .where(permissions.visible_agents(user), col(User.area_code).startswith(within, autoescape=True))
    ).one()
    invited = session.exec(select(func.count()).select_from(Invitation).where(*_invited(user, within))).one()
    return {Show.SILENT: silent, Show.STUCK: stuck, Show.SENT: everyone - silent, Show.INVITED: invited}


def _invited(user: User, within: str) -> tuple[ColumnElement[bool], ...]:
    places = select(Area.code).where(
        permissions.visible_places(user), col(Area.code).startswith(within, autoescape=True)
    )
    return (_unused(), col(Invitation.area_code).in_(places))


def invited(
    session: Session, user: User, *, within: str = "", after: int | None = None, size: int = PAGE
) -> tuple[Sequence[Invitation], int | None]:
    """Return one page of the invitations nobody used yet, those that end first at the top, and the next after them."""
    query = select(Invitation).where(*_invited(user, within))
    if after is not None:
        ends = select(Invitation.expires_at).where(Invitation.id == after).scalar_subquery()
        query = query.where(
            or_(
                col(Invitation.expires_at) > ends,
                and_(col(Invitation.expires_at) == ends, col(Invitation.id) > after),
            )
        )
    found = session.exec(
        query.options(
            joinedload(Invitation.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(Invitation.created_by),  # type: ignore[arg-type]
        )
        .order_by(col(Invitation.expires_at), col(Invitation.id))
        .limit(size + 1)
    ).all()
    return found[:size], found[size - 1].id if len(found) > size else None


def places_without_agent(session: Session, user: User, within: str) -> Sequence[Area]:
    """Return the smallest known places of a district that have neither a change agent nor an invitation on its way."""
    agents = (col(User.role) == Role.CHANGE_AGENT, col(User.is_active))
    taken = select(User.area_code).where(*agents, col(User.area_code).startswith(within, autoescape=True))
    on_its_way = select(Invitation.area_code).where(
        _unused(), col(Invitation.area_code).startswith(within, autoescape=True)
    )
    found = session.exec(
        select(Area)
        .where(
            permissions.visible_places(user),
            col(Area.code).startswith(within, autoescape=True),
            col(Area.level).in_((AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE)),
        )
        .order_by(col(Area.code))
    ).all()
    with_villages = Counter(area.code[:6] for area in found if area.level is AreaLevel.VILLAGE)
    smallest = [area for area in found if area.level is AreaLevel.VILLAGE or not with_villages[area.code]]
    busy = set(session.exec(taken)) | set(session.exec(on_its_way))
    return [area for area in smallest if area.code not in busy]


def last_reminders(session: Session, people: Sequence[int], since: datetime) -> set[int]:
    """Return which of the people were reminded since a time."""
    return set(
        session.exec(select(Reminder.user_id).where(col(Reminder.user_id).in_(people), col(Reminder.at) > since))
    )


def stuck(session: Session, user: User) -> int:
    """Count the change agents of an officer's places whose phones still hold needs."""
    holders = select(OutboxReport.user_id).where(col(OutboxReport.waiting) > 0)
    return session.exec(
        select(func.count()).select_from(User).where(permissions.visible_agents(user), col(User.id).in_(holders))
    ).one()
