"""On behalf of others and on paper: the entry screen for a pile of forms, the form itself, the sheet to fill in."""

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import permissions
from app.dependencies import (
    CurrentUser,
    NeedDep,
    SessionDep,
    SettingsDep,
    Visitor,
    access_consultation,
    demand,
    redirect,
)
from app.exceptions import InvalidInput
from app.forms import Bound, Posted
from app.forms import paper as paper_forms
from app.i18n import _, receipt, thai_date
from app.models import (
    AgentType,
    Area,
    AreaLevel,
    BehalfOf,
    Category,
    Consent,
    GatheredBy,
    Need,
    Urgency,
    User,
    ValueChainStage,
)
from app.queries import needs as need_queries
from app.queries import paper as paper_queries
from app.services import needs, paper, sheets
from app.services.paper import Teller
from app.templating import label, local, render

router = APIRouter()


@router.get("/paper")
def list_paper(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    """Show the ways in for people without the web: type for them, print the form, fill in a sheet."""
    _demand(user)
    return render(request, "paper/index.html", {"rounds": need_queries.open_consultations(session, user)})


@router.get("/paper/form.pdf")
def print_form(session: SessionDep, visitor: Visitor, settings: SettingsDep, consultation: int) -> Response:
    """Give the form of a round to whoever may know of the round; anybody may fill it in."""
    found = access_consultation(consultation, session, visitor)
    made = paper.form(found, title=local(found, "title"), settings=settings)
    headers = {
        "content-disposition": f'inline; filename="form-{found.id}.pdf"',
        "cache-control": "private, max-age=600",
    }
    return Response(made, media_type="application/pdf", headers=headers)


@router.get("/paper/template.xlsx")
def download_template(session: SessionDep, user: CurrentUser, consultation: int) -> Response:
    """Give the sheet to fill in, with the places of the person who asks."""
    _demand(user)
    found = access_consultation(consultation, session, user)
    areas = paper_queries.places(session, user, limit=sheets.MOST_PLACES)
    made = sheets.template(
        title=local(found, "title"),
        closes=thai_date(found.close_on),
        places=[area.full_th for area in areas if area.level is not AreaLevel.VILLAGE],
        villages=sorted({area.name_th for area in areas if area.level is AreaLevel.VILLAGE}),
    )
    headers = {"content-disposition": f'attachment; filename="needs-{found.id}.xlsx"', "cache-control": "no-store"}
    return Response(made, media_type=sheets.MEDIA_TYPE, headers=headers)


# The entry screen


@router.get("/paper/entry")
def new_entry(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    _demand(user)
    rounds = need_queries.open_consultations(session, user)
    bound = paper_forms.next_entry(request.query_params, rounds[0].id if rounds else None)
    return _show_desk(request, session, user, bound)


@router.post("/paper/entry")
def create_entry(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    _demand(user)
    bound = paper_forms.bind_entry(posted)
    need = _enter(session, user, bound)
    if need is None:
        session.rollback()
        return _show_desk(request, session, user, bound, status_code=422)
    done = _("เก็บแล้ว เลขที่เรื่อง {ref}").format(ref=receipt(need.ref))
    if request.headers.get("hx-request") == "true":
        following = paper_forms.next_entry(bound.raw, bound.value.consultation)
        return _show_desk(request, session, user, following, done=done)
    return redirect(paper_forms.address(bound.raw), done)


@router.post("/paper/entry/{ref}/undo")
def undo_entry(request: Request, session: SessionDep, user: CurrentUser, need: NeedDep) -> Response:
    """Take back what was typed by mistake; a form half typed on the same screen is not touched."""
    _demand(user)
    needs.withdraw(session, need, user, _("ผู้กรอกแทนกรอกผิด จึงถอน"))
    if request.headers.get("hx-request") == "true":
        context = {"sitting": paper_queries.sitting(session, user), "kept": request.url.query}
        return render(request, "paper/entry.html", context, fragment="list")
    return redirect(paper_forms.address(request.query_params), _("ถอนเรื่องแล้ว"))


def _demand(user: User) -> None:
    demand(permissions.can_speak_for_others(user), _("เฉพาะผู้นำในพื้นที่และเจ้าหน้าที่ ที่กรอกแทนคนอื่นได้"))


def _enter(session: Session, user: User, bound: Bound[paper_forms.EntryForm]) -> Need | None:
    """Keep what was typed; what must be mended goes on the form, all of it at once."""
    rounds = {str(one.id): one for one in need_queries.open_consultations(session, user)}
    consultation = rounds.get(str(bound.raw.get("consultation")))
    if consultation is None:
        bound.errors["consultation"] = _("รอบการรับฟังนี้ปิดรับแล้ว หรือไม่ใช่ของกลุ่มจังหวัดของคุณ กรุณาเลือกรอบอื่น")
        return None
    typed = {name: str(bound.raw.get(name) or "").strip() for name in ("area_code_query", "teller")}
    area: Area | None = None
    teller: Teller | None = None
    try:
        area = paper.find_place(session, user, consultation, typed["area_code_query"])
    except InvalidInput as problem:
        bound.errors["area_code_query"] = next(iter(problem.errors.values()))
    try:
        teller = paper.find_teller(session, user, typed["teller"])
    except InvalidInput as problem:
        bound.errors.update(problem.errors)
    if not bound.raw.get("consent") and (teller is None or teller.account is not user):
        bound.errors["consent"] = _("กรุณาเลือกว่าเจ้าของเรื่องยินยอมอย่างไร")
    if area is None or teller is None or not bound.is_valid:
        return None
    form = bound.value
    try:
        return paper.enter(
            session,
            user,
            teller if teller.account else Teller(name=teller.name, standing=form.standing, group=form.group),
            form.answers,
            consultation=consultation,
            area=area,
            client_uuid=str(form.client_uuid),
            body_hash=form.fingerprint(),
            consent=form.consent,
            channel=form.channel,
            paper_no=form.paper_no,
            told_on=form.told_on,
            are_households_sure=form.are_households_sure,
        )
    except InvalidInput as problem:
        bound.errors.update(problem.errors)
        return None


def _show_desk(
    request: Request,
    session: Session,
    user: User,
    bound: Bound[paper_forms.EntryForm],
    *,
    done: str = "",
    status_code: int = 200,
) -> Response:
    rounds = need_queries.open_consultations(session, user)
    context = {
        "form": bound,
        "done": done,
        "rounds": [(one.id, local(one, "title")) for one in rounds],
        "sitting": paper_queries.sitting(session, user),
        "kept": paper_forms.address(bound.raw).partition("?")[2],
        "roster": [named(row) for row in paper_queries.roster(session, user)],
        "places": [local(area, "full") for area in paper_queries.places(session, user)],
        "channels": coded(paper_forms.CHANNELS),
        "consents": coded(Consent),
        "standings": coded(AgentType),
        "categories": coded(Category),
        "urgencies": coded(Urgency),
        "behalves": coded(BehalfOf, {BehalfOf.SELF: _("ผู้บอกคนเดียว")}),
        "gatherings": coded(GatheredBy),
        "stages": coded(ValueChainStage),
    }
    return render(request, "paper/entry.html", context, fragment="desk", status_code=status_code)


def coded(members: Any, instead: dict[Any, str] | None = None) -> list[tuple[str, str]]:
    """Number the choices: on a keyboard a list jumps to the line that begins with the digit typed."""
    named = instead or {}
    return [(one.value, f"{place} {named.get(one) or label(one)}") for place, one in enumerate(members, start=1)]


def named(row: Any) -> str:
    """Write one of the roster so that picking the line says who is meant."""
    place = local(row, "full")
    standing: StrEnum | None = row.agent_type
    return " · ".join(
        part for part in (row.display_name, label(standing) if standing else "", place, f"#{row.id}") if part
    )
