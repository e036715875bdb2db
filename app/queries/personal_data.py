"""All that is kept of one person, as they may read it and take it with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from sqlalchemy import Row
from sqlmodel import Session, SQLModel, col, func, or_, select

from app.i18n import N_
from app.models import (
    Assembly,
    AuditEvent,
    ConsentAnswer,
    Invitation,
    Need,
    NeedEvent,
    NeedPhoto,
    NeedStatus,
    Notice,
    OutboxReport,
    Reminder,
    Subscription,
    User,
    UserSession,
)

READ = "contacts.read"
SHOWN = 100
# The parts of a copy, in its order, as people say them.
PARTS = {
    "person": N_("บัญชี"),
    "needs": N_("เรื่องที่ส่ง"),
    "need_events": N_("ประวัติของเรื่องที่ส่ง"),
    "photos": N_("รูปที่ส่ง"),
    "consents": N_("คำตอบเรื่องการอนุญาต"),
    "notices": N_("ข่าวถึงคุณ"),
    "subscriptions": N_("ช่องทางรับข่าว"),
    "sign_ins": N_("เครื่องที่เข้าสู่ระบบ"),
    "phones": N_("มือถือที่เก็บเรื่องไว้รอส่ง"),
    "assemblies": N_("ประชาคมที่เป็นประธาน"),
    "reminders": N_("การเตือนที่ได้รับ"),
    "invitations": N_("คำเชิญที่ใช้"),
    "acts": N_("สิ่งที่ทำหรือถูกทำกับบัญชี"),
}


@dataclass(frozen=True)
class Summary:
    """How much there is of each kind; ``readings`` are acts of reading the person's contact data, with who read."""

    needs: int
    drafts: int
    photos: int
    notices: int
    sign_ins: int
    acts: int
    readings: Sequence[Row[tuple[AuditEvent, str | None]]]


def summary(session: Session, person: User) -> Summary:
    def count(query: Any) -> int:
        return int(session.exec(query).one())

    mine = select(func.count()).select_from(Need).where(Need.author_id == person.id)
    return Summary(
        needs=count(mine.where(Need.status != NeedStatus.DRAFT)),
        drafts=count(mine.where(Need.status == NeedStatus.DRAFT)),
        photos=count(
            select(func.count())
            .select_from(NeedPhoto)
            .join(Need, col(Need.id) == col(NeedPhoto.need_id))
            .where(Need.author_id == person.id)
        ),
        notices=count(select(func.count()).select_from(Notice).where(Notice.user_id == person.id)),
        sign_ins=count(select(func.count()).select_from(UserSession).where(UserSession.user_id == person.id)),
        acts=count(select(func.count()).select_from(AuditEvent).where(AuditEvent.actor_id == person.id)),
        readings=readings(session, person),
    )


def readings(session: Session, person: User) -> Sequence[Row[tuple[AuditEvent, str | None]]]:
    """Return who read a person's contact data, the latest first."""
    return session.exec(
        select(AuditEvent, User.display_name)
        .join(User, col(User.id) == col(AuditEvent.actor_id), isouter=True)
        .where(AuditEvent.act == READ, AuditEvent.subject == f"user:{person.id}")
        .order_by(col(AuditEvent.id).desc())
        .limit(SHOWN)
    ).all()  # type: ignore[return-value]  # SQLModel types rows as tuples


def photos(session: Session, person: User) -> Sequence[NeedPhoto]:
    """Return the photos of a person's needs."""
    return session.exec(
        select(NeedPhoto).join(Need, col(Need.id) == col(NeedPhoto.need_id)).where(Need.author_id == person.id)
    ).all()


def everything(session: Session, person: User) -> dict[str, Any]:
    """Return every row about a person, as plain data under the names the tables use."""

    def rows(query: Any, *, without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        return [_plain(row, without) for row in session.exec(query)]

    own = f"user:{person.id}"
    needs = select(Need).where(Need.author_id == person.id).order_by(col(Need.id))
    of_needs = select(col(Need.id)).where(col(Need.author_id) == person.id)
    return {
        "person": _plain(person, ("password_hash",)),
        "needs": rows(needs, without=("body_hash", "source_key")),
        "need_events": rows(
            select(NeedEvent).where(col(NeedEvent.need_id).in_(of_needs)).order_by(col(NeedEvent.id)),
            without=("internal_note",),
        ),
        "photos": rows(select(NeedPhoto).where(col(NeedPhoto.need_id).in_(of_needs))),
        "consents": rows(select(ConsentAnswer).where(ConsentAnswer.user_id == person.id)),
        "notices": rows(select(Notice).where(Notice.user_id == person.id)),
        "subscriptions": rows(select(Subscription).where(Subscription.user_id == person.id), without=("code_hash",)),
        "sign_ins": rows(select(UserSession).where(UserSession.user_id == person.id), without=("token_hash",)),
        "phones": rows(select(OutboxReport).where(OutboxReport.user_id == person.id)),
        "assemblies": rows(select(Assembly).where(Assembly.chair_id == person.id)),
        "reminders": rows(select(Reminder).where(Reminder.user_id == person.id), without=("by_id",)),
        "invitations": rows(
            select(Invitation).where(Invitation.used_by_id == person.id), without=("token_hash", "created_by_id")
        ),
        "acts": rows(
            select(AuditEvent)
            .where(or_(AuditEvent.actor_id == person.id, AuditEvent.subject == own))
            .order_by(col(AuditEvent.id))
        ),
    }


def _plain(row: SQLModel, without: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for name in type(row).model_fields:
        value = getattr(row, name)
        if name not in without and value not in (None, "", {}, []):
            found[name] = value.value if isinstance(value, Enum) else value
    return found
