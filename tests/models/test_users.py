"""Telephone numbers as people write them."""

import pytest

from app.models import User, read_phone


@pytest.mark.parametrize(
    "typed",
    [
        "0812345678",
        "081-234-5678",
        "081 234 5678",
        "(081) 234.5678",
        "+66812345678",
        "+66 81 234 5678",
        "66812345678",
        "๐๘๑-๒๓๔-๕๖๗๘",
    ],
)
def test_any_thai_spelling_is_one_number(typed: str) -> None:
    assert read_phone(typed) == "+66812345678"


@pytest.mark.parametrize("typed", ["", "081234567", "081-234-56789", "somchai", "somchai0812345678", "081-ABC-DEFG"])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert read_phone(typed) is None


def test_number_is_shown_as_it_is_dialled() -> None:
    assert User(phone="+66812345678").local_phone == "081 234 5678"
    assert User().local_phone == ""
