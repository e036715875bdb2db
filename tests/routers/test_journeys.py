"""Each sender sees where a need stands, who has it, what is asked of them, the answer, and the work it led to."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from app.exceptions import InvalidInput, NotAllowed
from app.i18n import today
from app.models import (
    Activity,
    Consultation,
    Decision,
    LinkStatus,
    Need,
    NeedAct,
    NeedStatus,
    Notice,
    Plan,
    Progress,
    Project,
    Response,
    Topic,
)
from app.queries import journeys
from app.services import needs, projects, responses
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.needs import make_need, open_round
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, suggest


@pytest.fixture
def somchai(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.somchai)


@pytest.fixture
def planned(session: Session) -> tuple[Plan, list[Activity]]:
    return make_plan(session, [10_000, 60_000])


@pytest.fixture
def consultation(session: Session, planned: tuple[Plan, list[Activity]]) -> Consultation:
    return analysing_round(session, planned[0])


@pytest.fixture
def mine(session: Session, consultation: Consultation, cast: Cast) -> Need:
    return add_needs(session, consultation, cast.somchai, 1)[0]


@pytest.fixture
def topic(session: Session, consultation: Consultation, cast: Cast, mine: Need) -> Topic:
    return make_topic(session, [mine, *add_needs(session, consultation, cast.malee, 1)])


@pytest.fixture
def project(planned: tuple[Plan, list[Activity]]) -> Project:
    return planned[1][0].project


def publish(
    session: Session, cast: Cast, topic: Topic, project: Project | None, decision: Decision = Decision.INCLUDED
) -> Response:
    answer = responses.draft(
        session, topic, by=cast.preecha, decision=decision, reason="ขุดลอกได้ในปีหน้า", next_step="สำรวจคลอง",
        project=project, owner=cast.thana.organization,
    )  # fmt: skip
    responses.publish(session, answer, by=cast.duangjai)
    return answer


def steps_of(somchai: PageClient, need: Need) -> list[str]:
    page = somchai.read(f"/needs/{need.ref}")
    return [
        f"{one.get('class').removeprefix('journey-')} {next(part for part in one.walk() if part.tag == 'b').text()}"
        for one in page.all("li")
        if one.get("class").startswith("journey-")
    ]


# Where it stands and who has it


def test_stepper_says_what_is_behind_and_what_is_ahead(session: Session, cast: Cast, somchai: PageClient) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    assert steps_of(somchai, need) == [
        "done ส่งถึงแล้ว", "now อำเภอตรวจ", "next รวมกับเรื่องคล้ายกัน", "next กลุ่มจังหวัดพิจารณา", "next ได้คำตอบ",
    ]  # fmt: skip
    needs.certify(session, need, cast.wipha)
    assert steps_of(somchai, need)[1:3] == ["done อำเภอตรวจ", "now รวมกับเรื่องคล้ายกัน"]


def test_sender_reads_which_office_has_the_need_and_since_when(
    session: Session, cast: Cast, somchai: PageClient
) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    for page in (f"/needs/{need.ref}", "/needs?mine=1"):
        assert "อยู่ที่อำเภอไชโย ตั้งแต่" in somchai.read(page).text()
    needs.return_for_detail(session, need, cast.wipha, "กี่ครัวเรือน")
    assert "รอคุณ ตั้งแต่" in somchai.read(f"/needs/{need.ref}").text()
    needs.add_detail(session, need, cast.somchai, "40 ครัวเรือน")
    needs.certify(session, need, cast.wipha)
    assert "อยู่ที่กลุ่มงานบริหารยุทธศาสตร์กลุ่มจังหวัด (OSM) ตั้งแต่" in somchai.read(f"/needs/{need.ref}").text()


def test_question_that_waits_for_the_sender_stands_above_the_list(
    session: Session, cast: Cast, somchai: PageClient
) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    assert "รอคุณตอบ" not in somchai.read("/needs?mine=1").text()
    needs.return_for_detail(session, need, cast.wipha, "กี่ครัวเรือน")
    assert "มี 1 เรื่องที่เจ้าหน้าที่ถามกลับมา รอคุณตอบ" in somchai.read("/needs?mine=1").text()


def test_need_that_ended_has_no_step_ahead(session: Session, cast: Cast, somchai: PageClient) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    needs.withdraw(session, need, cast.somchai)
    assert steps_of(somchai, need) == ["done ส่งถึงแล้ว", "ended ถอนเรื่องแล้ว"]
    assert "อยู่ที่อำเภอ" not in somchai.read(f"/needs/{need.ref}").text()


def test_officers_and_agencies_read_no_stepper_of_the_sender(session: Session, cast: Cast, client: PageClient) -> None:
    need = make_need(session, cast.somchai, open_round(session))
    assert "ถึงขั้นไหนแล้ว" not in client.as_(cast.wipha).read(f"/needs/{need.ref}").text()


def test_agency_has_no_tabs_that_lead_nowhere(client: PageClient, cast: Cast) -> None:
    assert "มุมมองของรายการ" in str(client.as_(cast.wipha).get("/needs").text)
    assert "มุมมองของรายการ" not in str(client.as_(cast.thana).get("/needs").text)


# The work it led to


def test_sender_sees_the_project_its_money_and_how_it_goes(
    session: Session,
    cast: Cast,
    somchai: PageClient,
    topic: Topic,
    project: Project,
    planned: tuple[Plan, list[Activity]],
    mine: Need,
) -> None:
    suggest(session, topic, planned[1][1], status=LinkStatus.CONFIRMED)
    assert "โครงการที่ตอบเรื่องนี้" not in somchai.read(f"/needs/{mine.ref}").text()
    publish(session, cast, topic, project)
    page = somchai.read(f"/needs/{mine.ref}").text()
    for told in (project.title, "กิจกรรมที่ 2", "60,000", "2571", "รอพิจารณา", "ยังไม่มีรายงานว่างานถึงไหน"):
        assert told in page
    assert "กิจกรรมที่ 1" not in page
    projects.report_progress(session, project, by=cast.preecha, progress=Progress.UNDERWAY, note="เริ่มขุดแล้ว")
    page = somchai.read(f"/needs/{mine.ref}").text()
    assert ("กำลังทำ" in page, "เริ่มขุดแล้ว" in page) == (True, True)
    assert steps_of(somchai, mine)[-2:] == ["done ได้คำตอบ", "now ทำงานตามโครงการ"]


def test_answer_that_says_no_shows_no_project(
    session: Session, cast: Cast, somchai: PageClient, topic: Topic, planned: tuple[Plan, list[Activity]], mine: Need
) -> None:
    suggest(session, topic, planned[1][1], status=LinkStatus.CONFIRMED)
    publish(session, cast, topic, None, Decision.DEFERRED)
    assert "โครงการที่ตอบเรื่องนี้" not in somchai.read(f"/needs/{mine.ref}").text()


def test_every_sender_is_told_once_when_the_work_moves(
    session: Session, cast: Cast, topic: Topic, project: Project, mine: Need
) -> None:
    publish(session, cast, topic, project)
    said = {"progress": Progress.FUNDED, "note": "ได้งบแล้ว"}
    assert projects.report_progress(session, project, by=cast.preecha, **said) == 2
    assert projects.report_progress(session, project, by=cast.preecha, **said) == 0
    news = session.exec(select(Notice).where(Notice.kind == NeedAct.PROGRESS.value)).all()
    assert sorted(one.user_id for one in news) == sorted([cast.somchai.id, cast.malee.id])
    assert mine.events[-1].note == f"{project.title}\nได้งบแล้ว"
    assert (mine.status, mine.events[-1].act) == (NeedStatus.ANSWERED, "progress")


def test_project_without_answered_needs_tells_nobody(session: Session, cast: Cast, project: Project) -> None:
    assert projects.report_progress(session, project, by=cast.preecha, progress=Progress.NOT_STARTED) == 0
    assert journeys.needs_of(session, project) == []


def test_planners_and_the_agencies_of_a_project_report_its_progress(
    session: Session, cast: Cast, client: PageClient, project: Project, consultation: Consultation
) -> None:
    for person in (cast.somchai, cast.wipha, cast.thana, cast.arun, cast.nida, cast.kamon):
        with pytest.raises(NotAllowed):
            projects.report_progress(session, project, by=person, progress=Progress.UNDERWAY)
    project.lead_organization_id = cast.thana.organization_id
    session.add(project)
    client.as_(cast.thana).submit(f"/projects/{project.id}", {"progress": "underway", "progress_note": "ได้ผู้รับจ้างแล้ว"})
    assert (project.progress, project.progress_on) == (Progress.UNDERWAY, today())
    assert "ได้ผู้รับจ้างแล้ว" in client.as_(cast.arun).read(f"/projects/{project.id}").text()
    assert client.as_(cast.somchai).post(f"/projects/{project.id}/progress", data={"progress": "x"}).status_code == 403


def test_news_of_tomorrow_is_no_news(session: Session, cast: Cast, project: Project) -> None:
    with pytest.raises(InvalidInput):
        projects.report_progress(
            session, project, by=cast.preecha, progress=Progress.FINISHED, on=today() + timedelta(days=1)
        )


# Contesting


def test_answer_is_contested_once_and_the_reply_is_read_by_the_sender(
    session: Session, cast: Cast, client: PageClient, somchai: PageClient, topic: Topic, project: Project, mine: Need
) -> None:
    publish(session, cast, topic, project)
    somchai.submit(f"/needs/{mine.ref}", {"reason": "คลองที่ขุดอยู่คนละฝั่ง"}, action=f"/needs/{mine.ref}/dispute")
    assert mine.status is NeedStatus.DISPUTED
    page = somchai.read(f"/needs/{mine.ref}").text()
    assert ("กำลังทบทวนคำตอบ" in page, "คลองที่ขุดอยู่คนละฝั่ง" in page) == (True, True)
    preecha = client.as_(cast.preecha)
    assert "คำโต้แย้งที่รอคำตอบ" in preecha.read("/").text()
    empty = preecha.submit(f"/needs/{mine.ref}", {"note": ""}, action=f"/needs/{mine.ref}/reply")
    assert (empty.status_code, "กรุณาเขียนคำตอบถึงผู้ส่ง" in empty.text) == (422, True)
    preecha.submit(f"/needs/{mine.ref}", {"note": "จะขุดทั้งสองฝั่ง"}, action=f"/needs/{mine.ref}/reply")
    assert mine.status is NeedStatus.ANSWERED
    page = somchai.read(f"/needs/{mine.ref}").text()
    assert ("จะขุดทั้งสองฝั่ง" in page, "ไม่ตรงอย่างไร" in page) == (True, False)
    assert somchai.post(f"/needs/{mine.ref}/dispute", data={"reason": "ยังไม่ตรง"}).status_code == 403


def test_new_answer_of_the_topic_replies_to_the_objection(
    session: Session, cast: Cast, somchai: PageClient, topic: Topic, project: Project, mine: Need
) -> None:
    publish(session, cast, topic, project)
    needs.dispute(session, mine, cast.somchai, "ไม่ตรง")
    publish(session, cast, topic, project, Decision.PARTLY)
    assert mine.status is NeedStatus.ANSWERED
    assert "ทบทวนแล้ว และออกคำตอบใหม่" in somchai.read(f"/needs/{mine.ref}").text()


def test_only_planners_of_the_cluster_reply_to_an_objection(
    session: Session, cast: Cast, client: PageClient, topic: Topic, project: Project, mine: Need
) -> None:
    publish(session, cast, topic, project)
    needs.dispute(session, mine, cast.somchai, "ไม่ตรง")
    codes = {
        person.username: client.as_(person).post(f"/needs/{mine.ref}/reply", data={"note": "x"}).status_code
        for person in (cast.somchai, cast.malee, cast.wipha, cast.surachai, cast.thana, cast.kamon)
    }
    assert codes == {"somchai": 403, "malee": 404, "wipha": 403, "surachai": 403, "thana": 404, "kamon": 404}
