"""What the repository must not hold: hosts in a lock, other people's files, traces of one machine."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:root|home/\w+|work|Users/\w+)/")


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_pins_with_hashes_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    pinned = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", text, re.MULTILINE)
    assert re.findall(r"://|^--\w*index|^--find", text, re.MULTILINE) == []
    assert len(pinned) == len(re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==[^#\n]*\\\n\s+--hash=sha256:", text, re.MULTILINE))


def test_every_lock_pins_the_same_versions() -> None:
    pins = [dict(re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(), re.MULTILINE)) for lock in LOCKS]
    everything = {name: version for pin in pins for name, version in pin.items()}
    assert [pin for pin in pins if not pin.items() <= everything.items()] == []


def test_asset_lock_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_build_needs_are_the_ones_that_are_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["dependency-groups"]["build"] == project["build-system"]["requires"]


def test_no_file_of_others_is_tracked() -> None:
    names = [str(path.relative_to(ROOT)) for path in tracked()]
    assert [name for name in names if re.search(r"vendor/|\.woff2?$|\.min\.(js|css)$|node_modules", name)] == []


def test_no_tracked_file_names_a_place_on_one_machine() -> None:
    found = []
    for path in tracked():
        if path.suffix in (
            ".py",
            ".md",
            ".toml",
            ".html",
            ".js",
            ".css",
            ".yaml",
            ".json",
            ".ini",
            "",
        ) and path != Path(__file__):
            found += [f"{path.relative_to(ROOT)}: {line.strip()[:100]}" for line in path.read_text().splitlines()
                      if MACHINE_PATH.search(line)]  # fmt: skip
    assert found == []
