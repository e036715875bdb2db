"""What planners post about topics and links."""

from pydantic import Field

from app.forms import Form


class RenameForm(Form):
    label: str = Field(min_length=3, max_length=120)
    label_en: str = Field(default="", max_length=120)


class MergeForm(Form):
    into: int


class SplitForm(Form):
    needs: list[int] = Field(min_length=1)
    new_label: str = Field(min_length=3, max_length=120)


class MoveForm(Form):
    topic: int


class QuoteForm(Form):
    text: str = Field(min_length=5, max_length=600)
