"""Projects, activities and their money, written by planners."""

import pytest
from sqlmodel import Session, select

from app.models import (
    Activity,
    AuditEvent,
    FundingLine,
    FundingSource,
    Organization,
    Project,
    Selection,
    Stage,
    ValueChainStage,
    WorkType,
)
from tests.support.cast import CHAIYO, Cast
from tests.support.client import PageClient
from tests.support.consultations import make_consultation
from tests.support.planning import make_plan


def test_a_project_gets_a_code_and_its_agency_is_known_next_time(
    client: PageClient, cast: Cast, session: Session
) -> None:
    plan, _activities = make_plan(session, ())
    planner = client.as_(cast.preecha)
    for title in ("ผ้าทอสู่สากล", "ตลาดน้ำ"):
        planner.submit(f"/plans/{plan.id}/projects/new", {"title": title, "lead": "สำนักงานพาณิชย์จังหวัดอ่างทอง"})
    made = session.exec(select(Project).where(Project.code != "P1")).all()
    assert [(one.code, one.title, one.selection) for one in made] == [
        ("P-02", "ผ้าทอสู่สากล", Selection.PENDING), ("P-03", "ตลาดน้ำ", Selection.PENDING),
    ]  # fmt: skip
    agency = session.exec(select(Organization).where(Organization.name_th == "สำนักงานพาณิชย์จังหวัดอ่างทอง")).one()
    assert {one.lead_organization_id for one in made} == {agency.id}


def test_two_projects_cannot_share_a_code(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    answer = client.as_(cast.preecha).submit(f"/plans/{plan.id}/projects/new", {"title": "ใหม่", "code": "P1"})
    assert (answer.status_code, "รหัสนี้มีโครงการอื่นใช้แล้ว" in answer.text) == (422, True)


def test_an_issue_of_another_plan_is_refused(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    data = {"title": "ใหม่", "issue_id": "99", "selection": "pending"}
    assert client.as_(cast.preecha).post(f"/plans/{plan.id}/projects", data=data).status_code == 422


def test_editing_a_project_keeps_what_it_was_in_the_audit(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session)
    project = plan.projects[0]
    client.as_(cast.preecha).submit(f"/projects/{project.id}/edit", {"selection": "Y1", "sector": "environment"})
    assert session.get_one(Project, project.id).selection is Selection.Y1
    event = session.exec(select(AuditEvent).where(AuditEvent.act == "projects.update")).one()
    assert event.detail == {"changed": {"sector": [None, "environment"], "selection": ["pending", "Y1"]}}


def test_an_activity_says_what_and_where(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session, ())
    project = plan.projects[0]
    made = client.as_(cast.preecha).submit(
        f"/projects/{project.id}/activities/new",
        {"title": "ขุดลอกคลองชลประทาน", "area_code_query": "อ.ไชโย จ.อ่างทอง", "work_type": "water",
         "product": "ข้าว", "value_chain_stage": "upstream"},
    )  # fmt: skip
    activity = session.exec(select(Activity)).one()
    assert made.headers["location"] == f"/activities/{activity.id}/funding"
    assert (activity.code, activity.area_code, activity.work_type, activity.value_chain_stage) == (
        "A-01", CHAIYO, WorkType.WATER, ValueChainStage.PRODUCTION,
    )  # fmt: skip


def test_an_unclear_place_is_asked_about_and_nothing_is_lost(client: PageClient, cast: Cast, session: Session) -> None:
    plan, _activities = make_plan(session, ())
    answer = client.as_(cast.preecha).submit(
        f"/projects/{plan.projects[0].id}/activities/new", {"title": "ขุดลอก", "area_code_query": "ท่าช้าง"}
    )
    assert (answer.status_code, "ขุดลอก" in answer.text) == (422, True)
    assert answer.text.count("ต.ท่าช้าง") > 1
    assert session.exec(select(Activity)).all() == []


def test_money_typed_in_baht_is_kept_in_satang(client: PageClient, cast: Cast, session: Session) -> None:
    _plan, activities = make_plan(session, (10,))
    url = f"/activities/{activities[0].id}/funding"
    planner = client.as_(cast.preecha)
    saved = planner.submit(
        url,
        {"requested-0": "๑,๒๕๐,๐๐๐.๕๐", "approved-0": "1.2 ล้าน", "organization-0": "กรมชลประทาน",
         "source-1": "local", "requested-1": "300"},
    )  # fmt: skip
    assert saved.headers["location"] == f"/projects/{activities[0].project_id}#activity-{activities[0].id}"
    lines = session.exec(select(FundingLine)).all()
    assert [(one.source, one.fiscal_year, one.requested_satang, one.approved_satang, one.satang) for one in lines] == [
        (FundingSource.CLUSTER, 2571, 125_000_050, 120_000_000, 120_000_000),
        (FundingSource.LOCAL, 2571, 30_000, None, 30_000),
    ]
    assert "1,250,000.50" in planner.get(url).text
    planner.submit(url, {"remove-0": "true"})
    assert [one.source for one in session.exec(select(FundingLine))] == [FundingSource.LOCAL]
    assert len(session.exec(select(AuditEvent).where(AuditEvent.act == "projects.set_funding")).all()) == 2


@pytest.mark.parametrize("typed", ["1,5", "-5", "ห้าร้อย", "10.005", "9" * 20])
def test_money_that_cannot_be_read_is_asked_about(client: PageClient, cast: Cast, session: Session, typed: str) -> None:
    _plan, activities = make_plan(session, (10,))
    answer = client.as_(cast.preecha).submit(f"/activities/{activities[0].id}/funding", {"requested-0": typed})
    assert (answer.status_code, 'id="f-requested-0-error"' in answer.text, typed in answer.text) == (422, True, True)
    assert session.exec(select(FundingLine.requested_satang)).one() == 1000


def test_only_planners_of_the_cluster_write_projects(client: PageClient, cast: Cast, session: Session) -> None:
    plan, activities = make_plan(session)
    make_consultation(session, Stage.SUMMARY_PUBLISHED, plan_id=plan.id)
    project, activity = plan.projects[0], activities[0]
    for name in ("somchai", "thana", "kamon", "arun"):
        person = client.as_(getattr(cast, name))
        for url in (
            f"/plans/{plan.id}/projects/new", f"/projects/{project.id}/edit", f"/projects/{project.id}/activities/new",
            f"/activities/{activity.id}/edit", f"/activities/{activity.id}/funding",
        ):  # fmt: skip
            assert (name, url, person.get(url).status_code) == (name, url, 403)
        assert person.post(f"/activities/{activity.id}/funding", data={"count": "0"}).status_code == 403
    assert len(session.exec(select(FundingLine)).all()) == 3
