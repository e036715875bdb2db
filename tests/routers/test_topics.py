"""Topics on the screen: everyone reads what is theirs to read, planners alone settle."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.models import Consultation, Need, Stage, Topic, TopicQuote, TopicRun, TopicStatus
from app.queries import topics as topic_queries
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, standing, suggest, the_job
from tests.support.queries import count_queries


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return analysing_round(session)


@pytest.fixture
def topic(session: Session, consultation: Consultation, cast: Cast) -> Topic:
    return make_topic(session, add_needs(session, consultation, cast.somchai, 3, households=20))


@pytest.fixture
def other(session: Session, consultation: Consultation) -> Topic:
    return make_topic(session, add_needs(session, consultation, None, 6), "ถนน")


@pytest.fixture
def planner(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.preecha)


def test_planner_renames_merges_splits_moves_and_approves(
    planner: PageClient, session: Session, topic: Topic, other: Topic
) -> None:
    page = f"/topics/{topic.id}"
    assert planner.submit(page, {"label": "คลองแห้ง"}, action=f"{page}/rename").headers["location"] == page
    assert session.get_one(Topic, topic.id).label == "คลองแห้ง"
    assert planner.submit(page, action=f"{page}/approve").status_code == 303
    assert session.get_one(Topic, topic.id).status is TopicStatus.APPROVED
    assert planner.submit(page, action=f"{page}/reopen").status_code == 303
    member = session.exec(select(Need).order_by(Need.id)).first()  # type: ignore[arg-type]  # SQLModel types a column as its value
    assert member is not None
    answer = planner.post(f"{page}/split", data={"needs": [member.id], "new_label": "คลองซอย"})
    fresh = standing(session, member).topic_id
    assert answer.headers["location"] == f"/topics/{fresh}"
    planner.post(f"/needs/{member.ref}/move-topic", data={"topic": other.id})
    assert standing(session, member).topic_id == other.id
    assert planner.submit(page, {"into": other.id}, action=f"{page}/merge").headers["location"] == f"/topics/{other.id}"
    assert session.get_one(Topic, topic.id).status is TopicStatus.MERGED


def test_what_is_typed_wrongly_is_shown_again(planner: PageClient, topic: Topic, other: Topic) -> None:
    assert planner.post(f"/topics/{topic.id}/rename", data={"label": "ก"}).status_code == 422
    assert planner.post(f"/topics/{topic.id}/merge", data={"into": ""}).status_code == 422
    assert planner.post(f"/topics/{topic.id}/split", data={"new_label": "คลองซอย"}).status_code == 422


ACTS = (
    "/topics/{topic}/rename", "/topics/{topic}/approve", "/topics/{topic}/reopen", "/topics/{topic}/merge",
    "/topics/{topic}/split", "/consultations/{round}/analyse", "/topics/{topic}/quotes/{quote}/approve",
    "/topics/{topic}/quotes/{quote}/reword", "/topics/{topic}/response",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "stage", "expected"),
    [
        (None, Stage.ANALYSING, {303, 404}),
        (None, Stage.SUMMARY_PUBLISHED, {303}),
        ("somchai", Stage.ANALYSING, {403, 404}),
        ("somchai", Stage.SUMMARY_PUBLISHED, {403}),
        ("wipha", Stage.ANALYSING, {403}),
        ("thana", Stage.ANALYSING, {403}),
        ("arun", Stage.ANALYSING, {403}),
        ("nida", Stage.ANALYSING, {403, 404}),
        ("kamon", Stage.ANALYSING, {403, 404}),
        ("kamon", Stage.SUMMARY_PUBLISHED, {403}),
        ("preecha", Stage.ARCHIVED, {403}),
    ],
)
def test_nobody_else_settles_topics(
    client: PageClient,
    session: Session,
    cast: Cast,
    topic: Topic,
    consultation: Consultation,
    name: str | None,
    stage: Stage,
    expected: set[int],
) -> None:
    said = TopicQuote(topic_id=topic.id, need_id=1, text="น้ำไม่ถึงนา")
    said.need_id = session.exec(select(Need.id)).first()  # type: ignore[assignment]  # there are some
    session.add(said)
    consultation.stage = stage
    session.flush()
    somebody = client.as_(getattr(cast, name) if name else None)
    paths = [act.format(topic=topic.id, round=consultation.id, quote=said.id) for act in ACTS]
    assert {somebody.post(path, data={}).status_code for path in paths} == expected


def test_agency_reads_the_needs_passed_on_to_it_masked(
    client: PageClient, session: Session, cast: Cast, topic: Topic
) -> None:
    member = topic_queries.members(session, topic.id, cast.preecha, consultation_id=topic.consultation_id)[0]
    need = session.get_one(Need, member.need_id)
    need.problem, need.referred_to_id = "น้ำไม่ไหล โทร 081-234-5678", cast.thana.organization_id
    session.flush()
    path = f"/topics/{topic.id}"
    assert "081-234-5678" in client.as_(cast.preecha).read(path).text()
    page = client.as_(cast.thana).read(path).text()
    assert "น้ำไม่ไหล" in page
    assert "081-234-5678" not in page


@pytest.mark.parametrize(
    ("name", "expected"),
    [(None, 404), ("somchai", 404), ("wipha", 200), ("surachai", 200), ("thana", 200), ("arun", 200), ("kamon", 404)],
)
def test_before_the_summary_topics_are_for_officers_of_the_cluster(
    client: PageClient, cast: Cast, topic: Topic, consultation: Consultation, name: str | None, expected: int
) -> None:
    somebody = client.as_(getattr(cast, name) if name else None)
    for page in (f"/topics/{topic.id}", f"/consultations/{consultation.id}/topics"):
        assert somebody.get(page).status_code == expected


def test_public_reads_no_need_no_small_count_no_guess_and_no_raw_words(
    client: PageClient, session: Session, cast: Cast, topic: Topic, other: Topic, consultation: Consultation
) -> None:
    _plan, activities = make_plan(session)
    suggest(session, topic, activities[0])
    members = session.exec(select(Need)).all()
    session.add(TopicQuote(topic_id=topic.id, need_id=members[0].id, text="คำที่ยังไม่อนุมัติ"))
    session.add(
        TopicQuote(
            topic_id=topic.id, need_id=members[1].id, text="คำที่อนุมัติแล้ว", approved_by_id=cast.duangjai.id,
            approved_at=members[1].created_at,
        )
    )  # fmt: skip
    consultation.stage = Stage.SUMMARY_PUBLISHED
    session.flush()
    shown = client.read(f"/topics/{topic.id}").text()
    assert ("คำที่อนุมัติแล้ว" in shown, "คำที่ยังไม่อนุมัติ" in shown) == (True, False)
    assert (members[0].problem in shown, activities[0].title in shown, members[0].ref in shown) == (False, False, False)
    listed = client.read(f"/consultations/{consultation.id}/topics").text()
    assert ("น้อยกว่า 5 เรื่อง" in listed, "3 จาก 9" in listed, "6 จาก 9" in listed) == (True, False, False)
    officer = client.as_(cast.preecha).read(f"/consultations/{consultation.id}/topics").text()
    assert ("น้อยกว่า" in officer, "3 จาก 9" in officer) == (False, True)


def test_planner_asks_for_a_run_and_is_led_to_its_progress(
    planner: PageClient, session: Session, topic: Topic, consultation: Consultation
) -> None:
    answer = planner.submit(
        f"/consultations/{consultation.id}/topics", action=f"/consultations/{consultation.id}/analyse"
    )
    assert answer.headers["location"] == f"/jobs/{the_job(session).id}"
    assert "ดูความคืบหน้า" in planner.read(f"/consultations/{consultation.id}/topics").text()


def test_lists_ask_the_same_number_of_questions_for_one_row_and_for_three(
    planner: PageClient, session: Session, engine: Engine, consultation: Consultation, cast: Cast
) -> None:
    def statements(page: str) -> int:
        with count_queries(engine) as seen:
            planner.read(page)
        return len(seen)

    base = f"/consultations/{consultation.id}"
    pages = [f"{base}/topics", f"{base}/ungrouped", f"{base}/runs", f"{base}/links", f"{base}/responses"]
    pages += [f"/outcomes/{consultation.id}"]
    _plan, activities = make_plan(session)
    first = make_topic(session, add_needs(session, consultation, cast.somchai, 1))
    suggest(session, first, activities[0])
    for_one = [statements(page) for page in pages] + [statements(f"/topics/{first.id}")]
    for number in (1, 2):
        made = make_topic(session, add_needs(session, consultation, cast.malee, 2), f"ประเด็น {number}")
        suggest(session, made, activities[number])
    assert [statements(page) for page in pages] + [statements(f"/topics/{made.id}")] == for_one


def test_method_page_says_what_was_done_what_was_measured_and_where_it_errs(
    planner: PageClient, session: Session, consultation: Consultation
) -> None:
    page = f"/consultations/{consultation.id}/method"
    assert "รอบนี้ยังไม่เคยจัดกลุ่ม" in planner.read(page).text()
    report = {"embedder": "e5-small-q4", "stability": 0.91, "data_hash": "a1b2c3d4e5f60", "versions": {"numpy": "2.0"}}
    coverage = {"estimate": 0.58, "low": 0.47, "high": 0.68}
    report |= {"matching": {"activities": 88, "threshold": 0.2, "coverage": coverage}}
    run = TopicRun(consultation_id=consultation.id, need_count=12, topic_count=4, outlier_count=0, report=report)
    session.add(run)
    session.commit()
    said = planner.read(page).text()
    known = (
        "12 เรื่อง",
        "4 ประเด็น",
        "91%",
        "a1b2c3d4e5f6",
        "numpy 2.0",
        "58% (น่าจะอยู่ระหว่าง 47% ถึง 68%)",
        "0.91",
        "ข้อจำกัด",
    )
    assert [words for words in known if words not in said] == []


def test_estimate_of_what_the_plan_answers_is_not_for_the_public(
    client: PageClient, session: Session, consultation: Consultation
) -> None:
    coverage = {"estimate": 0.58, "low": 0.47, "high": 0.68}
    report = {"matching": {"activities": 88, "threshold": 0.2, "coverage": coverage}}
    session.add(TopicRun(consultation_id=consultation.id, need_count=12, topic_count=4, outlier_count=0, report=report))
    session.commit()
    page = f"/consultations/{consultation.id}/method"
    assert client.get(page).status_code == 404
    consultation.stage = Stage.SUMMARY_PUBLISHED
    session.add(consultation)
    session.commit()
    said = client.read(page).text()
    assert ("12 เรื่อง" in said, "58%" in said) == (True, False)
