"""What a person does with their own data: correct it, take a copy, have it erased; and what time erases by itself."""

import json
import zipfile
from typing import IO, Any

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.config import Settings
from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import N_, _
from app.models import (
    Assembly,
    AuditEvent,
    BehalfOf,
    ConsentAnswer,
    Delivery,
    Invitation,
    Need,
    NeedEvent,
    NeedPhoto,
    NeedStatus,
    NeedWord,
    Notice,
    OutboxReport,
    Reminder,
    Role,
    Subscription,
    User,
    UserSession,
    read_phone,
)
from app.queries import personal_data
from app.services import audit, photos

NO_NAME = N_("ไม่มีชื่อ (ลบตามคำขอหรือเมื่อครบเวลา)")
WORDS = ("problem", "cause", "wish", "place_note", "do_ourselves", "do_together", "ask_for", "behalf_name", "product")


def correct(session: Session, person: User, *, display_name: str, phone: str | None) -> None:
    """Set right one's own name and telephone number. Raises InvalidInput when the number is somebody else's."""
    number = read_phone(phone) if phone else None
    if phone and number is None:
        message = _("กรอกเบอร์โทรให้ครบ เช่น 081 234 5678")
        raise InvalidInput(message, {"phone": message})
    if number is None and person.username is None:
        message = _("ต้องมีเบอร์โทร เพราะคุณใช้เบอร์นี้เข้าสู่ระบบ")
        raise InvalidInput(message, {"phone": message})
    given = {"display_name": display_name, "phone": number}
    changed = [name for name, value in given.items() if getattr(person, name) != value]
    person.display_name, person.phone = display_name, number
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:
        message = _("เบอร์โทรนี้มีคนใช้แล้ว")
        raise InvalidInput(message, {"phone": message}) from None
    if changed:  # which, not what: the log would keep the old number longer than the account does
        audit.record(session, person, "personal_data.correct", f"user:{person.id}", changed_fields=", ".join(changed))
    session.flush()


def write_copy(session: Session, person: User, settings: Settings, page: str, to: IO[bytes]) -> None:
    """Write a ZIP of all that is kept of a person: as data, as a page to read, and their photos."""
    audit.record(session, person, "personal_data.copy", f"user:{person.id}")
    session.flush()
    found = personal_data.everything(session, person)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as copy:
        copy.writestr("data.json", json.dumps(found, ensure_ascii=False, indent=2, default=_as_text))
        copy.writestr("data.html", page)
        for photo in personal_data.photos(session, person):
            if (path := photos.path(settings, photo.file_name)).is_file():
                copy.write(path, f"photos/{path.name}", zipfile.ZIP_STORED)


def _as_text(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def erase(session: Session, person: User) -> None:
    """Close one's own account and take out what points to the person; needs stay, without the name.

    An officer's name stays on official acts, which are public record. Raises Conflict for the last administrator.
    """
    if person.role is Role.ADMINISTRATOR:
        others = select(User.id).where(User.role == Role.ADMINISTRATOR, col(User.is_active), User.id != person.id)
        if session.exec(others.limit(1)).first() is None:
            raise Conflict(_("คุณเป็นผู้ดูแลระบบคนเดียว ต้องตั้งคนอื่นก่อน"))
    audit.record(session, person, "personal_data.erase", f"user:{person.id}")
    forget_contacts(session, person)
    _delete_drafts(session, person)
    _run(session, delete(Notice).where(col(Notice.user_id) == person.id))
    if person.role is Role.CHANGE_AGENT:
        forget_name(session, person)
    person.erased_at = now()
    session.add(person)
    session.flush()


def forget_contacts(session: Session, person: User) -> None:
    """Close an account: no number, no address, no way to sign in."""
    person.username = person.phone = person.password_hash = None
    person.is_active = False
    session.add(person)
    session.flush()
    addresses = select(col(Subscription.id)).where(col(Subscription.user_id) == person.id)
    _run(session, delete(Delivery).where(col(Delivery.subscription_id).in_(addresses)))
    _run(session, delete(Subscription).where(col(Subscription.user_id) == person.id))
    _run(session, delete(UserSession).where(col(UserSession.user_id) == person.id))
    _run(session, delete(Reminder).where(col(Reminder.user_id) == person.id))
    _run(session, delete(OutboxReport).where(col(OutboxReport.user_id) == person.id))


def forget_name(session: Session, person: User) -> None:
    """Take a person's name out of their account, their needs, their invitation and what the log kept of it."""
    person.display_name = NO_NAME
    session.add(person)
    mine = col(Need.author_id) == person.id
    _run(session, update(Need).where(mine).values(author_name=NO_NAME))
    _run(session, update(Need).where(mine, col(Need.behalf_of) == BehalfOf.SELF).values(behalf_name=""))
    _run(session, update(Assembly).where(col(Assembly.chair_id) == person.id).values(chair=NO_NAME))
    _run(session, update(Invitation).where(col(Invitation.used_by_id) == person.id).values(display_name=""))
    for event in session.exec(select(AuditEvent).where(AuditEvent.subject == f"user:{person.id}")):
        changed = event.detail.get("changed", {})
        if "display_name" in changed:
            kept = {name: value for name, value in changed.items() if name != "display_name"}
            event.detail = {**event.detail, "changed": kept}
            session.add(event)
    session.flush()


def _delete_drafts(session: Session, person: User) -> None:
    drafts = session.exec(select(Need.id).where(Need.author_id == person.id, Need.status == NeedStatus.DRAFT)).all()
    for table in (NeedEvent, NeedPhoto, NeedWord, ConsentAnswer, Notice):
        _run(session, delete(table).where(col(table.need_id).in_(drafts)))
    _run(session, delete(Need).where(col(Need.id).in_(drafts)))


def _run(session: Session, statement: Any) -> int:
    """Run a statement on many rows at once; return how many it changed."""
    session.flush()
    return int(session.connection().execute(statement).rowcount)
