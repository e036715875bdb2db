"""People, found by the name they sign in with, and listed for the administrator."""

from sqlmodel import Session, col, or_, select

from app.models import User, read_phone


def sign_in_key(text: str) -> str:
    """Return what a person typed as their name in the one spelling that is stored: E.164, or small letters."""
    return read_phone(text) or text.strip().casefold()


def find(session: Session, name: str) -> User | None:
    """Return whoever signs in with this telephone number or user name, in any spelling of it."""
    key = sign_in_key(name)
    return session.exec(select(User).where(or_(col(User.username) == key, col(User.phone) == key))).first()
