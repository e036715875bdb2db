"""The queue in a real browser: decided by keyboard, and all of it without script too."""

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from app.models import Need, NeedStatus
from tests.support.browser import Visits
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round


@pytest.fixture
def four(session: Session, cast: Cast) -> list[Need]:
    consultation = open_round(session)
    return [make_need(session, cast.somchai, consultation, f"เรื่องที่ {n} น้ำไม่ไหล") for n in range(4)]


def statuses(session: Session) -> list[NeedStatus]:
    session.rollback()  # a new look: what the browser did since
    session.expire_all()
    return [need.status for need in session.exec(select(Need).order_by(Need.id))]


def test_needs_are_decided_by_keyboard_alone(visit: Visits, session: Session, cast: Cast, four: list[Need]) -> None:
    page = visit(cast.wipha)
    page.goto("/verification")
    for key in ("j", "j", "k", " ", "j", " "):  # down, down, up, tick, down, tick: the first two
        page.keyboard.press(key)
    expect(page.locator("#ticked")).to_have_text("ติ๊กไว้ 2 เรื่อง")
    page.keyboard.press("c")
    summary = page.locator("[data-focus]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("รับรองแล้ว 2 เรื่อง")
    assert statuses(session) == [NeedStatus.ACCEPTED] * 2 + [NeedStatus.SUBMITTED] * 2
    page.keyboard.press("ArrowDown")  # not at a need yet: the arrow scrolls, as anywhere
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("r")  # nothing is ticked, so it is the need one is at
    expect(page.get_by_label("เดือดร้อนกี่ครัวเรือน")).to_be_focused()
    page.keyboard.press(" ")
    page.get_by_label("คำถามอื่น").fill("c j k")  # keys are letters where one types
    page.get_by_role("button", name="ส่งคำถาม").press("Enter")
    expect(summary).to_contain_text("ส่งคำถามถึงผู้ส่งแล้ว 1 เรื่อง")
    assert statuses(session)[2:] == [NeedStatus.SUBMITTED, NeedStatus.RETURNED]


def test_keys_can_be_switched_off_and_enter_decides_nothing(
    visit: Visits, session: Session, cast: Cast, four: list[Need]
) -> None:
    page = visit(cast.wipha)
    page.goto("/verification")
    page.get_by_text("ปุ่มลัดบนแป้นพิมพ์").click()
    page.get_by_role("button", name="ปุ่มลัดเปิดอยู่").click()
    page.reload()
    page.get_by_role("checkbox").first.focus()
    for key in ("c", "Enter"):
        page.keyboard.press(key)
    page.get_by_text("ปุ่มลัดบนแป้นพิมพ์").click()
    expect(page.get_by_role("button", name="ปุ่มลัดปิดอยู่")).to_be_visible()
    assert statuses(session) == [NeedStatus.SUBMITTED] * 4


def test_queue_works_without_script(visit: Visits, session: Session, cast: Cast, four: list[Need]) -> None:
    page = visit(cast.wipha, script=False, width=360)
    page.goto("/verification")
    for number in (0, 1):
        page.get_by_role("checkbox").nth(number).check()
    page.keyboard.press("Enter")  # decides nothing: it asks, and the ticks stay
    expect(page.get_by_role("alert")).to_contain_text("กรุณาเลือกว่าจะทำอะไร")
    page.locator("summary", has_text="ไม่ใช่เรื่องของแผน").click()
    page.get_by_label("1567").check()
    page.get_by_role("button", name="แจ้งผู้ส่ง").click()
    expect(page.locator("[data-focus]")).to_contain_text("แจ้งผู้ส่งแล้วว่าควรติดต่อที่ใด 2 เรื่อง")
    assert statuses(session) == [NeedStatus.OUT_OF_SCOPE] * 2 + [NeedStatus.SUBMITTED] * 2
