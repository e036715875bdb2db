"""The queue of links: evidence beside both ends, decided in place."""

import pytest
from sqlmodel import Session

from app.models import Activity, Consultation, DemandLink, LinkStatus, Need, Strength, Topic
from app.services import links, topics
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, suggest

HTMX = {"hx-request": "true"}


@pytest.fixture
def activities(session: Session) -> list[Activity]:
    return make_plan(session)[1]


@pytest.fixture
def consultation(session: Session, activities: list[Activity]) -> Consultation:
    return analysing_round(session, activities[0].project.plan)


@pytest.fixture
def topic(session: Session, consultation: Consultation, cast: Cast) -> Topic:
    return make_topic(session, add_needs(session, consultation, cast.somchai, 3))


@pytest.fixture
def link(session: Session, topic: Topic, activities: list[Activity]) -> DemandLink:
    return suggest(session, topic, activities[0])


@pytest.fixture
def planner(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.preecha)


def test_queue_shows_both_ends_and_the_evidence_the_likeliest_first(
    planner: PageClient, session: Session, topic: Topic, link: DemandLink, activities: list[Activity]
) -> None:
    suggest(session, topic, activities[1], probability=0.9)
    page = planner.read(f"/consultations/{link.consultation_id}/links")
    assert [one.text() for one in page.all("h3")][:2] == [activities[1].title, activities[0].title]
    assert ("พูดถึงคลองเดียวกัน" in page.text(), "2 จาก 3 เรื่อง" in page.text()) == (True, True)


def test_links_of_single_needs_come_after_those_of_topics(
    planner: PageClient, session: Session, topic: Topic, link: DemandLink, activities: list[Activity]
) -> None:
    need_id = topics.member_ids(session, topic)[0]
    key = links.key_of(need_id=need_id, activity_id=activities[1].id)
    suggest(session, topic, activities[1], key=key, topic_id=None, need_id=need_id, probability=0.99, evidence={})
    page = planner.read(f"/consultations/{link.consultation_id}/links")
    assert [one.text() for one in page.all("h3")] == [activities[0].title, activities[1].title]
    [of_need] = [one for one in page.all("a") if one.get("href").startswith("/needs/")]
    assert of_need.text() == session.get_one(Need, need_id).problem


def test_queue_may_begin_with_what_the_system_doubts_most(
    planner: PageClient, session: Session, topic: Topic, activities: list[Activity]
) -> None:
    for activity, probability in zip(activities, (0.95, 0.55, 0.2), strict=False):
        suggest(session, topic, activity, probability=probability)
    page = planner.read(f"/consultations/{topic.consultation_id}/links?order=doubtful")
    assert [one.text() for one in page.all("h3")] == [activities[at].title for at in (1, 2, 0)]


def test_confirming_swaps_the_one_card(planner: PageClient, session: Session, link: DemandLink) -> None:
    posted = {"strength": "0.25", "reason": "ช่วยปลายคลอง"}
    answer = planner.post(f"/links/{link.id}/confirm", data=posted, headers=HTMX)
    assert (answer.status_code, "<html" in answer.text, "ช่วยปลายคลอง" in answer.text) == (200, False, True)
    decided = session.get_one(DemandLink, link.id)
    assert (decided.status, decided.strength) == (LinkStatus.CONFIRMED, Strength.INDIRECT)


def test_without_script_one_is_led_back_to_the_queue(planner: PageClient, session: Session, link: DemandLink) -> None:
    answer = planner.post(f"/links/{link.id}/reject", data={"reason": "คนละคลอง"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/consultations/{link.consultation_id}/links")
    assert session.get_one(DemandLink, link.id).status is LinkStatus.REJECTED


def test_confirming_without_a_reason_is_shown_again(planner: PageClient, session: Session, link: DemandLink) -> None:
    assert planner.post(f"/links/{link.id}/confirm", data={"strength": "1"}).status_code == 422
    assert session.get_one(DemandLink, link.id).status is LinkStatus.SUGGESTED


def test_link_is_made_by_hand_after_finding_its_activity(
    planner: PageClient, session: Session, topic: Topic, activities: list[Activity]
) -> None:
    page = f"/consultations/{topic.consultation_id}/links/new?topic={topic.id}&q=กิจกรรม"
    filled = {"target": f"activity:{activities[2].id}", "strength": "1", "reason": "คลองเดียวกัน"}
    answer = planner.submit(page, filled, action=f"/consultations/{topic.consultation_id}/links")
    assert answer.headers["location"] == f"/topics/{topic.id}"
    assert activities[2].title in planner.read(f"/topics/{topic.id}").text()


@pytest.mark.parametrize(
    ("name", "expected"),
    [(None, {303}), ("somchai", {403, 404}), ("wipha", {403, 404}), ("arun", {403, 404}), ("kamon", {403, 404})],
)
def test_nobody_else_judges_links(
    client: PageClient, cast: Cast, link: DemandLink, name: str | None, expected: set[int]
) -> None:
    somebody = client.as_(getattr(cast, name) if name else None)
    answers = {
        somebody.get(f"/consultations/{link.consultation_id}/links").status_code,
        somebody.get(f"/links/{link.id}").status_code,
        somebody.post(f"/links/{link.id}/confirm", data={"strength": "1", "reason": "ตรงกัน"}).status_code,
        somebody.post(f"/links/{link.id}/reject", data={}).status_code,
        somebody.post(f"/consultations/{link.consultation_id}/links", data={}).status_code,
    }
    assert answers == expected


def test_many_links_come_a_page_at_a_time(
    planner: PageClient, session: Session, consultation: Consultation, activities: list[Activity], cast: Cast
) -> None:
    for number, need in enumerate(add_needs(session, consultation, None, 31)):
        suggest(session, make_topic(session, [need], f"ประเด็น {number}"), activities[0], probability=0.5)
    for order in ("likely", "doubtful"):
        first = planner.read(f"/consultations/{consultation.id}/links?order={order}")
        [more] = [a.get("href") for a in first.all("a") if a.get("rel") == "next"]
        second = planner.read(more)
        assert [len(page.all("article")) for page in (first, second)] == [30, 1]
