"""How, when and in what language a person wants to be told."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from app.forms import Form
from app.i18n import N_

_NO_ADDRESS = N_("กรุณากรอกอีเมลให้ครบ เช่น somchai@example.com")


def _read_address(text: str) -> str:
    name, _at, domain = text.rpartition("@")
    is_whole = name and "." in domain and not domain.startswith(".") and not domain.endswith(".")
    if not is_whole or any(sign.isspace() or sign in '<>,;:"\\()[]@' for sign in name + domain) or not text.isascii():
        raise ValueError(_NO_ADDRESS)
    return f"{name}@{domain.lower()}"


Hour = Annotated[int, Field(ge=0, le=23)]


class PreferencesForm(Form):
    locale: Literal["th", "en"]
    quiet_from: Hour
    quiet_until: Hour
    has_digest: bool = False


class EmailForm(Form):
    address: Annotated[str, Field(max_length=200), AfterValidator(_read_address)]


class PushKeys(BaseModel):
    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class PushForm(BaseModel):
    """What a browser hands out when it is asked to be told."""

    endpoint: str = Field(max_length=600)
    keys: PushKeys
