"""The list of commands that `prachakhom --help` shows without loading any is true."""

import inspect
import sys
from importlib import import_module

import pytest

from app import __version__, cli


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_listed_command_exists_and_says_the_same_of_itself(name: str) -> None:
    module, function, help_text = cli.COMMANDS[name]
    command = getattr(import_module(f"app.cli.{module}"), function)
    assert (inspect.getdoc(command) or "").splitlines()[0] == help_text


@pytest.mark.parametrize("name", cli.GROUPS)
def test_listed_group_exists(name: str) -> None:
    module, _help_text = cli.GROUPS[name]
    assert import_module(f"app.cli.{module}").app.registered_commands != []


def test_version_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["prachakhom", "--version"])
    with pytest.raises(SystemExit) as stop:
        cli.build()()
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"{__version__}\n"
