"""One folder in memory for one test run, shared by its workers and gone with it."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import postgresql

VARIABLE = "PRACHAKHOM_TEST_FOLDER"
PREFIX = "prachakhom-test-"
NEEDED = 2 << 30


def begin() -> None:
    """Make the run's folder, in memory when there is room, and tell the workers by an environment variable."""
    memory = Path("/dev/shm")  # noqa: S108  a copy of a database costs a tenth there
    base = memory if memory.is_dir() and shutil.disk_usage(memory).free > NEEDED else Path(tempfile.gettempdir())
    for left in base.glob(f"{PREFIX}*"):
        if not Path("/proc", left.name.removeprefix(PREFIX).split("-")[0]).exists():
            _remove(left)  # that run was killed
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=base)
    folder().chmod(0o755)  # PostgreSQL's own user passes through


def end() -> None:
    _remove(folder())
    del os.environ[VARIABLE]


def folder() -> Path:
    return Path(os.environ[VARIABLE])


@contextmanager
def locked() -> Iterator[None]:
    """Let one worker at a time in."""
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def cluster() -> postgresql.Cluster:
    """Return the run's PostgreSQL, started by whoever asks first. Raises NoPostgreSQL."""
    shared = postgresql.Cluster(folder() / "postgresql")
    with locked():
        if not shared.folder.exists():
            shared.start()
    return shared


def _remove(path: Path) -> None:
    if (path / "postgresql" / "data" / "postmaster.pid").exists():
        postgresql.Cluster(path / "postgresql").stop()
    shutil.rmtree(path, ignore_errors=True)
