"""What still waited on a phone, brought in from its file by an officer: the same needs, in their authors' names, once.

The file is kept beside the photos from its preview to its import, a day at most.
"""

import base64
import binascii
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app import permissions
from app.config import Settings
from app.exceptions import AppError, InvalidInput
from app.i18n import N_, Labelled, _
from app.models import Channel, Need, NeedAct, User
from app.services import audit, needs, photos
from app.services.photos import Picture

KEPT_SECONDS = 86_400


class Fate(Labelled):
    """What becomes of one need of a file."""

    NEW = "new", N_("เรื่องใหม่")
    KNOWN = "known", N_("ถึงระบบแล้ว")
    REFUSED = "refused", N_("นำเข้าไม่ได้")


@dataclass(frozen=True)
class Entry:
    """One need of a file; ``posted`` is what ``outbox.receive`` takes, or None with the ``error`` that says why."""

    number: int
    author_id: int | None
    author_name: str
    problem: str
    posted: Mapping[str, Any] | None = None
    error: str = ""
    photos: Mapping[str, str] = field(default_factory=dict)
    promised: tuple[str, ...] = ()


@dataclass(frozen=True)
class Taken:
    """An entry with what became of it; ``lacking`` counts the photos that are neither in the file nor in the system."""

    entry: Entry
    fate: Fate
    author: str
    reason: str = ""
    ref: str = ""
    lacking: int = 0


# The file


def keep(settings: Settings, officer: User, content: bytes) -> str:
    """Store a file until it is imported, and throw away what nobody came back for; return its name."""
    folder = settings.data_dir / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    name = hashlib.sha256(content).hexdigest()
    _path(settings, officer, name).write_bytes(content)
    return name


def kept(settings: Settings, officer: User, name: str) -> bytes | None:
    """Return a file this officer uploaded; None when it is gone, or somebody else's."""
    path = _path(settings, officer, name)
    return path.read_bytes() if path.is_file() else None


def forget(settings: Settings, officer: User, name: str) -> None:
    _path(settings, officer, name).unlink(missing_ok=True)


def _path(settings: Settings, officer: User, name: str) -> Path:
    return settings.data_dir / "outbox" / f"{officer.id}-{name}.json"


def pictures(entry: Entry) -> dict[str, Picture]:
    """Unpack the photos of an entry that are whole; those that are not stay owed. Slow, so done before any writing."""
    found = {}
    for sha256 in entry.promised:
        try:
            data = base64.b64decode(entry.photos.get(sha256, ""), validate=True)
            if data and hashlib.sha256(data).hexdigest() == sha256:
                found[sha256] = photos.read(data)
        except (binascii.Error, InvalidInput):
            continue
    return found


# Its needs


def preview(session: Session, officer: User, entries: Sequence[Entry]) -> list[Taken]:
    """Say what would become of each entry: it is done, and taken back."""
    found = []
    for entry in entries:
        with session.begin_nested() as trial:
            found.append(_take(session, officer, entry, None))
            trial.rollback()
        session.expire_all()
    return found


def take_in(
    session: Session, officer: User, entries: Sequence[Entry], ready: Mapping[int, Mapping[str, Picture]], name: str
) -> list[Taken]:
    """Bring every entry in or leave it whole; one that is refused stands in no other's way."""
    found = [_take(session, officer, entry, ready.get(entry.number, {})) for entry in entries]
    new = [one.ref for one in found if one.fate is Fate.NEW]
    audit.record(session, officer, "outbox.import", f"file:{name[:12]}", needs=new)
    return found


def _take(session: Session, officer: User, entry: Entry, ready: Mapping[str, Picture] | None) -> Taken:
    """Take one entry in; ``ready`` are its photos, or None where only what would happen is asked."""
    author = session.get(User, entry.author_id) if entry.author_id is not None else None
    if author is None or not permissions.can_take_in_for(officer, author):
        reason = _("ผู้เขียนไม่ได้อยู่ในพื้นที่ของคุณ ให้เจ้าหน้าที่ของพื้นที่นั้นนำเข้า หรือให้เจ้าของเข้าสู่ระบบแล้วส่งเอง")
        return Taken(entry, Fate.REFUSED, entry.author_name, reason)
    if entry.posted is None:
        return Taken(entry, Fate.REFUSED, author.display_name, entry.error)
    try:
        with session.begin_nested():
            need, is_new = needs.post(session, author, send=True, **entry.posted)
            if is_new:
                _mark(session, officer, need)
            for sha256 in need.photos_missing:
                if ready is not None and sha256 in ready:
                    needs.deliver_photo(session, need, author, ready[sha256])
    except AppError as problem:
        reasons = problem.errors.values() if isinstance(problem, InvalidInput) and problem.errors else [problem.message]
        return Taken(entry, Fate.REFUSED, author.display_name, " · ".join(reasons))
    at_hand = entry.photos if ready is None else ready
    lacking = sum(1 for sha256 in need.photos_missing if sha256 not in at_hand)
    return Taken(entry, Fate.NEW if is_new else Fate.KNOWN, author.display_name, "", need.ref, lacking)


def _mark(session: Session, officer: User, need: Need) -> None:
    """Say who brought it, in its history and to its author: nobody's words arrive without their knowing."""
    need.entered_by_id, need.channel = officer.id, Channel.IMPORT
    needs.step(session, need, officer, NeedAct.IMPORT, need.status)
    needs.notify(session, need, NeedAct.IMPORT, N_("เจ้าหน้าที่นำเรื่องที่ค้างในโทรศัพท์ของคุณเข้าระบบให้แล้ว"))
