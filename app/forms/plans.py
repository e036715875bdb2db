"""A plan and its development issues, as a planner describes them."""

from pydantic import Field

from app.forms import Form, Year
from app.models import PlanKind


class PlanForm(Form):
    title: str = Field(max_length=200)
    kind: PlanKind
    first_fiscal_year: Year
    last_fiscal_year: Year
    position: str = Field(default="", max_length=2000)
    source_note: str = Field(default="", max_length=2000)


class IssueForm(Form):
    title: str = Field(max_length=300)
    goal: str = Field(default="", max_length=2000)
