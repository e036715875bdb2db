"""Assemblies: a meeting written down, its needs ranked by the villagers, and sent together."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from app import permissions
from app.config import Settings
from app.database import now
from app.exceptions import Conflict, InvalidInput, NotAllowed
from app.i18n import _, current_locale, thai_date
from app.models import (
    Area,
    Assembly,
    AssemblyItem,
    BehalfOf,
    Category,
    Channel,
    Consent,
    Consultation,
    GatheredBy,
    Need,
    RankedBy,
    Urgency,
    User,
)
from app.services import documents, needs, paper
from app.services.paper import Teller
from app.services.photos import Picture

MAX_ITEMS = 60


def create(
    session: Session,
    writer: User,
    meeting: Mapping[str, Any],
    *,
    consultation: Consultation,
    area: Area,
    chair: Teller,
    client_uuid: str,
) -> Assembly:
    """Begin the record of a meeting. Posted again, it is the same one."""
    known = session.exec(select(Assembly).where(Assembly.client_uuid == client_uuid)).one_or_none()
    if known is None:
        assembly = Assembly(
            client_uuid=client_uuid, consultation_id=consultation.id, created_by_id=writer.id,
            area_code=area.code, **_chaired(chair), **meeting,
        )  # fmt: skip
        try:
            with session.begin_nested():
                session.add(assembly)
        except IntegrityError:  # on PostgreSQL the same post may be arriving twice at this very moment
            known = session.exec(select(Assembly).where(Assembly.client_uuid == client_uuid)).one()
        else:
            return assembly
    if known.created_by_id != writer.id:
        raise Conflict(_("แบบฟอร์มนี้เป็นของบัญชีอื่น กรุณาเปิดแบบฟอร์มใหม่แล้วกรอกอีกครั้ง"))
    return known


def edit(
    session: Session, assembly: Assembly, writer: User, meeting: Mapping[str, Any], *, area: Area, chair: Teller
) -> None:
    _require(permissions.can_edit_assembly(writer, assembly))
    is_counted_anew = meeting["ranked_by"] is not assembly.ranked_by
    for name, value in {**meeting, **_chaired(chair), "area_code": area.code}.items():
        setattr(assembly, name, value)
    session.add(assembly)
    if is_counted_anew:
        rank(session, assembly, writer, {})
    session.flush()


def _chaired(chair: Teller) -> dict[str, Any]:
    account = chair.account
    return {"chair": account.display_name if account else chair.name, "chair_id": account.id if account else None}


# What was asked for


def add_item(
    session: Session,
    assembly: Assembly,
    writer: User,
    answers: Mapping[str, Any],
    *,
    client_uuid: str,
    are_households_sure: bool = False,
) -> AssemblyItem:
    """Write down one thing the villagers asked for, once however often it is posted. Raises InvalidInput."""
    _require(permissions.can_edit_assembly(writer, assembly))
    known = session.exec(select(AssemblyItem).where(AssemblyItem.client_uuid == client_uuid)).one_or_none()
    if known is not None:
        _require(known.assembly_id == assembly.id)
        return known
    if len(assembly.items) >= MAX_ITEMS:
        raise InvalidInput(_("ประชาคมครั้งหนึ่งเก็บได้ไม่เกิน {most} เรื่อง").format(most=MAX_ITEMS))
    needs.check_households(session, assembly.area, answers.get("households"), sure=are_households_sure)
    item = AssemblyItem(assembly_id=assembly.id, client_uuid=client_uuid, answers=dict(answers))
    session.add(item)
    session.flush()
    session.refresh(assembly, ["items"])
    return item


def remove_item(session: Session, assembly: Assembly, writer: User, item_id: int) -> None:
    _require(permissions.can_edit_assembly(writer, assembly))
    for item in assembly.items:
        if item.id == item_id:
            session.delete(item)
    session.flush()
    session.refresh(assembly, ["items"])


def rank(session: Session, assembly: Assembly, writer: User, counts: Mapping[int, int | None]) -> None:
    """Keep the votes, or the places as typed, and rank by them; those with the same share a rank, as 1, 1, 3."""
    _require(permissions.can_edit_assembly(writer, assembly))
    by_votes = assembly.ranked_by is RankedBy.VOTES
    given = sorted((count for count in counts.values() if count is not None), reverse=by_votes)
    for item in assembly.items:
        count = counts.get(item.id)
        item.count = count
        item.rank = None if count is None else given.index(count) + 1
        session.add(item)
    session.flush()


def move(session: Session, assembly: Assembly, writer: User, item_id: int, *, up: bool) -> None:
    """Change places with the neighbour in the order; every item then has a place of its own."""
    ordered = in_order(assembly)
    place = next((place for place, item in enumerate(ordered) if item.id == item_id), None)
    other = None if place is None else place - 1 if up else place + 1
    if place is not None and other is not None and 0 <= other < len(ordered):
        ordered[place], ordered[other] = ordered[other], ordered[place]
    rank(session, assembly, writer, {item.id: number for number, item in enumerate(ordered, start=1)})


def in_order(assembly: Assembly) -> list[AssemblyItem]:
    """Return the items as ranked; those without a rank come last, as they were written down."""
    return sorted(assembly.items, key=lambda item: (item.rank is None, item.rank or 0, item.id))


# Minutes and sending


def keep(session: Session, assembly: Assembly, writer: User, *, minutes: str, sheet: Picture | None) -> None:
    """Keep the minutes, and the photo of the sheet people signed, whose file is saved."""
    _require(permissions.can_edit_assembly(writer, assembly))
    assembly.minutes = minutes
    if sheet is not None:
        assembly.sheet_file = sheet.file_name
    session.add(assembly)
    session.flush()


def send(session: Session, assembly: Assembly, writer: User) -> int:
    """Send everything the assembly asked for, each with its rank; return how many. Raises InvalidInput."""
    session.refresh(assembly, with_for_update=True)
    if assembly.is_sent:
        return assembly.item_count
    if not permissions.can_send_assembly(writer, assembly):
        raise InvalidInput(_("รอบการรับฟังนี้ปิดรับแล้ว หรือไม่ใช่ของกลุ่มจังหวัดของคุณ กรุณาเลือกรอบอื่น"))
    items = in_order(assembly)
    if not items:
        raise InvalidInput(_("ยังไม่มีเรื่อง กรุณาใส่อย่างน้อยหนึ่งเรื่องก่อนส่ง"))
    unranked = [item for item in items if item.rank is None]
    if unranked and len(unranked) < len(items):
        raise InvalidInput(_("ยังจัดอันดับไม่ครบทุกเรื่อง กรอกให้ครบ หรือลบตัวเลขทั้งหมดถ้าไม่ได้จัดอันดับ"))
    chair = Teller(account=assembly.chaired_by, name=assembly.chair)
    for item in items:
        item.need_id = _send_item(session, assembly, writer, chair, item).id
        session.add(item)
    assembly.sent_at, assembly.item_count = now(), len(items)
    session.add(assembly)
    session.flush()
    return len(items)


def _send_item(session: Session, assembly: Assembly, writer: User, chair: Teller, item: AssemblyItem) -> Need:
    answers: dict[str, Any] = dict(item.answers)
    category = answers.get("category")
    return paper.enter(
        session,
        writer,
        chair,
        {
            **answers,
            "category": Category(category) if category else None,
            "urgency": Urgency(answers["urgency"]),
            "behalf_of": BehalfOf.VILLAGE,
            "behalf_name": assembly.village,
            "gathered_by": GatheredBy.ASSEMBLY,
            "assembly_on": assembly.held_on,
            "attendance": assembly.attendance,
        },
        consultation=assembly.consultation,
        area=assembly.area,
        client_uuid=item.client_uuid,
        body_hash=hashlib.sha256(json.dumps(item.answers, sort_keys=True, ensure_ascii=False).encode()).hexdigest(),
        consent=Consent.MINUTES,
        channel=Channel.ASSEMBLY,
        told_on=assembly.held_on,
        are_households_sure=True,  # asked when it was written down
        assembly=assembly,
        rank=item.rank,
    )


# The minutes on paper


def minutes(assembly: Assembly, *, area: str, title: str, writer: str, settings: Settings) -> bytes:
    """Set the minutes for signing: who came, what was asked for in which order, and what was said."""
    rows = [
        {
            "rank": str(item.rank or "–"),
            "votes": "" if item.count is None else str(item.count),
            "problem": str(item.answers.get("problem", "")),
            "wish": str(item.answers.get("wish", "")),
            "households": str(item.answers.get("households") or "–"),
        }
        for item in in_order(assembly)
    ]
    words = {
        "lang": current_locale.get(),
        "heading": _("บันทึกประชาคม"),
        "title": title,
        "office": settings.office_name,
        "facts": [
            [_("พื้นที่"), " ".join(part for part in (assembly.village, area) if part)],
            [_("สถานที่ประชุม"), assembly.place or "–"],
            [_("วันที่"), thai_date(assembly.held_on)],
            [_("ประธาน"), assembly.chair],
            [_("ผู้เข้าร่วม"), came(assembly)],
            [_("แยกตามภาคส่วน"), " · ".join(f"{_(one.label)} {count}" for one, count in assembly.by_sector) or "–"],
            [_("จัดอันดับโดย"), _(assembly.ranked_by.label)],
        ],
        "needs": _("สิ่งที่ชาวบ้านขอ ตามลำดับ"),
        "columns": [_("อันดับ"), _("เรื่อง"), _("ครัวเรือน"), _("คะแนน")],
        "with-votes": assembly.ranked_by is RankedBy.VOTES,
        "wish": _("อยากให้ช่วย"),
        "rows": rows,
        "said": _("บันทึกการประชุม"),
        "minutes": assembly.minutes,
        "signs": [_("ประธาน"), _("ผู้จดบันทึก"), _("ตัวแทนผู้เข้าร่วม")],
        "names": [assembly.chair, writer, ""],
        "sign": _("ลงชื่อ"),
        "page": _("หน้า"),
    }
    return documents.pdf("assemblies/minutes.typ", words)


def came(assembly: Assembly) -> str:
    """Say how many came: 43 คน (หญิง 25 ชาย 18)."""
    parts = [_("หญิง {n}").format(n=assembly.women), _("ชาย {n}").format(n=assembly.men)]
    if assembly.others:
        parts.append(_("ไม่ระบุ {n}").format(n=assembly.others))
    return _("{people} คน ({parts})").format(people=assembly.attendance, parts=" ".join(parts))


def line(assembly: Assembly, rank: int | None) -> str:
    """Say of which meeting a need came: ประชาคม 22 พ.ย. 2569 · 43 คน (หญิง 25) · อันดับ 1 จาก 6."""
    people = _("{people} คน (หญิง {women})").format(people=assembly.attendance, women=assembly.women)
    parts = [_("ประชาคม {day}").format(day=thai_date(assembly.held_on)), people]
    if rank is not None:
        parts.append(_("อันดับ {rank} จาก {count}").format(rank=rank, count=assembly.item_count))
    return " · ".join(parts)


def _require(allowed: bool) -> None:
    if not allowed:
        raise NotAllowed(_("แก้ประชาคมนี้ไม่ได้ อาจส่งไปแล้ว กรุณาเปิดดูอีกครั้ง"))
