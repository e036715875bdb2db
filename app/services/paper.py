"""Needs that somebody else types: who said it and who typed it are both kept, and how consent was given.

The same words can come on a printed form, whose page is set here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app import permissions
from app.config import Settings
from app.database import now
from app.exceptions import Conflict, InvalidInput
from app.i18n import N_, _, current_locale, thai_date
from app.models import (
    AgentType,
    Area,
    Assembly,
    BehalfOf,
    Category,
    Channel,
    Consent,
    Consultation,
    Need,
    NeedAct,
    NeedStatus,
    Role,
    Sector,
    Urgency,
    User,
)
from app.queries import areas as area_queries
from app.services import documents, needs

_PICKED = re.compile(r"#(\d+)$")
UNNAMED = "-"


@dataclass(frozen=True)
class Teller:
    """Who said it: somebody of the roster by their account, or a name alone, which may be left out."""

    account: User | None = None
    name: str = ""
    standing: AgentType | None = None
    group: str = ""


def find_teller(
    session: Session, typist: User, written: str, *, standing: AgentType | None = None, group: str = ""
) -> Teller:
    """Read who said it as typed: a line picked from the roster ends in its number; ``-`` is nobody named.

    Raises InvalidInput when nothing is written, or the number is nobody's of the typist's area.
    """
    if not written:
        raise InvalidInput(_("ยังกรอกไม่ครบ"), {"teller": _("กรุณาพิมพ์ชื่อผู้บอก ถ้าไม่ประสงค์ออกนาม พิมพ์ -")})
    if written == UNNAMED:
        return Teller(standing=standing, group=group)
    picked = _PICKED.search(written)
    if picked is None:
        return Teller(name=written, standing=standing, group=group)
    account = session.exec(
        select(User).where(col(User.id) == int(picked[1]), permissions.visible_agents(typist))
    ).one_or_none()
    if account is None:
        message = _("ไม่พบคนนี้ในทะเบียนผู้นำของพื้นที่คุณ เลือกจากรายการ หรือพิมพ์เฉพาะชื่อ")
        raise InvalidInput(message, {"teller": message})
    return Teller(account=account)


def find_place(session: Session, typist: User, consultation: Consultation, written: str) -> Area:
    """Read a place as typed, looking first where the typist may write for others. Raises InvalidInput."""
    near = permissions.speaks_within(typist)
    found = area_queries.resolve(session, None, written, within=near) if near and written else None
    area = found if isinstance(found, Area) else needs.find_area(session, consultation, None, written, required=True)
    if area is None or not permissions.can_enter_need(typist, consultation, area.code):
        message = _("กรอกแทนได้เฉพาะเรื่องในพื้นที่ของคุณ เรื่องของพื้นที่อื่น ให้คนในพื้นที่นั้นกรอก")
        raise InvalidInput(message, {"area_code_query": message})
    return area


def enter(
    session: Session,
    typist: User,
    teller: Teller,
    answers: Mapping[str, Any],
    *,
    consultation: Consultation,
    area: Area,
    client_uuid: str,
    body_hash: str,
    consent: Consent | None,
    channel: Channel,
    paper_no: str = "",
    told_on: date | None = None,
    are_households_sure: bool = False,
    assembly: Assembly | None = None,
    rank: int | None = None,
) -> Need:
    """Send a need for whoever said it. Entered again, it is the same need: nothing is written twice.

    The typist's own words need no consent. Raises InvalidInput; Conflict when other words were sent under this
    ``client_uuid``.
    """
    words = needs.search_words(answers)
    is_own = teller.account is not None and teller.account.id == typist.id
    if not is_own and consent is None:
        raise InvalidInput(_("ยังกรอกไม่ครบ"), {"consent": _("กรุณาเลือกว่าเจ้าของเรื่องยินยอมอย่างไร")})
    known = _entered_before(session, client_uuid, typist, body_hash)
    if known is not None:
        return known
    if not permissions.can_enter_need(typist, consultation, area.code):
        message = _("รอบการรับฟังนี้ปิดรับแล้ว หรือไม่ใช่ของกลุ่มจังหวัดของคุณ กรุณาเลือกรอบอื่น")
        raise InvalidInput(message, {"consultation": message})
    needs.check_households(session, area, answers.get("households"), sure=are_households_sure)
    need = Need(
        ref=needs.new_ref(session),
        client_uuid=client_uuid,
        body_hash=body_hash,
        consultation_id=consultation.id,
        area_code=area.code,
        entered_by_id=None if is_own else typist.id,
        consent=None if is_own else consent,
        channel=channel,
        paper_no=paper_no,
        told_on=told_on,
        assembly_id=assembly.id if assembly else None,
        assembly_rank=rank,
        sent_at=now(),
        **_office(teller, area),
        **answers,
    )
    try:
        with session.begin_nested():
            session.add(need)
    except IntegrityError:  # on PostgreSQL the same post may be arriving twice at this very moment
        known = _entered_before(session, client_uuid, typist, body_hash)
        if known is None:
            raise
        return known
    needs.index_words(session, need, words)
    if need.consent is None:
        needs.step(session, need, typist, NeedAct.SEND, NeedStatus.SUBMITTED)
    else:
        needs.step(session, need, typist, NeedAct.ENTER, NeedStatus.SUBMITTED, consent=need.consent.value)
    if need.is_for_another and need.author_id is not None:
        needs.notify(session, need, NeedAct.ENTER, N_("มีคนกรอกเรื่องแทนในชื่อของคุณ เปิดดูว่าตรงกับที่คุณบอกไหม"))
    return need


def _office(teller: Teller, area: Area) -> dict[str, Any]:
    """Freeze who said it and from which office, as sending freezes it for those who type themselves."""
    person = teller.account
    if person is None:
        return {
            "author_name": teller.name,
            "author_role": Role.CHANGE_AGENT if teller.standing else None,
            "author_agent_type": teller.standing,
            "author_sector": Sector.PEOPLE,
            "author_area_code": area.code,
            "author_organization": teller.group,
        }
    return {
        "author_id": person.id,
        "author_name": person.display_name,
        "author_role": person.role,
        "author_agent_type": person.agent_type,
        "author_sector": person.sector,
        "author_area_code": person.area_code,
        "author_organization": person.organization.name_th if person.organization else "",
    }


def _entered_before(session: Session, client_uuid: str, typist: User, body_hash: str) -> Need | None:
    known = session.exec(select(Need).where(Need.client_uuid == client_uuid)).one_or_none()
    if known is not None and (typist.id not in (known.entered_by_id, known.author_id) or known.body_hash != body_hash):
        raise Conflict(_("เรื่องนี้ส่งไปแล้ว ข้อความที่ส่งแล้วแก้ไม่ได้ ถ้ามีเรื่องเพิ่ม กรุณาส่งเป็นเรื่องใหม่"))
    return known


# The form on paper


def form(consultation: Consultation, *, title: str, settings: Settings) -> bytes:
    """Set the one-page form of a round, in the reader's language."""
    address = f"{settings.public_url.rstrip('/')}/needs/new?consultation={consultation.id}"
    return documents.pdf("paper/form.typ", _form_words(consultation, title, address, settings))


def _form_words(consultation: Consultation, title: str, address: str, settings: Settings) -> dict[str, Any]:
    contact = settings.office_contact or settings.public_url.partition("://")[2]
    return {
        "lang": current_locale.get(),
        "title": title,
        "office": settings.office_name,
        "heading": _("แบบเล่าความต้องการของชาวบ้าน"),
        "closes": _("รับถึงวันที่ {day}").format(day=thai_date(consultation.close_on)),
        "form-code": _("แบบ ปค.1 รอบที่ {number}").format(number=consultation.id),
        "form-no": _("ใบที่"),
        "qr": documents.qr_code(address),
        "qr-alt": address,
        "qr-note": _("ส่งทางโทรศัพท์เองได้"),
        "q-who": _("ใครเป็นผู้บอก"),
        "name": _("ชื่อ"),
        "telephone": _("โทร (ไม่ใส่ก็ได้)"),
        "standings": [_("ชาวบ้าน"), *(_(one.label) for one in AgentType if one is not AgentType.DISTRICT_CHIEF)],
        "other": _("อื่น ๆ"),
        "q-where": _("เรื่องนี้อยู่ที่ไหน"),
        "village": _("บ้าน หมู่ที่"),
        "subdistrict": _("ตำบล"),
        "district": _("อำเภอ"),
        "spot": _("จุดที่เกิดเรื่อง"),
        "q-problem": _("เดือดร้อนเรื่องอะไร เล่าแบบที่พูดกัน"),
        "q-wish": _("อยากให้ช่วยอย่างไร"),
        "q-category": _("เป็นเรื่องด้านไหน ขีดถูกหนึ่งช่อง"),
        "categories": [_(one.label) for one in Category],
        "q-households": _("เดือดร้อนประมาณกี่ครัวเรือน"),
        "households-unit": _("ครัวเรือน"),
        "q-urgency": _("เร่งด่วนแค่ไหน"),
        "urgencies": [_(one.label) for one in reversed(Urgency)],
        "q-behalf": _("เรื่องนี้เป็นของใคร"),
        "behalves": [_("ผู้บอกคนเดียว") if one is BehalfOf.SELF else _(one.label) for one in BehalfOf],
        "behalf-name": _("ชื่อกลุ่ม"),
        "q-help": _("หมู่บ้านช่วยตรงไหนได้บ้าง (ไม่ใส่ก็ได้)"),
        "do-ourselves": _("ทำเองได้"),
        "do-together": _("ร่วมทำได้"),
        "ask-for": _("ขอให้หน่วยงานทำ"),
        "privacy": _(
            "ข้อมูลนี้ใช้ทำแผนพัฒนากลุ่มจังหวัดและตอบกลับคุณตามหน้าที่ของรัฐ (พ.ร.บ.คุ้มครองข้อมูลส่วนบุคคล มาตรา 24 (4)) "
            "ชื่อและเบอร์โทรเห็นเฉพาะเจ้าหน้าที่ที่ตรวจเรื่อง เก็บชื่อไว้ {months} เดือน "
            "ขอดู แก้ หรือลบได้ที่ {contact} เหตุด่วนหรือร้องทุกข์ โทร 1567 ไม่ต้องรอแบบนี้"
        ).format(contact=contact, months=settings.keep_words_months),
        "agree": _("ยินยอมให้ผู้รับแบบกรอกส่งแทน"),
        "signed": _("ลงชื่อ"),
        "date": _("วันที่"),
        "return-to": _("ส่งแบบนี้ที่ผู้ใหญ่บ้าน กำนัน หรือที่ว่าการอำเภอ ภายในวันที่ {day} · {office} {contact}").format(
            day=thai_date(consultation.close_on), office=settings.office_name, contact=settings.office_contact
        ),
        "cut": _("ฉีกตามรอยนี้ ผู้บอกเก็บส่วนล่างไว้"),
        "slip": _("ใบรับแบบ {code}").format(code=_("แบบ ปค.1 รอบที่ {number}").format(number=consultation.id)),
        "received-by": _("ผู้รับแบบ"),
        "received-on": _("วันที่รับ"),
        "ref": _("เลขที่เรื่อง 8 หลัก"),
        "follow": _("ใช้เลขที่เรื่องถามผลได้ที่ {contact} หรือโทร 1567").format(contact=contact),
    }
