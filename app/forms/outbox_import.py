"""The file of a phone's outbox (docs/INTAKE.md): a list of items as they are delivered, with their photos."""

from collections.abc import Mapping
from typing import Any

from app.exceptions import AppError, InvalidInput
from app.forms.outbox import read_item, read_json
from app.i18n import _
from app.services.outbox_import import Entry

FORMAT, VERSION = "prachakhom-outbox", 1
MOST_ITEMS = 500


def read_file(content: bytes) -> list[Entry]:
    """Read a file, one entry for each item however bad it is. Raises InvalidInput when it is no such file."""
    try:
        raw = read_json(content)
    except InvalidInput:
        raw = {}
    items, version = raw.get("items"), raw.get("version")
    if raw.get("format") != FORMAT or not isinstance(items, list):
        message = _("ไฟล์นี้ไม่ใช่ไฟล์สำรองของเรื่องที่รอส่ง เปิดหน้าเรื่องของฉันในโทรศัพท์ แล้วกด เก็บเป็นไฟล์สำรอง")
        raise InvalidInput(message, {"file": message})
    if not isinstance(version, int) or version > VERSION or len(items) > MOST_ITEMS:
        message = _("ไฟล์นี้ใหม่หรือใหญ่เกินกว่าที่ระบบนี้อ่านได้")
        raise InvalidInput(message, {"file": message})
    shared = raw.get("photos")
    return [
        _entry(number, one if isinstance(one, dict) else {}, shared if isinstance(shared, dict) else {})
        for number, one in enumerate(items, start=1)
    ]


def _entry(number: int, raw: dict[str, Any], shared: Mapping[str, Any]) -> Entry:
    answers = raw.get("answers")
    author_id = raw.get("author_id")
    facts: dict[str, Any] = {
        "number": number,
        "author_id": author_id if type(author_id) is int and 0 < author_id < 2**31 else None,
        "author_name": str(raw.get("author_name") or "")[:120],
        "problem": str(answers.get("problem") or "") if isinstance(answers, dict) else "",
    }
    own = raw.get("photo_data")
    photos = {**shared, **(own if isinstance(own, dict) else {})}
    try:
        item = read_item(raw)
    except InvalidInput as problem:
        return Entry(**facts, error=" · ".join(problem.errors.values()) or problem.message)
    except AppError as problem:
        return Entry(**facts, error=problem.message)
    posted = {
        "answers": item.form.answers,
        "client_uuid": item.client_uuid,
        "body_hash": item.body_hash,
        "consultation_id": item.form.consultation,
        "area_code": item.form.area_code,
        "area_text": item.form.area_code_query,
        "are_households_sure": True,  # the one who could say so is not here, and verifying asks again
        "joins": item.form.joins,
        "kept": item.kept,
    }
    held = {sha256: text for sha256, text in photos.items() if isinstance(text, str)}
    return Entry(**facts, posted=posted, photos=held, promised=item.kept.photos)
