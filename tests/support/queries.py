"""Count what a page asks of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

NOT_QUERIES = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


class Statements(list[str]):
    """The statements seen so far; a failing comparison prints them."""

    def __repr__(self) -> str:
        return f"{len(self)} queries:\n" + "\n".join(f"  {' '.join(one.split())[:200]}" for one in self)


@contextmanager
def count_queries(engine: Engine) -> Iterator[Statements]:
    """Collect the statements an engine runs inside the block: ``len(...)`` is their number."""
    seen = Statements()

    def collect(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_QUERIES):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", collect)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", collect)
