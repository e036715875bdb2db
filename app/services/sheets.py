"""The sheet to fill in: its headers are those the import knows, its lists are the words of the form."""

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

import xlsxwriter

from app.i18n import N_, _
from app.models import AgentType, BehalfOf, Category, Consent, Urgency, ValueChainStage
from app.services import columns

# Field, width, and the words to choose from; the names are those of services.columns.
COLUMNS: tuple[tuple[str, int, type[Any] | None], ...] = (
    ("paper_no", 12, None),
    ("problem", 52, None),
    ("wish", 36, None),
    ("place", 36, None),
    ("village", 22, None),
    ("place_note", 26, None),
    ("category", 30, Category),
    ("urgency", 16, Urgency),
    ("households", 14, None),
    ("behalf_of", 26, BehalfOf),
    ("behalf_name", 24, None),
    ("author_name", 24, None),
    ("agent_type", 18, AgentType),
    ("author_organization", 24, None),
    ("consent", 30, Consent),
    ("date", 14, None),
    ("cause", 32, None),
    ("do_ourselves", 30, None),
    ("do_together", 30, None),
    ("ask_for", 30, None),
    ("product", 18, None),
    ("value_chain_stage", 26, ValueChainStage),
)
NEEDED = ("problem", "place")
ROWS = 1_000
MOST_PLACES = 20_000
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT = "TH Sarabun New"  # in every Thai office; a program without it takes its own
TELLS: dict[str, str] = {
    "paper_no": N_("เลขที่เขียนบนแบบกระดาษ ถ้ามี"),
    "problem": N_("ต้องกรอก เล่าแบบที่พูดกัน หนึ่งแถวต่อหนึ่งเรื่อง"),
    "wish": N_("อยากให้ช่วยอย่างไร"),
    "place": N_("ต้องกรอก เลือกตำบลจากรายการ"),
    "village": N_("ชื่อบ้าน หรือหมู่ที่ เช่น หมู่ 4"),
    "place_note": N_("จุดที่เกิดเรื่อง เช่น ซอยหลังวัด"),
    "category": N_("เลือกจากรายการ ไม่แน่ใจให้เว้นไว้"),
    "urgency": N_("เลือกจากรายการ เว้นไว้ถือว่าปกติ"),
    "households": N_("ตัวเลข นับคร่าว ๆ ก็ได้"),
    "behalf_of": N_("เรื่องนี้เป็นของใคร เลือกจากรายการ"),
    "behalf_name": N_("ชื่อหมู่บ้านหรือชื่อกลุ่ม"),
    "author_name": N_("ชื่อผู้บอก เห็นเฉพาะเจ้าหน้าที่ที่ตรวจเรื่อง เว้นไว้ถ้าไม่ประสงค์ออกนาม"),
    "agent_type": N_("เลือกเมื่อผู้บอกเป็นผู้นำ ชาวบ้านทั่วไปให้เว้นไว้"),
    "author_organization": N_("กลุ่มหรือหน่วยงานของผู้บอก"),
    "consent": N_("ผู้บอกยินยอมให้ส่งแทนอย่างไร เลือกจากรายการ"),
    "date": N_("วันที่บอก เช่น 22/11/2569"),
    "cause": N_("คิดว่าเกิดจากอะไร"),
    "do_ourselves": N_("หมู่บ้านทำเองได้ตรงไหน"),
    "do_together": N_("ร่วมทำได้ตรงไหน ถ้ามีคนช่วย"),
    "ask_for": N_("ต้องขอให้หน่วยงานทำตรงไหน"),
    "product": N_("สินค้าหรืออาชีพที่เกี่ยวข้อง"),
    "value_chain_stage": N_("ติดขัดที่ขั้นไหนของสินค้า เลือกจากรายการ"),
}


def template(*, title: str, closes: str, places: Sequence[str], villages: Iterable[str]) -> bytes:
    """Make the workbook: a sheet to fill in, how to fill it, and hidden lists under their own names."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    base = {"font_name": FONT, "font_size": 16, "valign": "top"}
    head = book.add_format({**base, "bold": True, "text_wrap": True, "bg_color": "#E7EDF7", "border": 1})
    needed = book.add_format({**base, "bold": True, "text_wrap": True, "bg_color": "#FCF0D3", "border": 1})
    cell = book.add_format({**base, "text_wrap": True})
    text = book.add_format({**base, "num_format": "@"})  # a day in พ.ศ. stays as typed
    bold = book.add_format({**base, "bold": True, "text_wrap": True})
    sheet, guide, lists = book.add_worksheet(_("กรอกที่นี่")), book.add_worksheet(_("วิธีกรอก")), book.add_worksheet("lists")
    named = _add_lists(book, lists, places, list(villages))
    fields = {one.name: one for one in columns.FIELDS["needs"]}
    for place, (name, width, _kind) in enumerate(COLUMNS):
        sheet.set_column(place, place, width, text if name in ("date", "paper_no", "village") else cell)
        sheet.write_string(0, place, _(fields[name].label), needed if name in NEEDED else head)
        _restrict(sheet, place, name, named.get(name))
    sheet.freeze_panes(1, 2)
    sheet.set_row(0, 48)
    _explain(guide, bold, cell, title, closes)
    lists.hide()
    sheet.activate()
    book.close()
    return made.getvalue()


def _add_lists(book: Any, sheet: Any, places: Sequence[str], villages: list[str]) -> dict[str, str]:
    """Write each list in a column of its own and name its range; return the name by field."""
    listed = {name: [_(member.label) for member in kind] for name, _width, kind in COLUMNS if kind}
    listed |= {name: list(words) for name, words in (("place", places), ("village", villages)) if words}
    named = {}
    for place, (name, words) in enumerate(listed.items()):
        sheet.write_column(0, place, words)
        letter = xlsxwriter.utility.xl_col_to_name(place)
        named[name] = f"list_{name}"
        book.define_name(named[name], f"=lists!${letter}$1:${letter}${len(words)}")
    return named


def _restrict(sheet: Any, place: int, name: str, named: str | None) -> None:
    """Say what a box is for, and hold it to its list; a village we do not hold is only questioned."""
    rule: dict[str, Any] = {"validate": "any"}
    if named:
        rule = {
            "validate": "list",
            "source": f"={named}",
            "error_type": "warning" if name == "village" else "stop",
            "error_title": _("ไม่มีในรายการ"),
            "error_message": _("กรุณาเลือกจากรายการ กดลูกศรท้ายช่องเพื่อดู"),
        }
    elif name == "households":
        rule = {
            "validate": "integer",
            "criteria": "between",
            "minimum": 1,
            "maximum": columns.MAX_HOUSEHOLDS,
            "error_title": _("ต้องเป็นตัวเลข"),
            "error_message": _("กรุณากรอกเป็นตัวเลขจำนวนเต็ม"),
        }
    sheet.data_validation(1, place, ROWS, place, {**rule, "input_message": _(TELLS[name])[:255]})


def _explain(guide: Any, bold: Any, cell: Any, title: str, closes: str) -> None:
    guide.set_column(0, 0, 34, bold)
    guide.set_column(1, 1, 90, cell)
    lines = [
        (_("ตารางความต้องการ"), title),
        (_("รับถึง"), closes),
        (_("กรอกอย่างไร"), _("หนึ่งแถวคือหนึ่งเรื่อง กรอกในแผ่น “กรอกที่นี่” คอลัมน์สีเหลืองต้องกรอก คอลัมน์อื่นเว้นได้ อย่าเปลี่ยนชื่อหัวตาราง")),
        (_("ชื่อคน"), _("กรอกชื่อผู้บอกได้เมื่อเขายินยอม และเลือกด้วยว่ายินยอมอย่างไร")),
        (_("ส่งอย่างไร"), _("บันทึกแล้วส่งไฟล์ให้เจ้าหน้าที่ OSM เปิดหน้า “นำเข้าข้อมูล” ระบบตรวจทุกแถวก่อน แถวที่ต้องแก้จะบอกแถวและคอลัมน์")),
        (_("นำเข้าซ้ำ"), _("ไฟล์เดิมนำเข้าอีกครั้งได้ แถวที่มีแล้วจะไม่ถูกเพิ่มซ้ำ")),
        ("", ""),
    ]
    fields = {one.name: _(one.label) for one in columns.FIELDS["needs"]}
    lines += [(fields[name], _(TELLS[name])) for name, _width, _kind in COLUMNS]
    for row, (term, told) in enumerate(lines):
        guide.write_string(row, 0, term, bold)
        guide.write_string(row, 1, told, cell)
