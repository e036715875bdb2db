"""`prachakhom match`, as a planner runs it: two tables in, links out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.cli.tables import write_table
from tests.cli.test_group import prachakhom, rows

NEEDS = [
    ("n1", "ตลิ่งริมแม่น้ำเจ้าพระยาหน้าบ้านพังทุกปี ขอเขื่อนกันตลิ่ง", "สิงห์บุรี", "พรหมบุรี", "โรงช้าง"),
    ("n2", "ไม่มีสัญญาณโทรศัพท์ทั้งหมู่บ้าน", "ลพบุรี", "ลำสนธิ", "กุดตาเพชร"),
]
PROJECTS = [
    ("p1", "ก่อสร้างเขื่อนป้องกันตลิ่งริมแม่น้ำเจ้าพระยา ตำบลโรงช้าง อำเภอพรหมบุรี จังหวัดสิงห์บุรี", "30000000", "province", "จังหวัดสิงห์บุรี"),
    ("p2", "ซ่อมสร้างถนนลาดยาง ตำบลซับจำปา อำเภอท่าหลวง จังหวัดลพบุรี", "", "province", "จังหวัดลพบุรี"),
]  # fmt: skip


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    write_table(tmp_path / "needs.csv", ("need_id", "text", "province", "district", "subdistrict"), NEEDS)
    write_table(tmp_path / "projects.csv", ("project_id", "title", "budget_baht", "level", "province"), PROJECTS)
    return tmp_path


def run(folder: Path, *extra: str) -> tuple[list[str], list[list[str]], dict[str, object]]:
    ran = prachakhom(
        "match", "needs.csv", "projects.csv", "--vectors", "never", "--out", "links.csv", "--json", "report.json",
        *extra, cwd=folder,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    header, *body = rows(folder / "links.csv")
    return header, body, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_match_writes_the_best_of_the_plan_for_each_need(tables: Path) -> None:
    header, body, _report = run(tables)
    assert header == ["need_id", "rank", "project_id", "probability", "strength", "suggested", "evidence"]
    assert [(row[0], row[1]) for row in body] == [("n1", "1"), ("n1", "2"), ("n2", "1"), ("n2", "2")]
    assert (body[0][2], body[0][4], body[0][5]) == ("p1", "1", "1")


def test_report_estimates_coverage_and_says_who_is_answered(tables: Path) -> None:
    _header, _body, report = run(tables)
    assert {"coverage", "answered", "versions", "seconds", "peak_mb"} <= report.keys()
    coverage, answered = report["coverage"], report["answered"]
    assert isinstance(coverage, dict)
    assert isinstance(answered, dict)
    assert coverage["low"] <= coverage["estimate"] <= coverage["high"]
    assert answered["n1"] > 0.5 > answered["n2"]


def test_only_as_many_candidates_as_asked_for(tables: Path) -> None:
    assert [row[0] for row in run(tables, "--top", "1")[1]] == ["n1", "n2"]


def test_tables_without_places_and_ids_are_matched_too(tables: Path) -> None:
    write_table(tables / "needs.csv", ("text",), [("ขอซ่อมถนน",)])
    write_table(tables / "projects.csv", ("title",), [("ซ่อมสร้างถนนลาดยาง",), ("ขุดลอกหนองน้ำ",)])
    assert [row[2] for row in run(tables)[1]] == ["1", "2"]


def test_a_missing_column_is_named(tables: Path) -> None:
    write_table(tables / "projects.csv", ("name",), [("ซ่อมถนน",)])
    ran = prachakhom("match", "needs.csv", "projects.csv", "--vectors", "never", cwd=tables)
    assert (ran.returncode, "title" in ran.stderr) == (2, True)


def test_links_are_scored_against_peoples_own(tables: Path) -> None:
    run(tables)
    coded = [(*NEEDS[0][:2], "p1=1.0"), (*NEEDS[1][:2], "")]
    write_table(tables / "coded.csv", ("need_id", "text", "links"), coded)
    ran = prachakhom(
        "evaluate", "match", "coded.csv", "links.csv", "--report", "report.json", "--second", "coded.csv",
        "--json", "figures.json", cwd=tables,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    figures = json.loads((tables / "figures.json").read_text(encoding="utf-8"))
    assert figures["links"]["precision_at_1"]["value"] == 1.0
    assert figures["links"]["answered_auc"]["value"] == 1.0
    assert figures["coders"]["links_f1"]["value"] == 1.0
