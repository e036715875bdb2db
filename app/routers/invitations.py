"""Inviting people by link and QR code, and joining by one."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import permissions
from app.config import Settings
from app.database import for_reading
from app.dependencies import (
    CurrentUser,
    InvitationDep,
    SessionDep,
    SettingsDep,
    Visitor,
    demand,
    redirect,
    redirect_signed_in,
)
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.invitations import InvitationForm, JoinForm
from app.i18n import _
from app.models import AgentType, Area, Invitation, Role, User
from app.queries import areas as area_queries
from app.queries import consultations as consultation_queries
from app.queries import invitations as invitation_queries
from app.queries import organizations as organization_queries
from app.security import hash_password, hash_token
from app.services import invitations, users
from app.templating import local, render

router = APIRouter()

COOKIE = "invitation"
COOKIE_SECONDS = 600


@router.get("/invitations")
def list_invitations(request: Request, session: SessionDep, user: CurrentUser, cursor: int | None = None) -> Response:
    _demand_invite(user)
    page = invitation_queries.page(session, user, cursor=cursor)
    next_url = f"{request.url.path}?cursor={page.next_cursor}" if page.next_cursor else None
    return render(request, "invitations/index.html", {"page": page, "next_url": next_url})


@router.get("/invitations/new")
def new_invitation(request: Request, session: SessionDep, user: CurrentUser, role: Role | None = None) -> Response:
    _demand_invite(user)
    roles = permissions.MAY_INVITE[user.role]
    chosen = role if role in roles else roles[0] if len(roles) == 1 else None
    if chosen is None:
        return render(request, "invitations/roles.html", {"roles": roles})
    return _render_form(request, session, user, unbound(InvitationForm, role=chosen), chosen)


@router.post("/invitations")
def create_invitation(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, posted: Posted
) -> Response:
    _demand_invite(user)
    form = bind(InvitationForm, posted)
    role = _role_of(form, user)
    choices: Sequence[Area] = []
    if form.is_valid:
        values = form.value
        demand(permissions.can_invite_role(user, values.role), _("คุณเชิญคนมาทำหน้าที่นี้ไม่ได้"))
        within = permissions.invites_within(user)
        found = area_queries.resolve(session, values.area_code, values.area_code_query, within=within)
        area = found if isinstance(found, Area) else None
        choices = [found] if isinstance(found, Area) else found
        try:
            given = users.office(
                session,
                values.role,
                agent_type=values.agent_type,
                area=area,
                cluster_code=values.cluster_code or user.cluster_code,
                organization_id=values.organization_id,
            )
            invitation, token = invitations.create(
                session, given, by=user, settings=settings, display_name=values.display_name
            )
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return _show_once(request, settings, invitation, token)
    return _render_form(request, session, user, form, role, choices, status_code=422)


@router.get("/invitations/{invitation_id}")
def show_invitation(request: Request, settings: SettingsDep, invitation: InvitationDep) -> Response:
    """Show an invitation; its link and QR code only once, to the browser that has just made it."""
    token = request.cookies.get(COOKIE, "")
    is_fresh = bool(token) and hash_token(token) == invitation.token_hash
    link = f"{settings.public_url.rstrip('/')}/join/{token}" if is_fresh else None
    response = render(request, "invitations/show.html", {"invitation": invitation, "link": link})
    if is_fresh:
        response.delete_cookie(COOKIE, path=request.url.path)
    return response


@router.post("/invitations/{invitation_id}/renew")
def renew_invitation(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, invitation: InvitationDep
) -> Response:
    token = invitations.renew(session, invitation, by=user, settings=settings)
    return _show_once(request, settings, invitation, token)


@router.post("/invitations/{invitation_id}/revoke")
def revoke_invitation(request: Request, session: SessionDep, user: CurrentUser, invitation: InvitationDep) -> Response:
    invitations.revoke(session, invitation, by=user)
    return redirect(request.url_for("list_invitations").path, _("ยกเลิกคำเชิญแล้ว ลิงก์และคิวอาร์โค้ดนั้นใช้ไม่ได้อีก"))


@router.get("/join/{token}")
def show_join(request: Request, session: SessionDep, user: Visitor, token: str) -> Response:
    invitation = invitations.find_usable(session, token)
    form = unbound(JoinForm, display_name=invitation.display_name)
    return _render_join(request, invitation, token, form)


@router.post("/join/{token}")
def join(
    request: Request, session: SessionDep, settings: SettingsDep, user: Visitor, token: str, posted: Posted
) -> Response:
    form = bind(JoinForm, posted)
    # Checked before hashing, in a read of its own: argon2 is slow, and must not hold the write lock; and a stranger
    # without an invitation cannot make us hash.
    with Session(for_reading(request.app.state.engine), expire_on_commit=False) as reading:
        invitation = invitations.find_usable(reading, token)
        if not form.is_valid:
            return _render_join(request, invitation, token, form, status_code=422)
    values = form.value
    try:
        names = users.read_name(values.name)
        if problem := users.password_problem(values.new_password, values.display_name, *names.values()):
            raise InvalidInput(problem, {"new_password": problem})
        password_hash = hash_password(values.new_password)
        person = invitations.accept(
            session, token, display_name=values.display_name, names=names, password_hash=password_hash
        )
    except InvalidInput as error:
        form.errors.update(error.errors)
        return _render_join(request, invitations.find_usable(session, token), token, form, status_code=422)
    notice = _("ยินดีต้อนรับ {name} คุณเข้าสู่ระบบแล้ว").format(name=person.display_name)
    return redirect_signed_in(request, session, person, settings, "/", notice)


def _demand_invite(user: User) -> None:
    demand(permissions.can_invite(user), _("หน้าที่ของคุณเชิญคนอื่นไม่ได้ กรุณาติดต่ออำเภอ จังหวัด หรือ OSM"))


def _role_of(form: Bound[InvitationForm], user: User) -> Role:
    """Return the role whose form was sent; when it names none that this person may invite, the first of those."""
    roles = permissions.MAY_INVITE[user.role]
    return next((role for role in roles if role == form.raw.get("role")), roles[0])


def _show_once(request: Request, settings: Settings, invitation: Invitation, token: str) -> Response:
    path = request.url_for("show_invitation", invitation_id=invitation.id).path
    response = redirect(path)
    response.set_cookie(
        COOKIE, token, max_age=COOKIE_SECONDS, httponly=True, samesite="lax", secure=settings.has_https, path=path
    )
    return response


def _render_form(
    request: Request,
    session: Session,
    user: User,
    form: Bound[InvitationForm],
    role: Role,
    choices: Sequence[Area] = (),
    *,
    status_code: int = 200,
) -> Response:
    context: dict[str, Any] = {
        "form": form,
        "role": role,
        "agent_types": list(AgentType),
        "levels": [_(level.label) for level in users.LEVELS.get(role, ())],
        "within": permissions.invites_within(user),
        "choices": choices,
        "clusters": [],
        "organizations": [],
    }
    if role.is_of_cluster and user.cluster_code is None:
        context["clusters"] = [(one.code, local(one, "name")) for one in consultation_queries.clusters(session)]
    if role is Role.AGENCY:
        context["organizations"] = [(one.id, local(one, "name")) for one in organization_queries.every(session)]
    return render(request, "invitations/new.html", context, status_code=status_code)


def _render_join(
    request: Request, invitation: Invitation, token: str, form: Bound[JoinForm], *, status_code: int = 200
) -> Response:
    context = {"invitation": invitation, "token": token, "form": form}
    return render(request, "invitations/join.html", context, status_code=status_code)
