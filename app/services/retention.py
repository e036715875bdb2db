"""What is not kept for ever: counted first if one likes, then taken out, by the worker every day.

Each rule is a function that does its part and returns how much it was. A dry run does the very same and takes it back.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, delete, exists, update
from sqlmodel import Session, col, func, or_, select

from app.config import Settings
from app.database import now, transaction
from app.jobs import Run, daily
from app.models import (
    Assembly,
    AssemblyItem,
    AuditEvent,
    Consultation,
    Delivery,
    DeliveryStatus,
    Invitation,
    LineEvent,
    Need,
    NeedEvent,
    NeedPhoto,
    NeedStatus,
    Notice,
    Role,
    Stage,
    User,
)
from app.services import audit, personal_data
from app.services.privacy import mask

MONTH = timedelta(days=365.25 / 12)
TRANSPORT = timedelta(days=90)
BATCH = 200
ALL = 10**9
OVER = (Stage.RESPONDED, Stage.ARCHIVED)
Rule = Callable[[Session, Settings, int], int]


@daily("retention")
def run_daily(work: Run) -> dict[str, Any]:
    return run(work.engine, Settings())


def run(engine: Engine, settings: Settings, *, is_dry: bool = False) -> dict[str, int]:
    """Apply every rule, a few hundred rows to a transaction, and return how much each took out."""
    counts = {}
    for name, rule in RULES.items():
        total, limit = 0, ALL if is_dry else BATCH
        while True:
            with transaction(engine) as session:
                count = rule(session, settings, limit)
                session.flush()
                if is_dry:
                    session.rollback()
            total += count
            if count < limit:
                break
        counts[name] = total
    return counts


def forget_contacts(session: Session, settings: Settings, limit: int) -> int:
    """Close the accounts of senders long unseen, and of anybody long kept out, once their rounds are over."""
    before = now() - settings.keep_contact_months * MONTH
    is_waiting = exists().where(
        col(Need.author_id) == col(User.id),
        col(Need.consultation_id) == col(Consultation.id),
        col(Need.status) != NeedStatus.DRAFT,
        or_(col(Consultation.stage).not_in(OVER), col(Need.status_at) >= before),
    )
    found = session.exec(
        select(User)
        .where(
            or_(User.role == Role.CHANGE_AGENT, col(User.is_active).is_(False)),
            or_(col(User.phone).is_not(None), col(User.username).is_not(None)),
            func.coalesce(col(User.last_seen_at), col(User.created_at)) < before,
            ~is_waiting,
        )
        .limit(limit)
    ).all()
    for person in found:
        personal_data.forget_contacts(session, person)
        audit.record(session, None, "retention.forget_contacts", f"user:{person.id}")
    return len(found)


def mask_words(session: Session, settings: Settings, limit: int) -> int:
    """Leave of old needs only the masked words, without names and photos."""
    before = now() - settings.keep_words_months * MONTH
    found = session.exec(
        select(Need).where(col(Need.sent_at) < before, col(Need.masked_at).is_(None)).limit(limit)
    ).all()
    for need in found:
        for name in personal_data.WORDS:
            setattr(need, name, mask(getattr(need, name)))
        need.author_name, need.behalf_name, need.location = personal_data.NO_NAME, "", None
        need.masked_at = now()
        session.add(need)
        for event in session.exec(select(NeedEvent).where(NeedEvent.need_id == need.id)):
            event.note, event.internal_note = mask(event.note), mask(event.internal_note)
            session.add(event)
        _run(session, delete(NeedPhoto).where(col(NeedPhoto.need_id) == need.id))
    return len(found)


def mask_assemblies(session: Session, settings: Settings, limit: int) -> int:
    """Leave of old meetings their numbers and the needs they became: no chair, no scan of the signed sheet."""
    before = now() - settings.keep_words_months * MONTH
    found = session.exec(
        select(Assembly)
        .where(col(Assembly.sent_at) < before, col(Assembly.chair) != personal_data.NO_NAME)
        .limit(limit)
    ).all()
    for assembly in found:
        assembly.chair, assembly.chair_id = personal_data.NO_NAME, None
        assembly.minutes, assembly.place, assembly.sheet_file = mask(assembly.minutes), mask(assembly.place), ""
        session.add(assembly)
        _run(session, update(AssemblyItem).where(col(AssemblyItem.assembly_id) == assembly.id).values(answers={}))
    return len(found)


def forget_invited_names(session: Session, settings: Settings, limit: int) -> int:
    before = now() - settings.keep_contact_months * MONTH
    old = select(col(Invitation.id)).where(col(Invitation.expires_at) < before, col(Invitation.display_name) != "")
    return _run(session, update(Invitation).where(col(Invitation.id).in_(old.limit(limit))).values(display_name=""))


def delete_read_notices(session: Session, settings: Settings, limit: int) -> int:
    before = now() - settings.keep_contact_months * MONTH
    old = session.exec(select(Notice.id).where(col(Notice.read_at) < before).limit(limit)).all()
    _run(session, delete(Delivery).where(col(Delivery.notice_id).in_(old)))
    return _run(session, delete(Notice).where(col(Notice.id).in_(old)))


def delete_sent_messages(session: Session, settings: Settings, limit: int) -> int:
    """Forget what was sent, and what was given up, after a season; the notices stay."""
    before = now() - TRANSPORT
    _run(session, delete(LineEvent).where(col(LineEvent.received_at) < before))
    old = select(col(Delivery.id)).where(
        col(Delivery.created_at) < before, col(Delivery.status) != DeliveryStatus.WAITING
    )
    return _run(session, delete(Delivery).where(col(Delivery.id).in_(old.limit(limit))))


def delete_old_acts(session: Session, settings: Settings, limit: int) -> int:
    before = now() - settings.keep_audit_months * MONTH
    old = select(col(AuditEvent.id)).where(col(AuditEvent.at) < before)
    return _run(session, delete(AuditEvent).where(col(AuditEvent.id).in_(old.limit(limit))))


def _run(session: Session, statement: Any) -> int:
    session.flush()
    return int(session.connection().execute(statement).rowcount)


RULES: dict[str, Rule] = {
    "contacts": forget_contacts,
    "words": mask_words,
    "assemblies": mask_assemblies,
    "invitations": forget_invited_names,
    "notices": delete_read_notices,
    "messages": delete_sent_messages,
    "acts": delete_old_acts,
}
