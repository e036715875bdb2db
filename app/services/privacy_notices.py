"""The privacy notice: its first version comes with the program, later ones from the administrator."""

import tomllib
from datetime import date, datetime, time
from importlib.resources import files

from sqlmodel import Session, col, func, select

from app.config import Settings
from app.database import now
from app.exceptions import InvalidInput
from app.i18n import BANGKOK, _, today
from app.models import PrivacyNotice, User
from app.services import audit


def load_first(session: Session, settings: Settings) -> None:
    """Publish the notice that ships with the program, unless there is one."""
    if session.exec(select(PrivacyNotice).limit(1)).first() is None:
        shipped = tomllib.loads((files("app.services") / "privacy_notice.toml").read_text(encoding="utf-8"))
        thai, english = (fill(shipped[name].strip(), settings) for name in ("text_th", "text_en"))
        session.add(PrivacyNotice(version=1, text_th=thai, text_en=english))
        session.flush()


def publish(
    session: Session, *, text_th: str, text_en: str, valid_on: date, by: User, settings: Settings
) -> PrivacyNotice:
    """Add a version that holds from a day on, today at the earliest: nobody is told something after the fact."""
    if valid_on < today():
        message = _("วันเริ่มใช้ต้องไม่ใช่วันที่ผ่านไปแล้ว")
        raise InvalidInput(message, {"valid_on": message})
    starts = max(datetime.combine(valid_on, time.min, BANGKOK), now())
    version = session.exec(select(func.max(col(PrivacyNotice.version)))).one() or 0
    notice = PrivacyNotice(
        version=version + 1,
        text_th=fill(text_th, settings),
        text_en=fill(text_en, settings),
        valid_from=starts,
        published_by_id=by.id,
    )
    session.add(notice)
    session.flush()
    audit.record(session, by, "privacy_notices.publish", f"privacy:{notice.version}")
    return notice


def fill(text: str, settings: Settings) -> str:
    """Write the months of the settings into a text, for good: a version says what was promised when it came out."""
    for name in ("contact_months", "words_months", "audit_months"):
        text = text.replace(f"{{{name}}}", str(getattr(settings, f"keep_{name}")))
    return text
