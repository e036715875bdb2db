"""Every page of the demo that somebody can reach opens, is sound, and is accessible on a phone."""

import pytest
from fastapi import FastAPI
from sqlmodel import Session, select

from app.models import User
from tests.support.browser import PHONE, Visits, assert_accessible
from tests.support.client import PageClient
from tests.support.crawl import patterns, walk

pytestmark = pytest.mark.demo

EVERYONE = (None, "somsri", "wichai", "suda", "preecha", "duangjai", "thana", "arun", "nida")
# What no link of the demo leads to, and why.
NOT_LINKED = {
    "/api/intake": "asked by the form's own script",
    "/api/needs/sent": "asked by a phone that lost its receipts",
    "/api/needs/{client_uuid}": "asked by the form's own script",
    "/areas/search": "fills the list of places as one types",
    "/assemblies/{assembly_id}/sheet": "the demo has no photos",
    "/confirm/{token}": "comes by e-mail",
    "/consultations/{consultation_id}/ungrouped": "nothing of the demo is left ungrouped",
    "/demo/{username}": "printed at the start, not linked",
    "/health": "for a machine",
    "/imports/{import_id}": "the demo was not imported from a file",
    "/imports/{import_id}/rejected.csv": "the demo was not imported from a file",
    "/jobs/{job_id}": "no work is going on",
    "/join/{token}": "a link that is shown only once",
    "/manifest.webmanifest": "for installing the form on a phone",
    "/needs/similar": "asked while one writes",
    "/needs/{ref}/contact": "most senders of the demo have no account",
    "/needs/{ref}/edit": "nobody left a draft",
    "/offline": "shown by the phone where there is no network",
    "/photos/{file_name}": "the demo has no photos",
    "/sw.js": "keeps the form on the phone",
    "/unsubscribe/{token}": "comes by e-mail",
}


def person(session: Session, name: str | None) -> User | None:
    return session.exec(select(User).where(User.username == name)).one() if name else None


@pytest.mark.parametrize("name", EVERYONE)
def test_every_link_opens(client: PageClient, app: FastAPI, session: Session, name: str | None) -> None:
    assert walk(client.as_(person(session, name)), app).wrong == []


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["somsri", "wichai", "preecha"])
def test_every_link_opens_in_english_and_what_is_thai_says_so(
    client: PageClient, app: FastAPI, session: Session, name: str
) -> None:
    reader = client.as_(person(session, name))
    reader.cookies.set("lang", "en")
    assert walk(reader, app, each=1).wrong == []


def test_every_page_is_reached_by_somebody_and_is_accessible(
    client: PageClient, app: FastAPI, session: Session, visit: Visits
) -> None:
    reached: set[str] = set()
    shown: dict[str, tuple[str, User | None]] = {}
    for name in EVERYONE:
        somebody = person(session, name)
        found = walk(client.as_(somebody), app, each=2)
        reached |= found.seen.keys()
        shown = {**{pattern: (url, somebody) for pattern, url in found.pages.items()}, **shown}
    assert sorted({path for path, _ in patterns(app)} - reached) == sorted(NOT_LINKED)
    for url, somebody in shown.values():
        page = visit(somebody, width=PHONE)
        page.goto(url)
        assert_accessible(page)
        page.context.close()
