"""A person and what is kept of them: seen, corrected, copied, erased."""

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from sqlmodel import Session

from app.dependencies import CurrentUser, SessionDep, SettingsDep, cookie_name, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.privacy import CorrectForm, EraseForm
from app.i18n import _, current_locale, today
from app.models import ContactReason, User
from app.queries import consents as consent_queries
from app.queries import personal_data as data_queries
from app.security import verify_password
from app.services import personal_data
from app.templating import environment, render

router = APIRouter()
HOME = "/account/data"


@router.get(HOME)
def show_personal_data(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    return _render(request, session, user, None)


@router.post(f"{HOME}/correct")
def correct_personal_data(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    form = bind(CorrectForm, posted)
    if form.is_valid and _is_known(request, user, form.value.current_password, form):
        try:
            values = form.value
            person = session.get_one(User, user.id)
            personal_data.correct(session, person, display_name=values.display_name, phone=values.phone)
        except InvalidInput as problem:
            form.errors.update(problem.errors)
            session.rollback()
    return redirect(HOME, _("แก้แล้ว")) if form.is_valid else _render(request, session, user, form)


@router.post(f"{HOME}/copy")
def copy_personal_data(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser
) -> StreamingResponse:
    """Give all of it in one file: data, a page to read, photos. Nothing of it stays on the server."""
    request.app.state.sign_in_limit.hit((f"copy:{user.id}",))
    person = session.get_one(User, user.id)
    found = data_queries.everything(session, person)
    shown = {"found": found, "parts": data_queries.PARTS, "person": person, "day": today()}
    page = environment().get_template("personal_data/copy.html").render(locale=current_locale.get(), **shown)
    file = TemporaryFile()  # noqa: SIM115  closed when the last of it has left
    personal_data.write_copy(session, person, settings, page, file)
    name = f"prachakhom-{today().isoformat()}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_read(file), media_type="application/zip", headers=headers)


@router.get(f"{HOME}/erase")
def ask_to_erase(request: Request, user: CurrentUser) -> Response:
    return render(request, "personal_data/erase.html", {"form": unbound(EraseForm)})


@router.post(f"{HOME}/erase")
def erase_personal_data(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(EraseForm, posted)
    if not form.is_valid or not _is_known(request, user, form.value.current_password, form):
        if "is_sure" in form.errors:
            form.errors["is_sure"] = _("กรุณาทำเครื่องหมายว่าเข้าใจแล้ว")
        return render(request, "personal_data/erase.html", {"form": form}, status_code=422)
    personal_data.erase(session, session.get_one(User, user.id))
    response = redirect("/", _("ลบข้อมูลของคุณและปิดบัญชีแล้ว"))
    response.delete_cookie(cookie_name(settings), path="/", secure=settings.has_https, httponly=True, samesite="lax")
    return response


def _is_known(request: Request, user: User, password: str, form: Bound[CorrectForm] | Bound[EraseForm]) -> bool:
    """Say whether it is really them, before the database is asked anything: verifying a password is slow."""
    request.app.state.sign_in_limit.hit((f"password:{user.id}",))
    fits = verify_password(password, user.password_hash)
    if not fits:
        form.errors["current_password"] = _("รหัสผ่านไม่ถูกต้อง")
    return fits


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while part := file.read(1 << 16):
            yield part


def _render(request: Request, session: Session, user: User, form: Bound[CorrectForm] | None) -> Response:
    person = session.get_one(User, user.id)
    context = {
        "person": person,
        "form": form or unbound(CorrectForm, display_name=person.display_name, phone=person.local_phone),
        "kept": data_queries.summary(session, person),
        "consents": consent_queries.own(session, person),
        "reasons": {one.value: one for one in ContactReason},
    }
    return render(request, "personal_data/show.html", context, status_code=422 if form else 200)
