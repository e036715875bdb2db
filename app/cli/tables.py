"""Tables in and out of the commands that need no server: CSV (also .gz) and XLSX, in any encoding Thai offices use."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from app.exceptions import InvalidInput, NotFound
from app.i18n import _


def read_table(path: Path, columns: Sequence[str], *, optional: Sequence[str] = ()) -> dict[str, list[str]]:
    """The named columns of a table, as text, row by row; optional ones are left out when the table has none.

    Raises NotFound without the file, InvalidInput when it is no table or lacks a column.
    """
    if not path.is_file():
        raise NotFound(_("ไม่พบไฟล์ %(path)s") % {"path": path})
    rows = iter(_xlsx_rows(path) if path.suffix.lower() == ".xlsx" else _csv_rows(path))
    header = [str(name).strip() for name in next(rows, [])]
    missing = [name for name in columns if name not in header]
    if missing:
        told = {"missing": ", ".join(missing), "path": path.name, "there": ", ".join(header) or "-"}
        raise InvalidInput(_("ไฟล์ %(path)s ไม่มีคอลัมน์ %(missing)s คอลัมน์ที่มีคือ %(there)s") % told)
    wanted = [(name, header.index(name)) for name in (*columns, *optional) if name in header]
    table: dict[str, list[str]] = {name: [] for name, _index in wanted}
    for row in rows:
        if not any(row):
            continue
        for name, index in wanted:
            table[name].append(row[index] if index < len(row) else "")
    return table


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a table as the name of the file says: XLSX, else CSV in UTF-8."""
    try:
        if path.suffix.lower() == ".xlsx":
            _write_xlsx(path, columns, rows)
            return
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(columns)
            writer.writerows(rows)
    except OSError as error:
        raise InvalidInput(_("เขียนไฟล์ %(path)s ไม่ได้: %(why)s") % {"path": path, "why": error.strerror}) from None


def _csv_rows(path: Path) -> Iterable[list[str]]:
    raw = path.read_bytes()
    if path.suffix.lower() == ".gz":
        raw = gzip.decompress(raw)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp874", errors="replace")  # what Excel on a Thai Windows writes
    del raw
    csv.field_size_limit(10_000_000)
    return csv.reader(io.StringIO(text, newline=""))


def _xlsx_rows(path: Path) -> Iterable[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook  # here, because a CSV must not wait for it

    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError) as error:
        raise InvalidInput(_("อ่านไฟล์ %(path)s ไม่ได้: %(why)s") % {"path": path.name, "why": error}) from None
    return ([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _write_xlsx(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(path, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([list(columns), *rows]):
            sheet.write_row(number, 0, row)
