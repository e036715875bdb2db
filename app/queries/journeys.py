"""Where a need stands, as its sender reads it: the steps behind and ahead, who has it now, and the work it led to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_
from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from app import permissions
from app.i18n import N_
from app.models import (
    Activity,
    Area,
    Decision,
    DemandLink,
    FundingLine,
    LinkStatus,
    Need,
    NeedAct,
    NeedEvent,
    NeedStatus,
    Organization,
    Plan,
    Progress,
    Project,
    Response,
    ResponseStatus,
    TopicAssignment,
    User,
)

IN_PLAN = (Decision.INCLUDED, Decision.PARTLY)
ENDED = (NeedStatus.WITHDRAWN, NeedStatus.OUT_OF_SCOPE)
WITH_DISTRICT = permissions.WAITING
WITH_CLUSTER = (
    NeedStatus.ACCEPTED, NeedStatus.GROUPED, NeedStatus.CONSIDERED, NeedStatus.DISPUTED, NeedStatus.MERGED,
)  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One step of a need: ``state`` is done, now, next or ended; ``at`` is when it was done."""

    label: str
    state: str
    at: datetime | None = None


@dataclass(frozen=True)
class Holder:
    """Who has a need now. ``kind`` is you, district, province, cluster or agency; a name belongs to all but you."""

    kind: str
    since: datetime
    name_th: str = ""
    name_en: str = ""
    referred_th: str = ""
    referred_en: str = ""


@dataclass
class Work:
    """A project that answers a need, with those of its activities that do; money in satang."""

    project: Project
    activities: list[Activity] = field(default_factory=list)

    @property
    def lines(self) -> list[FundingLine]:
        chosen = self.activities or self.project.activities
        return [line for activity in chosen for line in activity.funding_lines]

    @property
    def satang(self) -> int:
        return sum(line.satang for line in self.lines)

    @property
    def fiscal_years(self) -> list[int]:
        return sorted({line.fiscal_year for line in self.lines})

    @property
    def agencies(self) -> list[Organization]:
        found = {one.id: one for line in self.lines if (one := line.organization) is not None}
        if self.project.lead_organization is not None:
            found.setdefault(self.project.lead_organization.id, self.project.lead_organization)
        return list(found.values())


def steps(need: Need, events: Sequence[NeedEvent], works: Sequence[Work]) -> list[Step]:
    """Return the steps of a sent need in order; a need that ended early has no steps ahead. A draft has none."""
    if need.status is NeedStatus.DRAFT:
        return []
    answered = _first(events, NeedStatus.ANSWERED)
    grouped = _first(events, NeedStatus.GROUPED) or answered
    reached = [
        (N_("ส่งถึงแล้ว"), need.sent_at),
        (N_("อำเภอตรวจ"), need.accepted_at or _first(events, NeedStatus.ACCEPTED) or grouped),
        (N_("รวมกับเรื่องคล้ายกัน"), grouped),
        (N_("กลุ่มจังหวัดพิจารณา"), answered),
        (
            N_("ทบทวนคำตอบ") if need.status is NeedStatus.DISPUTED else N_("ได้คำตอบ"),
            answered if need.status is NeedStatus.ANSWERED else None,
        ),
    ]
    if works:
        finished = all(work.project.progress is Progress.FINISHED for work in works)
        reported = max((work.project.progress_on for work in works if work.project.progress_on), default=None)
        at = datetime(reported.year, reported.month, reported.day, tzinfo=need.status_at.tzinfo) if reported else None
        reached.append((N_("ทำงานตามโครงการ"), at if finished else None))
    done = [Step(label, "done", at) for label, at in reached if at is not None]
    if need.status in ENDED:
        ending = N_("ถอนเรื่องแล้ว") if need.status is NeedStatus.WITHDRAWN else N_("ไม่ใช่เรื่องของแผน")
        return [*done, Step(ending, "ended", need.status_at)]
    ahead = [label for label, at in reached if at is None]
    return done + [Step(label, "next" if place else "now") for place, label in enumerate(ahead)]


def _first(events: Sequence[NeedEvent], status: NeedStatus) -> datetime | None:
    return next((event.at for event in events if event.to_status is status and event.from_status is not status), None)


def holder(session: Session, need: Need, answer: Response | None) -> Holder | None:
    """Return who has a need now and since when; None when nobody need do anything more."""
    district = session.get(Area, need.area_code[:4]) if need.area_code else None
    names: dict[str, str] = {}
    if need.referred_to is not None:
        names = {"referred_th": need.referred_to.name_th, "referred_en": need.referred_to.name_en}
    doer = answer.owner_organization if answer is not None else None
    place = (district.name_th, district.name_en) if district is not None and len(district.code) == 4 else None
    return _holder(need.status, need.status_at, place, doer, names)


def holder_of_row(row: Any, user: User) -> Holder | None:
    """The same of a row of a list, for the one who sent it."""
    if user.id != (row.author_id or row.entered_by_id):
        return None
    place = (row.district_th, row.district_en) if row.district_th else None
    referred = {"referred_th": row.referred_th or "", "referred_en": row.referred_en or ""}
    return _holder(row.status, row.status_at, place, None, referred)


def _holder(
    status: NeedStatus,
    since: datetime,
    district: tuple[str, str] | None,
    doer: Organization | None,
    referred: dict[str, str],
) -> Holder | None:
    if status in (NeedStatus.DRAFT, NeedStatus.RETURNED):
        return Holder("you", since)
    if status in WITH_DISTRICT:
        if district is None:
            return Holder("province", since, **referred)
        return Holder("district", since, *district, **referred)
    if status in WITH_CLUSTER:
        return Holder("cluster", since, **referred)
    if status is NeedStatus.ANSWERED and doer is not None:
        return Holder("agency", since, doer.name_th, doer.name_en)
    return None


@dataclass(frozen=True)
class Contest:
    """What a sender objected, and what was said to it; without a reply it waits, or a new answer was given instead."""

    reason: str
    at: datetime
    reply: str = ""
    replied_at: datetime | None = None


def contest(events: Sequence[NeedEvent]) -> Contest | None:
    raised = next((event for event in events if event.act == NeedAct.DISPUTE), None)
    if raised is None:
        return None
    after = [event for event in events if event.id > raised.id and event.act in (NeedAct.REPLY, NeedAct.ANSWER)]
    if not after:
        return Contest(raised.note, raised.at)
    return Contest(raised.note, raised.at, after[0].note, after[0].at)


def projects(session: Session, user: User, need: Need, answer: Response | None) -> list[Work]:
    """Return the work that a need led to, once its answer says that it is in the plan: the answer's own project first.

    Links count when a planner confirmed them. Only plans this person may see are shown.
    """
    if answer is None or answer.decision not in IN_PLAN:
        return []
    place = select(TopicAssignment.topic_id).where(
        TopicAssignment.need_id == (need.merged_into_id or need.id),
        TopicAssignment.rank == 0,
        col(TopicAssignment.ended_at).is_(None),
    )
    links = session.exec(
        select(DemandLink).where(
            DemandLink.consultation_id == need.consultation_id,
            DemandLink.status == LinkStatus.CONFIRMED,
            or_(col(DemandLink.need_id) == need.id, col(DemandLink.topic_id).in_(place)),
        )
    ).all()
    linked = {link.activity_id for link in links if link.activity_id is not None}
    whole = {link.project_id for link in links if link.project_id is not None} | {answer.project_id}
    found = session.exec(
        select(Project)
        .join(Plan)
        .where(
            or_(
                col(Project.id).in_([id_ for id_ in whole if id_ is not None]),
                col(Project.id).in_(select(Activity.project_id).where(col(Activity.id).in_(linked))),
            ),
            permissions.visible_plans(user),
        )
        .options(
            joinedload(Project.lead_organization),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            selectinload(Project.activities)  # type: ignore[arg-type]
            .selectinload(Activity.funding_lines)  # type: ignore[arg-type]
            .joinedload(FundingLine.organization),  # type: ignore[arg-type]
        )
        .order_by(col(Project.id))
    ).all()
    works = [Work(project, [one for one in project.activities if one.id in linked]) for project in found]
    return sorted(works, key=lambda work: work.project.id != answer.project_id)


def needs_of(session: Session, project: Project) -> Sequence[Need]:
    """Return the answered needs that a project is said to answer: by the public answer of their topic, or by a link."""
    answer = select(Response.topic_id).where(
        Response.project_id == project.id,
        Response.status == ResponseStatus.PUBLISHED,
        col(Response.decision).in_(IN_PLAN),
    )
    activities = select(Activity.id).where(Activity.project_id == project.id)
    is_ours = or_(col(DemandLink.project_id) == project.id, col(DemandLink.activity_id).in_(activities))
    links = (col(DemandLink.status) == LinkStatus.CONFIRMED, is_ours)
    topics = select(DemandLink.topic_id).where(*links, col(DemandLink.topic_id).is_not(None))
    needs = select(DemandLink.need_id).where(*links, col(DemandLink.need_id).is_not(None))
    promised = select(Response.topic_id).where(
        Response.status == ResponseStatus.PUBLISHED, col(Response.decision).in_(IN_PLAN)
    )
    place = col(TopicAssignment.topic_id)
    return session.exec(
        select(Need)
        .join(TopicAssignment, col(TopicAssignment.need_id) == col(Need.id))
        .where(
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
            col(Need.status).in_((NeedStatus.ANSWERED, NeedStatus.DISPUTED)),
            or_(place.in_(answer), and_(place.in_(promised), or_(place.in_(topics), col(Need.id).in_(needs)))),
        )
        .order_by(col(Need.id))
    ).all()
