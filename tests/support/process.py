"""A server of its own, as a person starts it: another process, a real port, its own worker."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A started `prachakhom serve`; what it printed is in ``log``."""

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self.process, self.url, self.log = process, url, log

    def interrupt(self, seconds: float = 15) -> int:
        """Press Ctrl-C; return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=seconds)

    def kill(self) -> None:
        """End the server alone, with no chance to say goodbye."""
        self.process.kill()
        self.process.wait()

    def children(self) -> list[int]:
        """Return the processes the server started that still run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = path.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            pid, session, is_running = int(path.parent.name), int(fields[3]), fields[0] != "Z"
            if session == self.process.pid and is_running and pid != self.process.pid:
                found.append(pid)
        return found

    def _wait_for_health(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, self.log.read_text()
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=5):  # noqa: S310  our own address
                    return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        raise AssertionError(f"no answer in {seconds} s:\n{self.log.read_text()}")


@contextmanager
def serving(database_url: str, folder: Path, **settings: str) -> Iterator[Running]:
    """Start `prachakhom serve` on a database; whatever is left of it at the end is killed."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    values = {"database_url": database_url, "data_dir": str(folder / "files"), "public_url": url, **settings}
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **{f"PRACHAKHOM_{k.upper()}": v for k, v in values.items()}}
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, url, log)
    try:
        running._wait_for_health(60)
        yield running
    finally:
        for pid in [*running.children(), process.pid]:
            if pid != process.pid or process.poll() is None:
                os.kill(pid, signal.SIGKILL)
        process.wait()
