"""Signing in, and changing one's password."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from app.forms import Form
from app.i18n import N_
from app.security import PASSWORD_LENGTH


def _agree(again: str, info: ValidationInfo) -> str:
    if again != info.data.get("new_password", again):
        raise ValueError(N_("รหัสผ่านสองช่องไม่ตรงกัน กรุณาพิมพ์ใหม่ทั้งสองช่อง"))
    return again


Password = Annotated[str, Field(max_length=200)]
NewPassword = Annotated[str, Field(min_length=PASSWORD_LENGTH, max_length=200)]
PasswordAgain = Annotated[str, Field(max_length=200), AfterValidator(_agree)]


class SignInForm(Form):
    name: str = Field(max_length=120)
    password: Password
    next: str = "/"


class PasswordForm(Form):
    current_password: Password
    new_password: NewPassword
    new_password_again: PasswordAgain
