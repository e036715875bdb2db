"""What a need costs: the server, the wire, the wait.

    python bench/intake.py               every budget of docs/INTAKE.md
    python bench/intake.py weight|wait|cost|load

``cost`` is processor time of the server process for one delivered need; other work on the machine changes it little.
``load`` compares 16 phones that never pause with the same phones before an endpoint that inserts one bare row, on the
same machine in the same minute: read the ratio, not the milliseconds.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx2
from sqlmodel import Field, Session, SQLModel, select

from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine, now, transaction
from app.dependencies import cookie_name
from app.models import User
from app.services import sessions
from tests.support import cast
from tests.support.needs import open_round
from tests.support.postgresql import FAST, Cluster
from tests.support.process import serving

COST_ROUNDS, COST_NEEDS = 9, 100
PHONES, LOAD_SECONDS, LOAD_ROUNDS = 16, 4, 3
WORDS = (
    "หน้าแล้งประปาหมู่บ้านไม่ไหล ต้องซื้อน้ำใช้มาสามเดือนแล้ว บ่อบาดาลเดิมลึก 40 เมตร น้ำเค็มใช้ไม่ได้ "
    "คนแก่กับคนป่วยติดเตียงเดือดร้อนที่สุด ขอให้ขุดบ่อใหม่และต่อท่อให้ถึงท้ายหมู่บ้าน"
)


# Phones


class Phone:
    """One connection kept open, as little work for this machine as can be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, head: str) -> None:
        self.reader, self.writer, self.head = reader, writer, head

    @classmethod
    async def dial(cls, url: str, cookie: str) -> Phone:
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"POST %s HTTP/1.1\r\nhost: {parts.netloc}\r\ncookie: {cookie}\r\ncontent-type: application/json\r\n"
        return cls(reader, writer, head)

    async def post(self, path: str, body: bytes, headers: str = "") -> int:
        """Send one request; return its status when the whole answer is there."""
        self.writer.write(f"{self.head % path}{headers}content-length: {len(body)}\r\n\r\n".encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        lines = answer.lower().split(b"\r\n")
        length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
        await self.reader.readexactly(length)
        return int(answer[9:12])

    def hang_up(self) -> None:
        self.writer.close()


def waiting_need(author_id: int, round_id: int) -> tuple[bytes, str]:
    """One need as the outbox sends it, with its headers."""
    uuid = str(uuid4())
    answers = {
        "consultation": round_id, "problem": f"{WORDS} {uuid[:8]}", "cause": "", "wish": "", "category": "water",
        "area_code": cast.CHAIYO_SUBDISTRICT, "area_code_query": "", "place_note": "ท้ายหมู่บ้าน",
        "behalf_of": "village", "behalf_name": "", "households": 45, "are_households_sure": False,
        "urgency": "urgent", "product": "", "value_chain_stage": "none", "do_ourselves": "", "do_together": "",
        "ask_for": "", "gathered_by": "own_knowledge", "assembly_on": None, "attendance": None, "joins": None,
        "location": {"lat": 14.66, "lng": 100.45, "accuracy_m": 30},
    }  # fmt: skip
    item = {
        "client_uuid": uuid, "schema_version": 1, "author_id": author_id, "captured_at": now().isoformat(),
        "replaces": None, "photos": [], "answers": answers,
    }  # fmt: skip
    return (
        json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode(),
        f"idempotency-key: {uuid}\r\nx-outbox: 3;7200;0f8fad5b-d9cb-469f-a165-70867728950e\r\n",
    )


# Servers and databases


@contextmanager
def databases() -> Iterator[dict[str, Callable[[str], str]]]:
    """Give, by kind, a function that makes a new database and returns its URL. Both wait for the disk."""
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "pg")
        Path(folder).chmod(0o755)
        FAST.update(fsync="on", full_page_writes="on", synchronous_commit="on")
        started = []

        def postgresql(name: str) -> str:
            if not started:
                cluster.start()
                started.append(cluster)
            cluster.execute(f"CREATE DATABASE {name}")
            return cluster.url(name)

        try:
            yield {"SQLite": lambda name: f"sqlite:///{folder}/{name}.db", "PostgreSQL": postgresql}
        finally:
            for one in started:
                one.stop()


@contextmanager
def intake(url: str) -> Iterator[Served]:
    """Serve the application with an open round, as it is served in earnest but for the limit on one sender."""
    settings = Settings(_env_file=None, database_url=url)
    migrate_database(settings)
    engine = create_database_engine(url)
    with transaction(engine) as session:
        cast.create(session)
        session.flush()
        author = session.exec(select(User).where(User.username == "somchai")).one()
        round_id = open_round(session).id
        token = sessions.start(session, author, settings=settings)
        author_id = author.id
    engine.dispose()
    cookie = f"{cookie_name(settings)}={token}"
    with tempfile.TemporaryDirectory() as folder, serving(url, Path(folder), intake_limit="1000000/minute") as running:
        yield Served(
            running.url, running.process.pid, cookie, "/api/needs", lambda: waiting_need(author_id, round_id), 201
        )


class Served:
    """A server, and what is posted to it."""

    def __init__(
        self, url: str, pid: int, cookie: str, path: str, make: Callable[[], tuple[bytes, str]], status: int
    ) -> None:
        self.url, self.pid, self.cookie, self.path, self.make, self.status = url, pid, cookie, path, make, status

    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    async def post_one_after_another(self, count: int) -> None:
        phone = await Phone.dial(self.url, self.cookie)
        for _ in range(count):
            assert await phone.post(self.path, *self.make()) == self.status
        phone.hang_up()

    async def post_all_at_once(self, seconds: float) -> list[float]:
        """Let every phone post without a pause; return how long each need took, sorted."""
        took: list[float] = []
        until = time.perf_counter() + seconds

        async def press() -> None:
            phone = await Phone.dial(self.url, self.cookie)
            while time.perf_counter() < until:
                body = self.make()
                started = time.perf_counter()
                assert await phone.post(self.path, *body) == self.status
                took.append(time.perf_counter() - started)
            phone.hang_up()

        await asyncio.gather(*(press() for _ in range(PHONES)))
        return sorted(took)


# The bare endpoint


class Note(SQLModel, table=True):
    """One row, as bare as a row with words can be."""

    __tablename__ = "bench_note"
    id: int = Field(default=None, primary_key=True)
    text: str


class Posted(SQLModel):
    text: str


def create_bare() -> Any:
    """An application that does nothing but insert one row and commit it, on the same engine."""
    from fastapi import FastAPI

    engine = create_database_engine(os.environ["BENCH_DATABASE_URL"])
    SQLModel.metadata.tables["bench_note"].create(engine, checkfirst=True)
    app = FastAPI()

    @app.post("/notes")
    def add(posted: Posted) -> dict[str, int]:
        with Session(engine, expire_on_commit=False) as session:
            note = Note(text=posted.text)
            session.add(note)
            session.commit()
            return {"id": note.id}

    return app


@contextmanager
def bare(url: str) -> Iterator[Served]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", "bench.intake:create_bare", "--factory", "--port", str(port)]
    environment = {**os.environ, "BENCH_DATABASE_URL": url, "PYTHONPATH": str(Path(__file__).resolve().parents[1])}
    process = subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], env=environment)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        body = json.dumps({"text": WORDS}).encode()
        yield Served(f"http://127.0.0.1:{port}", process.pid, "", "/notes", lambda: (body, ""), 200)
    finally:
        process.kill()
        process.wait()


# The parts


def measure_cost(served: Served) -> float:
    """Return the median of some rounds: milliseconds of processor for one post."""
    asyncio.run(served.post_one_after_another(COST_NEEDS))
    costs = []
    for _ in range(COST_ROUNDS):
        before = served.cpu_seconds()
        asyncio.run(served.post_one_after_another(COST_NEEDS))
        costs.append((served.cpu_seconds() - before) / COST_NEEDS * 1000)
    return statistics.median(costs)


def cost() -> None:
    with databases() as make:
        for kind, new in make.items():
            for name, serve in (("a need", intake), ("a bare row", bare)):
                with serve(new(f"cost_{serve.__name__}")) as served:
                    print(f"{kind:>12}  {name:<10} {measure_cost(served):6.2f} ms of processor")


def load() -> None:
    with databases() as make:
        for kind, new in make.items():
            with intake(new("load_intake")) as need, bare(new("load_bare")) as row:
                asyncio.run(need.post_one_after_another(100))
                asyncio.run(row.post_one_after_another(100))
                ratios = []
                for _ in range(LOAD_ROUNDS):
                    theirs = asyncio.run(row.post_all_at_once(LOAD_SECONDS))
                    ours = asyncio.run(need.post_all_at_once(LOAD_SECONDS))
                    ratios.append(percentile(ours, 99) / percentile(theirs, 99))
                    print(f"{kind:>12}  need {spread(ours)}   bare row {spread(theirs)}   p99 ratio {ratios[-1]:.2f}")
                print(f"{kind:>12}  p99 ratio, median of {LOAD_ROUNDS}: {statistics.median(ratios):.2f}")


def percentile(times: list[float], share: int) -> float:
    return times[min(len(times) - 1, len(times) * share // 100)]


def spread(times: list[float]) -> str:
    p50, p99 = (percentile(times, share) * 1000 for share in (50, 99))
    return f"{len(times) / LOAD_SECONDS:5.0f}/s p50 {p50:5.1f} p99 {p99:5.1f} ms"


def weight() -> None:
    """Print bytes on the wire: the form as a browser fetches it, one need, one photo as the server keeps it at most."""
    with databases() as make, intake(make["SQLite"]("weight")) as served, httpx2.Client(base_url=served.url) as browser:
        files = re.findall(r"const FILES = (\[.*\]);", browser.get("/sw.js").text)
        total = Counter[str]()
        for address in ("/needs/new", *json.loads(files[0])):
            with browser.stream("GET", address, headers={"accept-encoding": "gzip, deflate, br, zstd"}) as answer:
                wire = sum(len(chunk) for chunk in answer.iter_raw())
            body = browser.get(address).content
            best = len(body) if address.endswith(".woff2") else len(gzip.compress(body, 9, mtime=0))
            total.update(wire=wire, best=best, requests=1)
            print(f"{best:10,}  gzip -9 {wire:10,}  as Chromium is sent it  {address.split('?')[0]}")
        print(f"{total['best']:10,}  gzip -9 {total['wire']:10,}  the form, {total['requests']} requests (46,080, 10)")
        body, headers = served.make()
        print(f"{len(body) + len(headers):10,}  a need, with the headers of the outbox   (budget 4,096)")


def wait() -> None:
    """Print how long the form takes on a slow network: until it can be written in, the first time and again."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import find_chromium, launched

    slow = {"offline": False, "latency": 2000, "downloadThroughput": 50_000 / 8, "uploadThroughput": 50_000 / 8}
    with (
        databases() as make,
        intake(make["SQLite"]("wait")) as served,
        sync_playwright() as playwright,
        launched(playwright, find_chromium()) as browser,
    ):
        page = browser.new_context(viewport={"width": 360, "height": 740}).new_page()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.send("Network.emulateNetworkConditions", slow)
        for time_ in ("first", "again"):
            started = time.perf_counter()
            page.goto(f"{served.url}/needs/new", wait_until="commit")
            page.locator("[data-step=problem] textarea").wait_for(state="visible")
            print(f"{time.perf_counter() - started:6.2f} s  {time_} time until the form can be written in")
            page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            page.wait_for_timeout(1000)


PARTS = {"weight": weight, "wait": wait, "cost": cost, "load": load}


if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
