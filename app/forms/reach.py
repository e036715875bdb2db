"""What is asked and posted about the reach of a round."""

from pydantic import Field

from app.forms import Form
from app.models import AgentType
from app.queries.reach import Show


class ReachForm(Form):
    """What the address of the page holds: which round, which place, which list, from where on."""

    consultation: int | None = None
    area: str = Field(default="", max_length=8)
    show: Show = Show.SILENT
    after: int | None = None


class ReminderForm(ReachForm):
    """Some people of the list, or ``everyone`` in it."""

    person: list[int] = Field(default_factory=list, max_length=200)
    everyone: bool = False


class SheetForm(Form):
    area: str = Field(default="", max_length=8)
    place: list[str] = Field(default_factory=list, max_length=1000)
    agent_type: AgentType
