"""What was done, by whom, to what: read by the administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.i18n import N_, Labelled
from app.models import (
    AgentType,
    Area,
    AuditEvent,
    ContactReason,
    Decision,
    FlagKind,
    ImportKind,
    Organization,
    ProvincialCluster,
    Role,
    Stage,
    User,
)

PAGE = 50
# Every act that is recorded, as people say it.
ACTS = {
    "contacts.read": N_("เปิดดูข้อมูลติดต่อ"),
    "consultations.advance": N_("เลื่อนขั้นรอบการรับฟัง"),
    "consultations.create": N_("สร้างรอบการรับฟัง"),
    "consultations.update": N_("แก้รอบการรับฟัง"),
    "flags.dismiss": N_("เอาป้ายเตือนออก"),
    "imports.discard": N_("ทิ้งไฟล์ที่นำเข้า"),
    "imports.run": N_("นำเข้าไฟล์"),
    "invitations.accept": N_("เข้าร่วมด้วยคำเชิญ"),
    "invitations.create": N_("สร้างคำเชิญ"),
    "invitations.renew": N_("ออกลิงก์คำเชิญใหม่"),
    "invitations.revoke": N_("ยกเลิกคำเชิญ"),
    "links.confirmed": N_("ยืนยันความเชื่อมโยง"),
    "links.rejected": N_("ปฏิเสธความเชื่อมโยง"),
    "outbox.import": N_("นำเข้าเรื่องที่ค้างในโทรศัพท์"),
    "organizations.create": N_("เพิ่มหน่วยงาน"),
    "organizations.update": N_("แก้หน่วยงาน"),
    "personal_data.copy": N_("ขอสำเนาข้อมูลของตนเอง"),
    "personal_data.correct": N_("แก้ข้อมูลของตนเอง"),
    "personal_data.erase": N_("ขอลบข้อมูลของตนเอง"),
    "plans.add_issue": N_("เพิ่มประเด็นการพัฒนา"),
    "plans.create": N_("สร้างแผน"),
    "plans.delete_issue": N_("ลบประเด็นการพัฒนา"),
    "plans.update": N_("แก้แผน"),
    "plans.update_issue": N_("แก้ประเด็นการพัฒนา"),
    "privacy_notices.publish": N_("ออกประกาศความเป็นส่วนตัวฉบับใหม่"),
    "projects.create": N_("เพิ่มโครงการ"),
    "projects.create_activity": N_("เพิ่มกิจกรรม"),
    "projects.report_progress": N_("รายงานความคืบหน้าของโครงการ"),
    "projects.set_funding": N_("แก้แหล่งงบของกิจกรรม"),
    "projects.update": N_("แก้โครงการ"),
    "projects.update_activity": N_("แก้กิจกรรม"),
    "reach.remind": N_("เตือนผู้นำให้ส่งเรื่อง"),
    "responses.draft": N_("ร่างคำตอบ"),
    "responses.publish": N_("เผยแพร่คำตอบ"),
    "retention.forget_contacts": N_("ลบข้อมูลติดต่อเมื่อครบเวลา"),
    "topics.approve": N_("รับรองประเด็น"),
    "topics.approve_quote": N_("รับรองคำพูดที่จะเผยแพร่"),
    "topics.merge": N_("รวมประเด็น"),
    "topics.move": N_("ย้ายเรื่องไปอีกประเด็น"),
    "topics.rename": N_("เปลี่ยนชื่อประเด็น"),
    "topics.reopen": N_("เปิดประเด็นให้แก้อีกครั้ง"),
    "topics.request_analysis": N_("สั่งจัดกลุ่มความต้องการ"),
    "topics.reword_quote": N_("แก้คำพูดที่จะเผยแพร่"),
    "topics.split": N_("แยกประเด็น"),
    "users.create": N_("เพิ่มผู้ใช้"),
    "users.deactivate": N_("ปิดบัญชีผู้ใช้"),
    "users.reactivate": N_("เปิดบัญชีผู้ใช้"),
    "users.set_password": N_("ตั้งรหัสผ่านใหม่"),
    "users.sign_out_everywhere": N_("ออกจากระบบให้ผู้ใช้บนทุกเครื่อง"),
    "users.update": N_("แก้ชื่อหรือหน้าที่ของผู้ใช้"),
}

# What an act kept, as people say it; a column's own name stands where nothing is said here.
FACTS = {
    "after": N_("เป็น"),
    "agent_type": N_("ตำแหน่ง"),
    "area_code": N_("พื้นที่"),
    "before": N_("จาก"),
    "changed_fields": N_("แก้"),
    "cluster_code": N_("กลุ่มจังหวัด"),
    "decision": N_("คำตัดสิน"),
    "count": N_("จำนวน"),
    "file": N_("ไฟล์"),
    "into": N_("ไปที่"),
    "kind": N_("ชนิด"),
    "label": N_("ชื่อใหม่"),
    "name": N_("ชื่อ"),
    "need": N_("เรื่องที่"),
    "needs": N_("เรื่องที่"),
    "organization_id": N_("หน่วยงาน"),
    "plan": N_("แผนที่"),
    "plan_id": N_("แผนที่"),
    "project": N_("โครงการที่"),
    "reason": N_("เหตุผล"),
    "role": N_("หน้าที่"),
    "title": N_("ชื่อ"),
    "told": N_("จำนวนคนที่ได้รับแจ้ง"),
    "version": N_("ฉบับที่"),
    "why": N_("เพราะ"),
    "was": N_("ชื่อเดิม"),
}


# What a kept value is, where it is one of a few: shown by its label.
CHOICES: dict[str, tuple[type[Labelled], ...]] = {
    "after": (Stage,),
    "agent_type": (AgentType,),
    "before": (Stage,),
    "decision": (Decision,),
    "kind": (FlagKind, ImportKind),
    "role": (Role,),
    "stage": (Stage,),
    "why": (ContactReason,),
}


@dataclass(frozen=True)
class Page:
    """``names`` are what the codes of places, clusters and agencies in these events stand for."""

    events: Sequence[tuple[AuditEvent, str | None]]
    next_cursor: int | None
    names: dict[tuple[str, str], Area | ProvincialCluster | Organization]


def page(session: Session, *, actor_id: int | None = None, subject: str = "", cursor: int | None = None) -> Page:
    """Return acts with the name of who did each, the newest first; None is the system or the command line."""
    query = select(AuditEvent, User.display_name).join(User, col(User.id) == AuditEvent.actor_id, isouter=True)
    if actor_id is not None:
        query = query.where(AuditEvent.actor_id == actor_id)
    if subject:
        query = query.where(AuditEvent.subject == subject)
    if cursor is not None:
        query = query.where(col(AuditEvent.id) < cursor)
    found = session.exec(query.order_by(col(AuditEvent.id).desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    names = _names(session, [event for event, _actor in shown])
    return Page(shown, found[PAGE - 1][0].id if len(found) > PAGE else None, names)


def _names(
    session: Session, events: Sequence[AuditEvent]
) -> dict[tuple[str, str], Area | ProvincialCluster | Organization]:
    """Find what the codes in some events stand for, in three statements."""
    codes: dict[str, set[str]] = {"area_code": set(), "cluster_code": set(), "organization_id": set()}
    for event in events:
        for name, value in (event.detail.get("changed") or event.detail).items():
            if name in codes:
                codes[name] |= {str(one) for one in (value if isinstance(value, list) else [value]) if one is not None}
    numbers = [int(code) for code in codes["organization_id"] if code.isdigit()]
    areas = session.exec(select(Area).where(col(Area.code).in_(codes["area_code"])))
    clusters = session.exec(select(ProvincialCluster).where(col(ProvincialCluster.code).in_(codes["cluster_code"])))
    agencies = session.exec(select(Organization).where(col(Organization.id).in_(numbers)))
    return {
        **{("area_code", one.code): one for one in areas},
        **{("cluster_code", one.code): one for one in clusters},
        **{("organization_id", str(one.id)): one for one in agencies},
    }


def choice(name: str, value: str) -> Labelled | None:
    """Return the member of an enum that a kept value is, if it is one."""
    return next((member for kind in CHOICES.get(name, ()) for member in kind if member.value == value), None)
