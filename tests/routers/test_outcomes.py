"""What the public reads: gaps beside wins, nobody picked out, everything traceable."""

import csv
import io

import pytest
from sqlmodel import Session, col, select

from app.models import Consultation, Decision, Project, Stage, TopicQuote, User
from app.services import responses
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic


@pytest.fixture
def consultation(session: Session, cast: Cast) -> Consultation:
    """A round with a topic that is done, one that is not, and one without an answer."""
    made = analysing_round(session, make_plan(session)[0])
    done = make_topic(session, add_needs(session, made, cast.somchai, 6, households=10), "คลองส่งน้ำ")
    undone = make_topic(session, add_needs(session, made, cast.malee, 5), "ตลาดข้าว")
    make_topic(session, add_needs(session, made, None, 2), "ลิงในเมือง")
    facts = {"reason": "ขุดลอกปีนี้สามสาย", "next_step": "เริ่มงานเดือนหน้า", "by": cast.preecha}
    project = session.exec(select(Project)).one()
    for answer in (
        responses.draft(session, done, decision=Decision.INCLUDED, project=project, **facts),
        responses.draft(session, undone, decision=Decision.DEFERRED, **{**facts, "reason": "ยังหาเจ้าภาพไม่ได้"}),
    ):
        responses.publish(session, answer, by=cast.duangjai)
    made.stage = Stage.SUMMARY_PUBLISHED
    session.flush()
    return made


def test_public_reads_what_was_decided_and_what_was_not(client: PageClient, consultation: Consultation) -> None:
    page = client.read(f"/outcomes/{consultation.id}")
    assert [one for one in page.texts("h2") if "ประเด็น)" in one] == ["ที่จะทำ (1 ประเด็น)", "ที่ยังไม่ได้ทำ (2 ประเด็น)"]
    shown = page.text()
    for words in ("ขุดลอกปีนี้สามสาย", "ยังหาเจ้าภาพไม่ได้", "ลิงในเมือง", "น้อยกว่า 5 เรื่อง", "น้ำและถนนของกลุ่มจังหวัด"):
        assert words in shown
    [project] = [a for a in page.all("a") if a.get("href").startswith("/projects/")]
    assert client.read(project.get("href")).texts("h1") == ["น้ำและถนนของกลุ่มจังหวัด"]


def test_public_reads_approved_words_only(
    client: PageClient, session: Session, consultation: Consultation, cast: Cast
) -> None:
    needs = add_needs(session, consultation, None, 2)
    topic = make_topic(session, needs, "ไฟทาง")
    answer = responses.draft(
        session, topic, by=cast.preecha, decision=Decision.DEFERRED, reason="รองบ", next_step="ปีหน้า"
    )
    responses.publish(session, answer, by=cast.duangjai)
    session.add(TopicQuote(topic_id=topic.id, need_id=needs[0].id, text="ยังไม่มีใครอนุมัติ"))
    session.add(TopicQuote(topic_id=topic.id, need_id=needs[1].id, text="ไฟดับทุกคืน", approved_at=needs[1].created_at))
    session.flush()
    shown = client.read(f"/outcomes/{consultation.id}").text()
    assert ("ไฟดับทุกคืน" in shown, "ยังไม่มีใครอนุมัติ" in shown) == (True, False)


def test_table_and_description_are_downloaded(client: PageClient, consultation: Consultation) -> None:
    table = client.get(f"/outcomes/{consultation.id}.csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"))))
    assert [(row["ประเด็น"], row["จำนวนเรื่อง"], row["คำตอบ"]) for row in rows] == [
        ("คลองส่งน้ำ", "6", "บรรจุในแผน"),
        ("ตลาดข้าว", "ไม่แสดง", "เก็บไว้รอบถัดไป"),  # or 9 without an answer would say how many are in the next
        ("ลิงในเมือง", "น้อยกว่า 5", "ยังไม่มีคำตอบ"),
    ]
    described = client.get(f"/outcomes/{consultation.id}.json").json()
    assert described["resources"][0]["url"] == f"http://testserver/outcomes/{consultation.id}.csv"


@pytest.mark.parametrize(
    ("name", "expected"), [(None, 404), ("somchai", 404), ("arun", 404), ("kamon", 404), ("preecha", 200)]
)
def test_outcome_is_not_read_before_it_is_published(
    client: PageClient, session: Session, cast: Cast, consultation: Consultation, name: str | None, expected: int
) -> None:
    consultation.stage = Stage.ANALYSING
    session.flush()
    somebody = client.as_(getattr(cast, name) if name else None)
    for path in (
        f"/outcomes/{consultation.id}",
        f"/outcomes/{consultation.id}.csv",
        f"/outcomes/{consultation.id}.json",
    ):
        assert somebody.get(path).status_code == expected


@pytest.mark.demo
def test_plan_is_first_compared_with_the_latest_round_that_is_closed(client: PageClient, session: Session) -> None:
    closed, still_open = session.exec(select(Consultation).order_by(col(Consultation.id))).all()
    assert (closed.stage, still_open.stage) == (Stage.SUMMARY_PUBLISHED, Stage.OPEN)
    planner = client.as_(session.exec(select(User).where(User.username == "preecha")).one())
    assert planner.read("/plans/1/alignment").text() == planner.read("/plans/1/alignment?consultation=1").text()


def test_alignment_hides_small_counts_from_the_public(
    client: PageClient, consultation: Consultation, cast: Cast
) -> None:
    page = f"/plans/{consultation.plan_id}/alignment"
    assert "ไม่แสดงจำนวน เพื่อไม่ให้รู้ว่าเป็นใคร" in client.read(page).text()
    assert "ไม่แสดงจำนวน" not in client.as_(cast.preecha).read(page).text()
    assert client.get(f"{page}?consultation=999").status_code == 404
