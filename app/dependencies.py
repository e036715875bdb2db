"""What a route may ask for: the session, the person, and the records they may reach (404 and 403 live here)."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from sqlmodel import Session, col, select

from app import permissions
from app.config import Settings
from app.database import for_reading, get_session, now, transaction
from app.exceptions import NotAllowed, NotFound, NotSignedIn
from app.i18n import LOCALES, _, current_locale, encode_notice
from app.jobs import Job
from app.models import (
    Activity,
    Assembly,
    Consultation,
    Delivery,
    DevelopmentIssue,
    ImportBatch,
    Invitation,
    Need,
    NeedPhoto,
    Organization,
    Plan,
    Project,
    Subscription,
    Topic,
    User,
    UserSession,
)
from app.queries import outbox as outbox_queries
from app.services import sessions

SessionDep = Annotated[Session, Depends(get_session, scope="function")]

SEEN_EVERY = timedelta(minutes=10)

# What a browser says of itself, the telling marks first: most say they are Chrome, Safari and Mozilla too.
BROWSERS = (
    ("Line/", "LINE"), ("FBAN", "Facebook"), ("Edg", "Edge"), ("SamsungBrowser", "Samsung Internet"), ("OPR/", "Opera"),
    ("Firefox/", "Firefox"), ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)  # fmt: skip


# A function that waits for no disk and no database is async: FastAPI then calls it where it is, without a thread.


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


def cookie_name(settings: Settings) -> str:
    return "__Host-session" if settings.has_https else "session"


def set_session_cookie(response: RedirectResponse, token: str, settings: Settings) -> None:
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_days * 86400,
        httponly=True,
        samesite="lax",
        secure=settings.has_https,
        path="/",
    )


def current_sign_in(request: Request, settings: SettingsDep) -> UserSession | None:
    """Find who is asking, in a short read of its own: a write lock is never held for it."""
    token = request.cookies.get(cookie_name(settings))
    request.state.user = None
    if not token:
        return None
    engine = request.app.state.engine
    with Session(for_reading(engine), expire_on_commit=False) as session:
        found = sessions.find(session, token, settings=settings)
        if found is None:
            return None
    asked = request.query_params.get("lang", "")
    speaks_other = asked in LOCALES and asked != found.user.locale
    if now() - found.last_seen_at > SEEN_EVERY or speaks_other:
        with transaction(engine) as session:
            person = session.get_one(User, found.user_id)
            session.get_one(UserSession, found.id).last_seen_at = person.last_seen_at = now()
            if speaks_other:
                person.locale = asked
    request.state.user = found.user
    return found


SignIn = Annotated[UserSession | None, Depends(current_sign_in)]


async def visitor(sign_in: SignIn) -> User | None:
    return sign_in.user if sign_in else None


async def signed_in(user: Annotated[User | None, Depends(visitor)]) -> User:
    if user is None:
        raise NotSignedIn(_("กรุณาเข้าสู่ระบบก่อน"))
    return user


def person(request: Request, settings: Settings) -> User:
    """Return who is asking, to a route that does its whole work in one thread. Raises NotSignedIn."""
    sign_in = current_sign_in(request, settings)
    if sign_in is None:
        raise NotSignedIn(_("กรุณาเข้าสู่ระบบก่อน"))
    return sign_in.user


# Anyone, signed in or not; and one who must be.
Visitor = Annotated[User | None, Depends(visitor)]
CurrentUser = Annotated[User, Depends(signed_in)]


def redirect(url: str, notice: str = "") -> RedirectResponse:
    """See other: after a post, the browser gets a page; ``notice`` is shown there once."""
    response = RedirectResponse(url, status_code=303)
    if notice:
        response.set_cookie("notice", encode_notice(notice), max_age=60, httponly=True, samesite="lax", path="/")
    return response


def device_name(request: Request) -> str:
    """Say what a person is sitting at in words they know: ``Chrome · Android``."""
    agent = request.headers.get("user-agent", "")
    found = (next((name for mark, name in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS))
    return " · ".join(part for part in found if part)


def redirect_signed_in(
    request: Request, session: Session, person: User, settings: Settings, url: str, notice: str = ""
) -> RedirectResponse:
    """Sign a person in on this device under a new token, ending the sign-in this browser had."""
    sessions.end(session, request.cookies.get(cookie_name(settings), ""))
    token = sessions.start(session, person, settings=settings, device=device_name(request))
    person.locale, person.last_seen_at = current_locale.get(), now()
    response = redirect(url, notice)
    set_session_cookie(response, token, settings)
    return response


def demand(allowed: bool, message: str) -> None:
    """Raise NotAllowed with the message unless the rule allows it."""
    if not allowed:
        raise NotAllowed(message)


# The only way from a URL to a record. A record the person may not know of does not exist for them.


def access_consultation(consultation_id: int, session: SessionDep, user: Visitor) -> Consultation:
    consultation = session.get(Consultation, consultation_id)
    if consultation is None or not permissions.can_see_consultation(user, consultation):
        raise NotFound(_("ไม่พบรอบการรับฟังนี้"))
    return consultation


def access_need(ref: str, session: SessionDep, user: CurrentUser) -> Need:
    need = session.exec(
        select(Need).where(Need.ref == ref.replace("-", ""), permissions.visible_needs(user))
    ).one_or_none()
    if need is None:
        raise NotFound(_("ไม่พบเรื่องเลขที่นี้ หรือไม่ใช่เรื่องที่คุณเปิดดูได้"))
    return need


def access_own_need(client_uuid: UUID, session: SessionDep, user: CurrentUser) -> Need:
    """A need by the name its author's phone gave it; nobody else knows of it by that name."""
    need = outbox_queries.own_need(session, user, str(client_uuid))
    if need is None:
        raise NotFound(_("ไม่พบเรื่องนี้ในเรื่องที่คุณส่ง"))
    return need


def access_photo(file_name: str, session: SessionDep, user: CurrentUser) -> NeedPhoto:
    """A photo is read by those who may read its need."""
    photo = session.exec(
        select(NeedPhoto)
        .join(Need, col(Need.id) == NeedPhoto.need_id)
        .where(NeedPhoto.file_name == file_name, permissions.visible_needs(user))
    ).first()
    if photo is None:
        raise NotFound(_("ไม่พบรูปนี้"))
    return photo


def access_assembly(assembly_id: int, session: SessionDep, user: CurrentUser) -> Assembly:
    assembly = session.exec(
        select(Assembly).where(col(Assembly.id) == assembly_id, permissions.visible_assemblies(user))
    ).one_or_none()
    if assembly is None:
        raise NotFound(_("ไม่พบประชาคมนี้ หรือไม่ใช่ของพื้นที่ที่คุณเปิดดูได้"))
    return assembly


def access_topic(topic_id: int, session: SessionDep, user: Visitor) -> Topic:
    topic = session.get(Topic, topic_id)
    if topic is None or not permissions.can_see_topics(user, topic.consultation):
        raise NotFound(_("ไม่พบประเด็นนี้"))
    return topic


def access_plan(plan_id: int, session: SessionDep, user: Visitor) -> Plan:
    plan = session.exec(select(Plan).where(col(Plan.id) == plan_id, permissions.visible_plans(user))).one_or_none()
    if plan is None:
        raise NotFound(_("ไม่พบแผนนี้"))
    return plan


def access_project(project_id: int, session: SessionDep, user: Visitor) -> Project:
    project = session.exec(
        select(Project).join(Plan).where(col(Project.id) == project_id, permissions.visible_plans(user))
    ).one_or_none()
    if project is None:
        raise NotFound(_("ไม่พบโครงการนี้"))
    return project


def access_issue(issue_id: int, session: SessionDep, user: Visitor) -> DevelopmentIssue:
    issue = session.exec(
        select(DevelopmentIssue).join(Plan).where(col(DevelopmentIssue.id) == issue_id, permissions.visible_plans(user))
    ).one_or_none()
    if issue is None:
        raise NotFound(_("ไม่พบประเด็นการพัฒนานี้"))
    return issue


def access_activity(activity_id: int, session: SessionDep, user: Visitor) -> Activity:
    activity = session.exec(
        select(Activity)
        .join(Project)
        .join(Plan)
        .where(col(Activity.id) == activity_id, permissions.visible_plans(user))
    ).one_or_none()
    if activity is None:
        raise NotFound(_("ไม่พบกิจกรรมนี้"))
    return activity


def access_import(import_id: int, session: SessionDep, user: CurrentUser) -> ImportBatch:
    batch = session.exec(
        select(ImportBatch).where(col(ImportBatch.id) == import_id, permissions.visible_imports(user))
    ).one_or_none()
    if batch is None:
        raise NotFound(_("ไม่พบการนำเข้านี้"))
    return batch


def access_job(job_id: int, session: SessionDep, user: CurrentUser) -> Job:
    job = session.get(Job, job_id)
    if job is None or job.created_by_id != user.id:
        raise NotFound(_("ไม่พบงานนี้"))
    return job


def access_sign_in(session_id: int, session: SessionDep, user: CurrentUser) -> UserSession:
    sign_in = session.get(UserSession, session_id)
    if sign_in is None or sign_in.user_id != user.id:
        raise NotFound(_("ไม่พบการเข้าสู่ระบบนี้"))
    return sign_in


def access_subscription(subscription_id: int, session: SessionDep, user: CurrentUser) -> Subscription:
    subscription = session.get(Subscription, subscription_id)
    if subscription is None or subscription.user_id != user.id:
        raise NotFound(_("ไม่พบช่องทางรับข่าวนี้"))
    return subscription


def access_delivery(delivery_id: int, session: SessionDep, user: CurrentUser) -> Delivery:
    delivery = session.get(Delivery, delivery_id)
    if delivery is None or not permissions.can_see_deliveries(user):
        raise NotFound(_("ไม่พบข้อความนี้"))
    return delivery


def access_invitation(invitation_id: int, session: SessionDep, user: CurrentUser) -> Invitation:
    invitation = session.get(Invitation, invitation_id)
    if invitation is None or not permissions.can_see_invitation(user, invitation):
        raise NotFound(_("ไม่พบคำเชิญนี้"))
    return invitation


def access_user(user_id: int, session: SessionDep, user: CurrentUser) -> User:
    person = session.get(User, user_id)
    if person is None or not permissions.can_manage_users(user):
        raise NotFound(_("ไม่พบคนนี้"))
    return person


def access_organization(organization_id: int, session: SessionDep, user: CurrentUser) -> Organization:
    organization = session.get(Organization, organization_id)
    if organization is None or not permissions.can_manage_organizations(user):
        raise NotFound(_("ไม่พบหน่วยงานนี้"))
    return organization


ConsultationDep = Annotated[Consultation, Depends(access_consultation)]
NeedDep = Annotated[Need, Depends(access_need)]
OwnNeedDep = Annotated[Need, Depends(access_own_need)]
AssemblyDep = Annotated[Assembly, Depends(access_assembly)]
PhotoDep = Annotated[NeedPhoto, Depends(access_photo)]
TopicDep = Annotated[Topic, Depends(access_topic)]
PlanDep = Annotated[Plan, Depends(access_plan)]
ProjectDep = Annotated[Project, Depends(access_project)]
IssueDep = Annotated[DevelopmentIssue, Depends(access_issue)]
ActivityDep = Annotated[Activity, Depends(access_activity)]
ImportDep = Annotated[ImportBatch, Depends(access_import)]
JobDep = Annotated[Job, Depends(access_job)]
InvitationDep = Annotated[Invitation, Depends(access_invitation)]
OrganizationDep = Annotated[Organization, Depends(access_organization)]
PersonDep = Annotated[User, Depends(access_user)]
SubscriptionDep = Annotated[Subscription, Depends(access_subscription)]
DeliveryDep = Annotated[Delivery, Depends(access_delivery)]
OwnSignInDep = Annotated[UserSession, Depends(access_sign_in)]
