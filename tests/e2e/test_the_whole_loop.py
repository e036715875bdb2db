"""The main job, walked by five people in a real browser: a need goes out from a village and comes back as an answer."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import Session, col, select

from app.i18n import today
from app.models import Consultation, Need, NeedStatus, Response, Stage, Topic, TopicAssignment, TopicStatus, User
from tests.support.browser import PHONE, assert_accessible
from tests.support.wizard import walk

expect.set_options(timeout=15_000)  # a busy machine is slow, not wrong

PROBLEM = "ตลิ่งหน้าวัดหมู่ 3 ตำบลโรงช้างพังทุกปี น้ำเซาะจนเสาศาลาลอย กลัวหน้าน้ำนี้จะลงไปทั้งหลัง"
VILLAGE_HEAD = "บุญมา แสนสุข"


@pytest.fixture
def people(session: Session) -> Callable[[str], User]:
    def person(username: str) -> User:
        return session.exec(select(User).where(User.username == username)).one()

    return person


def press(page: Page, name: str | re.Pattern[str]) -> None:
    page.get_by_role("button", name=name).first.click()


def confirm(page: Page) -> None:
    """Say yes in the dialog that asks before an act."""
    page.locator("dialog[open] button[value=yes]").click()


@pytest.mark.demo
def test_a_need_travels_from_a_village_to_a_published_answer_and_back(
    visit: Any, session: Session, people: Callable[[str], User], run_jobs: Callable[[], int]
) -> None:
    listening = session.exec(select(Consultation).where(Consultation.stage == Stage.OPEN)).one()
    round_url = f"/consultations/{listening.id}"

    # The district chief invites a village head.
    chief = visit(people("wichai"))
    chief.goto("/invitations/new?role=change_agent")
    chief.get_by_label("เชิญใคร").fill(VILLAGE_HEAD)
    chief.get_by_role("radio", name="ผู้ใหญ่บ้าน").check()
    chief.get_by_role("searchbox").fill("โรงช้าง")
    chief.get_by_role("radio", name=re.compile("^ต.โรงช้าง")).check()
    press(chief, "สร้างลิงก์และคิวอาร์โค้ด")
    link = chief.get_by_role("textbox", name="ลิงก์คำเชิญ").input_value()

    # The village head joins on a cheap phone, and sends a need.
    head = visit(width=PHONE)
    head.goto(link)
    assert_accessible(head)
    head.get_by_label("ชื่อและนามสกุล").fill(VILLAGE_HEAD)
    head.get_by_label("เบอร์โทรศัพท์ หรือชื่อผู้ใช้").fill("081-765-4321")
    head.get_by_label("ตั้งรหัสผ่าน").fill("ตลิ่งหน้าวัด-3")
    head.get_by_label("รหัสผ่านอีกครั้ง").fill("ตลิ่งหน้าวัด-3")
    press(head, "เข้าร่วม")
    head.goto("/needs/new")
    assert_accessible(head)
    walk(head, PROBLEM, households="๔๒")
    head.locator("[data-send]").click()
    expect(head.get_by_role("heading", name="ถึงระบบแล้ว")).to_be_visible()
    assert_accessible(head)
    session.rollback()

    need = session.exec(select(Need).where(Need.problem == PROBLEM)).one()
    assert (need.status, need.households, need.author_name) == (NeedStatus.SUBMITTED, 42, VILLAGE_HEAD)

    # The chief certifies it.
    chief.goto(f"/needs/{need.ref}")
    press(chief, "รับรองเรื่องนี้")
    expect(chief.get_by_text("ผ่านการตรวจสอบ").first).to_be_visible()

    # The planner closes the round, and has it analysed.
    session.rollback()  # what was read before the others wrote is old, and SQLite takes no change upon it
    listening.close_on = today()
    session.add(listening)
    session.commit()
    planner = visit(people("preecha"))
    for stage in ("ปิดรับแล้ว", "กำลังวิเคราะห์"):
        planner.goto(round_url)
        press(planner, re.compile(f"เลื่อนไปขั้น .{stage}"))
        confirm(planner)
        expect(planner.locator(".badge", has_text=stage).first).to_be_visible()
    planner.goto(f"{round_url}/topics")
    press(planner, "จัดกลุ่ม")
    planner.wait_for_url("**/jobs/*")
    assert run_jobs() == 1
    planner.get_by_role("link", name="ดูผล").click()
    expect(planner.get_by_role("heading", level=1)).to_have_text("ประเด็นความต้องการ")
    assert_accessible(planner)

    # The planner merges a small topic into the need's own, renames and approves that.
    topic = topic_of(session, need)
    other = session.exec(
        select(Topic)
        .where(Topic.consultation_id == listening.id, Topic.id != topic.id, Topic.status == TopicStatus.SUGGESTED)
        .order_by(col(Topic.id).desc())
    ).first()
    assert other is not None
    planner.goto(f"/topics/{other.id}")
    assert_accessible(planner)
    planner.get_by_label("ย้ายทุกเรื่องไปที่").select_option(str(topic.id))
    press(planner, "รวมประเด็น")
    confirm(planner)
    planner.wait_for_url(f"**/topics/{topic.id}")
    planner.get_by_label("ชื่อที่คนอ่านเข้าใจทันที").fill("ตลิ่งพังริมเจ้าพระยา")
    press(planner, "บันทึกชื่อ")
    expect(planner.get_by_role("heading", level=1)).to_have_text("ตลิ่งพังริมเจ้าพระยา")
    press(planner, "รับรองประเด็นนี้")
    expect(planner.get_by_text("รับรองแล้ว").first).to_be_visible()

    # The planner links it with what the plan will build, and drafts the answer.
    planner.goto(f"{round_url}/links/new?topic={topic.id}&q=เขื่อนป้องกันตลิ่ง")
    assert_accessible(planner)
    planner.get_by_role("radio", name=re.compile("โรงช้าง")).check()
    planner.get_by_role("radio", name="ตอบบางส่วน (0.5)").check()
    planner.get_by_label("เพราะอะไร").fill("เขื่อนอยู่หน้าวัดที่ชาวบ้านขอพอดี จุดอื่นยังไม่มี")
    press(planner, "เชื่อมโยง")
    planner.wait_for_url(f"**/topics/{topic.id}")
    planner.goto(f"/topics/{topic.id}/response")
    assert_accessible(planner)
    planner.get_by_role("radio", name="บรรจุบางส่วน").check()
    planner.get_by_label("อธิบายให้คนส่งเรื่องเข้าใจ").fill("แผนปีหน้าสร้างเขื่อนที่หมู่ 3 โรงช้างก่อน จุดอื่นรอแบบ")
    planner.get_by_label("โครงการที่ตอบเรื่องนี้").select_option(label="โครงการป้องกันตลิ่งและรับมือน้ำท่วมลุ่มเจ้าพระยา")
    planner.get_by_label("ขั้นต่อไปคืออะไร").fill("กรมโยธาธิการลงสำรวจพร้อมผู้ใหญ่บ้าน")
    press(planner, "บันทึกร่าง")
    expect(planner.get_by_text("รอหัวหน้า OSM เผยแพร่").first).to_be_visible()
    expect(planner.get_by_role("button", name="เผยแพร่คำตอบนี้")).to_have_count(0)

    # The head of OSM publishes: the answer, then the summary.
    session.rollback()
    assert session.exec(select(Response).where(Response.topic_id == topic.id)).one().published_at is None
    boss = visit(people("duangjai"))
    boss.goto(f"/topics/{topic.id}/response")
    press(boss, "เผยแพร่คำตอบนี้")
    confirm(boss)
    boss.wait_for_url(f"**{round_url}/responses")
    assert_accessible(boss)
    settle_the_rest(session, listening)
    boss.goto(round_url)
    press(boss, re.compile("เลื่อนไปขั้น .เผยแพร่สรุป"))
    confirm(boss)
    expect(boss.locator(".badge", has_text="เผยแพร่สรุปแล้ว").first).to_be_visible()

    # Anyone reads the outcome; no name and no telephone number is in it.
    anyone = visit(width=PHONE)
    anyone.goto(f"/outcomes/{listening.id}")
    expect(anyone.get_by_text("ตลิ่งพังริมเจ้าพระยา").first).to_be_visible()
    expect(anyone.get_by_text("แผนปีหน้าสร้างเขื่อนที่หมู่ 3 โรงช้างก่อน").first).to_be_visible()
    assert VILLAGE_HEAD not in anyone.content()
    assert_accessible(anyone)

    # The village head sees the answer in their own list.
    head.goto("/needs?mine=1")
    expect(head.locator(".badge", has_text="แจ้งผลแล้ว").first).to_be_visible()
    head.goto(f"/needs/{need.ref}")
    expect(head.get_by_text("แผนปีหน้าสร้างเขื่อนที่หมู่ 3 โรงช้างก่อน").first).to_be_visible()
    assert_accessible(head)


def topic_of(session: Session, need: Need) -> Topic:
    session.rollback()
    assignment = session.exec(
        select(TopicAssignment).where(
            TopicAssignment.need_id == need.id,
            TopicAssignment.rank == 0,
            col(TopicAssignment.ended_at).is_(None),
            col(TopicAssignment.topic_id).is_not(None),
        )
    ).one()
    return session.get_one(Topic, assignment.topic_id)


def settle_the_rest(session: Session, consultation: Consultation) -> None:
    """Approve what other topics the round has, as a planner would have done on other days."""
    session.rollback()
    for topic in session.exec(select(Topic).where(Topic.consultation_id == consultation.id)).all():
        if topic.status is TopicStatus.SUGGESTED:
            topic.status = TopicStatus.REVIEWED
            session.add(topic)
    session.commit()
