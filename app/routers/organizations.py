"""Agencies: listed, added, corrected."""

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import CurrentUser, OrganizationDep, SessionDep, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.organizations import OrganizationForm
from app.i18n import _
from app.models import Organization, Sector, User
from app.queries import organizations as organization_queries
from app.services import organizations
from app.templating import render

router = APIRouter()


@router.get("/organizations")
def list_organizations(
    request: Request, session: SessionDep, user: CurrentUser, q: str = "", cursor: str = ""
) -> Response:
    _demand_manage(user)
    page = organization_queries.page(session, text=q, cursor=cursor)
    more = urlencode({"q": q, "cursor": page.next_cursor})
    next_url = f"{request.url.path}?{more}" if page.next_cursor else None
    return render(request, "organizations/index.html", {"page": page, "q": q, "next_url": next_url})


@router.get("/organizations/new")
def new_organization(request: Request, user: CurrentUser) -> Response:
    _demand_manage(user)
    return _render_form(request, unbound(OrganizationForm, sector=Sector.STATE))


@router.post("/organizations")
def create_organization(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    _demand_manage(user)
    form = bind(OrganizationForm, posted)
    if form.is_valid:
        try:
            organizations.create(session, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(request.url_for("list_organizations").path, _("เพิ่มหน่วยงานแล้ว"))
    return _render_form(request, form, status_code=422)


@router.get("/organizations/{organization_id}/edit")
def edit_organization(request: Request, organization: OrganizationDep) -> Response:
    form = unbound(OrganizationForm, **organization.model_dump())
    return _render_form(request, form, organization)


@router.post("/organizations/{organization_id}/edit")
def update_organization(
    request: Request, session: SessionDep, user: CurrentUser, organization: OrganizationDep, posted: Posted
) -> Response:
    form = bind(OrganizationForm, posted)
    if form.is_valid:
        try:
            organizations.update(session, organization, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(request.url_for("list_organizations").path, _("บันทึกหน่วยงานแล้ว"))
    return _render_form(request, form, organization, status_code=422)


def _demand_manage(user: User) -> None:
    demand(permissions.can_manage_organizations(user), _("เฉพาะ OSM และผู้ดูแลระบบที่แก้รายชื่อหน่วยงานได้"))


def _render_form(
    request: Request,
    form: Bound[OrganizationForm],
    organization: Organization | None = None,
    *,
    status_code: int = 200,
) -> Response:
    context = {"form": form, "organization": organization, "sectors": list(Sector)}
    return render(request, "organizations/edit.html", context, status_code=status_code)
