"""Needs like the one being written, found among those of its district. They are shown; nothing is ever merged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sqlmodel import Session

from app import permissions
from app.models import Area, User
from app.queries import joins
from app.services import privacy
from app.services.vectors import embedder
from nlp import tokenize

if TYPE_CHECKING:
    from nlp.similar import Pair

SHOWN = 3
# Nobody reads three needs because of one word; this much of a text says what it is about.
LONGEST = 1000
TAMBON = 6
# Meanings are compared after taking their mean away; the mean of a few texts is one of them, so there words do better.
ENOUGH = 8


@dataclass(frozen=True)
class Similar:
    """Another's need as a sender nearby may read it: masked, with no name. ``others`` have joined it already."""

    ref: str
    text: str
    area: Area | None
    sent_at: datetime | None
    others: int


def similar(
    session: Session, user: User, text: str, *, consultation_id: int, area_code: str | None, but: int | None = None
) -> list[Similar]:
    """Return at most three different matters of others that a text may be about too, the likeliest first.

    ``but`` is the need the text is of, which whoever typed it for another is not the author of.
    """
    text = text.strip()[:LONGEST]
    if not text or area_code is None or not permissions.can_compare_needs(user, area_code):
        return []
    words = {word[:80] for word in tokenize.search_words(privacy.mask(text)) if tokenize.is_content(word)}
    found = [one for one in joins.candidates(session, user, consultation_id, area_code, words) if one.need.id != but]
    likest = _likest(text, area_code, found)
    voices = joins.voices(session, {candidate.root for candidate in likest})
    return [
        Similar(
            ref=candidate.need.ref,
            text=privacy.public_text(candidate.need),
            area=candidate.area,
            sent_at=candidate.need.sent_at,
            others=voices.get(candidate.root, 1) - 1,
        )
        for candidate in likest
    ]


@cache
def _compare() -> Callable[..., list[Pair]]:
    """Load the comparison when it is first asked for: it brings scikit-learn, which no other page needs."""
    from nlp.similar import similar_to

    return similar_to


def _likest(text: str, area_code: str, found: list[joins.Candidate]) -> list[joins.Candidate]:
    """Choose by likeness; of those who already speak together only the likest is shown."""
    pairs = _compare()(
        text,
        [candidate.need.text[:LONGEST] for candidate in found],
        place=area_code[:TAMBON],
        places=[(candidate.need.area_code or "")[:TAMBON] or None for candidate in found],
        embedder=embedder() if len(found) >= ENOUGH else None,
        top=len(found),
    )
    by_root: dict[int, joins.Candidate] = {}
    for pair in pairs:
        candidate = found[pair.first]
        by_root.setdefault(candidate.root, candidate)
    return list(by_root.values())[:SHOWN]
