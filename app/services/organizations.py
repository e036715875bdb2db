"""Agencies that lead, fund or answer."""

from sqlmodel import Session, col, select

from app.exceptions import InvalidInput
from app.i18n import _
from app.models import Organization, Sector, User
from app.services import audit


def create(session: Session, *, by: User, name_th: str, name_en: str, sector: Sector) -> Organization:
    """Add an agency. Raises InvalidInput when there is one of that name."""
    _check_name(session, name_th)
    organization = Organization(name_th=name_th, name_en=name_en, sector=sector)
    session.add(organization)
    session.flush()
    audit.record(session, by, "organizations.create", f"organization:{organization.id}", name=name_th)
    return organization


def update(
    session: Session, organization: Organization, *, by: User, name_th: str, name_en: str, sector: Sector
) -> None:
    """Correct an agency. Raises InvalidInput when another has that name."""
    _check_name(session, name_th, besides=organization.id)
    audit.record(
        session,
        by,
        "organizations.update",
        f"organization:{organization.id}",
        before=organization.name_th,
        after=name_th,
    )
    organization.name_th, organization.name_en, organization.sector = name_th, name_en, sector
    session.add(organization)
    session.flush()


def _check_name(session: Session, name_th: str, *, besides: int | None = None) -> None:
    query = select(Organization.id).where(Organization.name_th == name_th, col(Organization.id) != (besides or 0))
    if session.exec(query).first() is not None:
        message = _("มีหน่วยงานชื่อนี้แล้ว")
        raise InvalidInput(message, {"name_th": message})
