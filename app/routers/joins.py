"""Needs about the same thing: shown before sending and after, joined by one press, and left again."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app import permissions
from app.dependencies import CurrentUser, NeedDep, SessionDep, demand
from app.forms import needs as need_forms
from app.i18n import _
from app.queries import needs as need_queries
from app.routers.needs import ActingDep
from app.services import joins, needs
from app.services.joins import Similar
from app.templating import render

router = APIRouter()


@router.get("/needs/similar")
def show_similar(
    request: Request,
    session: SessionDep,
    user: CurrentUser,
    problem: str = "",
    area_code: Annotated[str, Query(max_length=8)] = "",
    consultation: str = "",
    joins_now: Annotated[str, Query(alias="joins", max_length=20)] = "",
) -> Response:
    """Answer the choices of a form: which needs of the place say what is being written; nothing if none do."""
    needs.index_waiting(request.app.state.engine)
    rounds = need_queries.open_consultations(session, user)
    chosen = next((one for one in rounds if str(one.id) == consultation), rounds[0] if rounds else None)
    found: list[Similar] = []
    if chosen is not None:
        found = joins.similar(session, user, problem, consultation_id=chosen.id, area_code=area_code or user.area_code)
    return render(request, "joins/_choices.html", {"similar": found, "chosen": joins_now, "no_other": needs.NO_OTHER})


@router.get("/needs/{ref}/similar")
def show_similar_of_need(request: Request, session: SessionDep, user: CurrentUser, need: NeedDep) -> Response:
    """Ask a sender whether what was sent is somebody else's need too; htmx gets the question alone."""
    demand(permissions.can_join_need(user, need), _("ร่วมกับเรื่องอื่นได้เฉพาะเรื่องของคุณที่ยังรอพิจารณา"))
    found = joins.similar(
        session, user, need.text, consultation_id=need.consultation_id, area_code=need.area_code, but=need.id
    )
    context = {"need": need, "similar": found, "no_other": needs.NO_OTHER}
    return render(request, "joins/show.html", context, fragment="question")


@router.post("/needs/{ref}/join")
def join_need(acting: ActingDep) -> Response:
    def answer(form: need_forms.ActForm) -> None:
        if form.joins == needs.NO_OTHER:
            needs.differ(acting.session, acting.need, acting.user)
        else:
            needs.join(acting.session, acting.need, acting.user, form.joins)

    differs = acting.bound.raw.get("joins") == needs.NO_OTHER
    return acting.do(answer, _("เก็บเป็นเรื่องของตัวเองแล้ว") if differs else _("นับเป็นอีกเสียงแล้ว คำของคุณยังอยู่ครบ"))


@router.post("/needs/{ref}/leave")
def leave_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda _form: needs.leave(acting.session, acting.need, acting.user),
        _("เลิกร่วมแล้ว เรื่องของคุณเป็นเรื่องของตัวเองอีกครั้ง"),
    )
