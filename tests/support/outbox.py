"""What a phone sends: one need as its outbox keeps it."""

import hashlib
from typing import Any
from uuid import uuid4

from app.database import now
from app.models import Consultation, User
from tests.support.cast import CHAIYO_SUBDISTRICT
from tests.support.needs import WORDS


def item(author: User, to: Consultation | None, **values: Any) -> dict[str, Any]:
    """Describe one waiting need. Values are of the envelope when it knows them, else answers."""
    envelope = {
        "client_uuid": str(uuid4()),
        "schema_version": 1,
        "author_id": author.id,
        "captured_at": now().isoformat(),
        "replaces": None,
        "photos": [],
    }
    answers: dict[str, Any] = {
        "consultation": to.id if to else None,
        "problem": WORDS,
        "cause": "",
        "wish": "",
        "category": None,
        "area_code": CHAIYO_SUBDISTRICT,
        "area_code_query": "",
        "households": None,
        "are_households_sure": False,
        "urgency": "normal",
        "location": None,
    }
    for name, value in values.items():
        (envelope if name in envelope else answers)[name] = value
    return {**envelope, "answers": answers}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
