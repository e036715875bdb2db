"""Bringing notices to people by e-mail, push and LINE: an outbox beside the notices, emptied by the worker.

A notice is in its reader's own list whatever happens here. A message is sent at least once: what was handed over and
could not be written down as sent is sent again, under the same key where the channel knows keys.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.channels import Channel, Letter, NotNow, NotSent, Refused, Unreachable, email, line, push
from app.config import Settings
from app.database import for_reading, now, transaction
from app.i18n import BANGKOK, _, receipt, speaking
from app.jobs import recurring
from app.models import Delivery, DeliveryChannel, DeliveryStatus, Notice, Subscription, User
from app.security import sign

CHANNELS: Mapping[DeliveryChannel, Channel] = MappingProxyType(
    {DeliveryChannel.EMAIL: email, DeliveryChannel.PUSH: push, DeliveryChannel.LINE: line}
)
MAX_ATTEMPTS = 10  # fourteen hours in all
LONGEST_PAUSE = timedelta(hours=6)
LEASE = timedelta(minutes=2)  # longer than any channel waits for its service
MOST_AT_ONCE = 10  # messages to one person are put together; no letter has more lines than this
CONFIRM_FOR = timedelta(days=2)

log = structlog.get_logger()


# Writing


def queue(session: Session, notice: Notice) -> None:
    """Add a delivery to the notice's own transaction for every address its reader turned on."""
    addresses = session.exec(
        select(Subscription).where(
            Subscription.user_id == notice.user_id, col(Subscription.confirmed_at).is_not(None), Subscription.is_on
        )
    ).all()
    if not addresses:
        return
    first = first_try_at(session.get_one(User, notice.user_id), now())
    for one in addresses:
        session.add(Delivery(notice_id=notice.id, subscription_id=one.id, channel=one.channel, next_try_at=first))
    session.flush()


def greet(session: Session, subscription: Subscription) -> None:
    """Send the first word to an address: it asks to be confirmed, or says that it is. A person waits for it."""
    session.add(Delivery(subscription_id=subscription.id, channel=subscription.channel, next_try_at=now()))
    session.flush()


def retry(session: Session, delivery: Delivery) -> None:
    """Try a failed one again from the start."""
    delivery.status, delivery.attempts, delivery.next_try_at = DeliveryStatus.WAITING, 0, now()
    session.add(delivery)
    session.flush()


def first_try_at(person: User, at: datetime) -> datetime:
    """Return when news of this moment may go: at once, after the quiet hours, or with the daily letter."""
    return _next_hour(person.quiet_until, at) if person.has_digest else after_quiet(person, at)


def after_quiet(person: User, at: datetime) -> datetime:
    """Return the moment itself, or the end of the quiet hours that it falls in."""
    hour = at.astimezone(BANGKOK).hour
    start, end = person.quiet_from, person.quiet_until
    is_quiet = start <= hour < end if start <= end else hour >= start or hour < end
    return _next_hour(end, at) if is_quiet else at


def _next_hour(hour: int, at: datetime) -> datetime:
    local = at.astimezone(BANGKOK)
    found = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return found if found > local else found + timedelta(days=1)


# Sending


@dataclass(frozen=True)
class Batch:
    """What goes to one address in one letter."""

    channel: DeliveryChannel
    subscription_id: int
    numbers: tuple[int, ...]
    letter: Letter


@recurring(timedelta(seconds=3))
def send_due(engine: Engine, settings: Settings) -> int:
    """Send what is due, address by address; return how many deliveries arrived."""
    arrived, closed = 0, {kind for kind, channel in CHANNELS.items() if not channel.is_ready(settings)}
    while batch := _claim(engine, settings, closed):
        problem: NotSent | None = None
        try:
            CHANNELS[batch.channel].send(settings, batch.letter)
            arrived += len(batch.numbers)
        except NotSent as not_sent:
            problem = not_sent
            log.warning("message not sent", channel=batch.channel, deliveries=batch.numbers, reason=problem.reason)
            if isinstance(problem, Unreachable):
                closed.add(batch.channel)
        except Exception as error:  # a letter that breaks its channel must not hold up all the others behind it
            problem = NotNow(type(error).__name__)
            log.exception("message not sent", channel=batch.channel, deliveries=batch.numbers)
        _settle(engine, batch, problem)
    return arrived


def _claim(engine: Engine, settings: Settings, closed: Collection[DeliveryChannel]) -> Batch | None:
    """Take what is due to the address that waited longest; nobody else takes it while it is being sent."""
    due = (
        select(Delivery)
        .where(
            Delivery.status == DeliveryStatus.WAITING,
            Delivery.next_try_at <= now(),
            col(Delivery.channel).not_in(closed),
        )
        .order_by(col(Delivery.next_try_at), col(Delivery.id))
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    with Session(for_reading(engine)) as session:  # nobody's writing waits for a look that finds nothing
        if session.exec(due).first() is None:
            return None
    with transaction(engine) as session:
        while first := session.exec(due).first():
            together = [first]
            if first.notice_id is not None:
                same = due.where(
                    Delivery.subscription_id == first.subscription_id, col(Delivery.notice_id).is_not(None)
                )
                together = list(session.exec(same))
            free_at = after_quiet(first.subscription.user, now()) if first.notice_id is not None else now()
            is_free = free_at <= now()
            for one in together:
                one.next_try_at = now() + LEASE if is_free else free_at
                one.attempts += is_free
                session.add(one)
            session.flush()
            if is_free:
                numbers = tuple(one.id for one in together)
                return Batch(first.channel, first.subscription_id, numbers, _write(together, settings))
    return None


def _settle(engine: Engine, batch: Batch, problem: NotSent | None) -> None:
    with transaction(engine) as session:
        subscription = session.get(Subscription, batch.subscription_id)
        if subscription is None:
            return  # removed while the message was under way, and all that waited for it too
        subscription.problem = problem.reason if isinstance(problem, Refused) else ""
        subscription.is_on = subscription.is_on and not isinstance(problem, Refused)
        session.add(subscription)
        for one in session.exec(select(Delivery).where(col(Delivery.id).in_(batch.numbers))):
            if problem is None:
                one.status, one.sent_at, one.error = DeliveryStatus.SENT, now(), ""
            else:
                one.error = problem.reason
                one.next_try_at = now() + min(timedelta(minutes=2 ** (one.attempts - 1)), LONGEST_PAUSE)
                if isinstance(problem, Refused) or one.attempts >= MAX_ATTEMPTS:
                    one.status = DeliveryStatus.FAILED
            session.add(one)


# Words


def _write(deliveries: Sequence[Delivery], settings: Settings) -> Letter:
    subscription = deliveries[0].subscription
    notices = [one.notice for one in deliveries if one.notice is not None]
    with speaking(subscription.user.locale):
        if not notices:
            return _first_word(deliveries[0], settings)
        lines = [(_(one.text), one.need) for one in notices]
        count, (text, need) = len(notices), lines[0]
        path = f"/needs/{need.ref}" if count == 1 and need else "/needs?mine=1" if need else "/"
        subject = text if count == 1 else _("มีข่าวถึงคุณ {count} ข่าว").format(count=count)
        told = "\n\n".join(
            "\n".join(
                [text]
                + ([_("เรื่องเลขที่ {ref}").format(ref=receipt(need.ref))] if need else [])
                + [settings.public_url + (f"/needs/{need.ref}" if need else "/")]
            )
            for text, need in lines
        )
        return Letter(
            key="-".join(str(one.id) for one in deliveries),
            address=subscription.address or "",
            keys=subscription.keys,
            subject=subject,
            text=f"{told}\n\n{_ending(subscription, settings)}",
            brief=_("มีความคืบหน้าเรื่องที่คุณส่ง") if all(need for _text, need in lines) else _("มีข่าวถึงคุณ"),
            path=path,
            unsubscribe_url=unsubscribe_url(subscription, settings),
            locale=subscription.user.locale,
        )


def _first_word(delivery: Delivery, settings: Settings) -> Letter:
    subscription = delivery.subscription
    subject, text, brief = _("ช่องทางนี้รับข่าวได้แล้ว"), _ending(subscription, settings), _("เครื่องนี้รับการแจ้งเตือนได้แล้ว")
    if subscription.channel is DeliveryChannel.EMAIL:
        subject = _("กรุณายืนยันอีเมลของคุณ")
        text = "\n\n".join(
            (
                _("มีคนขอให้ส่งข่าวของเว็บประชาคมมาที่อีเมลนี้ ถ้าเป็นคุณ เปิดลิงก์นี้แล้วกดยืนยันภายใน 2 วัน"),
                confirm_url(subscription, settings),
                _("ถ้าไม่ใช่คุณ ไม่ต้องทำอะไร จะไม่มีอีเมลมาอีก"),
                settings.office_name,
            )
        )
    return Letter(
        key=f"first-{delivery.id}",
        address=subscription.address or "",
        keys=subscription.keys,
        subject=subject,
        text=text,
        brief=brief,
        path="/account/subscriptions",
        unsubscribe_url="",
        locale=subscription.user.locale,
    )


def _ending(subscription: Subscription, settings: Settings) -> str:
    lines = [
        settings.office_name,
        _("เลือกวิธีรับข่าว: {url}").format(url=f"{settings.public_url}/account/subscriptions"),
    ]
    if subscription.channel is DeliveryChannel.EMAIL:
        lines.append(_("เลิกรับอีเมลนี้: {url}").format(url=unsubscribe_url(subscription, settings)))
    return "\n".join(lines)


def unsubscribe_url(subscription: Subscription, settings: Settings) -> str:
    """Return the way out that needs no sign-in; it stays good as long as the address does."""
    mark = sign(settings.data_dir, "unsubscribe", subscription.id, subscription.address)
    return f"{settings.public_url}/unsubscribe/{subscription.id}-{mark}"


def confirm_url(subscription: Subscription, settings: Settings) -> str:
    until = int((now() + CONFIRM_FOR).timestamp())
    mark = sign(settings.data_dir, "confirm", subscription.id, subscription.address, until)
    return f"{settings.public_url}/confirm/{subscription.id}-{until}-{mark}"
