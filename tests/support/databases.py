"""A migrated database with the cast in it, built once for each backend, and a copy of it for every test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.support import run

BACKENDS = ("sqlite", "postgresql")
TEMPLATE = "template_prachakhom"


class Databases:
    def __init__(self, worker: str, build: Callable[[str], None]) -> None:
        self._worker, self._build, self._numbers = worker, build, count()

    @contextmanager
    def copy(self, backend: str) -> Iterator[str]:
        """Give the URL of a fresh copy of the template, dropped afterwards. Raises NoPostgreSQL."""
        self._ensure_template(backend)
        with self._new(backend, TEMPLATE) as url:
            yield url

    @contextmanager
    def blank(self, backend: str) -> Iterator[str]:
        """Give the URL of a database with nothing in it, not even tables. Raises NoPostgreSQL."""
        with self._new(backend, None) as url:
            yield url

    @contextmanager
    def _new(self, backend: str, template: str | None) -> Iterator[str]:
        name = f"{self._worker}_{next(self._numbers)}"
        if backend == "sqlite":
            path = self._path(name)
            if template:
                shutil.copyfile(self._path(template), path)
            yield f"sqlite:///{path}"
            for left in path.parent.glob(f"{path.name}*"):
                left.unlink()
        else:
            cluster = run.cluster()
            copied = f"TEMPLATE {template} STRATEGY file_copy" if template else ""
            cluster.execute(f"CREATE DATABASE {name} {copied}")
            yield cluster.url(name)
            cluster.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _ensure_template(self, backend: str) -> None:
        cluster = run.cluster() if backend == "postgresql" else None
        with run.locked():
            built = run.folder() / f"{backend}.built"
            if built.exists():
                return
            if cluster:
                cluster.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}")
                cluster.execute(f"CREATE DATABASE {TEMPLATE}")
            self._build(cluster.url(TEMPLATE) if cluster else f"sqlite:///{self._path(TEMPLATE)}")
            built.touch()

    def _path(self, name: str) -> Path:
        return run.folder() / f"{name}.db"
