"""The walks of docs/ACCESSIBILITY.md that a machine can take: large letters, and what a screen reader is told."""

import re

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session

from app.models import Consultation
from tests.support.browser import NARROW, Visits, assert_accessible
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round
from tests.support.wizard import WORDS, next_, open_form, send

# What a live region says is written down in the order in which it is said.
LISTEN = """
window.said = []
const hear = (words) => { if (words && said.at(-1) !== words) said.push(words) }
addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  for (const { target } of changes) {
    const region = (target.closest ?? target.parentElement?.closest)?.call(
      target.closest ? target : target.parentElement, "[role=status], [role=alert], [aria-live]")
    if (region) hear(region.innerText?.trim())
  }
}).observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true }))
"""


@pytest.fixture
def consultation(session: Session) -> Consultation:
    round_ = open_round(session)
    session.commit()
    return round_


def has_heard(page: Page, words: str) -> None:
    page.wait_for_function("words => window.said.some(one => one.includes(words))", arg=words)


def test_pages_of_a_sender_are_read_at_320_px_with_letters_twice_as_large(
    visit: Visits, session: Session, cast: Cast, consultation: Consultation
) -> None:
    need = make_need(session, cast.somchai, consultation, WORDS)
    session.commit()
    page = visit(cast.somchai, width=NARROW)
    addresses = ("/", "/needs/new", "/needs?mine=1", f"/needs/{need.ref}", f"/needs/{need.ref}/receipt", "/help")
    for address in addresses:
        page.goto(address)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_accessible(page)


def test_a_screen_reader_is_told_each_question_each_mistake_and_what_became_of_the_words(
    visit: Visits, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai, width=NARROW)
    page.add_init_script(LISTEN)
    open_form(page)
    main = page.get_by_role("main")
    assert "1 จาก 7" in main.aria_snapshot()
    assert re.findall(r'heading "(.*?)" \[level=2\]', main.aria_snapshot())[:1] == ["เดือดร้อนเรื่องอะไร"]
    assert 'textbox "เดือดร้อนเรื่องอะไร"' in main.aria_snapshot()
    next_(page)
    expect(page.get_by_role("alert")).to_be_focused()
    has_heard(page, "ขอแก้ตรงนี้ก่อน")
    page.get_by_role("alert").get_by_role("link").click()
    box = page.get_by_label("เดือดร้อนเรื่องอะไร")
    expect(box).to_be_focused()
    expect(box).to_have_attribute("aria-invalid", "true")
    box.fill(WORDS)
    asked = ["เรื่องนี้อยู่ที่ไหน", "เดือดร้อนกี่ครัวเรือน", "เร่งด่วนแค่ไหน", "อยากให้ช่วยอย่างไร", "มีรูปถ่ายไหม", "อยากเล่าอะไรเพิ่มไหม"]
    for question in [*asked, "ตรวจอีกครั้งก่อนส่ง"]:
        next_(page)
        expect(page.get_by_role("heading", name=question)).to_be_focused()
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_focused()
    has_heard(page, "จดเลขนี้ไว้")
