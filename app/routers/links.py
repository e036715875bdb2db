"""Links between what is asked and what the plan buys: a queue to review, and links by hand."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response

from app import permissions
from app.dependencies import ConsultationDep, CurrentUser, SessionDep, demand, redirect
from app.exceptions import InvalidInput, NotFound
from app.forms import Posted, bind
from app.forms.links import ConfirmForm, LinkForm, RejectForm
from app.i18n import _
from app.models import Activity, Consultation, DemandLink, LinkStatus, Project, Strength, Topic
from app.queries import links as link_queries
from app.queries import topics as topic_queries
from app.services import links as link_services
from app.templating import render

router = APIRouter()


def settle_links(consultation: ConsultationDep, user: CurrentUser) -> Consultation:
    demand(
        permissions.can_settle_links(user, consultation.cluster_code),
        _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้ตรวจความเชื่อมโยงได้"),
    )
    return consultation


def access_link(link_id: int, session: SessionDep, user: CurrentUser) -> DemandLink:
    """The only way to a link: through its consultation, for those who may settle links there."""
    link = session.get(DemandLink, link_id)
    consultation = session.get_one(Consultation, link.consultation_id) if link else None
    if link is None or consultation is None or not permissions.can_settle_links(user, consultation.cluster_code):
        raise NotFound(_("ไม่พบความเชื่อมโยงนี้"))
    return link


ReviewedConsultation = Annotated[Consultation, Depends(settle_links)]
LinkDep = Annotated[DemandLink, Depends(access_link)]


@router.get("/consultations/{consultation_id}/links")
def list_links(
    request: Request,
    consultation: ReviewedConsultation,
    session: SessionDep,
    status: LinkStatus = LinkStatus.SUGGESTED,
    cursor: str | None = None,
    order: Literal["likely", "doubtful"] = "likely",
) -> Response:
    context = {
        "consultation": consultation,
        "page": link_queries.page(
            session, consultation.id, status=status, cursor=cursor, doubtful_first=order == "doubtful"
        ),
        "order": order,
        "counts": link_queries.counts(session, consultation.id),
        "status": status,
        "strengths": list(Strength),
    }
    return render(request, "links/index.html", context)


@router.get("/consultations/{consultation_id}/links/new")
def new_link(
    request: Request,
    consultation: ReviewedConsultation,
    session: SessionDep,
    topic: int | None = None,
    q: str = "",
) -> Response:
    """Find an activity or a project by its words, then link a topic to it."""
    return _new(request, consultation, session, topic=topic, q=q)


def _new(
    request: Request,
    consultation: Consultation,
    session: SessionDep,
    *,
    topic: int | None = None,
    q: str = "",
    form: object = None,
    status_code: int = 200,
) -> Response:
    found = link_queries.targets(session, consultation.plan_id, q) if consultation.plan_id and q else []
    context = {
        "consultation": consultation,
        "topics": topic_queries.choices(session, consultation.id),
        "topic_id": topic,
        "query": q,
        "targets": found,
        "strengths": list(Strength),
        "form": form,
    }
    return render(request, "links/new.html", context, status_code=status_code, fragment="targets")


@router.post("/consultations/{consultation_id}/links")
def create_link(
    request: Request, consultation: ReviewedConsultation, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(LinkForm, posted)
    query = str(posted.get("q", ""))
    if not form.is_valid:
        chosen = form.raw.get("topic", "")
        return _new(
            request,
            consultation,
            session,
            topic=int(chosen) if str(chosen).isdigit() else None,
            q=query,
            form=form,
            status_code=422,
        )
    topic = session.get(Topic, form.value.topic)
    kind, _sep, key = form.value.target.partition(":")
    activity = session.get(Activity, int(key)) if kind == "activity" else None
    project = session.get(Project, int(key)) if kind == "project" else None
    if topic is None or topic.consultation_id != consultation.id or (activity is None and project is None):
        raise InvalidInput(_("ไม่พบประเด็นหรือกิจกรรมที่เลือก กรุณาเลือกจากรายการ"))
    link_services.create(
        session,
        topic=topic,
        activity=activity,
        project=project,
        strength=form.value.strength,
        reason=form.value.reason,
        by=user,
    )
    return redirect(f"/topics/{topic.id}", _("เชื่อมโยงแล้ว"))


@router.post("/links/{link_id}/confirm")
def confirm_link(request: Request, link: LinkDep, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    form = bind(ConfirmForm, posted)
    if not form.is_valid:
        return render(
            request,
            "links/edit.html",
            {"link": link, "form": form, "strengths": list(Strength)},
            fragment="card",
            status_code=422,
        )
    link_services.confirm(session, link, strength=form.value.strength, reason=form.value.reason, by=user)
    return _decided(request, link, _("ยืนยันความเชื่อมโยงแล้ว"))


@router.post("/links/{link_id}/reject")
def reject_link(request: Request, link: LinkDep, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    form = bind(RejectForm, posted)
    if not form.is_valid:
        raise InvalidInput(next(iter(form.errors.values())))
    link_services.reject(session, link, reason=form.value.reason, by=user)
    return _decided(request, link, _("จำไว้แล้วว่าไม่ใช่ ระบบจะไม่เสนอซ้ำ"))


@router.get("/links/{link_id}")
def show_link(request: Request, link: LinkDep) -> Response:
    """Show one link with its evidence, to decide it or to decide it anew."""
    return render(
        request, "links/edit.html", {"link": link, "form": None, "strengths": list(Strength)}, fragment="card"
    )


def _decided(request: Request, link: DemandLink, notice: str) -> Response:
    """Stay in the queue: htmx swaps the one card, a plain form goes back to the list."""
    if request.headers.get("hx-request") == "true":
        return render(
            request, "links/edit.html", {"link": link, "form": None, "strengths": list(Strength)}, fragment="card"
        )
    return redirect(f"/consultations/{link.consultation_id}/links", notice)
