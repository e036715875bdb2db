"""The form of a need typed for somebody else: what an ordinary need asks, and who said it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from pydantic import Field, field_validator
from starlette.datastructures import FormData

from app.forms import Bound, Form, TypedDay, bind, unbound
from app.forms.needs import ANSWERS, LONG, NAME, SHORT, TypedNumber
from app.i18n import N_, _, today
from app.models import AgentType, BehalfOf, Category, Channel, Consent, GatheredBy, Urgency, ValueChainStage

CHANNELS = (Channel.PAPER, Channel.TELEPHONE, Channel.SPOKEN)
# What the next form of a pile has in common with this one; a name is never carried on.
KEPT = (
    "consultation", "channel", "consent", "told_on", "area_code_query", "behalf_of", "behalf_name", "gathered_by",
)  # fmt: skip


class EntryForm(Form):
    client_uuid: UUID
    consultation: int
    channel: Channel = Channel.PAPER
    consent: Consent | None = None
    told_on: TypedDay | None = None
    paper_no: str = Field(default="", max_length=20)
    teller: str = Field(default="", max_length=300)
    standing: AgentType | None = None
    group: str = Field(default="", max_length=200)
    area_code_query: str = Field(default="", max_length=NAME)
    place_note: str = Field(default="", max_length=200)
    problem: str = Field(default="", max_length=LONG)
    cause: str = Field(default="", max_length=SHORT)
    wish: str = Field(default="", max_length=SHORT)
    category: Category | None = None
    households: TypedNumber | None = None
    are_households_sure: bool = False
    urgency: Urgency = Urgency.NORMAL
    behalf_of: BehalfOf = BehalfOf.VILLAGE
    behalf_name: str = Field(default="", max_length=NAME)
    do_ourselves: str = Field(default="", max_length=SHORT)
    do_together: str = Field(default="", max_length=SHORT)
    ask_for: str = Field(default="", max_length=SHORT)
    product: str = Field(default="", max_length=80)
    value_chain_stage: ValueChainStage = ValueChainStage.NONE
    gathered_by: GatheredBy = GatheredBy.SURVEY

    @field_validator("channel")
    @classmethod
    def _is_of_another(cls, value: Channel) -> Channel:
        if value not in CHANNELS:
            raise ValueError(N_("กรุณาเลือกจากรายการ"))
        return value

    @field_validator("told_on")
    @classmethod
    def _was_told(cls, value: date | None) -> date | None:
        if value is not None and value > today():
            raise ValueError(N_("วันที่บอกต้องไม่เกินวันนี้"))
        return value

    @property
    def answers(self) -> dict[str, Any]:
        """The fields of a need as filled in, by their names in the model."""
        return {name: getattr(self, name) for name in ANSWERS if name in type(self).model_fields}

    def fingerprint(self) -> str:
        """Name what was posted: the same words posted again have the same name."""
        posted = self.model_dump(mode="json", exclude={"client_uuid", "are_households_sure"})
        return hashlib.sha256(json.dumps(posted, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def bind_entry(posted: FormData) -> Bound[EntryForm]:
    bound = bind(EntryForm, posted)
    if not str(bound.raw.get("problem") or "").strip():
        bound.errors["problem"] = _("กรุณาเล่าว่าเดือดร้อนเรื่องอะไร สั้น ๆ ก็ได้")
    return bound


def next_entry(typed: Mapping[str, Any], consultation_id: int | None) -> Bound[EntryForm]:
    """An empty form with a name of its own, and what it has in common with the one before."""
    return unbound(EntryForm, **{"consultation": consultation_id, **kept(typed), "client_uuid": str(uuid4())})


def kept(typed: Mapping[str, Any]) -> dict[str, str]:
    """Return what the next form has in common with what was typed."""
    return {name: str(typed[name]) for name in KEPT if typed.get(name)}


def address(typed: Mapping[str, Any]) -> str:
    """Write the address of the entry screen for the next form of the pile."""
    return f"/paper/entry?{urlencode(kept(typed))}"
