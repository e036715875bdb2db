"""A person chooses where they are told: e-mail once confirmed, this browser, their LINE account; and stops it again."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.database import now
from app.i18n import BANGKOK, today
from app.models import Delivery, DeliveryChannel, DeliveryStatus, LineEvent, Notice, Subscription, User
from app.services import deliveries, notices
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.needs import WORDS, make_need, open_round
from tests.support.outside import Browser, MailServer, Service, as_worker, mail_server, service
from tests.support.queries import count_queries

HOME = "/account/subscriptions"
ADDRESS = "somchai@example.com"
SECRET, ACCOUNT = "line-secret", "U" + "0" * 31 + "1"
SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


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
def outside() -> Iterator[Service]:
    """A push service or LINE, as the test takes it."""
    with service() as running:
        yield running


@pytest.fixture
def settings(settings: Settings, mail: MailServer, outside: Service) -> Settings:
    return settings.model_copy(
        update={
            "smtp_url": mail.url,
            "smtp_from": "news@prachakhom.example",
            "push_hosts": f"{settings.push_hosts} {outside.url}",
            "line_channel_secret": SECRET,
            "line_channel_token": "line-token",
            "line_api_url": outside.url,
        }
    )


@pytest.fixture
def send(session: Session, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Send what is due at ten in the morning."""
    morning = datetime.combine(today(), datetime.min.time(), BANGKOK).replace(hour=10)
    monkeypatch.setattr("app.services.deliveries.now", lambda: morning)
    for one in session.exec(select(User)):
        one.quiet_from, one.quiet_until = 20, 7

    def send_due() -> int:
        session.commit()
        arrived = as_worker(deliveries.send_due, engine, settings)
        session.expire_all()
        return arrived

    return send_due


def own(session: Session, person: User) -> list[Subscription]:
    return list(session.exec(select(Subscription).where(Subscription.user_id == person.id)))


def link_in(text: str) -> str:
    found = re.search(r"http://testserver(/(?:confirm|unsubscribe)/\S+)", text)
    assert found is not None, text
    return found[1]


def confirmed(session: Session, client: PageClient, person: User, mail: MailServer, send: Callable[[], int]) -> None:
    client.as_(person).submit(HOME, {"address": ADDRESS}, action=f"{HOME}/email")
    assert send() == 1
    assert client.post(link_in(mail.letters.pop().get_content())).status_code == 200


# E-mail


def test_address_is_used_once_its_owner_confirmed_it(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    somchai = client.as_(cast.somchai)
    assert somchai.submit(HOME, {"address": ADDRESS}, action=f"{HOME}/email").status_code == 303
    notices.tell(session, cast.somchai.id, "มีข่าว", kind="certify")
    assert send() == 1
    [request] = mail.letters
    assert request["to"] == ADDRESS
    assert "มีข่าว" not in request.get_content()
    link = link_in(request.get_content())
    assert "ใช่ไหม" in client.read(link).text()
    assert own(session, cast.somchai)[0].confirmed_at is None  # a mail program that opens links confirms nothing
    assert "ยืนยันแล้ว" in client.post(link).text
    assert "รับข่าวอยู่" in somchai.read(HOME).text()
    notices.tell(session, cast.somchai.id, "เรื่องที่คุณส่งมีคำตอบแล้ว", kind="answered")
    assert send() == 1
    assert mail.letters[1]["subject"] == "เรื่องที่คุณส่งมีคำตอบแล้ว"


@SQLITE
@pytest.mark.parametrize(
    "typed", ["somchai", "somchai@", "@example.com", "som chai@example.com", "a@b", "ก@example.com"]
)
def test_half_an_address_is_asked_for_again(client: PageClient, cast: Cast, session: Session, typed: str) -> None:
    answer = client.as_(cast.somchai).submit(HOME, {"address": typed}, action=f"{HOME}/email")
    assert answer.status_code == 422
    assert "กรุณากรอกอีเมลให้ครบ" in answer.text
    assert own(session, cast.somchai) == []


@SQLITE
def test_link_of_another_address_or_made_up_confirms_nothing(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    somchai = client.as_(cast.somchai)
    somchai.submit(HOME, {"address": "other@example.com"}, action=f"{HOME}/email")
    send()
    old = link_in(mail.letters[0].get_content())
    somchai.submit(HOME, {"address": ADDRESS}, action=f"{HOME}/email")
    [pending] = own(session, cast.somchai)
    until = int(now().timestamp()) + 1000
    for link in (old, f"/confirm/{pending.id}-{until}-{'0' * 32}", "/confirm/x", "/confirm/1-2-3", "/unsubscribe/1-x"):
        assert client.get(link).status_code == 410
    assert own(session, cast.somchai)[0].confirmed_at is None


@SQLITE
def test_link_confirms_for_two_days(
    client: PageClient, cast: Cast, mail: MailServer, send: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    client.as_(cast.somchai).submit(HOME, {"address": ADDRESS}, action=f"{HOME}/email")
    send()
    later = now() + timedelta(days=4)
    monkeypatch.setattr("app.services.subscriptions.now", lambda: later)
    assert client.post(link_in(mail.letters[0].get_content())).status_code == 410


def test_one_click_in_a_letter_stops_letters_without_sign_in(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    confirmed(session, client, cast.somchai, mail, send)
    notices.tell(session, cast.somchai.id, "ข่าวหนึ่ง", kind="certify")
    send()
    way_out = link_in(mail.letters[0]["list-unsubscribe"].strip("<> "))
    notices.tell(session, cast.somchai.id, "ข่าวสอง", kind="certify")
    assert "ใช่ไหม" in client.read(way_out).text()
    assert client.post(way_out, content="List-Unsubscribe=One-Click").status_code == 200
    notices.tell(session, cast.somchai.id, "ข่าวสาม", kind="certify")
    assert send() == 0
    assert len(session.exec(select(Notice)).all()) == 3
    assert "หยุดไว้" in client.as_(cast.somchai).read(HOME).text()


@SQLITE
def test_other_people_cannot_touch_an_address(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    confirmed(session, client, cast.somchai, mail, send)
    [address] = own(session, cast.somchai)
    for person in (cast.malee, cast.wipha, cast.nida):
        other = client.as_(person)
        assert other.post(f"{HOME}/{address.id}/turn", data={"is_on": "false"}).status_code == 404
        assert other.post(f"{HOME}/{address.id}/remove").status_code == 404
        assert ADDRESS not in other.get(HOME).text
    assert own(session, cast.somchai)[0].is_on


@SQLITE
def test_address_is_stopped_started_and_taken_away(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    confirmed(session, client, cast.somchai, mail, send)
    somchai = client.as_(cast.somchai)
    turn = f"{HOME}/{own(session, cast.somchai)[0].id}/turn"
    somchai.submit(HOME, action=turn)
    assert own(session, cast.somchai)[0].is_on is False
    somchai.submit(HOME, action=turn)
    assert own(session, cast.somchai)[0].is_on is True
    somchai.submit(HOME, action=turn.replace("turn", "remove"))
    assert own(session, cast.somchai) == []
    assert session.exec(select(Delivery)).all() == []


@SQLITE
def test_hours_language_and_daily_letter_are_kept(client: PageClient, cast: Cast) -> None:
    action, somchai = f"{HOME}/preferences", client.as_(cast.somchai)
    chosen = {"quiet_from": "22", "quiet_until": "5", "has_digest": "true", "locale": "en"}
    assert somchai.submit(HOME, chosen, action=action).status_code == 303
    person = cast.somchai
    assert (person.quiet_from, person.quiet_until, person.has_digest, person.locale) == (22, 5, True, "en")
    assert somchai.submit(HOME, {"has_digest": []}, action=action).status_code == 303
    assert cast.somchai.has_digest is False


@SQLITE
def test_language_chosen_on_a_page_is_the_language_of_news(client: PageClient, cast: Cast) -> None:
    client.as_(cast.somchai).get("/?lang=en")
    assert cast.somchai.locale == "en"
    client.as_(cast.somchai).get("/?lang=th")
    assert cast.somchai.locale == "th"


# Push


def test_push_reaches_the_browser_and_tells_nothing_personal(
    client: PageClient, cast: Cast, session: Session, outside: Service, send: Callable[[], int]
) -> None:
    browser = Browser(f"{outside.url}/push/1")
    assert client.as_(cast.somchai).post(f"{HOME}/push", json=browser.subscription()).status_code == 204
    assert send() == 1
    need = make_need(session, cast.somchai, open_round(session))
    notices.tell(session, cast.somchai.id, "อำเภอรับรองเรื่องที่คุณส่งแล้ว", kind="certify", need=need)
    assert send() == 1
    path, headers, body = outside.requests[1]
    assert path == "/push/1"
    assert headers["content-encoding"] == "aes128gcm"
    assert headers["authorization"].startswith("vapid t=")
    assert WORDS.encode() not in body
    assert browser.read(body) == {"body": "มีความคืบหน้าเรื่องที่คุณส่ง", "path": f"/needs/{need.ref}"}


@SQLITE
def test_keys_for_push_are_made_once(settings: Settings) -> None:
    from app.channels import push

    first = push.public_key(settings)
    push._keys.cache_clear()
    assert push.public_key(settings) == first
    assert (settings.data_dir / "keys" / "push.pem").stat().st_mode & 0o777 == 0o600


@SQLITE
@pytest.mark.parametrize("status", [404, 410])
def test_browser_that_is_gone_is_asked_no_more(
    client: PageClient, cast: Cast, session: Session, outside: Service, send: Callable[[], int], status: int
) -> None:
    client.as_(cast.somchai).post(f"{HOME}/push", json=Browser(f"{outside.url}/push/1").subscription())
    outside.status = status
    assert send() == 0
    [browser] = own(session, cast.somchai)
    assert (browser.is_on, browser.problem) == (False, str(status))


@SQLITE
def test_server_talks_to_no_address_that_is_not_a_push_service(
    client: PageClient, cast: Cast, session: Session
) -> None:
    somchai = client.as_(cast.somchai)
    for endpoint in (
        "http://127.0.0.1:22/",
        "https://example.com/fcm.googleapis.com",
        "https://fcm.googleapis.com.example.com/x",
        "http://fcm.googleapis.com/x",
        "https://evilfcm.googleapis.com.evil/x",
        "file:///etc/passwd",
    ):
        answer = somchai.post(f"{HOME}/push", json=Browser(endpoint).subscription())
        assert answer.status_code == 422, endpoint
    assert own(session, cast.somchai) == []


@SQLITE
def test_browser_belongs_to_whoever_used_it_last(
    client: PageClient, cast: Cast, session: Session, outside: Service
) -> None:
    browser = Browser(f"{outside.url}/push/1").subscription()
    client.as_(cast.somchai).post(f"{HOME}/push", json=browser)
    client.as_(cast.malee).post(f"{HOME}/push", json=browser)
    assert (len(own(session, cast.somchai)), len(own(session, cast.malee))) == (0, 1)


# LINE


def hear(client: PageClient, *events: dict[str, Any], signature: str | None = None) -> Response:
    body = json.dumps({"destination": "U0", "events": events}, ensure_ascii=False, indent=1).encode()
    signed = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha256).digest()).decode()
    return client.post("/line/webhook", content=body, headers={"x-line-signature": signature or signed})


def message(text: str, *, number: str = "01A", account: str = ACCOUNT, **values: Any) -> dict[str, Any]:
    return {
        "type": "message",
        "webhookEventId": number,
        "source": {"type": "user", "userId": account},
        "message": {"type": "text", "id": "1", "text": text},
        "deliveryContext": {"isRedelivery": False},
        **values,
    }


def code_of(client: PageClient, person: User) -> str:
    page = client.as_(person).submit(HOME, action=f"{HOME}/line").text
    found = re.search(r'class="code">(\S+)</b>', page)
    assert found is not None, page
    return found[1]


def test_code_sent_by_a_line_account_makes_it_theirs(
    client: PageClient, cast: Cast, session: Session, outside: Service, send: Callable[[], int]
) -> None:
    code = code_of(client, cast.somchai)
    assert hear(client, message(f" {code.upper().replace('-', ' ')} ")).status_code == 200
    [account] = own(session, cast.somchai)
    assert (account.address, account.code_hash) == (ACCOUNT, None)
    need = make_need(session, cast.somchai, open_round(session))
    notices.tell(session, cast.somchai.id, "อำเภอรับรองเรื่องที่คุณส่งแล้ว", kind="certify", need=need)
    outside.status, outside.body = 200, b'{"sentMessages": [{"id": "1", "quoteToken": "q"}]}'
    assert send() == 2
    path, headers, body = outside.requests[1]
    pushed = json.loads(body)
    assert path == "/v2/bot/message/push"
    assert headers["authorization"] == "Bearer line-token"
    assert len(headers["x-line-retry-key"]) == 36
    assert pushed["to"] == ACCOUNT
    assert pushed["messages"][0]["text"].startswith("อำเภอรับรองเรื่องที่คุณส่งแล้ว\n")
    assert f"/needs/{need.ref}" in pushed["messages"][0]["text"]


def test_event_told_twice_is_heard_once(client: PageClient, cast: Cast, session: Session) -> None:
    first = message(code_of(client, cast.somchai))
    again = {**first, "deliveryContext": {"isRedelivery": True}}
    assert [hear(client, first).status_code, hear(client, again, again).status_code] == [200, 200]
    assert len(session.exec(select(LineEvent)).all()) == 1
    assert len(session.exec(select(Delivery).where(Delivery.channel == DeliveryChannel.LINE)).all()) == 1


@SQLITE
def test_words_that_line_did_not_sign_are_not_heard(client: PageClient, cast: Cast, session: Session) -> None:
    code = code_of(client, cast.somchai)
    for signature in ("", "x", base64.b64encode(b"0" * 32).decode()):
        assert hear(client, message(code), signature=signature or "-").status_code == 403
    assert client.post("/line/webhook", content=b"{}").status_code == 403
    assert own(session, cast.somchai)[0].address is None


@SQLITE
def test_code_is_good_once_and_for_a_quarter_of_an_hour(
    client: PageClient, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, other = code_of(client, cast.somchai), "U" + "0" * 31 + "2"
    hear(client, message(code))
    hear(client, message(code, number="01B", account=other))
    assert [one.address for one in own(session, cast.somchai)] == [ACCOUNT]
    late = code_of(client, cast.malee)
    monkeypatch.setattr("app.services.subscriptions.now", lambda: now() + timedelta(minutes=16))
    hear(client, message(late, number="01C", account=other))
    assert [one.address for one in own(session, cast.malee)] == [None]


@SQLITE
def test_account_is_one_persons_at_a_time_and_leaves_when_it_blocks_us(
    client: PageClient, cast: Cast, session: Session
) -> None:
    hear(client, message(code_of(client, cast.somchai)))
    hear(client, message(code_of(client, cast.malee), number="01B"))
    assert (own(session, cast.somchai), len(own(session, cast.malee))) == ([], 1)
    hear(client, message("", number="01C", type="unfollow"))
    assert own(session, cast.malee) == []


@SQLITE
@pytest.mark.parametrize(
    ("status", "outcome", "is_on"),
    [(409, DeliveryStatus.SENT, True), (429, DeliveryStatus.WAITING, True), (400, DeliveryStatus.FAILED, False),
     (401, DeliveryStatus.WAITING, True)],
)  # fmt: skip
def test_what_line_answers_is_understood(
    client: PageClient, cast: Cast, session: Session, outside: Service, send: Callable[[], int],
    status: int, outcome: DeliveryStatus, is_on: bool,
) -> None:  # fmt: skip
    hear(client, message(code_of(client, cast.somchai)))
    outside.status = status
    send()
    assert [one.status for one in session.exec(select(Delivery))] == [outcome]
    assert own(session, cast.somchai)[0].is_on is is_on


@SQLITE
def test_site_without_line_has_no_code_and_hears_nobody(
    client: PageClient, cast: Cast, app: Any, settings: Settings
) -> None:
    app.state.settings = settings.model_copy(update={"line_channel_secret": ""})
    assert client.as_(cast.somchai).post(f"{HOME}/line").status_code == 404
    empty = base64.b64encode(hmac.new(b"", b"{}", hashlib.sha256).digest()).decode()
    assert client.post("/line/webhook", content=b"{}", headers={"x-line-signature": empty}).status_code == 403


# What the administrator sees


@SQLITE
def test_administrator_sees_what_failed_and_sends_it_again(
    client: PageClient, cast: Cast, session: Session, mail: MailServer, send: Callable[[], int]
) -> None:
    confirmed(session, client, cast.somchai, mail, send)
    notices.tell(session, cast.somchai.id, "เรื่องที่คุณส่งมีคำตอบแล้ว", kind="answered")
    mail.answers[ADDRESS] = f"550 {ADDRESS} does not exist"
    send()
    nida = client.as_(cast.nida)
    page = nida.read("/deliveries")
    assert "สมชาย ใจดี" in page.text()
    assert "550 … does not exist" in page.text()
    assert ADDRESS not in page.text()
    mail.answers.clear()
    failed = next(one for one in session.exec(select(Delivery)) if one.status is DeliveryStatus.FAILED)
    assert nida.post(f"/deliveries/{failed.id}/retry").status_code == 303
    assert send() == 1
    assert "ส่งไม่ถึง · อีเมล" not in nida.read("/deliveries").text()


@SQLITE
@pytest.mark.parametrize("name", ["somchai", "wipha", "preecha", "duangjai", "thana", "arun"])
def test_deliveries_are_the_administrators_alone(client: PageClient, cast: Cast, session: Session, name: str) -> None:
    address = Subscription(user_id=cast.somchai.id, channel=DeliveryChannel.EMAIL, address=ADDRESS)
    session.add(address)
    session.flush()
    deliveries.greet(session, address)
    person = client.as_(getattr(cast, name))
    assert person.get("/deliveries").status_code == 403
    assert person.post(f"/deliveries/{session.exec(select(Delivery)).one().id}/retry").status_code == 404


@SQLITE
def test_list_of_deliveries_asks_as_often_for_three_as_for_one(
    client: PageClient, cast: Cast, session: Session, engine: Engine
) -> None:
    address = Subscription(user_id=cast.somchai.id, channel=DeliveryChannel.EMAIL, address=ADDRESS)
    session.add(address)
    session.flush()
    seen = []
    for _row in range(3):
        deliveries.greet(session, address)
        nida = client.as_(cast.nida)
        session.commit()
        with count_queries(engine) as statements:
            nida.get("/deliveries?status=waiting")
        seen.append(len(statements))
    assert seen == [3, 3, 3]  # who is asking, the rows, the counts
