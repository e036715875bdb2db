"""The harness can fail: a page check that never fires would make every page test a lie."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select

from app.database import transaction
from app.models import User
from tests.support import pages
from tests.support.browser import Visits
from tests.support.cast import Cast
from tests.support.queries import count_queries

SOUND = """<!doctype html><html lang="th"><head><title>เรื่อง</title><meta name="viewport" content="width=device-width">
</head><body><main id="main"><h1>เรื่อง</h1>{}</main></body></html>"""


@pytest.fixture(scope="module")
def small_app() -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/needs", response_class=HTMLResponse)
    def index_needs() -> str:
        return SOUND

    @app.post("/needs")
    def create_need() -> None: ...

    return app


@pytest.mark.parametrize(
    "body",
    [
        "",
        '<form method="post" action="/needs"><label for="a">ก</label><input id="a" name="a"><button>ส่ง</button></form>',
        '<label>ชื่อ <select name="b"><option>หนึ่ง<option>สอง</select></label>',
        '<a href="/needs?q=1">ดู</a><a href="#main">ข้าม</a><a href="https://example.org/">นอก</a>',
        '<div id="rows"></div><a href="/needs" hx-get="/needs" hx-target="#rows">เพิ่ม</a>',
        '<ul><li>หนึ่ง<li>สอง</ul><svg viewBox="0 0 1 1"><title>รูป</title><path d="M0 0"/></svg>',
    ],
)
def test_sound_page_passes(small_app: FastAPI, body: str) -> None:
    assert pages.problems(SOUND.format(body), small_app) == []


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("<h1>อีกเรื่อง</h1>", "one <h1>"),
        ('<p lang="en">Hello สมศรี</p>', "holds Thai in en"),
        ('<p lang="en">Hello <bdi lang="th">สมศรี</bdi></p>', ""),
        ("<h3>ข้ามขั้น</h3>", "heading of level 3"),
        ('<p id="a"></p><p id="a"></p>', "given 2 times"),
        ('<input name="a">', "has no label"),
        ('<input name="a" placeholder="ชื่อ">', "has no label"),
        ("<label>ก<input></label>", "has no name"),
        ("<button></button>", "has no words"),
        ('<img src="/needs">', "no alt text"),
        ("<fieldset><p>ก</p></fieldset>", "no legend"),
        ('<a href="/nowhere">ก</a>', "no route answers GET /nowhere"),
        ('<a href="needs">ก</a>', "whole path"),
        ('<a href="#nowhere">ก</a>', "nothing here has id"),
        ('<form method="post" action="/nowhere"></form>', "no route answers POST /nowhere"),
        ('<button hx-delete="/needs">ลบ</button>', "no route answers DELETE /needs"),
        ('<button hx-get="/needs" hx-target="#gone">ดู</button>', "#gone is not on the page"),
        ('<label for="gone">ก</label>', "names gone"),
        ('<p style="color: red">ก</p>', "inline style"),
        ("<style>p { color: red }</style>", "inline style sheet"),
        ("<script>alert(1)</script>", "inline script"),
        ('<button onclick="x()">ก</button>', "inline handler"),
        ('<script src="https://example.org/x.js"></script>', "another site"),
        ("<div><p>ก</div>", ""),
        ("<div><span>ก</div>", "not closed before </div>"),
        ("</section>", "closes nothing"),
        ('<form action="/needs"><form action="/needs"></form></form>', "inside another form"),
    ],
)
def test_unsound_page_is_caught(small_app: FastAPI, body: str, complaint: str) -> None:
    found = pages.problems(SOUND.format(body), small_app)
    assert any(complaint in one for one in found) if complaint else found == []


def test_page_without_language_or_title_is_caught(small_app: FastAPI) -> None:
    found = pages.problems("<html><body><main><h1>ก</h1></main></body></html>", small_app)
    assert [one for one in found if "lang" in one or "title" in one or "viewport" in one] == found
    assert len(found) == 3


def test_every_test_starts_with_the_same_cast(session: Session) -> None:
    people = session.exec(select(User.username).order_by(col(User.username))).all()
    assert people == ["arun", "duangjai", "kamon", "malee", "nida", "preecha", "somchai", "surachai", "thana", "wipha"]
    session.add(User(username="zed", display_name="ของการทดสอบนี้เท่านั้น", role="planner"))
    session.commit()


def test_change_of_one_test_is_gone_in_the_next(session: Session) -> None:
    assert session.exec(select(User).where(User.username == "zed")).all() == []


def test_reading_session_does_not_stop_the_application_from_writing(session: Session, engine: Engine) -> None:
    assert len(session.exec(select(User)).all()) == 10
    with transaction(engine) as other:
        other.get_one(User, session.exec(select(User.id)).first()).display_name = "ชื่อใหม่"
    session.rollback()
    assert "ชื่อใหม่" in session.exec(select(User.display_name)).all()


def test_queries_are_counted(engine: Engine) -> None:
    with count_queries(engine) as queries, engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        connection.execute(text("SELECT 2"))
    assert len(queries) == 2


def test_backend_is_the_one_named(engine: Engine, backend: str) -> None:
    assert engine.dialect.name == backend


def test_browser_shows_the_page_that_a_person_asked_for(visit: Visits, cast: Cast) -> None:
    page = visit(cast.somchai, width=360)
    page.goto("/health")
    assert page.locator("body").inner_text() == '{"status":"ok"}'


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_skipped_browser_test_fails_ci(ci: str, outcome: str) -> None:
    test = f"{Path(__file__).name}::{test_browser_shows_the_page_that_a_person_asked_for.__name__}"
    environment = {**os.environ, "CI": ci, "PATH": "/nonexistent", "PRACHAKHOM_TEST_CHROMIUM": ""}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", f"tests/{test}"],
        cwd=Path(__file__).parents[1],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome in done.stdout.splitlines()[-1]
