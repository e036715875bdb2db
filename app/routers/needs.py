"""Needs: written, sent, found, and carried from one step to the next."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import FileResponse, HTMLResponse
from sqlmodel import Session
from starlette.datastructures import UploadFile

from app import forms, permissions
from app.database import now
from app.dependencies import CurrentUser, NeedDep, PhotoDep, SessionDep, SettingsDep, demand, redirect
from app.exceptions import InvalidInput
from app.forms import Bound, Posted
from app.forms import needs as need_forms
from app.i18n import _
from app.models import (
    Area,
    Category,
    Consent,
    ConsentKind,
    GoTo,
    Need,
    NeedAct,
    NeedEvent,
    NeedStatus,
    Role,
    Urgency,
    User,
)
from app.queries import areas as area_queries
from app.queries import consents, joins, journeys, notices
from app.queries import needs as need_queries
from app.services import needs, photos, privacy
from app.services.photos import Picture
from app.templating import label, local, render, render_shell

router = APIRouter()


# Photos are read and unpacked before the route first touches the database: nobody waits for a picture to write.


@dataclass(frozen=True)
class Uploads:
    pictures: list[Picture]
    errors: dict[str, str]


def read_photos(user: CurrentUser, posted: Posted) -> Uploads:
    files = [file for file in posted.getlist("photos") if isinstance(file, UploadFile) and file.filename]
    if len(files) > photos.MAX_PHOTOS:
        return Uploads([], {"photos": _("แนบรูปได้ไม่เกิน {most} รูป").format(most=photos.MAX_PHOTOS)})
    try:
        return Uploads([photos.read(file.file.read(), file.filename or "") for file in files], {})
    except InvalidInput as problem:
        return Uploads([], {"photos": problem.message})


UploadsDep = Annotated[Uploads, Depends(read_photos)]


# The list


@router.get("/needs")
def list_needs(request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep) -> Response:
    """Show what this person may read, narrowed by the address; htmx gets the results alone."""
    asked = need_forms.read_filters(request.query_params)
    if asked.q:
        needs.index_waiting(request.app.state.engine)
    number = asked.q.replace("-", "").replace(" ", "")
    is_number = number.isdigit() and len(number) == need_forms.REF_LENGTH
    filters = need_queries.Filters(
        words=() if is_number else tuple(needs.words_of(asked.q)),
        ref=number if is_number else "",
        consultation=asked.consultation,
        status=asked.status,
        category=asked.category,
        urgency=asked.urgency,
        area=asked.area,
        certified=asked.certified,
        mine=asked.mine,
    )
    page = need_queries.page(session, user, filters, after=asked.cursor)
    late_before = now() - timedelta(days=settings.certify_days)
    context = {
        "asked": asked,
        "filter_count": asked.count,
        "page": page,
        "shown": [(row, readable(row, user), journeys.holder_of_row(row, user)) for row in page.rows],
        "teller": partial(teller, user),
        "is_mistyped": is_number and not needs.is_ref(number),
        "consultations": [(one.id, local(one, "title")) for one in need_queries.consultations(session, user)],
        "areas": by_parent(need_queries.areas(session, user)),
        "late": need_queries.late_count(session, user, late_before) if user.role in permissions.OSM else 0,
        "may_create": bool(need_queries.open_consultations(session, user)),
        "notices": notices.unread(session, user) if asked.mine or user.role is Role.CHANGE_AGENT else [],
        "statuses": list(NeedStatus),
        "categories": list(Category),
        "urgencies": list(Urgency),
        "certified": "" if asked.certified is None else str(asked.certified).lower(),
        "next_url": address(asked, cursor=page.next) if page.next else None,
    }
    return render(request, "needs/index.html", context, fragment="results")


def by_parent(areas: Iterable[Any]) -> dict[str, list[tuple[str, str]]]:
    """Group places under the name of the place around them, as a select shows them."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for area in areas:
        grouped.setdefault(local(area, "parent"), []).append((area.code, local(area, "name")))
    return grouped


def address(asked: need_forms.FilterForm, **changes: Any) -> str:
    """Write the address of this list with some of its filters changed."""
    values = {**asked.model_dump(mode="json"), **changes}
    kept = {name: value for name, value in values.items() if value not in (None, "", False) or name == "certified"}
    return "/needs?" + urlencode({name: value for name, value in kept.items() if value is not None})


def reads_as_typed(need: Any, user: User) -> bool:
    """The rule of permissions.can_see_raw_text, of what a list has already narrowed to what this person may read."""
    return permissions.is_own_entry(user, need) or user.role in permissions.OFFICERS


def readable(need: Any, user: User) -> str:
    return str(need.problem) if reads_as_typed(need, user) else privacy.public(need)


def teller(user: User, need: Any) -> str:
    """Say who said a need and what they are; the name of one without an account is their own, and masked like it."""
    name = need.author_name or _("ไม่ประสงค์ออกนาม")
    if need.author_id is None and not reads_as_typed(need, user):
        name = _("(ปิดชื่อไว้)")
    return f"{name} ({label(need.author_agent_type)})" if need.author_agent_type else name


@router.post("/needs/accept-late")
def accept_late_needs(session: SessionDep, user: CurrentUser, settings: SettingsDep) -> Response:
    demand(user.role in permissions.OSM, _("เฉพาะเจ้าหน้าที่ OSM"))
    count = needs.accept_late(session, user, settings)
    return redirect("/needs", _("รับเข้าพิจารณาแล้ว {count} เรื่อง โดยระบุว่าอำเภอยังไม่รับรอง").format(count=count))


# Writing


@router.get("/needs/new")
def new_need(settings: SettingsDep) -> Response:
    """The same bytes for everybody: it is kept on the phone, and opens without a network."""
    page = render_shell("needs/new.html", settings, **need_forms.CHOICES)
    return HTMLResponse(page, headers={"cache-control": "no-cache"})


@router.post("/needs")
def create_need(
    request: Request, user: CurrentUser, uploads: UploadsDep, posted: Posted, session: SessionDep, settings: SettingsDep
) -> Response:
    def keep(form: need_forms.NeedForm) -> Need:
        values = posting(form, uploads)
        uuid = form.name(user, values["body_hash"])
        return needs.create(
            session,
            user,
            form.answers,
            consultation_id=form.consultation,
            client_uuid=uuid,
            joins=form.joins,
            **values,
        )

    return write(request, session, user, uploads, settings, need_forms.bind_need(posted), keep)


@router.get("/needs/{ref}/edit")
def edit_need(request: Request, session: SessionDep, user: CurrentUser, need: NeedDep) -> Response:
    if not permissions.can_edit_need(user, need):
        return redirect(f"/needs/{need.ref}")
    return show_form(request, session, user, need_forms.filled_need(need), need=need)


@router.post("/needs/{ref}/edit")
def update_need(
    request: Request,
    user: CurrentUser,
    uploads: UploadsDep,
    posted: Posted,
    session: SessionDep,
    settings: SettingsDep,
    need: NeedDep,
) -> Response:
    def keep(form: need_forms.NeedForm) -> Need:
        needs.edit(session, need, user, form.answers, **posting(form, uploads))
        return need

    return write(request, session, user, uploads, settings, need_forms.bind_need(posted), keep, need=need)


def posting(form: need_forms.NeedForm, uploads: Uploads) -> dict[str, Any]:
    return {
        "area_code": form.area_code,
        "area_text": form.area_code_query,
        "send": form.is_sending,
        "body_hash": form.fingerprint(picture.sha256 for picture in uploads.pictures),
        "pictures": uploads.pictures,
        "are_households_sure": form.are_households_sure,
    }


def write(
    request: Request,
    session: Session,
    user: User,
    uploads: Uploads,
    settings: SettingsDep,
    bound: Bound[need_forms.NeedForm],
    keep: Callable[[need_forms.NeedForm], Need],
    *,
    need: Need | None = None,
) -> Response:
    """Keep what was posted and lead to its receipt, or show it again with what must be mended."""
    bound.errors.update(uploads.errors)
    if bound.is_valid:
        for picture in uploads.pictures:
            photos.save(settings, picture)
        try:
            kept = keep(bound.value)
        except InvalidInput as problem:
            session.rollback()
            bound.errors.update(problem.errors)
        else:
            if kept.status is NeedStatus.DRAFT:
                return redirect(f"/needs/{kept.ref}", _("เก็บร่างไว้แล้ว ยังไม่มีใครเห็นจนกว่าคุณจะกดส่ง"))
            return redirect(f"/needs/{kept.ref}/receipt")
    return show_form(request, session, user, bound, need=need, has_lost_photos=bool(uploads.pictures), status_code=422)


def show_form(
    request: Request,
    session: Session,
    user: User,
    bound: Bound[need_forms.NeedForm],
    *,
    need: Need | None = None,
    has_lost_photos: bool = False,
    status_code: int = 200,
) -> Response:
    rounds = need_queries.open_consultations(session, user)
    typed = str(bound.raw.get("consultation") or "")
    chosen = next((one for one in rounds if str(one.id) == typed), None)
    cluster = chosen.cluster_code if chosen else need_queries.cluster_of(user) or ""
    code, query = bound.raw.get("area_code"), bound.raw.get("area_code_query")
    picked = session.get(Area, code) if code else None
    named = area_queries.search(session, query, within=cluster) if query else []
    choices = ([picked] if picked else []) + [area for area in named if area != picked]
    context = {
        "form": bound,
        "need": need,
        "rounds": rounds,
        "consultation_choices": [(one.id, local(one, "title")) for one in rounds],
        "chosen": chosen,
        **need_forms.CHOICES,
        "cluster": cluster,
        "choices": choices,
        "photos": need.photos if need else [],
        "lost_photos": has_lost_photos,
    }
    return render(request, "needs/edit.html", context, status_code=status_code)


@router.post("/needs/{ref}/send")
def send_need(request: Request, session: SessionDep, user: CurrentUser, need: NeedDep) -> Response:
    if need.status is not NeedStatus.DRAFT and need.author_id == user.id:
        return redirect(f"/needs/{need.ref}/receipt")
    try:
        needs.send_draft(session, need, user)
    except InvalidInput as problem:
        bound = need_forms.filled_need(need)
        bound.errors.update(problem.errors)
        return show_form(request, session, user, bound, need=need, status_code=422)
    return redirect(f"/needs/{need.ref}/receipt")


# Reading


@router.get("/needs/{ref}")
def show_need(
    request: Request, session: SessionDep, user: CurrentUser, settings: SettingsDep, need: NeedDep
) -> Response:
    return show_page(request, session, user, settings, need, forms.unbound(need_forms.ActForm))


def show_page(
    request: Request,
    session: Session,
    user: User,
    settings: SettingsDep,
    need: Need,
    bound: Bound[need_forms.ActForm],
    *,
    status_code: int = 200,
) -> Response:
    reads_raw = permissions.can_see_raw_text(user, need)
    words: Callable[[str], str] = (lambda text: text) if reads_raw else privacy.reader(need)
    is_officer = user.role in permissions.OFFICERS and need.speaker_id != user.id
    detail = need_queries.detail(session, need, user)
    answers = consents.current(session, need)
    organizations = need_queries.organizations(session) if permissions.can_verify_need(user, need) else []
    kin = joins.family(session, need)
    projects = journeys.projects(session, user, need, detail.answer)
    context = {
        "detail": detail,
        "journey": journeys.steps(need, [event for event, _actor in detail.events], projects),
        "holder": journeys.holder(session, need, detail.answer),
        "projects": projects,
        "contest": journeys.contest([event for event, _actor in detail.events]),
        "need": need,
        "form": bound,
        "words": words,
        "reads_raw": reads_raw,
        "pieces": privacy.pieces(need.problem) if is_officer and reads_raw else [],
        "personal": [_(kind) for kind in privacy.kinds(need)] if is_officer else [],
        "public_words": privacy.public_text(need) if is_officer else "",
        "teller": partial(teller, user),
        "is_officer": is_officer,
        "history": [happened(event, actor, words, is_officer) for event, actor in detail.events],
        "may_accept": permissions.can_accept_need(user, need, settings),
        "is_late": permissions.is_certifying_late(need, settings),
        "organization_choices": [(one.id, local(one, "name")) for one in organizations],
        "places_to_go": list(GoTo),
        "go_to": {place.value: place for place in GoTo},
        "kin": [(one, area) for one, area in kin if permissions.can_see_need(user, one)] if is_officer else [],
        "voices": len(kin),
        "asks_similar": permissions.can_join_need(user, need)
        and not any(event.act in (NeedAct.DIFFER, NeedAct.LEAVE) for event, _actor in detail.events),
        "most_photos": photos.MAX_PHOTOS,
        "consents": answers,
        "photos_stay_here": ConsentKind.PHOTOS in answers and not answers[ConsentKind.PHOTOS].is_given,
        "consent_kinds": list(ConsentKind),
    }
    return render(request, "needs/show.html", context, status_code=status_code)


LOOKS = {
    NeedAct.SEND: ("info", "send"),
    NeedAct.ENTER: ("info", "edit"),
    NeedAct.RETURN: ("warn", "question"),
    NeedAct.ADD_DETAIL: ("info", "speech"),
    NeedAct.CERTIFY: ("good", "seal"),
    NeedAct.ACCEPT: ("good", "check-circle"),
    NeedAct.FLOW_ON: ("warn", "arrow-right"),
    NeedAct.WORD: ("neutral", "eye-off"),
    NeedAct.ACKNOWLEDGE: ("info", "check"),
    NeedAct.GROUP: ("brand", "topic"),
    NeedAct.ANSWER: ("good", "speech"),
    NeedAct.DISPUTE: ("warn", "flag"),
    NeedAct.REPLY: ("good", "speech"),
    NeedAct.JOIN: ("brand", "assembly"),
    NeedAct.PROGRESS: ("brand", "plan"),
    NeedAct.MERGE: ("neutral", "merge"),
    NeedAct.WITHDRAW: ("neutral", "leave"),
    NeedAct.OUT_OF_SCOPE: ("neutral", "minus-circle"),
    NeedAct.ADD_PHOTO: ("neutral", "camera"),
}


def happened(event: NeedEvent, actor: User | None, words: Callable[[str], str], is_officer: bool) -> dict[str, Any]:
    """Say one event as a line of the history; what officers wrote for themselves is shown to officers."""
    acts = {act.value: act for act in NeedAct}
    act = acts.get(event.act)
    tone, icon = LOOKS.get(act, ("neutral", "clock")) if act else ("neutral", "clock")
    text = [words(event.note)] if event.note else []
    if consent := event.detail.get("consent"):
        text.insert(0, _("ความยินยอม: {consent}").format(consent=label(Consent(consent))))
    if organization := event.detail.get("organization"):
        text.insert(0, str(organization))
    if is_officer and event.internal_note:
        text.append(_("บันทึกเจ้าหน้าที่: {note}").format(note=event.internal_note))
    return {
        "title": label(act or event.to_status),
        "at": event.at,
        "by": f"{actor.display_name} · {label(actor.agent_type or actor.role)}" if actor else "",
        "text": "\n".join(text),
        "tone": tone,
        "icon": icon,
    }


@router.get("/needs/{ref}/receipt")
def show_receipt(request: Request, user: CurrentUser, settings: SettingsDep, need: NeedDep) -> Response:
    if need.status is NeedStatus.DRAFT:
        return redirect(f"/needs/{need.ref}")
    reads_raw = permissions.can_see_raw_text(user, need)
    words: Callable[[str], str] = (lambda text: text) if reads_raw else privacy.reader(need)
    return render(request, "needs/receipt.html", {"need": need, "words": words, "teller": partial(teller, user)})


@router.get("/photos/{file_name}")
def show_photo(photo: PhotoDep, settings: SettingsDep) -> FileResponse:
    """A photo never changes under its name, but who may see it can: the browser asks each time it opens the page."""
    headers = {"cache-control": "private, max-age=3600"}
    return FileResponse(photos.path(settings, photo.file_name), media_type="image/webp", headers=headers)


@router.post("/needs/{ref}/photos")
def add_photos(
    request: Request, user: CurrentUser, uploads: UploadsDep, session: SessionDep, settings: SettingsDep, need: NeedDep
) -> Response:
    problem = uploads.errors
    if not problem and not uploads.pictures:
        problem = {"photos": _("กรุณาเลือกรูปก่อน")}
    if not problem:
        for picture in uploads.pictures:
            photos.save(settings, picture)
        try:
            needs.add_photos(session, need, user, uploads.pictures)
        except InvalidInput as too_many:
            session.rollback()
            problem = dict(too_many.errors)
        else:
            return redirect(f"/needs/{need.ref}", _("เพิ่มรูปแล้ว"))
    bound = Bound[need_forms.ActForm](errors=problem)
    return show_page(request, session, user, settings, need, bound, status_code=422)


# Acts: each posts to an address of its own; what must be mended is shown on the need's page


@dataclass(frozen=True)
class Acting:
    """One act being posted: who, on what, and what was typed with it."""

    request: Request
    session: Session
    user: User
    settings: SettingsDep
    need: Need
    bound: Bound[need_forms.ActForm]

    def do(self, act: Callable[[need_forms.ActForm], None], done: str) -> Response:
        """Run one act; lead back to the need, or show it again with the box that must be filled."""
        if self.bound.is_valid:
            try:
                act(self.bound.value)
            except InvalidInput as problem:
                self.session.rollback()
                self.bound.errors.update(problem.errors)
            else:
                return redirect(f"/needs/{self.need.ref}", done)
        return show_page(self.request, self.session, self.user, self.settings, self.need, self.bound, status_code=422)


def read_act(
    request: Request, user: CurrentUser, posted: Posted, session: SessionDep, settings: SettingsDep, need: NeedDep
) -> Acting:
    return Acting(request, session, user, settings, need, forms.bind(need_forms.ActForm, posted))


ActingDep = Annotated[Acting, Depends(read_act)]


@router.post("/needs/{ref}/withdraw")
def withdraw_need(acting: ActingDep) -> Response:
    return acting.do(lambda form: needs.withdraw(acting.session, acting.need, acting.user, form.note), _("ถอนเรื่องแล้ว"))


@router.post("/needs/{ref}/add-detail")
def add_detail(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.add_detail(acting.session, acting.need, acting.user, form.detail),
        _("ส่งข้อมูลเพิ่มแล้ว"),
    )


@router.post("/needs/{ref}/dispute")
def dispute_answer(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.dispute(acting.session, acting.need, acting.user, form.reason),
        _("ส่งคำโต้แย้งแล้ว เจ้าหน้าที่จะทบทวนคำตอบ"),
    )


@router.post("/needs/{ref}/reply")
def reply_to_dispute(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.reply_to_dispute(acting.session, acting.need, acting.user, form.note, form.internal_note),
        _("ส่งคำตอบถึงผู้ส่งแล้ว"),
    )


@router.post("/needs/{ref}/acknowledge")
def acknowledge_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.acknowledge(acting.session, acting.need, acting.user, form.note, form.internal_note),
        _("รับเรื่องแล้ว"),
    )


@router.post("/needs/{ref}/return")
def return_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.return_for_detail(acting.session, acting.need, acting.user, form.note, form.internal_note),
        _("ส่งคำถามถึงผู้ส่งแล้ว"),
    )


@router.post("/needs/{ref}/certify")
def certify_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.certify(acting.session, acting.need, acting.user, form.note, form.internal_note),
        _("รับรองแล้ว"),
    )


@router.post("/needs/{ref}/accept")
def accept_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.accept(
            acting.session, acting.need, acting.user, acting.settings, form.note, form.internal_note
        ),
        _("รับเข้าพิจารณาแล้ว โดยระบุว่าอำเภอยังไม่รับรอง"),
    )


@router.post("/needs/{ref}/out-of-scope")
def mark_need_out_of_scope(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.mark_out_of_scope(
            acting.session, acting.need, acting.user, form.go_to, form.note, form.internal_note
        ),
        _("แจ้งผู้ส่งแล้วว่าควรติดต่อที่ใด"),
    )


@router.post("/needs/{ref}/refer")
def refer_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.refer(
            acting.session, acting.need, acting.user, form.organization, form.note, form.internal_note
        ),
        _("ส่งต่อแล้ว"),
    )


@router.post("/needs/{ref}/merge")
def merge_need(acting: ActingDep) -> Response:
    return acting.do(
        lambda form: needs.merge(acting.session, acting.need, acting.user, form.into, form.note, form.internal_note),
        _("รวมเรื่องแล้ว"),
    )
