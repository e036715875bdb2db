"""How well a plan answers what people asked for."""

from fastapi import APIRouter, Request, Response

from app import permissions
from app.dependencies import PlanDep, SessionDep, Visitor
from app.exceptions import NotFound
from app.i18n import _
from app.models import Stage
from app.queries import alignment as alignment_queries
from app.queries import outcomes
from app.queries.outcomes import SMALL
from app.templating import render

router = APIRouter()


@router.get("/plans/{plan_id}/alignment")
def show_alignment(
    request: Request, plan: PlanDep, session: SessionDep, user: Visitor, consultation: int | None = None
) -> Response:
    rounds = [one for one in alignment_queries.consultations(session, plan) if permissions.can_see_topics(user, one)]
    if consultation is not None and consultation not in [one.id for one in rounds]:
        raise NotFound(_("ไม่พบรอบการรับฟังนี้"))
    chosen = next((one for one in rounds if one.id == consultation), None)
    if chosen is None:  # the latest that is closed: while needs still come in, there is nothing to compare yet
        chosen = next((one for one in rounds if one.stage.order >= Stage.CLOSED.order), rounds[0] if rounds else None)
    reads_all = permissions.can_see_small_counts(user, plan.cluster_code)
    outcome = outcomes.outcome(session, chosen) if chosen is not None and not reads_all else None
    context = {
        "plan": plan,
        "rounds": rounds,
        "figures": alignment_queries.figures(session, plan, chosen),
        "hidden": outcome.hidden_topics if outcome else set(),
        "small": 0 if reads_all else SMALL,
        "hidden_provinces": outcome.hidden_provinces if outcome else set(),
        "stages": alignment_queries.STAGES,
        "may_settle": permissions.can_settle_links(user, plan.cluster_code),
    }
    return render(request, "alignment/show.html", context)
