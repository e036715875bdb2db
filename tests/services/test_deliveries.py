"""News leaves the house once it is written, at an hour its reader likes, and is never lost on the way."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.i18n import BANGKOK, today
from app.models import Delivery, DeliveryChannel, DeliveryStatus, Notice, Subscription, User
from app.services import deliveries, notices
from tests.support.cast import Cast
from tests.support.needs import WORDS, make_need, open_round
from tests.support.outside import MailServer, as_worker, mail_server

ADDRESS = "somchai@example.com"
NEWS = "อำเภอรับรองเรื่องที่คุณส่งแล้ว"
SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


class Clock:
    """The hour in Bangkok, today or after it, as the sender of news sees it."""

    def __init__(self) -> None:
        self.set(10)

    def set(self, hour: int, minute: int = 0, *, days: int = 0) -> None:
        self.at = datetime.combine(today() + timedelta(days=days), datetime.min.time(), BANGKOK)
        self.at = self.at.replace(hour=hour, minute=minute)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("app.services.deliveries.now", clock.now)
    return clock


@pytest.fixture(scope="module")
def mail_house() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def mail(mail_house: MailServer) -> MailServer:
    mail_house.letters.clear()
    mail_house.answers.clear()
    return mail_house


@pytest.fixture
def settings(settings: Settings, mail: MailServer) -> Settings:
    return settings.model_copy(update={"smtp_url": mail.url, "smtp_from": "news@prachakhom.example"})


@pytest.fixture
def send(session: Session, engine: Engine, settings: Settings, clock: Clock) -> Callable[[], int]:
    def send_due() -> int:
        session.commit()
        arrived = as_worker(deliveries.send_due, engine, settings)
        session.expire_all()
        return arrived

    return send_due


def subscribe(session: Session, person: User, address: str = ADDRESS) -> Subscription:
    added = Subscription(
        user_id=person.id, channel=DeliveryChannel.EMAIL, address=address, confirmed_at=deliveries.now()
    )
    session.add(added)
    session.flush()
    return added


def all_deliveries(session: Session) -> list[Delivery]:
    return list(session.exec(select(Delivery).order_by(Delivery.id)))  # type: ignore[arg-type]


def tell(session: Session, person: User, text: str = NEWS) -> None:
    notices.tell(session, person.id, text, kind="certify")


def test_news_of_a_need_reaches_a_confirmed_address(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int]
) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    subscribe(session, cast.somchai)
    notices.tell(session, cast.somchai.id, NEWS, kind="certify", need=need)
    assert send() == 1
    [letter] = mail.letters
    words = letter.get_content()
    assert letter["to"] == ADDRESS
    assert letter["subject"] == NEWS
    assert f"http://testserver/needs/{need.ref}" in words
    assert f"{need.ref[:4]}-{need.ref[4:]}" in words
    assert WORDS not in words
    assert cast.somchai.display_name not in words
    assert letter["list-unsubscribe"].strip().startswith("<http://testserver/unsubscribe/")
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert send() == 0
    assert len(mail.letters) == 1


@SQLITE
def test_english_reader_is_told_in_english(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int]
) -> None:
    cast.somchai.locale = "en"
    session.add(cast.somchai)
    subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    send()
    assert mail.letters[0]["subject"] == "The district has certified a need you sent"
    assert mail.letters[0]["content-language"] == "en"


@SQLITE
def test_address_that_nobody_confirmed_gets_no_news(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int]
) -> None:
    subscribe(session, cast.somchai).confirmed_at = None
    tell(session, cast.somchai)
    assert (send(), mail.letters) == (0, [])
    assert len(session.exec(select(Notice)).all()) == 1


def test_news_that_was_taken_back_is_not_sent(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int]
) -> None:
    subscribe(session, cast.somchai)
    session.commit()
    tell(session, cast.somchai)
    session.rollback()
    assert (send(), mail.letters) == (0, [])


def test_news_of_the_night_comes_together_in_the_morning(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int], clock: Clock
) -> None:
    subscribe(session, cast.somchai)
    clock.set(20)
    tell(session, cast.somchai)
    clock.set(23, 30)
    tell(session, cast.somchai, "เรื่องที่คุณส่งมีคำตอบแล้ว")
    assert send() == 0
    clock.set(6, 59, days=1)
    assert send() == 0
    clock.set(7, days=1)
    assert send() == 2
    [letter] = mail.letters
    assert letter["subject"] == "มีข่าวถึงคุณ 2 ข่าว"
    assert letter.get_content().index(NEWS) < letter.get_content().index("มีคำตอบแล้ว")


@SQLITE
@pytest.mark.parametrize(
    ("quiet", "hour", "goes_at"),
    [
        ((20, 7), 19, 19),
        ((20, 7), 20, 7),
        ((20, 7), 3, 7),
        ((20, 7), 7, 7),
        ((12, 14), 13, 14),
        ((12, 14), 14, 14),
        ((0, 0), 3, 3),
    ],
)
def test_quiet_hours_are_those_of_the_reader(
    session: Session, cast: Cast, clock: Clock, quiet: tuple[int, int], hour: int, goes_at: int
) -> None:
    cast.somchai.quiet_from, cast.somchai.quiet_until = quiet
    clock.set(hour, 15)
    local = deliveries.first_try_at(cast.somchai, clock.at).astimezone(BANGKOK)
    assert (local.hour, local >= clock.at) == (goes_at, True)


@SQLITE
def test_daily_reader_gets_one_letter_in_the_morning(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int], clock: Clock
) -> None:
    cast.somchai.has_digest = True
    session.add(cast.somchai)
    subscribe(session, cast.somchai)
    for hour in (8, 12, 19):
        clock.set(hour)
        tell(session, cast.somchai)
        assert send() == 0
    clock.set(7, days=1)
    assert send() == 3
    assert len(mail.letters) == 1


def test_passing_refusal_is_tried_again_later(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int], clock: Clock
) -> None:
    subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    mail.answers[ADDRESS] = "451 somchai@example.com: come back later"
    assert send() == 0
    [waiting] = all_deliveries(session)
    assert (waiting.status, waiting.attempts) == (DeliveryStatus.WAITING, 1)
    assert waiting.error == "451 … come back later"
    mail.answers.clear()
    assert send() == 0  # not yet
    clock.set(10, 1)
    assert send() == 1
    assert all_deliveries(session)[0].status is DeliveryStatus.SENT


@SQLITE
def test_pauses_grow_and_it_is_given_up_in_the_end(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int], clock: Clock
) -> None:
    cast.somchai.quiet_from = cast.somchai.quiet_until = 0
    session.add(cast.somchai)
    subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    mail.answers[ADDRESS] = "451 later"
    pauses = []
    for _attempt in range(deliveries.MAX_ATTEMPTS):
        send()
        [one] = all_deliveries(session)
        pauses.append(int((one.next_try_at - clock.at).total_seconds() // 60))
        clock.at = one.next_try_at
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360]
    assert (one.status, one.attempts) == (DeliveryStatus.FAILED, 10)
    assert [notice.read_at for notice in session.exec(select(Notice))] == [None]


@SQLITE
def test_address_that_does_not_exist_is_turned_off_and_the_notice_stays(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int]
) -> None:
    address = subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    mail.answers[ADDRESS] = "550 no such mailbox"
    assert send() == 0
    session.refresh(address)
    assert (address.is_on, address.problem) == (False, "550 no such mailbox")
    assert all_deliveries(session)[0].status is DeliveryStatus.FAILED
    assert len(session.exec(select(Notice)).all()) == 1


@SQLITE
def test_mail_server_that_is_down_is_asked_once_a_round(
    session: Session, cast: Cast, engine: Engine, settings: Settings, clock: Clock
) -> None:
    subscribe(session, cast.somchai)
    subscribe(session, cast.malee, "malee@example.com")
    tell(session, cast.somchai)
    tell(session, cast.malee)
    session.commit()
    assert as_worker(deliveries.send_due, engine, settings.model_copy(update={"smtp_url": "smtp://127.0.0.1:1"})) == 0
    session.expire_all()
    assert [one.attempts for one in all_deliveries(session)] == [1, 0]
    assert {one.status for one in all_deliveries(session)} == {DeliveryStatus.WAITING}


@SQLITE
def test_news_waits_while_email_is_not_set_up(
    session: Session, cast: Cast, engine: Engine, settings: Settings, clock: Clock
) -> None:
    subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    session.commit()
    assert as_worker(deliveries.send_due, engine, settings.model_copy(update={"smtp_url": ""})) == 0
    session.expire_all()
    assert [(one.status, one.attempts) for one in all_deliveries(session)] == [(DeliveryStatus.WAITING, 0)]


def test_two_workers_send_each_letter_once(
    session: Session, cast: Cast, engine: Engine, settings: Settings, clock: Clock, mail: MailServer
) -> None:
    for number in range(6):
        subscribe(session, cast.somchai, f"{number}@example.com")
    tell(session, cast.somchai)
    session.commit()
    workers = [threading.Thread(target=deliveries.send_due, args=(engine, settings)) for _worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(letter["to"] for letter in mail.letters) == [f"{number}@example.com" for number in range(6)]


@SQLITE
def test_letter_of_a_worker_that_died_is_sent_by_the_next(
    session: Session, cast: Cast, mail: MailServer, send: Callable[[], int], clock: Clock, engine: Engine,
    settings: Settings,
) -> None:  # fmt: skip
    subscribe(session, cast.somchai)
    tell(session, cast.somchai)
    session.commit()
    assert deliveries._claim(engine, settings, ()) is not None  # and then it was killed
    assert send() == 0
    clock.set(10, 3)
    assert send() == 1
    assert len(mail.letters) == 1
