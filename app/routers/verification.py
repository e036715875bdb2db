"""The verification queue: many needs, one page, one decision at a time for as many as are ticked."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import forms, permissions
from app.dependencies import CurrentUser, SessionDep, SettingsDep, demand
from app.exceptions import InvalidInput
from app.forms import Bound, Posted
from app.forms.verification import QueueForm, VerificationForm
from app.i18n import _
from app.models import GoTo, NeedAct, User
from app.queries import needs as need_queries
from app.queries import verification as queue_queries
from app.services import privacy, verification
from app.services.verification import Settled
from app.templating import local, render

router = APIRouter()
PATH = "/verification"


@router.get(PATH)
def show_queue(request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep) -> Response:
    _demand_officer(user)
    return _render(request, session, user, settings, forms.unbound(VerificationForm))


@router.post(PATH)
def settle_needs(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, posted: Posted
) -> Response:
    """Do one act to what was ticked, and say what came of it above the rest of the queue."""
    _demand_officer(user)
    bound = forms.bind(VerificationForm, posted)
    if bound.is_valid:
        form = bound.value
        note = verification.questions(form.question, form.note) if form.wanted is NeedAct.RETURN else ""
        try:
            settled = verification.settle(
                session, user, form.refs, form.wanted, settings,
                note=note, go_to=form.go_to, organization_id=form.organization,
            )  # fmt: skip
        except InvalidInput as problem:
            session.rollback()
            bound.errors.update(problem.errors)
        else:
            session.flush()
            return _render(request, session, user, settings, forms.unbound(VerificationForm), settled=settled)
    return _render(request, session, user, settings, bound, status_code=422)


def _demand_officer(user: User) -> None:
    demand(user.role in permissions.OFFICERS, _("หน้านี้เป็นของเจ้าหน้าที่ที่ตรวจเรื่อง"))


def _render(
    request: Request,
    session: Session,
    user: User,
    settings: SettingsDep,
    bound: Bound[VerificationForm],
    *,
    settled: Settled | None = None,
    status_code: int = 200,
) -> Response:
    asked = forms.bind(QueueForm, request.query_params)
    narrowed = asked.value if asked.is_valid else QueueForm()
    page = partial(queue_queries.page, session, user, settings, is_late=narrowed.late, is_flagged=narrowed.flagged)
    queue = page(after=narrowed.after)
    if narrowed.after and not queue.needs:  # everything on the page was decided
        queue = page()
    done = _(verification.DONE[settled.act]).format(count=len(settled.done)) if settled else ""
    context: dict[str, Any] = {
        "form": bound,
        "queue": queue,
        "settled": settled,
        "done": done,
        "acts": verification.acts_of(user),
        "is_late": narrowed.late,
        "is_flagged": narrowed.flagged,
        "pieces": {need.ref: privacy.pieces(need.problem) for need in queue.needs},
        "late_needs": {need.ref for need in queue.needs if permissions.is_certifying_late(need, settings)},
        "here": _address(narrowed, narrowed.after),
        "next_url": _address(narrowed, queue.next) if queue.next else None,
        "ticked": bound.raw.get("ref") or [],
        "question_choices": [(key, _(text)) for key, text in verification.QUESTIONS.items()],
        "places_to_go": list(GoTo),
        "organization_choices": [(one.id, local(one, "name")) for one in need_queries.organizations(session)],
    }
    return render(request, "verification/index.html", context, fragment="queue", status_code=status_code)


def _address(asked: QueueForm, after: str | None) -> str:
    kept = {"late": asked.late, "flagged": asked.flagged, "after": after}
    query = urlencode({name: "1" if value is True else value for name, value in kept.items() if value})
    return f"{PATH}?{query}" if query else PATH
