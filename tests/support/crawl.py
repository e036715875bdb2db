"""Walk every page that a person can reach by pressing links, as they see them."""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from tests.support import pages
from tests.support.client import ORIGIN, PageClient

PER_ROUTE = 3


@dataclass
class Walk:
    """What was seen, by the address pattern that answers it, one page of each; and what was wrong."""

    seen: dict[str, list[str]] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def patterns(app: FastAPI) -> list[tuple[str, str]]:
    """Return each address pattern that GET answers, with its name, in the order they are tried."""
    return [
        (context.path, context.name or "")
        for context in iter_route_contexts(app.routes)
        if context.endpoint is not None and context.path and "GET" in (context.methods or {"GET"})
    ]


def walk(client: PageClient, app: FastAPI, start: str = "/", *, each: int = PER_ROUTE) -> Walk:
    """Follow links breadth first, so many for each address pattern. A link that does not open is wrong."""
    result, waiting, met = Walk(), deque([(start, "")]), {start}
    compiled = [(compile_path(path)[0], path) for path, _ in patterns(app)]
    tried: Counter[str] = Counter()
    while waiting:
        url, source = waiting.popleft()
        path = urlsplit(url).path
        pattern = next((pattern for regex, pattern in compiled if regex.match(path)), None)
        if pattern is None or tried[pattern] >= each:
            continue
        tried[pattern] += 1
        response = client.get(url)
        if response.status_code in (302, 303, 307) and response.headers["location"]:
            targets = [response.headers["location"]]
        elif response.status_code == 200:
            result.seen.setdefault(pattern, []).append(url)
            is_page = response.headers.get("content-type", "").startswith("text/html")
            targets = list(links(response.text)) if is_page else []
            if is_page:
                result.pages.setdefault(pattern, url)
        else:
            result.wrong.append(f"{url}, linked from {source}, answered {response.status_code}")
            continue
        for target in targets:
            address = urljoin(ORIGIN + url, target)
            if address.startswith(ORIGIN) and (short := address.removeprefix(ORIGIN).partition("#")[0]) not in met:
                met.add(short)
                waiting.append((short, url))
    return result


def links(html: str) -> Iterator[str]:
    for element in pages.Document(html).all("a"):
        target = element.get("href")
        if target and not urlsplit(target).scheme and not target.startswith("#") and "lang=" not in target:
            yield target
