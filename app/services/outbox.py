"""What still waits on phones, as they say it."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session

from app.database import now, table_of, write
from app.models import OutboxReport, User

_REPORT = table_of(OutboxReport)
_AGAIN = (
    update(_REPORT)
    .where(_REPORT.c.user_id == bindparam("user"), _REPORT.c.device == bindparam("phone"))
    .values(waiting=bindparam("waiting"), oldest_at=bindparam("oldest_at"), seen_at=bindparam("seen_at"))
)


def report(session: Session, user: User, *, device: str, waiting: int, oldest_at: datetime | None) -> None:
    """Note how many needs still wait on one phone of a person."""
    values: dict[str, Any] = {"waiting": waiting, "oldest_at": oldest_at, "seen_at": now()}
    if not session.connection().execute(_AGAIN, {"user": user.id, "phone": device, **values}).rowcount:
        write(session, OutboxReport, user_id=user.id, device=device, **values)
