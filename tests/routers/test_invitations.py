"""Inviting people by link and QR code, and joining by one."""

import re
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import Engine, func
from sqlmodel import Session, select

from app.config import Settings
from app.database import now, transaction
from app.exceptions import Conflict
from app.models import AgentType, Invitation, InvitationState, Organization, Role, Sector, User
from app.queries import users as user_queries
from app.services import invitations, users
from tests.support.cast import ANG_THONG, CHAIYO, CHAIYO_SUBDISTRICT, CLUSTER, PHO_THONG_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.queries import count_queries

NEW_PASSWORD = "ฝนตกที่ลพบุรี"
JOINING = {
    "display_name": "ประยูร บุญมี",
    "name": "๐๘๙-๑๒๓-๔๕๖๗",
    "new_password": NEW_PASSWORD,
    "new_password_again": NEW_PASSWORD,
}


def village_head(area_code: str = CHAIYO_SUBDISTRICT) -> users.Office:
    return users.Office(
        role=Role.CHANGE_AGENT,
        agent_type=AgentType.VILLAGE_HEAD,
        area_code=area_code,
        cluster_code=None,
        organization_id=None,
    )


@pytest.fixture
def invited(session: Session, cast: Cast, settings: Settings) -> tuple[Invitation, str]:
    """An invitation from วิภา to a village head of her district, and the path of its link."""
    made, token = invitations.create(session, village_head(), by=cast.wipha, settings=settings, display_name="ผู้ใหญ่ยูร")
    session.commit()
    return made, f"/join/{token}"


def link_in(response: Response) -> str | None:
    found = re.search(r'value="http://testserver(/join/[\w-]+)"', response.text)
    return found[1] if found else None


def test_person_is_invited_and_joins(client: PageClient, cast: Cast, session: Session) -> None:
    wipha = client.as_(cast.wipha)
    values = {"display_name": "ผู้ใหญ่ยูร", "agent_type": "village_head", "area_code_query": "จรเข้ร้อง"}
    made = wipha.submit("/invitations/new", values)
    shown = wipha.get(made.headers["location"])
    path = link_in(shown)
    assert path is not None
    assert 'class="qr"' in shown.text

    text = client.read(path).text()
    for told in ("ผู้นำการเปลี่ยนแปลง", "ผู้ใหญ่บ้าน", "ต.จรเข้ร้อง อ.ไชโย จ.อ่างทอง", "วิภา ศรีทอง"):
        assert told in text
    joined = client.submit(path, {**JOINING, "display_name": "ประยูร บุญมี"})
    assert joined.headers["location"] == "/"
    assert "081" not in client.read("/account").text()
    assert "089 123 4567" in client.read("/account").text()

    person = user_queries.find(session, "0891234567")
    assert person is not None
    assert (person.role, person.agent_type, person.area_code, person.sector, person.invited_by_id) == (
        Role.CHANGE_AGENT,
        AgentType.VILLAGE_HEAD,
        CHAIYO_SUBDISTRICT,
        Sector.PEOPLE,
        cast.wipha.id,
    )
    assert f"ใช้แล้ว โดย {person.display_name}" in " ".join(wipha.read("/invitations").text().split())


def test_link_is_shown_once(client: PageClient, cast: Cast) -> None:
    wipha = client.as_(cast.wipha)
    values = {"agent_type": "kamnan", "area_code_query": "จรเข้ร้อง"}
    place = wipha.submit("/invitations/new", values).headers["location"]
    assert link_in(wipha.get(place)) is not None
    assert link_in(wipha.get(place)) is None


def test_only_the_hash_of_the_link_is_stored(invited: tuple[Invitation, str]) -> None:
    invitation, path = invited
    assert path.removeprefix("/join/") not in str(invitation.model_dump())


def test_second_use_is_refused(client: PageClient, invited: tuple[Invitation, str]) -> None:
    _, path = invited
    assert client.submit(path, JOINING).status_code == 303
    assert client.get(path).status_code == 409
    again = client.post(path, data={**JOINING, "name": "089 999 9999"})
    assert again.status_code == 409
    assert "คำเชิญนี้ใช้ไปแล้ว" in again.text


def test_two_at_once_one_wins(engine: Engine, invited: tuple[Invitation, str], session: Session) -> None:
    token = invited[1].removeprefix("/join/")
    barrier, results = Barrier(2), []

    def use(name: str) -> None:
        barrier.wait()
        try:
            with transaction(engine) as own:
                names = users.read_name(name)
                invitations.accept(own, token, display_name=name, names=names, password_hash="-")
            results.append("in")
        except Conflict:
            results.append("refused")

    threads = [Thread(target=use, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["in", "refused"]
    session.rollback()
    joined = session.exec(select(func.count()).select_from(User).where(User.username.in_(["first", "second"]))).one()  # type: ignore[union-attr]
    assert joined == 1


def expire(session: Session, invitation: Invitation, cast: Cast) -> None:
    invitation.expires_at = now() - timedelta(seconds=1)
    session.add(invitation)


def revoke(session: Session, invitation: Invitation, cast: Cast) -> None:
    invitations.revoke(session, invitation, by=cast.wipha)


@pytest.mark.parametrize(("end", "words"), [(expire, "หมดอายุ"), (revoke, "ถูกยกเลิก")])
def test_ended_invitation_is_gone(
    client: PageClient,
    session: Session,
    cast: Cast,
    invited: tuple[Invitation, str],
    end: Callable[..., None],
    words: str,
) -> None:
    invitation, path = invited
    end(session, invitation, cast)
    for response in (client.get(path), client.post(path, data=JOINING)):
        assert response.status_code == 410
        assert words in response.text


def test_unknown_link_is_not_found(client: PageClient) -> None:
    assert client.get("/join/no-such-token").status_code == 404
    assert client.post("/join/no-such-token", data=JOINING).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": "081 111 1111"}, "name"),
        ({"name": "somchai"}, "name"),
        ({"name": "081 234"}, "name"),
        ({"new_password_again": "other-words"}, "new_password_again"),
        ({"new_password": "12345678", "new_password_again": "12345678"}, "new_password"),
        ({"display_name": ""}, "display_name"),
    ],
)
def test_mistake_in_joining_uses_nothing_up(
    client: PageClient, invited: tuple[Invitation, str], wrong: dict[str, str], field: str
) -> None:
    invitation, path = invited
    refused = client.submit(path, {**JOINING, **wrong})
    assert refused.status_code == 422
    assert f'href="#f-{field}"' in refused.text
    assert NEW_PASSWORD not in refused.text
    assert invitation.state is InvitationState.UNUSED
    assert client.submit(path, JOINING).status_code == 303


def test_lost_link_is_replaced(client: PageClient, cast: Cast, invited: tuple[Invitation, str]) -> None:
    invitation, path = invited
    wipha = client.as_(cast.wipha)
    page = f"/invitations/{invitation.id}"
    assert link_in(wipha.get(page)) is None
    wipha.submit(page, action=f"{page}/renew")
    fresh = link_in(wipha.get(page))
    assert fresh not in (None, path)
    assert client.get(path).status_code == 404
    assert client.get(fresh).status_code == 200


def test_revoking_works_once_and_not_after_use(client: PageClient, cast: Cast, invited: tuple[Invitation, str]) -> None:
    invitation, path = invited
    client.submit(path, JOINING)
    wipha = client.as_(cast.wipha)
    assert wipha.post(f"/invitations/{invitation.id}/revoke").status_code == 409
    assert wipha.post(f"/invitations/{invitation.id}/renew").status_code == 409


# Who may invite whom, and where


@pytest.mark.parametrize(
    ("person", "values", "status"),
    [
        ("wipha", {"role": "change_agent", "agent_type": "kamnan", "area_code": CHAIYO_SUBDISTRICT}, 303),
        ("wipha", {"role": "change_agent", "agent_type": "kamnan", "area_code": PHO_THONG_SUBDISTRICT}, 422),
        ("wipha", {"role": "district_verifier", "area_code": CHAIYO}, 403),
        ("surachai", {"role": "district_verifier", "area_code": CHAIYO}, 303),
        ("surachai", {"role": "district_verifier", "area_code": "1401"}, 422),
        ("surachai", {"role": "district_verifier", "area_code": CHAIYO_SUBDISTRICT}, 422),
        ("surachai", {"role": "planner"}, 403),
        ("preecha", {"role": "province_officer", "area_code": ANG_THONG}, 303),
        ("preecha", {"role": "province_officer", "area_code": "65"}, 422),
        ("preecha", {"role": "planner"}, 403),
        ("preecha", {"role": "agency"}, 422),
        ("preecha", {"role": "agency", "organization_id": "1", "cluster_code": "north-lower-1"}, 403),
        ("preecha", {"role": "agency", "organization_id": "1"}, 303),
        ("duangjai", {"role": "planner"}, 303),
        ("duangjai", {"role": "osm_head"}, 403),
        ("nida", {"role": "osm_head", "cluster_code": CLUSTER}, 303),
        ("nida", {"role": "osm_head"}, 422),
        ("nida", {"role": "administrator"}, 303),
        ("nida", {"role": "change_agent", "area_code": PHO_THONG_SUBDISTRICT}, 422),
        ("somchai", {"role": "change_agent", "agent_type": "kamnan", "area_code": CHAIYO_SUBDISTRICT}, 403),
        ("thana", {"role": "change_agent", "agent_type": "kamnan", "area_code": CHAIYO_SUBDISTRICT}, 403),
        ("arun", {"role": "planner"}, 403),
    ],
)
def test_invitation_stays_within_the_inviters_own(
    client: PageClient, cast: Cast, person: str, values: dict[str, str], status: int
) -> None:
    assert client.as_(getattr(cast, person)).post("/invitations", data=values).status_code == status


def test_agent_and_public_see_no_invitations(client: PageClient, cast: Cast, invited: tuple[Invitation, str]) -> None:
    page = f"/invitations/{invited[0].id}"
    assert client.as_(cast.somchai).get("/invitations").status_code == 403
    assert client.as_(cast.somchai).get(page).status_code == 404
    assert client.get("/invitations").headers["location"] == "/sign-in?next=/invitations"


def test_invitation_is_known_to_its_sender_and_the_administrator(
    client: PageClient, cast: Cast, invited: tuple[Invitation, str]
) -> None:
    page = f"/invitations/{invited[0].id}"
    found = {name: client.as_(getattr(cast, name)).get(page).status_code for name in ("wipha", "surachai", "nida")}
    assert found == {"wipha": 200, "surachai": 404, "nida": 200}
    assert client.as_(cast.surachai).post(f"{page}/revoke").status_code == 404
    listed = {name: "ผู้ใหญ่ยูร" in client.as_(getattr(cast, name)).read("/invitations").text() for name in found}
    assert listed == {"wipha": True, "surachai": False, "nida": True}


def test_words_that_fit_several_places_are_asked_about(client: PageClient, cast: Cast) -> None:
    values = {"role": "change_agent", "agent_type": "kamnan", "area_code_query": "ไชย"}
    asked = client.as_(cast.preecha).post("/invitations", data=values)
    assert asked.status_code == 422
    assert asked.text.count('name="area_code"') > 1


def test_list_asks_as_often_for_three_as_for_one(
    client: PageClient, engine: Engine, session: Session, cast: Cast, settings: Settings
) -> None:
    seen = []
    for more in (1, 2):
        for _ in range(more):
            invitations.create(session, village_head(), by=cast.wipha, settings=settings)
        wipha = client.as_(cast.wipha)
        with count_queries(engine) as statements:
            wipha.get("/invitations")
        seen.append(len(statements))
    assert seen[0] == seen[1]


def test_list_is_paged(client: PageClient, session: Session, cast: Cast, settings: Settings, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.queries.invitations.PAGE", 2)
    for number in range(5):
        invitations.create(session, village_head(), by=cast.wipha, settings=settings, display_name=f"คนที่ {number}")
    wipha, url, names = client.as_(cast.wipha), "/invitations", []
    while url:
        page = wipha.read(url)
        names += [link.text() for link in page.all("a") if link.text().startswith("คนที่")]
        url = next((link.get("href") for link in page.all("a") if link.get("rel") == "next"), "")
    assert names == [f"คนที่ {number}" for number in (4, 3, 2, 1, 0)]


def test_agency_speaks_for_its_own_sector(client: PageClient, session: Session, cast: Cast, settings: Settings) -> None:
    temple = Organization(name_th="วัดไชโยวรวิหาร", sector=Sector.RELIGIOUS)
    session.add(temple)
    session.flush()
    given = users.office(session, Role.AGENCY, cluster_code=CLUSTER, organization_id=temple.id)
    _, token = invitations.create(session, given, by=cast.preecha, settings=settings)
    client.submit(f"/join/{token}", JOINING)
    person = user_queries.find(session, JOINING["name"])
    assert person is not None
    assert (person.sector, person.organization_id, person.cluster_code) == (Sector.RELIGIOUS, temple.id, CLUSTER)


def test_pages_are_looked_at(shots: Any, cast: Cast, invited: tuple[Invitation, str]) -> None:
    shots("/invitations", "invitations_index", cast.wipha)
    shots(invited[1], "invitations_join")


def test_invitation_is_made_on_a_phone(visit: Any, cast: Cast) -> None:
    page = visit(cast.wipha, width=360)
    page.goto("/invitations/new")
    page.get_by_label("ผู้ใหญ่บ้าน").check()
    page.get_by_label("พิมพ์ชื่อ").press_sequentially("จรเข้ร้อง")
    page.get_by_text("ต.จรเข้ร้อง").first.click()
    page.get_by_role("button", name="สร้างลิงก์").click()
    link = page.get_by_label("ลิงก์คำเชิญ", exact=True).input_value()
    assert page.get_by_role("img", name="คิวอาร์โค้ด").bounding_box()["width"] > 150

    phone = visit(width=360)
    phone.goto(link)
    phone.get_by_label("ชื่อและนามสกุล").fill("ประยูร บุญมี")
    phone.get_by_label("เบอร์โทรศัพท์").fill("089-123-4567")
    phone.get_by_label("ตั้งรหัสผ่าน").fill(NEW_PASSWORD)
    phone.get_by_label("รหัสผ่านอีกครั้ง").fill(NEW_PASSWORD)
    phone.get_by_role("button", name="เข้าร่วม").click()
    phone.get_by_text("ยินดีต้อนรับ ประยูร บุญมี").wait_for()
