"""A project, an activity, and a line of its money."""

from pydantic import Field

from app.forms import Form, TypedBaht, TypedDay, Year
from app.models import FundingSource, Orientation, PlanSector, Progress, Selection, ValueChainStage, WorkType


class ProjectForm(Form):
    title: str = Field(max_length=2000)
    code: str = Field(default="", max_length=40)
    issue_id: int | None = None
    sector: PlanSector | None = None
    lead: str = Field(default="", max_length=200)
    rationale: str = Field(default="", max_length=5000)
    selection: Selection = Selection.PENDING


class ProgressForm(Form):
    progress: Progress
    progress_note: str = Field(default="", max_length=2000)
    progress_on: TypedDay | None = None


class ActivityForm(Form):
    title: str = Field(max_length=2000)
    code: str = Field(default="", max_length=40)
    work_type: WorkType | None = None
    orientation: Orientation | None = None
    product: str = Field(default="", max_length=80)
    value_chain_stage: ValueChainStage = ValueChainStage.NONE
    area_code: str | None = None
    area_code_query: str = Field(default="", max_length=200)
    place_text: str = Field(default="", max_length=300)
    quantity: str = Field(default="", max_length=80)


class FundingLineForm(Form):
    organization: str = Field(default="", max_length=200)
    source: FundingSource
    fiscal_year: Year
    requested: TypedBaht
    approved: TypedBaht | None = None
