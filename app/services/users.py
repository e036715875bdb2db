"""People: made, changed, let in and kept out."""

from sqlmodel import Session

from app.i18n import _
from app.models import User
from app.services import audit, sessions

_RUNS = ("01234567890123456789", "98765432109876543210")


def password_problem(password: str, *names: str | None) -> str:
    """Say why a password would be guessed first (a run of digits, few signs, the own name), or return nothing."""
    plain = password.casefold()
    has_name = any(name and name.casefold() in plain for name in names)
    if has_name or len(set(plain)) < 4 or any(plain in run for run in _RUNS):
        return _("รหัสผ่านนี้เดาง่ายเกินไป ลองใช้คำหลายคำต่อกัน และอย่าใช้ชื่อหรือเบอร์โทรของตัวเอง")
    return ""


def set_password(session: Session, user: User, password_hash: str, *, by: User | None) -> None:
    """Give a person a new password, and end every sign-in made with the old one."""
    user.password_hash = password_hash
    session.add(user)
    sessions.revoke_all(session, user.id)
    audit.record(session, by, "users.set_password", f"user:{user.id}")
    session.flush()
