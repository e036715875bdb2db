"""Areas found by what a person types, in Thai or English."""

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, func
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from app.database import read, table_of
from app.models import Area

_MARK = re.compile(r"^(จังหวัด|อำเภอ|ตำบล|แขวง|เขต|จ\.|อ\.|ต\.|changwat|amphoe|tambon)\s*(?=\S)")
LIMIT = 12


def search(session: Session, text: str, *, within: str = "", limit: int = LIMIT) -> Sequence[Area]:
    """Return areas whose name, with those around it, has every word typed; the wider ones first.

    ``within`` limits the search to one area by its code, or to one provincial cluster by its name.
    """
    words = [_MARK.sub("", word) for word in text.casefold().replace(",", " ").split()]
    words = [word for word in words if word]
    if not words:
        return []
    query = select(Area)
    for word in words:
        query = query.where(col(Area.search).contains(word, autoescape=True))
    if within.isdigit():
        query = query.where(col(Area.code).startswith(within, autoescape=True))
    elif within:
        query = query.where(Area.cluster_code == within)
    starts = case(
        (col(Area.search).startswith(" ".join(words) + " ", autoescape=True), 0),
        (col(Area.search).startswith(words[0], autoescape=True), 1),
        else_=2,
    )
    return session.exec(query.order_by(starts, func.length(Area.code), Area.code).limit(limit)).all()


def resolve(session: Session, code: str | None, text: str | None, *, within: str = "") -> Area | Sequence[Area]:
    """Return the one area a person meant: the code they picked, else the only one their words fit.

    When the words fit several or none, return what there is to choose from.
    """
    if code:
        area = read(session, Area, code)
        return [] if area is None or not is_within(area, within) else area
    found = search(session, text or "", within=within)
    exact = [area for area in found if (text or "").strip() in (area.name_th, area.full_th, area.full_en)]
    if len(exact) == 1:
        return exact[0]
    return found[0] if len(found) == 1 else found


_PLACE = table_of(Area).c
_COUNTED: Select[Any] = (
    select_columns(_PLACE.full_th, _PLACE.name_th, _PLACE.households)
    .where(_PLACE.code.in_(bindparam("codes", expanding=True)), _PLACE.households.is_not(None))
    .order_by(_PLACE.code.desc())
    .limit(1)
)


def counted(session: Session, area: Area) -> Row[Any] | None:
    """Return names and number of households of a place, or of the nearest around it whose households were counted."""
    codes = [area.code[:length] for length in range(len(area.code), 2, -2)]
    return session.connection().execute(_COUNTED, {"codes": codes}).first()


def is_within(area: Area, within: str) -> bool:
    if within.isdigit():
        return area.code.startswith(within)
    return not within or area.cluster_code == within
