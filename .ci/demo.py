"""Start `make demo` as a newcomer would, in a fresh clone, twice: it serves, lets people in, and stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# Printed beside what was measured. A busy machine is no defect: only four times as long fails.
COLD, WARM = 90.0, 5.0


class Failed(Exception):
    pass


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for_health(url: str, demo: subprocess.Popen[bytes], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if demo.poll() is not None:
            raise Failed(f"make demo ended with status {demo.returncode}")
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as reply:  # noqa: S310  our own address
                if reply.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise Failed(f"{url}/health did not answer in {seconds:.0f} s")


def sign_in(link: str) -> None:
    """Follow a printed link: it leads on and brings a session cookie."""
    try:
        urllib.request.build_opener(NoRedirect).open(link, timeout=10)
    except urllib.error.HTTPError as reply:
        if reply.code == 303 and "session=" in str(reply.headers.get("set-cookie")):
            return
    raise Failed(f"{link} did not sign anybody in")


def run(clone: Path, limit: float) -> float:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    log = clone / "demo.log"
    started = time.monotonic()
    with log.open("wb") as output:
        demo = subprocess.Popen(
            ["make", "demo", f"PORT={port}"], cwd=clone, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            wait_for_health(url, demo, limit * 4)
            took = time.monotonic() - started
            printed = log.read_text()
            links = sorted(set(re.findall(rf"{re.escape(url)}/\S+", printed)))
            if len(links) < 5:
                raise Failed(f"expected a sign-in link for each person, found {links}")
            for link in links:
                sign_in(link)
        finally:
            os.killpg(demo.pid, signal.SIGINT)
            try:
                demo.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(demo.pid, signal.SIGKILL)
                raise Failed("Ctrl-C did not stop it within 15 s") from None
    text = log.read_text()
    if "Traceback" in text:
        raise Failed("it did not stop cleanly")
    with socket.socket() as one:
        if one.connect_ex(("127.0.0.1", port)) == 0:
            raise Failed(f"something still listens on {port}")
    return took


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "prachakhom")
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = [name for name in os.environ if name.startswith(("PRACHAKHOM_", "MAKE"))]
        for name in environment:
            del os.environ[name]
        try:
            cold = run(clone, COLD)
            print(f"make demo, first time: {cold:.1f} s until it serves (promised: {COLD:.0f})", flush=True)
            warm = min(run(clone, WARM) for _ in range(2))  # the better of two: another job may hold a core
            print(f"make demo, later: {warm:.1f} s until it serves (promised: {WARM:.0f})", flush=True)
        except Failed as failure:
            print(f"make demo: {failure}\n{(clone / 'demo.log').read_text()[-4000:]}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
