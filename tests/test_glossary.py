"""The glossary decides: every class it names exists, and every table has its word there."""

import re
from pathlib import Path

from app import models
from app.models import metadata
from tests.support import reference

GLOSSARY = Path(__file__).resolve().parents[1] / "docs" / "GLOSSARY.md"


def rows() -> list[list[str]]:
    table = GLOSSARY.read_text(encoding="utf-8").split("## Words we do not use")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_class_of_the_glossary_is_a_model_and_every_model_is_in_the_glossary() -> None:
    named = {re.sub("`", "", row[2]) for row in rows() if row[2]}
    tables = {one.__name__ for one in vars(models).values() if hasattr(one, "__table__")}
    assert named == tables
    assert {name.lower() for name in named} == set(metadata.tables)


def test_every_address_of_the_glossary_is_a_route() -> None:
    known = re.findall(r"\| `(/[^`]*)`", reference.routes_page())
    for row in rows():
        address = row[3].strip("`").split("?")[0]
        if address:
            assert any(path == address or path.startswith(f"{address}/") for path in known), address
