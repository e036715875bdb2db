"""The harness: every database test runs on SQLite and on PostgreSQL, every page is checked, every browser is real.

A test names what it needs. ``engine``, ``session``, ``cast``, ``app`` and ``client`` bring a fresh copy of a migrated
database with the cast in it, on each backend in turn; ``visit`` brings a Chromium before a real server, on SQLite.
"""

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlmodel import Session

from app.config import Settings
from app.database import create_database_engine, for_reading, transaction
from tests.support import run
from tests.support.databases import BACKENDS, Databases
from tests.support.postgresql import NoPostgreSQL

IN_CI = os.environ.get("CI", "").lower() in ("1", "true")
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
BROWSER_FIXTURES = frozenset({"server", "browser", "visit", "shots"})
MAY_NOT_SKIP = ("browser", "postgresql", "data")

for name in [name for name in os.environ if name.startswith("PRACHAKHOM_") and "_TEST_" not in name]:
    del os.environ[name]  # a developer's own settings would change what is tested


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        run.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        run.end()


def uses_browser(fixtures: list[str]) -> bool:
    return not BROWSER_FIXTURES.isdisjoint(fixtures)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a database test once on each backend; a browser test on SQLite, unless it chooses its backends itself."""
    chosen = any("backend" in str(mark.args[0]) for mark in metafunc.definition.iter_markers("parametrize"))
    if "backend" in metafunc.fixturenames and not chosen:
        backends = BACKENDS[:1] if uses_browser(metafunc.fixturenames) else BACKENDS
        metafunc.parametrize("backend", backends, indirect=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", [])
        parameters = getattr(getattr(item, "callspec", None), "params", {})
        if uses_browser(fixtures):
            item.add_marker("browser")
        if parameters.get("backend") == "postgresql":
            item.add_marker("postgresql")
        if "shared_data" in fixtures:
            item.add_marker("data")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a test that could not reach its browser, database or data has failed, not passed quietly."""
    report: pytest.TestReport = yield
    needs = [name for name in MAY_NOT_SKIP if item.get_closest_marker(name)]
    if IN_CI and report.skipped and needs and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow for {' and '.join(needs)} tests: {report.longrepr}"
    return report


# Databases


@pytest.fixture(scope="session")
def databases() -> Databases:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    return Databases(worker, {"cast": _build_cast, "demo": _build_demo})


def _build_cast(url: str) -> None:
    from app.cli.server import migrate_database
    from tests.support import cast

    migrate_database(make_settings(url))
    engine = create_database_engine(url)
    with transaction(engine) as session:
        cast.create(session)
    engine.dispose()


def _build_demo(url: str) -> None:
    from app.cli.server import migrate_database
    from app.services import demo, handlers  # noqa: F401  loading runs the jobs it asks for

    settings = make_settings(url)
    migrate_database(settings)
    engine = create_database_engine(url)
    demo.load(engine, settings)
    engine.dispose()


def make_settings(url: str, **values: Any) -> Settings:
    return Settings(_env_file=None, database_url=url, embedded_worker=False, **values)


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> str:
    """The kind of database: each test runs once for every kind."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, backend: str, databases: Databases) -> Iterator[str]:
    """A copy of the migrated database with the cast in it; with the demo in it for a test marked ``demo``."""
    template = "demo" if request.node.get_closest_marker("demo") else "cast"
    yield from _given(partial(databases.copy, template=template), backend)


@pytest.fixture
def blank_database_url(backend: str, databases: Databases) -> Iterator[str]:
    """A database with nothing in it, not even tables."""
    yield from _given(databases.blank, backend)


def _given(make: Any, backend: str) -> Iterator[str]:
    try:
        with make(backend) as url:
            yield url
    except NoPostgreSQL as missing:
        pytest.skip(str(missing))


@pytest.fixture
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    public_url = "http://testserver"
    if uses_browser(request.fixturenames):
        public_url = request.getfixturevalue("server").url
    return make_settings(database_url, data_dir=tmp_path / "files", public_url=public_url)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_database_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the test's own. It takes no write lock by reading, so the application can write meanwhile."""
    with Session(for_reading(engine), expire_on_commit=False) as session:
        yield session


@pytest.fixture
def cast(session: Session) -> Any:
    from tests.support.cast import Cast

    return Cast(session)


# The application


@pytest.fixture
def app(settings: Settings, engine: Engine) -> FastAPI:
    from app.main import create_app

    app = create_app(settings)
    app.state.engine = engine  # the one whose queries a test can count
    return app


@pytest.fixture
def client(app: FastAPI, session: Session, settings: Settings) -> Any:
    """The public, who checks every page; ``client.as_(cast.somchai)`` is somebody."""
    from tests.support.client import PageClient

    return PageClient(app, session, settings)


@pytest.fixture
def run_jobs(engine: Engine, session: Session) -> Any:
    """Do the work that waits, as a worker would; return how many jobs were run."""
    from app import jobs
    from app.services import handlers  # noqa: F401  registers every kind of job

    def run_all() -> int:
        session.commit()
        count = jobs.run_all(engine)
        session.expire_all()
        return count

    return run_all


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The data kept beside the repository; tests that need it say so by naming this."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"{SHARED_DATA} is not there")
    return SHARED_DATA


# The browser


@pytest.fixture(scope="session")
def server() -> Iterator[Any]:
    from tests.support.browser import Server

    server = Server()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests.support.browser import find_chromium, launched

    executable = find_chromium()
    if executable is None:
        pytest.skip("install chromium, or name it in PRACHAKHOM_TEST_CHROMIUM")
    with sync_playwright() as playwright, launched(playwright, executable) as browser:
        yield browser


@pytest.fixture
def visit(browser: Any, server: Any, app: FastAPI, session: Session, settings: Settings) -> Iterator[Any]:
    """Open a window: ``visit()`` for the public, ``visit(cast.somchai, width=360, lang="en")`` for somebody."""
    from tests.support.browser import Visits

    server.app = app
    visits = Visits(browser, server, session, settings)
    yield visits
    visits.close()
    server.app = None
    assert not visits.complaints, "\n".join(["the browser complained:", *visits.complaints])


@pytest.fixture
def shots(visit: Any) -> Any:
    """``shots("/needs", "needs_index", cast.somchai)`` looks at a page in every way and keeps the pictures."""
    from tests.support.browser import shoot

    return partial(shoot, visit)
