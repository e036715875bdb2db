"""People, found by the name they sign in with, and listed for the administrator."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, or_, select

from app.i18n import arabic_digits
from app.models import Role, User, read_phone

PAGE = 30


def sign_in_key(text: str) -> str:
    """Return what a person typed as their name in the one spelling that is stored: E.164, or small letters."""
    return read_phone(text) or text.strip().casefold()


def find(session: Session, name: str) -> User | None:
    """Return whoever signs in with this telephone number or user name, in any spelling of it."""
    key = sign_in_key(name)
    return session.exec(select(User).where(or_(col(User.username) == key, col(User.phone) == key))).first()


@dataclass(frozen=True)
class Page:
    users: Sequence[User]
    next_cursor: int | None


def page(session: Session, *, text: str = "", role: Role | None = None, cursor: int | None = None) -> Page:
    """Return people by what they are called or sign in with, the newest first."""
    query = select(User)
    if text:
        digits = re.sub(r"\D", "", arabic_digits(text)).removeprefix("0")
        named = [col(User.display_name).icontains(text, autoescape=True), col(User.username) == text.casefold()]
        query = query.where(or_(*named, col(User.phone).contains(digits)) if len(digits) > 3 else or_(*named))
    if role is not None:
        query = query.where(User.role == role)
    if cursor is not None:
        query = query.where(col(User.id) < cursor)
    found = session.exec(
        query.options(
            joinedload(User.area),  # type: ignore[arg-type]  # SQLModel types a relationship as its value
            joinedload(User.cluster),  # type: ignore[arg-type]
            joinedload(User.organization),  # type: ignore[arg-type]
        )
        .order_by(col(User.id).desc())
        .limit(PAGE + 1)
    ).all()
    return Page(found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None)
