"""People: made, changed, let in and kept out."""

import re
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.exceptions import InvalidInput
from app.i18n import _
from app.models import User, read_phone
from app.services import audit, sessions

_RUNS = ("01234567890123456789", "98765432109876543210")
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9._-]{3,40}")


def read_name(text: str) -> dict[str, str]:
    """Return what a person will sign in with, as ``phone`` or ``username``. Raises InvalidInput."""
    if phone := read_phone(text):
        return {"phone": phone}
    username = text.strip().casefold()
    if _USERNAME.fullmatch(username):
        return {"username": username}
    message = _("กรอกเบอร์โทรให้ครบ เช่น 081 234 5678 หรือตั้งชื่อเป็นตัวอังกฤษหรือตัวเลข 3 ตัวขึ้นไป ไม่เว้นวรรค")
    raise InvalidInput(message, {"name": message})


def create(session: Session, *, by: User | None, **facts: Any) -> User:
    """Add a person. Raises InvalidInput when the number or name is somebody's already."""
    person = User(invited_by_id=by.id if by else None, **facts)
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:
        message = _("เบอร์โทรหรือชื่อผู้ใช้นี้มีคนใช้แล้ว ถ้าเป็นของท่านให้เข้าสู่ระบบ หรือใช้เบอร์อื่น")
        raise InvalidInput(message, {"name": message}) from None
    audit.record(session, by, "users.create", f"user:{person.id}", role=person.role)
    session.flush()
    return person


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
