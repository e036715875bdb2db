"""Files as people have them: every usual encoding, every usual mistake."""

import csv
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from app.exceptions import InvalidInput, TooLarge
from app.services import tables

ROWS = "รหัส,ปัญหา,ตำบล\n1,น้ำท่วมถนนทุกปี,ไชยภูมิ\n2,น้ำประปาขุ่น,เทวราช\n" * 3
KNOWN = {"ปัญหา", "ตำบล"}


def written(path: Path, text: str, encoding: str) -> Path:
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp874", "utf-16", "utf-16-le", "utf-16-be"])
def test_thai_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    table = tables.read(written(tmp_path / "a.csv", ROWS, encoding))
    assert table.header == ["รหัส", "ปัญหา", "ตำบล"]
    assert next(table.rows()) == (2, ["1", "น้ำท่วมถนนทุกปี", "ไชยภูมิ"])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = ROWS.replace(",", delimiter) + f'3{delimiter}"เงิน 1,200; บาท"{delimiter}ไชโย\n'
    assert list(tables.read(written(tmp_path / "a.csv", text, "utf-8")).rows())[-1][1] == [
        "3",
        "เงิน 1,200; บาท",
        "ไชโย",
    ]


def test_header_is_the_row_with_names_we_know(tmp_path: Path) -> None:
    text = "แบบสำรวจปี 2569,,\n\nที่,ปัญหา,ตำบล\n1,น้ำท่วม,ไชโย\n"
    table = tables.read(written(tmp_path / "a.csv", text, "utf-8"), KNOWN.__contains__)
    assert (table.header_row, table.header) == (3, ["ที่", "ปัญหา", "ตำบล"])
    assert list(table.rows()) == [(4, ["1", "น้ำท่วม", "ไชโย"])]


def test_short_rows_are_filled_and_repeated_headers_told_apart(tmp_path: Path) -> None:
    table = tables.read(written(tmp_path / "a.csv", "ก,ก,,ข\n1,2,3,4\n5\n", "utf-8"))
    assert table.header == ["ก", "ก (2)", "คอลัมน์ 3", "ข"]
    assert [cells for _row, cells in table.rows()] == [["1", "2", "3", "4"], ["5", "", "", ""]]


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode("utf-8")[:200] + b"\xff" + ROWS.encode("utf-8")[200:],
        "a,b\nécole,çà\n".encode("latin-1"),
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    ],
    ids=["one broken byte", "not Thai", "a picture"],
)
def test_unreadable_letters_are_refused_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(InvalidInput, match="CSV UTF-8"):
        tables.read(tmp_path / "a.csv")


def test_text_garbled_before_it_was_saved_is_refused(tmp_path: Path) -> None:
    garbled = ROWS.encode("utf-8").decode("cp874", errors="replace")
    with pytest.raises(InvalidInput, match="เพี้ยน"):
        tables.read(written(tmp_path / "a.csv", garbled, "utf-8"))


def test_empty_old_excel_and_pdf_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"")
    with pytest.raises(InvalidInput, match="ว่างเปล่า"):
        tables.read(tmp_path / "a.csv")
    (tmp_path / "a.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(InvalidInput, match="xlsx"):
        tables.read(tmp_path / "a.xls")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 ...")
    with pytest.raises(InvalidInput, match="PDF"):
        tables.read(tmp_path / "a.pdf")


@pytest.mark.parametrize("limit", [1 << 17, 10_000_000])
def test_unclosed_quote_is_refused_whatever_limit_other_code_has_set(tmp_path: Path, limit: int) -> None:
    usual = csv.field_size_limit(limit)
    try:
        with pytest.raises(InvalidInput, match="ไม่ปิด"):
            list(tables.read(written(tmp_path / "a.csv", 'ก,ข\n1,"' + "ยาว" * 400_000, "utf-8")).rows())
    finally:
        csv.field_size_limit(usual)


def test_too_many_rows_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_ROWS", 2)
    with pytest.raises(TooLarge):
        list(tables.read(written(tmp_path / "a.csv", ROWS, "utf-8")).rows())


def test_xlsx_is_read_from_the_sheet_that_holds_the_table(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("ปก").write(0, 0, "รายงาน")
        sheet = book.add_worksheet("ข้อมูล")
        sheet.write_row(2, 0, ["ปัญหา", "ตำบล", "ครัวเรือน"])
        sheet.write_row(3, 0, ["น้ำท่วม", "ไชโย", 22])
        sheet.write_row(5, 0, ["น้ำแล้ง", "ไชโย", 22.5])
    table = tables.read(path, KNOWN.__contains__)
    assert list(table.rows()) == [(4, ["น้ำท่วม", "ไชโย", "22"]), (6, ["น้ำแล้ง", "ไชโย", "22.5"])]


def test_zip_bomb_is_refused_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MAX_UNPACKED", 1 << 22)
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (1 << 23))
    with pytest.raises(TooLarge, match="คลายออก"):
        tables.read(tmp_path / "a.xlsx")


def test_one_cell_far_away_does_not_cost_the_whole_grid(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "ปัญหา")
        sheet.write(1_048_575, 16_383, "ไกล")
    with pytest.raises(TooLarge, match="กว้างหรือยาวเกินไป"):
        tables.read(path)


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "no sheets here")
    with pytest.raises(InvalidInput, match="xlsx"):
        tables.read(tmp_path / "a.xlsx")


def test_written_rows_can_start_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.csv"
    tables.write(path, ["=หัว"], [["=1+1", "+66", "-5", "@x", "ปกติ"]])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_text("utf-8-sig").splitlines() == ["'=หัว", "'=1+1,'+66,'-5,'@x,ปกติ"]
