"""The shell of the form: the same for everybody, small, complete, and renewed when any part of it changes."""

import gzip
import json
import re

import pytest
from fastapi import FastAPI

from tests.support.cast import Cast
from tests.support.client import PageClient

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
BUDGET, REQUESTS = 45 * 1024, 10
CSS_FONT = re.compile(r'url\("\.\./(vendor/[^"]+)"\)')


def parts(client: PageClient, page: str) -> list[str]:
    """Return the addresses of what a browser fetches to show a page of the shell."""
    html = client.get(page).text
    found = re.findall(r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"', html)
    sheets_and_scripts = [one or other for one, other in found]
    intake_css = client.get(next(one for one in sheets_and_scripts if "intake.css" in one)).text
    return [*sheets_and_scripts, *(f"/static/{font}" for font in CSS_FONT.findall(intake_css))]


def test_form_is_the_same_for_everybody_and_names_nobody(client: PageClient, cast: Cast) -> None:
    pages = {client.as_(person).get("/needs/new").content for person in (cast.somchai, cast.preecha, None)}
    assert len(pages) == 1
    assert client.get("/needs/new").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("lang", ["th", "en"])
def test_form_weighs_less_than_its_budget(client: PageClient, lang: str) -> None:
    page = f"/needs/new?lang={lang}"
    addresses = [page, *parts(client, page)]
    weights = {
        address: len(body if address.endswith(".woff2") else gzip.compress(body, 9, mtime=0))
        for address in addresses
        for body in [client.get(address).content]
    }
    assert sum(weights.values()) <= BUDGET, weights
    assert len(weights) <= REQUESTS


def test_worker_keeps_everything_the_form_is_made_of(client: PageClient) -> None:
    reply = client.get("/sw.js")
    assert reply.headers["content-type"].startswith("text/javascript")
    assert (reply.headers["cache-control"], reply.headers["service-worker-allowed"]) == ("no-cache", "/")
    kept = json.loads(re.search(r"const FILES = (\[.*\]);", reply.text)[1])  # type: ignore[index]
    assert set(parts(client, "/needs/new")) <= set(kept)
    assert [address for address in kept if client.get(address).status_code != 200] == []


def test_worker_is_the_same_in_either_language(client: PageClient) -> None:
    assert client.get("/sw.js?lang=th").text == client.get("/sw.js?lang=en").text


def test_every_icon_the_shell_names_comes_with_it(client: PageClient) -> None:
    for page in ("/needs/new", "/offline"):
        html = client.get(page).text
        assert set(re.findall(r'<use href="#([\w-]+)"', html)) <= set(re.findall(r'<symbol id="([\w-]+)"', html))


def test_form_can_be_installed(client: PageClient) -> None:
    content = client.get("/manifest.webmanifest").json()
    assert (content["start_url"], content["display"]) == ("/needs/new", "standalone")
    assert [icon["src"] for icon in content["icons"] if client.get(icon["src"]).status_code != 200] == []


def test_scripts_travel_without_their_comments(client: PageClient, app: FastAPI) -> None:
    served = client.get("/static/js/outbox.js").text
    assert [line for line in served.splitlines() if line.startswith((" ", "//"))] == []
