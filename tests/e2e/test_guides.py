"""The pictures in the guides are of the product as it is: `make shots` takes them anew."""

import os
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlmodel import Session, select

from app.models import Need, NeedStatus, User
from tests.support.browser import DESKTOP, PHONE, SHOTS, Visits

pytestmark = pytest.mark.demo

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
HEIGHTS = {PHONE: 1000, DESKTOP: 900}
# The person, the width of their window, and the page of each picture.
PICTURES = {
    "village-head-question": ("somsri", PHONE, "/needs/new"),
    "village-head-receipt": ("somsri", PHONE, "/needs/{waiting}/receipt"),
    "village-head-mine": ("somsri", PHONE, "/needs?mine=1"),
    "village-head-answer": ("somsri", PHONE, "/needs/{answered}"),
    "district-officer-verification": ("wichai", DESKTOP, "/verification"),
    "district-officer-reach": ("wichai", DESKTOP, "/reach"),
    "district-officer-entry": ("wichai", DESKTOP, "/paper/entry"),
    "province-officer-reach": ("suda", DESKTOP, "/reach"),
    "planner-topics": ("preecha", DESKTOP, "/consultations/1/topics"),
    "planner-alignment": ("preecha", DESKTOP, "/plans/1/alignment"),
    "osm-head-responses": ("duangjai", DESKTOP, "/consultations/1/responses"),
    "agency-needs": ("thana", DESKTOP, "/needs"),
    "executive-alignment": ("arun", DESKTOP, "/plans/1/alignment"),
    "administrator-users": ("nida", DESKTOP, "/users"),
    "public-outcome": (None, DESKTOP, "/outcomes/1"),
}


def shown_in_guides() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in GUIDES.glob("*.md"))
    return set(re.findall(r"\]\(pictures/([\w-]+)\.webp\)", text))


def test_every_guide_shows_pictures_that_are_taken_here() -> None:
    assert shown_in_guides() == PICTURES.keys()
    assert {path.stem for path in (GUIDES / "pictures").iterdir()} == PICTURES.keys()


def test_pictures_of_the_guides_are_taken(visit: Visits, session: Session) -> None:
    folder = GUIDES / "pictures" if os.environ.get("PRACHAKHOM_TEST_LOOKS") else SHOTS
    folder.mkdir(parents=True, exist_ok=True)
    somsri = session.exec(select(User).where(User.username == "somsri")).one()
    hers = {need.status: need.ref for need in session.exec(select(Need).where(Need.author_id == somsri.id))}
    refs = {"waiting": hers[NeedStatus.SUBMITTED], "answered": hers[NeedStatus.ANSWERED]}
    for name, (username, width, address) in PICTURES.items():
        person = session.exec(select(User).where(User.username == username)).one() if username else None
        page = visit(person, width=width)
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        answer = page.goto(address.format(**refs))
        assert answer is not None
        assert answer.status == 200, address
        page.evaluate("document.fonts.ready")
        Image.open(BytesIO(page.screenshot())).convert("RGB").save(folder / f"{name}.webp", quality=70, method=6)
        page.context.close()
