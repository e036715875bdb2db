"""Topics: what the model proposed, and what planners make of it."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app import permissions
from app.dependencies import ConsultationDep, CurrentUser, NeedDep, SessionDep, TopicDep, Visitor, demand, redirect
from app.exceptions import NotFound
from app.forms import Bound, Posted, bind, unbound
from app.forms.topics import MergeForm, MoveForm, QuoteForm, RenameForm, SplitForm
from app.i18n import _
from app.models import Consultation, LinkStatus, Role, Topic, TopicQuote, User
from app.queries import links as link_queries
from app.queries import outcomes
from app.queries import responses as response_queries
from app.queries import topics as topic_queries
from app.queries.outcomes import SMALL
from app.queries.topics import MemberRow
from app.services import privacy
from app.services import topics as topic_services
from app.templating import render

router = APIRouter()


def settle_topics(topic: TopicDep, user: CurrentUser) -> Topic:
    demand(permissions.can_settle_topics(user, topic.consultation), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้แก้ประเด็นได้"))
    return topic


SettledTopicDep = Annotated[Topic, Depends(settle_topics)]


@router.get("/consultations/{consultation_id}/topics")
def list_topics(request: Request, consultation: ConsultationDep, session: SessionDep, user: Visitor) -> Response:
    if not permissions.can_see_topics(user, consultation):
        raise NotFound(_("ประเด็นของรอบนี้ยังไม่เปิดให้ดู"))
    overview = topic_queries.overview(session, consultation.id)
    reads_all = permissions.can_see_small_counts(user, consultation.cluster_code)
    context = {
        "consultation": consultation,
        "hidden": set() if reads_all else outcomes.hidden_topics(session, consultation),
        "overview": overview,
        "rows": topic_queries.rows(session, consultation.id),
        "changes": topic_queries.run_changes(session, overview.last_run) if overview.last_run else [],
        "may_settle": permissions.can_settle_topics(user, consultation),
        "small": 0 if reads_all else SMALL,
    }
    return render(request, "topics/index.html", context)


@router.get("/consultations/{consultation_id}/ungrouped")
def list_ungrouped(request: Request, consultation: ConsultationDep, session: SessionDep, user: CurrentUser) -> Response:
    """Show the needs the model left alone, so that a person may place them."""
    demand(permissions.can_settle_topics(user, consultation), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้แก้ประเด็นได้"))
    context = {
        "consultation": consultation,
        "members": topic_queries.members(session, None, user, consultation_id=consultation.id),
        "choices": topic_queries.choices(session, consultation.id),
    }
    return render(request, "topics/ungrouped.html", context)


@router.post("/consultations/{consultation_id}/analyse")
def analyse_consultation(consultation: ConsultationDep, session: SessionDep, user: CurrentUser) -> Response:
    demand(permissions.can_settle_topics(user, consultation), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้สั่งจัดกลุ่มได้"))
    job = topic_services.request_analysis(session, consultation, user)
    return redirect(f"/jobs/{job.id}")


@router.get("/topics/{topic_id}")
def show_topic(request: Request, topic: TopicDep, session: SessionDep, user: Visitor) -> Response:
    return _show(request, topic, session, user)


def readable(members: list[MemberRow], user: User | None) -> list[MemberRow]:
    """Give the words of needs as this person may read them: an agency sees those passed on to it, masked."""
    if user is not None and user.role is Role.AGENCY:
        return [replace(member, problem=privacy.public(member)) for member in members]
    return members


def _show(
    request: Request,
    topic: Topic,
    session: SessionDep,
    user: User | None,
    *,
    form: Bound[RenameForm] | Bound[SplitForm] | Bound[MergeForm] | Bound[QuoteForm] | None = None,
    status_code: int = 200,
) -> Response:
    may_settle = permissions.can_settle_topics(user, topic.consultation)
    is_officer = permissions.can_see_small_counts(user, topic.consultation.cluster_code)
    context = {
        "topic": topic,
        "consultation": topic.consultation,
        "members": readable(
            topic_queries.members(session, topic.id, user, consultation_id=topic.consultation_id), user
        ),
        "quotes": topic_queries.quotes(session, topic.id, approved_only=not may_settle),
        "others": topic_queries.others(session, topic) if may_settle else [],
        "links": topic_queries.links(session, topic.id, confirmed_only=not is_officer),
        "need_links": topic_queries.need_links(session, topic.id),
        "response": response_queries.published(session, topic.id),
        "may_settle": may_settle,
        "form": form or unbound(RenameForm, label=topic.label, label_en=topic.label_en),
    }
    return render(request, "topics/show.html", context, status_code=status_code)


@router.post("/topics/{topic_id}/rename")
def rename_topic(
    request: Request, topic: SettledTopicDep, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(RenameForm, posted)
    if not form.is_valid:
        return _show(request, topic, session, user, form=form, status_code=422)
    topic_services.rename(session, topic, label=form.value.label, label_en=form.value.label_en, by=user)
    return redirect(f"/topics/{topic.id}", _("เปลี่ยนชื่อประเด็นแล้ว"))


@router.post("/topics/{topic_id}/approve")
def approve_topic(topic: SettledTopicDep, session: SessionDep, user: CurrentUser) -> Response:
    topic_services.approve(session, topic, by=user)
    return redirect(f"/topics/{topic.id}", _("รับรองประเด็นแล้ว การจัดกลุ่มครั้งใหม่จะไม่ย้ายเรื่องในประเด็นนี้"))


@router.post("/topics/{topic_id}/reopen")
def reopen_topic(topic: SettledTopicDep, session: SessionDep, user: CurrentUser) -> Response:
    topic_services.reopen(session, topic, by=user)
    return redirect(f"/topics/{topic.id}", _("เปิดให้แก้ประเด็นนี้ได้อีกครั้ง"))


@router.post("/topics/{topic_id}/merge")
def merge_topic(
    request: Request, topic: SettledTopicDep, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(MergeForm, posted)
    into = session.get(Topic, form.value.into) if form.is_valid else None
    if into is None or into.consultation_id != topic.consultation_id:
        form.errors["into"] = _("เลือกประเด็นที่จะรวมเข้าไป")
        return _show(request, topic, session, user, form=form, status_code=422)
    topic_services.merge(session, topic, into, by=user)
    return redirect(f"/topics/{into.id}", _("รวมประเด็นแล้ว"))


@router.post("/topics/{topic_id}/split")
def split_topic(
    request: Request, topic: SettledTopicDep, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(SplitForm, posted)
    if not form.is_valid:
        return _show(request, topic, session, user, form=form, status_code=422)
    fresh = topic_services.split(session, topic, need_ids=form.value.needs, label=form.value.new_label, by=user)
    return redirect(f"/topics/{fresh.id}", _("แยกเป็นประเด็นใหม่แล้ว"))


@router.post("/needs/{ref}/move-topic")
def move_need(need: NeedDep, session: SessionDep, user: CurrentUser, posted: Posted) -> Response:
    demand(permissions.can_settle_topics(user, need.consultation), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้ย้ายเรื่องได้"))
    form = bind(MoveForm, posted)
    into = session.get(Topic, form.value.topic) if form.is_valid else None
    if into is None or into.consultation_id != need.consultation_id:
        raise NotFound(_("ไม่พบประเด็นที่จะย้ายไป กรุณาเลือกจากรายการ"))
    moved = topic_services.move(session, need, into, by=user)
    told = _("ย้ายมาที่ประเด็นนี้แล้ว พร้อมอีก {n} เสียงที่พูดเรื่องเดียวกัน").format(n=moved - 1) if moved > 1 else ""
    return redirect(f"/topics/{into.id}", told or _("ย้ายเรื่องมาที่ประเด็นนี้แล้ว"))


def access_quote(quote_id: int, topic: SettledTopicDep, session: SessionDep) -> TopicQuote:
    quote = session.get(TopicQuote, quote_id)
    if quote is None or quote.topic_id != topic.id:
        raise NotFound(_("ไม่พบคำพูดนี้"))
    return quote


QuoteDep = Annotated[TopicQuote, Depends(access_quote)]


@router.post("/topics/{topic_id}/quotes/{quote_id}/approve")
def approve_quote(topic: SettledTopicDep, quote: QuoteDep, session: SessionDep, user: CurrentUser) -> Response:
    topic_services.approve_quote(session, quote, by=user)
    return redirect(f"/topics/{topic.id}", _("อนุมัติคำพูดนี้ให้เผยแพร่แล้ว"))


@router.post("/topics/{topic_id}/quotes/{quote_id}/reword")
def reword_quote(
    request: Request, topic: SettledTopicDep, quote: QuoteDep, session: SessionDep, user: CurrentUser, posted: Posted
) -> Response:
    form = bind(QuoteForm, posted)
    if not form.is_valid:
        return _show(request, topic, session, user, form=form, status_code=422)
    topic_services.reword_quote(session, quote, text=form.value.text, by=user)
    return redirect(f"/topics/{topic.id}", _("แก้คำพูดแล้ว รอให้อีกคนอนุมัติ"))


@router.get("/consultations/{consultation_id}/method")
def show_method(request: Request, consultation: ConsultationDep, session: SessionDep, user: Visitor) -> Response:
    """Say how topics and links came about, what was measured of the method, and where it errs."""
    if not permissions.can_see_topics(user, consultation):
        raise NotFound(_("ประเด็นของรอบนี้ยังไม่เปิดให้ดู"))
    run = next(iter(topic_queries.runs(session, consultation.id)), None)
    decided = link_queries.counts(session, consultation.id)
    context = {
        "consultation": consultation,
        "run": run,
        "card": topic_services.measured(run),
        "confirmed": decided[LinkStatus.CONFIRMED],
        "rejected": decided[LinkStatus.REJECTED],
        "is_officer": permissions.can_see_small_counts(user, consultation.cluster_code),
    }
    return render(request, "topics/method.html", context)


def access_shared_consultation(consultation: ConsultationDep, user: CurrentUser) -> Consultation:
    demand(permissions.can_settle_topics(user, consultation), _("เฉพาะนักวิเคราะห์ของกลุ่มจังหวัดนี้ดูได้"))
    return consultation


@router.get("/consultations/{consultation_id}/runs")
def list_runs(
    request: Request,
    consultation: Annotated[Consultation, Depends(access_shared_consultation)],
    session: SessionDep,
) -> Response:
    """Show every run of the grouping: by whom, on what, with which version."""
    return render(
        request,
        "topics/runs.html",
        {"consultation": consultation, "runs": topic_queries.runs(session, consultation.id)},
    )
