"""Agencies, by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from app.models import Organization

PAGE = 50


@dataclass(frozen=True)
class Page:
    organizations: Sequence[Organization]
    next_cursor: str | None


def page(session: Session, *, text: str = "", cursor: str = "") -> Page:
    """Return agencies whose name has this text, in the order of their Thai names, which are unique."""
    query = select(Organization)
    if text:
        named = (col(name).icontains(text, autoescape=True) for name in (Organization.name_th, Organization.name_en))
        query = query.where(or_(*named))
    if cursor:
        query = query.where(col(Organization.name_th) > cursor)
    found = session.exec(query.order_by(col(Organization.name_th)).limit(PAGE + 1)).all()
    return Page(found[:PAGE], found[PAGE - 1].name_th if len(found) > PAGE else None)


def every(session: Session) -> Sequence[Organization]:
    """Return all of them, to choose from."""
    return session.exec(select(Organization).order_by(col(Organization.name_th))).all()
