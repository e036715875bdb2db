"""Alembic: the models are the target; one connection, one transaction, on SQLite and PostgreSQL alike."""

from alembic import context
from sqlalchemy import Enum, event
from sqlmodel.sql.sqltypes import AutoString

from app.config import Settings
from app.database import UTCDateTime, create_database_engine
from app.models import metadata


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Write SQLModel's text type as plain SQLAlchemy, and a choice as text: a new member needs no migration."""
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime(timezone=True)"
    return False


url = context.config.attributes.get("database_url") or Settings().database_url


def run() -> None:
    engine = create_database_engine(url)
    is_sqlite = engine.dialect.name == "sqlite"
    if is_sqlite:
        # A table is rebuilt by renaming a copy over it, which foreign keys would forbid.
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA foreign_keys = OFF"))
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=is_sqlite,
            compare_type=True,
            render_item=render_item,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
