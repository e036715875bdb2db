"""Forms: what a page posted, read once, with what was typed kept for showing again."""

from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from starlette.datastructures import FormData, QueryParams, UploadFile

from app.i18n import N_, _, arabic_digits, parse_baht, parse_date

MESSAGES = {
    "missing": N_("กรุณากรอกช่องนี้"),
    "string_too_short": N_("กรุณากรอกอย่างน้อย {min_length} ตัวอักษร"),
    "string_too_long": N_("ยาวเกิน {max_length} ตัวอักษร กรุณาย่อให้สั้นลง หรือแยกเป็นหลายเรื่อง"),
    "int_parsing": N_("กรุณากรอกเป็นตัวเลข"),
    "decimal_parsing": N_("กรุณากรอกเป็นตัวเลข"),
    "float_parsing": N_("กรุณากรอกเป็นตัวเลข"),
    "greater_than_equal": N_("ต้องไม่น้อยกว่า {ge}"),
    "less_than_equal": N_("ต้องไม่เกิน {le}"),
    "enum": N_("กรุณาเลือกจากรายการ"),
    "literal_error": N_("กรุณาเลือกจากรายการ"),
}
NO_DAY = N_("กรุณากรอกวันที่ เช่น 22/11/2569")
NO_MONEY = N_("กรุณากรอกเงินเป็นบาท เช่น 1,250,000 หรือ 1250000.50")
NO_YEAR = N_("กรุณากรอกปีงบประมาณเป็น พ.ศ. เช่น 2569")
OTHER = N_("ค่านี้ใช้ไม่ได้ กรุณาตรวจอีกครั้ง")
# A text far too long is answered by its form, which still holds it; the request as a whole has its own limit.
MAX_FIELD = 8 << 20


class Form(BaseModel):
    """Base of every form: text is stripped, an empty box counts as not filled in, unknown boxes are ignored."""

    model_config = ConfigDict(str_strip_whitespace=True, extra="ignore")


def _read_day(text: object) -> object:
    try:
        return parse_date(text) if isinstance(text, str) else text
    except ValueError:
        raise ValueError(NO_DAY) from None


def _read_baht(text: object) -> object:
    try:
        return parse_baht(text) if isinstance(text, str) else text
    except ValueError:
        raise ValueError(NO_MONEY) from None


# Money as people type it in baht, as satang.
TypedBaht = Annotated[int, BeforeValidator(_read_baht)]
# A day as people type it, in either era.
TypedDay = Annotated[date, BeforeValidator(_read_day)]


def _read_year(text: object) -> object:
    year = arabic_digits(text).strip() if isinstance(text, str) else ""
    if not (len(year) == 4 and year.isdigit() and 2500 <= int(year) <= 2700):
        raise ValueError(NO_YEAR)
    return int(year)


# A fiscal year, which the budget office counts in พ.ศ. in either language.
Year = Annotated[int, BeforeValidator(_read_year)]

F = TypeVar("F", bound=Form)


class Bound(Generic[F]):
    """A form as posted: ``value`` when it is valid, else ``errors`` by field; ``raw`` is what was typed."""

    def __init__(
        self, value: F | None = None, raw: Mapping[str, Any] | None = None, errors: dict[str, str] | None = None
    ) -> None:
        self._value = value
        self.raw = dict(raw or {})
        self.errors = errors or {}

    @property
    def is_valid(self) -> bool:
        return self._value is not None and not self.errors

    @property
    def value(self) -> F:
        if self._value is None:
            raise ValueError("the form is not valid: show it again")
        return self._value


async def read_form(request: Request) -> AsyncIterator[FormData]:
    """Give the posted form, and close its uploaded files when the request is over."""
    async with request.form(max_part_size=MAX_FIELD) as posted:
        yield posted


Posted = Annotated[FormData, Depends(read_form)]


def bind(form: type[F], posted: FormData | QueryParams) -> Bound[F]:
    """Read a posted form, or the filters in an address. A field that takes several values is declared as a list."""
    raw: dict[str, Any] = {}
    for key in posted:
        values = [value for value in posted.getlist(key) if not isinstance(value, UploadFile)]
        field = form.model_fields.get(key)
        takes_list = field is not None and str(field.annotation).startswith(("list", "set", "tuple"))
        raw[key] = values if takes_list else (values[-1] if values else "")
    return bind_values(form, raw)


def bind_values(form: type[F], raw: Mapping[str, Any]) -> Bound[F]:
    """Read values as they were typed, by the name of their box; None, too, counts as not filled in."""
    given = {
        key: value.replace("\0", "") if isinstance(value, str) else value  # which no database keeps in a text
        for key, value in raw.items()
        if value not in ("", [], None)
    }
    try:
        return Bound(form.model_validate(given), raw)
    except ValidationError as error:
        errors: dict[str, str] = {}
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else ""
            errors.setdefault(name, _explain(problem["type"], problem.get("ctx", {})))
        return Bound(None, raw, errors)


def unbound(form: type[F], **values: Any) -> Bound[F]:
    """An empty form, or one that starts with values, as they would be typed."""
    return Bound(None, {key: "" if value is None else value for key, value in values.items()})


def _explain(kind: str, context: Mapping[str, Any]) -> str:
    if kind == "value_error":  # a validator of ours raised ValueError(N_("…"))
        return _(str(context["error"]))
    return _(MESSAGES.get(kind, OTHER)).format(**context)
