"""The first page: what waits for each person, whatever their role."""

import pytest
from sqlmodel import Session

from app.models import NeedStatus
from app.services import needs
from tests.support.cast import CLUSTER, Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round
from tests.support.planning import make_plan

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)


def tasks(client: PageClient) -> list[str]:
    return [link.get("href") for link in client.read("/").all("a") if link.get("href").startswith("/")]


def test_sender_who_was_asked_finds_the_question(client: PageClient, session: Session, cast: Cast) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    somchai = client.as_(cast.somchai)
    assert "/needs?mine=1&status=returned" not in tasks(somchai)
    needs.return_for_detail(session, need, cast.wipha, "กี่ครัวเรือน")
    assert "/needs?mine=1&status=returned" in tasks(somchai)


def test_officer_finds_what_must_not_wait_first(client: PageClient, session: Session, cast: Cast) -> None:
    consultation = open_round(session)
    make_need(session, cast.somchai, consultation, "ไฟไหม้ท้ายหมู่ตอนนี้ ขอรถดับเพลิง")
    found = tasks(client.as_(cast.wipha))
    assert found.index("/verification?flagged=1") < found.index("/verification", found.index("/verification?flagged=1"))
    assert "/verification?flagged=1" not in tasks(client.as_(cast.kamon))


def test_executive_is_led_to_how_far_the_plan_answers(client: PageClient, session: Session, cast: Cast) -> None:
    plan, _activities = make_plan(session)
    need = make_need(session, cast.somchai, open_round(session, plan_id=plan.id, cluster_code=CLUSTER))
    arun = client.as_(cast.arun)
    assert f"/plans/{plan.id}/alignment" not in tasks(arun)
    need.status = NeedStatus.ACCEPTED
    assert f"/plans/{plan.id}/alignment" in tasks(arun)


def test_administrator_is_led_to_people_and_what_they_did(client: PageClient, cast: Cast) -> None:
    assert "บัญชีที่ใช้งานอยู่" in client.as_(cast.nida).read("/").text()
