"""The documents say what the code does: settings, addresses, commands and links."""

import re
from pathlib import Path

import pytest

from app.cli import COMMANDS, GROUPS
from tests.support import reference

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TARGETS = frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PROGRAMS = frozenset(
    {
        "cd",
        "cp",
        "curl",
        "docker",
        "git",
        "mkdir",
        "pg_dump",
        "pg_restore",
        "pip",
        "psql",
        "python3",
        "rm",
        "sqlite3",
        "sudo",
    }
)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def shell_lines(page: Path) -> list[str]:
    """Return the commands of a page's sh blocks, without comments, prompts, settings and continued lines."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [line.split(" #")[0].strip() for line in lines if line.strip() and not line.startswith("#")]


def test_every_setting_is_documented() -> None:
    assert reference.SETTINGS.read_text() == reference.settings_page(), "run `make docs`"


def test_every_route_is_documented() -> None:
    assert reference.ROUTES.read_text() == reference.routes_page(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    known = {f"PRACHAKHOM_{name.upper()}" for name in reference.Settings.model_fields} | {
        "PRACHAKHOM_TEST_CHROMIUM",
        "PRACHAKHOM_CACHE_DIR",  # read by nlp.embed, a library that knows no Settings
    }
    assert set(re.findall(r"PRACHAKHOM_[A-Z_]*[A-Z]", page.read_text())) - known == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    unknown = []
    for line in shell_lines(page):
        words = [word for word in line.split() if not re.match(r"[A-Z_]+=", word)]
        program, argument = words[0].removeprefix(".venv/bin/"), words[1] if len(words) > 1 else ""
        known = {"make": TARGETS, "prachakhom": COMMANDS.keys() | GROUPS.keys()}.get(program)
        if program not in PROGRAMS and (known is None or argument not in known):
            unknown.append(line)
    assert unknown == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_to_a_file(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text())
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_target_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    public = re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE)
    explained = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert sorted(explained) == sorted(set(public) - {"chromium"})
