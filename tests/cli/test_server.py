"""`prachakhom serve`, started as a person starts it."""

import time
import urllib.request
from pathlib import Path

from tests.support.process import Running, serving


def wait_for_no_children(running: Running, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while running.children() and time.monotonic() < until:
        time.sleep(0.1)
    assert running.children() == []


def test_serve_makes_its_database_and_answers(blank_database_url: str, tmp_path: Path) -> None:
    with serving(blank_database_url, tmp_path) as running:
        with urllib.request.urlopen(running.url, timeout=10) as reply:  # noqa: S310  our own address
            assert reply.status == 200
        assert len(running.children()) == 1, "the embedded worker"


def test_ctrl_c_stops_the_server_and_its_worker_cleanly(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as running:
        assert running.interrupt() == 0
        wait_for_no_children(running)
        assert "Traceback" not in running.log.read_text()


def test_worker_of_a_killed_server_ends_by_itself(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path) as running:
        running.kill()
        wait_for_no_children(running)


def test_worker_elsewhere_leaves_the_server_without_one(database_url: str, tmp_path: Path) -> None:
    with serving(database_url, tmp_path, embedded_worker="false") as running:
        assert running.children() == []
