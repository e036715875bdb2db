"""What must hold for every page of Prachakhom, checked on each page that any test fetches.

`problems(html, app)` returns sentences; none means the page is sound. A fragment (what htmx swaps in) is held to the
same rules, except those about the whole document.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.routing import Match
from starlette.staticfiles import StaticFiles

VOID = frozenset(("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"))
METHODS = ("get", "post", "put", "patch", "delete")
UNLABELLED_TYPES = frozenset({"hidden", "submit", "button", "reset", "image"})
KNOWN_SELECTORS = ("#", ".", "[", "this", "closest ", "find ", "next ", "previous ")
SELF_CLOSING = frozenset(
    ("p", "li", "option", "optgroup", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup")
)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    line: int
    parent: "Element | None" = None
    children: list["Element | str"] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def text(self) -> str:
        """Return the words inside, with an image's alt text where the image stands."""
        words = [child if isinstance(child, str) else child.text() for child in self.children]
        return " ".join(" ".join([self.get("alt") if self.tag == "img" else "", *words]).split())

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def ancestors(self) -> Iterator["Element"]:
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def __str__(self) -> str:
        shown = "".join(f' {name}="{value[:60]}"' for name, value in self.attributes.items() if name != "class")
        return f"line {self.line}: <{self.tag}{shown}>"


class Document(HTMLParser):
    """A small tree; tags that do not match are kept as mistakes."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._open = Element("", {}, 0)
        self.mistakes: list[str] = []
        self.feed(html)
        self.close()
        while self._open is not self.root:
            if self._open.tag not in SELF_CLOSING | {"html", "body"}:
                self.mistakes.append(f"{self._open} is never closed")
            self._open = self._open.parent or self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        element = Element(tag, {name: value or "" for name, value in attrs}, self.getpos()[0], self._open)
        self.mistakes += [f"{element} has {name} twice" for name, n in Counter(names).items() if n > 1]
        self._open.children.append(element)
        if tag not in VOID and not self._is_self_closed():
            self._open = element

    def _is_self_closed(self) -> bool:
        """Only SVG writes <path/>; in HTML itself the slash means nothing."""
        inside_svg = self._open.tag == "svg" or any(a.tag == "svg" for a in self._open.ancestors())
        return inside_svg and (self.get_starttag_text() or "").endswith("/>")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        element: Element | None = self._open
        while element is not None and element.tag != tag:
            element = element.parent
        if element is None:
            if not (self.get_starttag_text() or "").endswith("/>"):
                self.mistakes.append(f"line {self.getpos()[0]}: </{tag}> closes nothing")
            return
        while self._open is not element:
            if self._open.tag not in SELF_CLOSING:
                self.mistakes.append(f"{self._open} is not closed before </{tag}> of line {self.getpos()[0]}")
            self._open = self._open.parent or self.root
        self._open = element.parent or self.root

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.root.walk() if not tags or element.tag in tags]

    def texts(self, *tags: str) -> list[str]:
        """Return the words of every element with one of these tags, in order."""
        return [element.text() for element in self.all(*tags)]

    def text(self) -> str:
        return self.root.text()


def problems(html: str, app: FastAPI, url: str = "/") -> list[str]:
    """Return what is wrong with a page or fragment that was fetched from a URL."""
    page = Document(html)
    is_whole = bool(page.all("html"))
    found = list(page.mistakes)
    if is_whole:
        found += _document_problems(page)
    ids = [element.get("id") for element in page.all() if "id" in element.attributes]
    found += [f'id="{name}" is given {n} times' for name, n in Counter(ids).items() if n > 1 or not name]
    found += _inline_problems(page)
    found += _language_problems(page)
    found += _label_problems(page)
    found += _link_problems(page, app, url, set(ids), is_whole)
    if is_whole:
        found += _reference_problems(page, set(ids))
    return found


def _document_problems(page: Document) -> Iterator[str]:
    language = page.all("html")[0].get("lang")
    if language not in ("th", "en"):
        yield f'<html lang="{language}"> should say th or en'
    titles = [e for e in page.all("title") if not any(a.tag == "svg" for a in e.ancestors())]
    if len(titles) != 1 or not titles[0].text():
        yield f"there should be one <title> with words in it, not {[t.text() for t in titles]}"
    headings = [element.text() for element in page.all("h1")]
    if len(headings) != 1 or not headings[0]:
        yield f"there should be one <h1> with words in it, not {headings}"
    if len(page.all("main")) != 1:
        yield f"there should be one <main>, not {len(page.all('main'))}"
    if not any(element.get("name") == "viewport" for element in page.all("meta")):
        yield "there is no viewport for phones"
    levels = [int(e.tag[1]) for e in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    for above, below in pairwise(levels):
        if below > above + 1:
            yield f"a heading of level {below} follows one of level {above}"


def _language_problems(page: Document) -> Iterator[str]:
    """Thai on an English page is read aloud as gibberish unless it says that it is Thai; a title cannot say so."""
    for element in page.all():
        own = " ".join(child for child in element.children if isinstance(child, str))
        if element.tag not in ("script", "style", "title") and re.search("[ก-๛]", own):
            said = [one.get("lang") for one in (element, *element.ancestors()) if one.get("lang")]
            if said and said[0] != "th":
                yield f"{element} holds Thai in {said[0]}: {own.strip()[:60]}"


def _inline_problems(page: Document) -> Iterator[str]:
    """The content security policy blocks these; the page would be broken without a word."""
    for element in page.all():
        if "style" in element.attributes:
            yield f"{element} has an inline style"
        for name in element.attributes:
            if name.startswith("on") or name.startswith("hx-on"):
                yield f"{element} has an inline handler"
        if element.get("href").strip().lower().startswith("javascript:"):
            yield f"{element} runs script from a link"
        if element.tag == "style" and element.text():
            yield f"{element} is an inline style sheet"
        if element.tag == "script" and "src" not in element.attributes and "json" not in element.get("type"):
            yield f"{element} is an inline script"
        for name in ("src", "srcset"):
            if urlsplit(element.get(name)).netloc:
                yield f"{element} is loaded from another site"


def _label_problems(page: Document) -> Iterator[str]:
    labels = {element.get("for"): element.text() for element in page.all("label") if element.get("for")}
    by_id = {element.get("id"): element for element in page.all() if element.get("id")}
    for element in page.all("input", "select", "textarea"):
        if element.tag == "input" and element.get("type", "text") in UNLABELLED_TYPES:
            continue
        wrapping = next((a.text() for a in element.ancestors() if a.tag == "label"), "")
        named_by = " ".join(by_id[i].text() for i in element.get("aria-labelledby").split() if i in by_id)
        if not (wrapping or labels.get(element.get("id")) or element.get("aria-label") or named_by):
            yield f"{element} has no label"
        if not element.get("name"):
            yield f"{element} has no name, so nothing is sent"
    for element in page.all("button", "a"):
        if element.tag == "a" and "href" not in element.attributes:
            continue
        named_by = " ".join(by_id[i].text() for i in element.get("aria-labelledby").split() if i in by_id)
        if not (element.text() or element.get("aria-label") or named_by or element.get("title")):
            yield f"{element} has no words in it"
    for element in page.all("img"):
        if "alt" not in element.attributes:
            yield f"{element} has no alt text"
    for element in page.all("fieldset"):
        if not any(e.tag == "legend" and e.text() for e in element.walk()):
            yield f"{element} has no legend"
    for element in page.all("form"):
        if any(a.tag == "form" for a in element.ancestors()):
            yield f"{element} stands inside another form"
    for element in page.all("button"):
        if any(a.tag in ("a", "button") for a in element.ancestors()):
            yield f"{element} stands inside something else to press"


def _link_problems(page: Document, app: FastAPI, url: str, ids: set[str], is_whole: bool) -> Iterator[str]:
    for element in page.all():
        for name in ("href", "src", "action", "formaction", *(f"hx-{method}" for method in METHODS)):
            if name not in element.attributes or any(a.tag == "svg" for a in element.ancestors()):
                continue
            target, method = element.get(name), "GET"
            if name.startswith("hx-"):
                method = name[3:].upper()
            elif name in ("action", "formaction"):
                form = next((a for a in (element, *element.ancestors()) if a.tag == "form"), None)
                method = (element.get("formmethod") or (form.get("method") if form else "") or "get").upper()
            yield from _target_problems(element, name, target, method, app, url, ids, is_whole)


def _target_problems(
    element: Element, name: str, target: str, method: str, app: FastAPI, url: str, ids: set[str], is_whole: bool
) -> Iterator[str]:
    parts = urlsplit(target)
    if parts.scheme in ("mailto", "tel", "data", "blob"):
        return
    if parts.netloc and parts.netloc != "testserver" and parts.hostname not in ("127.0.0.1", "localhost"):
        return  # a link to another site is a person's choice; things loaded from there are refused above
    if not target and name in ("href", "src"):
        yield f"{element} leads nowhere"
        return
    if parts.fragment and not parts.path:
        if is_whole and parts.fragment not in ids:
            yield f"{element}: nothing here has id={parts.fragment}"
        return
    path = parts.path or urlsplit(url).path
    if not path.startswith("/"):
        yield f"{element}: {name} should be a whole path, for it breaks on another page"
    elif not leads_somewhere(app, path, method):
        yield f"{element}: no route answers {method} {path}"


def leads_somewhere(app: FastAPI, path: str, method: str) -> bool:
    """Return whether a route, or an existing static file, answers."""
    scope = {"type": "http", "path": path, "root_path": "", "method": method, "headers": [], "app": app}
    for route in app.router.routes:
        match, _ = route.matches(dict(scope))
        if match is Match.FULL:
            mounted = getattr(route, "app", None)
            if isinstance(mounted, StaticFiles):
                file = path.removeprefix(str(getattr(route, "path", "")))
                return bool(mounted.lookup_path(file.lstrip("/"))[0])
            return True
    return False


def _reference_problems(page: Document, ids: set[str]) -> Iterator[str]:
    for element in page.all():
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "aria-owns", "list", "form"):
            for wanted in element.get(name).split():
                if wanted not in ids:
                    yield f"{element}: {name} names {wanted}, which is not on the page"
        for name in ("hx-target", "hx-include", "hx-indicator"):
            for selector in re.split(r"\s*,\s*", element.get(name)):
                if selector.startswith("#") and not set(re.findall(r"#([\w-]+)", selector)) <= ids:
                    yield f"{element}: {name} {selector} is not on the page"
                elif selector and not (selector.isalpha() or selector.startswith(KNOWN_SELECTORS)):
                    yield f"{element}: {name} {selector} is no selector these checks know"
