"""Plans: listed, shown with their money, described by planners."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import CurrentUser, IssueDep, PlanDep, SessionDep, Visitor, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.plans import IssueForm, PlanForm
from app.i18n import _
from app.models import FundingSource, Plan, PlanKind, PlanSector
from app.queries import plans as plan_queries
from app.services import plans
from app.templating import local, render

router = APIRouter()


@router.get("/plans")
def list_plans(request: Request, session: SessionDep, user: Visitor, cluster: str = "", cursor: str = "") -> Response:
    page = plan_queries.page(session, user, cluster_code=cluster, cursor=cursor)
    more = urlencode({"cluster": cluster, "cursor": page.next_cursor})
    context = {
        "page": page,
        "options": [(one.code, local(one, "name")) for one in plan_queries.clusters(session)],
        "cluster": cluster,
        "next_url": f"{request.url.path}?{more}" if page.next_cursor else None,
    }
    return render(request, "plans/index.html", context)


@router.get("/plans/new")
def new_plan(request: Request, user: CurrentUser) -> Response:
    demand(permissions.can_create_plan(user), _("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดที่สร้างแผนได้"))
    return _render_form(request, unbound(PlanForm, kind=PlanKind.ANNUAL))


@router.post("/plans")
def create_plan(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    demand(permissions.can_create_plan(user), _("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดที่สร้างแผนได้"))
    form = bind(PlanForm, posted)
    if form.is_valid:
        try:
            plan = plans.create(session, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, plan), _("สร้างแผนแล้ว ขั้นต่อไปเพิ่มประเด็นและโครงการ หรือนำเข้าจากไฟล์"))
    return _render_form(request, form, status_code=422)


@router.get("/plans/{plan_id}")
def show_plan(
    request: Request,
    session: SessionDep,
    plan: PlanDep,
    q: str = "",
    issue: str = "",
    sector: str = "",
    source: str = "",
    cursor: str = "",
) -> Response:
    """Show the money of a plan and its projects; the list alone when htmx asks for other projects."""
    filters = {"q": q.strip(), "issue": issue, "sector": sector, "source": source}
    found = plan_queries.projects(
        session,
        plan.id,
        q=filters["q"],
        issue_id=int(issue) if issue.isdigit() else None,
        sector=next((one for one in PlanSector if one.value == sector), None),
        source=next((one for one in FundingSource if one.value == source), None),
        cursor=cursor,
    )
    issues = plan_queries.issues(session, plan.id)
    kept = {name: value for name, value in filters.items() if value}
    more = urlencode(kept | {"cursor": found.next_cursor})
    context = {
        "plan": plan,
        "money": plan_queries.money(session, plan.id),
        "issues": issues,
        "issue_of": {one.id: one for one in issues},
        "found": found,
        "filters": filters,
        "is_filtered": bool(kept),
        "is_continued": bool(cursor),
        "sectors": list(PlanSector),
        "sources": list(FundingSource),
        "next_url": f"{request.url.path}?{more}" if found.next_cursor else None,
    }
    return render(request, "plans/show.html", context, fragment="projects")


@router.get("/plans/{plan_id}/edit")
def edit_plan(request: Request, user: CurrentUser, plan: PlanDep) -> Response:
    plans.demand_editor(user, plan)
    facts = {name: getattr(plan, name) for name in PlanForm.model_fields}
    return _render_form(request, unbound(PlanForm, **facts), plan)


@router.post("/plans/{plan_id}/edit")
def update_plan(request: Request, session: SessionDep, user: CurrentUser, plan: PlanDep, posted: Posted) -> Response:
    plans.demand_editor(user, plan)
    form = bind(PlanForm, posted)
    if form.is_valid:
        try:
            plans.update(session, plan, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, plan), _("บันทึกแผนแล้ว"))
    return _render_form(request, form, plan, status_code=422)


@router.get("/plans/{plan_id}/issues")
def list_issues(request: Request, session: SessionDep, user: CurrentUser, plan: PlanDep) -> Response:
    plans.demand_editor(user, plan)
    context = {"plan": plan, "issues": plan_queries.issues(session, plan.id), "form": unbound(IssueForm)}
    return render(request, "plans/issues.html", context)


@router.post("/plans/{plan_id}/issues")
def create_issue(request: Request, session: SessionDep, user: CurrentUser, plan: PlanDep, posted: Posted) -> Response:
    plans.demand_editor(user, plan)
    form = bind(IssueForm, posted)
    if form.is_valid:
        plans.add_issue(session, plan, by=user, **form.value.model_dump())
        return redirect(_issues_path(request, plan), _("เพิ่มประเด็นการพัฒนาแล้ว"))
    context = {"plan": plan, "issues": plan_queries.issues(session, plan.id), "form": form}
    return render(request, "plans/issues.html", context, status_code=422)


@router.get("/issues/{issue_id}/edit")
def edit_issue(request: Request, user: CurrentUser, issue: IssueDep) -> Response:
    plans.demand_editor(user, issue.plan)
    form = unbound(IssueForm, title=issue.title, goal=issue.goal)
    return render(request, "plans/issue.html", {"plan": issue.plan, "issue": issue, "form": form})


@router.post("/issues/{issue_id}/edit")
def update_issue(request: Request, session: SessionDep, user: CurrentUser, issue: IssueDep, posted: Posted) -> Response:
    form = bind(IssueForm, posted)
    if form.is_valid:
        plans.update_issue(session, issue, by=user, **form.value.model_dump())
        return redirect(_issues_path(request, issue.plan), _("บันทึกประเด็นการพัฒนาแล้ว"))
    plans.demand_editor(user, issue.plan)
    context = {"plan": issue.plan, "issue": issue, "form": form}
    return render(request, "plans/issue.html", context, status_code=422)


@router.post("/issues/{issue_id}/delete")
def delete_issue(request: Request, session: SessionDep, user: CurrentUser, issue: IssueDep) -> Response:
    plan = issue.plan
    plans.delete_issue(session, issue, by=user)
    return redirect(_issues_path(request, plan), _("ลบประเด็นแล้ว โครงการในประเด็นนั้นยังอยู่ในแผน"))


def _path(request: Request, plan: Plan) -> str:
    return request.url_for("show_plan", plan_id=plan.id).path


def _issues_path(request: Request, plan: Plan) -> str:
    return request.url_for("list_issues", plan_id=plan.id).path


def _render_form(
    request: Request, form: Bound[PlanForm], plan: Plan | None = None, *, status_code: int = 200
) -> Response:
    context = {"form": form, "plan": plan, "kinds": list(PlanKind)}
    return render(request, "plans/edit.html", context, status_code=status_code)
