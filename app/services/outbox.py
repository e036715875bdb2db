"""Needs that waited on a phone: taken in once, with their photos, and what still waits there."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col

from app.database import now
from app.models import Need, OutboxReport, User
from app.services import needs
from app.services.needs import Kept


def receive(
    session: Session,
    author: User,
    answers: Mapping[str, Any],
    *,
    client_uuid: str,
    body_hash: str,
    consultation_id: int | None,
    area_code: str | None,
    area_text: str,
    are_households_sure: bool,
    joins: str = "",
    kept: Kept,
) -> tuple[Need, bool]:
    """Take in one need; return it, and whether it is new. Delivered again, it is the same need with the same receipt.

    Raises Conflict when other words were sent under this name; InvalidInput as ``needs.create`` does.
    """
    return needs.post(
        session,
        author,
        answers,
        consultation_id=consultation_id,
        area_code=area_code,
        area_text=area_text,
        send=True,
        client_uuid=client_uuid,
        body_hash=body_hash,
        are_households_sure=are_households_sure,
        joins=joins,
        kept=kept,
    )


def report(session: Session, user: User, *, device: str, waiting: int, oldest_at: datetime | None) -> None:
    """Note how many needs still wait on one phone of a person."""
    values: dict[str, Any] = {"waiting": waiting, "oldest_at": oldest_at, "seen_at": now()}
    here = (col(OutboxReport.user_id) == user.id, col(OutboxReport.device) == device)
    if session.connection().execute(update(OutboxReport).where(*here).values(**values)).rowcount:
        return
    try:
        with session.begin_nested():
            session.add(OutboxReport(user_id=user.id, device=device, **values))
    except IntegrityError:  # two of its requests arrive at once; the other has said the same
        return
