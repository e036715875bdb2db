"""Personal data, kept from everyone but the owner of the words and those who verify them."""

from collections.abc import Callable
from typing import Any

from app.i18n import N_
from app.models import Need
from nlp import privacy

PARTS = ("problem", "cause", "wish")
KINDS = {
    "national_id": N_("เลขบัตรประชาชน"),
    "phone": N_("เบอร์โทร"),
    "email": N_("อีเมล"),
    "account": N_("บัญชี"),
    "plate": N_("ทะเบียนรถ"),
    "address": N_("บ้านเลขที่"),
    "name": N_("ชื่อบุคคล"),
    "health": N_("สุขภาพของคน"),
    "religion": N_("ศาสนาของคน"),
}


def mask(text: str) -> str:
    """Return the text with telephones, ID numbers, addresses and named people masked."""
    return privacy.mask(text)


def pieces(text: str) -> list[tuple[str, str | None]]:
    """Cut a text where personal data was found: each piece with the name of its kind, or None where it is plain."""
    cut: list[tuple[str, str | None]] = []
    at = 0
    for span in privacy.find(text):
        if span.start > at:
            cut.append((text[at : span.start], None))
        cut.append((span.text, KINDS[span.kind]))
        at = span.end
    if at < len(text):
        cut.append((text[at:], None))
    return cut


def kinds(need: Need) -> list[str]:
    """Return the names of the kinds of personal data in the words of a need as sent, each once."""
    found = {kind: None for part in PARTS for _piece, kind in pieces(getattr(need, part)) if kind is not None}
    return list(found)


def public(need: Any, part: str = "problem") -> str:
    """Return one part of a need as everyone may read it: in the words an officer settled, else masked."""
    settled: str | None = getattr(need, f"public_{part}")
    return mask(getattr(need, part)) if settled is None else settled


def public_text(need: Need) -> str:
    """Return the words of a need as one text that everyone may read."""
    return "\n".join(text for part in PARTS if (text := public(need, part)))


def reader(need: Need) -> Callable[[str], str]:
    """Return what turns any text of a need into what those read who may not read it as typed."""
    settled = {getattr(need, part): public(need, part) for part in PARTS if getattr(need, part)}
    return lambda text: settled[text] if text in settled else mask(text)
