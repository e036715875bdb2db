"""The administrator's view of people."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import permissions
from app.dependencies import CurrentUser, PersonDep, SessionDep, SettingsDep, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.users import UserForm
from app.i18n import _
from app.models import AgentType, Area, Role, User
from app.queries import areas as area_queries
from app.queries import consultations as consultation_queries
from app.queries import organizations as organization_queries
from app.queries import sessions as session_queries
from app.queries import users as user_queries
from app.security import hash_password
from app.services import users
from app.templating import local, render

router = APIRouter()


@router.get("/users")
def list_users(
    request: Request, session: SessionDep, user: CurrentUser, q: str = "", role: str = "", cursor: int | None = None
) -> Response:
    demand(permissions.can_manage_users(user), _("หน้านี้เป็นของผู้ดูแลระบบ"))
    chosen = next((one for one in Role if one == role), None)
    page = user_queries.page(session, text=q, role=chosen, cursor=cursor)
    more = urlencode({"q": q, "role": role, "cursor": page.next_cursor})
    context = {
        "page": page,
        "q": q,
        "role": role,
        "roles": list(Role),
        "next_url": f"{request.url.path}?{more}" if page.next_cursor else None,
    }
    return render(request, "users/index.html", context)


@router.get("/users/{user_id}")
def show_user(request: Request, session: SessionDep, settings: SettingsDep, person: PersonDep) -> Response:
    sign_ins = session_queries.live(session, person, settings=settings)
    return render(request, "users/show.html", {"person": person, "sign_ins": sign_ins})


@router.get("/users/{user_id}/edit")
def edit_user(request: Request, session: SessionDep, person: PersonDep) -> Response:
    facts = {name: getattr(person, name, "") for name in UserForm.model_fields}
    return _render_form(request, session, unbound(UserForm, **facts), person, [person.area] if person.area else [])


@router.post("/users/{user_id}/edit")
def update_user(
    request: Request, session: SessionDep, user: CurrentUser, person: PersonDep, posted: Posted
) -> Response:
    form = bind(UserForm, posted)
    choices: Sequence[Area] = []
    if form.is_valid:
        values = form.value
        found = area_queries.resolve(session, values.area_code, values.area_code_query)
        area = found if isinstance(found, Area) else None
        choices = [found] if isinstance(found, Area) else found
        try:
            given = users.office(
                session,
                values.role,
                agent_type=values.agent_type,
                area=area,
                cluster_code=values.cluster_code,
                organization_id=values.organization_id,
            )
            users.update(session, person, given, by=user, display_name=values.display_name)
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return _back(request, person, _("บันทึกแล้ว มีผลทันที"))
    return _render_form(request, session, form, person, choices, status_code=422)


@router.post("/users/{user_id}/deactivate")
def deactivate_user(request: Request, session: SessionDep, user: CurrentUser, person: PersonDep) -> Response:
    users.deactivate(session, person, by=user)
    return _back(request, person, _("ปิดบัญชีแล้ว และออกจากระบบบนทุกเครื่องแล้ว"))


@router.post("/users/{user_id}/reactivate")
def reactivate_user(request: Request, session: SessionDep, user: CurrentUser, person: PersonDep) -> Response:
    users.reactivate(session, person, by=user)
    return _back(request, person, _("เปิดบัญชีแล้ว"))


@router.post("/users/{user_id}/sign-out-everywhere")
def sign_out_user(request: Request, session: SessionDep, user: CurrentUser, person: PersonDep) -> Response:
    count = users.sign_out_everywhere(session, person, by=user)
    return _back(request, person, _("ออกจากระบบแล้ว {count} เครื่อง").format(count=count))


@router.post("/users/{user_id}/reset-password")
def reset_password(request: Request, session: SessionDep, user: CurrentUser, person: PersonDep) -> Response:
    """Give a person who forgot it a new password, shown once to the administrator, who tells it to them."""
    session.rollback()  # finding the person took the write lock; hashing is slow and must not hold it
    password = users.new_password()
    password_hash = hash_password(password)
    users.set_password(session, person, password_hash, by=user)
    notice = _("รหัสผ่านใหม่ของ {name} คือ {password} บอกเจ้าตัวตอนนี้ เพราะจะไม่แสดงอีก")
    return _back(request, person, notice.format(name=person.display_name, password=password))


def _back(request: Request, person: User, notice: str) -> Response:
    return redirect(request.url_for("show_user", user_id=person.id).path, notice)


def _render_form(
    request: Request,
    session: Session,
    form: Bound[UserForm],
    person: User,
    choices: Sequence[Area],
    *,
    status_code: int = 200,
) -> Response:
    context = {
        "form": form,
        "person": person,
        "choices": choices,
        "roles": list(Role),
        "agent_types": list(AgentType),
        "clusters": [(one.code, local(one, "name")) for one in consultation_queries.clusters(session)],
        "organizations": [(one.id, local(one, "name")) for one in organization_queries.every(session)],
    }
    return render(request, "users/edit.html", context, status_code=status_code)
