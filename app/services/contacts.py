"""Telephone numbers and e-mail addresses of others: read one person at a time, and never unseen."""

from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.models import ContactReason, DeliveryChannel, Need, Subscription, User
from app.services import audit


@dataclass(frozen=True)
class Contact:
    phone: str
    email: str


def read(session: Session, person: User, *, by: User, why: ContactReason, need: Need | None = None) -> Contact:
    """Return how to reach a person, and write down who read it and why; the person can see that."""
    email = session.exec(
        select(Subscription.address).where(
            Subscription.user_id == person.id,
            Subscription.channel == DeliveryChannel.EMAIL,
            col(Subscription.confirmed_at).is_not(None),
        )
    ).first()
    facts = {"need": need.ref} if need else {}
    audit.record(session, by, "contacts.read", f"user:{person.id}", why=why.value, **facts)
    session.flush()
    return Contact(phone=person.local_phone, email=email or "")
