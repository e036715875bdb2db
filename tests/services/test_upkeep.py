"""What the worker does every day: nothing waits for ever, nothing ended is kept."""

import os
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from app import jobs
from app.config import Settings
from app.database import now
from app.i18n import today
from app.jobs import Job
from app.models import Consultation, Need, NeedEvent, NeedStatus, Notice, Stage, UserSession
from app.services import needs, photos, sessions, upkeep
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round, photo

LONG_AGO = timedelta(days=40)


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


def tidied(session: Session, engine: Engine, settings: Settings) -> dict[str, int]:
    """Do the day's work and return what there was to do."""
    session.commit()
    done = upkeep.tidy(engine, settings)
    session.expire_all()
    return {name: count for name, count in done.items() if count}


def test_need_its_district_left_too_long_goes_on_marked_and_its_sender_is_told(
    session: Session, engine: Engine, settings: Settings, cast: Cast, consultation: Consultation
) -> None:
    left, fresh = (make_need(session, cast.somchai, consultation) for _n in range(2))
    left.sent_at = left.status_at = now() - timedelta(days=8)
    assert tidied(session, engine, settings) == {"flowed_on": 1}
    assert (left.status, left.is_certified, left.accepted_at is not None) == (NeedStatus.ACCEPTED, False, True)
    assert fresh.status is NeedStatus.SUBMITTED
    event = session.exec(select(NeedEvent).where(NeedEvent.need_id == left.id).order_by(NeedEvent.id.desc())).first()
    assert (event.act, event.actor_id) == ("flow_on", None)
    assert session.exec(select(Notice.need_id)).all() == [left.id]
    assert tidied(session, engine, settings) == {}


def test_answered_question_gives_the_district_its_days_anew(
    session: Session, engine: Engine, settings: Settings, cast: Cast, consultation: Consultation
) -> None:
    need = make_need(session, cast.somchai, consultation)
    need.sent_at = now() - timedelta(days=20)
    needs.return_for_detail(session, need, cast.wipha, "กี่ครัวเรือน")
    assert tidied(session, engine, settings) == {}
    needs.add_detail(session, need, cast.somchai, "40 ครัวเรือน")
    assert tidied(session, engine, settings) == {}


def test_round_is_closed_the_day_after_its_last(
    session: Session, engine: Engine, settings: Settings, consultation: Consultation
) -> None:
    last_day = open_round(session, close_on=today())
    ended = open_round(session, close_on=today() - timedelta(days=1))
    assert tidied(session, engine, settings) == {"closed_rounds": 1}
    assert [one.stage for one in (consultation, last_day, ended)] == [Stage.OPEN, Stage.OPEN, Stage.CLOSED]


def test_sign_ins_that_ended_a_week_ago_are_forgotten_and_live_ones_kept(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    for device in ("ended", "expired", "idle", "live"):
        sessions.start(session, cast.somchai, settings=settings, device=device)
    kept = {one.device: one for one in session.exec(select(UserSession))}
    kept["ended"].revoked_at = kept["expired"].expires_at = kept["idle"].last_seen_at = now() - LONG_AGO
    assert tidied(session, engine, settings) == {"ended_sign_ins": 3}
    assert session.exec(select(UserSession.device)).all() == ["live"]


def test_photo_no_need_shows_is_deleted_after_a_week(
    session: Session, engine: Engine, settings: Settings, cast: Cast, consultation: Consultation
) -> None:
    used, unused, fresh = (photos.read(photo(size=(80 + n, 60))) for n in range(3))
    for picture in (used, unused, fresh):
        photos.save(settings, picture)
    needs.add_photos(session, make_need(session, cast.somchai, consultation), cast.somchai, [used])
    for picture in (used, unused):
        old = (now() - LONG_AGO).timestamp()
        os.utime(photos.path(settings, picture.file_name), (old, old))
    assert tidied(session, engine, settings) == {"unused_photos": 1}
    there = [photos.path(settings, picture.file_name).exists() for picture in (used, unused, fresh)]
    assert there == [True, False, True]


def test_broken_off_upload_is_deleted_after_a_week(session: Session, engine: Engine, settings: Settings) -> None:
    folder = settings.data_dir / "imports"
    folder.mkdir(parents=True)
    for name, age in (("old.part", LONG_AGO), ("new.part", timedelta())):
        (folder / name).write_bytes(b"x")
        at = (now() - age).timestamp()
        os.utime(folder / name, (at, at))
    assert tidied(session, engine, settings) == {"abandoned_imports": 1}
    assert [file.name for file in folder.iterdir()] == ["new.part"]


def test_worker_asks_for_the_days_work_once_a_day(engine: Engine, session: Session) -> None:
    assert (jobs.enqueue_daily(engine), jobs.enqueue_daily(engine)) == (len(jobs._daily), 0)
    for job in session.exec(select(Job)):
        job.subject = job.subject.replace(today().isoformat(), "2026-01-01")
        session.add(job)
    session.commit()
    assert jobs.enqueue_daily(engine) == len(jobs._daily)
    assert session.exec(select(func.count()).select_from(Need)).one() == 0
