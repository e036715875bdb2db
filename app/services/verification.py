"""Deciding on many needs at once: each is decided by itself, and what could not be done says why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from app import permissions
from app.config import Settings
from app.exceptions import InvalidInput, NotAllowed
from app.i18n import N_, _
from app.models import GoTo, Need, NeedAct, Role, User
from app.services import needs

# What officers most often have to ask. The sender reads the Thai words, whatever language the officer reads.
QUESTIONS = {
    "households": N_("เดือดร้อนกี่ครัวเรือน"),
    "where": N_("จุดที่เกิดเรื่องอยู่ตรงไหน ใกล้อะไร"),
    "when": N_("เกิดบ่อยแค่ไหน ช่วงเดือนไหน เป็นมานานเท่าไร"),
    "told": N_("เคยแจ้ง อบต. หรือหน่วยงานไหนแล้วหรือยัง ได้คำตอบว่าอย่างไร"),
    "first": N_("อยากให้ช่วยทำอะไรก่อนเป็นอย่างแรก"),
    "photo": N_("ขอรูปถ่ายจุดที่เดือดร้อน"),
}
DONE = {
    NeedAct.CERTIFY: N_("รับรองแล้ว {count} เรื่อง"),
    NeedAct.ACCEPT: N_("รับเข้าพิจารณาแล้ว {count} เรื่อง โดยระบุว่าอำเภอยังไม่รับรอง"),
    NeedAct.ACKNOWLEDGE: N_("รับเรื่องไว้แล้ว {count} เรื่อง"),
    NeedAct.RETURN: N_("ส่งคำถามถึงผู้ส่งแล้ว {count} เรื่อง"),
    NeedAct.REFER: N_("ส่งต่อหน่วยงานแล้ว {count} เรื่อง"),
    NeedAct.OUT_OF_SCOPE: N_("แจ้งผู้ส่งแล้วว่าควรติดต่อที่ใด {count} เรื่อง"),
}


@dataclass
class Settled:
    """What came of one act on many needs: the numbers of those it was done to, and (number, why not) of the others."""

    act: NeedAct
    done: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def acts_of(officer: User) -> tuple[NeedAct, ...]:
    """Return what an officer may do with needs in the queue, the usual one first."""
    first = {Role.DISTRICT_VERIFIER: NeedAct.CERTIFY, Role.PROVINCE_OFFICER: NeedAct.ACKNOWLEDGE}
    return (first.get(officer.role, NeedAct.ACCEPT), NeedAct.RETURN, NeedAct.REFER, NeedAct.OUT_OF_SCOPE)


def questions(chosen: Sequence[str], own_words: str) -> str:
    """Write the chosen ready-made questions and one's own words as one text."""
    return "\n".join([*(QUESTIONS[key] for key in QUESTIONS if key in chosen), *([own_words] if own_words else [])])


def settle(
    session: Session,
    officer: User,
    refs: Sequence[str],
    act: NeedAct | None,
    settings: Settings,
    *,
    note: str = "",
    go_to: GoTo | None = None,
    organization_id: int | None = None,
) -> Settled:
    """Do one act to each of the needs. Raises InvalidInput when none was chosen, or the act lacks its words."""
    do: dict[NeedAct, Callable[[Need], None]] = {
        NeedAct.CERTIFY: lambda need: needs.certify(session, need, officer),
        NeedAct.ACCEPT: lambda need: needs.accept(session, need, officer, settings),
        NeedAct.ACKNOWLEDGE: lambda need: needs.acknowledge(session, need, officer),
        NeedAct.RETURN: lambda need: needs.return_for_detail(session, need, officer, note),
        NeedAct.REFER: lambda need: needs.refer(session, need, officer, organization_id),
        NeedAct.OUT_OF_SCOPE: lambda need: needs.mark_out_of_scope(session, need, officer, go_to),
    }
    if act is None or act not in do:
        raise InvalidInput(_("กรุณาเลือกว่าจะทำอะไร"), {"act": _("กรุณาเลือกว่าจะทำอะไร")})
    if not refs:
        raise InvalidInput(_("กรุณาเลือกเรื่องก่อน"), {"ref": _("กรุณาเลือกเรื่องก่อน")})
    # In the order of their numbers: two officers who decide on the same needs at once wait for each other, and
    # neither for ever.
    found = session.exec(
        select(Need).where(col(Need.ref).in_(refs), permissions.visible_needs(officer)).order_by(col(Need.id))
    ).all()
    settled = Settled(act)
    for need in found:
        try:
            do[act](need)
        except NotAllowed:
            settled.refused.append((need.ref, _why_not(officer, need, act)))
        else:
            settled.done.append(need.ref)
    known = {need.ref for need in found}
    settled.refused += [(ref, _("ไม่พบเรื่องเลขที่นี้")) for ref in dict.fromkeys(refs) if ref not in known]
    return settled


def _why_not(officer: User, need: Need, act: NeedAct) -> str:
    if permissions.is_own_entry(officer, need):
        return _("คุณส่งหรือพิมพ์เรื่องนี้เอง ต้องให้คนอื่นตรวจ")
    if need.status not in permissions.WAITING or act is NeedAct.ACKNOWLEDGE:
        return _("มีคนดำเนินการไปแล้ว ตอนนี้อยู่ขั้น “{status}”").format(status=_(need.status.label))
    if act is NeedAct.ACCEPT:
        return _("ยังอยู่ในเวลาที่ให้อำเภอตรวจ")
    return _("หน้าที่ของคุณทำขั้นตอนนี้ไม่ได้")
