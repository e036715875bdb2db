"""How far a round reaches: places and people, reminders, the roster as a file, and a sheet of invitations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from app import forms
from app.database import now
from app.dependencies import CurrentUser, SessionDep, SettingsDep, redirect
from app.exceptions import InvalidInput, NotFound
from app.forms import Bound, Posted
from app.forms.reach import ReachForm, ReminderForm, SheetForm
from app.i18n import _
from app.models import AgentType, Area, Consultation, Invitation, User
from app.queries import reach as reach_queries
from app.queries.reach import Show
from app.services import reach
from app.templating import local, render

router = APIRouter()
DISTRICT, SUBDISTRICT = 4, 6


@dataclass(frozen=True)
class Scope:
    """Who asks, about which round of theirs (None: there is none), and which place (None: all of theirs)."""

    user: User
    rounds: list[Consultation]
    consultation: Consultation | None
    area: Area | None

    @property
    def within(self) -> str:
        return self.area.code if self.area else self.user.area_code or ""

    def address(self, path: str = "/reach", **more: Any) -> str:
        usual = self.rounds[0] if self.rounds else None
        kept = {
            "consultation": self.consultation.id if self.consultation and self.consultation is not usual else None,
            "area": self.area.code if self.area else None,
            **more,
        }
        query = urlencode({name: value for name, value in kept.items() if value})
        return f"{path}?{query}" if query else path


def find_scope(session: Session, user: User, asked: ReachForm) -> Scope:
    """Return what is asked about. Raises NotFound for a round or place that is not this person's."""
    rounds = list(reach_queries.rounds(session, user))
    chosen = rounds[0] if rounds else None
    if asked.consultation is not None:
        chosen = next((one for one in rounds if one.id == asked.consultation), None)
        if chosen is None:
            raise NotFound(_("ไม่พบรอบการรับฟังนี้"))
    area = reach_queries.place(session, user, asked.area) if asked.area else None
    if asked.area and (area is None or len(area.code) > SUBDISTRICT):
        raise NotFound(_("ไม่พบพื้นที่นี้ในความดูแลของคุณ"))
    return Scope(user, rounds, chosen, area)


def officer(user: CurrentUser) -> User:
    reach.demand_reach(user)
    return user


Officer = Annotated[User, Depends(officer)]


def read_query(request: Request) -> ReachForm:
    asked = forms.bind(ReachForm, request.query_params)
    if not asked.is_valid:
        raise NotFound(_("ไม่พบหน้านี้ อาจพิมพ์ที่อยู่ผิด หรือหน้านี้ถูกย้ายไปแล้ว"))
    return asked.value


Asked = Annotated[ReachForm, Depends(read_query)]


@router.get("/reach")
def show_reach(request: Request, session: SessionDep, user: Officer, asked: Asked) -> Response:
    scope = find_scope(session, user, asked)
    consultation, within = scope.consultation, scope.within
    people: Sequence[Any] = ()
    invited: Sequence[Invitation] = ()
    if asked.show is Show.INVITED:
        invited, following = reach_queries.invited(session, user, within=within, after=asked.after)
    else:
        page = reach_queries.roster(session, user, consultation, asked.show, within=within, after=asked.after)
        people, following = page.people, page.next
    counts = reach_queries.list_counts(session, user, consultation, within)
    context = {
        "scope": scope,
        "coverage": reach_queries.coverage(session, user, consultation, within),
        "at": now(),
        "show": asked.show.value,
        "counts": {show.value: count for show, count in counts.items()},
        "people": people,
        "invited": invited,
        "round_choices": [(one.id, local(one, "title")) for one in scope.rounds],
        "sheet_url": scope.address("/reach/invitations") if len(within) >= DISTRICT else None,
        "remind_before": now() - reach.REMIND_EVERY,
        "may_remind": reach.may_remind(consultation, asked.show),
        "next_url": scope.address(show=asked.show.value, after=following) if following else None,
    }
    return render(request, "reach/index.html", context)


@router.post("/reach/remind")
def remind_people(session: SessionDep, user: Officer, posted: Posted) -> Response:
    """Remind those who were ticked, or everyone in the list, and say how many were."""
    bound = forms.bind(ReminderForm, posted)
    if not bound.is_valid:
        raise InvalidInput(_("กรุณาเลือกคนที่จะเตือนก่อน"))
    asked = bound.value
    scope = find_scope(session, user, asked)
    if scope.consultation is None:
        raise NotFound(_("ไม่พบรอบการรับฟังนี้"))
    people = None if asked.everyone else asked.person
    reminded = reach.remind(session, user, scope.consultation, asked.show, people, within=scope.within)
    notice = _("เตือนแล้ว {count} คน").format(count=reminded.done)
    if reminded.too_soon:
        notice += " " + _("อีก {count} คนเพิ่งได้รับการเตือนใน 3 วันนี้ จึงไม่เตือนซ้ำ").format(count=reminded.too_soon)
    return redirect(scope.address(show=asked.show.value), notice)


@router.get("/reach/roster.csv")
def download_roster(session: SessionDep, user: Officer, asked: Asked) -> Response:
    scope = find_scope(session, user, asked)
    people = reach_queries.everybody(session, user, scope.consultation, scope.within)
    headers = {"content-disposition": 'attachment; filename="roster.csv"', "cache-control": "no-store"}
    return Response(reach.as_csv(people), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/reach/invitations")
def choose_places(request: Request, session: SessionDep, user: Officer, asked: Asked) -> Response:
    scope = find_scope(session, user, asked)
    return _render_places(request, session, scope, forms.unbound(SheetForm))


@router.post("/reach/invitations")
def print_invitations(
    request: Request, session: SessionDep, user: Officer, settings: SettingsDep, posted: Posted
) -> Response:
    """Invite somebody from each chosen place, and show the sheet to print: the only time its codes can be seen."""
    bound = forms.bind(SheetForm, posted)
    scope = find_scope(session, user, ReachForm(area=str(bound.raw.get("area") or "")))
    if bound.is_valid:
        form = bound.value
        try:
            made = reach.invite(session, user, form.place, form.agent_type, settings, within=scope.within)
        except InvalidInput as problem:
            session.rollback()
            bound.errors.update(problem.errors)
        else:
            address = settings.public_url.rstrip("/")
            cards = [(invitation, f"{address}/join/{token}") for invitation, token in made]
            context = {"cards": cards, "scope": scope, "back_url": scope.address()}
            return render(request, "reach/sheet.html", context, headers={"cache-control": "no-store"})
    return _render_places(request, session, scope, bound, status_code=422)


def _render_places(
    request: Request, session: Session, scope: Scope, bound: Bound[SheetForm], *, status_code: int = 200
) -> Response:
    if len(scope.within) < DISTRICT:
        raise NotFound(_("กรุณาเลือกอำเภอก่อน แล้วพิมพ์คำเชิญของอำเภอนั้น"))
    free = reach_queries.places_without_agent(session, scope.user, scope.within)[: reach.MOST_INVITED]
    context = {
        "form": bound,
        "scope": scope,
        "back_url": scope.address(),
        "choices": [(area.code, local(area, "full")) for area in free],
        "agent_types": list(AgentType),
        "usual": reach.usual_agent(free[0]).value if free else "",
    }
    return render(request, "reach/invitations.html", context, status_code=status_code)
