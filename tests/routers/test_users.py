"""The administrator finds people, changes their office, and keeps them out."""

import re
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from app.models import AuditEvent, Role, User
from tests.support.cast import CHAIYO, PASSWORD, PHO_THONG_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.queries import count_queries

OTHERS = ("somchai", "wipha", "surachai", "preecha", "duangjai", "thana", "arun")


def names(client: PageClient, url: str) -> list[str]:
    page = client.read(url)
    return [link.text() for link in page.all("a") if re.fullmatch(r"/users/\d+", link.get("href"))]


@pytest.mark.parametrize("name", OTHERS)
def test_others_see_nobody(client: PageClient, cast: Cast, name: str) -> None:
    person = client.as_(getattr(cast, name))
    page = f"/users/{cast.malee.id}"
    assert person.get("/users").status_code == 403
    assert person.get(page).status_code == 404
    assert person.get(f"{page}/edit").status_code == 404
    acts = ("edit", "deactivate", "reactivate", "sign-out-everywhere", "reset-password")
    assert [person.post(f"{page}/{act}").status_code for act in acts] == [404] * 5
    assert person.get("/audit").status_code == 403
    assert "/users" not in [link.get("href") for link in person.read("/account").all("a")]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("สมชาย", ["สมชาย ใจดี"]),
        ("081-111-1111", ["สมชาย ใจดี"]),
        ("๐๘๑๑๑๑๑๑๑๑", ["สมชาย ใจดี"]),
        ("SOMCHAI", ["สมชาย ใจดี"]),
        ("100%", []),
        ("ไม่มีใครชื่อนี้", []),
    ],
)
def test_person_is_found_by_name_or_number(client: PageClient, cast: Cast, typed: str, found: list[str]) -> None:
    from urllib.parse import quote

    assert names(client.as_(cast.nida), f"/users?q={quote(typed)}") == found


def test_people_are_listed_by_role(client: PageClient, cast: Cast) -> None:
    assert names(client.as_(cast.nida), "/users?role=planner") == ["กมล พิษณุ", "ปรีชา วงศ์ไทย"]


def test_list_is_paged(client: PageClient, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.queries.users.PAGE", 4)
    nida, url, found = client.as_(cast.nida), "/users", []
    while url:
        found += names(nida, url)
        url = next((link.get("href") for link in nida.read(url).all("a") if link.get("rel") == "next"), "")
    assert len(found) == len(set(found)) == 10


def test_list_asks_as_often_for_three_as_for_one(
    client: PageClient, engine: Engine, session: Session, cast: Cast
) -> None:
    seen = []
    for query in ("?q=สมชาย", "?role=planner", ""):
        nida = client.as_(cast.nida)
        session.commit()
        with count_queries(engine) as statements:
            nida.get(f"/users{query}")
        seen.append(len(statements))
    assert seen == [2, 2, 2]  # who is asking, and the people


def test_deactivated_person_is_out_and_comes_back(client: PageClient, cast: Cast) -> None:
    nida, somchai = client.as_(cast.nida), client.as_(cast.somchai)
    page = f"/users/{cast.somchai.id}"
    nida.submit(page, action=f"{page}/deactivate")
    assert somchai.get("/account").status_code == 303
    assert client.post("/sign-in", data={"name": "somchai", "password": PASSWORD}).status_code == 422
    nida.submit(page, action=f"{page}/reactivate")
    assert somchai.get("/account").status_code == 303
    assert client.post("/sign-in", data={"name": "somchai", "password": PASSWORD}).status_code == 303


def test_person_is_signed_out_everywhere(client: PageClient, cast: Cast) -> None:
    nida, one, two = client.as_(cast.nida), client.as_(cast.somchai), client.as_(cast.somchai)
    page = f"/users/{cast.somchai.id}"
    nida.submit(page, action=f"{page}/sign-out-everywhere")
    assert [one.get("/account").status_code, two.get("/account").status_code] == [303, 303]


def test_new_office_takes_effect_at_once_and_is_remembered(client: PageClient, cast: Cast, session: Session) -> None:
    nida, malee = client.as_(cast.nida), client.as_(cast.malee)
    assert malee.get("/invitations").status_code == 403
    values = {"role": "district_verifier", "area_code": CHAIYO, "agent_type": "kamnan"}
    done = nida.post(f"/users/{cast.malee.id}/edit", data={"display_name": "มาลี สุขเกษม", **values})
    assert done.status_code == 303
    assert malee.get("/invitations").status_code == 200
    changed = session.exec(select(AuditEvent).where(AuditEvent.act == "users.update")).one().detail["changed"]
    assert changed == {
        "role": ["change_agent", "district_verifier"],
        "agent_type": ["local_sage", None],
        "area_code": [PHO_THONG_SUBDISTRICT, CHAIYO],
        "sector": ["people", "state"],
    }


def test_office_without_its_place_is_refused(client: PageClient, cast: Cast) -> None:
    values = {"display_name": "มาลี", "role": "planner"}
    assert client.as_(cast.nida).post(f"/users/{cast.malee.id}/edit", data=values).status_code == 422
    assert cast.malee.role is Role.CHANGE_AGENT


def test_form_is_filled_with_what_is_known(client: PageClient, cast: Cast) -> None:
    nida = client.as_(cast.nida)
    assert nida.submit(f"/users/{cast.somchai.id}/edit", {"display_name": "สมชาย ใจดีมาก"}).status_code == 303
    somchai = cast.somchai
    assert (somchai.display_name, somchai.role, somchai.area_code) == (
        "สมชาย ใจดีมาก",
        Role.CHANGE_AGENT,
        "150201",
    )


def test_administrator_cannot_lock_the_door_behind_them(client: PageClient, cast: Cast) -> None:
    nida = client.as_(cast.nida)
    page = f"/users/{cast.nida.id}"
    assert nida.post(f"{page}/deactivate").status_code == 409
    values = {"display_name": "นิดา", "role": "executive", "cluster_code": "central-upper"}
    assert nida.post(f"{page}/edit", data=values).status_code == 409
    assert nida.get(page).status_code == 200


def test_forgotten_password_is_replaced(client: PageClient, cast: Cast, session: Session) -> None:
    nida, somchai = client.as_(cast.nida), client.as_(cast.somchai)
    page = f"/users/{cast.somchai.id}"
    nida.submit(page, action=f"{page}/reset-password")
    shown = re.search(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", nida.read(page).text())
    assert shown is not None
    assert shown[0] not in nida.read(page).text()
    assert somchai.get("/account").status_code == 303
    assert client.post("/sign-in", data={"name": "somchai", "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"name": "somchai", "password": shown[0]}).status_code == 303
    assert shown[0] not in str([event.detail for event in session.exec(select(AuditEvent)).all()])


def test_unknown_person_is_not_found(client: PageClient, cast: Cast) -> None:
    assert client.as_(cast.nida).get("/users/999").status_code == 404


def test_imported_author_is_shown_as_one_who_cannot_sign_in(client: PageClient, cast: Cast, session: Session) -> None:
    author = User(display_name="ผู้ใหญ่เก่า", role=Role.CHANGE_AGENT)
    session.add(author)
    session.commit()
    text = client.as_(cast.nida).read(f"/users/{author.id}").text()
    assert "ไม่มีรหัสผ่าน" in text
    assert "ตั้งรหัสผ่านใหม่" not in text


def test_pages_are_looked_at(shots: Any, cast: Cast) -> None:
    shots("/users", "users_index", cast.nida)
    shots(f"/users/{cast.somchai.id}", "users_show", cast.nida, dark=False)
    shots(f"/users/{cast.somchai.id}/edit", "users_edit", cast.nida, dark=False)
