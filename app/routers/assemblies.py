"""Assemblies (ประชาคม): one meeting written down, its needs ranked by the villagers, sent together."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from app import permissions
from app.dependencies import AssemblyDep, CurrentUser, SessionDep, SettingsDep, demand, redirect
from app.exceptions import InvalidInput, NotFound
from app.forms import Bound, Posted, bind
from app.forms import assemblies as assembly_forms
from app.i18n import _
from app.models import AgentType, Area, Assembly, Category, Consultation, RankedBy, Sector, Urgency, User
from app.queries import assemblies as assembly_queries
from app.queries import needs as need_queries
from app.queries import paper as paper_queries
from app.routers.needs import UploadsDep
from app.routers.paper import coded, named
from app.services import assemblies, paper, photos
from app.services.paper import Teller
from app.templating import local, render

router = APIRouter()


@router.get("/assemblies")
def list_assemblies(request: Request, session: SessionDep, user: CurrentUser, before: int | None = None) -> Response:
    _demand(user)
    page = assembly_queries.page(session, user, before=before)
    context = {
        "page": page,
        "next_url": f"/assemblies?before={page.next}" if page.next else None,
        "may_create": bool(need_queries.open_consultations(session, user)),
    }
    return render(request, "assemblies/index.html", context)


# The meeting


@router.get("/assemblies/new")
def new_assembly(request: Request, session: SessionDep, user: CurrentUser, consultation: int | None = None) -> Response:
    _demand(user)
    rounds = need_queries.open_consultations(session, user)
    chosen = consultation or (rounds[0].id if rounds else None)
    own = {"chair": user.display_name} if user.agent_type is AgentType.VILLAGE_HEAD else {}
    if user.area is not None and len(user.area.code) >= 6:
        own["area_code_query"] = user.area.full_th
    return _show_form(request, session, user, assembly_forms.blank_assembly(chosen, **own))


@router.post("/assemblies")
def create_assembly(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    _demand(user)
    bound = assembly_forms.bind_assembly(posted)
    rounds = {str(one.id): one for one in need_queries.open_consultations(session, user)}
    consultation = rounds.get(str(bound.raw.get("consultation")))
    if consultation is None:
        bound.errors["consultation"] = _("รอบการรับฟังนี้ปิดรับแล้ว หรือไม่ใช่ของกลุ่มจังหวัดของคุณ กรุณาเลือกรอบอื่น")
        return _show_form(request, session, user, bound, status_code=422)
    area, chair = _find(session, user, consultation, bound)
    if area is None or chair is None or not bound.is_valid:
        return _show_form(request, session, user, bound, status_code=422)
    made = assemblies.create(
        session, user, bound.value.meeting,
        consultation=consultation, area=area, chair=chair, client_uuid=str(bound.value.client_uuid),
    )  # fmt: skip
    return redirect(f"/assemblies/{made.id}")


@router.get("/assemblies/{assembly_id}/edit")
def edit_assembly(request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep) -> Response:
    if not permissions.can_edit_assembly(user, assembly):
        return redirect(f"/assemblies/{assembly.id}")
    account = assembly.chaired_by
    chair = f"{assembly.chair} · #{account.id}" if account and account.id != user.id else assembly.chair
    bound = assembly_forms.filled_assembly(assembly, area=assembly.area.full_th, chair=chair)
    return _show_form(request, session, user, bound, assembly=assembly)


@router.post("/assemblies/{assembly_id}/edit")
def update_assembly(
    request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep, posted: Posted
) -> Response:
    bound = assembly_forms.bind_assembly(posted)
    area, chair = _find(session, user, assembly.consultation, bound)
    if area is None or chair is None or not bound.is_valid:
        return _show_form(request, session, user, bound, assembly=assembly, status_code=422)
    assemblies.edit(session, assembly, user, bound.value.meeting, area=area, chair=chair)
    return redirect(f"/assemblies/{assembly.id}", _("แก้ข้อมูลประชาคมแล้ว"))


def _find(
    session: Session, user: User, consultation: Consultation, bound: Bound[assembly_forms.AssemblyForm]
) -> tuple[Area | None, Teller | None]:
    """Read where it was held and who chaired it; what is not found goes on the form."""
    area: Area | None = None
    chair: Teller | None = None
    try:
        area = paper.find_place(session, user, consultation, str(bound.raw.get("area_code_query") or "").strip())
    except InvalidInput as problem:
        bound.errors["area_code_query"] = next(iter(problem.errors.values()))
    typed = str(bound.raw.get("chair") or "").strip()
    if typed == user.display_name:
        return area, Teller(account=user)
    try:
        chair = paper.find_teller(session, user, typed)
    except InvalidInput as problem:
        bound.errors["chair"] = _("กรุณาใส่ชื่อประธาน") if not typed else problem.message
    if chair is not None and not chair.account and not chair.name:
        bound.errors["chair"] = _("กรุณาใส่ชื่อประธาน")
    return area, chair


def _show_form(
    request: Request,
    session: Session,
    user: User,
    bound: Bound[assembly_forms.AssemblyForm],
    *,
    assembly: Assembly | None = None,
    status_code: int = 200,
) -> Response:
    context = {
        "form": bound,
        "assembly": assembly,
        "rounds": [(one.id, local(one, "title")) for one in need_queries.open_consultations(session, user)],
        "sectors": list(Sector),
        "rankings": list(RankedBy),
        "roster": [named(row) for row in paper_queries.roster(session, user)],
        "places": [local(area, "full") for area in paper_queries.places(session, user)],
    }
    return render(request, "assemblies/edit.html", context, status_code=status_code)


# What was asked for, and its order


@router.get("/assemblies/{assembly_id}")
def show_assembly(request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep) -> Response:
    return _show(request, session, user, assembly)


@router.post("/assemblies/{assembly_id}/items")
def add_item(
    request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep, posted: Posted
) -> Response:
    _keep_counts(session, user, assembly, posted)
    bound = assembly_forms.bind_item(posted)
    if bound.is_valid:
        form = bound.value
        try:
            assemblies.add_item(
                session, assembly, user, form.answers,
                client_uuid=str(form.client_uuid), are_households_sure=form.are_households_sure,
            )  # fmt: skip
        except InvalidInput as problem:
            bound.errors.update(problem.errors or {"problem": problem.message})
        else:
            return _done(request, session, user, assembly)
    return _show(request, session, user, assembly, item_form=bound, status_code=422)


@router.post("/assemblies/{assembly_id}/items/{item_id}/remove")
def remove_item(
    request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep, item_id: int, posted: Posted
) -> Response:
    _keep_counts(session, user, assembly, posted)
    assemblies.remove_item(session, assembly, user, item_id)
    return _done(request, session, user, assembly)


@router.post("/assemblies/{assembly_id}/ranks")
def rank_items(
    request: Request, session: SessionDep, user: CurrentUser, assembly: AssemblyDep, posted: Posted
) -> Response:
    """Rank by what was typed, or move one item up or down among its neighbours."""
    for direction in ("up", "down"):
        if (moved := str(posted.get(direction, ""))).isdigit():
            assemblies.move(session, assembly, user, int(moved), up=direction == "up")
            return _done(request, session, user, assembly)
    bound = assembly_forms.read_counts(posted, assembly.items, assembly.ranked_by)
    if bound.errors:
        return _show(request, session, user, assembly, counts=bound, status_code=422)
    _keep_counts(session, user, assembly, posted)
    return _done(request, session, user, assembly)


@router.post("/assemblies/{assembly_id}/finish")
def finish_assembly(
    request: Request,
    user: CurrentUser,
    uploads: UploadsDep,
    posted: Posted,
    session: SessionDep,
    settings: SettingsDep,
    assembly: AssemblyDep,
) -> Response:
    """Keep the minutes and the photo of the sheet people signed; and, when asked, send it all."""
    bound = bind(assembly_forms.FinishForm, posted)
    bound.errors.update(uploads.errors)
    if bound.is_valid:
        sheet = uploads.pictures[0] if uploads.pictures else None
        if sheet is not None:
            photos.save(settings, sheet)
        assemblies.keep(session, assembly, user, minutes=bound.value.minutes, sheet=sheet)
        if not bound.value.is_sending:
            return redirect(f"/assemblies/{assembly.id}", _("เก็บบันทึกแล้ว"))
        try:
            count = assemblies.send(session, assembly, user)
        except InvalidInput as problem:
            bound.errors["send"] = problem.message
        else:
            return redirect(f"/assemblies/{assembly.id}", _("ส่งแล้ว {count} เรื่อง").format(count=count))
    return _show(request, session, user, assembly, finish=bound, status_code=422)


@router.get("/assemblies/{assembly_id}/sheet")
def show_sheet(settings: SettingsDep, user: CurrentUser, assembly: AssemblyDep) -> FileResponse:
    """Show the photo of the sheet people signed: names and signatures, for those who verify and who wrote it down."""
    if not assembly.sheet_file:
        raise NotFound(_("ไม่พบรูปนี้"))
    headers = {"cache-control": "private, no-store"}
    return FileResponse(photos.path(settings, assembly.sheet_file), media_type="image/webp", headers=headers)


@router.get("/assemblies/{assembly_id}/minutes.pdf")
def print_minutes(settings: SettingsDep, assembly: AssemblyDep) -> Response:
    made = assemblies.minutes(
        assembly,
        area=local(assembly.area, "full"),
        title=local(assembly.consultation, "title"),
        writer=assembly.created_by.display_name,
        settings=settings,
    )
    headers = {"content-disposition": f'inline; filename="assembly-{assembly.id}.pdf"', "cache-control": "no-store"}
    return Response(made, media_type="application/pdf", headers=headers)


def _demand(user: User) -> None:
    demand(permissions.can_speak_for_others(user), _("เฉพาะผู้นำในพื้นที่และเจ้าหน้าที่ ที่บันทึกประชาคมได้"))


def _keep_counts(session: Session, user: User, assembly: Assembly, posted: FormData) -> None:
    """Keep what was typed beside the items when another button than the ranking's was pressed."""
    bound = assembly_forms.read_counts(posted, assembly.items, assembly.ranked_by)
    if not bound.errors and any(key.startswith("count-") for key in posted):
        typed = {item.id: bound.raw[f"count-{item.id}"] for item in assembly.items}
        assemblies.rank(session, assembly, user, {one: int(text) if text else None for one, text in typed.items()})


def _done(request: Request, session: Session, user: User, assembly: Assembly) -> Response:
    """Show the list as it is now to htmx; lead anything else back to it."""
    if request.headers.get("hx-request") == "true":
        return _show(request, session, user, assembly)
    return redirect(f"/assemblies/{assembly.id}")


def _show(
    request: Request,
    session: Session,
    user: User,
    assembly: Assembly,
    *,
    item_form: Bound[assembly_forms.ItemForm] | None = None,
    counts: Bound[Any] | None = None,
    finish: Bound[assembly_forms.FinishForm] | None = None,
    status_code: int = 200,
) -> Response:
    context = {
        "assembly": assembly,
        "items": assemblies.in_order(assembly),
        "came": assemblies.came(assembly),
        "refs": assembly_queries.refs(session, assembly, user),
        "item_form": item_form or assembly_forms.blank_item(),
        "counts": counts,
        "finish": finish,
        "by_votes": assembly.ranked_by is RankedBy.VOTES,
        "categories": coded(Category),
        "urgencies": coded(Urgency),
        "form": next((one for one in (item_form, counts, finish) if one is not None), None),
    }
    return render(request, "assemblies/show.html", context, fragment="work", status_code=status_code)
