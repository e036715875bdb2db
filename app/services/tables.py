"""Tables in files people have: CSV in any usual Thai encoding, and XLSX. Read once, row by row, within limits."""

import csv
import io
import re
import zipfile
import zlib
from codecs import getincrementaldecoder
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import IO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from app.exceptions import InvalidInput, TooLarge
from app.i18n import _

MAX_BYTES = 200 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 200
MAX_CELL = 1_000_000  # characters; a longer one is a file with an unclosed quote
MAX_UNPACKED = 400 * 1024 * 1024  # what an XLSX may grow to; a zip bomb grows further
MAX_CELLS = 5_000_000  # calamine lays a sheet out as a full grid, so one cell far away costs the whole grid
HEADER_WITHIN = 20
DELIMITERS = (",", ";", "\t", "|")
XLSX_MARK = b"PK\x03\x04"
OLD_EXCEL_MARK = b"\xd0\xcf\x11\xe0"
PDF_MARK = b"%PDF"
_CHUNK = 1 << 20
_CELL_PLACE = re.compile(rb'<c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_THAI = re.compile(r"[ก-๛]")
# UTF-8 read as TIS-620 turns every Thai letter into เธ or เน and one more; a mark without a letter under it is no Thai.
_GARBLED = re.compile(r"เธ|เน")
_STRAY_MARK = re.compile(r"(?<![ก-ฮะ-ฺเ-๎])[ัิ-ฺ็-๎]")

csv.field_size_limit(2 * MAX_CELL)  # of the whole process: only a guard against a file read as one cell


@dataclass
class Table:
    """A header and the rows under it. Row numbers are those a spreadsheet shows, so people find them."""

    path: Path
    header: list[str]
    header_row: int
    encoding: str
    _records: Callable[[], Iterator[list[str]]]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Give each filled row with its number, as long as the header at least. Raises TooLarge past MAX_ROWS."""
        width = len(self.header)
        for number, cells in enumerate(self._records(), start=1):
            if number <= self.header_row or not any(cells):
                continue
            if number - self.header_row > MAX_ROWS:
                raise TooLarge(_("ไฟล์มีเกิน {limit:,} แถว กรุณาแบ่งเป็นหลายไฟล์").format(limit=MAX_ROWS))
            yield number, cells + [""] * (width - len(cells))


def _nothing(_header: str) -> bool:
    return False


def read(path: Path, is_known: Callable[[str], bool] = _nothing) -> Table:
    """Open a CSV or XLSX file and find its header: the row, among the first ones, with the most names we know.

    Raises InvalidInput or TooLarge, which say what is wrong with the file and how to mend it.
    """
    if not path.is_file():
        raise InvalidInput(_("ไม่พบไฟล์ {name}").format(name=path.name))
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise TooLarge(_("ไฟล์ใหญ่เกิน {limit} MB กรุณาแบ่งเป็นหลายไฟล์").format(limit=MAX_BYTES >> 20))
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(OLD_EXCEL_MARK):
        raise InvalidInput(_("ไฟล์ Excel รุ่นเก่า (.xls) หรือไฟล์ที่ใส่รหัสผ่าน กรุณาบันทึกใหม่เป็น .xlsx ที่ไม่มีรหัสผ่าน"))
    if start.startswith(PDF_MARK):
        raise InvalidInput(_("ไฟล์ PDF อ่านเป็นตารางไม่ได้ กรุณาใช้ไฟล์ CSV หรือ .xlsx"))
    if start.startswith(XLSX_MARK):
        encoding, records = "xlsx", _xlsx(path, is_known)
    else:
        encoding = _encoding(path)
        records = _csv(path, encoding)
    number, header = _header(islice(records(), HEADER_WITHIN), is_known)
    return Table(path, header, number, encoding, records)


def _header(first: Iterable[list[str]], is_known: Callable[[str], bool]) -> tuple[int, list[str]]:
    rows = [(number, cells) for number, cells in enumerate(first, start=1) if any(cells)]
    if not rows:
        raise InvalidInput(_("ไฟล์นี้ว่างเปล่า"))
    widest = max(sum(map(bool, cells)) for _row, cells in rows)
    full = [row for row in rows if sum(map(bool, row[1])) * 2 > widest]  # a title above the table fills one cell
    number, cells = max(full, key=lambda row: sum(map(is_known, row[1])))
    while cells and not cells[-1]:
        cells = cells[:-1]
    if len(cells) > MAX_COLUMNS:
        raise TooLarge(_("ตารางมีเกิน {limit} คอลัมน์ กรุณาตัดคอลัมน์ที่ไม่ใช้ออก").format(limit=MAX_COLUMNS))
    seen: Counter[str] = Counter()
    header = []
    for place, cell in enumerate(cells, start=1):
        name = cell or _("คอลัมน์ {number}").format(number=place)
        seen[name] += 1
        header.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return number, header


def _clean(text: str) -> str:
    return text.replace("\x00", "").replace("\u200b", "").replace("\ufeff", "").strip()


# CSV


def _csv(path: Path, encoding: str) -> Callable[[], Iterator[list[str]]]:
    delimiter = _delimiter(path, encoding)

    def records() -> Iterator[list[str]]:
        with path.open(encoding=encoding, newline="") as file:
            try:
                for cells in csv.reader(_without_nul(file), delimiter=delimiter):
                    if any(len(cell) > MAX_CELL for cell in cells):
                        raise csv.Error
                    yield [_clean(cell) for cell in cells]
            except csv.Error:
                raise InvalidInput(_('อ่านไฟล์ CSV ไม่ได้: มีช่องที่ยาวผิดปกติ มักเกิดจากเครื่องหมาย " ที่เปิดไว้แล้วไม่ปิด')) from None

    return records


def _without_nul(file: Iterable[str]) -> Iterator[str]:
    return (line.replace("\x00", "") for line in file)


def _delimiter(path: Path, encoding: str) -> str:
    """Return the delimiter that cuts the first records most evenly into the most columns."""
    with path.open(encoding=encoding, newline="") as file:
        sample = "".join(islice(file, 40))[:_CHUNK]

    def evenness(delimiter: str) -> tuple[float, int]:
        try:
            widths = Counter(len(cells) for cells in csv.reader(io.StringIO(sample), delimiter=delimiter) if cells)
        except csv.Error:
            return (0.0, 0)
        width, count = max(widths.items(), key=lambda item: (item[0] > 1, item[1]), default=(1, 0))
        return (count / widths.total(), width) if width > 1 else (0.0, width)

    best = max(DELIMITERS, key=evenness)
    return best if evenness(best)[1] > 1 else ","


def _encoding(path: Path) -> str:
    """Return the encoding that the whole file is sound in. Raises InvalidInput when there is none."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _sound(path, "utf-16")
    high = [sum(half.count(byte) for byte in b"\x00\x0e") for half in (start[0::2], start[1::2])]
    if sum(high) > len(start) // 4:  # every other byte is the page, Latin or Thai, of a UTF-16 letter
        return _sound(path, "utf-16-le" if high[1] > high[0] else "utf-16-be")
    try:
        return _sound(path, "utf-8-sig")
    except InvalidInput as error:
        try:
            return _sound(path, "cp874")
        except InvalidInput:
            raise error from None


def _sound(path: Path, encoding: str) -> str:
    """Return the encoding when the file decodes in it to readable text. Raises InvalidInput with the line otherwise."""
    decoder = getincrementaldecoder(encoding)()
    line = thai = stray = garbled = undefined = 0
    with path.open("rb") as file:
        for chunk in _chunks(file):
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line += 1 + chunk.count(b"\n", 0, error.start)
                raise InvalidInput(_unreadable(line)) from None
            line += text.count("\n")
            thai += len(_THAI.findall(text))
            stray += len(_STRAY_MARK.findall(text))
            garbled += len(_GARBLED.findall(text))
            undefined += text.count("\ufffd")
    if garbled * 6 > thai or undefined > 3:
        raise InvalidInput(_("ตัวอักษรในไฟล์นี้เพี้ยนตั้งแต่ก่อนบันทึก กรุณาเปิดไฟล์ต้นฉบับแล้วบันทึกเป็น CSV UTF-8 อีกครั้ง"))
    if encoding == "cp874" and (not thai or stray * 20 > thai):
        raise InvalidInput(_unreadable(1))
    return encoding


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _unreadable(line: int) -> str:
    return _(
        "อ่านตัวอักษรในไฟล์ไม่ได้ (บรรทัด {line}) กรุณาบันทึกไฟล์เป็น CSV UTF-8 หรือ .xlsx แล้วลองใหม่ (รับ UTF-8, UTF-16 และ TIS-620)"
    ).format(line=line)


# XLSX


def _xlsx(path: Path, is_known: Callable[[str], bool]) -> Callable[[], Iterator[list[str]]]:
    """Return the rows of the sheet whose header we know best."""
    _demand_safe(path)
    try:
        book = CalamineWorkbook.from_path(str(path))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
    except (CalamineError, OSError, ValueError):
        raise InvalidInput(_("เปิดไฟล์ Excel นี้ไม่ได้ กรุณาบันทึกใหม่เป็น .xlsx")) from None

    def known(sheet: CalamineSheet) -> tuple[int, bool]:
        first = [[_cell(value) for value in row] for row in islice(sheet.iter_rows(), HEADER_WITHIN)]
        return max((sum(map(is_known, row)) for row in first), default=0), any(map(any, first))

    if not sheets:
        raise InvalidInput(_("ไฟล์นี้ว่างเปล่า"))
    chosen = max(sheets, key=known)

    def records() -> Iterator[list[str]]:
        for row in chosen.iter_rows():
            yield [_cell(value) for value in row]

    return records


def _cell(value: object) -> str:
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else _clean(str(value))


def _demand_safe(path: Path) -> None:
    """Unpack every part ourselves, counting, before calamine sees it: the sizes a zip declares may lie."""
    total = 0
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            for part in archive.infolist():
                is_sheet, rows, columns, tail = part.filename.startswith("xl/worksheets/"), 0, 0, b""
                for block in _inflated(raw, part):
                    total += len(block)
                    if total > MAX_UNPACKED:
                        raise TooLarge(_("ไฟล์ Excel นี้คลายออกแล้วใหญ่เกินไป กรุณาแบ่งเป็นหลายไฟล์"))
                    if is_sheet:
                        for letters, digits in _CELL_PLACE.findall(tail + block):
                            rows, columns = max(rows, int(digits)), max(columns, _column_number(letters))
                        tail = block[-80:]
                        if rows * columns > MAX_CELLS:
                            raise TooLarge(
                                _("ตารางใน Excel กว้างหรือยาวเกินไป กรุณาลบแถวและคอลัมน์ว่างที่อยู่ไกลออกไป หรือบันทึกเป็น CSV")
                            )
    except (zipfile.BadZipFile, zlib.error, OSError):
        raise InvalidInput(_("เปิดไฟล์ Excel นี้ไม่ได้ กรุณาบันทึกใหม่เป็น .xlsx")) from None


def _inflated(raw: IO[bytes], part: zipfile.ZipInfo) -> Iterator[bytes]:
    raw.seek(part.header_offset)
    fixed = raw.read(30)
    raw.seek(int.from_bytes(fixed[26:28], "little") + int.from_bytes(fixed[28:30], "little"), 1)
    left = part.compress_size
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    while left > 0:
        packed = raw.read(min(left, 1 << 16))
        if not packed:
            return
        left -= len(packed)
        if part.compress_type == zipfile.ZIP_STORED:
            yield packed
            continue
        while packed:
            yield inflater.decompress(packed, _CHUNK)
            packed = inflater.unconsumed_tail


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


# Written out


def write(path: Path, header: list[str], rows: Iterable[list[str]]) -> None:
    """Write a CSV that opens right in Excel (UTF-8 with a mark), where no cell can be taken for a formula."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        _write(file, header, rows)


def text(header: list[str], rows: Iterable[list[str]]) -> str:
    """Return the same as text, to be sent."""
    file = io.StringIO(newline="")
    file.write("\ufeff")
    _write(file, header, rows)
    return file.getvalue()


def _write(file: IO[str], header: list[str], rows: Iterable[list[str]]) -> None:
    writer = csv.writer(file)
    writer.writerow([_harmless(cell) for cell in header])
    writer.writerows([_harmless(cell) for cell in row] for row in rows)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
