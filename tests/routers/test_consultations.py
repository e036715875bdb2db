"""Rounds of listening, as each person meets them."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.i18n import today
from app.models import AuditEvent, Consultation, Need, NeedStatus, Plan, PlanKind, Stage
from tests.support.cast import CLUSTER, OTHER_CLUSTER, Cast
from tests.support.client import PageClient
from tests.support.consultations import make_consultation
from tests.support.queries import count_queries

DESCRIBED = {
    "title_th": "รับฟังความต้องการ ปีงบประมาณ 2572",
    "purpose_th": "เพื่อจัดทำแผนปีถัดไป",
    "participation_level": "consult",
    "announce_on": "1/12/2569",
    "open_on": "16/12/2569",
    "close_on": "๑๕-๑-๒๕๗๐",
}


def titles(client: PageClient, url: str = "/consultations") -> list[str]:
    page = client.read(url)
    return [heading.text() for heading in page.all("h2") if any(a.tag == "article" for a in heading.ancestors())]


def test_draft_is_known_only_to_the_planners_of_its_cluster(client: PageClient, cast: Cast, session: Session) -> None:
    draft = make_consultation(session, Stage.DRAFT)
    may_see = {"preecha", "duangjai"}
    for name in ("public", "somchai", "wipha", "surachai", "preecha", "duangjai", "thana", "arun", "nida", "kamon"):
        person = client.as_(getattr(cast, name))
        assert (name, titles(person)) == (name, [draft.title_th] if name in may_see else [])
        assert person.get(f"/consultations/{draft.id}").status_code == (200 if name in may_see else 404)


def test_open_rounds_come_first(client: PageClient, cast: Cast, session: Session) -> None:
    stages = (Stage.ARCHIVED, Stage.DRAFT, Stage.RESPONDED, Stage.CLOSED, Stage.OPEN, Stage.ANNOUNCED)
    for stage in stages:
        make_consultation(session, stage, title_th=str(stage))
    later = make_consultation(session, Stage.OPEN, title_th="open later", open_on=today() - timedelta(days=1))
    expected = [later.title_th, "open", "announced", "closed", "responded", "draft", "archived"]
    assert titles(client.as_(cast.preecha)) == expected


def test_list_is_of_one_cluster_when_asked(client: PageClient, session: Session) -> None:
    make_consultation(session, title_th="ของเรา")
    make_consultation(session, title_th="ของเขา", cluster_code=OTHER_CLUSTER)
    assert titles(client, f"/consultations?cluster={OTHER_CLUSTER}") == ["ของเขา"]


def test_list_is_paged_and_loses_nothing(client: PageClient, session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.queries.consultations.PAGE", 3)
    stages = [Stage.OPEN, Stage.ANNOUNCED, Stage.CLOSED, Stage.ARCHIVED]
    made = [
        make_consultation(
            session, stages[number % 4], title_th=f"รอบ {number}", open_on=today() - timedelta(days=number % 3)
        ).title_th
        for number in range(10)
    ]
    found, url = [], "/consultations"
    while url:
        page = client.read(url)
        found += titles(client, url)
        url = next((link.get("href") for link in page.all("a") if link.get("rel") == "next"), "")
    assert len(found) == 10
    assert set(found) == set(made)


def test_list_asks_as_often_for_three_as_for_one(client: PageClient, engine: Engine, session: Session) -> None:
    seen = []
    for more in (1, 2):
        for _ in range(more):
            make_consultation(session)
        session.commit()
        with count_queries(engine) as statements:
            client.get("/consultations")
        seen.append(len(statements))
    assert seen == [3, 3]  # the rounds, what each received, the clusters to choose from


def test_planner_describes_a_round(client: PageClient, cast: Cast, session: Session) -> None:
    preecha = client.as_(cast.preecha)
    made = preecha.submit("/consultations/new", {**DESCRIBED, "channels": ["website", "radio"]})
    assert made.status_code == 303, made.text
    found = session.exec(select(Consultation)).one()
    assert (found.cluster_code, found.stage, found.created_by_id) == (CLUSTER, Stage.DRAFT, cast.preecha.id)
    assert (found.announce_on, found.open_on, found.close_on) == (
        date(2026, 12, 1),
        date(2026, 12, 16),
        date(2027, 1, 15),
    )
    assert found.channels == ["website", "radio"]
    event = session.exec(select(AuditEvent).where(AuditEvent.act == "consultations.create")).one()
    assert (event.actor_id, event.subject) == (cast.preecha.id, f"consultation:{found.id}")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"open_on": "15/12/2569"}, "short_notice_reason"),
        ({"open_on": "30/11/2569"}, "open_on"),
        ({"close_on": "15/12/2569"}, "close_on"),
        ({"close_on": "31/2/2570"}, "close_on"),
        ({"title_th": ""}, "title_th"),
        ({"purpose_th": "ก" * 4001}, "purpose_th"),
    ],
)
def test_mistake_is_shown_beside_its_field(client: PageClient, cast: Cast, values: dict[str, str], field: str) -> None:
    refused = client.as_(cast.preecha).submit("/consultations/new", {**DESCRIBED, **values})
    assert refused.status_code == 422
    assert f'href="#f-{field}"' in refused.text
    assert f'id="f-{field}-error"' in refused.text


def test_plan_of_another_cluster_is_refused(client: PageClient, cast: Cast, session: Session) -> None:
    years = {"first_fiscal_year": 2571, "last_fiscal_year": 2575}
    plan = Plan(title="แผนของเขา", cluster_code=OTHER_CLUSTER, kind=next(iter(PlanKind)), **years)
    session.add(plan)
    session.commit()
    refused = client.as_(cast.preecha).post("/consultations", data={**DESCRIBED, "plan_id": str(plan.id)})
    assert refused.status_code == 422


@pytest.mark.parametrize("name", ["somchai", "wipha", "surachai", "thana", "arun", "nida"])
def test_others_describe_no_round(client: PageClient, cast: Cast, name: str) -> None:
    person = client.as_(getattr(cast, name))
    assert person.get("/consultations/new").status_code == 403
    assert person.post("/consultations", data=DESCRIBED).status_code == 403


def test_planner_of_another_cluster_changes_nothing(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session, Stage.ANALYSING)
    kamon = client.as_(cast.kamon)
    assert kamon.get(f"/consultations/{made.id}/edit").status_code == 403
    assert kamon.post(f"/consultations/{made.id}/edit", data=DESCRIBED).status_code == 403
    assert kamon.post(f"/consultations/{made.id}/advance").status_code == 403


def test_short_notice_and_its_reason_are_public(client: PageClient, session: Session) -> None:
    facts = {"announce_on": today() - timedelta(days=8), "short_notice_reason": "น้ำท่วมทำให้ต้องเลื่อน"}
    made = make_consultation(session, **facts)
    text = client.read(f"/consultations/{made.id}").text()
    assert "ประกาศก่อน 3 วัน ไม่ถึงกำหนด" in text
    assert "น้ำท่วมทำให้ต้องเลื่อน" in text


@pytest.mark.parametrize(
    ("closed_days_ago", "words"),
    [(-3, "เหลืออีก 18 วัน"), (5, "เหลืออีก 10 วัน"), (15, "ครบกำหนดวันนี้"), (20, "เลยกำหนดมาแล้ว 5 วัน")],
)
def test_summary_clock_counts_from_closing(
    client: PageClient, session: Session, closed_days_ago: int, words: str
) -> None:
    closes = today() - timedelta(days=closed_days_ago)
    made = make_consultation(
        session,
        Stage.CLOSED,
        open_on=closes - timedelta(days=30),
        announce_on=closes - timedelta(days=50),
        close_on=closes,
    )
    assert words in client.read(f"/consultations/{made.id}").text()


def test_edit_keeps_what_people_were_told(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    before = (made.announce_on, made.open_on)
    preecha = client.as_(cast.preecha)
    shown = preecha.read(f"/consultations/{made.id}/edit")
    assert [e.get("type") for e in shown.all("input") if e.get("name") == "open_on"] == ["hidden"]
    forged = {**DESCRIBED, "announce_on": "1/1/2569", "open_on": "1/2/2569"}
    assert preecha.post(f"/consultations/{made.id}/edit", data=forged).status_code == 303
    found = session.get_one(Consultation, made.id)
    assert (found.announce_on, found.open_on) == before
    assert found.close_on == date(2027, 1, 15)
    event = session.exec(select(AuditEvent).where(AuditEvent.act == "consultations.update")).one()
    assert event.detail["changed"]["close_on"] == [(today() + timedelta(days=25)).isoformat(), "2027-01-15"]


def test_closing_day_is_not_moved_into_the_past(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    past = (today() - timedelta(days=1)).strftime("%d/%m/%Y")
    refused = client.as_(cast.preecha).submit(f"/consultations/{made.id}/edit", {"close_on": past})
    assert refused.status_code == 422


def test_planner_moves_a_round_on_and_the_page_says_so(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session, close_on=today())
    preecha = client.as_(cast.preecha)
    page = f"/consultations/{made.id}"
    assert preecha.submit(page, action=f"{page}/advance").headers["location"] == page
    assert "ขั้นตอนของรอบนี้: ปิดรับแล้ว" in preecha.read(page).text()
    assert session.get_one(Consultation, made.id).stage is Stage.CLOSED


def test_obstacle_is_told_instead_of_a_button(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    preecha = client.as_(cast.preecha)
    page = preecha.read(f"/consultations/{made.id}")
    assert "ถ้าต้องปิดก่อน ให้แก้วันปิดรับก่อน" in page.text()
    assert not any(form.get("action").endswith("/advance") for form in page.all("form"))
    assert preecha.post(f"/consultations/{made.id}/advance").status_code == 409


def test_only_the_head_publishes_the_summary(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session, Stage.ANALYSING)
    answers = {
        name: client.as_(getattr(cast, name)).post(f"/consultations/{made.id}/advance").status_code
        for name in ("preecha", "duangjai")
    }
    assert answers == {"preecha": 403, "duangjai": 409}  # the head may, but there are no topics to publish


def make_needs(session: Session, consultation: Consultation, author: Any, *statuses: NeedStatus) -> None:
    for number, status in enumerate(statuses):
        session.add(
            Need(
                ref=f"{author.username[:3]}{number}{status[:3]}",
                consultation_id=consultation.id,
                status=status,
                problem="น้ำไม่ไหล",
                area_code=author.area_code,
                author_id=author.id,
            )
        )
    session.commit()


def test_each_person_counts_only_the_needs_they_may_read(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    make_needs(session, made, cast.somchai, NeedStatus.DRAFT, NeedStatus.SUBMITTED, NeedStatus.SUBMITTED)
    make_needs(session, made, cast.malee, NeedStatus.SUBMITTED, NeedStatus.ACCEPTED)

    def counts(name: str) -> list[str]:
        page = client.as_(getattr(cast, name)).read(f"/consultations/{made.id}")
        return [" ".join(row.text().split()) for row in page.all("tr") if any(c.tag == "td" for c in row.walk())]

    assert counts("public") == []
    assert counts("somchai") == ["ร่าง 1", "รอรับเรื่อง 2"]
    assert counts("malee") == ["รอรับเรื่อง 1", "ผ่านการตรวจสอบ 1"]
    assert counts("wipha") == ["รอรับเรื่อง 2"]
    assert counts("preecha") == ["รอรับเรื่อง 3", "ผ่านการตรวจสอบ 1"]
    assert counts("kamon") == []


def test_small_number_is_not_told_to_the_public(client: PageClient, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    make_needs(session, made, cast.somchai, NeedStatus.SUBMITTED, NeedStatus.ACCEPTED)
    assert "น้อยกว่า 5 เรื่อง" in client.read(f"/consultations/{made.id}").text()
    assert "น้อยกว่า 5 เรื่อง" in client.read("/consultations").text()


def test_unknown_round_is_not_found(client: PageClient) -> None:
    assert client.get("/consultations/999").status_code == 404
    assert client.get("/consultations/abc").status_code == 404


def test_pages_are_looked_at(shots: Any, cast: Cast, session: Session) -> None:
    made = make_consultation(session)
    make_consultation(session, Stage.DRAFT, title_th="ร่างรอบถัดไป", title_en="Draft of the next round")
    shots("/consultations", "consultations_index", cast.preecha)
    shots(f"/consultations/{made.id}", "consultations_show", cast.preecha)
    shots(f"/consultations/{made.id}/edit", "consultations_edit", cast.preecha, dark=False)
