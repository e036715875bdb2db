"""Files brought in by planners: uploaded, mapped, checked, then imported; refused rows come back as a file."""

from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app import permissions
from app.config import Settings
from app.dependencies import CurrentUser, ImportDep, SessionDep, SettingsDep, demand, redirect
from app.exceptions import AppError, InvalidInput, NotFound
from app.forms import Bound, Posted, bind, unbound
from app.forms.imports import ImportForm, RunForm
from app.i18n import _, baht
from app.jobs import Job
from app.models import ImportBatch, ImportKind, User
from app.queries import imports as import_queries
from app.services import columns, imports
from app.services.columns import Row
from app.templating import label, local, render

router = APIRouter()

PREVIEWED = 3
SAMPLED = 3


@router.get("/imports")
def list_imports(request: Request, session: SessionDep, user: CurrentUser, cursor: str = "") -> Response:
    _demand(user)
    page = import_queries.page(session, user, cursor=cursor)
    next_url = f"{request.url.path}?cursor={page.next_cursor}" if page.next_cursor else None
    return render(request, "imports/index.html", {"page": page, "next_url": next_url})


@router.get("/imports/new")
def new_import(
    request: Request, session: SessionDep, user: CurrentUser, kind: str = "", consultation: str = "", plan: str = ""
) -> Response:
    _demand(user)
    chosen = next((one for one in imports.UPLOADED if one.value == kind), ImportKind.NEEDS)
    form = unbound(ImportForm, kind=chosen.value, consultation_id=consultation, plan_id=plan)
    return _render_form(request, session, user, form)


@router.post("/imports")
def create_import(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, posted: Posted
) -> Response:
    _demand(user)
    form = bind(ImportForm, posted)
    file = posted.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        form.errors["file"] = _("กรุณาเลือกไฟล์")
    elif form.is_valid:
        where = _where(session, user, form)
        if form.is_valid:
            try:
                batch = imports.upload(
                    session, ImportKind(form.value.kind), file.file,
                    folder=settings.data_dir, importer=user, file_name=Path(file.filename).name, **where,
                )  # fmt: skip
            except AppError as problem:
                form.errors["file"] = problem.message
            else:
                return redirect(_path(request, batch))
    return _render_form(request, session, user, form, status_code=422)


@router.get("/imports/{import_id}")
def show_import(request: Request, session: SessionDep, settings: SettingsDep, batch: ImportDep) -> Response:
    return _render_import(request, session, settings, batch)


@router.post("/imports/{import_id}/mapping")
def map_import(
    request: Request, session: SessionDep, settings: SettingsDep, batch: ImportDep, posted: Posted
) -> Response:
    """Take what the person says each column is."""
    path = _waiting_file(settings, batch)
    try:
        chosen = _chosen(imports.open_table(path, batch.kind).header, batch, posted)
        imports.remap(session, batch, path, chosen)
    except InvalidInput as problem:
        return _render_import(request, session, settings, batch, problem.message, status_code=422)
    return redirect(_path(request, batch), _("ตรวจไฟล์ใหม่ตามคอลัมน์ที่เลือกแล้ว"))


@router.post("/imports/{import_id}/run")
def run_import(
    request: Request, session: SessionDep, settings: SettingsDep, batch: ImportDep, posted: Posted
) -> Response:
    form = bind(RunForm, posted)
    _waiting_file(settings, batch)
    try:
        job = imports.start(
            session, batch, folder=settings.data_dir,
            skip_bad=form.value.skip_bad, is_submitted=form.value.is_submitted,
        )  # fmt: skip
    except InvalidInput as problem:
        return _render_import(request, session, settings, batch, problem.message, status_code=422)
    if job is not None:
        return redirect(request.url_for("show_job", job_id=job.id).path)
    return redirect(_path(request, batch), _("นำเข้าเสร็จแล้ว เพิ่ม {count:,} รายการ").format(count=batch.added_count))


@router.get("/imports/{import_id}/rejected.csv")
def download_rejected(session: SessionDep, settings: SettingsDep, batch: ImportDep) -> FileResponse:
    """Give the rows to mend, each with its reason; for a file still waiting they are found afresh."""
    refused, waiting = imports.rejected_file(settings.data_dir, batch), imports.kept_file(settings.data_dir, batch)
    if batch.finished_at is None and waiting.exists() and batch.bad_count:
        imports.Import(session, batch, waiting).write_rejected(refused)
    if not refused.exists():
        raise NotFound(_("การนำเข้านี้ไม่มีแถวที่ต้องแก้"))
    name = quote(f"{Path(batch.file_name).stem}.rejected.csv")
    disposition = f"attachment; filename=\"rejected.csv\"; filename*=UTF-8''{name}"
    return FileResponse(refused, media_type="text/csv; charset=utf-8", headers={"content-disposition": disposition})


@router.post("/imports/{import_id}/discard")
def discard_import(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, batch: ImportDep
) -> Response:
    imports.discard(session, batch, by=user, folder=settings.data_dir)
    return redirect(request.url_for("list_imports").path, _("ลบไฟล์ที่ยังไม่ได้นำเข้าแล้ว"))


def _demand(user: User) -> None:
    demand(permissions.can_import(user), _("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดที่นำเข้าไฟล์ได้"))


def _path(request: Request, batch: ImportBatch) -> str:
    return request.url_for("show_import", import_id=batch.id).path


def _waiting_file(settings: Settings, batch: ImportBatch) -> Path:
    path = imports.kept_file(settings.data_dir, batch)
    if not path.exists():
        raise NotFound(_("ไม่มีไฟล์นี้แล้ว อาจนำเข้าไปแล้ว กรุณาอัปโหลดใหม่"))
    return path


def _where(session: Session, user: User, form: Bound[ImportForm]) -> dict[str, Any]:
    """Find the round or plan the file is for, among those the person may add to; what is wrong goes on the form."""
    asked = form.value
    if asked.kind == ImportKind.NEEDS.value:
        known = {one.id: one for one in import_queries.consultations_for(session, user)}
        if asked.consultation_id not in known:
            form.errors["consultation_id"] = _("กรุณาเลือกรอบการรับฟัง")
            return {}
        return {"consultation": known[asked.consultation_id]}
    plans = {one.id: one for one in import_queries.plans_for(session, user)}
    options = {"title": asked.title, "fiscal_year": asked.fiscal_year}
    if asked.plan_id is not None:
        if asked.plan_id not in plans:
            form.errors["plan_id"] = _("กรุณาเลือกแผนจากรายการ")
            return {}
        plan = plans[asked.plan_id]
        return {"plan": plan, "options": options | {"fiscal_year": asked.fiscal_year or plan.first_fiscal_year}}
    if not asked.title:
        form.errors["title"] = _("กรุณาตั้งชื่อแผนใหม่ หรือเลือกแผนที่มีอยู่")
    if asked.fiscal_year is None:
        form.errors["fiscal_year"] = _("กรุณากรอกปีงบประมาณเป็น พ.ศ. เช่น 2569")
    return {"cluster_code": user.cluster_code, "options": options}


def _chosen(header: list[str], batch: ImportBatch, posted: FormData) -> dict[str, str]:
    """Return field → header as picked; a field that no column has is mapped to nothing. Raises InvalidInput."""
    chosen = {one.name: "" for one in columns.FIELDS[batch.kind.value]}
    for place, name in enumerate(header):
        picked = str(posted.get(f"column-{place}", ""))
        if picked in chosen:
            if chosen[picked]:
                text = next(_(one.label) for one in columns.FIELDS[batch.kind.value] if one.name == picked)
                raise InvalidInput(
                    _("คอลัมน์ {first} กับ {second} ถูกเลือกเป็น “{field}” ทั้งคู่ กรุณาเลือกเพียงคอลัมน์เดียว").format(
                        first=chosen[picked], second=name, field=text
                    )
                )
            chosen[picked] = name
    return chosen


def _render_form(
    request: Request, session: Session, user: User, form: Bound[ImportForm], *, status_code: int = 200
) -> Response:
    context = {
        "form": form,
        "kinds": [(one.value, label(one)) for one in imports.UPLOADED],
        "consultations": [(one.id, local(one, "title")) for one in import_queries.consultations_for(session, user)],
        "plans": [(one.id, one.title) for one in import_queries.plans_for(session, user)],
    }
    return render(request, "imports/new.html", context, status_code=status_code)


def _render_import(
    request: Request,
    session: Session,
    settings: Settings,
    batch: ImportBatch,
    error: str = "",
    *,
    status_code: int = 200,
) -> Response:
    path = imports.kept_file(settings.data_dir, batch)
    job = session.get(Job, batch.job_id) if batch.job_id else None
    context: dict[str, Any] = {
        "batch": batch,
        "error": error,
        "job": job if job is not None and batch.finished_at is None else None,
        "problems": [(problem, columns.explain(problem)) for problem in batch.problems],  # type: ignore[arg-type]
        "missing": [one.label for one in columns.missing(batch.kind.value, batch.mapping)],
        "has_rejected": imports.rejected_file(settings.data_dir, batch).exists(),
        "is_waiting": batch.finished_at is None and path.exists(),
        "columns": [],
        "preview": [],
    }
    if context["is_waiting"]:
        importing = imports.Import(session, batch, path)
        field_of = {header: name for name, header in batch.mapping.items()}
        samples = [cells for _number, cells in zip(range(SAMPLED), importing.table.rows(), strict=False)]
        context["fields"] = columns.FIELDS[batch.kind.value]
        context["columns"] = [
            (place, name, [row[place] for _number, row in samples if row[place]], field_of.get(name, ""))
            for place, name in enumerate(importing.table.header)
        ]
        if not context["missing"]:
            context["preview"] = [_told(batch, row, importing) for row in importing.preview(PREVIEWED)]
    return render(request, "imports/show.html", context, status_code=status_code)


def _told(batch: ImportBatch, row: Row, importing: imports.Import) -> list[tuple[str, str]]:
    """Say what a row would become: each field by its name, each value as people say it."""
    told = []
    for one in columns.FIELDS[batch.kind.value]:
        value = row.values.get(one.name)
        if value is None or value == "":
            continue
        match one.name:
            case "area_code":
                told.append((_("พื้นที่"), importing.places.name(value)))
            case "requested" | "approved":
                told.append((_(one.label), baht(value)))
            case _other:
                told.append((_(one.label), label(value) if isinstance(value, StrEnum) else str(value)))
    return told
