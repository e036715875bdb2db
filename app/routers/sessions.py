"""Signing in and out, and a person's own account."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.config import Settings
from app.database import for_reading, transaction
from app.dependencies import (
    CurrentUser,
    OwnSignInDep,
    SessionDep,
    SettingsDep,
    SignIn,
    Visitor,
    cookie_name,
    redirect,
    redirect_signed_in,
)
from app.exceptions import NotFound
from app.forms import Bound, Posted, bind, unbound
from app.forms.sessions import PasswordForm, SignInForm
from app.i18n import _
from app.models import User, UserSession
from app.queries import sessions as session_queries
from app.queries import users as user_queries
from app.security import hash_password, verify_password
from app.services import sessions, users
from app.templating import render

router = APIRouter()


@router.get("/sign-in")
def show_sign_in(request: Request, user: Visitor, next: str = "/") -> Response:
    if user is not None:
        return redirect(own_path(next))
    return render(request, "sessions/new.html", {"form": unbound(SignInForm, next=own_path(next))})


@router.post("/sign-in")
def sign_in(request: Request, session: SessionDep, settings: SettingsDep, posted: Posted) -> Response:
    form = bind(SignInForm, posted)
    if not form.is_valid:
        return render(request, "sessions/new.html", {"form": form}, status_code=422)
    key = user_queries.sign_in_key(form.value.name)
    request.app.state.sign_in_limit.hit((f"account:{key}", f"address:{address_of(request)}"))
    with Session(for_reading(request.app.state.engine), expire_on_commit=False) as reading:
        person = user_queries.find(reading, key)
    # Verified before this request's own session asks the database anything: argon2 is slow, and must not hold the
    # write lock. One answer for every reason, after the same time, so that nobody learns who has an account.
    fits = verify_password(form.value.password, person.password_hash if person else None)
    if person is None or not fits or not person.is_active:
        message = _("เบอร์โทร ชื่อผู้ใช้ หรือรหัสผ่านไม่ถูกต้อง กรุณาตรวจแล้วลองใหม่")
        failed = Bound[SignInForm](None, form.raw, {"": message})
        return render(request, "sessions/new.html", {"form": failed}, status_code=422)
    return redirect_signed_in(request, session, person, settings, own_path(form.value.next))


@router.post("/sign-out")
def sign_out(request: Request, session: SessionDep, settings: SettingsDep) -> Response:
    sessions.end(session, request.cookies.get(cookie_name(settings), ""))
    return _signed_out(settings, _("ออกจากระบบแล้ว"))


@router.get("/account")
def show_account(
    request: Request, session: SessionDep, settings: SettingsDep, sign_in: SignIn, user: CurrentUser
) -> Response:
    return _render_account(request, session, settings, sign_in, user, unbound(PasswordForm))


@router.post("/account/password")
def change_password(
    request: Request, session: SessionDep, settings: SettingsDep, sign_in: SignIn, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(PasswordForm, posted)
    if form.is_valid:
        request.app.state.sign_in_limit.hit((f"password:{user.id}",))
        if not verify_password(form.value.current_password, user.password_hash):
            form.errors["current_password"] = _("รหัสผ่านเดิมไม่ถูกต้อง")
        elif problem := users.password_problem(form.value.new_password, user.username, user.local_phone):
            form.errors["new_password"] = problem
    if not form.is_valid:
        return _render_account(request, session, settings, sign_in, user, form, status_code=422)
    password_hash = hash_password(form.value.new_password)
    person = session.get_one(User, user.id)
    users.set_password(session, person, password_hash, by=user)
    notice = _("เปลี่ยนรหัสผ่านแล้ว เครื่องอื่นที่เคยเข้าสู่ระบบไว้ถูกออกจากระบบทั้งหมด")
    return redirect_signed_in(request, session, person, settings, "/account", notice)


@router.post("/account/sessions/{session_id}/end")
def end_session(session: SessionDep, found: OwnSignInDep) -> Response:
    sessions.revoke(session, found)
    return redirect("/account", _("ออกจากระบบบนเครื่องนั้นแล้ว"))


@router.post("/account/sign-out-everywhere")
def sign_out_everywhere(session: SessionDep, settings: SettingsDep, user: CurrentUser) -> Response:
    sessions.revoke_all(session, user.id)
    return _signed_out(settings, _("ออกจากระบบบนทุกเครื่องแล้ว"))


@router.get("/demo/{username}")
def sign_in_demo(request: Request, username: str, settings: SettingsDep) -> Response:
    """Sign a demo person in by one click. A link can only be followed by GET, so this one writes; never in real use."""
    if not settings.demo:
        raise NotFound(_("ไม่พบหน้านี้"))
    with transaction(request.app.state.engine) as session:
        person = user_queries.find(session, username)
        if person is None or not person.is_active:
            raise NotFound(_("ไม่พบคนนี้ในชุดสาธิต"))
        return redirect_signed_in(request, session, person, settings, "/")


def own_path(target: str) -> str:
    """Return where to go on after signing in: a path of ours, whatever the address asked for."""
    parts = urlsplit(target)
    is_ours = target.startswith("/") and not target.startswith("//") and not parts.netloc
    return target if is_ours and "\\" not in target and target.isprintable() else "/"


def address_of(request: Request) -> str:
    return request.client.host if request.client else ""


def _signed_out(settings: Settings, notice: str) -> Response:
    response = redirect("/sign-in", notice)
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.has_https, httponly=True, samesite="lax")
    return response


def _render_account(
    request: Request,
    session: Session,
    settings: Settings,
    sign_in: UserSession | None,
    user: User,
    form: Bound[PasswordForm],
    *,
    status_code: int = 200,
) -> Response:
    context = {
        "form": form,
        "person": session.get_one(User, user.id),
        "sign_ins": session_queries.live(session, user, settings=settings),
        "this_one": sign_in.id if sign_in else None,
    }
    return render(request, "sessions/account.html", context, status_code=status_code)
