"""A person's name and office, as the administrator changes them."""

from pydantic import Field

from app.forms import Form
from app.models import AgentType, Role


class UserForm(Form):
    display_name: str = Field(min_length=2, max_length=120)
    role: Role
    agent_type: AgentType | None = None
    area_code: str | None = Field(default=None, max_length=8)
    area_code_query: str = Field(default="", max_length=200)
    cluster_code: str | None = Field(default=None, max_length=40)
    organization_id: int | None = None
