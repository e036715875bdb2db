"""What a planner posts as the answer to a topic."""

from datetime import date

from pydantic import Field, field_validator

from app.forms import Form
from app.i18n import N_, parse_date
from app.models import Decision, LevelFit, ReasonCode


class ResponseForm(Form):
    decision: Decision
    reason_code: ReasonCode | None = None
    reason: str = Field(min_length=10, max_length=2000)
    reason_en: str = Field(default="", max_length=2000)
    next_step: str = Field(min_length=5, max_length=1000)
    next_step_en: str = Field(default="", max_length=1000)
    next_step_on: date | None = None
    owner: int | None = None
    project: int | None = None
    level_fit: LevelFit | None = None

    @field_validator("next_step_on", mode="before")
    @classmethod
    def read_date(cls, typed: str) -> date:
        try:
            return parse_date(typed)
        except ValueError:
            raise ValueError(N_("กรุณากรอกวันที่ เช่น 22/11/2569")) from None
