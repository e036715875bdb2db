"""What the public reads."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app import permissions
from app.dependencies import ConsultationDep, SessionDep, SettingsDep, Visitor
from app.exceptions import NotFound
from app.i18n import _
from app.models import Consultation
from app.queries import outcomes as outcome_queries
from app.services import outcomes
from app.templating import render

router = APIRouter()


@router.get("/outcomes")
def list_outcomes(request: Request, session: SessionDep, user: Visitor) -> Response:
    return render(request, "outcomes/index.html", {"consultations": outcome_queries.listed(session, user)})


def access_outcome(consultation: ConsultationDep, user: Visitor) -> Consultation:
    """An outcome is public once its summary is; before that, it is its planners' to look at."""
    if not permissions.can_see_outcome(user, consultation):
        raise NotFound(_("ผลของรอบนี้ยังไม่เผยแพร่"))
    return consultation


OutcomeDep = Annotated[Consultation, Depends(access_outcome)]


@router.get("/outcomes/{consultation_id}.csv")
def download_outcome(consultation: OutcomeDep, session: SessionDep) -> Response:
    """Give the topics and their answers as a table that opens in a spreadsheet."""
    table = outcomes.as_csv(outcome_queries.outcome(session, consultation))
    headers = {"content-disposition": f'attachment; filename="outcome-{consultation.id}.csv"'}
    return Response(table, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/outcomes/{consultation_id}.json")
def describe_outcome(consultation: OutcomeDep, session: SessionDep, settings: SettingsDep) -> Response:
    """Describe the table as the government's data catalogue asks for it."""
    outcome = outcome_queries.outcome(session, consultation)
    return JSONResponse(outcomes.metadata(consultation, outcome, settings))


@router.get("/outcomes/{consultation_id}")
def show_outcome(request: Request, consultation: OutcomeDep, session: SessionDep) -> Response:
    context = {
        "consultation": consultation,
        "outcome": outcome_queries.outcome(session, consultation),
        "small": outcome_queries.SMALL,
        "is_preview": not consultation.is_outcome_public,
    }
    return render(request, "outcomes/show.html", context)
