"""A sender's answers about their own need: given, taken back, each with its time and the notice it was given under."""

from collections.abc import Collection

from sqlmodel import Session

from app.database import now
from app.models import ConsentAnswer, ConsentKind, Need, User
from app.queries import consents as consent_queries
from app.queries import privacy_notices


def answer(
    session: Session, need: Need, person: User, given: Collection[ConsentKind], asked: Collection[ConsentKind]
) -> None:
    """Write down what was asked and answered; an answer that was the same before is not written twice."""
    current, version = consent_queries.current(session, need), privacy_notices.at(session, now()).version
    for kind in asked:
        if kind not in current or current[kind].is_given != (kind in given):
            session.add(
                ConsentAnswer(need_id=need.id, user_id=person.id, kind=kind, is_given=kind in given, version=version)
            )
    session.flush()
