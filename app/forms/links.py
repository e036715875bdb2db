"""What planners post about links."""

from pydantic import Field

from app.forms import Form
from app.models import Strength


class ConfirmForm(Form):
    strength: Strength
    reason: str = Field(min_length=3, max_length=500)


class RejectForm(Form):
    reason: str = Field(default="", max_length=500)


class LinkForm(Form):
    topic: int
    target: str = Field(pattern=r"^(activity|project):\d+$")
    strength: Strength
    reason: str = Field(min_length=3, max_length=500)
