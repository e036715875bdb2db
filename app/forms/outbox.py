"""What a phone delivers: one need as JSON, in whatever version of the form it was written."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, ValidationError, WrapValidator
from pydantic import ValidatorFunctionWrapHandler as Read

from app.database import now
from app.exceptions import Busy, InvalidInput
from app.forms import Form, bind_values
from app.forms.needs import NeedForm, bind_answers
from app.i18n import _
from app.services.needs import Kept
from app.services.photos import MAX_PHOTOS

SCHEMA_VERSION = 1
# From each old version, how its answers become those of the next. An old item is always accepted: it is somebody's
# words, written while the phone was away.
ADAPTERS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
MAX_DEVICE = 40


def _or_none(value: Any, read: Read) -> Any:
    """Read what must never stand in the way of somebody's words; what makes no sense counts as not given."""
    try:
        return read(value)
    except ValidationError:
        return None


def _possible(time: datetime) -> datetime:
    if not 1970 < time.year < 9000:  # a phone's clock can say any year, but not every year can be stored
        raise ValueError("no such time")
    return time


class Location(Form):
    lat: float = Field(ge=-90, le=90)
    lng: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0, le=1e7)


class Envelope(Form):
    """An item around its answers: who wrote it, when, and what belongs to it."""

    client_uuid: UUID
    schema_version: int = Field(ge=1)
    author_id: int
    captured_at: Annotated[Annotated[AwareDatetime, AfterValidator(_possible)] | None, WrapValidator(_or_none)] = None
    replaces: UUID | None = None
    photos: list[Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]] = Field(default_factory=list)
    answers: dict[str, Any]


class Place(Form):
    location: Annotated[Location | None, WrapValidator(_or_none)] = None


@dataclass(frozen=True)
class Item:
    """One need as delivered; ``body_hash`` is of its words and photos as the phone wrote them, in any version."""

    client_uuid: str
    author_id: int
    form: NeedForm
    kept: Kept
    body_hash: str


def read_item(raw: Mapping[str, Any]) -> Item:
    """Read one item. Raises InvalidInput, with its errors by field; Busy when its form is newer than this server."""
    try:
        envelope = Envelope.model_validate(raw)
    except ValidationError as error:
        names = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
        raise InvalidInput(_("อ่านเรื่องที่ส่งมาไม่ได้: {names}").format(names=names)) from error
    if (
        envelope.schema_version > SCHEMA_VERSION
    ):  # the server was put back to an older version: the words must not suffer
        raise Busy(_("เรื่องนี้เขียนด้วยแบบที่ใหม่กว่าระบบ ระบบจะรับได้เมื่อปรับปรุงเสร็จ"))
    answers = envelope.answers
    for version in range(envelope.schema_version, SCHEMA_VERSION):
        answers = ADAPTERS[version](answers)
    bound = bind_answers(answers)
    if len(envelope.photos) > MAX_PHOTOS:
        bound.errors["photos"] = _("แนบรูปได้ไม่เกิน {most} รูป").format(most=MAX_PHOTOS)
    if not bound.is_valid:
        raise InvalidInput(_("มีบางช่องที่ต้องแก้ก่อนส่ง"), bound.errors)
    location = bind_values(Place, {"location": answers.get("location")}).value.location
    kept = Kept(
        captured_at=envelope.captured_at,
        photos=tuple(dict.fromkeys(envelope.photos)),
        replaces=str(envelope.replaces) if envelope.replaces else None,
        location=location.model_dump(exclude_none=True) if location else None,
    )
    return Item(
        str(envelope.client_uuid), envelope.author_id, bound.value, kept, fingerprint(envelope.answers, envelope.photos)
    )


def read_json(body: bytes) -> dict[str, Any]:
    """Return the object in a body. Raises InvalidInput when there is none."""
    try:
        raw = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raw = None
    if not isinstance(raw, dict):
        raise InvalidInput(_("อ่านเรื่องที่ส่งมาไม่ได้: {names}").format(names="JSON"))
    return raw


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def fingerprint(answers: dict[str, Any], photos: list[str]) -> str:
    """Name words and photos, whatever the order they are written in: delivered again, they have the same name."""
    body = json.dumps([answers, sorted(photos)], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Waiting:
    """What a phone says of its outbox in the header ``X-Outbox: count;seconds;device``."""

    device: str
    count: int
    oldest_at: datetime | None


def read_waiting(header: str) -> Waiting | None:
    """Read the header; None when it is missing or says nothing that makes sense."""
    count, _semicolon, rest = header.partition(";")
    seconds, _semicolon, device = rest.partition(";")
    device = device.strip()
    if not (count.strip().isdecimal() and len(count) < 7 and device.isascii() and 0 < len(device) <= MAX_DEVICE):
        return None
    waited = int(seconds) if seconds.strip().isdecimal() and len(seconds) < 10 else 0
    number = int(count)
    return Waiting(device, number, now() - timedelta(seconds=waited) if number else None)
