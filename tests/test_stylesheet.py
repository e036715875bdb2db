"""The look, by numbers: contrast, room for Thai, weight, and that every picture named is drawn."""

import gzip
import re
from pathlib import Path

import pytest

STATIC, TEMPLATES = Path("static"), Path("templates")
SHEETS = ("pages", "app", "intake")
CSS = "\n".join((STATIC / f"css/{name}.css").read_text() for name in SHEETS)
TONES = ("brand", "good", "warn", "bad", "info", "neutral")
TEXT = [
    *(
        (ink, ground)
        for ink in ("ink", "ink-soft", "brand", "brand-strong", "bad")
        for ground in ("paper", "surface", "sunken")
    ),
    *((tone, f"{tone}-soft") for tone in TONES),
    *((ink, f"{tone}-soft") for ink in ("ink", "ink-soft") for tone in TONES),
    *((tone, "surface") for tone in TONES),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-bar", "bar"),
    ("surface", "bad"),
    ("brand-strong", "brand-soft"),
]
SHAPES = [(shape, ground) for shape in ("edge", "focus") for ground in ("paper", "surface", "sunken")]


def tokens(selector: str) -> dict[str, str]:
    block = re.search(re.escape(selector) + r" \{(.*?)\}", CSS, re.DOTALL)
    assert block, f"app.css has no {selector}"
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[1]))


LIGHT, DARK = tokens(":root"), tokens(':root[data-theme="dark"]')


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_shapes_stand_out_from_their_ground(theme: dict[str, str]) -> None:
    wanted = [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in SHAPES]
    faint = {
        f"{front} on {ground}": round(contrast(theme[front], theme[ground]), 2)
        for front, ground, least in wanted
        if contrast(theme[front], theme[ground]) < least
    }
    assert faint == {}


def test_dark_by_the_device_is_dark_by_choice() -> None:
    assert tokens(':root:not([data-theme="light"])') == DARK
    assert set(DARK) == set(LIGHT)


def test_thai_has_room_and_is_never_spaced_or_justified() -> None:
    heights = [float(height) for height in re.findall(r"line-height: ([\d.]+)", CSS)]
    assert min(heights) >= 1.5
    assert "font: 400 1rem/1.75 Sarabun" in CSS
    assert re.findall(r"letter-spacing|justify;|text-overflow: clip|-webkit-line-clamp", CSS) == []


@pytest.mark.parametrize(
    ("path", "kilobytes"), [("css/app.css", 7), ("css/pages.css", 4), ("js/app.js", 3), ("icons.svg", 3)]
)
def test_the_look_stays_light_to_load(path: str, kilobytes: int) -> None:
    assert len(gzip.compress((STATIC / path).read_bytes(), mtime=0)) < kilobytes * 1024


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    sources = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    named = set(re.findall(r'\bicon\("([\w-]+)"', sources))
    named |= set(re.findall(r'\("(?:neutral|info|good|warn|bad|brand)", "([\w-]+)"\)', sources))
    assert named - drawn == set()
