"""A receipt is a promise: the server is killed while needs are posted, and what got a receipt is there, once."""

import queue
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx2
from sqlmodel import Session, select

from app.dependencies import cookie_name
from app.models import Need, NeedEvent
from app.services import sessions
from tests.conftest import make_settings
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast
from tests.support.needs import open_round
from tests.support.process import serving

NEEDS, KILLS, PHONES = 200, 2, 8


class Phones:
    """People who press send again until they hold a receipt; what each need was answered is kept in ``receipts``."""

    def __init__(self, consultation_id: int, token: str, cookie: str) -> None:
        self.consultation_id, self.cookies = consultation_id, {cookie: token}
        self.words = {str(uuid4()): f"เรื่องที่ {n}" for n in range(NEEDS)}
        self.receipts: dict[str, str] = {}
        self.waiting: queue.Queue[str] = queue.Queue()
        self.url = ""
        self.is_up, self.has_news = threading.Event(), threading.Condition()
        for uuid in self.words:
            self.waiting.put(uuid)

    def press_send(self) -> None:
        with httpx2.Client(cookies=self.cookies, timeout=20) as client:
            while True:
                try:
                    uuid = self.waiting.get_nowait()
                except queue.Empty:
                    return
                self.is_up.wait()
                try:
                    receipt = self.post(client, uuid)
                except httpx2.TransportError:  # the server died before or after it wrote: nobody can tell
                    self.waiting.put(uuid)
                    continue
                with self.has_news:
                    self.receipts[uuid] = receipt
                    self.has_news.notify()

    def post(self, client: httpx2.Client, uuid: str) -> str:
        values = {
            "client_uuid": uuid, "consultation": self.consultation_id, "problem": self.words[uuid],
            "area_code": CHAIYO_SUBDISTRICT, "act": "send",
        }  # fmt: skip
        answer = client.post(f"{self.url}/needs", data=values)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].removeprefix("/needs/").removesuffix("/receipt")

    def wait_for(self, count: int) -> None:
        with self.has_news:
            assert self.has_news.wait_for(lambda: len(self.receipts) >= count, timeout=120)


def test_every_need_that_got_a_receipt_is_there_once_after_kill_nine(
    database_url: str, session: Session, cast: Cast, tmp_path: Path
) -> None:
    consultation = open_round(session)
    settings = make_settings(database_url)
    token = sessions.start(session, cast.somchai, settings=settings)
    session.commit()
    phones = Phones(consultation.id, token, cookie_name(settings))
    with ThreadPoolExecutor(PHONES) as pool:
        sending = [pool.submit(phones.press_send) for _ in range(PHONES)]
        for kill in range(1, KILLS + 1):
            with serving(database_url, tmp_path, embedded_worker="false") as server:
                phones.url = server.url
                phones.is_up.set()
                phones.wait_for(kill * NEEDS // (KILLS + 1) + random.randrange(9))
                phones.is_up.clear()
                server.kill()
        with serving(database_url, tmp_path, embedded_worker="false") as server:
            phones.url = server.url
            phones.is_up.set()
            for one in sending:
                one.result()
            with httpx2.Client(cookies=phones.cookies, timeout=20) as client:
                again = {uuid: phones.post(client, uuid) for uuid in random.sample(list(phones.words), 20)}
    session.rollback()
    kept = {need.client_uuid: need for need in session.exec(select(Need)).all()}
    assert again == {uuid: phones.receipts[uuid] for uuid in again}
    assert {uuid: need.ref for uuid, need in kept.items()} == phones.receipts
    assert {uuid: need.problem for uuid, need in kept.items()} == phones.words
    assert len(session.exec(select(NeedEvent)).all()) == NEEDS
