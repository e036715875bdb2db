"""What people did, read by the administrator."""

import re
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

import app.services
from app.models import LinkStatus
from app.queries.audit import ACTS
from app.services import audit
from tests.support.cast import Cast
from tests.support.client import PageClient


def recorded_acts() -> set[str]:
    """Every act that the services record, read from their source."""
    source = "\n".join(path.read_text() for path in Path(app.services.__path__[0]).glob("*.py"))
    named = re.findall(r'(?:audit\.record\(\s*[^,]+,\s*[^,]+,\s*|act=)"(\w+\.\w+)"', source)
    return {*named, *(f"links.{status}" for status in (LinkStatus.CONFIRMED, LinkStatus.REJECTED))}


def test_every_act_has_its_words() -> None:
    assert set(ACTS) == recorded_acts()


def test_acts_are_read_newest_first_page_by_page(
    client: PageClient, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.audit.PAGE", 3)
    for number in range(8):
        audit.record(session, cast.preecha, "consultations.update", f"consultation:{number}")
    nida, url, found = client.as_(cast.nida), "/audit", []
    while url:
        page = nida.read(url)
        found += [link.text() for link in page.all("a") if link.text().startswith("consultation:")]
        url = next((link.get("href") for link in page.all("a") if link.get("rel") == "next"), "")
    assert found == [f"consultation:{number}" for number in reversed(range(8))]


def test_acts_are_narrowed_to_a_person_or_a_thing(client: PageClient, cast: Cast, session: Session) -> None:
    audit.record(session, cast.preecha, "consultations.update", "consultation:1", changed={"title": ["<b>", "ข"]})
    audit.record(session, cast.duangjai, "consultations.advance", "consultation:2")
    audit.record(session, None, "users.create", "user:1")
    nida = client.as_(cast.nida)

    def subjects(query: str) -> list[str]:
        page = nida.read(f"/audit{query}")
        return [link.text() for link in page.all("a") if re.fullmatch(r"\w+:\d+", link.text())]

    assert subjects("") == ["user:1", "consultation:2", "consultation:1"]
    assert subjects(f"?actor={cast.preecha.id}") == ["consultation:1"]
    assert subjects("?subject=consultation:2") == ["consultation:2"]
    assert subjects("?subject=consultation:9") == []


def test_page_is_looked_at(shots: Any, cast: Cast, session: Session) -> None:
    audit.record(session, cast.preecha, "consultations.update", "consultation:1", changed={"close_on": ["1", "2"]})
    audit.record(session, None, "users.create", "user:1")
    shots("/audit", "audit_index", cast.nida, dark=False)


def test_what_an_act_kept_is_named_in_the_language_of_the_reader(
    client: PageClient, cast: Cast, session: Session
) -> None:
    audit.record(session, cast.duangjai, "responses.publish", "topic:1", version=2)
    nida = client.as_(cast.nida)
    assert "ฉบับที่: 2" in nida.read("/audit").text()
    assert "Version: 2" in nida.read("/audit?lang=en").text()


def test_codes_are_said_by_what_they_stand_for(client: PageClient, cast: Cast, session: Session) -> None:
    audit.record(
        session, cast.nida, "invitations.create", "invitation:1",
        role="change_agent", agent_type="kamnan", area_code="150201", cluster_code="central-upper",
        organization_id=cast.thana.organization_id,
    )  # fmt: skip
    audit.record(session, cast.duangjai, "consultations.advance", "consultation:1", before="draft", after="announced")
    audit.record(session, cast.nida, "users.update", "user:1", changed={"role": ["planner", "osm_head"]})
    text = client.as_(cast.nida).read("/audit").text()
    for words in (
        "หน้าที่: ผู้นำการเปลี่ยนแปลง",
        "ตำแหน่ง: กำนัน",
        "ต.จรเข้ร้อง",
        "โครงการชลประทานอ่างทอง",
        "จาก: ร่าง",
        "นักวิเคราะห์ OSM → หัวหน้า OSM",
    ):
        assert words in text
    assert "central-upper" not in text
