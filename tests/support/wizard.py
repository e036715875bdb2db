"""Hands for the form that asks one question at a time."""

from pathlib import Path

from playwright.sync_api import Page, expect

WORDS = "บ่อน้ำแห้งตั้งแต่เดือนยี่ ต้องซื้อน้ำใช้ทั้งหมู่"


def open_form(page: Page) -> None:
    """Open the form and wait until it is kept on the phone."""
    page.goto("/needs/new")
    expect(page.locator("[data-who]")).to_contain_text("ส่งในชื่อ")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def next_(page: Page) -> None:
    page.locator("[data-current] [data-next]").click()


def walk(page: Page, words: str = WORDS, households: str = "", picture: Path | None = None) -> None:
    """Answer every question, up to the answers that are checked before sending."""
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(words)
    next_(page)
    expect(page.get_by_role("heading", name="เรื่องนี้อยู่ที่ไหน")).to_be_focused()
    next_(page)
    page.get_by_label("เดือดร้อนกี่ครัวเรือน").fill(households)
    for _question in ("households", "urgency", "wish"):
        next_(page)
    if picture:
        page.locator("#f-photos").set_input_files(picture)
        expect(page.locator("[data-photos] img")).to_have_count(1)
    next_(page)
    next_(page)
    expect(page.get_by_role("heading", name="ตรวจอีกครั้งก่อนส่ง")).to_be_focused()


def send(page: Page) -> None:
    page.locator("[data-send]").click()
