"""Typing for others and on paper: both names kept, nothing typed lost, the form one page."""

import re
import zipfile
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import xlsxwriter
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook
from sqlmodel import Session, select

from app import permissions
from app.config import Settings
from app.models import (
    AgentType,
    BehalfOf,
    Category,
    Channel,
    Consent,
    Consultation,
    ImportBatch,
    Need,
    NeedAct,
    NeedEvent,
    NeedStatus,
    Notice,
    Organization,
    Stage,
    Urgency,
)
from app.services import columns, needs, sheets
from tests.support.browser import Visits, assert_accessible
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import WORDS, open_round

VILLAGER = "บุญมี แสนสุข"


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def wipha(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.wipha)


def entry(consultation: Consultation, /, **values: Any) -> dict[str, Any]:
    typed = {
        "client_uuid": str(uuid4()),
        "consultation": str(consultation.id),
        "channel": "paper",
        "consent": "signed",
        "area_code_query": "ต.จรเข้ร้อง อ.ไชโย จ.อ่างทอง",
        "teller": VILLAGER,
        "problem": WORDS,
    }
    return {**typed, **values}


def typed(client: PageClient, consultation: Consultation, /, **values: Any) -> Any:
    return client.post("/paper/entry", data=entry(consultation, **values))


def the_need(session: Session) -> Need:
    return session.exec(select(Need)).one()


# Who said it, and who typed it


def test_both_names_and_the_consent_are_kept(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    answer = typed(wipha, consultation, paper_no="17", told_on="1/11/2569", standing="local_sage", group="กลุ่มทอผ้า")
    need = the_need(session)
    assert answer.status_code == 303
    assert (need.author_id, need.author_name, need.author_agent_type) == (None, VILLAGER, AgentType.LOCAL_SAGE)
    assert (need.author_organization, need.author_area_code) == ("กลุ่มทอผ้า", need.area_code)
    assert (need.entered_by_id, need.consent, need.channel) == (cast.wipha.id, Consent.SIGNED, Channel.PAPER)
    assert (need.paper_no, need.status) == ("17", NeedStatus.SUBMITTED)
    event = session.exec(select(NeedEvent)).one()
    assert (event.act, event.actor_id, event.detail) == (NeedAct.ENTER.value, cast.wipha.id, {"consent": "signed"})
    for page in (f"/needs/{need.ref}", f"/needs/{need.ref}/receipt"):
        said = wipha.read(page).text()
        assert [part for part in (VILLAGER, "วิภา ศรีทอง", "ลงชื่อในแบบกระดาษ", "17") if part not in said] == []


def test_agent_of_the_roster_is_the_author_and_is_told(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast, client: PageClient
) -> None:
    line = wipha.read("/paper/entry").all("option")
    picked = next(option.get("value") for option in line if "สมชาย" in option.get("value", ""))
    assert picked.endswith(f"#{cast.somchai.id}")
    typed(wipha, consultation, teller=picked, consent="telephone", channel="telephone")
    need = the_need(session)
    assert (need.author_id, need.author_name, need.author_area_code) == (
        cast.somchai.id, "สมชาย ใจดี", cast.somchai.area_code,
    )  # fmt: skip
    assert need.entered_by_id == cast.wipha.id
    assert [notice.user_id for notice in session.exec(select(Notice))] == [cast.somchai.id]
    own = client.as_(cast.somchai).read(f"/needs/{need.ref}").text()
    assert "บอกทางโทรศัพท์ว่าให้ส่งแทน" in own


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"consent": ""}, "กรุณาเลือกว่าเจ้าของเรื่องยินยอมอย่างไร"),
        ({"teller": ""}, "กรุณาพิมพ์ชื่อผู้บอก"),
        ({"teller": "ใครก็ไม่รู้ #999999"}, "ไม่พบคนนี้ในทะเบียน"),
        ({"problem": " "}, "กรุณาเล่าว่าเดือดร้อนเรื่องอะไร"),
        ({"area_code_query": ""}, "กรุณาเลือกพื้นที่"),
        ({"area_code_query": "ต.อินทประมูล อ.โพธิ์ทอง จ.อ่างทอง"}, "กรอกแทนได้เฉพาะเรื่องในพื้นที่ของคุณ"),
        ({"told_on": "1/1/2600"}, "วันที่บอกต้องไม่เกินวันนี้"),
        ({"channel": "import"}, "กรุณาเลือกจากรายการ"),
        ({"consultation": "0"}, "รอบการรับฟังนี้ปิดรับแล้ว"),
    ],
)
def test_error_keeps_the_words(
    wipha: PageClient, consultation: Consultation, session: Session, values: dict[str, str], complaint: str
) -> None:
    answer = typed(wipha, consultation, **{"wish": "อยากได้บ่อบาดาล", **values})
    assert (answer.status_code, complaint in answer.text, "อยากได้บ่อบาดาล" in answer.text) == (422, True, True)
    assert session.exec(select(Need)).all() == []


def test_name_may_be_left_out(wipha: PageClient, consultation: Consultation, session: Session) -> None:
    typed(wipha, consultation, teller="-")
    need = the_need(session)
    assert need.author_name == ""
    assert "ไม่ประสงค์ออกนาม" in wipha.read(f"/needs/{need.ref}").text()


def test_same_form_posted_again_is_one_need(wipha: PageClient, consultation: Consultation, session: Session) -> None:
    form = entry(consultation)
    assert [wipha.post("/paper/entry", data=form).status_code for _ in range(2)] == [303, 303]
    assert wipha.post("/paper/entry", data={**form, "problem": "ข้อความอื่น"}).status_code == 409
    assert the_need(session).problem == WORDS


def test_name_without_account_is_closed_to_an_agency(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast, client: PageClient
) -> None:
    typed(wipha, consultation, group="กลุ่มทอผ้า")
    need = the_need(session)
    agency = session.get_one(Organization, cast.thana.organization_id)
    needs.refer(session, need, cast.surachai, agency.id)
    thana, surachai = client.as_(cast.thana), client.as_(cast.surachai)
    for page in ("/needs", f"/needs/{need.ref}", f"/needs/{need.ref}/receipt"):
        assert (VILLAGER in thana.get(page).text, "(ปิดชื่อไว้)" in thana.get(page).text) == (False, True)
    assert VILLAGER in surachai.get(f"/needs/{need.ref}").text


def test_who_typed_it_answers_for_one_without_an_account(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    typed(wipha, consultation)
    need = the_need(session)
    assert wipha.post(f"/needs/{need.ref}/certify").status_code == 403
    needs.return_for_detail(session, need, cast.surachai, "กี่ครัวเรือน")
    assert [notice.user_id for notice in session.exec(select(Notice))] == [cast.wipha.id]
    wipha.submit(f"/needs/{need.ref}", {"detail": "40 ครัวเรือน"}, action=f"/needs/{need.ref}/add-detail")
    assert the_need(session).status is NeedStatus.ACKNOWLEDGED


def test_public_and_agencies_have_no_entry_screen(client: PageClient, cast: Cast, consultation: Consultation) -> None:
    assert client.get("/paper/entry").headers["location"].startswith("/sign-in")
    for person in (cast.thana, cast.arun, cast.nida):
        answers = [client.as_(person).get(url).status_code for url in ("/paper", "/paper/entry")]
        assert (person.username, answers) == (person.username, [403, 403])


# The pile


def test_what_the_pile_has_in_common_is_carried_on_and_a_name_never(
    wipha: PageClient, consultation: Consultation
) -> None:
    common = {"told_on": "1/11/2569", "behalf_name": "บ้านกลาง หมู่ 3", "gathered_by": "assembly", "consent": "minutes"}
    answer = typed(wipha, consultation, **common)
    following = wipha.get(answer.headers["location"]).text
    assert [value for value in (*common.values(), "ต.จรเข้ร้อง") if value not in following] == []
    boxes = re.findall(r'name="(teller|problem|paper_no)"[^>]*value="([^"]*)"', following)
    assert dict(boxes) == {"teller": "", "paper_no": ""}
    assert VILLAGER not in answer.headers["location"]


def test_typing_with_htmx_brings_an_empty_form_and_the_list(
    wipha: PageClient, consultation: Consultation, session: Session
) -> None:
    form = entry(consultation, paper_no="8")
    answer = wipha.post("/paper/entry", data=form, headers={"hx-request": "true"})
    need = the_need(session)
    assert (answer.status_code, answer.text.lstrip().startswith('<div id="desk"')) == (200, True)
    assert (f"{need.ref[:4]}-{need.ref[4:]}" in answer.text, "กรอกไปแล้ว 1 ใบ" in answer.text) == (True, True)
    assert form["client_uuid"] not in answer.text
    refused = wipha.post("/paper/entry", data=entry(consultation, teller=""), headers={"hx-request": "true"})
    assert (refused.status_code, WORDS in refused.text) == (422, True)


def test_mistake_is_taken_back_until_somebody_acts(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    for _form in range(2):
        typed(wipha, consultation, teller=f"สมชาย #{cast.somchai.id}")
    first, second = session.exec(select(Need).order_by(Need.id)).all()
    answer = wipha.post(f"/paper/entry/{first.ref}/undo", headers={"hx-request": "true"})
    assert (answer.status_code, answer.text.lstrip().startswith('<div id="sitting"')) == (200, True)
    assert session.get_one(Need, first.id).status is NeedStatus.WITHDRAWN
    needs.acknowledge(session, second, cast.surachai)
    assert wipha.post(f"/paper/entry/{second.ref}/undo").status_code == 403
    assert session.get_one(Need, second.id).status is NeedStatus.ACKNOWLEDGED


def test_planner_waits_for_the_district_of_what_was_typed_there(
    wipha: PageClient, consultation: Consultation, session: Session, cast: Cast, settings: Settings
) -> None:
    typed(wipha, consultation)
    assert not permissions.can_accept_need(cast.preecha, the_need(session), settings)


# The form on paper


@pytest.mark.parametrize("locale", ["th", "en"])
def test_form_is_one_page_whatever_the_title(client: PageClient, session: Session, locale: str) -> None:
    title = ("รับฟังความต้องการของประชาชนเพื่อจัดทำแผนพัฒนากลุ่มจังหวัด " * 4)[:200]
    made = open_round(session, title_th=title, title_en=("Listening to what villages need for the plan " * 5)[:200])
    answer = client.get(f"/paper/form.pdf?consultation={made.id}&lang={locale}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert re.findall(rb"/Type\s*/Pages.{0,80}/Count (\d+)|/Count (\d+)", answer.content)[0] != ()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", answer.content)) == 1
    assert b"Sarabun" in answer.content


def test_form_of_a_draft_round_is_not_there(client: PageClient, session: Session) -> None:
    made = open_round(session, stage=Stage.DRAFT)
    assert client.get(f"/paper/form.pdf?consultation={made.id}").status_code == 404


# The sheet


def rewritten(template: bytes, rows: list[dict[str, Any]]) -> bytes:
    """Fill the sheet as a person would: each value in the column of its header."""
    header = CalamineWorkbook.from_filelike(BytesIO(template)).get_sheet_by_index(0).to_python()[0]
    made = BytesIO()
    book = xlsxwriter.Workbook(made)
    sheet = book.add_worksheet("กรอกที่นี่")
    sheet.write_row(0, 0, header)
    for number, row in enumerate(rows, start=1):
        assert set(row) <= set(header)
        for name, value in row.items():
            sheet.write(number, header.index(name), value)
    book.close()
    return made.getvalue()


FILLED = {
    "ปัญหาหรือความต้องการ": WORDS,
    "สิ่งที่อยากได้": "อยากได้บ่อบาดาล",
    "พื้นที่ (ข้อความเดียว)": "ต.จรเข้ร้อง อ.ไชโย จ.อ่างทอง",
    "หมู่บ้าน": "หมู่ 4",
    "จุดที่เกิดเรื่อง": "ซอยหลังวัด",
    "ประเภท": "แหล่งน้ำ น้ำท่วม น้ำแล้ง",
    "ความเร่งด่วน": "เร่งด่วนมาก",
    "จำนวนครัวเรือนที่เดือดร้อน": 40,
    "เป็นเรื่องของ": "บางครัวเรือน",
    "ชื่อผู้เสนอ": VILLAGER,
    "ความยินยอม": "บอกต่อหน้าว่าให้ส่งแทน",
    "วันที่เสนอ": "1/11/2569",
    "เลขที่แบบกระดาษ": "12",
    "ทำเองได้": "ออกแรงขุดลอก",
}


@pytest.fixture
def sheet(wipha: PageClient, consultation: Consultation) -> bytes:
    answer = wipha.get(f"/paper/template.xlsx?consultation={consultation.id}")
    assert answer.status_code == 200
    return answer.content


def imported(client: PageClient, consultation: Consultation, content: bytes) -> str:
    posted = {"kind": "needs", "consultation_id": consultation.id}
    answer = client.post("/imports", data=posted, files={"file": ("sheet.xlsx", content, "application/zip")})
    return str(answer.headers["location"])


def test_sheet_filled_in_becomes_the_same_needs(
    client: PageClient, cast: Cast, session: Session, consultation: Consultation, sheet: bytes
) -> None:
    preecha = client.as_(cast.preecha)
    batch = imported(preecha, consultation, rewritten(sheet, [FILLED]))
    preecha.submit(batch, {"is_submitted": "true"}, action=f"{batch}/run")
    need = the_need(session)
    assert (need.problem, need.wish, need.do_ourselves) == (WORDS, "อยากได้บ่อบาดาล", "ออกแรงขุดลอก")
    assert (need.area_code, need.place_note) == (CHAIYO_SUBDISTRICT, "หมู่ 4 ซอยหลังวัด")
    assert (need.category, need.urgency, need.behalf_of) == (
        Category.WATER, Urgency.VERY_URGENT, BehalfOf.HOUSEHOLDS,
    )  # fmt: skip
    assert (need.households, need.author_name, need.consent) == (40, VILLAGER, Consent.SPOKEN)
    assert (need.paper_no, need.entered_by_id, need.channel) == ("12", cast.preecha.id, Channel.IMPORT)


def test_bad_rows_of_the_sheet_are_named_by_row_and_column(
    client: PageClient, cast: Cast, session: Session, consultation: Consultation, sheet: bytes
) -> None:
    wrong = {**FILLED, "ประเภท": "ถนนพัง", "จำนวนครัวเรือนที่เดือดร้อน": "หลายบ้าน"}
    preecha = client.as_(cast.preecha)
    imported(preecha, consultation, rewritten(sheet, [FILLED, wrong]))
    batch = session.exec(select(ImportBatch)).one()
    assert [(one["row"], one["column"]) for one in batch.problems] == [
        (3, "ประเภท"),
        (3, "จำนวนครัวเรือนที่เดือดร้อน"),
    ]


def test_sheet_has_lists_of_our_words_and_of_the_places_of_ones_own(sheet: bytes) -> None:
    with zipfile.ZipFile(BytesIO(sheet)) as parts:
        book, first = parts.read("xl/workbook.xml").decode(), parts.read("xl/worksheets/sheet1.xml").decode()
    named = set(re.findall(r'definedName name="(list_\w+)"', book))
    assert named == {f"list_{name}" for name in LISTED}
    assert set(re.findall(r"<formula1>(list_\w+)</formula1>", first)) == named
    assert ('name="lists" sheetId="3" state="hidden"' in book, 'state="frozen"' in first) == (True, True)
    lists = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(2).to_python()
    places = [row[len(LISTED) - 1] for row in lists if row[len(LISTED) - 1]]
    assert places[0].endswith("อ.ไชโย จ.อ่างทอง")
    assert {place.partition(" ")[2] for place in places} == {"อ.ไชโย จ.อ่างทอง"}
    shown = CalamineWorkbook.from_filelike(BytesIO(sheet)).get_sheet_by_index(0).to_python()[0]
    assert columns.guess("needs", shown) == {name: shown[n] for n, (name, *_) in enumerate(sheets.COLUMNS)}


LISTED = ("category", "urgency", "behalf_of", "agent_type", "consent", "value_chain_stage", "place")


# In a real browser


def test_pile_is_typed_without_a_mouse(visit: Visits, cast: Cast, consultation: Consultation, session: Session) -> None:
    page = visit(cast.wipha)
    page.goto("/paper/entry?consent=signed&area_code_query=จรเข้ร้อง")
    keys = page.keyboard
    for number in ("1", "2"):
        for text in (number, VILLAGER, "", "", f"{WORDS} {number}", "", ""):
            keys.type(text)
            keys.press("Enter")
        keys.type("2")  # the line that begins with 2
        keys.press("Control+Enter")
        expect(page.locator("#sitting li")).to_have_count(int(number))
        expect(page.locator("[name=paper_no]")).to_be_focused()
    keys.type("3")
    for text in ("", "", "", "ไม่มีชื่อผู้บอก"):
        keys.press("Enter")
        keys.type(text)
    keys.press("Control+Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    expect(page.locator("[name=problem]")).to_have_value("ไม่มีชื่อผู้บอก")
    page.locator("#sitting button").first.press("Enter")
    expect(page.locator("#sitting button")).to_have_count(1)
    expect(page.locator("[name=problem]")).to_have_value("ไม่มีชื่อผู้บอก")
    assert_accessible(page)
    session.expire_all()
    found = session.exec(select(Need).order_by(Need.id)).all()
    assert [(need.paper_no, need.category, need.status) for need in found] == [
        ("1", Category.WATER, NeedStatus.SUBMITTED), ("2", Category.WATER, NeedStatus.WITHDRAWN),
    ]  # fmt: skip


def test_ways_in_for_people_without_the_web_look_right(shots: Any, cast: Cast, consultation: Consultation) -> None:
    shots("/paper", "paper_index", cast.wipha)
    shots("/paper/entry", "paper_entry", cast.wipha)
