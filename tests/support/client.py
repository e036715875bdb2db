"""A test client that looks at every page it is given."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import Session
from starlette.testclient import TestClient

from app.config import Settings
from app.dependencies import cookie_name
from app.models import User
from app.services import sessions
from tests.support import pages

ORIGIN = "http://testserver"
DOMAIN = "testserver.local"  # as a cookie jar calls a host without a dot: a new cookie then replaces this one


class PageClient(TestClient):
    """Signed in as somebody or nobody; never follows a redirect by itself; refuses a page that is not sound.

    What the test's own session wrote is committed before each request, and what the request wrote is read afresh after.
    """

    def __init__(self, app: FastAPI, session: Session, settings: Settings) -> None:
        super().__init__(app, base_url=ORIGIN, follow_redirects=False)
        self._application, self._session, self._settings = app, session, settings

    def as_(self, person: User | None) -> "PageClient":
        """Return another client, signed in by a session of its own; None is the public."""
        client = PageClient(self._application, self._session, self._settings)
        if person is not None:
            token = sessions.start(self._session, person, settings=self._settings, device="tests")
            client.cookies.set(cookie_name(self._settings), token, domain=DOMAIN)
        return client

    def request(self, method: str, url: Any, **options: Any) -> Response:  # type: ignore[override]
        self._session.commit()
        response = super().request(method, url, **options)
        self._session.expire_all()
        check(response, self._application)
        return response

    def read(self, url: str, **options: Any) -> pages.Document:
        """Fetch a page that should be there, as a tree."""
        response = self.get(url, **options)
        assert response.status_code == 200, f"{url} answered {response.status_code}"
        return pages.Document(response.text)

    def submit(
        self, url: str, values: Mapping[str, Any] | None = None, *, action: str | None = None, button: str | None = None
    ) -> Response:
        """Open a page, fill its form (the one with this action, or the only one that posts) and press its button.

        Boxes left alone are sent as the page filled them. A box that is not on the page cannot be filled.
        """
        form = find_form(self.read(url), action)
        filled = {**default_values(form), **(values or {})}
        known = {element.get("name") for element in form.walk()}
        assert not set(filled) - known, f"the form has no {sorted(set(filled) - known)}, only {sorted(known - {''})}"
        pressed = next((e for e in form.walk() if e.tag == "button" and button and button in e.text()), None)
        assert pressed or not button, f"the form has no button {button!r}"
        target = form.get("action") or url
        if pressed:
            target = pressed.get("formaction") or target
            if pressed.get("name"):
                filled[pressed.get("name")] = pressed.get("value")
        return self.post(target, data=filled)


def find_form(page: pages.Document, action: str | None) -> pages.Element:
    forms = [
        form
        for form in page.all("form")
        if form.get("method").lower() == "post" and action in (None, urlsplit(form.get("action")).path)
    ]
    if action is None and len(forms) > 1:  # the page's own form, not the one that signs out
        forms = [form for form in forms if any(ancestor.tag == "main" for ancestor in form.ancestors())]
    assert len(forms) == 1, f"{len(forms)} forms fit: {[str(form) for form in page.all('form')]}"
    return forms[0]


def default_values(form: pages.Element) -> dict[str, Any]:
    """Return what a browser would send if nobody touched the form."""
    values: dict[str, Any] = {}
    for element in form.walk():
        name, kind = element.get("name"), element.get("type", "text")
        if not name or "disabled" in element.attributes:
            continue
        if element.tag == "textarea":
            values[name] = "".join(child for child in element.children if isinstance(child, str)).removeprefix("\n")
        elif element.tag == "select":
            options = [option for option in element.walk() if option.tag == "option"]
            chosen = [o for o in options if "selected" in o.attributes] or options[:1]
            values[name] = [o.get("value", o.text()) for o in chosen]
        elif element.tag == "input" and kind in ("checkbox", "radio"):
            if "checked" in element.attributes:
                values.setdefault(name, []).append(element.get("value", "on"))
        elif element.tag == "input" and kind not in ("submit", "button", "image", "reset", "file"):
            values[name] = element.get("value")
    return values


def check(response: Response, app: FastAPI) -> None:
    """Fail when a page, or the place a redirect leads to, is not sound."""
    url = str(response.request.url)
    if location := response.headers.get("location"):
        parts = urlsplit(location)
        assert parts.netloc or pages.leads_somewhere(app, parts.path, "GET"), (
            f"{url} leads to {location}, which is no page"
        )
    if response.headers.get("content-type", "").startswith("text/html") and response.text:
        found = pages.problems(response.text, app, url)
        assert not found, "\n".join([f"{url} answered {response.status_code} with a page that is not sound:", *found])
