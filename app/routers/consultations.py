"""Rounds of listening: listed, shown, described by planners, moved from stage to stage."""

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import permissions
from app.dependencies import ConsultationDep, CurrentUser, SessionDep, Visitor, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted, bind, unbound
from app.forms.consultations import ConsultationForm
from app.i18n import _, today, typed_date
from app.models import Consultation, ParticipationLevel, Publicity, Stage, User
from app.queries import consultations as consultation_queries
from app.services import consultations
from app.templating import local, render

router = APIRouter()

FEW = 5  # smaller numbers are not told to the public: they could point at one person


@router.get("/consultations")
def list_consultations(
    request: Request, session: SessionDep, user: Visitor, cluster: str = "", cursor: str = ""
) -> Response:
    page = consultation_queries.page(session, user, cluster_code=cluster, cursor=cursor)
    more = urlencode({"cluster": cluster, "cursor": page.next_cursor})
    context = {
        "page": page,
        "options": [(one.code, local(one, "name")) for one in consultation_queries.clusters(session)],
        "cluster": cluster,
        "few": FEW,
        "next_url": f"{request.url.path}?{more}" if page.next_cursor else None,
    }
    return render(request, "consultations/index.html", context)


@router.get("/consultations/new")
def new_consultation(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    _demand_create(user)
    form = unbound(ConsultationForm, participation_level=ParticipationLevel.CONSULT)
    return _render_form(request, session, user, form)


@router.post("/consultations")
def create_consultation(request: Request, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    _demand_create(user)
    form = bind(ConsultationForm, posted)
    if form.is_valid:
        try:
            facts = form.value.model_dump()
            made = consultations.create(session, by=user, cluster_code=user.cluster_code or "", **facts)
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, made), _("บันทึกร่างรอบการรับฟังแล้ว ยังไม่มีใครเห็นจนกว่าจะประกาศ"))
    return _render_form(request, session, user, form, status_code=422)


@router.get("/consultations/{consultation_id}")
def show_consultation(request: Request, session: SessionDep, user: Visitor, consultation: ConsultationDep) -> Response:
    may_advance = permissions.can_advance_consultation(user, consultation)
    context = {
        "consultation": consultation,
        "received": consultation_queries.received_counts(session, [consultation.id]).get(consultation.id, 0),
        "districts": consultation_queries.district_count(session, consultation),
        "counts": consultation_queries.status_counts(session, user, consultation),
        "few": FEW,
        "today": today(),
        "may_advance": may_advance,
        "obstacle": consultations.obstacle(session, consultation) if may_advance else "",
        "stage_labels": [_(stage.label) for stage in Stage if stage not in (Stage.DRAFT, Stage.ARCHIVED)],
        "links": _links(request, user, consultation),
    }
    return render(request, "consultations/show.html", context)


@router.get("/consultations/{consultation_id}/edit")
def edit_consultation(
    request: Request, session: SessionDep, user: CurrentUser, consultation: ConsultationDep
) -> Response:
    _demand_edit(user, consultation)
    facts = {name: getattr(consultation, name) for name in ConsultationForm.model_fields}
    days = {name: typed_date(facts[name]) for name in ("announce_on", "open_on", "close_on")}
    return _render_form(request, session, user, unbound(ConsultationForm, **(facts | days)), consultation)


@router.post("/consultations/{consultation_id}/edit")
def update_consultation(
    request: Request, session: SessionDep, user: CurrentUser, consultation: ConsultationDep, posted: Posted
) -> Response:
    _demand_edit(user, consultation)
    form = bind(ConsultationForm, posted)
    if form.is_valid:
        try:
            consultations.update(session, consultation, by=user, **form.value.model_dump())
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(_path(request, consultation), _("บันทึกรอบการรับฟังแล้ว"))
    return _render_form(request, session, user, form, consultation, status_code=422)


@router.post("/consultations/{consultation_id}/advance")
def advance_consultation(
    request: Request, session: SessionDep, user: CurrentUser, consultation: ConsultationDep
) -> Response:
    demand(
        permissions.can_advance_consultation(user, consultation),
        _("ขั้นตอนนี้เป็นหน้าที่ของ OSM การเผยแพร่เป็นหน้าที่ของหัวหน้า OSM"),
    )
    stage = consultations.advance(session, consultation, by=user)
    return redirect(_path(request, consultation), _("ขั้นตอนของรอบนี้: {stage}").format(stage=_(stage.label)))


def _demand_create(user: User) -> None:
    demand(permissions.can_create_consultation(user), _("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดที่สร้างรอบการรับฟังได้"))


def _demand_edit(user: User, consultation: Consultation) -> None:
    demand(
        permissions.can_edit_consultation(user, consultation),
        _("เฉพาะเจ้าหน้าที่ OSM ของกลุ่มจังหวัดนี้ที่แก้รอบการรับฟังได้"),
    )


def _links(request: Request, user: User | None, consultation: Consultation) -> list[tuple[str, str]]:
    """Return the pages of a round that this person may open."""
    settles = permissions.can_settle_links(user, consultation.cluster_code)
    one = {"consultation_id": str(consultation.id)}
    query = urlencode({"consultation": consultation.id})
    links = []
    if user is not None:
        links.append((_("ความต้องการในรอบนี้"), f"{request.url_for('list_needs').path}?{query}"))
    if permissions.can_see_topics(user, consultation):
        links.append((_("ประเด็น"), request.url_for("list_topics", **one).path))
    if settles:
        links.append((_("ความเชื่อมโยงกับโครงการ"), request.url_for("list_links", **one).path))
        links.append((_("คำตอบ"), request.url_for("list_responses", **one).path))
    if permissions.can_see_outcome(user, consultation):
        links.append((_("ผลการรับฟัง"), request.url_for("show_outcome", **one).path))
    if settles and consultation.plan_id:
        alignment = request.url_for("show_alignment", plan_id=consultation.plan_id).path
        links.append((_("ความสอดคล้องของแผน"), f"{alignment}?{query}"))
    return links


def _path(request: Request, consultation: Consultation) -> str:
    return request.url_for("show_consultation", consultation_id=consultation.id).path


def _render_form(
    request: Request,
    session: Session,
    user: User,
    form: Bound[ConsultationForm],
    consultation: Consultation | None = None,
    *,
    status_code: int = 200,
) -> Response:
    cluster_code = consultation.cluster_code if consultation else user.cluster_code or ""
    context: dict[str, Any] = {
        "form": form,
        "consultation": consultation,
        "settled": consultations.settled_fields(consultation) if consultation else frozenset(),
        "levels": list(ParticipationLevel),
        "channels": list(Publicity),
        "plans": [(plan.id, plan.title) for plan in consultation_queries.plans_of(session, cluster_code)],
    }
    return render(request, "consultations/edit.html", context, status_code=status_code)
