"""What the public reads."""

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import ConsultationDep, SessionDep, Visitor
from app.exceptions import NotFound
from app.i18n import _
from app.queries import outcomes as outcome_queries
from app.templating import render

router = APIRouter()


@router.get("/outcomes")
def list_outcomes(request: Request, session: SessionDep, user: Visitor) -> Response:
    return render(request, "outcomes/index.html", {"consultations": outcome_queries.listed(session, user)})


@router.get("/outcomes/{consultation_id}")
def show_outcome(request: Request, consultation: ConsultationDep, session: SessionDep, user: Visitor) -> Response:
    if not permissions.can_see_outcome(user, consultation):
        raise NotFound(_("ผลของรอบนี้ยังไม่เผยแพร่"))
    context = {
        "consultation": consultation,
        "outcome": outcome_queries.outcome(session, consultation),
        "small": outcome_queries.SMALL,
        "is_preview": not consultation.is_outcome_public,
    }
    return render(request, "outcomes/show.html", context)
