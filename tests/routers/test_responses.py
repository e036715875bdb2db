"""Answers on the screen: drafted, published by another, read by those who asked."""

import pytest
from sqlmodel import Session, select

from app.models import Need, Notice, Response, ResponseStatus, Stage, Topic
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic

ANSWER = {"decision": "deferred", "reason": "ปีนี้ยังไม่มีแบบก่อสร้าง", "next_step": "ทำแบบให้เสร็จ", "next_step_on": "31/3/2570"}


@pytest.fixture
def topic(session: Session, cast: Cast) -> Topic:
    consultation = analysing_round(session, make_plan(session)[0])
    return make_topic(session, add_needs(session, consultation, cast.somchai, 2))


def the_response(session: Session) -> Response:
    return session.exec(select(Response)).one()


def test_answer_goes_from_draft_to_the_hands_of_who_asked(
    client: PageClient, session: Session, cast: Cast, topic: Topic
) -> None:
    page = f"/topics/{topic.id}/response"
    assert client.as_(cast.preecha).submit(page, ANSWER, action="").headers["location"] == page
    response = the_response(session)
    assert (response.status, response.drafted_by_id) == (ResponseStatus.DRAFT, cast.preecha.id)
    head = client.as_(cast.duangjai)
    queue = f"/consultations/{topic.consultation_id}/responses"
    assert "รอเผยแพร่" in head.read(queue).text()
    assert head.submit(page, action=f"/responses/{response.id}/publish").headers["location"] == queue
    somchai = client.as_(cast.somchai)
    assert somchai.read("/").text().count("เรื่องที่คุณส่งมีคำตอบแล้ว") == 2
    notice = session.exec(select(Notice).order_by(Notice.id)).first()  # type: ignore[arg-type]  # SQLModel types a column as its value
    assert notice is not None
    need = session.get_one(Need, notice.need_id)
    opened = somchai.post(f"/notices/{notice.id}/read")
    assert opened.headers["location"] == f"/needs/{need.ref}"
    assert "ปีนี้ยังไม่มีแบบก่อสร้าง" in somchai.read(f"/needs/{need.ref}").text()
    assert somchai.read("/").text().count("เรื่องที่คุณส่งมีคำตอบแล้ว") == 1


@pytest.mark.parametrize(("name", "expected"), [(None, 303), ("malee", 404), ("preecha", 404)])
def test_notice_is_its_readers_alone(
    client: PageClient, session: Session, cast: Cast, name: str | None, expected: int
) -> None:
    notice = Notice(user_id=cast.somchai.id, kind="answered", text="เรื่องที่คุณส่งมีคำตอบแล้ว")
    session.add(notice)
    session.flush()
    somebody = client.as_(getattr(cast, name) if name else None)
    assert somebody.post(f"/notices/{notice.id}/read").status_code == expected


def test_what_is_missing_is_said_beside_its_box(client: PageClient, cast: Cast, topic: Topic) -> None:
    planner = client.as_(cast.preecha)
    refused = planner.submit(f"/topics/{topic.id}/response", {**ANSWER, "decision": "not_included"}, action="")
    assert (refused.status_code, "กรุณาบอกว่าไม่บรรจุเพราะอะไร" in refused.text) == (422, True)
    refused = planner.submit(f"/topics/{topic.id}/response", {**ANSWER, "next_step_on": "32/13/2570"}, action="")
    assert (refused.status_code, "ปีนี้ยังไม่มีแบบก่อสร้าง" in refused.text) == (422, True)


@pytest.mark.parametrize(
    ("name", "expected"), [("preecha", 403), ("somchai", 404), ("arun", 404), ("kamon", 404), (None, 303)]
)
def test_only_the_head_publishes(
    client: PageClient, session: Session, cast: Cast, topic: Topic, name: str | None, expected: int
) -> None:
    client.as_(cast.preecha).submit(f"/topics/{topic.id}/response", ANSWER, action="")
    somebody = client.as_(getattr(cast, name) if name else None)
    assert somebody.post(f"/responses/{the_response(session).id}/publish").status_code == expected
    assert the_response(session).status is ResponseStatus.DRAFT


def test_draft_is_read_by_planners_alone(client: PageClient, session: Session, cast: Cast, topic: Topic) -> None:
    client.as_(cast.preecha).submit(f"/topics/{topic.id}/response", ANSWER, action="")
    topic.consultation.stage = Stage.SUMMARY_PUBLISHED
    session.flush()
    pages = [
        f"/topics/{topic.id}",
        f"/consultations/{topic.consultation_id}/topics",
        f"/outcomes/{topic.consultation_id}",
        f"/outcomes/{topic.consultation_id}.csv",
    ]
    for person in (None, cast.somchai, cast.arun):
        reader = client.as_(person)
        assert [page for page in pages if "ปีนี้ยังไม่มีแบบก่อสร้าง" in reader.get(page).text] == []
        assert "เก็บไว้รอบถัดไป" not in reader.get(pages[1]).text
    assert client.as_(cast.arun).get(f"/consultations/{topic.consultation_id}/responses").status_code == 403
