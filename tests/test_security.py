"""What every reply carries, where a request may come from, and that reading changes nothing."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from sqlalchemy import Engine
from sqlmodel import Session
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from app.config import Settings
from app.exceptions import TooManyAttempts
from app.main import create_app
from app.security import RateLimit, hash_password, verify_password
from tests.support.cast import PASSWORD, Cast
from tests.support.client import ORIGIN, PageClient
from tests.support.queries import count_queries

HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
SIGNING_IN = {"name": "somchai", "password": PASSWORD}


@pytest.fixture
def https(settings: Settings, engine: Engine, session: Session) -> PageClient:
    """A client of the application as it is served in real use."""
    secure = settings.model_copy(update={"public_url": "https://prachakhom.example"})
    app = create_app(secure)
    app.state.engine = engine
    client = PageClient(app, session, secure)
    client.base_url = "https://prachakhom.example"
    return client


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/sign-in", 200),
        ("GET", "/static/css/app.css", 200),
        ("GET", "/account", 303),
        ("GET", "/nowhere", 404),
        ("GET", "/consultations/999", 404),
        ("GET", "/static/nothing.css", 404),
        ("PUT", "/sign-in", 405),
        ("POST", "/sign-in", 422),
    ],
)
def test_every_reply_carries_the_security_headers(client: PageClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    policy = dict(part.split(" ", 1) for part in response.headers["content-security-policy"].split("; "))
    wanted = {
        name: policy[name] for name in ("default-src", "object-src", "base-uri", "frame-ancestors", "form-action")
    }
    assert wanted == {
        "default-src": "'self'",
        "object-src": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self'",
    }
    assert "unsafe" not in response.headers["content-security-policy"]


def test_crash_carries_the_headers_and_tells_no_secret(app: FastAPI) -> None:
    def crash() -> None:
        raise RuntimeError("on purpose")

    app.router.add_api_route("/crash", crash)
    client = TestClient(app, raise_server_exceptions=False)
    with capture_logs() as logs:
        response, english = client.get("/crash"), client.get("/crash?lang=en")
    assert [str(entry["exc_info"]) for entry in logs] == ["on purpose"] * 2
    assert response.status_code == 500
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "on purpose" not in response.text
    assert "ระบบขัดข้อง" in response.text
    assert '<html lang="en"' in english.text


def test_pages_of_people_are_not_kept_by_caches(client: PageClient, cast: Cast) -> None:
    assert client.as_(cast.somchai).get("/account").headers["cache-control"] == "no-store"


def test_https_is_demanded_for_a_year_where_it_is_used(client: PageClient, https: PageClient) -> None:
    assert "strict-transport-security" not in client.get("/sign-in").headers
    assert https.get("/sign-in").headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def flags_of(cookie: str) -> set[str]:
    return {part.strip().split("=")[0].lower() for part in cookie.split(";")[1:]}


def test_cookie_is_bound_to_the_host_and_to_https(https: PageClient) -> None:
    cookie = https.post("/sign-in", data=SIGNING_IN).headers["set-cookie"]
    assert cookie.startswith("__Host-session=")
    assert flags_of(cookie) == {"secure", "httponly", "samesite", "path", "max-age"}
    assert "samesite=lax" in cookie.lower()
    assert "; path=/;" in cookie.lower()


def test_cookie_works_without_https_on_ones_own_machine(client: PageClient) -> None:
    cookie = client.post("/sign-in", data=SIGNING_IN).headers["set-cookie"]
    assert cookie.startswith("session=")
    assert flags_of(cookie) == {"httponly", "samesite", "path", "max-age"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "same-origin"}, 303),
        ({"sec-fetch-site": "none"}, 303),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "cross-site", "origin": ORIGIN}, 403),
        ({"origin": ORIGIN}, 303),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({}, 303),
    ],
)
def test_unsafe_request_must_come_from_our_own_pages(client: PageClient, headers: dict[str, str], status: int) -> None:
    response = client.post("/sign-in", data=SIGNING_IN, headers=headers)
    assert response.status_code == status
    assert ("set-cookie" in response.headers) is (status == 303)


def test_reading_is_allowed_from_anywhere(client: PageClient) -> None:
    assert client.get("/consultations", headers={"sec-fetch-site": "cross-site"}).status_code == 200


def plain_addresses(app: FastAPI) -> list[str]:
    """Every page that has no number or name in its address."""
    found = {
        context.path
        for context in iter_route_contexts(app.routes)
        if "GET" in (getattr(context.route, "methods", None) or ()) and "{" not in (context.path or "{")
    }
    return sorted(path for path in found if path)


def test_reading_changes_nothing(client: PageClient, app: FastAPI, engine: Engine, cast: Cast) -> None:
    addresses = plain_addresses(app)
    assert "/consultations" in addresses
    for name in ("public", "somchai", "wipha", "preecha", "duangjai", "nida"):
        person = client.as_(getattr(cast, name))
        person.get("/")
        with count_queries(engine) as statements:
            for path in addresses:
                person.get(path)
        writes = [one for one in statements if not one.lstrip().upper().startswith(("SELECT", "WITH"))]
        assert (name, writes) == (name, [])


def test_password_is_hashed_with_argon2id() -> None:
    password_hash = hash_password(PASSWORD)
    assert password_hash.startswith("$argon2id$")
    assert PASSWORD not in password_hash
    assert verify_password(PASSWORD, password_hash)
    assert not verify_password(PASSWORD + "x", password_hash)
    assert not verify_password(PASSWORD, None)


def test_rate_limit_counts_every_key_by_itself() -> None:
    limit = RateLimit("2/hour")
    limit.hit(("a", "b"))
    limit.hit(("a", "c"))
    with pytest.raises(TooManyAttempts) as refused:
        limit.hit(("a", "d"))
    assert (refused.value.status, refused.value.retry_after) == (429, 3600)
    limit.hit(("b",))


def test_deep_headers_do_not_depend_on_the_language(client: PageClient) -> None:
    thai, english = client.get("/sign-in"), client.get("/sign-in?lang=en")
    assert (thai.headers["content-language"], english.headers["content-language"]) == ("th", "en")
    found: list[Any] = [response.headers["content-security-policy"] for response in (thai, english)]
    assert found[0] == found[1]
