"""What a planner says of a file beside uploading it."""

from typing import Literal

from pydantic import Field

from app.forms import Form, Year


class ImportForm(Form):
    kind: Literal["needs", "plan"]
    consultation_id: int | None = None
    plan_id: int | None = None
    title: str = Field(default="", max_length=200)
    fiscal_year: Year | None = None


class RunForm(Form):
    skip_bad: bool = False
    is_submitted: bool = False
