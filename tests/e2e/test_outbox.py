"""The form that needs no network, walked in a real browser: written, kept on the phone, sent when there is a signal."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from app.models import Consultation, Need, NeedStatus
from tests.support.browser import PHONE, assert_accessible
from tests.support.cast import Cast
from tests.support.needs import open_round, photo
from tests.support.wizard import WORDS, open_form, send, walk


@pytest.fixture
def consultation(session: Session) -> Consultation:
    round_ = open_round(session)
    session.commit()
    return round_


def needs_in(session: Session) -> list[Need]:
    session.rollback()
    session.expire_all()
    return list(session.exec(select(Need)).all())


def test_need_with_a_photo_is_walked_and_sent(
    visit, session: Session, cast: Cast, consultation: Consultation, tmp_path: Path
) -> None:
    picture = tmp_path / "บ่อน้ำ.jpg"
    picture.write_bytes(photo("JPEG", (3000, 2000)))
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    assert_accessible(page)
    walk(page, households="๔๒", picture=picture)
    assert_accessible(page)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    expect(page.locator("[data-done-lead]")).to_contain_text("จดเลขนี้ไว้")  # the photo, too
    [need] = needs_in(session)
    assert (need.status, need.problem, need.households, len(need.photos)) == (NeedStatus.SUBMITTED, WORDS, 42, 1)
    assert need.area_code == cast.somchai.area_code
    expect(page.locator("[data-ref]")).to_have_text(f"{need.ref[:4]}-{need.ref[4:]}")
    assert_accessible(page)


def test_need_written_without_a_signal_waits_and_goes_by_itself(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.context.set_offline(True)
    page.reload()
    walk(page)
    send(page)
    expect(page.get_by_role("heading", name="เก็บในเครื่องแล้ว")).to_be_visible()
    expect(page.locator("#outbox [data-why]")).to_contain_text("ไม่มีสัญญาณ")
    assert_accessible(page)
    assert needs_in(session) == []
    page.goto("/needs")  # no other page opens, but something kind does
    expect(page.get_by_role("heading", name="หน้านี้ต้องใช้สัญญาณ")).to_be_visible()
    expect(page.locator("#outbox [data-items] li")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.locator("#outbox [data-items] li")).to_have_count(0, timeout=20_000)
    [need] = needs_in(session)
    assert need.problem == WORDS
