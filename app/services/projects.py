"""Projects, their activities, and the money of each activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, select

from app import permissions
from app.exceptions import InvalidInput, NotAllowed
from app.i18n import N_, _, today
from app.models import Activity, DevelopmentIssue, FundingLine, FundingSource, NeedAct, Plan, Progress, Project, User
from app.queries import journeys
from app.services import audit, needs, notices
from app.services.plans import change, demand_editor, organization_id, organizations


@dataclass(frozen=True)
class Line:
    """Money for an activity as a planner types it: one source, one agency, one fiscal year."""

    organization: str
    source: FundingSource
    fiscal_year: int
    requested_satang: int
    approved_satang: int | None


def create(session: Session, plan: Plan, *, by: User, lead: str, **facts: Any) -> Project:
    """Add a project to a plan. Without a code it gets the next free one. Raises NotAllowed or InvalidInput."""
    demand_editor(by, plan)
    _check_issue(session, plan, facts)
    facts["code"] = facts["code"] or _next_code(session, plan)
    _check_code(session, plan, facts["code"])
    project = Project(plan_id=plan.id, lead_organization_id=organization_id(session, lead), **facts)
    session.add(project)
    session.flush()
    audit.record(session, by, "projects.create", f"project:{project.id}", plan=plan.id)
    return project


def update(session: Session, project: Project, *, by: User, lead: str, **facts: Any) -> None:
    demand_editor(by, project.plan)
    _check_issue(session, project.plan, facts)
    facts["code"] = facts["code"] or project.code
    if facts["code"] != project.code:
        _check_code(session, project.plan, facts["code"])
    facts["lead_organization_id"] = organization_id(session, lead)
    change(session, project, facts, by=by, act="projects.update", subject=f"project:{project.id}")


def report_progress(
    session: Session, project: Project, *, by: User, progress: Progress, note: str = "", on: date | None = None
) -> int:
    """Say how the work goes, and tell those whose needs it answers; return how many people were told.

    Each need keeps the news in its history. The same said twice is told once. Raises NotAllowed or InvalidInput.
    """
    if not permissions.can_report_progress(by, project):
        raise NotAllowed(_("เฉพาะเจ้าหน้าที่ OSM และหน่วยงานของโครงการนี้ที่รายงานความคืบหน้าได้"))
    on = on or today()
    if on > today():
        message = _("วันที่ของข่าวต้องไม่เกินวันนี้")
        raise InvalidInput(message, {"progress_on": message})
    if (project.progress, project.progress_note) == (progress, note):
        return 0
    facts = {"progress": progress, "progress_note": note, "progress_on": on}
    change(session, project, facts, by=by, act="projects.report_progress", subject=f"project:{project.id}")
    told: set[int] = set()
    for need in journeys.needs_of(session, project):
        needs.step(
            session, need, by, NeedAct.PROGRESS, need.status,
            note=f"{project.title}\n{note}".strip(), progress=progress.value,
        )  # fmt: skip
        if need.author_id is not None and need.author_id not in told:
            told.add(need.author_id)
            text = N_("โครงการที่ตอบเรื่องของคุณมีข่าวใหม่")
            notices.tell(session, need.author_id, text, kind=NeedAct.PROGRESS.value, need=need)
    return len(told)


def create_activity(session: Session, project: Project, *, by: User, **facts: Any) -> Activity:
    demand_editor(by, project.plan)
    facts["code"] = facts["code"] or _next_activity_code(session, project)
    _check_activity_code(session, project, facts["code"])
    activity = Activity(project_id=project.id, **facts)
    session.add(activity)
    session.flush()
    audit.record(session, by, "projects.create_activity", f"activity:{activity.id}", project=project.id)
    return activity


def update_activity(session: Session, activity: Activity, *, by: User, **facts: Any) -> None:
    demand_editor(by, activity.project.plan)
    facts["code"] = facts["code"] or activity.code
    if facts["code"] != activity.code:
        _check_activity_code(session, activity.project, facts["code"])
    change(session, activity, facts, by=by, act="projects.update_activity", subject=f"activity:{activity.id}")


def set_funding(session: Session, activity: Activity, lines: Sequence[Line], *, by: User) -> None:
    """Let these be the funding lines of an activity; what they were stays in the audit."""
    demand_editor(by, activity.project.plan)
    agencies = organizations(session, (line.organization for line in lines))
    before = [_told(line) for line in activity.funding_lines]
    for line in activity.funding_lines:
        session.delete(line)
    session.add_all(
        FundingLine(
            activity_id=activity.id,
            organization_id=agencies[line.organization].id if line.organization else None,
            source=line.source,
            fiscal_year=line.fiscal_year,
            requested_satang=line.requested_satang,
            approved_satang=line.approved_satang,
        )
        for line in lines
    )
    session.flush()
    session.expire(activity, ["funding_lines"])
    after = [_told(line) for line in activity.funding_lines]
    if before != after:
        audit.record(session, by, "projects.set_funding", f"activity:{activity.id}", before=before, after=after)


def _told(line: FundingLine) -> list[object]:
    return [
        line.organization_id, line.source.value, line.fiscal_year, line.requested_satang, line.approved_satang,
    ]  # fmt: skip


def _check_issue(session: Session, plan: Plan, facts: dict[str, Any]) -> None:
    issue = session.get(DevelopmentIssue, facts["issue_id"]) if facts["issue_id"] else None
    if facts["issue_id"] and (issue is None or issue.plan_id != plan.id):
        message = _("กรุณาเลือกประเด็นของแผนนี้")
        raise InvalidInput(message, {"issue_id": message})


def _next_code(session: Session, plan: Plan) -> str:
    taken = set(session.exec(select(Project.code).where(Project.plan_id == plan.id)))
    number = len(taken) + 1
    while f"P-{number:02d}" in taken:
        number += 1
    return f"P-{number:02d}"


def _next_activity_code(session: Session, project: Project) -> str:
    taken = set(session.exec(select(Activity.code).where(Activity.project_id == project.id)))
    number = len(taken) + 1
    while f"A-{number:02d}" in taken:
        number += 1
    return f"A-{number:02d}"


def _check_code(session: Session, plan: Plan, code: str) -> None:
    if session.exec(select(Project.id).where(Project.plan_id == plan.id, Project.code == code)).first() is not None:
        message = _("รหัสนี้มีโครงการอื่นใช้แล้ว")
        raise InvalidInput(message, {"code": message})


def _check_activity_code(session: Session, project: Project, code: str) -> None:
    known = session.exec(select(Activity.id).where(Activity.project_id == project.id, Activity.code == code)).first()
    if known is not None:
        message = _("รหัสนี้มีกิจกรรมอื่นใช้แล้ว")
        raise InvalidInput(message, {"code": message})
