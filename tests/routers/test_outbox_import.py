"""A phone that cannot send gives its file to an officer: everything once, in the right name, nothing lost."""

import base64
import json
from typing import Any

import pytest
from sqlmodel import Session, func, select

from app.config import Settings
from app.models import AuditEvent, Channel, Consultation, Need, NeedPhoto, NeedStatus, Notice, Stage, User
from tests.support.cast import CHAIYO, Cast
from tests.support.client import PageClient
from tests.support.needs import WORDS, open_round, photo
from tests.support.outbox import item, sha256


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


def count(session: Session, what: Any = Need) -> int:
    return session.exec(select(func.count()).select_from(what)).one()


def file_of(*items: Any, photos: dict[str, bytes] | None = None, **values: Any) -> bytes:
    encoded = {name: base64.b64encode(data).decode() for name, data in (photos or {}).items()}
    whole = {"format": "prachakhom-outbox", "version": 1, "items": items, "photos": encoded, **values}
    return json.dumps(whole, ensure_ascii=False).encode()


def upload(officer: PageClient, content: bytes) -> Any:
    return officer.post("/outbox/import", files={"file": ("ค้างส่ง.json", content, "application/json")})


def bring_in(officer: PageClient, content: bytes) -> Any:
    """Upload a file and press the button of its preview."""
    assert upload(officer, content).status_code == 200
    return officer.post(f"/outbox/import/{sha256(content)}")


def test_preview_says_what_would_come_and_keeps_nothing(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    wipha = client.as_(cast.wipha)
    page = upload(wipha, file_of(item(cast.somchai, consultation), item(cast.malee, consultation), {"answers": 7}))
    assert page.status_code == 200
    for told in (WORDS[:40], "สมชาย ใจดี", "เรื่องใหม่", "ไม่ได้อยู่ในพื้นที่ของคุณ", "นำเข้า 1 เรื่อง"):
        assert told in page.text
    assert (count(session), count(session, Notice)) == (0, 0)


def test_need_comes_in_its_authors_name_and_says_who_brought_it(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    picture = photo()
    held = item(cast.somchai, consultation, photos=[sha256(picture)], households=80)
    page = bring_in(client.as_(cast.wipha), file_of(held, photos={sha256(picture): picture}))
    need = session.exec(select(Need)).one()
    assert (page.status_code, f"{need.ref[:4]}-{need.ref[4:]}" in page.text) == (200, True)
    assert (need.author_id, need.author_name, need.entered_by_id) == (cast.somchai.id, "สมชาย ใจดี", cast.wipha.id)
    assert (need.client_uuid, need.channel, need.status) == (held["client_uuid"], Channel.IMPORT, NeedStatus.SUBMITTED)
    assert [(event.act, event.actor_id) for event in need.events] == [
        ("send", cast.somchai.id),
        ("import", cast.wipha.id),
    ]
    assert (count(session, NeedPhoto), need.photos_missing) == (1, [])
    assert session.exec(select(Notice.user_id)).all() == [cast.somchai.id]
    assert session.exec(select(AuditEvent).where(AuditEvent.act == "outbox.import")).one().detail == {
        "needs": [need.ref]
    }
    assert client.as_(cast.wipha).post(f"/needs/{need.ref}/certify").status_code == 403


def test_phone_that_sends_later_gets_the_same_receipt(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    held = item(cast.somchai, consultation)
    bring_in(client.as_(cast.wipha), file_of(held))
    later = client.as_(cast.somchai).post("/api/needs", json=held)
    assert (later.status_code, count(session)) == (200, 1)


def test_what_the_phone_sent_before_is_known_and_only_its_photos_are_added(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    picture = photo()
    held = item(cast.somchai, consultation, photos=[sha256(picture)])
    client.as_(cast.somchai).post("/api/needs", json=held)
    content = file_of(held, photos={sha256(picture): picture})
    assert "ถึงระบบแล้ว" in bring_in(client.as_(cast.wipha), content).text
    need = session.exec(select(Need)).one()
    assert (need.entered_by_id, need.photos_missing, count(session, NeedPhoto)) == (None, [], 1)


def test_one_bad_item_stands_in_no_others_way(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    items = [
        item(cast.somchai, consultation, problem=""),
        "nonsense",
        item(cast.somchai, consultation, area_code="999999"),
        {**item(cast.somchai, consultation), "schema_version": 99},
        {**item(cast.somchai, consultation), "author_id": None},
        item(cast.somchai, consultation, problem="เรื่องที่ดี"),
    ]
    page = bring_in(client.as_(cast.wipha), file_of(*items)).text
    assert [need.problem for need in session.exec(select(Need))] == ["เรื่องที่ดี"]
    assert page.count("นำเข้าไม่ได้</span>") == 5
    for reason in ("กรุณาเล่าว่าเดือดร้อนเรื่องอะไร", "ไม่รู้จักพื้นที่นี้", "แบบที่ใหม่กว่าระบบ", "ไม่ได้อยู่ในพื้นที่ของคุณ"):
        assert reason in page


def test_other_words_under_a_known_name_change_nothing(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    held = item(cast.somchai, consultation)
    client.as_(cast.somchai).post("/api/needs", json=held)
    forged = {**held, "answers": {**held["answers"], "problem": "คำที่คนอื่นแต่ง"}}
    assert "นำเข้าไม่ได้" in bring_in(client.as_(cast.wipha), file_of(forged)).text
    assert session.exec(select(Need.problem)).all() == [WORDS]


def test_broken_photo_stays_owed_and_the_words_are_taken(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    picture = photo()
    held = item(cast.somchai, consultation, photos=[sha256(picture), sha256(b"lost")])
    page = bring_in(client.as_(cast.wipha), file_of(held, photos={sha256(picture): b"not the same bytes"})).text
    need = session.exec(select(Need)).one()
    assert (len(need.photos_missing), "ยังขาดรูป 2 รูป" in page) == (2, True)


def test_needs_of_a_round_that_closed_meanwhile_are_taken_late(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    held = item(cast.somchai, consultation)
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    bring_in(client.as_(cast.wipha), file_of(held))
    assert session.exec(select(Need.is_late)).all() == [True]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"format": "other"}', file_of(version=2), file_of(items=7)])
def test_file_that_is_no_backup_is_refused_with_a_reason(client: PageClient, cast: Cast, content: bytes) -> None:
    answer = upload(client.as_(cast.wipha), content)
    assert (answer.status_code, "ไฟล์นี้" in answer.text) == (422, True)


def test_only_officers_bring_in_files(client: PageClient, cast: Cast, consultation: Consultation) -> None:
    content = file_of(item(cast.somchai, consultation))
    for person in (cast.somchai, cast.malee, cast.thana, cast.arun, cast.nida):
        assert client.as_(person).get("/outbox/import").status_code == 403
        assert upload(client.as_(person), content).status_code == 403
        assert client.as_(person).post(f"/outbox/import/{sha256(content)}").status_code == 403
    assert client.get("/outbox/import").status_code == 303


def test_author_is_of_the_officers_own_area(
    session: Session, client: PageClient, cast: Cast, consultation: Consultation
) -> None:
    gone = User(username="gone", display_name="คนเก่า", role=cast.somchai.role, area_code=CHAIYO, is_active=False)
    session.add(gone)
    session.flush()
    for officer, author, comes in (
        ("wipha", cast.malee, 0), ("wipha", cast.wipha, 0), ("wipha", gone, 0), ("kamon", cast.somchai, 0),
        ("surachai", cast.malee, 1), ("preecha", cast.somchai, 1),
    ):  # fmt: skip
        before = count(session)
        bring_in(client.as_(getattr(cast, officer)), file_of(item(author, consultation)))
        assert (officer, author.username, count(session) - before) == (officer, author.username, comes)


def test_file_is_its_officers_alone_and_gone_when_done_with(
    client: PageClient, cast: Cast, consultation: Consultation, settings: Settings
) -> None:
    content = file_of(item(cast.somchai, consultation))
    wipha, surachai = client.as_(cast.wipha), client.as_(cast.surachai)
    upload(wipha, content)
    assert surachai.post(f"/outbox/import/{sha256(content)}").status_code == 303
    assert wipha.post(f"/outbox/import/{sha256(content)}/discard").status_code == 303
    assert list((settings.data_dir / "outbox").glob("*")) == []
    bring_in(wipha, content)
    assert list((settings.data_dir / "outbox").glob("*")) == []
    assert wipha.post(f"/outbox/import/{'..%2F' * 3}x").status_code == 404
