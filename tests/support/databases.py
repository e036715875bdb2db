"""Template databases, built once for each backend in a run, and a copy of one for every test."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from tests.support import run

BACKENDS = ("sqlite", "postgresql")


Build = Callable[[str], None]


class Databases:
    """``builders`` fill the database at a URL; each is run once and copied ever after."""

    def __init__(self, worker: str, builders: Mapping[str, Build]) -> None:
        self._worker, self._builders, self._numbers = worker, builders, count()

    @contextmanager
    def copy(self, backend: str, template: str) -> Iterator[str]:
        """Give the URL of a fresh copy of a template, dropped afterwards. Raises NoPostgreSQL."""
        self._ensure(backend, f"template_{template}", self._builders[template])
        with self._new(backend, f"template_{template}") as url:
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

    def _ensure(self, backend: str, template: str, build: Build) -> None:
        cluster = run.cluster() if backend == "postgresql" else None
        with run.locked():
            built = run.folder() / f"{backend}.{template}.built"
            if built.exists():
                return
            if cluster:
                cluster.execute(f"DROP DATABASE IF EXISTS {template}")
                cluster.execute(f"CREATE DATABASE {template}")
            build(cluster.url(template) if cluster else f"sqlite:///{self._path(template)}")
            built.touch()

    def _path(self, name: str) -> Path:
        return run.folder() / f"{name}.db"
