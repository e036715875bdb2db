"""What phones deliver: once and only once, in the right name, and nothing typed is ever lost."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select
from starlette.testclient import TestClient

from app.database import now
from app.forms import outbox as outbox_forms
from app.models import Area, Consultation, Need, NeedEvent, NeedPhoto, NeedStatus, OutboxReport, Stage
from app.queries import outbox as outbox_queries
from app.services import needs
from tests.support.cast import CHAIYO, CHAIYO_SUBDISTRICT, OTHER_CLUSTER, Cast
from tests.support.client import ORIGIN, PageClient
from tests.support.needs import WORDS, make_need, open_round, photo
from tests.support.outbox import item, sha256


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def somchai(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.somchai)


def the_need(session: Session) -> Need:
    return session.exec(select(Need)).one()


def count(session: Session, what: Any = Need) -> int:
    return session.exec(select(func.count()).select_from(what)).one()


def deliver(phone: PageClient, sent: dict[str, Any], **headers: str) -> Any:
    headers = {"Idempotency-Key": sent["client_uuid"], **headers}
    return phone.post("/api/needs", content=json.dumps(sent), headers=headers)


# Delivered once


def test_need_delivered_twice_is_one_need_with_one_receipt(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation, households="๑๒๐")
    first, second = deliver(somchai, sent), deliver(somchai, {**sent, "captured_at": None})
    need = the_need(session)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert first.json() == {
        "client_uuid": sent["client_uuid"], "ref": need.ref, "status": "submitted",
        "sent_at": need.sent_at.isoformat(), "received_at": need.created_at.isoformat(),  # type: ignore[union-attr]
        "photos_missing": [], "receipt": f"/needs/{need.ref}/receipt",
    }  # fmt: skip
    assert (need.households, need.author_area_code, count(session, NeedEvent)) == (120, CHAIYO_SUBDISTRICT, 1)
    assert somchai.get(f"/api/needs/{sent['client_uuid']}").json() == first.json()


def test_need_delivered_eight_times_at_once_is_new_once(
    app: FastAPI, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation)
    session.commit()

    def press(_time: int) -> tuple[int, str]:
        phone = TestClient(app, base_url=ORIGIN, cookies=dict(somchai.cookies))
        answer = phone.post("/api/needs", json=sent, headers={"X-Outbox": "1;5;one-phone"})
        return answer.status_code, answer.json()["ref"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(press, range(8)))
    assert {ref for _status, ref in answers} == {the_need(session).ref}
    assert sorted(status for status, _ref in answers)[:7] == [200] * 7
    assert (count(session, NeedEvent), count(session, OutboxReport)) == (1, 1)


def test_other_words_under_the_same_name_are_refused_and_change_nothing(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation)
    deliver(somchai, sent)
    sent["answers"]["problem"] = "เรื่องอื่น"
    answer = deliver(somchai, sent)
    assert (answer.status_code, answer.json()["client_uuid"]) == (409, sent["client_uuid"])
    assert the_need(session).problem == WORDS


def test_order_of_answers_is_no_difference(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation)
    deliver(somchai, sent)
    sent["answers"] = dict(reversed(sent["answers"].items()))
    assert deliver(somchai, sent).status_code == 200


# In the right name


def test_item_of_another_person_is_never_delivered_by_the_one_who_signed_in(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation)
    answer = deliver(client.as_(cast.malee), sent)
    assert (answer.status_code, answer.json()["client_uuid"], count(session)) == (403, sent["client_uuid"], 0)
    assert deliver(client.as_(cast.somchai), sent).status_code == 201
    assert the_need(session).author_id == cast.somchai.id


def test_nobody_signed_in_is_asked_to_sign_in_and_nothing_is_kept(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    for answer in (deliver(client, item(cast.somchai, consultation)), client.get("/api/intake")):
        assert (answer.status_code, answer.json()["error"]) == (401, "กรุณาเข้าสู่ระบบก่อน")
    assert count(session) == 0


@pytest.mark.parametrize("name", ["thana", "arun", "nida", "kamon"])
def test_those_who_send_no_needs_to_this_round_are_told_so(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast, name: str
) -> None:
    person = getattr(cast, name)
    answer = deliver(client.as_(person), item(person, consultation))
    assert (answer.status_code, list(answer.json()["errors"]), count(session)) == (422, ["consultation"], 0)


def test_receipt_by_name_is_for_its_author_alone(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation)
    deliver(client.as_(cast.somchai), sent)
    seen = {
        name: client.as_(getattr(cast, name)).get(f"/api/needs/{sent['client_uuid']}").status_code
        for name in ("somchai", "malee", "wipha", "preecha")
    }
    assert seen == {"somchai": 200, "malee": 404, "wipha": 404, "preecha": 404}


# What must be mended, and what must not stand in the way


def test_what_must_be_mended_is_said_by_its_box_in_the_readers_language(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, consultation, problem=" ", households="หลายบ้าน")
    answer = deliver(somchai, sent)
    assert (answer.status_code, answer.json()["client_uuid"]) == (422, sent["client_uuid"])
    assert answer.json()["errors"] == {
        "problem": "กรุณาเล่าว่าเดือดร้อนเรื่องอะไร สั้น ๆ ก็ได้", "households": "กรุณากรอกเป็นตัวเลข",
    }  # fmt: skip
    somchai.cookies.set("lang", "en")
    assert deliver(somchai, sent).json()["errors"]["households"] == "Write a number"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"answers": NaN}', b"[" * 100_000, b'{"client_uuid": 5}'])
def test_what_cannot_be_read_is_refused_without_a_crash(somchai: PageClient, session: Session, body: bytes) -> None:
    assert somchai.post("/api/needs", content=body).status_code == 422
    assert count(session) == 0


@pytest.mark.parametrize("years", [-1, 1, 400])
def test_clock_wrong_by_a_year_does_no_harm(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, years: int
) -> None:
    said = now() + timedelta(days=365 * years)
    assert deliver(somchai, item(cast.somchai, consultation, captured_at=said.isoformat())).status_code == 201
    need = the_need(session)
    assert (need.captured_at, need.written_at, need.is_late) == (said, None, False)
    assert need.sent_at is not None
    assert abs(need.sent_at - now()) < timedelta(minutes=1)


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+07:00", "เมื่อวาน", 1e30, None, "2026-11-22T10:00:00"])
def test_time_that_makes_no_sense_is_left_out(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, said: Any
) -> None:
    assert deliver(somchai, item(cast.somchai, consultation, captured_at=said)).status_code == 201
    assert the_need(session).captured_at is None


def test_place_on_the_earth_is_kept_when_it_is_one_and_never_stands_in_the_way(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    here = {"lat": 14.6, "lng": 100.4, "accuracy_m": 30.0}
    for location in (here, {"lat": 900, "lng": 0}, "ข้างวัด"):
        assert deliver(somchai, item(cast.somchai, consultation, location=location)).status_code == 201
    assert session.exec(select(Need.location).order_by(Need.id)).all() == [here, None, None]  # type: ignore[arg-type]


def test_characters_no_database_keeps_do_not_poison_the_outbox(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    assert deliver(somchai, item(cast.somchai, consultation, problem="น้ำ\x00ท่วม")).status_code == 201
    assert the_need(session).problem == "น้ำท่วม"
    assert deliver(somchai, item(cast.somchai, consultation, problem="\ud800")).status_code == 422
    assert deliver(somchai, item(cast.somchai, consultation, consultation=2**70)).status_code == 422


def test_more_households_than_live_there_are_asked_about_once(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    area = session.get_one(Area, CHAIYO_SUBDISTRICT)
    area.households = 400
    session.add(area)
    sent = item(cast.somchai, consultation, households=1200)
    assert list(deliver(somchai, sent).json()["errors"]) == ["are_households_sure"]
    sent["answers"]["are_households_sure"] = True
    assert deliver(somchai, sent).status_code == 201


def test_only_open_round_and_own_place_are_taken_when_none_is_named(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = item(cast.somchai, None, area_code=None)
    assert deliver(somchai, sent).status_code == 201
    assert (the_need(session).consultation_id, the_need(session).area_code) == (consultation.id, CHAIYO_SUBDISTRICT)
    open_round(session)
    answer = deliver(somchai, item(cast.somchai, None))
    assert (answer.status_code, answer.json()["errors"]) == (
        422, {"consultation": "กรุณาเลือกรอบการรับฟังที่จะส่งเรื่องนี้"},
    )  # fmt: skip


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_long_need_fits_in_four_kilobytes(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    words = ("ประปาไม่ไหลมาสามเดือนแล้ว ต้องซื้อน้ำใช้ " * 20)[:800]
    here = {"lat": 14.66123, "lng": 100.45123, "accuracy_m": 30}
    sent = item(cast.somchai, consultation, problem=words, location=here, place_note="ท้ายหมู่บ้าน", households=45)
    body = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode()
    assert len(body) <= 4096
    assert somchai.post("/api/needs", content=body).status_code == 201


# A round that closed while the need waited


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        (Stage.ANNOUNCED, 422), (Stage.OPEN, 201), (Stage.CLOSED, 201), (Stage.ANALYSING, 201),
        (Stage.SUMMARY_PUBLISHED, 422), (Stage.ARCHIVED, 422),
    ],
)  # fmt: skip
def test_need_that_waited_is_taken_and_marked_until_the_summary_is_out(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, stage: Stage, status: int
) -> None:
    consultation.stage = stage
    session.add(consultation)
    assert deliver(somchai, item(cast.somchai, consultation)).status_code == status
    assert [need.is_late for need in session.exec(select(Need))] == ([stage is not Stage.OPEN] if status == 201 else [])


def test_officer_reads_that_a_need_came_late_and_when_its_phone_says_it_was_written(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    written = (now() - timedelta(days=14)).isoformat()
    ref = deliver(somchai, item(cast.somchai, consultation, captured_at=written)).json()["ref"]
    page = client.as_(cast.wipha).read(f"/needs/{ref}").text()
    assert ("มาถึงหลังปิดรับ" in page, "ตามนาฬิกาของเครื่อง" in page) == (True, True)


# Written by an older form


def test_item_of_an_old_form_is_read_as_the_new_one_and_keeps_its_name(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = item(cast.somchai, consultation, text=WORDS)
    del sent["answers"]["problem"]
    monkeypatch.setattr(outbox_forms, "SCHEMA_VERSION", 2)
    monkeypatch.setitem(outbox_forms.ADAPTERS, 1, lambda answers: {**answers, "problem": answers["text"]})
    assert (deliver(somchai, sent).status_code, deliver(somchai, sent).status_code) == (201, 200)
    assert the_need(session).problem == WORDS


def test_item_of_a_newer_form_waits_on_the_phone(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    answer = deliver(somchai, item(cast.somchai, consultation, schema_version=2))
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0, count(session)) == (503, True, 0)


# A mended item replaces the one before


@pytest.mark.parametrize("is_newer_first", [False, True])
def test_mended_item_withdraws_the_one_it_replaces_whichever_comes_first(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, is_newer_first: bool
) -> None:
    older = item(cast.somchai, consultation, problem="น้ำไม่ไหน")
    newer = item(cast.somchai, consultation, problem="น้ำไม่ไหล", replaces=older["client_uuid"])
    for sent in (newer, older) if is_newer_first else (older, newer):
        assert deliver(somchai, sent).status_code == 201
    found = {need.problem: need.status for need in session.exec(select(Need))}
    assert found == {"น้ำไม่ไหน": NeedStatus.WITHDRAWN, "น้ำไม่ไหล": NeedStatus.SUBMITTED}


def test_nobody_replaces_what_another_person_sent(
    client: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    theirs = item(cast.malee, consultation)
    deliver(client.as_(cast.malee), theirs)
    deliver(client.as_(cast.somchai), item(cast.somchai, consultation, replaces=theirs["client_uuid"]))
    assert [need.status for need in session.exec(select(Need))] == [NeedStatus.SUBMITTED] * 2


# Photos


def test_photos_follow_the_words_one_by_one_and_the_receipt_says_which_are_missing(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    pictures = [photo(size=(80 + n, 60)) for n in range(2)]
    names = [sha256(data) for data in pictures]
    sent = item(cast.somchai, consultation, photos=names)
    answer = deliver(somchai, sent)
    assert answer.json()["photos_missing"] == names
    page = f"/needs/{answer.json()['ref']}"
    wipha = client.as_(cast.wipha)
    assert "รูปยังไม่ครบ" in wipha.read(page).text()
    address = f"/api/needs/{sent['client_uuid']}/photos"
    first = somchai.put(f"{address}/{names[0]}", content=pictures[0])
    again = somchai.put(f"{address}/{names[0]}", content=pictures[0])
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == {"client_uuid": sent["client_uuid"], "sha256": names[0], "photos_missing": [names[1]]}
    wipha.post(f"{page}/certify")
    assert somchai.put(f"{address}/{names[1]}", content=pictures[1]).json()["photos_missing"] == []
    assert somchai.get(f"/api/needs/{sent['client_uuid']}").json()["photos_missing"] == []
    assert (count(session, NeedPhoto), "รูปยังไม่ครบ" in wipha.read(page).text()) == (2, False)


def test_photo_that_is_broken_strange_or_not_ones_own_is_refused(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    data, text = photo(), b"<html>not a photo</html>"
    sent = item(cast.somchai, consultation, photos=[sha256(data), sha256(text)])
    deliver(somchai, sent)
    address = f"/api/needs/{sent['client_uuid']}/photos"
    answers = {
        "cut short": somchai.put(f"{address}/{sha256(data)}", content=data[:-1]),
        "no photo": somchai.put(f"{address}/{sha256(text)}", content=text),
        "another person's need": client.as_(cast.malee).put(f"{address}/{sha256(data)}", content=data),
        "no such need": somchai.put(f"/api/needs/{uuid4()}/photos/{sha256(data)}", content=data),
    }
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "cut short": 422, "no photo": 422, "another person's need": 404, "no such need": 404,
    }  # fmt: skip
    assert (answers["cut short"].json()["client_uuid"], count(session, NeedPhoto)) == (sent["client_uuid"], 0)


def test_no_more_than_five_photos_are_promised(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    answer = deliver(somchai, item(cast.somchai, consultation, photos=[sha256(bytes([n])) for n in range(6)]))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["photos"])


# What a phone asks


def test_phone_learns_who_it_writes_for_and_the_places_near_first(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    make_need(session, cast.somchai, consultation, households=45, area_code=CHAIYO)
    open_round(session, cluster_code=OTHER_CLUSTER)
    answer = somchai.get("/api/intake")
    told = answer.json()
    assert told["user"] == {
        "id": cast.somchai.id, "name": "สมชาย ใจดี", "role": "change_agent", "area_code": CHAIYO_SUBDISTRICT,
        "area_name": cast.somchai.area.full_th,
    }  # fmt: skip
    assert [one["id"] for one in told["rounds"]] == [consultation.id]
    assert told["remembered"] == {"households": 45, "area_code": CHAIYO}
    codes = [area["code"] for area in told["areas"]]
    assert codes[:2] == [CHAIYO_SUBDISTRICT, CHAIYO]
    assert {code[:2] for code in codes} == {"15"}
    assert [code[:4] == CHAIYO for code in codes] == sorted((code[:4] == CHAIYO for code in codes), reverse=True)
    assert somchai.get("/api/intake", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


def test_planner_gets_the_places_of_the_cluster(client: PageClient, session: Session, cast: Cast) -> None:
    areas = client.as_(cast.preecha).get("/api/intake").json()["areas"]
    provinces = {area["code"] for area in areas if area["kind"] == "province"}
    assert {area["code"][:2] for area in areas} == provinces
    assert len(provinces) > 1


def test_phone_that_lost_its_receipts_gets_them_back(
    client: PageClient, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    sent = [item(cast.somchai, consultation, problem=f"เรื่องที่ {n}") for n in range(3)]
    for one in sent:
        deliver(somchai, one)
    deliver(client.as_(cast.malee), item(cast.malee, consultation))
    make_need(session, cast.somchai, consultation, send=False)
    told = somchai.get("/api/needs/sent").json()
    assert [one["client_uuid"] for one in told] == [one["client_uuid"] for one in sent[::-1]]
    assert told[0]["problem"] == "เรื่องที่ 2"
    later = (now() + timedelta(hours=1)).isoformat()
    assert somchai.get("/api/needs/sent", params={"since": later}).json() == []


def test_phone_says_what_still_waits_on_it(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    user = cast.somchai.id
    deliver(somchai, item(cast.somchai, consultation), **{"X-Outbox": "39;86400;phone-a"})
    somchai.get("/api/intake", headers={"X-Outbox": "2;60;phone-b"})
    told = outbox_queries.waiting(session, [user])[user]
    assert told.waiting == 41
    assert timedelta(hours=23) < now() - told.oldest_at < timedelta(hours=25)
    for phone in ("phone-a", "phone-b"):
        somchai.get("/api/intake", headers={"X-Outbox": f"0;0;{phone}"})
    assert outbox_queries.waiting(session, [user]) == {}


@pytest.mark.parametrize("header", ["", "5", "x;1;a", "1;1;", "-1;1;a", "9999999;1;a", "1;1;" + "a" * 41])
def test_header_that_makes_no_sense_is_left_out(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, header: str
) -> None:
    assert deliver(somchai, item(cast.somchai, consultation), **{"X-Outbox": header}).status_code == 201
    assert count(session, OutboxReport) == 0


# Too much at once, and a server in trouble


def test_forty_needs_at_once_are_taken_and_a_flood_is_told_when_to_come_back(
    app: FastAPI, somchai: PageClient, consultation: Consultation, session: Session, cast: Cast
) -> None:
    taken = {deliver(somchai, item(cast.somchai, consultation, problem=str(n))).status_code for n in range(40)}
    for _time in range(600):
        somchai_limit(app, cast.somchai.id)
    answer = deliver(somchai, item(cast.somchai, consultation))
    assert (taken, answer.status_code, answer.headers["retry-after"], count(session)) == ({201}, 429, "60", 40)


def somchai_limit(app: FastAPI, user_id: int) -> None:
    from app.exceptions import TooManyAttempts

    try:
        app.state.intake_limit.hit([f"user:{user_id}"])
    except TooManyAttempts:
        return


def test_locked_database_is_no_receipt_and_no_loss(
    somchai: PageClient, consultation: Consultation, session: Session, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = item(cast.somchai, consultation)

    def locked(*_values: Any, **_more: Any) -> None:
        raise OperationalError("BEGIN IMMEDIATE", {}, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setattr(needs, "post", locked)
        answer = deliver(somchai, sent)
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["client_uuid"]) == (
        503, "5", sent["client_uuid"],
    )  # fmt: skip
    assert (count(session), deliver(somchai, sent).status_code) == (0, 201)
