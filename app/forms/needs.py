"""The form of a need: one question must be answered, the others help."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from pydantic import BeforeValidator, Field, field_validator
from starlette.datastructures import FormData, QueryParams

from app.forms import Bound, Form, TypedDay, bind, bind_values, unbound
from app.i18n import N_, _, arabic_digits, today
from app.models import (
    BehalfOf,
    Category,
    GatheredBy,
    GoTo,
    Need,
    NeedStatus,
    Urgency,
    User,
    ValueChainStage,
)
from app.services.photos import MAX_PHOTOS

LONG, SHORT, NAME = 4000, 2000, 120
REF_LENGTH = 8
MAX_ID = 2**31 - 1


def _typed_number(value: Any) -> Any:
    return arabic_digits(value).replace(",", "").replace(" ", "") if isinstance(value, str) else value


# As people write it, with Thai digits and commas.
TypedNumber = Annotated[int, BeforeValidator(_typed_number), Field(ge=1, le=1_000_000)]
# The number of a need one's own is the same as. What makes no sense here joins nothing, and refuses no words.
TypedRef = Annotated[str, BeforeValidator(lambda value: value.strip()[:20] if isinstance(value, str) else "")]


class NeedForm(Form):
    client_uuid: UUID | None = None
    consultation: int | None = Field(default=None, ge=1, le=MAX_ID)
    act: Literal["send", "draft"] = "send"
    problem: str = Field(default="", max_length=LONG)
    cause: str = Field(default="", max_length=SHORT)
    wish: str = Field(default="", max_length=SHORT)
    category: Category | None = None
    area_code: str | None = Field(default=None, max_length=8)
    area_code_query: str = Field(default="", max_length=NAME)
    place_note: str = Field(default="", max_length=200)
    behalf_of: BehalfOf = BehalfOf.VILLAGE
    behalf_name: str = Field(default="", max_length=NAME)
    households: TypedNumber | None = None
    are_households_sure: bool = False
    urgency: Urgency = Urgency.NORMAL
    product: str = Field(default="", max_length=80)
    value_chain_stage: ValueChainStage = ValueChainStage.NONE
    do_ourselves: str = Field(default="", max_length=SHORT)
    do_together: str = Field(default="", max_length=SHORT)
    ask_for: str = Field(default="", max_length=SHORT)
    gathered_by: GatheredBy = GatheredBy.OWN_KNOWLEDGE
    assembly_on: TypedDay | None = None
    attendance: TypedNumber | None = None
    joins: TypedRef = ""

    @field_validator("assembly_on")
    @classmethod
    def _was_held(cls, value: date | None) -> date | None:
        if value is not None and value > today():
            raise ValueError(N_("วันประชาคมต้องไม่เกินวันนี้"))
        return value

    @property
    def is_sending(self) -> bool:
        return self.act == "send"

    def name(self, author: User, fingerprint: str) -> str:
        """Return the name this is posted under. A page made for everybody gives none: then the words of a day are."""
        if self.client_uuid is not None:
            return str(self.client_uuid)
        return str(uuid5(NAMESPACE_URL, f"{author.id}/{today()}/{fingerprint}"))

    @property
    def answers(self) -> dict[str, Any]:
        """The fields of a need as filled in, by their names in the model."""
        return {name: getattr(self, name) for name in ANSWERS}

    def fingerprint(self, photos: Iterable[str]) -> str:
        """Name what was posted, photos included: the same words posted again have the same name."""
        posted = self.model_dump(mode="json", exclude={"client_uuid", "are_households_sure"})
        body = json.dumps([posted, sorted(photos)], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(body.encode()).hexdigest()


# What its boxes offer to choose from, by the names the templates use.
CHOICES: dict[str, Any] = {
    "urgencies": list(Urgency),
    "categories": list(Category),
    "behalves": list(BehalfOf),
    "stages": list(ValueChainStage),
    "gatherings": list(GatheredBy),
    "most_photos": MAX_PHOTOS,
}

ANSWERS = (
    "problem", "cause", "wish", "category", "place_note", "behalf_of", "behalf_name", "households", "urgency",
    "product", "value_chain_stage", "do_ourselves", "do_together", "ask_for", "gathered_by", "assembly_on",
    "attendance",
)  # fmt: skip


def bind_need(posted: FormData) -> Bound[NeedForm]:
    """Read a posted need. A draft may be as empty as it likes; what is sent says what the problem is."""
    return _ask_problem(bind(NeedForm, posted))


def bind_answers(answers: Mapping[str, Any]) -> Bound[NeedForm]:
    """Read the same answers as a phone kept them."""
    return _ask_problem(bind_values(NeedForm, {**answers, "act": "send"}))


def _ask_problem(bound: Bound[NeedForm]) -> Bound[NeedForm]:
    is_empty = not str(bound.raw.get("problem") or "").strip()
    if is_empty and bound.raw.get("act") != "draft":
        bound.errors["problem"] = _("กรุณาเล่าว่าเดือดร้อนเรื่องอะไร สั้น ๆ ก็ได้")
    return bound


def filled_need(need: Need) -> Bound[NeedForm]:
    """The form of a draft, as it was left."""
    values = {name: getattr(need, name) for name in ANSWERS}
    if need.assembly_on:
        values["assembly_on"] = typed_day(need.assembly_on)
    return unbound(
        NeedForm,
        client_uuid=need.client_uuid or str(uuid4()),
        consultation=need.consultation_id,
        area_code=need.area_code,
        **values,
    )


def typed_day(day: date) -> str:
    """Write a day as it is typed: 22/11/2569."""
    return f"{day.day}/{day.month}/{day.year + 543}"


class FilterForm(Form):
    """What narrows the list of needs; the address holds all of it, so a list can be kept and sent on."""

    q: str = Field(default="", max_length=200)
    consultation: int | None = None
    status: NeedStatus | None = None
    category: Category | None = None
    urgency: Urgency | None = None
    area: str = Field(default="", max_length=8)
    certified: bool | None = None
    mine: bool = False
    cursor: str = Field(default="", max_length=REF_LENGTH)

    @property
    def count(self) -> int:
        """How many filters are in use, apart from the search box."""
        used = (self.consultation, self.status, self.category, self.urgency, self.area or None, self.certified)
        return sum(one is not None for one in used)


def read_filters(query: QueryParams) -> FilterForm:
    """Read an address; what makes no sense in it narrows nothing."""
    bound = bind(FilterForm, query)
    if bound.is_valid:
        return bound.value
    return FilterForm.model_validate({k: v for k, v in bound.raw.items() if v and k not in bound.errors})


class ActForm(Form):
    """What may be typed with an act; each act asks for its own part, and says so when it is missing."""

    note: str = Field(default="", max_length=SHORT)
    internal_note: str = Field(default="", max_length=SHORT)
    detail: str = Field(default="", max_length=LONG)
    reason: str = Field(default="", max_length=SHORT)
    go_to: GoTo | None = None
    organization: int | None = None
    into: str = Field(default="", max_length=20)
    joins: str = Field(default="", max_length=20)
