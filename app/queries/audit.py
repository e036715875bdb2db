"""What was done, by whom, to what: read by the administrator."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.i18n import N_
from app.models import AuditEvent, User

PAGE = 50
# Every act that is recorded, as people say it.
ACTS = {
    "consultations.create": N_("สร้างรอบการรับฟัง"),
    "consultations.update": N_("แก้รอบการรับฟัง"),
    "consultations.advance": N_("เลื่อนขั้นรอบการรับฟัง"),
    "invitations.create": N_("สร้างคำเชิญ"),
    "invitations.renew": N_("ออกลิงก์คำเชิญใหม่"),
    "invitations.revoke": N_("ยกเลิกคำเชิญ"),
    "invitations.accept": N_("เข้าร่วมด้วยคำเชิญ"),
    "organizations.create": N_("เพิ่มหน่วยงาน"),
    "organizations.update": N_("แก้หน่วยงาน"),
    "users.create": N_("เพิ่มผู้ใช้"),
    "users.update": N_("แก้ชื่อหรือหน้าที่ของผู้ใช้"),
    "users.deactivate": N_("ปิดบัญชีผู้ใช้"),
    "users.reactivate": N_("เปิดบัญชีผู้ใช้"),
    "users.sign_out_everywhere": N_("ออกจากระบบให้ผู้ใช้บนทุกเครื่อง"),
    "users.set_password": N_("ตั้งรหัสผ่านใหม่"),
}


@dataclass(frozen=True)
class Page:
    events: Sequence[tuple[AuditEvent, str | None]]
    next_cursor: int | None


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
    return Page(found[:PAGE], found[PAGE - 1][0].id if len(found) > PAGE else None)
