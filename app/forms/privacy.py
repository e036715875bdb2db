"""Privacy: the notice itself, what a sender allows, why contact data is read, what one corrects or has erased."""

from typing import Annotated, Literal

from pydantic import Field

from app.forms import Form, TypedDay
from app.forms.sessions import Password
from app.models import ConsentKind, ContactReason

Text = Annotated[str, Field(min_length=200, max_length=20000)]


class PrivacyNoticeForm(Form):
    text_th: Text
    text_en: Text
    valid_on: TypedDay


class ConsentForm(Form):
    given: list[ConsentKind] = Field(default_factory=list)


class ContactForm(Form):
    why: ContactReason


class CorrectForm(Form):
    display_name: str = Field(max_length=120)
    phone: str | None = Field(default=None, max_length=40)
    current_password: Password


class EraseForm(Form):
    is_sure: Literal["true"]
    current_password: Password
