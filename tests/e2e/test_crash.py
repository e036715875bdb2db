"""A receipt is a promise: kill the server in the middle of a rush, and every need with a receipt is there, once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.dependencies import cookie_name
from app.i18n import today
from app.models import Consultation, Need, Stage
from app.services import sessions
from tests.support.cast import CHAIYO_SUBDISTRICT, CLUSTER, Cast
from tests.support.process import serving

NEEDS = 200
BEFORE_THE_KILL = 60
HANDS = 4


@pytest.fixture
def consultation_id(session: Session) -> int:
    round_ = Consultation(
        title_th="รอบทดสอบ",
        cluster_code=CLUSTER,
        purpose_th="รับฟัง",
        announce_on=today() - timedelta(days=20),
        open_on=today() - timedelta(days=1),
        close_on=today() + timedelta(days=30),
        stage=Stage.OPEN,
    )
    session.add(round_)
    session.commit()
    assert round_.id is not None
    return round_.id


@pytest.fixture
def browserless(session: Session, cast: Cast, settings: Settings) -> Iterator[httpx2.Client]:
    """A signed-in sender that has no page to look at, only speed."""
    token = sessions.start(session, cast.somchai, settings=settings)
    session.commit()
    with httpx2.Client(cookies={cookie_name(settings): token}, timeout=30) as sender:
        yield sender


def send(sender: httpx2.Client, url: str, uuid: str, consultation_id: int) -> str | None:
    """Post one need as its form does; return the address of its receipt, or None when the server was gone."""
    form = {
        "client_uuid": uuid,
        "consultation": str(consultation_id),
        "problem": f"น้ำประปาไม่ไหลตอนเช้า {uuid}",
        "area_code": CHAIYO_SUBDISTRICT,
        "act": "send",
    }
    try:
        reply = sender.post(f"{url}/needs", data=form)
    except httpx2.TransportError:
        return None
    assert reply.status_code == 303, reply.text
    return reply.headers["location"]


def test_kill_during_a_rush_loses_no_need_and_doubles_none(
    database_url: str,
    tmp_path: Path,
    engine: Engine,
    session: Session,
    consultation_id: int,
    browserless: httpx2.Client,
) -> None:
    uuids = [str(uuid4()) for _ in range(NEEDS)]
    receipts: dict[str, str | None] = {}
    enough = Event()

    def post(uuid: str, url: str) -> None:
        receipts[uuid] = send(browserless, url, uuid, consultation_id)
        if sum(1 for receipt in receipts.copy().values() if receipt) >= BEFORE_THE_KILL:
            enough.set()

    with serving(database_url, tmp_path, embedded_worker="false") as running, ThreadPoolExecutor(HANDS) as pool:
        posted = [pool.submit(post, uuid, running.url) for uuid in uuids]
        assert enough.wait(timeout=120)
        running.kill()
        for one in posted:
            one.result()

    promised = {uuid: receipt for uuid, receipt in receipts.items() if receipt}
    assert BEFORE_THE_KILL <= len(promised) < NEEDS, "the kill came in the middle"
    kept = {need.client_uuid: need.ref for need in session.exec(select(Need)).all()}
    assert {uuid: receipt.split("/")[2] for uuid, receipt in promised.items()}.items() <= kept.items()
    session.rollback()

    with serving(database_url, tmp_path, embedded_worker="false") as running:  # they try again, as the page tells them
        again = {uuid: send(browserless, running.url, uuid, consultation_id) for uuid in uuids}

    assert {uuid: again[uuid] for uuid in promised} == promised
    assert sorted(str(uuid) for uuid in session.exec(select(Need.client_uuid)).all()) == sorted(uuids)
    assert len(set(session.exec(select(Need.ref)).all())) == NEEDS
