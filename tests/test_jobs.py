"""Long work: the job row is the queue, and nothing that happens to a worker loses or doubles it."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app import jobs
from app.config import Settings
from app.database import now
from app.exceptions import Conflict
from app.jobs import Job, JobStatus, Run


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Register what a test wants done as the handler of the kind ``try``."""

    def register(function: Any) -> None:
        monkeypatch.setitem(jobs._handlers, "try", function)

    return register


def ask(session: Session, subject: str = "", **params: Any) -> Job:
    job = jobs.enqueue(session, "try", params, created_by_id=None, subject=subject)
    session.commit()
    return job


def test_result_is_on_the_row_and_survives_the_process(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda run: {"double": 2 * run.params["n"]})
    job = ask(session, n=21)
    jobs.run_all(engine)
    engine.dispose()  # as after a restart
    session.refresh(job)
    assert (job.status, job.result, job.progress, job.attempts) == (JobStatus.DONE, {"double": 42}, 1.0, 1)
    assert job.finished_at is not None


def test_job_exists_only_if_what_asked_for_it_was_committed(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda _run: {})
    jobs.enqueue(session, "try", {}, created_by_id=None)
    session.rollback()
    assert jobs.run_all(engine) == 0


def test_same_subject_asked_twice_is_one_job_until_it_is_done(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda _run: {})
    first = ask(session, "consultation:1")
    assert ask(session, "consultation:1").id == first.id
    jobs.run_all(engine)
    assert ask(session, "consultation:1").id != first.id


def test_two_workers_never_get_the_same_job(session: Session, engine: Engine) -> None:
    asked = {ask(session, number=number).id for number in range(6)}
    taken: list[int] = []
    start = threading.Barrier(2)

    def worker() -> None:
        start.wait()
        while (job := jobs.claim(engine)) is not None:
            taken.append(job.id)

    workers = [threading.Thread(target=worker) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(taken) == sorted(asked)


def test_progress_is_seen_while_the_work_goes_on(session: Session, engine: Engine, handler: Any) -> None:
    seen: list[tuple[float, str]] = []

    def work(run: Run) -> dict[str, Any]:
        for share in (0.25, 0.75):
            run.progress(share, f"step {share}")
            session.expire_all()
            job = session.get_one(Job, run.job_id)
            seen.append((job.progress, job.step))
            session.rollback()
        return {}

    handler(work)
    ask(session)
    jobs.run_all(engine)
    assert seen == [(0.25, "step 0.25"), (0.75, "step 0.75")]


def test_waiting_job_is_cancelled_at_once(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda _run: {})
    job = ask(session)
    jobs.cancel(session, job)
    session.commit()
    assert (job.status, jobs.run_all(engine)) == (JobStatus.CANCELLED, 0)


def test_running_job_stops_at_its_next_report(session: Session, engine: Engine, handler: Any) -> None:
    reached: list[str] = []

    def work(run: Run) -> dict[str, Any]:
        reached.append("begun")
        jobs.cancel(session, session.get_one(Job, run.job_id))
        session.commit()
        run.progress(0.5, "half")
        reached.append("never")
        return {}

    handler(work)
    job = ask(session)
    jobs.run_all(engine)
    session.refresh(job)
    assert (job.status, job.result, reached) == (JobStatus.CANCELLED, None, ["begun"])


def test_finished_job_cannot_be_cancelled(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda _run: {"made": 1})
    job = ask(session)
    jobs.run_all(engine)
    session.refresh(job)
    jobs.cancel(session, job)
    assert (job.status, job.cancel_requested, job.result) == (JobStatus.DONE, False, {"made": 1})


@pytest.mark.parametrize(
    ("error", "shown"),
    [(Conflict("รอบนี้ปิดแล้ว"), "รอบนี้ปิดแล้ว"), (ZeroDivisionError("no needs"), "ZeroDivisionError: no needs")],
)
def test_error_is_written_where_people_see_it(
    session: Session, engine: Engine, handler: Any, error: Exception, shown: str
) -> None:
    def work(_run: Run) -> dict[str, Any]:
        raise error

    handler(work)
    job = ask(session)
    jobs.run_all(engine)
    session.refresh(job)
    assert (job.status, job.error) == (JobStatus.FAILED, shown)


def kill_worker_of(session: Session, engine: Engine, job: Job) -> None:
    """Claim a job and let its heart stop, as when the worker is killed."""
    claimed = jobs.claim(engine)
    assert claimed is not None
    session.refresh(job)
    job.heartbeat_at = now() - jobs.STALE_AFTER - timedelta(seconds=1)
    session.add(job)
    session.commit()


def test_job_of_a_killed_worker_is_taken_up_by_the_next(session: Session, engine: Engine, handler: Any) -> None:
    handler(lambda _run: {"made": 1})
    job = ask(session)
    kill_worker_of(session, engine, job)
    assert jobs.run_all(engine) == 1
    session.refresh(job)
    assert (job.status, job.attempts, job.result) == (JobStatus.DONE, 2, {"made": 1})


def test_job_whose_worker_lives_is_left_to_it(session: Session, engine: Engine) -> None:
    ask(session)
    jobs.claim(engine)
    assert jobs.sweep(engine) == 0
    assert jobs.claim(engine) is None


def test_job_that_kills_every_worker_is_given_up(session: Session, engine: Engine) -> None:
    job = ask(session)
    for _attempt in range(jobs.MAX_ATTEMPTS):
        kill_worker_of(session, engine, job)
        assert jobs.sweep(engine) == 1
    session.refresh(job)
    assert (job.status, job.attempts) == (JobStatus.FAILED, jobs.MAX_ATTEMPTS)
    assert job.error == "งานหยุดกลางคันหลายครั้ง กรุณาแจ้งผู้ดูแลระบบ"


def test_worker_thought_dead_does_not_write_over_the_one_that_took_its_job(
    session: Session, engine: Engine, handler: Any
) -> None:
    def work(run: Run) -> dict[str, Any]:
        job = session.get_one(Job, run.job_id, populate_existing=True)
        if job.attempts == 1:  # while the first sleeps, a second takes the job up and finishes it
            job.heartbeat_at = now() - jobs.STALE_AFTER - timedelta(seconds=1)
            session.add(job)
            session.commit()
            jobs.run_next(engine)
            return {"by": "first"}
        session.rollback()
        return {"by": "second"}

    handler(work)
    job = ask(session)
    jobs.run_next(engine)
    session.refresh(job)
    assert (job.status, job.result, job.attempts) == (JobStatus.DONE, {"by": "second"}, 2)


def test_chores_come_round_and_one_that_fails_does_not_stop_the_others(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, seen = threading.Event(), []

    def broken(_engine: Engine, _settings: Settings) -> None:
        raise RuntimeError

    def steady(_engine: Engine, _settings: Settings) -> None:
        seen.append(1)
        if len(seen) == 3:
            stop.set()

    monkeypatch.setattr(jobs, "_chores", [(timedelta(0), broken), (timedelta(0), steady)])
    jobs.keep_chores(engine, settings, stop, pause=0.01)
    assert len(seen) == 3
