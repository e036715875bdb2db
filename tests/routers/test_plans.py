"""Plans, their issues and their money, as each person meets them."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from app.models import (
    Activity,
    AuditEvent,
    DevelopmentIssue,
    FundingLine,
    FundingSource,
    Plan,
    PlanSector,
    Project,
    Stage,
)
from app.queries import plans as plan_queries
from tests.support.cast import OTHER_CLUSTER, Cast
from tests.support.client import PageClient
from tests.support.consultations import make_consultation
from tests.support.planning import make_plan
from tests.support.queries import count_queries

NEW = {
    "title": "แผนปฏิบัติราชการ 2572", "kind": "annual", "first_fiscal_year": "๒๕๗๒", "last_fiscal_year": "2572",
}  # fmt: skip


def titles(client: PageClient, url: str = "/plans") -> list[str]:
    page = client.read(url)
    return [heading.text() for heading in page.all("h2") if any(a.tag == "article" for a in heading.ancestors())]


def projects_on(client: PageClient, url: str) -> list[str]:
    return [link.text() for link in client.read(url).all("a") if link.get("href").startswith("/projects/")]


def make_large_plan(session: Session, projects: int, activities: int) -> Plan:
    plan, _activities = make_plan(session, (), title="แผนใหญ่")
    made = [Project(plan_id=plan.id, code=f"L{n}", title=f"โครงการที่ {n}") for n in range(projects)]
    session.add_all(made)
    session.flush()
    lines = [Activity(project_id=one.id, code=f"L{n}", title=f"รายการที่ {n}") for one in made for n in range(activities)]
    session.add_all(lines)
    session.flush()
    session.add_all(
        FundingLine(activity_id=one.id, source=FundingSource.CLUSTER, fiscal_year=2571, requested_satang=100)
        for one in lines
    )
    session.flush()
    return plan


@pytest.mark.parametrize("stage", [None, Stage.OPEN, Stage.SUMMARY_PUBLISHED])
def test_a_plan_is_public_when_its_round_is(
    client: PageClient, cast: Cast, session: Session, stage: Stage | None
) -> None:
    plan, _activities = make_plan(session)
    if stage:
        make_consultation(session, stage, plan_id=plan.id)
    is_public = stage is Stage.SUMMARY_PUBLISHED
    of_cluster = {"somchai", "malee", "wipha", "surachai", "preecha", "duangjai", "thana", "arun"}
    for name in ("public", "kamon", "nida", *sorted(of_cluster)):
        person = client.as_(getattr(cast, name))
        sees = is_public or name in of_cluster
        assert (name, titles(person)) == (name, [plan.title] if sees else [])
        assert person.get(f"/plans/{plan.id}").status_code == (200 if sees else 404)
        assert person.get(f"/projects/{plan.projects[0].id}").status_code == (200 if sees else 404)


def test_only_planners_of_the_cluster_change_a_plan(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    make_consultation(session, Stage.SUMMARY_PUBLISHED, plan_id=plan.id)
    for name in ("somchai", "wipha", "surachai", "preecha", "duangjai", "thana", "arun", "nida", "kamon"):
        person = client.as_(getattr(cast, name))
        allowed = 200 if name in ("preecha", "duangjai") else 403
        assert (name, person.get(f"/plans/{plan.id}/edit").status_code) == (name, allowed)
        assert person.get(f"/plans/{plan.id}/issues").status_code == allowed
        changed = person.post(f"/plans/{plan.id}/edit", data=NEW | {"title": f"ของ {name}"})
        assert (name, changed.status_code) == (name, 303 if allowed == 200 else 403)
    assert session.get_one(Plan, plan.id).title == "ของ duangjai"


def test_the_public_is_asked_to_sign_in_before_changing_anything(client: PageClient, session: Session) -> None:
    plan, _activities = make_plan(session)
    make_consultation(session, Stage.SUMMARY_PUBLISHED, plan_id=plan.id)
    assert client.get(f"/plans/{plan.id}/edit").headers["location"].startswith("/sign-in")


def test_a_planner_starts_a_plan_of_their_own_cluster(client: PageClient, cast: Cast, session: Session) -> None:
    made = client.as_(cast.kamon).submit("/plans/new", NEW)
    plan = session.exec(select(Plan)).one()
    assert made.headers["location"] == f"/plans/{plan.id}"
    assert (plan.cluster_code, plan.first_fiscal_year, plan.created_by_id) == (OTHER_CLUSTER, 2572, cast.kamon.id)
    assert session.exec(select(AuditEvent.act)).all() == ["plans.create"]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": ""}, "title"),
        ({"first_fiscal_year": "72"}, "first_fiscal_year"),
        ({"last_fiscal_year": "2571"}, "last_fiscal_year"),
        ({"last_fiscal_year": "2029"}, "last_fiscal_year"),
    ],
)
def test_a_plan_badly_described_is_asked_about(
    client: PageClient, cast: Cast, session: Session, typed: dict[str, str], field: str
) -> None:
    answer = client.as_(cast.preecha).submit("/plans/new", NEW | typed)
    assert (answer.status_code, f'id="f-{field}-error"' in answer.text) == (422, True)
    assert session.exec(select(Plan)).all() == []


def test_issues_are_numbered_and_their_projects_outlive_them(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    planner = client.as_(cast.preecha)
    for title in ("น้ำมั่นคง", "ตลาดดี"):
        planner.submit(f"/plans/{plan.id}/issues", {"title": title})
    first, second = session.exec(select(DevelopmentIssue).order_by(col(DevelopmentIssue.order))).all()
    assert [(one.order, one.title) for one in (first, second)] == [(1, "น้ำมั่นคง"), (2, "ตลาดดี")]
    plan.projects[0].issue_id = first.id
    planner.submit(f"/issues/{second.id}/edit", {"goal": "ขายได้ราคา"}, action=f"/issues/{second.id}/edit")
    assert session.get_one(DevelopmentIssue, second.id).goal == "ขายได้ราคา"
    assert "ประเด็นที่ 1 น้ำมั่นคง" in planner.get(f"/plans/{plan.id}").text
    planner.submit(f"/issues/{first.id}/edit", action=f"/issues/{first.id}/delete")
    assert session.exec(select(Project.issue_id)).one() is None


def test_the_money_of_a_plan_adds_up_whichever_way_it_is_told(session: Session) -> None:
    plan, activities = make_plan(session, (10, 60, 30))
    activities[0].project.sector = PlanSector.AGRICULTURE
    line = activities[1].funding_lines[0]
    line.source, line.approved_satang = FundingSource.LOCAL, 1
    session.flush()
    money = plan_queries.money(session, plan.id)
    assert (money.project_count, money.activity_count, money.satang) == (1, 3, 10_00 + 1 + 30_00)
    for shares in (money.by_source, money.by_sector, money.by_agency):
        assert sum(share.satang for share in shares) == money.satang
        assert sum(share.line_count for share in shares) == 3
    assert [(one.name, one.satang) for one in money.by_source] == [
        (FundingSource.CLUSTER, 40_00), (FundingSource.LOCAL, 1),
    ]  # fmt: skip


def test_projects_are_found_by_the_words_of_their_activities(client: PageClient, cast: Cast, session: Session) -> None:
    plan, activities = make_plan(session)
    session.add(Project(plan_id=plan.id, code="P2", title="ตลาดชุมชน", sector=PlanSector.TRADE))
    activities[0].title = "ขุดลอกคลอง 100% ของสาย"
    planner = client.as_(cast.preecha)
    url = f"/plans/{plan.id}"
    assert projects_on(planner, url) == ["น้ำและถนนของกลุ่มจังหวัด", "ตลาดชุมชน"]
    assert projects_on(planner, f"{url}?q=คลอง") == ["น้ำและถนนของกลุ่มจังหวัด"]
    assert projects_on(planner, f"{url}?q=100%25") == ["น้ำและถนนของกลุ่มจังหวัด"]
    assert projects_on(planner, f"{url}?sector=trade") == ["ตลาดชุมชน"]
    assert projects_on(planner, f"{url}?source=cluster") == ["น้ำและถนนของกลุ่มจังหวัด"]
    assert projects_on(planner, f"{url}?q=ไม่มี") == []


def test_projects_are_paged_by_issue_and_none_is_lost(
    client: PageClient, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_queries, "PROJECTS_PAGE", 2)
    plan, _activities = make_plan(session, ())
    issues = [DevelopmentIssue(plan_id=plan.id, order=order, title=f"ประเด็น {order}") for order in (1, 2)]
    session.add_all(issues)
    session.flush()
    for code, issue in (("b", issues[1]), ("a", issues[0]), ("c", None), ("d", issues[0])):
        session.add(Project(plan_id=plan.id, code=code, title=code, issue_id=issue.id if issue else None))
        session.flush()
    seen, url = [], f"/plans/{plan.id}"
    planner = client.as_(cast.preecha)
    while url:
        seen += projects_on(planner, url)
        url = next((link.get("href") for link in planner.read(url).all("a") if link.get("rel") == "next"), "")
    assert seen == ["a", "d", "b", "น้ำและถนนของกลุ่มจังหวัด", "c"]


def test_htmx_is_given_the_projects_alone(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    part = client.as_(cast.preecha).get(f"/plans/{plan.id}", headers={"hx-request": "true"}).text
    assert ('id="projects"' in part, "<html" in part) == (True, False)


def test_a_plan_costs_the_same_queries_however_large(
    client: PageClient, cast: Cast, session: Session, engine: Engine
) -> None:
    planner = client.as_(cast.preecha)
    counts: dict[str, list[int]] = {}
    for size in ((1, 1), (40, 5)):
        plan = make_large_plan(session, *size)
        for url in ("/plans", f"/plans/{plan.id}", f"/projects/{plan.projects[-1].id}"):
            with count_queries(engine) as queries:
                planner.get(url)
            counts.setdefault(url.split("/")[1] + str(url.count("/")), []).append(len(queries))
    assert {name: few == many for name, (few, many) in counts.items()} == dict.fromkeys(counts, True)


def test_invented_plans_say_so(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    plan.is_invented = True
    assert "แต่งขึ้น" in client.as_(cast.preecha).get(f"/plans/{plan.id}").text


def test_every_page_of_a_plan_looks_right(session: Session, cast: Cast, shots: Any) -> None:
    plan, activities = make_plan(session, (1_250_000, 60, 30))
    session.add(DevelopmentIssue(plan_id=plan.id, order=1, title="น้ำมั่นคง เกษตรปลอดภัย"))
    session.flush()
    project = activities[0].project
    for url, name in (
        ("/plans", "plans_index"),
        (f"/plans/{plan.id}", "plans_show"),
        ("/plans/new", "plans_new"),
        (f"/plans/{plan.id}/issues", "plans_issues"),
        (f"/projects/{project.id}", "projects_show"),
        (f"/projects/{project.id}/edit", "projects_edit"),
        (f"/activities/{activities[0].id}/edit", "projects_activity"),
        (f"/activities/{activities[0].id}/funding", "projects_funding"),
    ):
        shots(url, name, cast.preecha, dark=name == "plans_show")
