"""The words of a need that others read, as an officer settles them."""

from pydantic import Field

from app.forms import Form
from app.forms.needs import LONG


class WordingForm(Form):
    problem: str = Field(default="", max_length=LONG)
    cause: str = Field(default="", max_length=LONG)
    wish: str = Field(default="", max_length=LONG)
