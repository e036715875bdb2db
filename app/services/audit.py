"""One named act, one row."""

from typing import Any

from sqlmodel import Session

from app.models import AuditEvent, User


def record(session: Session, actor: User | None, act: str, subject: str, **detail: Any) -> None:
    session.add(AuditEvent(actor_id=actor.id if actor else None, act=act, subject=subject, detail=detail))
