"""The words of a need that others read: proposed by masking what was found, settled by an officer."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from app import permissions
from app.database import now
from app.exceptions import InvalidInput, NotAllowed
from app.i18n import _
from app.models import Need, NeedAct, TopicQuote, User
from app.services import needs, privacy
from app.services.privacy import PARTS


def proposal(need: Need) -> dict[str, str]:
    """Return the words as they stand for others now: what was settled, else the words masked."""
    return {part: privacy.public(need, part) for part in PARTS if getattr(need, part)}


def settle(session: Session, need: Need, officer: User, texts: Mapping[str, str]) -> int:
    """Keep the words that others read; the words as sent stay. Return how much personal data is still found in them.

    A quote proposed from the old words takes the new ones, and must be approved again. Raises InvalidInput for a part
    left empty.
    """
    session.refresh(need, with_for_update=True)
    if not permissions.can_word_need(officer, need):
        raise NotAllowed(_("คุณตรวจถ้อยคำของเรื่องที่ส่งหรือพิมพ์เองไม่ได้ ต้องให้คนอื่นตรวจ"))
    errors = {part: _("กรุณาเขียนถ้อยคำที่คนอื่นอ่านได้") for part in PARTS if getattr(need, part) and not texts.get(part)}
    if errors:
        raise InvalidInput(_("ถ้อยคำยังไม่ครบ"), errors)
    for part in PARTS:
        if getattr(need, part):
            setattr(need, f"public_{part}", texts[part])
    need.worded_by_id, need.worded_at = officer.id, now()
    needs.step(session, need, officer, NeedAct.WORD, need.status)
    needs.index_words(session, need, needs.search_words({**need.model_dump(), **texts}))
    proposed = select(TopicQuote).where(TopicQuote.need_id == need.id, col(TopicQuote.proposed_by_id).is_(None))
    for quote in session.exec(proposed):
        if quote.text != texts["problem"]:
            quote.text, quote.approved_by_id, quote.approved_at = texts["problem"], None, None
            session.add(quote)
    session.flush()
    return sum(kind is not None for text in texts.values() for _piece, kind in privacy.pieces(text))
