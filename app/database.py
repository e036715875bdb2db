"""Engine and session. The only commit in the code base is in this module: one request, one transaction."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from sqlalchemy import DateTime, Engine, Enum, Select, Table, bindparam, event, inspect
from sqlalchemy import select as select_columns
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator
from sqlmodel import Session, SQLModel, create_engine

M = TypeVar("M", bound=SQLModel)
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


# Records without the unit of work. What happens with every request and every need is done by statements written once:
# the same rows and the same records, in a fifth of the time.


def table_of(model: type[SQLModel]) -> Table:
    table: Table = inspect(model).local_table
    return table


def record(model: type[M], values: Mapping[str, Any]) -> M:
    """Return a record of these values for every column, as if a session had loaded it and let it go."""
    made: M = inspect(model).class_manager.new_instance()
    made.__dict__.update(values)
    make_transient_to_detached(made)
    return made


def read(session: Session, model: type[M], key: Any) -> M | None:
    """Return the record with this primary key, or None: what ``session.get`` does."""
    held = session.identity_map.get(inspect(model).identity_key_from_primary_key((key,)))
    if held is not None:
        return held  # type: ignore[no-any-return]  # the key names the model
    row = session.connection().execute(_select(model), {"key": key}).first()
    if row is None:
        return None
    found = record(model, row._asdict())
    session.add(found)
    return found


def write(session: Session, model: type[M], **values: Any) -> M | None:
    """Add one new row and return its record; None when a value that must be unique is there already."""
    for name, default in _defaults(model):
        if name not in values:
            values[name] = default() if callable(default) else default
    connection = session.connection()
    key = connection.execute(_insert(model, connection.dialect.name), values).scalar()
    if key is None:
        return None
    written = record(model, {**values, "id": key})
    session.add(written)
    return written


@cache
def _select(model: type[SQLModel]) -> Select[Any]:
    table = table_of(model)
    return select_columns(table).where(table.primary_key.columns[0] == bindparam("key"))


@cache
def _insert(model: type[SQLModel], dialect: str) -> Any:
    insert = postgresql.insert if dialect == "postgresql" else sqlite.insert
    table = table_of(model)
    return insert(table).on_conflict_do_nothing().returning(table.c.id)


@cache
def _defaults(model: type[SQLModel]) -> list[tuple[str, Any]]:
    """Return what a column holds when nothing is said of it, or the function that makes it."""
    fields = model.model_fields
    names = [column.key for column in table_of(model).columns if column.key != "id"]
    return [(name, fields[name].default_factory or fields[name].default) for name in names]
