"""The network between a phone and the server: a proxy that loses, delays, doubles, cuts and lies.

A test says what goes wrong next (``network.next(Fate.LOSE_REPLY)``) or for how long (``network.always(Fate.PORTAL)``);
a soak gives it weather: a seeded choice for every request. What passed is in ``network.seen``.
"""

import asyncio
import random
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

POSTING = r"(POST|PUT) /api/needs"
LOGIN_PAGE = "<!doctype html><title>Free WiFi</title><h1>ยินดีต้อนรับสู่ Wi-Fi ฟรี กรุณาเข้าสู่ระบบ</h1>"
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no goodbye


class Fate(StrEnum):
    """What becomes of one request."""

    PASS = "pass"
    DROP = "drop"  # gone before the server saw it
    LOSE_REPLY = "lose reply"  # the server did it, and nobody heard
    CUT_REPLY = "cut reply"  # half the answer, then silence
    DELAY = "delay"
    TWICE = "twice"  # the server gets it two times at once
    ECHO = "echo"  # the server gets it again, later
    PORTAL = "portal"  # a hotel's login page, with 200
    PORTAL_REDIRECT = "portal redirect"
    BUSY = "busy"  # 503 with Retry-After
    TOO_MANY = "too many"  # 429 with Retry-After
    CRASH = "crash"  # 500 with a page


ANSWERS = {
    Fate.PORTAL: (200, {"Content-Type": "text/html; charset=utf-8"}, LOGIN_PAGE),
    Fate.PORTAL_REDIRECT: (302, {"Location": "http://login.wifi.invalid/"}, ""),
    Fate.BUSY: (503, {"Content-Type": "text/html", "Retry-After": "1"}, "<h1>Service Unavailable</h1>"),
    Fate.TOO_MANY: (429, {"Content-Type": "application/json", "Retry-After": "1"}, '{"error": "too many"}'),
    Fate.CRASH: (500, {"Content-Type": "text/html"}, "<h1>Internal Server Error</h1>"),
}


@dataclass(frozen=True)
class Passed:
    """One request and what became of it; ``status`` is the server's own answer, None when there was none."""

    method: str
    path: str
    fate: Fate
    status: int | None
    body: bytes

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Rule:
    """Requests that match have this fate, so many times."""

    fate: Fate
    matches: re.Pattern[str]
    holding: bytes
    times: float


class Weather:
    """A seeded choice for each request: ``Weather(7, {Fate.DROP: 0.1})`` drops one in ten."""

    def __init__(self, seed: int, chances: Mapping[Fate, float]) -> None:
        self._random, self._chances = random.Random(seed), chances

    def __call__(self, _request: str) -> Fate:
        left = self._random.random()
        for fate, chance in self._chances.items():
            left -= chance
            if left < 0:
                return fate
        return Fate.PASS


def clear(_request: str) -> Fate:
    return Fate.PASS


class Network:
    """An address for phones, in a thread of its own; ``upstream`` is where the server is now."""

    def __init__(self, upstream: str, *, seconds: float = 0.5, keep_bodies: bool = True) -> None:
        self.upstream, self.seconds, self._keep_bodies = upstream, seconds, keep_bodies
        self.weather: Callable[[str], Fate] = clear
        self.bytes_per_second: int | None = None
        self.seen: list[Passed] = []
        self._rules: list[Rule] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._listener: asyncio.Server | None = None
        self._busy: set[asyncio.Task[Any]] = set()
        self.port = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.up()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # What a test asks for

    def up(self) -> None:
        """Answer again, at the same address."""
        self._call(self._listen())

    def down(self) -> None:
        """Nobody answers at the address: the server, or all of the network, is away."""
        self._call(self._unlisten())

    def next(self, fate: Fate, matching: str = POSTING, *, holding: str = "", times: float = 1) -> None:
        """Let the next matching request (whose body holds these words) have this fate."""
        self._rules.append(Rule(fate, re.compile(matching), holding.encode(), times))

    def always(self, fate: Fate, matching: str = ".", *, holding: str = "") -> None:
        self.next(fate, matching, holding=holding, times=float("inf"))

    def calm(self) -> None:
        """Everything passes from now on."""
        self._rules.clear()
        self.weather = clear

    def count(self, matching: str = POSTING) -> int:
        return sum(1 for one in self.seen.copy() if re.match(matching, str(one)))

    def wait_for(self, matching: str = POSTING, count: int = 1, seconds: float = 15) -> None:
        """Wait until so many matching requests have passed since the network began."""
        with self._news:
            found = self._news.wait_for(lambda: self.count(matching) >= count, seconds)
        assert found, f"{self.count(matching)} of {count} {matching} in {[str(one) for one in self.seen]}"

    def close(self) -> None:
        self._call(self._unlisten())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # How it does it

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        if self._listener is not None and self._listener.is_serving():
            return
        self._listener = await asyncio.start_server(self._serve, "127.0.0.1", self.port, reuse_address=True)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _unlisten(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for task in self._busy.copy():
            task.cancel()
        await asyncio.gather(*self._busy, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._busy.add(task)
        try:
            await self._carry(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            reset(writer)  # either side is gone
        finally:
            self._busy.discard(task)
            with suppress(OSError):
                writer.close()
                await writer.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, path, _version = head.split(b"\r\n", 1)[0].decode().split(" ")
        body = await reader.readexactly(length_of(head))
        fate = self._decide(f"{method} {path}", body)
        request = as_last(head) + body
        reply: bytes | None = None
        try:
            if fate is Fate.DELAY:
                await asyncio.sleep(self.seconds)
            if fate is Fate.TWICE:
                reply, _other = await asyncio.gather(self._ask(request), self._ask(request))
            elif fate is not Fate.DROP and fate not in ANSWERS:
                reply = await self._ask(request)
        finally:
            self._note(Passed(method, path, fate, status_of(reply), body if self._keep_bodies else b""))
        if fate is Fate.ECHO:
            echo = asyncio.create_task(self._again(method, path, request))
            self._busy.add(echo)
            echo.add_done_callback(self._busy.discard)
        if fate in (Fate.DROP, Fate.LOSE_REPLY):
            reset(writer)
            return
        if fate is Fate.CUT_REPLY and reply:
            writer.write(reply[: len(reply) // 2])
            await writer.drain()
            reset(writer)
            return
        await self._pour(writer, reply or written(*ANSWERS[fate]))

    def _decide(self, request: str, body: bytes) -> Fate:
        for rule in self._rules:
            if rule.times > 0 and rule.matches.match(request) and rule.holding in body:
                rule.times -= 1
                return rule.fate
        return self.weather(request)

    async def _ask(self, request: bytes) -> bytes:
        address = urlsplit(self.upstream)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        try:
            writer.write(request)
            reply = await reader.read()
        finally:
            writer.transport.abort()
        if not reply:
            raise ConnectionResetError("the server died")
        return reply

    async def _again(self, method: str, path: str, request: bytes) -> None:
        await asyncio.sleep(self.seconds)
        with suppress(OSError):
            self._note(Passed(method, path, Fate.ECHO, status_of(await self._ask(request)), b""))

    async def _pour(self, writer: asyncio.StreamWriter, reply: bytes) -> None:
        size = self.bytes_per_second and max(1, self.bytes_per_second // 10)
        for start in range(0, len(reply), size or len(reply) or 1):
            writer.write(reply[start : start + size] if size else reply)
            await writer.drain()
            if size:
                await asyncio.sleep(0.1)

    def _note(self, passed: Passed) -> None:
        with self._news:
            self.seen.append(passed)
            self._news.notify_all()


@contextmanager
def network_before(upstream: str, **options: Any) -> Iterator[Network]:
    network = Network(upstream, **options)
    yield network
    network.close()


def length_of(head: bytes) -> int:
    found = re.search(rb"(?im)^content-length: *(\d+)", head)
    return int(found[1]) if found else 0


def as_last(head: bytes) -> bytes:
    """Write a request's head so that the server closes the connection after its answer."""
    kept = [
        line for line in head.split(b"\r\n") if line and not line.lower().startswith((b"connection:", b"keep-alive:"))
    ]
    return b"\r\n".join([*kept, b"Connection: close", b"", b""])


def status_of(reply: bytes | None) -> int | None:
    return int(reply.split(b" ", 2)[1]) if reply else None


def written(status: int, headers: Mapping[str, str], text: str) -> bytes:
    body = text.encode()
    lines = [f"HTTP/1.1 {status} Told", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "Connection: close", "", ""]).encode() + body


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection as a lost signal does."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
