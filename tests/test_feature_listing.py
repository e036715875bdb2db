"""`make feature F=needs` shows one feature in every layer."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def feature(name: str) -> list[str]:
    done = subprocess.run(["make", "-s", "feature", f"F={name}"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_feature_is_listed_in_every_layer() -> None:
    listed = feature("needs")
    layers = ("forms", "models", "queries", "routers", "services")
    assert [path for path in listed if path.startswith("app/")] == [f"app/{layer}/needs.py" for layer in layers]
    assert "templates/needs/index.html" in listed
    assert "tests/routers/test_needs.py" in listed
    assert [path for path in listed if not (ROOT / path).is_file()] == []


def test_listing_asks_which_feature() -> None:
    done = subprocess.run(["make", "-s", "feature"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "make feature F=topics" in done.stdout
