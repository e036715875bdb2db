"""A phone that cannot send: its file, looked at and brought in by an officer of its owner's area."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from starlette.datastructures import UploadFile

from app import permissions
from app.dependencies import CurrentUser, SessionDep, SettingsDep, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Form, Posted
from app.forms import outbox_import as outbox_import_forms
from app.i18n import _
from app.models import User
from app.services import outbox_import, photos, privacy
from app.services.outbox_import import Fate, Taken
from app.templating import render

router = APIRouter()

FileName = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


def _demand(user: User) -> None:
    demand(permissions.can_take_in(user), _("เฉพาะเจ้าหน้าที่อำเภอ จังหวัด และ OSM ที่นำเข้าไฟล์จากโทรศัพท์ได้"))


@router.get("/outbox/import")
def new_outbox_import(request: Request, user: CurrentUser) -> Response:
    _demand(user)
    return render(request, "outbox_import/new.html", {"form": Bound[Form]()})


@router.post("/outbox/import")
def preview_outbox_import(
    request: Request, user: CurrentUser, settings: SettingsDep, posted: Posted, session: SessionDep
) -> Response:
    """Show what would become of each need of a file; nothing is kept but the file, for a day."""
    _demand(user)
    file = posted.get("file")
    try:
        content = file.file.read() if isinstance(file, UploadFile) else b""
        entries = outbox_import_forms.read_file(content)
    except InvalidInput as problem:
        form = Bound[Form](errors=dict(problem.errors))
        return render(request, "outbox_import/new.html", {"form": form}, status_code=422)
    name = outbox_import.keep(settings, user, content)
    return _show(request, outbox_import.preview(session, user, entries), name=name)


@router.post("/outbox/import/{name}")
def run_outbox_import(
    request: Request, user: CurrentUser, settings: SettingsDep, session: SessionDep, name: FileName
) -> Response:
    _demand(user)
    content = outbox_import.kept(settings, user, name)
    if content is None:
        return redirect("/outbox/import", _("ไฟล์นี้นำเข้าไปแล้ว หรือเก็บไว้นานเกินไป กรุณาเลือกไฟล์อีกครั้ง"))
    entries = outbox_import_forms.read_file(content)
    ready = {entry.number: outbox_import.pictures(entry) for entry in entries}
    for pictures in ready.values():
        for picture in pictures.values():
            photos.save(settings, picture)
    taken = outbox_import.take_in(session, user, entries, ready, name)
    outbox_import.forget(settings, user, name)
    return _show(request, taken)


@router.post("/outbox/import/{name}/discard")
def discard_outbox_import(user: CurrentUser, settings: SettingsDep, name: FileName) -> Response:
    _demand(user)
    outbox_import.forget(settings, user, name)
    return redirect("/outbox/import", _("ทิ้งไฟล์แล้ว ไม่มีอะไรถูกนำเข้า"))


def _show(request: Request, taken: list[Taken], *, name: str = "") -> Response:
    """Show the needs of a file: with ``name`` before they are brought in, without after."""
    context = {
        "rows": [(one, privacy.mask(one.entry.problem)) for one in taken],
        "counts": Counter(one.fate for one in taken),
        "fates": Fate,
        "name": name,
    }
    return render(request, "outbox_import/show.html", context)
