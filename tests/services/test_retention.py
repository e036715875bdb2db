"""What is not kept for ever goes when its time is over: counted first if one likes, and never too early."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.config import Settings
from app.database import now
from app.models import (
    Assembly,
    AuditEvent,
    Delivery,
    DeliveryChannel,
    DeliveryStatus,
    LineEvent,
    Need,
    NeedPhoto,
    Notice,
    Stage,
    Subscription,
    User,
)
from app.services import audit, personal_data, retention
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round

SQLITE = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
NOTHING = dict.fromkeys(retention.RULES, 0)
WORDS = "หน้าแล้งประปาไม่ไหล โทรหานายสมศักดิ์ รักดี 081-234-5678"


def ago(months: float) -> datetime:
    return now() - months * retention.MONTH


def run(session: Session, engine: Engine, settings: Settings, *, is_dry: bool = False) -> dict[str, int]:
    session.commit()
    counts = retention.run(engine, settings, is_dry=is_dry)
    session.expire_all()
    return counts


def unseen(session: Session, person: User, months: float) -> User:
    person.created_at = ago(100)
    person.last_seen_at = ago(months)
    session.add(person)
    return person


def old_need(session: Session, person: User, months: float, stage: Stage = Stage.ARCHIVED) -> Need:
    need = make_need(session, person, open_round(session), WORDS)
    need.consultation.stage = stage
    need.sent_at = need.status_at = ago(months)
    session.add_all([need, need.consultation])
    session.flush()
    return need


@SQLITE
def test_new_site_has_nothing_to_forget(session: Session, engine: Engine, settings: Settings, cast: Cast) -> None:
    old_need(session, cast.somchai, 1, Stage.OPEN)
    assert run(session, engine, settings) == NOTHING


def test_contact_data_goes_a_year_after_the_last_visit_and_round(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    somchai, malee = unseen(session, cast.somchai, 13), unseen(session, cast.malee, 13)
    old_need(session, somchai, 13)
    old_need(session, malee, 13, Stage.OPEN)  # she still waits for an answer
    unseen(session, cast.wipha, 13)  # an officer in office
    assert run(session, engine, settings, is_dry=True) == {**NOTHING, "contacts": 1}
    assert cast.somchai.phone == "+66811111111"
    assert run(session, engine, settings) == {**NOTHING, "contacts": 1}
    session.refresh(somchai)
    assert (somchai.phone, somchai.username, somchai.is_active) == (None, None, False)
    assert somchai.display_name == "สมชาย ใจดี"
    assert (cast.malee.phone, cast.wipha.is_active) == ("+66822222222", True)
    assert run(session, engine, settings) == NOTHING


@SQLITE
def test_person_who_was_here_last_month_keeps_their_account(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    unseen(session, cast.somchai, 11)
    assert run(session, engine, settings) == NOTHING


def test_words_of_five_years_ago_are_masked_for_good(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    need, young = old_need(session, cast.somchai, 61), old_need(session, cast.malee, 59)
    cast.somchai.last_seen_at = now()
    session.add(NeedPhoto(need_id=need.id, sha256="0" * 64, file_name="aa.webp", width=1, height=1, size=1))
    assert run(session, engine, settings) == {**NOTHING, "words": 1}
    session.refresh(need)
    assert "081-234-5678" not in need.problem
    assert "สมศักดิ์" not in need.problem
    assert "หน้าแล้งประปาไม่ไหล" in need.problem
    assert need.author_name == personal_data.NO_NAME
    assert session.exec(select(NeedPhoto)).all() == []
    session.refresh(young)
    assert young.problem == WORDS
    assert run(session, engine, settings) == NOTHING


@SQLITE
def test_records_of_sending_reading_and_acting_go_in_their_time(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    address = Subscription(user_id=cast.somchai.id, channel=DeliveryChannel.EMAIL, address="s@example.com")
    session.add(address)
    session.flush()
    for status in DeliveryStatus:
        session.add(Delivery(subscription_id=address.id, channel=address.channel, status=status, created_at=ago(4)))
    session.add(LineEvent(id="1", received_at=ago(4)))
    session.add(Notice(user_id=cast.somchai.id, kind="x", text="อ่านนานแล้ว", read_at=ago(13)))
    session.add(Notice(user_id=cast.somchai.id, kind="x", text="ยังไม่ได้อ่าน", created_at=ago(13)))
    audit.record(session, cast.nida, "users.create", "user:1")
    session.flush()
    session.exec(select(AuditEvent)).one().at = ago(61)
    assert run(session, engine, settings) == {**NOTHING, "messages": 2, "notices": 1, "acts": 1}
    assert [one.status for one in session.exec(select(Delivery))] == [DeliveryStatus.WAITING]
    assert [one.text for one in session.exec(select(Notice))] == ["ยังไม่ได้อ่าน"]
    assert session.exec(select(AuditEvent)).all() == []
    assert session.exec(select(LineEvent)).all() == []


@SQLITE
def test_many_are_taken_out_a_few_at_a_time(
    session: Session, engine: Engine, settings: Settings, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _number in range(5):
        audit.record(session, cast.nida, "users.create", "user:1")
    session.flush()
    for event in session.exec(select(AuditEvent)):
        event.at = now() - timedelta(days=365 * 6)
    assert run(session, engine, settings, is_dry=True)["acts"] == 5
    assert run(session, engine, settings)["acts"] == 5


@SQLITE
def test_old_meeting_keeps_its_numbers_and_no_names(
    session: Session, engine: Engine, settings: Settings, cast: Cast
) -> None:
    meeting = Assembly(
        client_uuid="m", consultation_id=open_round(session).id, area_code=cast.somchai.area_code, women=12,
        held_on=ago(61).date(), chair="สมชาย ใจดี", chair_id=cast.somchai.id, minutes="นายสมศักดิ์ รักดี ขอบ่อน้ำ",
        sheet_file="aa/sheet.webp", created_by_id=cast.somchai.id, sent_at=ago(61),
    )  # fmt: skip
    session.add(meeting)
    assert run(session, engine, settings) == {**NOTHING, "assemblies": 1}
    session.refresh(meeting)
    assert (meeting.chair, meeting.chair_id, meeting.sheet_file) == (personal_data.NO_NAME, None, "")
    assert ("สมศักดิ์" in meeting.minutes, "บ่อน้ำ" in meeting.minutes, meeting.women) == (False, True, 12)
    assert run(session, engine, settings) == NOTHING
