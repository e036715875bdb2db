"""Needs in a real browser: every page looked at, found as one types, and all of it without script too."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlmodel import Session, select

from app.models import Consultation, Need, NeedStatus
from app.services import needs
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round, photo


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def some_needs(session: Session, cast: Cast, consultation: Consultation) -> list[Need]:
    well = (
        "หน้าแล้งประปาไม่ไหลทั้งหมู่ ต้องซื้อน้ำใช้มาสามเดือนแล้ว คนแก่อยู่บ้านคนเดียวไม่มีแรงไปหาบ บ่อบาดาลเดิมตื้นเขินใช้ไม่ได้ "
        "ขอให้มาเจาะบ่อใหม่หรือต่อท่อจากหมู่ข้างเคียง ตอนนี้ใช้น้ำจากรถ อบต. อาทิตย์ละครั้ง ไม่พอกินพอใช้"
    )
    told = [well, "ถนนเข้าสวนเป็นหลุม รถขนผลไม้ลำบาก", "อยากได้ที่ขายปลาตากแห้งของกลุ่มแม่บ้าน"]
    values = [
        {
            "households": 120, "urgency": "very_urgent", "category": "water", "wish": "เจาะบ่อบาดาลใหม่ 1 บ่อ",
            "place_note": "หลังวัดไชโย", "do_ourselves": "ออกแรงขุดร่องวางท่อ",
        },
        {"households": 45, "category": "infrastructure"},
        {
            "product": "ปลาตากแห้ง", "value_chain_stage": "downstream", "category": "livelihood", "behalf_of": "group",
            "behalf_name": "กลุ่มแม่บ้าน",
        },
    ]  # fmt: skip
    return [
        make_need(session, cast.somchai, consultation, text, **more) for text, more in zip(told, values, strict=True)
    ]


def test_pages_of_a_sender_are_looked_at(
    shots, session: Session, cast: Cast, consultation: Consultation, some_needs: list[Need]
) -> None:
    first, second, _third = some_needs
    make_need(session, cast.somchai, consultation, "ร่างที่ยังเขียนไม่จบ", send=False)
    needs.return_for_detail(session, first, cast.wipha, "บ่อเดิมลึกเท่าไร และใช้มากี่ปีแล้ว")
    needs.certify(session, second, cast.wipha)
    session.commit()
    shots("/needs", "needs_index_sender", cast.somchai)
    shots(f"/needs/{first.ref}", "needs_show_sender", cast.somchai)
    shots(f"/needs/{first.ref}/receipt", "needs_receipt", cast.somchai, dark=False)


def test_pages_of_an_officer_are_looked_at(
    shots, session: Session, cast: Cast, consultation: Consultation, some_needs: list[Need]
) -> None:
    shots("/needs?category=water", "needs_index_filtered", cast.preecha, dark=False)
    shots("/needs", "needs_index_officer", cast.wipha)
    shots(f"/needs/{some_needs[0].ref}", "needs_show_officer", cast.wipha)


def test_list_narrows_as_one_types(visit, cast: Cast, some_needs: list[Need]) -> None:
    page = visit(cast.wipha, width=360)
    page.goto("/needs")
    expect(page.get_by_role("status")).to_have_text(re.compile("พบ 3 เรื่อง"))
    page.get_by_label("ค้นด้วยคำ").press_sequentially("ถนน")
    expect(page.get_by_role("status")).to_have_text(re.compile("พบ 1 เรื่อง"))
    expect(page).to_have_url(re.compile(r"q=%E0%B8%96%E0%B8%99%E0%B8%99"))
    page.reload()
    expect(page.get_by_role("status")).to_have_text(re.compile("พบ 1 เรื่อง"))


def test_need_is_sent_from_a_phone_without_script(
    visit, session: Session, cast: Cast, consultation: Consultation, tmp_path: Path
) -> None:
    picture = tmp_path / "บ่อน้ำ.jpg"
    picture.write_bytes(photo("JPEG", (300, 200)))
    page = visit(cast.somchai, width=360, script=False)
    page.goto("/needs/new")
    page.get_by_label("เดือดร้อนเรื่องอะไร").fill("บ่อน้ำแห้ง")
    page.get_by_role("searchbox", name="พิมพ์ชื่อหมู่บ้าน").fill("ราชสถิตย์")
    page.locator("#f-photos").set_input_files(picture)
    page.locator("[data-plain]").get_by_role("button", name="ส่งเรื่อง").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ส่งถึงแล้ว")
    session.expire_all()
    need = session.exec(select(Need)).one()
    assert (need.status, need.area.name_th, len(need.photos)) == (NeedStatus.SUBMITTED, "ราชสถิตย์", 1)  # type: ignore[union-attr]
    assert page.get_by_text(f"{need.ref[:4]}-{need.ref[4:]}").is_visible()


def test_what_must_be_mended_takes_the_focus(visit, session: Session, cast: Cast, consultation: Consultation) -> None:
    draft = make_need(session, cast.somchai, consultation, send=False)
    page = visit(cast.somchai, width=360)
    page.goto(f"/needs/{draft.ref}/edit")
    page.get_by_text("รู้เรื่องนี้มาอย่างไร").click()
    page.get_by_label("วันที่ทำประชาคม").fill("วันนี้")
    page.get_by_role("button", name="ส่งเรื่อง", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link", name="วันที่").click()
    expect(page.get_by_label("วันที่ทำประชาคม")).to_be_focused()
    expect(page.get_by_label("วันที่ทำประชาคม")).to_have_value("วันนี้")
