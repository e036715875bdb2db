"""A real Chromium before a real server: one of each for a worker; every test has its own windows and database."""

import os
import re
import shutil
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, ViewportSize
from sqlmodel import Session
from starlette.types import ASGIApp, Receive, Scope, Send

from app.config import Settings
from app.dependencies import cookie_name
from app.models import User
from app.services import sessions

SHOTS = Path(__file__).resolve().parents[2] / "var" / "shots"
NARROW, PHONE, DESKTOP = 320, 360, 1280
# Each width and each language once; `make shots` adds the other pairs, and a page zoomed to twice its size.
LOOKS = ((PHONE, "th"), (DESKTOP, "en"))
EVERY_LOOK = (*LOOKS, (PHONE, "en"), (DESKTOP, "th"), (NARROW, "th"), (NARROW, "en"))
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class Server:
    """Uvicorn in a thread. Each test puts its own application behind the same address."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        self.crashes: list[str] = []
        self._under_way = 0
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._answer,
                interface="asgi3",
                port=0,
                lifespan="off",
                ws="none",
                log_level="critical",
                access_log=False,
            )
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "a request came between two tests"
        self._under_way += 1
        try:
            await self.app(scope, receive, send)
        except Exception:
            self.crashes.append(f"{scope['method']} {scope['path']}: {traceback.format_exc(limit=-4)}")
            raise
        finally:
            self._under_way -= 1

    def finish(self) -> None:
        """Wait for what a page asked for by itself before it was closed: its database is about to go."""
        until = time.monotonic() + 5
        while self._under_way and time.monotonic() < until:
            time.sleep(0.01)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the server did not start"
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"


def find_chromium() -> str | None:
    return os.environ.get("PRACHAKHOM_TEST_CHROMIUM") or shutil.which("chromium")


@contextmanager
def launched(playwright: Playwright, executable: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
    yield browser
    browser.close()


class Visits:
    """Opens windows for people, and closes them all; a script error or a blocked resource in one is a complaint."""

    def __init__(self, browser: Browser, server: Server, session: Session, settings: Settings) -> None:
        self._browser, self._server, self._session, self._settings = browser, server, session, settings
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    def __call__(
        self,
        person: User | None = None,
        *,
        width: int = DESKTOP,
        lang: str = "th",
        dark: bool = False,
        script: bool = True,
    ) -> Page:
        """Return a window in which somebody (None: the public) is signed in; ``page.goto("/needs")`` is enough."""
        size: ViewportSize = {"width": width, "height": 740 if width <= PHONE else 900}
        context = self._browser.new_context(
            base_url=self._server.url,
            viewport=size,
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            has_touch=width <= PHONE,
            reduced_motion="reduce",
        )
        context.set_default_timeout(10_000)
        self._contexts.append(context)
        kept = {"lang": lang}
        if person is not None:
            kept[cookie_name(self._settings)] = sessions.start(self._session, person, settings=self._settings)
        self._session.commit()
        context.add_cookies([{"name": name, "value": value, "url": self._server.url} for name, value in kept.items()])
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._server.finish()
        self.complaints += self._server.crashes
        self._server.crashes.clear()

    def _listen(self, message: ConsoleMessage) -> None:
        answered = re.search(r"responded with a status of (\d+)", message.text)
        is_refusal = answered is not None and answered[1].startswith("4")  # a test may well ask for one
        is_refusal |= "ERR_INTERNET_DISCONNECTED" in message.text  # and for no network
        if message.type == "error" and not is_refusal:
            self.complaints.append(message.text)


def assert_accessible(page: Page) -> None:
    """Fail when axe finds anything serious, or when the page must be pushed sideways to be read."""
    found = Axe().run(page).response["violations"]
    serious = [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    too_wide = page.evaluate(
        """() => {
            const wide = document.documentElement.clientWidth
            if (document.documentElement.scrollWidth <= wide) return []
            return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > wide + 1)
                .slice(0, 3).map(e => e.outerHTML.slice(0, 160))
        }"""
    )
    wrong = [*serious, *(f"wider than the window: {one}" for one in too_wide)]
    assert not wrong, "\n".join([f"{page.url} at {page.viewport_size}:", *wrong])


def looks() -> tuple[tuple[int, str], ...]:
    """The widths and languages in which pages are looked at."""
    return EVERY_LOOK if os.environ.get("PRACHAKHOM_TEST_LOOKS") else LOOKS


def keep_picture(page: Page, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert_accessible(page)


def shoot(visits: Visits, url: str, name: str, person: User | None = None, *, dark: bool = True) -> None:
    """Look at one page on a phone and a desk, in Thai and English (and once in the dark), for people to look at too."""
    for width, lang, is_dark in [*((*look, False) for look in looks()), *([(PHONE, "th", True)] if dark else [])]:
        page = visits(person, width=width, lang=lang, dark=is_dark)
        page.goto(url)
        keep_picture(page, f"{name}-{width}-{lang}{'-dark' if is_dark else ''}")
        page.context.close()
