"""Long work: enqueue, progress, cancel, sweep. The job row is the queue.

A job is a row written in the caller's own transaction, so it exists if and only if what asked for it was committed. A
worker claims one row at a time, reports progress and a heartbeat on it, and writes the result or the error there. A
worker that was killed leaves a stale heartbeat; the next worker takes the job up again. Handlers are idempotent.

Beside the queue a worker keeps chores: small work that comes round again, such as sending what waits.
"""

import json
import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import JSON, Column, Engine, update
from sqlmodel import Field, Session, SQLModel, col, select

from app.config import Settings
from app.database import UTCDateTime, choice, now, transaction
from app.exceptions import AppError
from app.i18n import N_, Labelled, today

HEARTBEAT = timedelta(seconds=2)
STALE_AFTER = timedelta(seconds=15)
MAX_ATTEMPTS = 3
LOOK_EVERY = timedelta(minutes=5)

log = structlog.get_logger()


class JobStatus(Labelled):
    QUEUED = "queued", N_("รอคิว")
    RUNNING = "running", N_("กำลังทำงาน")
    DONE = "done", N_("เสร็จแล้ว")
    FAILED = "failed", N_("ไม่สำเร็จ")
    CANCELLED = "cancelled", N_("ยกเลิกแล้ว")


class Job(SQLModel, table=True):
    id: int = Field(default=None, primary_key=True)
    kind: str = Field(max_length=40)
    params: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    status: JobStatus = Field(default=JobStatus.QUEUED, sa_type=choice(JobStatus), index=True)
    progress: float = 0.0
    step: str = ""
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    error: str = ""
    attempts: int = 0
    cancel_requested: bool = False
    subject: str = Field(default="", max_length=80, index=True)
    created_by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    @property
    def is_finished(self) -> bool:
        return self.status in (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)


class JobCancelled(Exception):
    """Raised inside a handler, at its next report, when a person pressed cancel or another worker took the job up."""


class Run:
    """What a handler is given: its parameters, and a way to say how far it is."""

    def __init__(self, engine: Engine, job: Job) -> None:
        self.engine = engine
        self.job_id = job.id
        self.attempt = job.attempts
        self.params = job.params
        self.created_by_id = job.created_by_id

    def progress(self, share: float, step: str) -> None:
        """Record a share of 0..1 and the step's name. Raises JobCancelled when this worker is to stop."""
        with transaction(self.engine) as session:
            job = session.get_one(Job, self.job_id)
            if job.cancel_requested or job.attempts != self.attempt:
                raise JobCancelled
            job.progress, job.step, job.heartbeat_at = min(max(share, 0.0), 1.0), step, now()


Handler = Callable[[Run], dict[str, Any]]
_handlers: dict[str, Handler] = {}
_daily: list[str] = []


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register a function as the handler of one kind of job."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def daily(kind: str) -> Callable[[Handler], Handler]:
    """Register a handler that the worker runs by itself once a day: after midnight, or when it next starts."""
    _daily.append(kind)
    return handles(kind)


def enqueue_daily(engine: Engine) -> int:
    """Ask for today's share of what is done every day; return how many were new.

    Two workers that look at the same moment may both ask: the second run finds nothing left to do.
    """
    with transaction(engine) as session:
        subjects = {f"{kind}:{today().isoformat()}": kind for kind in _daily}
        asked = set(session.exec(select(Job.subject).where(col(Job.subject).in_(subjects))))
        fresh = [Job(kind=kind, params={}, subject=it) for it, kind in subjects.items() if it not in asked]
        session.add_all(fresh)
        return len(fresh)


def enqueue(
    session: Session, kind: str, params: dict[str, Any], *, created_by_id: int | None, subject: str = ""
) -> Job:
    """Add a job to the caller's transaction; the same kind and subject still waiting or running is returned instead."""
    same = session.exec(
        select(Job).where(
            Job.kind == kind,
            Job.subject == subject,
            subject != "",
            col(Job.status).in_((JobStatus.QUEUED, JobStatus.RUNNING)),
        )
    ).first()
    if same is not None:
        return same
    job = Job(kind=kind, params=json.loads(json.dumps(params)), created_by_id=created_by_id, subject=subject)
    session.add(job)
    session.flush()
    return job


def cancel(session: Session, job: Job) -> None:
    """Ask a running job to stop; a waiting one stops at once, a finished one stays as it is."""
    if job.is_finished:
        return
    job.cancel_requested = True
    if job.status is JobStatus.QUEUED:
        job.status, job.finished_at = JobStatus.CANCELLED, now()
    session.add(job)


def sweep(engine: Engine) -> int:
    """Put jobs whose worker died back in the queue, or give them up after the last attempt; return how many."""
    with transaction(engine) as session:
        stale = session.exec(
            select(Job).where(Job.status == JobStatus.RUNNING, col(Job.heartbeat_at) < now() - STALE_AFTER)
        ).all()
        for job in stale:
            if job.attempts >= MAX_ATTEMPTS:
                job.status, job.finished_at = JobStatus.FAILED, now()
                job.error = N_("งานหยุดกลางคันหลายครั้ง กรุณาแจ้งผู้ดูแลระบบ")
            else:
                job.status = JobStatus.QUEUED
        return len(stale)


def claim(engine: Engine) -> Job | None:
    """Take the oldest waiting job, or None; two workers never get the same one."""
    with transaction(engine) as session:
        job_id = session.exec(
            select(Job.id)
            .where(Job.status == JobStatus.QUEUED)
            .order_by(col(Job.id))
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if job_id is None:
            return None
        taken = session.connection().execute(
            update(Job)
            .where(col(Job.id) == job_id, col(Job.status) == JobStatus.QUEUED)
            .values(
                status=JobStatus.RUNNING, attempts=Job.attempts + 1, started_at=now(), heartbeat_at=now(), progress=0.0
            )
        )
        return session.get_one(Job, job_id) if taken.rowcount else None


def run_next(engine: Engine) -> Job | None:
    """Run one waiting job to its end in this thread; return it, or None when nothing waits."""
    sweep(engine)
    job = claim(engine)
    if job is None:
        return None
    run, beating = Run(engine, job), threading.Event()
    heart = threading.Thread(target=_beat, args=(engine, job.id, beating), daemon=True)
    heart.start()
    try:
        outcome = {
            "status": JobStatus.DONE,
            "result": _handlers[job.kind](run),
            "progress": 1.0,
            "step": "",
            "error": "",
        }
    except JobCancelled:
        outcome = {"status": JobStatus.CANCELLED}
    except AppError as error:
        outcome = {"status": JobStatus.FAILED, "error": error.message}
    except Exception:  # whatever a handler raises is shown on the job's page, and the worker goes on to the next
        log.exception("job failed", job=job.id, kind=job.kind)
        outcome = {"status": JobStatus.FAILED, "error": traceback.format_exc(limit=-1).strip().splitlines()[-1]}
    finally:
        beating.set()
        heart.join()
    with transaction(engine) as session:
        finished = session.get_one(Job, job.id, with_for_update=True)
        if finished.attempts != job.attempts:
            return finished  # this worker was thought dead, and another took the job up: what that one writes stands
        for name, value in outcome.items():
            setattr(finished, name, value)
        finished.finished_at = now()
        session.add(finished)
        session.flush()
    return finished


def run_all(engine: Engine) -> int:
    """Run every waiting job in this thread; return how many were run."""
    count = 0
    while run_next(engine) is not None:
        count += 1
    return count


Chore = Callable[[Engine, Settings], object]
_chores: list[tuple[timedelta, Chore]] = []


def recurring(every: timedelta) -> Callable[[Chore], Chore]:
    """Register what every worker calls at its start and then at this interval; two at once do no harm."""

    def register(chore: Chore) -> Chore:
        _chores.append((every, chore))
        return chore

    return register


def keep_chores(engine: Engine, settings: Settings, stop: threading.Event, *, pause: float = 0.5) -> None:
    """Call each chore when its time comes, until told to stop."""
    due = {chore: 0.0 for _, chore in _chores}
    while not stop.is_set():
        for every, chore in _chores:
            if time.monotonic() < due[chore] or stop.is_set():
                continue
            try:
                chore(engine, settings)
            except Exception:  # a chore that fails is tried again at its next time, and the others go on
                log.exception("chore failed", chore=chore.__name__)
            due[chore] = time.monotonic() + every.total_seconds()
        stop.wait(pause)


@recurring(LOOK_EVERY)
def ask_for_daily(engine: Engine, _settings: Settings) -> None:
    enqueue_daily(engine)


def work(engine: Engine, settings: Settings, stop: threading.Event, *, pause: float = 0.5) -> None:
    """Run jobs until told to stop, and beside them keep the chores."""
    chores = threading.Thread(target=keep_chores, args=(engine, settings, stop), daemon=True)
    chores.start()
    while not stop.is_set():
        if run_next(engine) is None:
            stop.wait(pause)
    chores.join(timeout=5)


def _beat(engine: Engine, job_id: int | None, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT.total_seconds()):
        with transaction(engine) as session:
            session.connection().execute(update(Job).where(col(Job.id) == job_id).values(heartbeat_at=now()))
