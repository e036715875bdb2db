"""Engine and session. The only commit in the code base is in this module: one request, one transaction."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from fastapi import Request
from sqlalchemy import DateTime, Engine, Enum, event
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel, create_engine

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An aware time, stored in UTC; refuses a naive one, and gives an aware one back on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


def choice(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores the value of a StrEnum as plain text, the same on both databases."""
    return Enum(kind, native_enum=False, length=32, values_callable=lambda members: [m.value for m in members])


def now() -> datetime:
    return datetime.now(UTC)


def create_database_engine(url: str) -> Engine:
    """Return an engine for SQLite (WAL, synchronous=FULL) or PostgreSQL (psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": 15})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; sqlite3's own timing would begin too late
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that will write takes the write lock at once: one that starts by reading and
    # upgrades later can be refused without waiting, and the person's words with it.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def for_reading(engine: Engine) -> Engine:
    """Return the same engine, whose SQLite transactions never take the write lock."""
    return engine.execution_options(writes=False)


def get_session(request: Request) -> Iterator[Session]:
    """Give one session to one request; commit when the handler returned, before the reply leaves."""
    engine: Engine = request.app.state.engine
    if request.method in SAFE_METHODS:
        engine = for_reading(engine)
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def transaction(engine: Engine, **execution_options: Any) -> Iterator[Session]:
    """Give a session to the command line or the worker; commit when the block ends without an error."""
    with Session(engine.execution_options(**execution_options), expire_on_commit=False) as session:
        yield session
        session.commit()
