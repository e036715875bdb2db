"""Files brought in by planners in the browser."""

from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlmodel import Session, func, select

from app.config import Settings
from app.models import Activity, FundingLine, ImportBatch, Need, NeedStatus, Plan, Stage
from app.services import imports
from tests.support.cast import Cast
from tests.support.client import PageClient
from tests.support.consultations import make_consultation

GOOD = "รหัส,ปัญหา,จังหวัด,อำเภอ,จำนวนครัวเรือน\n1,น้ำท่วมถนน,อ่างทอง,ไชโย,20\n2,น้ำแล้ง,ลพบุรี,บ้านหมี่,30\n"
BAD = GOOD + "3,=HYPERLINK(1),อ่างทอง,ไชยโย,มาก\n"


def upload(client: PageClient, content: str | bytes, *, name: str = "needs.csv", **data: Any) -> Response:
    content = content.encode() if isinstance(content, str) else content
    return client.post("/imports", data={"kind": "needs", **data}, files={"file": (name, content, "text/csv")})


@pytest.fixture
def round_id(session: Session) -> int:
    return make_consultation(session).id


@pytest.fixture
def planner(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.preecha)


def test_upload_is_checked_before_anything_is_written(
    planner: PageClient, session: Session, settings: Settings, round_id: int
) -> None:
    answer = upload(planner, GOOD, consultation_id=round_id)
    batch = session.exec(select(ImportBatch)).one()
    assert answer.headers["location"] == f"/imports/{batch.id}"
    assert (batch.row_count, batch.new_count, batch.bad_count) == (2, 2, 0)
    assert session.exec(select(Need)).all() == []
    page = planner.get(f"/imports/{batch.id}").text
    assert ("อ.ไชโย จ.อ่างทอง" in page, "นำเข้า 2 แถว" in page) == (True, True)
    done = planner.submit(f"/imports/{batch.id}", action=f"/imports/{batch.id}/run")
    assert done.headers["location"] == f"/imports/{batch.id}"
    assert {need.status for need in session.exec(select(Need))} == {NeedStatus.ACCEPTED}
    assert list((settings.data_dir / "imports").iterdir()) == []  # the words are in the database alone


def test_needs_may_be_sent_to_their_districts(planner: PageClient, session: Session, round_id: int) -> None:
    batch = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    planner.submit(batch, {"is_submitted": "true"}, action=f"{batch}/run")
    assert {need.status for need in session.exec(select(Need))} == {NeedStatus.SUBMITTED}


def test_bad_rows_stop_the_file_unless_they_are_skipped(planner: PageClient, session: Session, round_id: int) -> None:
    batch = upload(planner, BAD, consultation_id=round_id).headers["location"]
    page = planner.get(batch).text
    assert ("ใกล้เคียง: อ.ไชโย จ.อ่างทอง" in page, "กรุณากรอกเป็นตัวเลขจำนวนเต็ม" in page) == (True, True)
    refused = planner.submit(batch, action=f"{batch}/run")
    assert (refused.status_code, session.exec(select(Need)).all()) == (422, [])
    planner.submit(batch, {"skip_bad": "true"}, action=f"{batch}/run")
    assert session.exec(select(func.count()).select_from(Need)).one() == 2
    rejected = planner.get(f"{batch}/rejected.csv")
    assert rejected.headers["content-disposition"].startswith("attachment")
    assert rejected.content.startswith(b"\xef\xbb\xbf")
    lines = rejected.content.decode("utf-8-sig").splitlines()
    assert (len(lines), ",'=HYPERLINK(1)," in lines[1]) == (2, True)


def test_columns_nobody_knows_are_mapped_by_hand(planner: PageClient, session: Session, round_id: int) -> None:
    text = GOOD.replace("ปัญหา", "เสียงชาวบ้าน")
    batch = upload(planner, text, consultation_id=round_id).headers["location"]
    assert "ยังไม่รู้ว่าคอลัมน์ใดคือ" in planner.get(batch).text
    assert planner.post(f"{batch}/run").status_code == 422
    planner.submit(batch, {"column-1": "problem"}, action=f"{batch}/mapping")
    planner.submit(batch, action=f"{batch}/run")
    assert sorted(need.problem for need in session.exec(select(Need))) == ["น้ำท่วมถนน", "น้ำแล้ง"]


def test_two_columns_cannot_be_the_same_thing(planner: PageClient, round_id: int) -> None:
    batch = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    answer = planner.submit(batch, {"column-0": "problem"}, action=f"{batch}/mapping")
    assert (answer.status_code, "กรุณาเลือกเพียงคอลัมน์เดียว" in answer.text) == (422, True)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a,b\n\xe9cole,\xe7\xe0\n", "CSV UTF-8"),
        (b"", "ว่างเปล่า"),
        (b"PK\x03\x04 not a workbook", "xlsx"),
        ("ปัญหา,จังหวัด\n".encode(), "มีแต่หัวตาราง"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    planner: PageClient, session: Session, settings: Settings, round_id: int, content: bytes, says: str
) -> None:
    answer = upload(planner, content, consultation_id=round_id)
    assert (answer.status_code, says in answer.text) == (422, True)
    assert session.exec(select(ImportBatch)).all() == []
    assert list((settings.data_dir / "imports").glob("*")) == []


def test_a_text_of_a_hundred_thousand_characters_is_one_bad_row(
    planner: PageClient, session: Session, round_id: int
) -> None:
    upload(planner, GOOD + f"3,{'ย' * 100_000},อ่างทอง,ไชโย,1\n", consultation_id=round_id)
    batch = session.exec(select(ImportBatch)).one()
    assert [(one["row"], one["column"]) for one in batch.problems] == [(4, "ปัญหา"), (4, "ปัญหา")]


def test_a_plan_is_imported_into_a_new_plan(planner: PageClient, session: Session) -> None:
    text = 'โครงการ,กิจกรรม,จังหวัด,งบประมาณ\nแก้น้ำท่วม,ขุดคลอง,อ่างทอง,"1,000.25"\n'
    batch = upload(planner, text, kind="plan", title="แผน 2572", fiscal_year="2572").headers["location"]
    planner.submit(batch, action=f"{batch}/run")
    plan = session.exec(select(Plan)).one()
    assert (plan.title, plan.cluster_code, plan.first_fiscal_year) == ("แผน 2572", "central-upper", 2572)
    assert session.exec(select(FundingLine.requested_satang)).one() == 100_025
    assert f'href="/plans/{plan.id}"' in planner.get(batch).text


def test_a_long_file_is_imported_by_a_worker(
    planner: PageClient, session: Session, round_id: int, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "INLINE_ROWS", 1)
    batch = upload(planner, BAD, consultation_id=round_id).headers["location"]
    started = planner.submit(batch, {"skip_bad": "true"}, action=f"{batch}/run")
    assert started.headers["location"].startswith("/jobs/")
    assert "รอคิว" in planner.get(batch).text
    assert run_jobs() == 1
    done = session.exec(select(ImportBatch)).one()
    assert (done.added_count, done.same_count, done.bad_count, done.finished_at is None) == (2, 0, 1, False)
    assert session.exec(select(func.count()).select_from(Need)).one() == 2
    assert batch in planner.get(started.headers["location"]).text
    assert planner.get(f"{batch}/rejected.csv").status_code == 200


def test_a_long_file_with_bad_rows_fails_and_says_so(
    planner: PageClient, session: Session, round_id: int, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "INLINE_ROWS", 1)
    batch = upload(planner, BAD, consultation_id=round_id).headers["location"]
    planner.submit(batch, action=f"{batch}/run")
    run_jobs()
    assert session.exec(select(Need)).all() == []
    assert "มีแถวที่ต้องแก้ 1 แถว" in planner.get(batch).text


def test_only_planners_import(client: PageClient, cast: Cast, round_id: int) -> None:
    for name in ("somchai", "wipha", "surachai", "thana", "arun", "nida"):
        person = client.as_(getattr(cast, name))
        assert (name, person.get("/imports").status_code) == (name, 403)
        assert upload(person, GOOD, consultation_id=round_id).status_code == 403
    assert client.get("/imports").headers["location"].startswith("/sign-in")


def test_another_clusters_imports_and_rounds_are_out_of_reach(
    client: PageClient, cast: Cast, session: Session, planner: PageClient, round_id: int
) -> None:
    batch = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    kamon = client.as_(cast.kamon)
    assert kamon.get(batch).status_code == 404
    assert "needs.csv" not in kamon.get("/imports").text
    answer = upload(kamon, GOOD, consultation_id=round_id)
    assert (answer.status_code, "กรุณาเลือกรอบการรับฟัง" in answer.text) == (422, True)
    assert client.as_(cast.duangjai).get(batch).status_code == 200


def test_a_published_round_takes_no_more_needs(planner: PageClient, session: Session) -> None:
    published = make_consultation(session, Stage.SUMMARY_PUBLISHED)
    assert upload(planner, GOOD, consultation_id=published.id).status_code == 422


def test_an_upload_can_be_forgotten(planner: PageClient, session: Session, settings: Settings, round_id: int) -> None:
    batch = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    planner.submit(batch, action=f"{batch}/discard")
    assert session.exec(select(ImportBatch)).all() == []
    assert list((settings.data_dir / "imports").iterdir()) == []


def test_a_file_is_imported_once(planner: PageClient, session: Session, round_id: int) -> None:
    batch = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    planner.submit(batch, action=f"{batch}/run")
    assert planner.post(f"{batch}/run").status_code == 404
    again = upload(planner, GOOD, consultation_id=round_id).headers["location"]
    planner.submit(again, action=f"{again}/run")
    assert session.exec(select(func.count()).select_from(Need)).one() == 2


def test_every_page_of_an_import_looks_right(
    session: Session, cast: Cast, settings: Settings, shots: Any, shared_data: Path
) -> None:
    consultation = make_consultation(session)
    rows = (shared_data / "gold" / "central_upper.needs.csv").read_text("utf-8").splitlines()[:20]
    rows.append("x-1,อ่างทอง,ไชยโย,ไชโย,village_head,น้ำท่วม,T04,T04,none,,province,หลายสิบ,urgent,,,")
    file = settings.data_dir / "a.csv"
    file.parent.mkdir(parents=True)
    file.write_text("\n".join(rows), "utf-8")
    with file.open("rb") as source:
        waiting = imports.upload(
            session, imports.ImportKind.NEEDS, source, folder=settings.data_dir, importer=cast.preecha,
            file_name="ความต้องการ 2569.csv", consultation=consultation,
        )  # fmt: skip
    items = shared_data / "plan_fy2565" / "items.csv"
    done = imports.begin(
        session, imports.ImportKind.PLAN, items, importer=cast.preecha, file_name=items.name,
        cluster_code="central-upper", options={"title": "", "fiscal_year": 2565},
    )  # fmt: skip
    imports.run(session, done, items, skip_bad=False, rejected=settings.data_dir / "rejected.csv")
    assert session.exec(select(func.count()).select_from(Activity)).one() == 142
    for url, name in (
        ("/imports", "imports_index"),
        ("/imports/new", "imports_new"),
        (f"/imports/{waiting.id}", "imports_show"),
        (f"/imports/{done.id}", "imports_done"),
    ):
        shots(url, name, cast.preecha, dark=name == "imports_show")
