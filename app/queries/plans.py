"""Plans read: the list, what a plan's money is and where it comes from, its projects page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_
from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from app import permissions
from app.models import (
    Activity,
    DevelopmentIssue,
    FundingLine,
    FundingSource,
    Organization,
    Plan,
    PlanSector,
    Project,
    ProvincialCluster,
    Selection,
    User,
)

PAGE = 20
PROJECTS_PAGE = 50
AGENCIES = 8
NO_ISSUE = 1_000_000  # sorts projects without an issue after all issues
# What counts: what was approved, or what is asked for while nobody has decided.
MONEY: ColumnElement[int] = func.coalesce(FundingLine.approved_satang, FundingLine.requested_satang)
SUM: ColumnElement[int] = func.coalesce(func.sum(MONEY), 0)

Line = tuple[Any, Any, int, int]  # source, sector, how many funding lines, their satang


@dataclass(frozen=True)
class ListedPlan:
    plan: Plan
    project_count: int
    satang: int


@dataclass(frozen=True)
class PlanPage:
    plans: Sequence[ListedPlan]
    next_cursor: str | None


@dataclass(frozen=True)
class Share:
    """Part of a plan's money; ``satang`` of all shares of one kind add up to the plan's."""

    name: str | FundingSource | PlanSector | None
    satang: int
    line_count: int


@dataclass(frozen=True)
class Money:
    project_count: int
    activity_count: int
    satang: int
    by_source: Sequence[Share]
    by_sector: Sequence[Share]
    by_agency: Sequence[Share]
    other_agencies: int


@dataclass(frozen=True)
class ListedProject:
    id: int
    code: str
    title: str
    sector: PlanSector | None
    selection: Selection
    lead: str | None
    issue_id: int | None
    activity_count: int
    satang: int


@dataclass(frozen=True)
class ProjectPage:
    projects: Sequence[ListedProject]
    next_cursor: str | None


def page(session: Session, user: User | None, *, cluster_code: str = "", cursor: str = "") -> PlanPage:
    """Return the plans a person may see, the newest first."""
    query = select(Plan).where(permissions.visible_plans(user))
    if cluster_code:
        query = query.where(Plan.cluster_code == cluster_code)
    if cursor.isdigit():
        query = query.where(col(Plan.id) < int(cursor))
    plans = session.exec(
        query.options(joinedload(Plan.cluster))  # type: ignore[arg-type]  # SQLModel types a relationship as its value
        .order_by(col(Plan.id).desc())
        .limit(PAGE + 1)
    ).all()
    shown = plans[:PAGE]
    sums = {
        plan_id: (count, int(satang))
        for plan_id, count, satang in session.exec(
            select(Project.plan_id, func.count(func.distinct(Project.id)), SUM)
            .join(Activity, col(Activity.project_id) == col(Project.id), isouter=True)
            .join(FundingLine, col(FundingLine.activity_id) == col(Activity.id), isouter=True)
            .where(col(Project.plan_id).in_([plan.id for plan in shown]))
            .group_by(col(Project.plan_id))
        )
    }
    return PlanPage(
        [ListedPlan(plan, *sums.get(plan.id, (0, 0))) for plan in shown],
        str(shown[-1].id) if len(plans) > PAGE else None,
    )


def clusters(session: Session) -> Sequence[ProvincialCluster]:
    return session.exec(select(ProvincialCluster).order_by(col(ProvincialCluster.number))).all()


def money(session: Session, plan_id: int) -> Money:
    """Return what a plan holds and how its money divides, in four queries however large it is."""
    lines = (
        select(FundingLine.source, Project.sector, func.count(col(FundingLine.id)), SUM)
        .join(Activity, col(FundingLine.activity_id) == col(Activity.id))
        .join(Project, col(Activity.project_id) == col(Project.id))
        .where(Project.plan_id == plan_id)
        .group_by(col(FundingLine.source), col(Project.sector))
    )
    found: list[Line] = [(source, sector, count, int(satang)) for source, sector, count, satang in session.exec(lines)]
    by_source = [
        share
        for source in FundingSource
        if (share := _share(source, [line for line in found if line[0] is source])).line_count
    ]
    by_sector = [
        share
        for sector in (*PlanSector, None)
        if (share := _share(sector, [line for line in found if line[1] is sector])).line_count
    ]
    agencies = session.exec(
        select(Organization.name_th, func.count(col(FundingLine.id)), SUM)
        .select_from(FundingLine)
        .join(Activity, col(FundingLine.activity_id) == col(Activity.id))
        .join(Project, col(Activity.project_id) == col(Project.id))
        .join(Organization, col(FundingLine.organization_id) == col(Organization.id), isouter=True)
        .where(Project.plan_id == plan_id)
        .group_by(col(Organization.id), col(Organization.name_th))
        .order_by(SUM.desc(), col(Organization.name_th))
    ).all()
    by_agency = [Share(name, int(satang), count) for name, count, satang in agencies]
    rest = by_agency[AGENCIES:]
    if rest:
        others = Share("…", sum(one.satang for one in rest), sum(one.line_count for one in rest))
        by_agency = [*by_agency[:AGENCIES], others]
    projects = session.exec(select(func.count()).select_from(Project).where(Project.plan_id == plan_id)).one()
    activities = session.exec(
        select(func.count(col(Activity.id))).join(Project).where(Project.plan_id == plan_id)
    ).one()
    return Money(
        project_count=projects,
        activity_count=activities,
        satang=sum(share.satang for share in by_source),
        by_source=by_source,
        by_sector=sorted(by_sector, key=lambda share: -share.satang),
        by_agency=by_agency,
        other_agencies=len(rest),
    )


def _share(name: FundingSource | PlanSector | None, lines: Sequence[Line]) -> Share:
    return Share(name, sum(satang for *_rest, satang in lines), sum(count for *_rest, count, _satang in lines))


def issues(session: Session, plan_id: int) -> Sequence[DevelopmentIssue]:
    return session.exec(
        select(DevelopmentIssue).where(DevelopmentIssue.plan_id == plan_id).order_by(col(DevelopmentIssue.order))
    ).all()


def projects(
    session: Session,
    plan_id: int,
    *,
    q: str = "",
    issue_id: int | None = None,
    sector: PlanSector | None = None,
    source: FundingSource | None = None,
    cursor: str = "",
) -> ProjectPage:
    """Return the projects of a plan in the order of its issues, each with its activities counted and money summed."""
    order = func.coalesce(DevelopmentIssue.order, NO_ISSUE)
    query = (
        select(Project, DevelopmentIssue.order, Organization.name_th)
        .join(DevelopmentIssue, col(Project.issue_id) == col(DevelopmentIssue.id), isouter=True)
        .join(Organization, col(Project.lead_organization_id) == col(Organization.id), isouter=True)
        .where(Project.plan_id == plan_id)
    )
    if q:
        in_activities = select(Activity.project_id).where(col(Activity.title).contains(q, autoescape=True))
        query = query.where(
            or_(
                col(Project.title).contains(q, autoescape=True),
                col(Project.code) == q,
                col(Project.id).in_(in_activities),
            )
        )
    if issue_id is not None:
        query = query.where(Project.issue_id == (issue_id or None))
    if sector is not None:
        query = query.where(Project.sector == sector)
    if source is not None:
        funded = select(Activity.project_id).join(FundingLine).where(FundingLine.source == source)
        query = query.where(col(Project.id).in_(funded))
    if after := _read_cursor(cursor):
        query = query.where(or_(order > after[0], and_(order == after[0], col(Project.id) > after[1])))
    found = session.exec(query.order_by(order, col(Project.id)).limit(PROJECTS_PAGE + 1)).all()
    shown = found[:PROJECTS_PAGE]
    sums = {
        project_id: (count, int(satang))
        for project_id, count, satang in session.exec(
            select(Activity.project_id, func.count(func.distinct(Activity.id)), SUM)
            .join(FundingLine, col(FundingLine.activity_id) == col(Activity.id), isouter=True)
            .where(col(Activity.project_id).in_([project.id for project, _order, _lead in shown]))
            .group_by(col(Activity.project_id))
        )
    }
    listed = [
        ListedProject(
            project.id, project.code, project.title, project.sector, project.selection, lead, project.issue_id,
            *sums.get(project.id, (0, 0)),
        )
        for project, _order, lead in shown
    ]  # fmt: skip
    last_order = shown[-1][1] if shown else None
    more = len(found) > PROJECTS_PAGE
    cursor = f"{NO_ISSUE if last_order is None else last_order}.{shown[-1][0].id}" if more else ""
    return ProjectPage(listed, cursor or None)


def _read_cursor(cursor: str) -> tuple[int, int] | None:
    order, _dot, project_id = cursor.partition(".")
    return (int(order), int(project_id)) if order.isdigit() and project_id.isdigit() else None


def satang_by_code(session: Session, plan_id: int) -> dict[tuple[str, str], int]:
    """Return the money of every activity of a plan by its project's code and its own; 0 where none is stated."""
    rows = session.exec(
        select(Project.code, Activity.code, SUM)
        .join(Activity, col(Activity.project_id) == col(Project.id))
        .join(FundingLine, col(FundingLine.activity_id) == col(Activity.id), isouter=True)
        .where(Project.plan_id == plan_id)
        .group_by(col(Activity.id), col(Project.code), col(Activity.code))
    )
    return {(project, activity): int(satang) for project, activity, satang in rows}
