"""Projects of a plan, their activities, and the money of each."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from app import permissions
from app.dependencies import ActivityDep, CurrentUser, PlanDep, ProjectDep, SessionDep, Visitor, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.projects import ActivityForm, FundingLineForm, ProgressForm, ProjectForm
from app.i18n import _, typed_baht
from app.models import (
    Activity,
    Area,
    FundingSource,
    Orientation,
    Plan,
    PlanSector,
    Progress,
    Project,
    Selection,
    User,
    ValueChainStage,
    WorkType,
)
from app.queries import areas as area_queries
from app.queries import plans as plan_queries
from app.queries import projects as project_queries
from app.services import plans, projects
from app.services.projects import Line
from app.templating import local, render

router = APIRouter()

BLANK_LINES = 2
MOST_LINES = 60


@router.get("/plans/{plan_id}/projects/new")
def new_project(request: Request, session: SessionDep, user: CurrentUser, plan: PlanDep) -> Response:
    plans.demand_editor(user, plan)
    return _render_project_form(request, session, plan, unbound(ProjectForm, selection=Selection.PENDING))


@router.post("/plans/{plan_id}/projects")
def create_project(request: Request, session: SessionDep, user: CurrentUser, plan: PlanDep, posted: Posted) -> Response:
    plans.demand_editor(user, plan)
    form = bind(ProjectForm, posted)
    if form.is_valid:
        try:
            project = projects.create(session, plan, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, project), _("เพิ่มโครงการแล้ว ขั้นต่อไปเพิ่มกิจกรรมและเงิน"))
    return _render_project_form(request, session, plan, form, status_code=422)


@router.get("/projects/{project_id}")
def show_project(
    request: Request, session: SessionDep, user: Visitor, project: ProjectDep, cursor: str = ""
) -> Response:
    form = unbound(ProgressForm, progress=project.progress or "", progress_note=project.progress_note)
    return _show(request, session, user, project, form, cursor=cursor)


@router.post("/projects/{project_id}/progress")
def report_progress(
    request: Request, session: SessionDep, user: CurrentUser, project: ProjectDep, posted: Posted
) -> Response:
    form = bind(ProgressForm, posted)
    if form.is_valid:
        said = form.value
        try:
            told = projects.report_progress(
                session, project, by=user, progress=said.progress, note=said.progress_note, on=said.progress_on
            )
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, project), _("บันทึกความคืบหน้าแล้ว แจ้งผู้ส่งเรื่อง {n} คน").format(n=told))
    demand(permissions.can_report_progress(user, project), _("คุณรายงานความคืบหน้าของโครงการนี้ไม่ได้"))
    return _show(request, session, user, project, form, status_code=422)


def _show(
    request: Request,
    session: Session,
    user: User | None,
    project: Project,
    form: Bound[ProgressForm],
    *,
    cursor: str = "",
    status_code: int = 200,
) -> Response:
    page = project_queries.activities(session, project, cursor=cursor)
    context = {
        "plan": project.plan,
        "project": project,
        "page": page,
        "form": form,
        "may_report": permissions.can_report_progress(user, project),
        "progresses": list(Progress),
        "is_continued": bool(cursor),
        "next_url": f"{request.url.path}?cursor={page.next_cursor}" if page.next_cursor else None,
    }
    return render(request, "projects/show.html", context, status_code=status_code)


@router.get("/projects/{project_id}/edit")
def edit_project(request: Request, session: SessionDep, user: CurrentUser, project: ProjectDep) -> Response:
    plans.demand_editor(user, project.plan)
    facts = {name: getattr(project, name) for name in ProjectForm.model_fields if name != "lead"}
    lead = project.lead_organization.name_th if project.lead_organization else ""
    return _render_project_form(request, session, project.plan, unbound(ProjectForm, lead=lead, **facts), project)


@router.post("/projects/{project_id}/edit")
def update_project(
    request: Request, session: SessionDep, user: CurrentUser, project: ProjectDep, posted: Posted
) -> Response:
    plans.demand_editor(user, project.plan)
    form = bind(ProjectForm, posted)
    if form.is_valid:
        try:
            projects.update(session, project, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, project), _("บันทึกโครงการแล้ว"))
    return _render_project_form(request, session, project.plan, form, project, status_code=422)


@router.get("/projects/{project_id}/activities/new")
def new_activity(request: Request, user: CurrentUser, project: ProjectDep) -> Response:
    plans.demand_editor(user, project.plan)
    return _render_activity_form(request, project, unbound(ActivityForm, value_chain_stage=ValueChainStage.NONE))


@router.post("/projects/{project_id}/activities")
def create_activity(
    request: Request, session: SessionDep, user: CurrentUser, project: ProjectDep, posted: Posted
) -> Response:
    plans.demand_editor(user, project.plan)
    form, choices = _bind_activity(session, project, posted)
    if form.is_valid:
        try:
            activity = projects.create_activity(session, project, by=user, **_activity_facts(form))
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            path = request.url_for("edit_funding", activity_id=activity.id).path
            return redirect(path, _("เพิ่มกิจกรรมแล้ว ขั้นต่อไปใส่เงิน"))
    return _render_activity_form(request, project, form, choices=choices, status_code=422)


@router.get("/activities/{activity_id}/edit")
def edit_activity(request: Request, user: CurrentUser, activity: ActivityDep) -> Response:
    plans.demand_editor(user, activity.project.plan)
    facts = {name: getattr(activity, name) for name in ActivityForm.model_fields if name != "area_code_query"}
    form = unbound(ActivityForm, **facts)
    choices = [activity.area] if activity.area else []
    return _render_activity_form(request, activity.project, form, activity, choices=choices)


@router.post("/activities/{activity_id}/edit")
def update_activity(
    request: Request, session: SessionDep, user: CurrentUser, activity: ActivityDep, posted: Posted
) -> Response:
    plans.demand_editor(user, activity.project.plan)
    form, choices = _bind_activity(session, activity.project, posted)
    if form.is_valid:
        try:
            projects.update_activity(session, activity, by=user, **_activity_facts(form))
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_anchor(request, activity), _("บันทึกกิจกรรมแล้ว"))
    return _render_activity_form(request, activity.project, form, activity, choices=choices, status_code=422)


@router.get("/activities/{activity_id}/funding")
def edit_funding(request: Request, session: SessionDep, user: CurrentUser, activity: ActivityDep) -> Response:
    plans.demand_editor(user, activity.project.plan)
    typed: dict[str, Any] = {}
    for place, line in enumerate(activity.funding_lines):
        typed |= {
            f"organization-{place}": line.organization.name_th if line.organization else "",
            f"source-{place}": line.source,
            f"fiscal_year-{place}": line.fiscal_year,
            f"requested-{place}": typed_baht(line.requested_satang),
            f"approved-{place}": typed_baht(line.approved_satang),
        }
    blank = len(activity.funding_lines)
    for place in range(blank, blank + BLANK_LINES):
        typed |= {f"fiscal_year-{place}": activity.project.plan.first_fiscal_year}
    form = unbound(FundingLineForm, count=blank + BLANK_LINES, **typed)
    return _render_funding_form(request, session, activity, form)


@router.post("/activities/{activity_id}/funding")
def update_funding(
    request: Request, session: SessionDep, user: CurrentUser, activity: ActivityDep, posted: Posted
) -> Response:
    plans.demand_editor(user, activity.project.plan)
    form, lines = _bind_funding(posted)
    if form.errors:
        return _render_funding_form(request, session, activity, form, status_code=422)
    projects.set_funding(session, activity, lines, by=user)
    return redirect(_anchor(request, activity), _("บันทึกเงินของกิจกรรมแล้ว"))


def _bind_activity(session: Session, project: Project, posted: FormData) -> tuple[Bound[ActivityForm], Sequence[Area]]:
    """Read the form, with the place that was picked or named; what it could mean comes beside it."""
    form = bind(ActivityForm, posted)
    code, words = str(form.raw.get("area_code") or ""), str(form.raw.get("area_code_query") or "").strip()
    if not (code or words):
        return form, []
    found = area_queries.resolve(session, code, words, within=project.plan.cluster_code)
    if isinstance(found, Area):
        form.raw["area_code"] = found.code
        if form.is_valid:
            form.value.area_code = found.code
        return form, [found]
    form.errors["area_code"] = _("กรุณาเลือกพื้นที่จากรายการ หรือเขียนไว้ในช่องสถานที่แทน")
    return form, found


def _activity_facts(form: Bound[ActivityForm]) -> dict[str, Any]:
    return form.value.model_dump(exclude={"area_code_query"})


def _bind_funding(posted: FormData) -> tuple[Bound[FundingLineForm], list[Line]]:
    """Read every line that says an amount; the others, and those marked for removal, are left out."""
    count = str(posted.get("count", ""))
    raw, errors, lines = {key: posted[key] for key in posted}, {}, []
    for place in range(min(int(count), MOST_LINES) if count.isdigit() else 0):
        fields = {name: posted.get(f"{name}-{place}", "") for name in FundingLineForm.model_fields}
        is_blank = not any(str(fields[name]).strip() for name in ("organization", "source", "requested", "approved"))
        if is_blank or posted.get(f"remove-{place}"):
            continue
        line = bind(FundingLineForm, FormData(fields))
        if line.is_valid:
            value = line.value
            lines.append(Line(value.organization, value.source, value.fiscal_year, value.requested, value.approved))
        errors.update({f"{name}-{place}": message for name, message in line.errors.items()})
    return Bound(None, raw, errors), lines


def _path(request: Request, project: Project) -> str:
    return request.url_for("show_project", project_id=project.id).path


def _anchor(request: Request, activity: Activity) -> str:
    return f"{request.url_for('show_project', project_id=activity.project_id).path}#activity-{activity.id}"


def _render_project_form(
    request: Request,
    session: Session,
    plan: Plan,
    form: Bound[ProjectForm],
    project: Project | None = None,
    *,
    status_code: int = 200,
) -> Response:
    context = {
        "form": form,
        "plan": plan,
        "project": project,
        "issues": [(one.id, one.title) for one in plan_queries.issues(session, plan.id)],
        "sectors": list(PlanSector),
        "selections": list(Selection),
        "organizations": project_queries.organization_names(session),
    }
    return render(request, "projects/edit.html", context, status_code=status_code)


def _render_activity_form(
    request: Request,
    project: Project,
    form: Bound[ActivityForm],
    activity: Activity | None = None,
    *,
    choices: Sequence[Area] = (),
    status_code: int = 200,
) -> Response:
    context = {
        "form": form,
        "plan": project.plan,
        "project": project,
        "activity": activity,
        "choices": choices,
        "work_types": list(WorkType),
        "orientations": list(Orientation),
        "stages": list(ValueChainStage),
    }
    return render(request, "projects/activity.html", context, status_code=status_code)


def _render_funding_form(
    request: Request,
    session: Session,
    activity: Activity,
    form: Bound[FundingLineForm],
    *,
    status_code: int = 200,
) -> Response:
    context = {
        "form": form,
        "plan": activity.project.plan,
        "project": activity.project,
        "activity": activity,
        "place": local(activity.area, "full") if activity.area else activity.place_text,
        "sources": list(FundingSource),
        "organizations": project_queries.organization_names(session),
    }
    return render(request, "projects/funding.html", context, status_code=status_code)
