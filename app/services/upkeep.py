"""What the worker does every day by itself; each part belongs to the feature it tidies."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from app.config import Settings
from app.database import for_reading, now, transaction
from app.jobs import Run, daily
from app.services import consultations, imports, needs, photos, sessions

KEPT = timedelta(days=7)


@daily("upkeep")
def run(work: Run) -> dict[str, Any]:
    return tidy(work.engine, Settings())


def tidy(engine: Engine, settings: Settings) -> dict[str, int]:
    """Do what is due, and return how much of each it was. Done twice, the second time finds nothing.

    Several short transactions, and none while files are looked through: people go on sending needs meanwhile.
    """
    before = now() - KEPT
    with transaction(engine) as session:
        closed = consultations.close_ended(session)
        ended = sessions.forget_ended(session, before=before, settings=settings)
        abandoned = imports.forget_abandoned(session, folder=settings.data_dir, before=before)
    with Session(for_reading(engine)) as session:
        unused = photos.forget_unused(session, settings, before=before)
    return {
        "closed_rounds": closed,
        "flowed_on": _flow_on(engine, settings),
        "ended_sign_ins": ended,
        "abandoned_imports": abandoned,
        "unused_photos": unused,
    }


def _flow_on(engine: Engine, settings: Settings) -> int:
    total = 0
    while True:
        with transaction(engine) as session:
            count = needs.flow_on(session, settings)
        if count == 0:
            return total
        total += count
