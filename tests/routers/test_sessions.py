"""Signing in and out, and a person's own account."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.database import now, transaction
from app.main import create_app
from app.models import AuditEvent, UserSession
from app.routers import sessions as session_routes
from app.routers.sessions import own_path
from app.services import users
from tests.support.cast import PASSWORD, Cast
from tests.support.client import DOMAIN, PageClient

ELSEWHERE = "/sign-in?next=/account"


def sign_in(client: PageClient, name: str, password: str = PASSWORD, **more: str) -> Response:
    return client.submit("/sign-in", {"name": name, "password": password, **more})


def is_in(client: PageClient) -> bool:
    """Return whether this client's cookie still lets it in."""
    response = client.get("/account")
    assert response.status_code == 200 or response.headers["location"] == ELSEWHERE
    return response.status_code == 200


@pytest.mark.parametrize("name", ["081-111-1111", "+66 81 111 1111", "๐๘๑ ๑๑๑ ๑๑๑๑", "somchai", "SomChai "])
def test_person_signs_in_by_number_or_name(client: PageClient, name: str) -> None:
    assert sign_in(client, name).headers["location"] == "/"
    assert is_in(client)


def test_every_failure_looks_the_same(client: PageClient, session: Session, cast: Cast) -> None:
    cast.malee.is_active = False
    cast.wipha.password_hash = None
    session.add_all([cast.malee, cast.wipha])
    session.commit()
    attempts = {"somchai": "wrong-password", "nobody": PASSWORD, "malee": PASSWORD, "wipha": PASSWORD}
    answers = [sign_in(client, name, password) for name, password in attempts.items()]
    assert [answer.status_code for answer in answers] == [422] * 4
    pages = {answer.text.replace(f'value="{name}"', "") for name, answer in zip(attempts, answers, strict=True)}
    assert len(pages) == 1
    assert not is_in(client)


def test_typed_password_is_not_sent_back(client: PageClient) -> None:
    assert "wrong-password" not in sign_in(client, "somchai", "wrong-password").text


def test_write_lock_is_free_while_the_password_is_verified(
    client: PageClient, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def verify_while_somebody_writes(password: str, password_hash: str | None) -> bool:
        with transaction(engine) as other:
            other.add(AuditEvent(act="tests.write", subject="test:1"))
        return True

    monkeypatch.setattr(session_routes, "verify_password", verify_while_somebody_writes)
    assert sign_in(client, "somchai").status_code == 303


def test_signing_in_gives_a_new_token_and_ends_the_old_one(client: PageClient, cast: Cast) -> None:
    old = client.as_(cast.somchai)
    token = old.cookies["session"]
    old.post("/sign-in", data={"name": "somchai", "password": PASSWORD})
    assert old.cookies["session"] != token
    assert is_in(old)
    client.cookies.set("session", token, domain=DOMAIN)
    assert not is_in(client)


def test_cookie_of_a_sign_out_cannot_be_used_again(client: PageClient, cast: Cast) -> None:
    somchai = client.as_(cast.somchai)
    token = somchai.cookies["session"]
    assert somchai.post("/sign-out").headers["location"] == "/sign-in"
    assert not is_in(somchai)
    client.cookies.set("session", token, domain=DOMAIN)
    assert not is_in(client)


def test_only_the_hash_of_a_token_is_stored(client: PageClient, cast: Cast, session: Session) -> None:
    token = client.as_(cast.somchai).cookies["session"]
    stored = session.exec(select(UserSession)).one()
    assert token not in str(stored.model_dump())


def test_sign_in_ends_when_unused_for_long(
    client: PageClient, cast: Cast, session: Session, settings: Settings
) -> None:
    somchai = client.as_(cast.somchai)
    session.exec(select(UserSession)).one().last_seen_at = now() - timedelta(days=settings.session_idle_days, minutes=1)
    assert not is_in(somchai)


def test_sign_in_ends_in_any_case_after_its_days(client: PageClient, cast: Cast, session: Session) -> None:
    somchai = client.as_(cast.somchai)
    session.exec(select(UserSession)).one().expires_at = now() - timedelta(seconds=1)
    assert not is_in(somchai)


def test_deactivated_person_is_out_at_once(client: PageClient, cast: Cast, session: Session) -> None:
    somchai = client.as_(cast.somchai)
    assert is_in(somchai)
    users.deactivate(session, cast.somchai, by=cast.nida)
    assert not is_in(somchai)


def test_person_ends_one_of_their_sign_ins(client: PageClient, cast: Cast, session: Session) -> None:
    here, lost = client.as_(cast.somchai), client.as_(cast.somchai)
    session.commit()
    other = session.exec(select(UserSession).order_by(UserSession.id.desc())).first()  # type: ignore[attr-defined]
    assert other is not None
    assert here.submit("/account", action=f"/account/sessions/{other.id}/end").status_code == 303
    assert is_in(here)
    assert not is_in(lost)


def test_nobody_ends_another_persons_sign_in(client: PageClient, cast: Cast, session: Session) -> None:
    somchai, malee = client.as_(cast.somchai), client.as_(cast.malee)
    session.commit()
    own = session.exec(select(UserSession).where(UserSession.user_id == cast.somchai.id)).one()
    assert malee.post(f"/account/sessions/{own.id}/end").status_code == 404
    assert is_in(somchai)


def test_person_signs_out_everywhere(client: PageClient, cast: Cast) -> None:
    here, there, other = client.as_(cast.somchai), client.as_(cast.somchai), client.as_(cast.malee)
    here.submit("/account", action="/account/sign-out-everywhere")
    assert [is_in(one) for one in (here, there, other)] == [False, False, True]


def test_account_names_the_device(client: PageClient) -> None:
    client.headers["user-agent"] = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0 Mobile Safari/537.36"
    sign_in(client, "somchai")
    assert "Chrome · Android" in client.read("/account").text()


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("/needs?mine=1", "/needs?mine=1"),
        ("//evil.example/x", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\/evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/\tevil", "/"),
        ("/\r\nSet-Cookie: a=b", "/"),
        ("", "/"),
    ],
)
def test_signing_in_goes_on_only_to_our_own_pages(asked: str, given: str) -> None:
    assert own_path(asked) == given


def test_person_comes_back_to_where_they_were_going(client: PageClient) -> None:
    assert client.get("/account").headers["location"] == ELSEWHERE
    done = client.submit(ELSEWHERE, {"name": "somchai", "password": PASSWORD})
    assert done.headers["location"] == "/account"
    forged = client.post("/sign-in", data={"name": "somchai", "password": PASSWORD, "next": "//evil.example"})
    assert forged.headers["location"] == "/"


@pytest.fixture
def strict(settings: Settings, engine: Engine, session: Session) -> PageClient:
    """A client of an application that allows three attempts an hour."""
    few = settings.model_copy(update={"sign_in_limit": "3/hour"})
    app = create_app(few)
    app.state.engine = engine
    return PageClient(app, session, few)


@pytest.mark.parametrize(("lang", "words"), [("th", "ลองหลายครั้งเกินไป"), ("en", "Too many attempts. Wait 3600")])
def test_fourth_attempt_on_one_account_must_wait(strict: PageClient, lang: str, words: str) -> None:
    strict.cookies.set("lang", lang)
    spellings = ("081 111 1111", "+66811111111", "0811111111")
    assert [sign_in(strict, name, "wrong-one").status_code for name in spellings] == [422, 422, 422]
    refused = sign_in(strict, "081-111-1111")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert words in refused.text
    assert not is_in(strict)


def test_fourth_attempt_from_one_address_must_wait(strict: PageClient) -> None:
    tried = [sign_in(strict, name, "wrong-one").status_code for name in ("somchai", "malee", "wipha", "preecha")]
    assert tried == [422, 422, 422, 429]


def change(client: PageClient, **values: str) -> Response:
    filled = {"current_password": PASSWORD, "new_password": "น้ำท่วม ทุกปี", "new_password_again": "น้ำท่วม ทุกปี"}
    return client.submit("/account", {**filled, **values}, action="/account/password")


def test_new_password_ends_the_other_sign_ins(client: PageClient, cast: Cast) -> None:
    here, there = client.as_(cast.somchai), client.as_(cast.somchai)
    assert change(here).status_code == 303
    assert is_in(here)
    assert not is_in(there)
    assert sign_in(client, "somchai").status_code == 422
    assert sign_in(client, "somchai", "น้ำท่วม ทุกปี").status_code == 303


@pytest.mark.parametrize(
    "values",
    [
        {"current_password": "wrong-one"},
        {"new_password_again": "another-one"},
        {"new_password": "short", "new_password_again": "short"},
        {"new_password": "12345678", "new_password_again": "12345678"},
        {"new_password": "aaaaaaaaaa", "new_password_again": "aaaaaaaaaa"},
        {"new_password": "somchai-2569", "new_password_again": "somchai-2569"},
    ],
)
def test_password_is_not_changed_when_something_is_wrong(client: PageClient, cast: Cast, values: Any) -> None:
    before = cast.somchai.password_hash
    assert change(client.as_(cast.somchai), **values).status_code == 422
    assert cast.somchai.password_hash == before


def test_demo_link_signs_in_only_in_a_demo(
    client: PageClient, settings: Settings, engine: Engine, session: Session
) -> None:
    assert client.get("/demo/somchai").status_code == 404
    demo = settings.model_copy(update={"demo": True})
    app: FastAPI = create_app(demo)
    app.state.engine = engine
    shown = PageClient(app, session, demo)
    assert shown.get("/demo/somchai").headers["location"] == "/"
    assert is_in(shown)
    assert shown.get("/demo/nobody").status_code == 404


def test_pages_are_looked_at(shots: Any, cast: Cast) -> None:
    shots("/sign-in", "sessions_new")
    shots("/account", "sessions_account", cast.somchai)
