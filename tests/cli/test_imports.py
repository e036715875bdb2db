"""prachakhom import, on files like those people have and on the real ones."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlmodel import Session, col, func, select
from typer.testing import CliRunner

from app.cli.imports import app
from app.models import (
    Activity,
    AgentType,
    AuditEvent,
    Category,
    Channel,
    FundingLine,
    FundingSource,
    ImportBatch,
    Need,
    NeedEvent,
    NeedStatus,
    NeedWord,
    Plan,
    PlanSector,
    Project,
    Role,
    Sector,
    WorkType,
)

Run = Callable[..., Result]

NEEDS = """รหัส,ปัญหา,จังหวัด,อำเภอ,ตำบล,ตำแหน่ง,จำนวนครัวเรือน,ความเร่งด่วน
1,น้ำท่วมถนนเข้าหมู่บ้านทุกปี,อ่างทอง,ไชโย,ไชโย,ผู้ใหญ่บ้าน,120,เร่งด่วน
2,น้ำประปาขุ่น ใช้หุงข้าวไม่ได้,จ.ลพบุรี,เมือง,,กำนัน,80,ปกติ
"""


@pytest.fixture
def run(session: Session, database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command on the test's database, in a folder of its own."""
    monkeypatch.setenv("PRACHAKHOM_DATABASE_URL", database_url)
    monkeypatch.chdir(tmp_path)

    def invoke(*words: object) -> Result:
        session.commit()  # a reading that began before would not see what the command writes
        return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)

    return invoke


@pytest.fixture
def needs_file(tmp_path: Path) -> Path:
    path = tmp_path / "needs.csv"
    path.write_text(NEEDS, "utf-8")
    return path


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_needs_belong_to_their_authors_and_arrive_uncertified(run: Run, session: Session, needs_file: Path) -> None:
    assert run("needs", needs_file, "--new-consultation", "รอบแรก", "--by", "preecha").exit_code == 0
    need = session.exec(select(Need).where(Need.source_key == "1")).one()
    assert (need.status, need.is_certified, need.channel) == (NeedStatus.ACCEPTED, False, Channel.IMPORT)
    assert (need.author_id, need.author_role, need.author_agent_type) == (
        None, Role.CHANGE_AGENT, AgentType.VILLAGE_HEAD,
    )  # fmt: skip
    assert (need.area_code, need.author_area_code, need.households) == ("150206", "150206", 120)
    event = session.exec(select(NeedEvent).where(NeedEvent.need_id == need.id)).one()
    assert (event.act, event.detail["file"], event.detail["row"]) == ("import", "needs.csv", 2)
    assert event.actor_id == need.entered_by_id is not None
    assert session.exec(select(NeedWord.word).where(NeedWord.need_id == need.id, NeedWord.word == "ถนน")).first()


def test_needs_may_wait_for_their_districts(run: Run, session: Session, needs_file: Path) -> None:
    run("needs", needs_file, "--new-consultation", "รอบแรก", "--submitted")
    assert set(session.exec(select(Need.status))) == {NeedStatus.SUBMITTED}
    assert set(session.exec(select(Need.accepted_at))) == {None}


def test_importing_twice_adds_nothing(run: Run, session: Session, needs_file: Path) -> None:
    run("needs", needs_file, "--new-consultation", "รอบแรก")
    again = run("needs", needs_file)
    assert "เพิ่ม 0 · มีอยู่แล้ว 2" in again.output
    assert count(session, Need) == 2


def test_rows_without_a_code_are_known_by_their_words(run: Run, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("ปัญหา,จังหวัด\nน้ำท่วม,อ่างทอง\nน้ำท่วม,อ่างทอง\nน้ำแล้ง,อ่างทอง\n", "utf-8")
    assert "เพิ่ม 2 · มีอยู่แล้ว 1" in run("needs", path, "--new-consultation", "รอบแรก").output
    assert "เพิ่ม 0 · มีอยู่แล้ว 3" in run("needs", path).output


def test_words_that_changed_are_pointed_out_and_kept_as_sent(run: Run, session: Session, needs_file: Path) -> None:
    run("needs", needs_file, "--new-consultation", "รอบแรก")
    needs_file.write_text(NEEDS.replace("ทุกปี", "ทุกเดือน"), "utf-8")
    assert "เคยนำเข้ารหัสนี้ด้วยข้อความอื่น" in run("needs", needs_file).output
    assert session.exec(select(Need.problem).where(Need.source_key == "1")).one() == "น้ำท่วมถนนเข้าหมู่บ้านทุกปี"


BAD = NEEDS + "3,น้ำแล้ง,อ่างทอง,ไชยโย,ไชโย,ผู้ใหญ่บ้าน,หลายสิบ,ปกติ\n"


def test_one_bad_row_stops_the_whole_file(run: Run, session: Session, needs_file: Path) -> None:
    needs_file.write_text(BAD, "utf-8")
    refused = run("needs", needs_file, "--new-consultation", "รอบแรก")
    assert refused.exit_code == 1
    assert "แถว 4 คอลัมน์ จำนวนครัวเรือน “หลายสิบ”" in refused.output
    assert "ใกล้เคียง: อ.ไชโย จ.อ่างทอง" in refused.output
    assert (count(session, Need), count(session, ImportBatch)) == (0, 0)


def test_skipped_rows_come_back_in_a_file_with_their_reasons(run: Run, session: Session, needs_file: Path) -> None:
    needs_file.write_text(BAD, "utf-8")
    assert run("needs", needs_file, "--new-consultation", "รอบแรก", "--skip-bad").exit_code == 0
    assert count(session, Need) == 2
    rejected = needs_file.parent / "needs.rejected.csv"
    with rejected.open(encoding="utf-8-sig", newline="") as file:
        header, row = list(csv.reader(file))
    assert header[2:] == NEEDS.splitlines()[0].split(",")
    assert (row[0], row[2], "จำนวนครัวเรือน: กรุณากรอกเป็นตัวเลข" in row[1]) == ("4", "3", True)


def test_dry_run_writes_nothing(run: Run, session: Session, needs_file: Path) -> None:
    assert "แถวในไฟล์ 2" in run("needs", needs_file, "--new-consultation", "รอบแรก", "--dry-run").output
    assert (count(session, Need), count(session, ImportBatch)) == (0, 0)


def test_unknown_headers_are_mapped_by_hand(run: Run, session: Session, needs_file: Path) -> None:
    needs_file.write_text(NEEDS.replace("ปัญหา", "เสียงชาวบ้าน"), "utf-8")
    with pytest.raises(Exception, match="ปัญหาหรือความต้องการ"):
        run("needs", needs_file, "--new-consultation", "รอบแรก")
    run("needs", needs_file, "--new-consultation", "รอบแรก", "--map", "problem=เสียงชาวบ้าน")
    assert count(session, Need) == 2


def test_without_a_round_it_says_what_to_do(run: Run, needs_file: Path) -> None:
    with pytest.raises(Exception, match="--new-consultation"):
        run("needs", needs_file)


def test_places_of_another_cluster_are_refused(run: Run, session: Session, needs_file: Path) -> None:
    refused = run("needs", needs_file, "--new-consultation", "รอบ", "--cluster", "north-lower-1")
    assert refused.exit_code == 1
    assert refused.output.count("ไม่อยู่ในกลุ่มจังหวัดของรอบการรับฟัง") == 2


def test_messages_come_in_english_too(run: Run, needs_file: Path) -> None:
    assert (
        "Rows in the file 2 · Added 2"
        in run("--lang", "en", "needs", needs_file, "--new-consultation", "รอบแรก").output
    )


PLAN = """ประเด็น,โครงการ,กิจกรรม,จังหวัด,อำเภอ,หน่วยงาน,แหล่งงบ,งบประมาณ (บาท),ปีงบประมาณ
น้ำ,แก้น้ำท่วม,ขุดลอกคลอง,อ่างทอง,ไชโย,กรมชลประทาน,กรม,"1,500,000.25",2569
น้ำ,แก้น้ำท่วม,สร้างฝาย,อ่างทอง,,กรมชลประทาน,กรม,2 ล้านบาท,2569
,ตลาดชุมชน,,ลพบุรี,,จังหวัดลพบุรี,งบจังหวัด,,2569
"""


def test_a_plan_is_imported_to_the_satang(run: Run, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN, "utf-8")
    assert "ในไฟล์ 3,500,000.25 บาท ในแผน 3,500,000.25 บาท ตรงกัน" in run("plan", path, "--new", "แผนทดลอง").output
    plan = session.exec(select(Plan)).one()
    assert (plan.title, plan.cluster_code, plan.first_fiscal_year) == ("แผนทดลอง", "central-upper", 2569)
    assert [(one.title, one.issue.title if one.issue else None) for one in plan.projects] == [
        ("แก้น้ำท่วม", "น้ำ"), ("ตลาดชุมชน", None),
    ]  # fmt: skip
    lines = session.exec(select(FundingLine).order_by(col(FundingLine.requested_satang))).all()
    assert [(one.requested_satang, one.source) for one in lines] == [
        (150_000_025, FundingSource.MINISTRY), (200_000_000, FundingSource.MINISTRY),
    ]  # fmt: skip
    assert [one.area_code for one in session.exec(select(Activity).order_by(col(Activity.id)))] == ["1502", "15", "16"]


def test_a_plan_imported_twice_adds_nothing(run: Run, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text(PLAN, "utf-8")
    run("plan", path, "--new", "แผนทดลอง")
    assert "เพิ่ม 0 · มีอยู่แล้ว 3" in run("plan", path, "--new", "แผนทดลอง").output
    assert (count(session, Plan), count(session, Project), count(session, Activity)) == (1, 2, 3)


def test_items_cannot_double_the_money_of_a_whole_project(run: Run, session: Session, tmp_path: Path) -> None:
    whole, items = tmp_path / "whole.csv", tmp_path / "items.csv"
    whole.write_text("project_id,project,amount_baht,cluster\nP1,แก้น้ำท่วม,100,ภาคกลางตอนบน\n", "utf-8")
    items.write_text(
        "project_id,project,item_id,item,amount_baht,cluster\nP1,แก้น้ำท่วม,I1,ขุดคลอง,100,ภาคกลางตอนบน\n", "utf-8"
    )
    run("plan", whole, "--new", "แผน", "--fiscal-year", "2569")
    refused = run("plan", items, "--new", "แผน", "--fiscal-year", "2569")
    assert (refused.exit_code, "เงินจะนับซ้ำ" in refused.output) == (1, True)


def test_a_plan_without_a_year_is_asked_for_one(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "plan.csv"
    path.write_text("โครงการ,จังหวัด,งบประมาณ\nแก้น้ำท่วม,อ่างทอง,100\n", "utf-8")
    assert "ไม่รู้ปีงบประมาณ" in run("plan", path).output


def test_villages_are_imported_by_official_codes(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "villages.csv"
    path.write_text("muban_code,name_th\n15020601,บ้านไชโย\n", "utf-8")
    assert "เพิ่ม 1 แห่ง" in run("areas", path).output
    assert "เพิ่ม 0 แห่ง" in run("areas", path).output


# The real files


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "cluster", "rows"),
    [("central_upper", "central-upper", 180), ("andaman", "south-andaman", 100),
     ("isan_lower_1", "northeast-lower-1", 110)],
)  # fmt: skip
def test_every_coded_need_is_imported(
    run: Run, session: Session, shared_data: Path, name: str, cluster: str, rows: int
) -> None:
    file = shared_data / "gold" / f"{name}.needs.csv"
    assert f"เพิ่ม {rows} · มีอยู่แล้ว 0 · ไม่รับ 0" in run("needs", file, "--new-consultation", "รอบ").output
    assert f"เพิ่ม 0 · มีอยู่แล้ว {rows}" in run("needs", file, "--cluster", cluster).output
    assert session.exec(select(func.count()).select_from(Need).where(col(Need.category).is_(None))).one() == 0


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("name", "rows"), [("central_upper", 88), ("andaman", 104), ("isan_lower_1", 145)])
def test_every_catalogue_of_projects_is_imported(
    run: Run, session: Session, shared_data: Path, name: str, rows: int
) -> None:
    file = shared_data / "gold" / f"{name}.projects.csv"
    with file.open(encoding="utf-8-sig", newline="") as source:
        baht = sum(int(row["budget_baht"] or 0) for row in csv.DictReader(source))
    done = run("plan", file, "--new", "แผน", "--fiscal-year", "2565")
    assert (done.exit_code, f"เพิ่ม {rows} · " in done.output) == (0, True)
    assert session.exec(select(func.sum(FundingLine.requested_satang))).one() == baht * 100


def test_the_budget_of_fy2565_reconciles_to_the_satang(run: Run, session: Session, shared_data: Path) -> None:
    file = shared_data / "plan_fy2565" / "items.csv"
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    done = run("plan", file)
    assert (done.exit_code, "เพิ่ม 1,951 · มีอยู่แล้ว 0 · ไม่รับ 0" in done.output) == (0, True)
    assert session.exec(select(func.sum(FundingLine.requested_satang))).one() == 100 * sum(
        int(row["amount_baht"]) for row in rows
    )
    assert (count(session, Plan), count(session, Project), count(session, Activity)) == (18, 396, 1951)
    roads = select(func.count()).select_from(Activity).where(Activity.work_type == WorkType.ROAD)
    assert session.exec(roads).one() == sum("ทางและสะพาน" in row["cat4"] or "ทางชนบท" in row["cat4"] for row in rows)
    farming = select(func.count()).select_from(Project).where(Project.sector == PlanSector.AGRICULTURE)
    assert session.exec(farming).one() == len({row["project_id"] for row in rows if row["theme"] == "เกษตร"})
    # The same money told by project: every sum agrees, and nothing is added.
    again = run("plan", shared_data / "plan_fy2565" / "projects.csv")
    assert ("เพิ่ม 0 · มีอยู่แล้ว 396" in again.output, "ต่างกัน" in again.output) == (True, False)


def test_what_is_asked_of_the_cabinet_is_demand_and_what_it_took_on_a_plan(
    run: Run, session: Session, shared_data: Path
) -> None:
    file = shared_data / "cabinet_meetings" / "proposals_projects.csv"
    done = run("needs", file, "--new-consultation", "กรอ.", "--cluster", "south-andaman")
    assert "แถวในไฟล์ 186 · เพิ่ม 50" in done.output
    need = session.exec(select(Need).where(Need.source_key == "P022")).one()
    assert (need.author_sector, need.author_organization) == (Sector.PRIVATE, "ภาคเอกชน จังหวัดระนอง")
    assert (need.area_code, need.ask_for) == ("85", "ขอรับการสนับสนุนการดำเนินโครงการ")
    assert "เพิ่ม 44" in run("plan", file, "--fiscal-year", "2567").output
    plan = session.exec(select(Plan).where(Plan.cluster_code == "south-andaman")).one()
    total = (
        select(func.sum(FundingLine.requested_satang)).join(Activity).join(Project).where(Project.plan_id == plan.id)
    )
    assert session.exec(total).one() == 350_000_000_00


def test_a_named_person_answers_for_an_import(run: Run, session: Session, needs_file: Path) -> None:
    run("needs", needs_file, "--new-consultation", "รอบแรก", "--by", "preecha")
    event = session.exec(select(AuditEvent).where(AuditEvent.act == "imports.run")).one()
    assert event.detail == {"file": "needs.csv", "kind": "needs", "added": 2, "same": 0, "refused": 0}
    assert session.exec(select(Need.category)).all() == [None, None] != [Category.WATER]
