"""What people are told about their data: today's version, the ones before it, a new one."""

from fastapi import APIRouter, Request, Response

from app import permissions
from app.database import now
from app.dependencies import CurrentUser, SessionDep, SettingsDep, Visitor, demand, redirect
from app.exceptions import InvalidInput, NotFound
from app.forms import Posted, bind, unbound
from app.forms.privacy import PrivacyNoticeForm
from app.i18n import _, today, typed_date
from app.models import PrivacyNotice
from app.queries import privacy_notices as notice_queries
from app.services import privacy_notices
from app.templating import render

router = APIRouter()


@router.get("/privacy")
def show_privacy(request: Request, session: SessionDep, user: Visitor, version: int | None = None) -> Response:
    current = notice_queries.at(session, now())
    notice = current if version is None else session.get(PrivacyNotice, version)
    if notice is None:
        raise NotFound(_("ไม่พบประกาศฉบับนี้"))
    context = {"shown": notice, "current": current, "versions": notice_queries.every(session)}
    return render(request, "privacy_notices/show.html", context)


@router.get("/privacy/new")
def new_privacy_notice(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    demand(permissions.can_publish_privacy_notice(user), _("หน้านี้เป็นของผู้ดูแลระบบ"))
    latest = notice_queries.every(session)[0]
    form = unbound(PrivacyNoticeForm, text_th=latest.text_th, text_en=latest.text_en, valid_on=typed_date(today()))
    return render(request, "privacy_notices/new.html", {"form": form})


@router.post("/privacy/new")
def publish_privacy_notice(
    request: Request, session: SessionDep, settings: SettingsDep, user: CurrentUser, posted: Posted
) -> Response:
    demand(permissions.can_publish_privacy_notice(user), _("หน้านี้เป็นของผู้ดูแลระบบ"))
    form = bind(PrivacyNoticeForm, posted)
    if form.is_valid:
        try:
            made = privacy_notices.publish(session, **form.value.model_dump(), by=user, settings=settings)
        except InvalidInput as problem:
            form.errors.update(problem.errors)
        else:
            return redirect(f"/privacy?version={made.version}", _("ออกประกาศแล้ว"))
    return render(request, "privacy_notices/new.html", {"form": form}, status_code=422)
