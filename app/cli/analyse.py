"""analyse: group the needs of a consultation and suggest links to its plan, here and now."""

import threading
import time
from typing import Annotated

import typer

from app import jobs
from app.cli.console import progress_bar
from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine, for_reading, transaction
from app.exceptions import AppError, NotFound
from app.i18n import _
from app.models import Consultation
from app.services import (
    consultations,
    handlers,  # noqa: F401  registers the analysis
    topics,
)

POLL = 0.2


def analyse(
    consultation: Annotated[int, typer.Argument(help="The consultation, by its number.")],
    plan: Annotated[int | None, typer.Option(help="Compare it with this plan, by its number, from now on.")] = None,
) -> None:
    """Group a consultation's needs into topics, and suggest links to its plan."""
    settings = Settings()
    migrate_database(settings)
    engine = create_database_engine(settings.database_url)
    with transaction(engine) as session:
        found = session.get(Consultation, consultation)
        if found is None:
            raise NotFound(_("ไม่พบรอบการรับฟังเลขที่ {number}").format(number=consultation))
        if plan is not None:
            consultations.choose_plan(session, found, plan)
        job = topics.request_analysis(session, found, by=None)
    # A worker that runs elsewhere may take the job first; either way its row says how far it is.
    threading.Thread(target=jobs.run_all, args=(engine,), daemon=True).start()
    with progress_bar({}) as show:
        while not job.is_finished:
            time.sleep(POLL)
            with transaction(for_reading(engine)) as session:
                job = session.get_one(jobs.Job, job.id)
            show(job.progress, _(job.step) if job.step else "")
    if job.status is not jobs.JobStatus.DONE or job.result is None:
        raise AppError(_(job.error) if job.error else _(job.status.label))
    typer.echo(
        _("{needs} เรื่อง จัดได้ {topics} ประเด็น เสนอความเชื่อมโยง {links} รายการ").format(
            needs=job.result["needs"], topics=job.result["topics"], links=job.result.get("links", 0)
        )
    )
    engine.dispose()
