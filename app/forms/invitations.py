"""Inviting a person, and joining by an invitation."""

from pydantic import Field

from app.forms import Form
from app.forms.sessions import NewPassword, PasswordAgain
from app.models import AgentType, Role


class InvitationForm(Form):
    role: Role
    display_name: str = Field(default="", max_length=120)
    agent_type: AgentType | None = None
    area_code: str | None = Field(default=None, max_length=8)
    area_code_query: str = Field(default="", max_length=200)
    cluster_code: str | None = Field(default=None, max_length=40)
    organization_id: int | None = None


class JoinForm(Form):
    display_name: str = Field(min_length=2, max_length=120)
    name: str = Field(max_length=120)
    new_password: NewPassword
    new_password_again: PasswordAgain
