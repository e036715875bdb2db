"""Where a person wants to be told: addresses added, confirmed, turned off, taken away."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.channels import push
from app.config import Settings
from app.database import now
from app.exceptions import Gone, InvalidInput
from app.i18n import _
from app.models import Delivery, DeliveryChannel, DeliveryStatus, LineEvent, Subscription, User
from app.security import hash_token, is_signed
from app.services import deliveries

CODE_FOR = timedelta(minutes=15)
MOST_DEVICES = 10
_EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when read aloud or written down
_CODE_LENGTH = 8


def choose(session: Session, person: User, *, locale: str, quiet_from: int, quiet_until: int, has_digest: bool) -> None:
    """Keep when and in what language a person wants to be told."""
    person.locale, person.quiet_from, person.quiet_until = locale, quiet_from, quiet_until
    person.has_digest = has_digest
    session.add(person)
    session.flush()


def add_email(session: Session, person: User, address: str) -> Subscription:
    """Take an address in place of the one before, and ask it to be confirmed; asking again sends the request again."""
    found = _of(session, person, DeliveryChannel.EMAIL)
    if found is not None and found.address == address and found.confirmed_at is not None:
        found.is_on, found.problem = True, ""
        session.add(found)
        session.flush()
        return found
    if found is not None:
        remove(session, found)
    added = Subscription(user_id=person.id, channel=DeliveryChannel.EMAIL, address=address)
    session.add(added)
    session.flush()
    deliveries.greet(session, added)
    return added


def confirm_email(session: Session, token: str, settings: Settings) -> Subscription:
    """Take an address into use. Raises Gone when the link is too old, or of an address no longer wanted."""
    found = find_to_confirm(session, token, settings)
    if found.confirmed_at is None:
        found.confirmed_at = now()
        session.add(found)
        session.flush()
    return found


def find_to_confirm(session: Session, token: str, settings: Settings) -> Subscription:
    number, _dash, rest = token.partition("-")
    until, _dash, mark = rest.partition("-")
    found = session.get(Subscription, int(number)) if number.isdecimal() and len(number) < 10 else None
    is_good = found is not None and is_signed(settings.data_dir, mark, "confirm", found.id, found.address, until)
    if found is None or not is_good or int(until) < now().timestamp():
        raise Gone(_("ลิงก์นี้ใช้ไม่ได้แล้ว เปิดหน้าการรับข่าวแล้วใส่อีเมลอีกครั้ง"))
    return found


def find_to_unsubscribe(session: Session, token: str, settings: Settings) -> Subscription:
    """Return the address a letter was sent to. Raises Gone when it was taken away since."""
    number, _dash, mark = token.partition("-")
    found = session.get(Subscription, int(number)) if number.isdecimal() and len(number) < 10 else None
    if found is None or not is_signed(settings.data_dir, mark, "unsubscribe", found.id, found.address):
        raise Gone(_("ที่อยู่นี้ไม่ได้รับข่าวจากเราแล้ว"))
    return found


def add_push(
    session: Session, person: User, *, endpoint: str, keys: dict[str, Any], device: str, settings: Settings
) -> Subscription:
    """Take this browser; it belongs to whoever used it last. Raises InvalidInput for an unknown push service."""
    if not push.may_serve(settings, endpoint):
        raise InvalidInput(_("เครื่องนี้ใช้บริการแจ้งเตือนที่ระบบไม่รู้จัก"))
    is_greeted = False
    for other in session.exec(select(Subscription).where(Subscription.address == endpoint)):
        is_greeted = other.user_id == person.id and other.is_on
        remove(session, other)
    devices = _every(session, person, DeliveryChannel.PUSH)
    for oldest in devices[: max(len(devices) - MOST_DEVICES + 1, 0)]:
        remove(session, oldest)
    added = Subscription(
        user_id=person.id,
        channel=DeliveryChannel.PUSH,
        address=endpoint,
        keys=keys,
        device=device[:80],
        confirmed_at=now(),
    )
    session.add(added)
    session.flush()
    if not is_greeted:
        deliveries.greet(session, added)
    return added


def start_line(session: Session, person: User) -> str:
    """Return a code; the LINE account that sends it within a quarter of an hour is this person's."""
    for pending in _every(session, person, DeliveryChannel.LINE):
        if pending.confirmed_at is None:
            remove(session, pending)
    letters = "".join(secrets.choice(_EASY_LETTERS) for _letter in range(_CODE_LENGTH))
    session.add(
        Subscription(
            user_id=person.id,
            channel=DeliveryChannel.LINE,
            code_hash=hash_token(letters),
            code_expires_at=now() + CODE_FOR,
        )
    )
    session.flush()
    return f"{letters[:4]}-{letters[4:]}"


def hear_line(session: Session, events: list[dict[str, Any]]) -> None:
    """Act on what LINE told, each event once: a code that links an account, an account that left."""
    for event in events:
        number, account = str(event.get("webhookEventId", ""))[:40], str(event.get("source", {}).get("userId", ""))
        if not number or not account or not _is_new(session, number):
            continue
        if event.get("type") == "message" and event.get("message", {}).get("type") == "text":
            _link_line(session, account, str(event["message"].get("text", "")))
        elif event.get("type") == "unfollow":
            for one in session.exec(select(Subscription).where(Subscription.address == account)):
                remove(session, one)


def _is_new(session: Session, number: str) -> bool:
    """Write down that an event was heard; a second telling at the same moment finds it written."""
    try:
        with session.begin_nested():
            session.add(LineEvent(id=number))
            session.flush()
    except IntegrityError:
        return False
    return True


def _link_line(session: Session, account: str, text: str) -> None:
    code = "".join(sign for sign in text.casefold() if sign.isalnum())
    if len(code) != _CODE_LENGTH:
        return
    found = session.exec(
        select(Subscription).where(
            Subscription.code_hash == hash_token(code), col(Subscription.code_expires_at) > now()
        )
    ).first()
    if found is None:
        return
    for other in session.exec(select(Subscription).where(Subscription.address == account)).all():
        remove(session, other)
    for other in _every(session, session.get_one(User, found.user_id), DeliveryChannel.LINE):
        if other.id != found.id:
            remove(session, other)
    found.address, found.confirmed_at, found.code_hash, found.code_expires_at = account, now(), None, None
    session.add(found)
    session.flush()
    deliveries.greet(session, found)


def turn(session: Session, subscription: Subscription, *, is_on: bool) -> None:
    """Stop or start sending to an address; what waits for one turned off is not sent."""
    subscription.is_on, subscription.problem = is_on, ""
    session.add(subscription)
    if not is_on:
        _forget_deliveries(session, subscription, only_waiting=True)
    session.flush()


def remove(session: Session, subscription: Subscription) -> None:
    """Forget an address and what was sent to it; the notices stay in their reader's list."""
    _forget_deliveries(session, subscription)
    session.delete(subscription)
    session.flush()


def _forget_deliveries(session: Session, subscription: Subscription, *, only_waiting: bool = False) -> None:
    gone = delete(Delivery).where(col(Delivery.subscription_id) == subscription.id)
    if only_waiting:
        gone = gone.where(col(Delivery.status) == DeliveryStatus.WAITING)
    session.connection().execute(gone)


def _every(session: Session, person: User, channel: DeliveryChannel) -> Sequence[Subscription]:
    return session.exec(
        select(Subscription)
        .where(Subscription.user_id == person.id, Subscription.channel == channel)
        .order_by(col(Subscription.id))
    ).all()


def _of(session: Session, person: User, channel: DeliveryChannel) -> Subscription | None:
    return next(iter(_every(session, person, channel)), None)
