"""People: made, given an office, let in and kept out."""

import re
import secrets
from typing import Any, TypedDict

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.exceptions import Conflict, InvalidInput
from app.i18n import _
from app.models import AgentType, Area, AreaLevel, Organization, ProvincialCluster, Role, Sector, User, read_phone
from app.services import audit, sessions

# Where each role that serves an area may serve.
LEVELS: dict[Role, tuple[AreaLevel, ...]] = {
    Role.CHANGE_AGENT: (AreaLevel.DISTRICT, AreaLevel.SUBDISTRICT, AreaLevel.VILLAGE),
    Role.DISTRICT_VERIFIER: (AreaLevel.DISTRICT,),
    Role.PROVINCE_OFFICER: (AreaLevel.PROVINCE,),
}
_RUNS = ("01234567890123456789", "98765432109876543210")
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9._-]{3,40}")
_EASY_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when read aloud or written down


class Office(TypedDict):
    """A role with all that it takes, and nothing that it does not."""

    role: Role
    agent_type: AgentType | None
    area_code: str | None
    cluster_code: str | None
    organization_id: int | None


def office(
    session: Session,
    role: Role,
    *,
    agent_type: AgentType | None = None,
    area: Area | None = None,
    cluster_code: str | None = None,
    organization_id: int | None = None,
) -> Office:
    """Return an office that can be given to somebody. Raises InvalidInput when a part is missing or does not fit."""
    errors = {}
    if role is Role.CHANGE_AGENT and agent_type is None:
        errors["agent_type"] = _("กรุณาเลือกตำแหน่ง")
    if role.is_of_area and (area is None or area.level not in LEVELS[role]):
        levels = " / ".join(_(level.label) for level in LEVELS[role])
        errors["area_code"] = _("กรุณาเลือกพื้นที่ระดับ {levels}").format(levels=levels)
    if role.is_of_cluster and (cluster_code is None or session.get(ProvincialCluster, cluster_code) is None):
        errors["cluster_code"] = _("กรุณาเลือกกลุ่มจังหวัด")
    if role is Role.AGENCY and (organization_id is None or session.get(Organization, organization_id) is None):
        errors["organization_id"] = _("กรุณาเลือกหน่วยงาน")
    if errors:
        raise InvalidInput(" ".join(errors.values()), errors)
    return Office(
        role=role,
        agent_type=agent_type if role is Role.CHANGE_AGENT else None,
        area_code=area.code if area and role.is_of_area else None,
        cluster_code=cluster_code if role.is_of_cluster else None,
        organization_id=organization_id if role is Role.AGENCY else None,
    )


def sector_of(session: Session, given: Office) -> Sector:
    """Return the network partner an office speaks for: an agency's own; sages count with academia."""
    if given["organization_id"] is not None:
        return session.get_one(Organization, given["organization_id"]).sector
    match given["agent_type"]:
        case None | AgentType.DISTRICT_CHIEF:
            return Sector.STATE
        case AgentType.LOCAL_SAGE:
            return Sector.ACADEMIC
    return Sector.PEOPLE


def read_name(text: str) -> dict[str, str]:
    """Return what a person will sign in with, as ``phone`` or ``username``. Raises InvalidInput."""
    if phone := read_phone(text):
        return {"phone": phone}
    username = text.strip().casefold()
    if _USERNAME.fullmatch(username):
        return {"username": username}
    message = _("กรอกเบอร์โทรให้ครบ เช่น 081 234 5678 หรือตั้งชื่อเป็นตัวอังกฤษหรือตัวเลข 3 ตัวขึ้นไป ไม่เว้นวรรค")
    raise InvalidInput(message, {"name": message})


def create(session: Session, given: Office, *, by: User | None, **facts: Any) -> User:
    """Add a person. Raises InvalidInput when the number or name is somebody's already."""
    person = User(invited_by_id=by.id if by else None, sector=sector_of(session, given), **given, **facts)
    try:
        with session.begin_nested():
            session.add(person)
            session.flush()
    except IntegrityError:
        message = _("เบอร์โทรหรือชื่อผู้ใช้นี้มีคนใช้แล้ว ถ้าเป็นของคุณให้เข้าสู่ระบบ หรือใช้เบอร์อื่น")
        raise InvalidInput(message, {"name": message}) from None
    audit.record(session, by, "users.create", f"user:{person.id}", role=person.role)
    session.flush()
    return person


def update(session: Session, person: User, given: Office, *, by: User, display_name: str) -> None:
    """Give a person another name or office, remembering the one before; needs already sent keep the old one."""
    _refuse_own(person, by)
    facts: dict[str, Any] = {**given, "sector": sector_of(session, given), "display_name": display_name}
    changed = {}
    for name, value in facts.items():
        if (before := getattr(person, name)) != value:
            changed[name] = [before, value]
            setattr(person, name, value)
    if changed:
        audit.record(session, by, "users.update", f"user:{person.id}", changed=changed)
    session.add(person)
    session.flush()


def deactivate(session: Session, person: User, *, by: User) -> None:
    """Keep a person out from this moment on; what they wrote stays theirs."""
    _refuse_own(person, by)
    person.is_active = False
    session.add(person)
    sessions.revoke_all(session, person.id)
    audit.record(session, by, "users.deactivate", f"user:{person.id}")
    session.flush()


def reactivate(session: Session, person: User, *, by: User) -> None:
    person.is_active = True
    session.add(person)
    audit.record(session, by, "users.reactivate", f"user:{person.id}")
    session.flush()


def sign_out_everywhere(session: Session, person: User, *, by: User) -> int:
    """End all of a person's sign-ins; return how many there were."""
    count = sessions.revoke_all(session, person.id)
    audit.record(session, by, "users.sign_out_everywhere", f"user:{person.id}")
    session.flush()
    return count


def password_problem(password: str, *names: str | None) -> str:
    """Say why a password would be guessed first (a run of digits, few signs, the own name), or return nothing."""
    plain = password.casefold()
    has_name = any(name and name.casefold() in plain for name in names)
    if has_name or len(set(plain)) < 4 or any(plain in run for run in _RUNS):
        return _("รหัสผ่านนี้เดาง่ายเกินไป ลองใช้คำหลายคำต่อกัน และอย่าใช้ชื่อหรือเบอร์โทรของตัวเอง")
    return ""


def new_password() -> str:
    """Return a password that can be read out over the telephone: ``k7mw-x3ah-pq9d``, 59 random bits."""
    return "-".join("".join(secrets.choice(_EASY_LETTERS) for _ in range(4)) for _ in range(3))


def set_password(session: Session, person: User, password_hash: str, *, by: User | None) -> None:
    """Give a person a new password, and end every sign-in made with the old one."""
    person.password_hash = password_hash
    session.add(person)
    sessions.revoke_all(session, person.id)
    audit.record(session, by, "users.set_password", f"user:{person.id}")
    session.flush()


def _refuse_own(person: User, by: User) -> None:
    if person.id == by.id:
        raise Conflict(_("แก้หน้าที่หรือปิดบัญชีของตัวเองไม่ได้ ต้องให้ผู้ดูแลระบบคนอื่นทำ"))
