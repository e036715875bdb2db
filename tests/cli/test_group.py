"""`prachakhom group` and `prachakhom evaluate group`, as a planner runs them: files in, files out."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from app.cli.tables import read_table, write_table

NEEDS = [
    ("a1", "ถนนลูกรังพัง ขอลาดยาง"),
    ("a2", "ถนนเป็นหลุม ขอซ่อมถนน"),
    ("a3", "สะพานชำรุด ขอซ่อมสะพานและถนน"),
    ("b1", "น้ำประปาไม่ไหล ขอขยายประปา"),
    ("b2", "น้ำประปาขุ่น ขอเครื่องกรองน้ำดื่ม"),
    ("c1", ""),
]


def prachakhom(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app.cli", *map(str, arguments)]
    root = str(Path(__file__).resolve().parents[2])
    environment = {
        "PYTHONPATH": root,
        "PATH": "/usr/bin:/bin",
        "PRACHAKHOM_CACHE_DIR": str(cwd),
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    write_table(tmp_path / "needs.csv", ("need_id", "text"), NEEDS)
    return tmp_path / "needs.csv"


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def test_group_writes_one_row_for_each_need_and_a_report(table: Path) -> None:
    ran = prachakhom(
        "group", table, "--text", "text", "--id", "need_id", "--topics", "2", "--vectors", "never",
        "--out", "topics.csv", "--json", "report.json", cwd=table.parent,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    header, *body = rows(table.parent / "topics.csv")
    assert header == ["id", "topic", "topics", "membership", "outlier"]
    assert [row[0] for row in body] == [need for need, _text in NEEDS]
    assert [row[2].split("|")[0] for row in body] == [row[1] for row in body]
    assert [len(row[3].split("|")) for row in body] == [len(row[2].split("|")) for row in body]
    assert body[5][1:] == ["no-content", "no-content", "1", "0"]
    report = json.loads((table.parent / "report.json").read_text(encoding="utf-8"))
    wanted = {"n", "n_topics", "topics", "stability", "versions", "seed", "data_hash", "seconds", "peak_mb"}
    assert wanted - report.keys() == set()
    assert {"topic", "label", "keywords", "quotes", "size", "stability"} - report["topics"][0].keys() == set()
    assert (report["n"], report["n_topics"]) == (6, 2)


def test_the_same_table_in_another_order_gives_the_same_topics(table: Path) -> None:
    write_table(table.parent / "turned.csv", ("need_id", "text"), NEEDS[::-1])
    for name in ("needs", "turned"):
        ran = prachakhom("group", f"{name}.csv", "--vectors", "never", "--out", f"{name}.out.csv", cwd=table.parent)
        assert ran.returncode == 0
    assert sorted(rows(table.parent / "needs.out.csv")) == sorted(rows(table.parent / "turned.out.csv"))


def test_a_missing_column_is_named_with_those_there_are(table: Path) -> None:
    ran = prachakhom("group", table, "--text", "ข้อความ", cwd=table.parent)
    assert (ran.returncode, ran.stderr) == (2, "ไฟล์ needs.csv ไม่มีคอลัมน์ ข้อความ คอลัมน์ที่มีคือ need_id, text\n")


@pytest.mark.parametrize(
    "arguments", [("none.csv",), ("needs.csv", "--topics", "0"), ("needs.csv", "--topics", "many")]
)
def test_what_cannot_be_used_ends_with_code_two(table: Path, arguments: tuple[str, ...]) -> None:
    assert prachakhom("group", *arguments, cwd=table.parent).returncode == 2


def test_an_id_that_stands_twice_is_refused(table: Path) -> None:
    write_table(table, ("need_id", "text"), [*NEEDS, NEEDS[0]])
    ran = prachakhom("group", table, cwd=table.parent)
    assert (ran.returncode, "a1" in ran.stderr) == (2, True)


def test_spreadsheets_come_in_and_go_out(table: Path) -> None:
    write_table(table.with_suffix(".xlsx"), ("need_id", "text"), NEEDS)
    ran = prachakhom("group", "needs.xlsx", "--vectors", "never", "--out", "topics.xlsx", cwd=table.parent)
    assert ran.returncode == 0
    sheet = CalamineWorkbook.from_path(table.parent / "topics.xlsx").get_sheet_by_index(0).to_python()
    assert [row[0] for row in sheet] == ["id", *[need for need, _text in NEEDS]]


def test_tables_from_thai_windows_are_read(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_bytes("id,text\n1,ถนนพัง\n".encode("cp874"))
    assert read_table(tmp_path / "old.csv", ["text"]) == {"text": ["ถนนพัง"]}


def test_evaluate_scores_topics_and_sets_two_coders_beside(table: Path) -> None:
    truth = [(need, "T01" if need[0] == "a" else "T03", "T01") for need, _text in NEEDS]
    write_table(table.parent / "truth.csv", ("need_id", "theme", "themes"), truth)
    found = [(need, f"x{need[0]}", f"x{need[0]}", "1", "0") for need, _text in NEEDS]
    write_table(table.parent / "topics.csv", ("id", "topic", "topics", "membership", "outlier"), found)
    ran = prachakhom(
        "evaluate",
        "group",
        "truth.csv",
        "topics.csv",
        "--second",
        "truth.csv",
        "--json",
        "figures.json",
        cwd=table.parent,
    )
    assert ran.returncode == 0
    figures = json.loads((table.parent / "figures.json").read_text(encoding="utf-8"))
    assert (figures["coders"]["nmi"]["value"], figures["coders"]["bcubed_f1"]["value"]) == (1.0, 1.0)
    assert 0 < figures["topics"]["nmi"]["value"] < 1
    assert figures["topics"]["n"]["value"] == 6
