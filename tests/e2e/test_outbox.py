"""The form that needs no network, walked in a real browser: written, kept on the phone, sent when there is a signal."""

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from app.dependencies import cookie_name
from app.models import Consultation, Need, NeedStatus
from app.services import sessions
from tests.support.browser import PHONE, assert_accessible, keep_picture, looks
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round, photo
from tests.support.wizard import WORDS, next_, open_form, send, walk


@pytest.fixture
def consultation(session: Session) -> Consultation:
    round_ = open_round(session)
    session.commit()
    return round_


def needs_in(session: Session) -> list[Need]:
    session.rollback()
    session.expire_all()
    return list(session.exec(select(Need)).all())


def test_every_step_is_looked_at(visit, session: Session, cast: Cast, consultation: Consultation) -> None:
    for width, lang in looks():
        page = visit(cast.somchai, width=width, lang=lang)

        def look(name: str, page: Page = page, end: str = f"{width}-{lang}") -> None:
            keep_picture(page, f"outbox_{name}-{end}")

        page.goto("/needs/new")
        expect(page.locator("[data-who]")).not_to_be_empty()
        next_(page)
        look("1_problem")
        page.locator("#f-problem").fill(WORDS)
        for number, step in enumerate(("place", "households", "urgency", "wish", "photos", "more", "check"), 2):
            next_(page)
            expect(page.locator(f"[data-current][data-step={step}]")).to_be_visible()
            look(f"{number}_{step}")
        page.context.set_offline(True)
        send(page)
        expect(page.locator("#outbox [data-why]")).not_to_be_empty()
        look("9_kept")
        page.context.set_offline(False)
        expect(page.locator("[data-ref]")).not_to_be_empty(timeout=20_000)
        look("10_arrived")


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


def test_draft_survives_a_reload_and_is_deleted_with_a_way_back(visit, cast: Cast, consultation: Consultation) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(WORDS)
    next_(page)
    page.reload()
    expect(page.get_by_role("heading", name="เรื่องนี้อยู่ที่ไหน")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("เดือดร้อนเรื่องอะไร")).to_have_value(WORDS)
    page.evaluate("sessionStorage.clear()")  # another day
    page.goto("/needs/new")
    draft = page.locator("#drafts [data-uuid]")
    expect(draft).to_contain_text(WORDS)
    draft.get_by_role("button", name="ลบร่าง").click()
    expect(draft).to_have_count(0)
    page.get_by_role("button", name="เอากลับมา").click()
    draft.get_by_role("button", name="เขียนต่อ").click()
    expect(page.get_by_role("heading", name="เรื่องนี้อยู่ที่ไหน")).to_be_visible()


def test_refused_need_is_mended_and_takes_the_place_of_the_old_one(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(WORDS)
    next_(page)
    page.get_by_role("searchbox").fill("เมืองลับแล")
    expect(page.get_by_role("radio", name="ตามที่พิมพ์")).to_be_checked()
    for _question in range(6):
        next_(page)
    send(page)
    expect(page.locator("#outbox .badge")).to_have_text("ต้องแก้ไข")
    assert_accessible(page)
    page.get_by_role("button", name="แก้แล้วส่งใหม่").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("searchbox").fill("ราชสถิตย์")
    page.get_by_role("radio", name="ต.ราชสถิตย์").check()
    for _question in range(6):
        next_(page)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    expect(page.locator("#outbox [data-items] li")).to_have_count(0)
    [need] = needs_in(session)
    assert (need.problem, need.area.name_th) == (WORDS, "ราชสถิตย์")  # type: ignore[union-attr]


def test_words_of_one_person_are_neither_shown_to_the_next_nor_sent_by_them(
    visit, session: Session, cast: Cast, consultation: Consultation, settings
) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.context.set_offline(True)
    walk(page)
    send(page)
    expect(page.get_by_role("heading", name="เก็บในเครื่องแล้ว")).to_be_visible()
    token = sessions.start(session, cast.malee, settings=settings)
    session.commit()
    page.context.add_cookies([{"name": cookie_name(settings), "value": token, "url": page.url.split("/needs")[0]}])
    page.context.set_offline(False)  # only now, or the first person's sign-in would send it
    page.goto("/needs/new")
    waiting = page.locator("#outbox [data-items] li")
    expect(waiting).to_contain_text("ของคนอื่น")
    expect(waiting).to_contain_text(cast.somchai.display_name)
    assert WORDS not in page.locator("body").inner_text()
    assert page.evaluate("outbox.export().then((file) => file.items.length)") == 0
    assert needs_in(session) == []


def test_what_the_browser_deleted_is_named(visit, cast: Cast, consultation: Consultation) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.context.set_offline(True)
    walk(page)
    send(page)
    expect(page.get_by_role("heading", name="เก็บในเครื่องแล้ว")).to_be_visible()
    page.goto("/offline")
    page.evaluate("new Promise((done) => (indexedDB.deleteDatabase('prachakhom').onsuccess = done))")
    page.context.set_offline(False)
    page.goto("/needs/new")
    lost = page.get_by_role("alert").filter(has_text="เครื่องลบข้อมูลที่ยังไม่ส่ง 1 เรื่อง")
    expect(lost).to_contain_text(WORDS)
    lost.get_by_role("button", name="รับทราบแล้ว").click()
    page.reload()
    expect(page.locator("[data-who]")).to_contain_text("ส่งในชื่อ")
    expect(lost).to_have_count(0)


def test_language_changes_without_a_signal_and_the_draft_stays(visit, cast: Cast, consultation: Consultation) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(WORDS)
    next_(page)
    page.context.set_offline(True)
    page.locator("#language").click()
    expect(page.get_by_role("heading", name="Where is it")).to_be_visible()
    page.go_back()
    expect(page.locator("html")).to_have_attribute("lang", re.compile("en|th"))


def test_unsent_needs_are_saved_as_a_file(visit, cast: Cast, consultation: Consultation, tmp_path: Path) -> None:
    picture = tmp_path / "บ่อน้ำ.jpg"
    picture.write_bytes(photo("JPEG", (300, 200)))
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.context.set_offline(True)
    walk(page, picture=picture)
    send(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="เก็บเป็นไฟล์สำรอง").click()
    file = json.loads(Path(waiting.value.path()).read_text())
    [item] = file["items"]
    assert (file["format"], file["version"], item["author_id"]) == ("prachakhom-outbox", 1, cast.somchai.id)
    assert item["answers"]["problem"] == WORDS
    [name] = item["photos"]
    assert hashlib.sha256(base64.b64decode(file["photos"][name])).hexdigest() == name


def test_answers_are_changed_one_by_one_before_sending(visit, cast: Cast, consultation: Consultation) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    walk(page)
    page.locator("[data-change=households]").click()
    page.get_by_label("เดือดร้อนกี่ครัวเรือน").fill("มากมาย")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("เดือดร้อนกี่ครัวเรือน")).to_be_focused()
    page.get_by_label("เดือดร้อนกี่ครัวเรือน").fill("๑,๒๐๐")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="ตรวจอีกครั้งก่อนส่ง")).to_be_focused()
    expect(page.locator("[data-answers]")).to_contain_text("๑,๒๐๐ ครัวเรือน")


def test_form_is_walked_with_the_keyboard_alone(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai)
    open_form(page)
    press = page.keyboard.press
    page.locator("#q-problem").focus()
    press("Tab")
    page.keyboard.type(WORDS)
    press("Tab")
    press("Enter")
    expect(page.get_by_role("heading", name="เรื่องนี้อยู่ที่ไหน")).to_be_focused()
    press("Tab")
    press("Enter")  # in a box, Enter goes on; one's own place is chosen already
    expect(page.get_by_role("heading", name="เดือดร้อนกี่ครัวเรือน")).to_be_focused()
    press("Tab")
    page.keyboard.type("12")
    press("Enter")
    expect(page.get_by_role("heading", name="เร่งด่วนแค่ไหน")).to_be_focused()
    press("Tab")
    press("ArrowUp")
    press("Enter")
    for question in ("อยากให้ช่วยอย่างไร", "มีรูปถ่ายไหม", "อยากเล่าอะไรเพิ่มไหม"):
        expect(page.get_by_role("heading", name=question)).to_be_focused()
        page.locator("[data-current] [data-next]").focus()
        press("Enter")
    expect(page.get_by_role("heading", name="ตรวจอีกครั้งก่อนส่ง")).to_be_focused()
    page.locator("[data-send]").focus()
    press("Enter")
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    [need] = needs_in(session)
    assert (need.households, need.urgency.value) == (12, "urgent")


def test_position_is_a_help_that_never_stands_in_the_way(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(WORDS)
    next_(page)
    page.get_by_role("button", name="ใส่ตำแหน่งจากมือถือ").click()
    expect(page.locator("[data-located]")).to_contain_text("ไม่เป็นไร")  # refused
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 14.68571, "longitude": 100.45129, "accuracy": 12})
    page.get_by_role("button", name="ใส่ตำแหน่งจากมือถือ").click()
    expect(page.locator("[data-located]")).to_contain_text("ได้ตำแหน่งแล้ว")
    for _question in range(6):
        next_(page)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    [need] = needs_in(session)
    assert need.location == {"lat": 14.686, "lng": 100.451, "accuracy_m": 100}


def test_round_is_asked_when_there_are_several(visit, session: Session, cast: Cast, consultation: Consultation) -> None:
    other = open_round(session, title_th="รอบพิเศษเรื่องน้ำ")
    session.commit()
    page = visit(cast.malee, width=PHONE)
    open_form(page)
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill(WORDS)
    for _question in range(7):
        next_(page)
    expect(page.get_by_role("heading", name="ส่งเรื่องนี้ให้รอบไหน")).to_be_focused()
    expect(page.locator("[data-count]")).to_have_text("ข้อ 8 จาก 8")
    next_(page)
    expect(page.get_by_role("alert")).to_contain_text("กรุณาเลือกว่าส่งให้รอบไหน")
    page.get_by_role("radio", name=consultation.title_th).check()
    next_(page)
    page.locator("[data-back]").click()
    page.get_by_role("radio", name=other.title_th).check()
    next_(page)
    expect(page.locator("[data-answers]")).to_contain_text(other.title_th)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    assert [need.consultation_id for need in needs_in(session)] == [other.id]


def test_voice_is_added_to_a_similar_need_before_sending(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    known = make_need(session, cast.wipha, consultation, WORDS, area_code=cast.somchai.area_code)
    session.commit()
    page = visit(cast.somchai, width=PHONE)
    open_form(page)
    walk(page)
    page.get_by_role("radio", name="เรื่องเดียวกัน").check()
    assert_accessible(page)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    [mine] = [need for need in needs_in(session) if need.ref != known.ref]
    assert (mine.problem, mine.joins_id) == (WORDS, known.id)


def test_browser_that_lacks_what_is_new_sends_too(
    visit, session: Session, cast: Cast, consultation: Consultation
) -> None:
    page = visit(cast.somchai, width=PHONE)
    page.add_init_script(
        """
        for (const name of ["locks", "serviceWorker", "storage"])
            Object.defineProperty(Navigator.prototype, name, { value: undefined });
        for (const name of ["BroadcastChannel", "SyncManager"]) delete window[name];
        delete Intl.Segmenter; delete AbortSignal.timeout; delete Crypto.prototype.randomUUID;
        """
    )
    page.goto("/needs/new")
    expect(page.locator("[data-who]")).to_contain_text("ส่งในชื่อ")
    walk(page)
    send(page)
    expect(page.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    assert [need.problem for need in needs_in(session)] == [WORDS]
