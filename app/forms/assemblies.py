"""The forms of an assembly: the meeting, each thing it asked for, and how the villagers ranked them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from pydantic import BeforeValidator, Field, field_validator
from starlette.datastructures import FormData

from app.forms import Bound, Form, TypedDay, bind, unbound
from app.forms.needs import LONG, NAME, SHORT, TypedNumber
from app.i18n import N_, _, arabic_digits, today, typed_date
from app.models import Assembly, AssemblyItem, Category, RankedBy, Sector, Urgency

SECTOR = "sector_"
ANSWERED = ("problem", "wish", "category", "households", "urgency", "do_ourselves", "do_together", "ask_for")


def _count(value: Any) -> Any:
    return arabic_digits(value).replace(",", "").replace(" ", "") if isinstance(value, str) else value


# People counted: none is a count, too.
Count = Annotated[int, BeforeValidator(_count), Field(ge=0, le=100_000)]


class AssemblyForm(Form):
    client_uuid: UUID
    consultation: int
    area_code_query: str = Field(default="", max_length=NAME)
    village: str = Field(default="", max_length=NAME)
    place: str = Field(default="", max_length=200)
    held_on: TypedDay
    chair: str = Field(default="", max_length=300)
    women: Count = 0
    men: Count = 0
    others: Count = 0
    sector_state: Count = 0
    sector_local_government: Count = 0
    sector_academic: Count = 0
    sector_religious: Count = 0
    sector_private: Count = 0
    sector_people: Count = 0
    sector_civil_society: Count = 0
    sector_media: Count = 0
    ranked_by: RankedBy = RankedBy.VOTES

    @field_validator("held_on")
    @classmethod
    def _was_held(cls, value: date) -> date:
        if value > today():
            raise ValueError(N_("วันประชาคมต้องไม่เกินวันนี้"))
        return value

    @property
    def sectors(self) -> dict[str, int]:
        return {one.value: count for one in Sector if (count := getattr(self, SECTOR + one.value))}

    @property
    def meeting(self) -> dict[str, Any]:
        """The fields of an assembly as filled in, by their names in the model."""
        names = ("village", "place", "held_on", "women", "men", "others", "ranked_by")
        return {name: getattr(self, name) for name in names} | {"sectors": self.sectors}


def bind_assembly(posted: FormData) -> Bound[AssemblyForm]:
    bound = bind(AssemblyForm, posted)
    if not bound.errors:
        form = bound.value
        if form.women + form.men + form.others == 0:
            bound.errors["women"] = _("กรุณากรอกจำนวนคนที่มา")
        elif sum(form.sectors.values()) > form.women + form.men + form.others:
            bound.errors["sector_people"] = _("จำนวนคนแยกตามภาคส่วนรวมกันมากกว่าคนที่มา กรุณาตรวจอีกครั้ง")
    return bound


def blank_assembly(consultation_id: int | None, **values: Any) -> Bound[AssemblyForm]:
    return unbound(AssemblyForm, client_uuid=str(uuid4()), consultation=consultation_id, **values)


def filled_assembly(assembly: Assembly, *, area: str, chair: str) -> Bound[AssemblyForm]:
    return unbound(
        AssemblyForm,
        client_uuid=assembly.client_uuid,
        consultation=assembly.consultation_id,
        area_code_query=area,
        village=assembly.village,
        place=assembly.place,
        held_on=typed_date(assembly.held_on),
        chair=chair,
        women=assembly.women,
        men=assembly.men,
        others=assembly.others,
        ranked_by=assembly.ranked_by.value,
        **{SECTOR + name: count for name, count in assembly.sectors.items()},
    )


class ItemForm(Form):
    client_uuid: UUID
    problem: str = Field(default="", max_length=LONG)
    wish: str = Field(default="", max_length=SHORT)
    category: Category | None = None
    households: TypedNumber | None = None
    are_households_sure: bool = False
    urgency: Urgency = Urgency.NORMAL
    do_ourselves: str = Field(default="", max_length=SHORT)
    do_together: str = Field(default="", max_length=SHORT)
    ask_for: str = Field(default="", max_length=SHORT)

    @property
    def answers(self) -> dict[str, Any]:
        """What was asked for, as it is kept until it is sent."""
        return self.model_dump(mode="json", include=set(ANSWERED))


def bind_item(posted: FormData) -> Bound[ItemForm]:
    bound = bind(ItemForm, posted)
    if not str(bound.raw.get("problem") or "").strip():
        bound.errors["problem"] = _("กรุณาเล่าว่าเดือดร้อนเรื่องอะไร สั้น ๆ ก็ได้")
    return bound


def blank_item() -> Bound[ItemForm]:
    return unbound(ItemForm, client_uuid=str(uuid4()))


class FinishForm(Form):
    minutes: str = Field(default="", max_length=8000)
    act: str = Field(default="keep", max_length=10)

    @property
    def is_sending(self) -> bool:
        return self.act == "send"


def read_counts(posted: FormData, items: list[AssemblyItem], ranked_by: RankedBy) -> Bound[Form]:
    """Read the votes, or the places in the order, typed beside each item: ``count-ITEM``; an empty box is none."""
    bound: Bound[Form] = Bound(Form(), {key: str(posted[key]) for key in posted if key.startswith("count-")})
    least = 0 if ranked_by is RankedBy.VOTES else 1
    for item in items:
        typed = arabic_digits(str(bound.raw.get(f"count-{item.id}", ""))).strip()
        if typed and not (typed.isdigit() and least <= int(typed) <= 100_000):
            bound.errors[f"count-{item.id}"] = _("กรุณากรอกเป็นตัวเลข")
        bound.raw[f"count-{item.id}"] = typed
    return bound
