"""The page of a job: a bar that moves, a button that stops it, and what came of it."""

import pytest
from sqlmodel import Session

from app import jobs
from app.jobs import Job, JobStatus
from app.models import Consultation
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.planning import analysing_round

HTMX = {"hx-request": "true"}


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return analysing_round(session)


@pytest.fixture
def job(session: Session, cast: Cast, consultation: Consultation) -> Job:
    return jobs.enqueue(
        session,
        "analyse",
        {"consultation_id": consultation.id},
        created_by_id=cast.preecha.id,
        subject="consultation:1",
    )


@pytest.fixture
def planner(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.preecha)


def test_bar_moves_and_its_words_are_of_the_reader(planner: PageClient, session: Session, job: Job) -> None:
    job.status, job.progress, job.step = JobStatus.RUNNING, 0.4, "เทียบกับกิจกรรมในแผน"
    fragment = planner.read(f"/jobs/{job.id}", headers=HTMX)
    [bar] = fragment.all("progress")
    assert (bar.get("value"), bar.get("max"), fragment.all("h1")) == ("40", "100", [])
    assert fragment.all("section")[0].get("hx-get") == f"/jobs/{job.id}"
    assert "เทียบกับกิจกรรมในแผน" in fragment.text()
    assert "Comparing with the plan's activities" in planner.read(f"/jobs/{job.id}?lang=en").text()


def test_finished_job_leads_to_its_result_and_asks_no_more(planner: PageClient, job: Job) -> None:
    job.status = JobStatus.DONE
    page = planner.read(f"/jobs/{job.id}")
    assert f"/consultations/{job.params['consultation_id']}/topics" in [a.get("href") for a in page.all("a")]
    assert [e for e in page.all("section") if e.get("hx-get")] == []


def test_failure_says_what_went_wrong_and_can_be_tried_again(planner: PageClient, session: Session, job: Job) -> None:
    job.status, job.error = JobStatus.FAILED, "รอบนี้ยังไม่มีเรื่องที่ผ่านการตรวจสอบ จึงยังจัดกลุ่มไม่ได้"
    page = planner.read(f"/jobs/{job.id}?lang=en")
    assert "nothing to group" in page.text()
    again = planner.submit(f"/jobs/{job.id}", action=f"/consultations/{job.params['consultation_id']}/analyse")
    assert again.headers["location"] != f"/jobs/{job.id}"


def test_job_is_stopped_by_the_one_who_asked(planner: PageClient, session: Session, job: Job) -> None:
    assert planner.submit(f"/jobs/{job.id}", action=f"/jobs/{job.id}/cancel").headers["location"] == f"/jobs/{job.id}"
    assert session.get_one(Job, job.id).status is JobStatus.CANCELLED


@pytest.mark.parametrize(("name", "expected"), [(None, 303), ("duangjai", 404), ("somchai", 404), ("nida", 404)])
def test_job_is_its_askers_alone(client: PageClient, cast: Cast, job: Job, name: str | None, expected: int) -> None:
    somebody = client.as_(getattr(cast, name) if name else None)
    assert somebody.get(f"/jobs/{job.id}").status_code == expected
    assert somebody.post(f"/jobs/{job.id}/cancel").status_code == expected
