"""What phones ask and deliver: JSON, once and only once, in the name of the one who wrote it."""

import hashlib
import json
from asyncio import get_running_loop
from contextvars import copy_context
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from sqlmodel import Session

from app.config import Settings
from app.database import transaction
from app.dependencies import CurrentUser, OwnNeedDep, SessionDep, SettingsDep, person
from app.exceptions import InvalidInput, NotAllowed
from app.forms import outbox as outbox_forms
from app.i18n import _
from app.models import Need, User
from app.queries import needs as need_queries
from app.queries import outbox as outbox_queries
from app.services import needs, outbox, photos
from app.services.photos import Picture
from app.templating import local

router = APIRouter()
EXCERPT = 120


async def read_body(request: Request) -> bytes:
    return await request.body()


Body = Annotated[bytes, Depends(read_body)]


def receipt(need: Need) -> dict[str, Any]:
    """Say what arrived, so that a phone may forget it: only an answer that repeats its name counts."""
    return {
        "client_uuid": need.client_uuid,
        "ref": need.ref,
        "status": need.status.value,
        "sent_at": need.sent_at.isoformat() if need.sent_at else None,
        "received_at": need.created_at.isoformat(),
        "photos_missing": need.photos_missing,
        "receipt": f"/needs/{need.ref}/receipt",
    }


def note_outbox(request: Request, session: Session, user: User) -> None:
    """Keep what the phone says of its own outbox, beside whatever it asked for."""
    said = outbox_forms.read_waiting(request.headers.get("x-outbox", ""))
    if said is not None:
        outbox.report(session, user, device=said.device, waiting=said.count, oldest_at=said.oldest_at)


@router.get("/api/intake")
def show_intake(request: Request, session: SessionDep, user: CurrentUser) -> Response:
    """Everything a phone must know before it loses the network: who writes, for which rounds, about which places."""
    if "x-outbox" in request.headers:
        with transaction(request.app.state.engine) as writing:
            note_outbox(request, writing, user)
    last = outbox_queries.last_sent(session, user)
    body = json.dumps(
        {
            "user": {
                "id": user.id,
                "name": user.display_name,
                "role": user.role.value,
                "area_code": user.area_code,
                "area_name": local(user.area, "full") if user.area else "",
            },
            "rounds": [
                {
                    "id": one.id,
                    "title": local(one, "title"),
                    "closes_on": one.close_on.isoformat(),
                    "cluster_code": one.cluster_code,
                }
                for one in need_queries.open_consultations(session, user)
            ],
            "areas": [
                {"code": area.code, "name": local(area, "name"), "kind": area.level.value, "parent": area.parent_code}
                for area in outbox_queries.places(session, user)
            ],
            "schema_version": outbox_forms.SCHEMA_VERSION,
            "remembered": {
                "households": last.households if last else None,
                "area_code": last.area_code if last else user.area_code,
            },
        },
        ensure_ascii=False,
    ).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {"etag": etag, "cache-control": "no-store"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


@router.post("/api/needs")
async def receive_need(request: Request, settings: SettingsDep) -> Response:
    """Take in one need: 201 when it is new, 200 with the same receipt when it was delivered before."""
    body = await request.body()
    work = partial(copy_context().run, take_in, request, settings, body)
    return await get_running_loop().run_in_executor(request.app.state.writers, work)


def take_in(request: Request, settings: Settings, body: bytes) -> Response:
    """Do all of it in one thread: who asks, what they sent, and the commit before the answer."""
    user = person(request, settings)
    request.app.state.intake_limit.hit([f"user:{user.id}"])
    raw = outbox_forms.read_json(body)
    request.state.client_uuid = raw.get("client_uuid")
    item = outbox_forms.read_item(raw)
    key = request.headers.get("idempotency-key")
    if key is not None and key.lower() != item.client_uuid:
        raise InvalidInput(_("อ่านเรื่องที่ส่งมาไม่ได้: {names}").format(names="Idempotency-Key"))
    if item.author_id != user.id:
        raise NotAllowed(_("เรื่องนี้เขียนในบัญชีอื่น ให้เจ้าของเข้าสู่ระบบแล้วส่งเอง ข้อความยังอยู่ในเครื่อง"))
    with transaction(request.app.state.engine) as session:
        need, is_new = needs.post(
            session,
            user,
            item.form.answers,
            client_uuid=item.client_uuid,
            body_hash=item.body_hash,
            consultation_id=item.form.consultation,
            area_code=item.form.area_code,
            area_text=item.form.area_code_query,
            send=True,
            are_households_sure=item.form.are_households_sure,
            joins=item.form.joins,
            kept=item.kept,
        )
        note_outbox(request, session, user)
        answer = receipt(need)
    return JSONResponse(answer, status_code=201 if is_new else 200)


@router.get("/api/needs/sent")
def list_sent(session: SessionDep, user: CurrentUser, since: datetime | None = None) -> Response:
    """The receipts of one's own needs, for a phone that lost them."""
    if since is not None and since.tzinfo is None:
        since = since.astimezone()
    found = outbox_queries.sent(session, user, since=since)
    return JSONResponse([{**receipt(need), "problem": need.problem[:EXCERPT]} for need in found])


@router.get("/api/needs/{client_uuid}")
def show_need_receipt(need: OwnNeedDep) -> Response:
    return JSONResponse(receipt(need))


def read_photo(request: Request, sha256: str, user: CurrentUser, body: Body) -> Picture:
    """Read and unpack one photo before the database is touched. Raises InvalidInput when it is not what it says."""
    request.app.state.intake_limit.hit([f"user:{user.id}"])
    if hashlib.sha256(body).hexdigest() != sha256:
        message = _("รูปมาไม่ครบ กรุณาส่งอีกครั้ง")
        raise InvalidInput(message, {"photos": message})
    return photos.read(body)


@router.put("/api/needs/{client_uuid}/photos/{sha256}")
def receive_photo(
    picture: Annotated[Picture, Depends(read_photo)],
    user: CurrentUser,
    session: SessionDep,
    settings: SettingsDep,
    need: OwnNeedDep,
) -> Response:
    """Take in one photo of a need: 201 when it is new, 200 when it was delivered before."""
    photos.save(settings, picture)
    is_new = needs.deliver_photo(session, need, user, picture)
    body = {"client_uuid": need.client_uuid, "sha256": picture.sha256, "photos_missing": need.photos_missing}
    return JSONResponse(body, status_code=201 if is_new else 200)
