"""Where, when and in what language a person is told; links in letters; what LINE tells us."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from app.channels import line, push
from app.config import Settings
from app.dependencies import (
    CurrentUser,
    SessionDep,
    SettingsDep,
    SubscriptionDep,
    Visitor,
    device_name,
    redirect,
)
from app.exceptions import NotAllowed, NotFound
from app.forms import Bound, Posted, bind, unbound
from app.forms.subscriptions import EmailForm, PreferencesForm, PushForm
from app.i18n import N_, _
from app.models import DeliveryChannel, User
from app.queries import subscriptions as subscription_queries
from app.services import subscriptions
from app.templating import render

router = APIRouter()
HOME = "/account/subscriptions"
LANGUAGES = (("th", N_("ภาษาไทย")), ("en", N_("ภาษาอังกฤษ")))


@router.get(HOME)
def list_subscriptions(request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser) -> Response:
    return _render(request, session, settings, user)


@router.post(f"{HOME}/preferences")
def update_preferences(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(PreferencesForm, posted)
    if not form.is_valid:
        return _render(request, session, settings, user, form)
    subscriptions.choose(session, session.get_one(User, user.id), **form.value.model_dump())
    return redirect(HOME, _("บันทึกแล้ว"))


@router.post(f"{HOME}/email")
def add_email(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(EmailForm, posted)
    if not form.is_valid:
        return _render(request, session, settings, user, form)
    request.app.state.sign_in_limit.hit((f"email:{user.id}",))
    added = subscriptions.add_email(session, user, form.value.address)
    sent = _("ส่งอีเมลไปที่ {address} แล้ว เปิดอีเมลแล้วกดยืนยันภายใน 2 วัน").format(address=form.value.address)
    return redirect(HOME, _("บันทึกแล้ว") if added.confirmed_at else sent)


@router.post(f"{HOME}/push")
def add_push(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser, given: PushForm
) -> Response:
    """Take what the browser hands out; sent by script, since nothing else can."""
    subscriptions.add_push(
        session,
        user,
        endpoint=given.endpoint,
        keys=given.keys.model_dump(),
        device=device_name(request),
        settings=settings,
    )
    return Response(status_code=204)


@router.post(f"{HOME}/line")
def start_line(request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser) -> Response:
    if not settings.has_line:
        raise NotFound(_("เว็บนี้ยังไม่ได้เชื่อมกับไลน์"))
    code = subscriptions.start_line(session, user)
    return _render(request, session, settings, user, code=code)


@router.post(f"{HOME}/{{subscription_id}}/turn")
def turn_subscription(session: SessionDep, found: SubscriptionDep, posted: Posted) -> Response:
    is_on = posted.get("is_on") == "true"
    subscriptions.turn(session, found, is_on=is_on)
    return redirect(HOME, _("จะส่งข่าวทางนี้ต่อ") if is_on else _("หยุดส่งข่าวทางนี้แล้ว"))


@router.post(f"{HOME}/{{subscription_id}}/remove")
def remove_subscription(session: SessionDep, found: SubscriptionDep) -> Response:
    subscriptions.remove(session, found)
    return redirect(HOME, _("เอาออกแล้ว"))


# Links in letters. Opening one changes nothing: mail programs open links by themselves.


@router.get("/confirm/{token}")
def show_confirmation(
    request: Request, session: SessionDep, settings: SettingsDep, user: Visitor, token: str
) -> Response:
    found = subscriptions.find_to_confirm(session, token, settings)
    return render(
        request, "subscriptions/confirm.html", {"address": found.address, "is_done": bool(found.confirmed_at)}
    )


@router.post("/confirm/{token}")
def confirm_email(request: Request, session: SessionDep, settings: SettingsDep, user: Visitor, token: str) -> Response:
    found = subscriptions.confirm_email(session, token, settings)
    return render(request, "subscriptions/confirm.html", {"address": found.address, "is_done": True})


@router.get("/unsubscribe/{token}")
def show_unsubscription(
    request: Request, session: SessionDep, settings: SettingsDep, user: Visitor, token: str
) -> Response:
    found = subscriptions.find_to_unsubscribe(session, token, settings)
    return render(request, "subscriptions/unsubscribe.html", {"address": found.address, "is_done": not found.is_on})


@router.post("/unsubscribe/{token}")
def unsubscribe(request: Request, session: SessionDep, settings: SettingsDep, user: Visitor, token: str) -> Response:
    """Pressed by a person, or by their mail program in one click, which is nobody's sign-in."""
    found = subscriptions.find_to_unsubscribe(session, token, settings)
    subscriptions.turn(session, found, is_on=False)
    return render(request, "subscriptions/unsubscribe.html", {"address": found.address, "is_done": True})


# What LINE tells us


async def read_line_events(request: Request, settings: SettingsDep) -> list[dict[str, Any]]:
    """Read events once it is certain that LINE wrote them, byte by byte."""
    body = await request.body()
    if not line.is_from_line(settings, body, request.headers.get("x-line-signature", "")):
        raise NotAllowed(_("ลายเซ็นไม่ถูกต้อง"))
    found: list[dict[str, Any]] = json.loads(body).get("events", [])
    return found


@router.post("/line/webhook")
def hear_line(session: SessionDep, events: Annotated[list[dict[str, Any]], Depends(read_line_events)]) -> Response:
    subscriptions.hear_line(session, events)
    return Response(status_code=200)


def _render(
    request: Request,
    session: Session,
    settings: Settings,
    user: User,
    form: Bound[Any] | None = None,
    *,
    code: str = "",
) -> Response:
    person = session.get_one(User, user.id)
    own = subscription_queries.own(session, user)
    line_own = [one for one in own if one.channel is DeliveryChannel.LINE and one.confirmed_at]
    preferences = unbound(
        PreferencesForm,
        locale=person.locale,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
    )
    email = next((one for one in own if one.channel is DeliveryChannel.EMAIL), None)
    context = {
        "form": form,
        "preferences": form if form and "locale" in form.raw else preferences,
        "email_form": form if form and "address" in form.raw else unbound(EmailForm),
        "person": person,
        "email": email,
        "browsers": [one for one in own if one.channel is DeliveryChannel.PUSH],
        "line": line_own[0] if line_own else None,
        "code": code,
        "push_key": push.public_key(settings),
        "hours": [(hour, f"{hour:02d}:00") for hour in range(24)],
        "locales": [(code, _(name)) for code, name in LANGUAGES],
    }
    return render(request, "subscriptions/index.html", context, status_code=422 if form else 200)
