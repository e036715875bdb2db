"""A round of listening, as a planner describes it."""

from pydantic import Field

from app.forms import Form, TypedDay
from app.models import ParticipationLevel, Publicity


class ConsultationForm(Form):
    title_th: str = Field(max_length=200)
    title_en: str = Field(default="", max_length=200)
    purpose_th: str = Field(max_length=4000)
    purpose_en: str = Field(default="", max_length=4000)
    participation_level: ParticipationLevel
    announce_on: TypedDay
    open_on: TypedDay
    close_on: TypedDay
    short_notice_reason: str = Field(default="", max_length=1000)
    channels: list[Publicity] = Field(default_factory=list)
    next_step_th: str = Field(default="", max_length=1000)
    next_step_en: str = Field(default="", max_length=1000)
    plan_id: int | None = None
