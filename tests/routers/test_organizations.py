"""The list of agencies."""

from typing import Any

import pytest
from sqlmodel import Session, select

from app.models import AuditEvent, Organization, Sector
from tests.support.cast import Cast
from tests.support.client import PageClient

WATER = "โครงการชลประทานอ่างทอง"


@pytest.mark.parametrize("name", ["somchai", "wipha", "surachai", "thana", "arun"])
def test_others_do_not_manage_agencies(client: PageClient, cast: Cast, session: Session, name: str) -> None:
    person = client.as_(getattr(cast, name))
    known = session.exec(select(Organization)).one()
    assert person.get("/organizations").status_code == 403
    assert person.get("/organizations/new").status_code == 403
    assert person.post("/organizations", data={"name_th": "ใหม่", "sector": "state"}).status_code == 403
    assert person.get(f"/organizations/{known.id}/edit").status_code == 404
    assert person.post(f"/organizations/{known.id}/edit").status_code == 404


def test_agency_is_added_and_corrected(client: PageClient, cast: Cast, session: Session) -> None:
    preecha = client.as_(cast.preecha)
    added = preecha.submit("/organizations/new", {"name_th": "หอการค้าลพบุรี", "sector": "private"})
    assert added.headers["location"] == "/organizations"
    found = session.exec(select(Organization).where(Organization.name_th == "หอการค้าลพบุรี")).one()
    page = f"/organizations/{found.id}/edit"
    assert preecha.submit(page, {"name_th": "หอการค้าจังหวัดลพบุรี", "name_en": "Lop Buri Chamber"}).status_code == 303
    assert (found.name_th, found.name_en, found.sector) == ("หอการค้าจังหวัดลพบุรี", "Lop Buri Chamber", Sector.PRIVATE)
    acts = session.exec(select(AuditEvent.act).where(AuditEvent.subject == f"organization:{found.id}")).all()
    assert sorted(acts) == ["organizations.create", "organizations.update"]


def test_name_is_one_agencys_only(client: PageClient, cast: Cast, session: Session) -> None:
    preecha = client.as_(cast.preecha)
    refused = preecha.submit("/organizations/new", {"name_th": WATER})
    assert refused.status_code == 422
    assert "มีหน่วยงานชื่อนี้แล้ว" in refused.text
    preecha.submit("/organizations/new", {"name_th": "หอการค้าลพบุรี"})
    other = session.exec(select(Organization).where(Organization.name_th == "หอการค้าลพบุรี")).one()
    assert preecha.submit(f"/organizations/{other.id}/edit", {"name_th": WATER}).status_code == 422
    assert preecha.submit(f"/organizations/{other.id}/edit", {"name_en": "Chamber"}).status_code == 303


def test_list_is_searched_and_paged(
    client: PageClient, cast: Cast, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queries.organizations.PAGE", 2)
    session.add_all([Organization(name_th=f"อบต. {name}", name_en=f"SAO {name}") for name in "กขคง"])
    preecha, url, found = client.as_(cast.preecha), "/organizations?q=sao", []
    while url:
        page = preecha.read(url)
        found += [cell.text() for cell in page.all("th") if cell.get("scope") == "row"]
        url = next((link.get("href") for link in page.all("a") if link.get("rel") == "next"), "")
    assert found == ["อบต. ก", "อบต. ข", "อบต. ค", "อบต. ง"]


def test_pages_are_looked_at(shots: Any, cast: Cast) -> None:
    shots("/organizations", "organizations_index", cast.preecha, dark=False)
