"""An agency's names and the network partner it belongs to."""

from pydantic import Field

from app.forms import Form
from app.models import Sector


class OrganizationForm(Form):
    name_th: str = Field(min_length=2, max_length=200)
    name_en: str = Field(default="", max_length=200)
    sector: Sector
