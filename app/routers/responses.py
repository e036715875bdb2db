"""Answers to topics: drafted by planners, published by the head of OSM."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app import models, permissions
from app.dependencies import ConsultationDep, CurrentUser, SessionDep, TopicDep, demand, redirect
from app.exceptions import InvalidInput, NotFound
from app.forms import Bound, Posted, bind, unbound
from app.forms.responses import ResponseForm
from app.i18n import _
from app.models import Decision, LevelFit, Organization, Project, ReasonCode, Topic, User
from app.queries import responses as response_queries
from app.queries import topics as topic_queries
from app.services import responses as response_services
from app.templating import render

router = APIRouter()


def draft_for(topic: TopicDep, user: CurrentUser) -> Topic:
    demand(permissions.can_draft_response(user, topic), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้เขียนคำตอบได้"))
    return topic


DraftTopicDep = Annotated[Topic, Depends(draft_for)]


@router.get("/consultations/{consultation_id}/responses")
def list_responses(request: Request, consultation: ConsultationDep, session: SessionDep, user: CurrentUser) -> Response:
    demand(permissions.is_planner(user, consultation.cluster_code), _("เฉพาะ OSM ของกลุ่มจังหวัดนี้ดูคำตอบที่ร่างได้"))
    context = {"consultation": consultation, "queue": response_queries.queue(session, consultation.id)}
    return render(request, "responses/index.html", context)


@router.get("/topics/{topic_id}/response")
def edit_response(request: Request, topic: DraftTopicDep, session: SessionDep, user: CurrentUser) -> Response:
    current = response_queries.draft(session, topic.id) or response_queries.published(session, topic.id)
    values = {} if current is None else _typed(current)
    return _edit(request, topic, session, user, form=unbound(ResponseForm, **values))


def _typed(response: models.Response) -> dict[str, object]:
    """Return an answer as it would be typed, to be changed."""
    return {
        "decision": response.decision.value,
        "reason_code": response.reason_code.value if response.reason_code else "",
        "reason": response.reason,
        "reason_en": response.reason_en,
        "next_step": response.next_step,
        "next_step_en": response.next_step_en,
        "next_step_on": response.next_step_on.isoformat() if response.next_step_on else "",
        "owner": response.owner_organization_id,
        "project": response.project_id,
        "level_fit": response.level_fit.value if response.level_fit else "",
    }


def _edit(
    request: Request,
    topic: Topic,
    session: SessionDep,
    user: User,
    *,
    form: Bound[ResponseForm],
    status_code: int = 200,
) -> Response:
    draft = response_queries.draft(session, topic.id)
    context = {
        "topic": topic,
        "consultation": topic.consultation,
        "form": form,
        "draft": draft,
        "published": response_queries.published(session, topic.id),
        "may_publish": draft is not None and permissions.can_publish_response(user, draft),
        "quotes": topic_queries.quotes(session, topic.id, approved_only=False),
        "links": topic_queries.links(session, topic.id, confirmed_only=True),
        "need_links": topic_queries.need_links(session, topic.id),
        "projects": response_queries.project_choices(session, topic.consultation.plan_id),
        "organizations": response_queries.organization_choices(session),
        "decisions": list(Decision),
        "reason_codes": list(ReasonCode),
        "levels": list(LevelFit),
    }
    return render(request, "responses/edit.html", context, status_code=status_code)


@router.post("/topics/{topic_id}/response")
def save_response(
    request: Request, topic: DraftTopicDep, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(ResponseForm, posted)
    if not form.is_valid:
        return _edit(request, topic, session, user, form=form, status_code=422)
    value = form.value
    project = session.get(Project, value.project) if value.project else None
    if project is not None and project.plan_id != topic.consultation.plan_id:
        project = None
    try:
        response_services.draft(
            session,
            topic,
            by=user,
            decision=value.decision,
            reason_code=value.reason_code,
            reason=value.reason,
            reason_en=value.reason_en,
            next_step=value.next_step,
            next_step_en=value.next_step_en,
            next_step_on=value.next_step_on,
            owner=session.get(Organization, value.owner) if value.owner else None,
            project=project,
            level_fit=value.level_fit,
        )
    except InvalidInput as error:
        form.errors.update(error.errors)
        return _edit(request, topic, session, user, form=form, status_code=422)
    return redirect(f"/topics/{topic.id}/response", _("บันทึกร่างคำตอบแล้ว รอหัวหน้า OSM เผยแพร่"))


def access_response(response_id: int, session: SessionDep, user: CurrentUser) -> models.Response:
    response = session.get(models.Response, response_id)
    if response is None or not permissions.is_planner(user, response.topic.consultation.cluster_code):
        raise NotFound(_("ไม่พบคำตอบนี้"))
    return response


@router.post("/responses/{response_id}/publish")
def publish_response(
    response: Annotated[models.Response, Depends(access_response)], session: SessionDep, user: CurrentUser
) -> Response:
    told = response_services.publish(session, response, by=user)
    return redirect(
        f"/consultations/{response.topic.consultation_id}/responses",
        _("เผยแพร่คำตอบแล้ว แจ้งผู้ส่งเรื่อง {n} คน").format(n=told),
    )
