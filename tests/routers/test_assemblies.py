"""Assemblies: a meeting written down, ranked with ties, sent once, and read by those of the area."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, select

from app import permissions
from app.i18n import today, typed_date
from app.models import Assembly, AssemblyItem, Channel, Consent, Consultation, GatheredBy, Need, Stage
from app.services import assemblies
from tests.support.cast import CHAIYO_SUBDISTRICT, Cast
from tests.support.client import PageClient
from tests.support.needs import WORDS, open_round, photo
from tests.support.queries import count_queries

HELD = today() - timedelta(days=3)
ASKED = ("ประปาไม่ไหล", "ถนนเป็นหลุม", "ไฟทางดับ")


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


@pytest.fixture
def somchai(client: PageClient, cast: Cast) -> PageClient:
    return client.as_(cast.somchai)


def meeting(consultation: Consultation, **values: Any) -> dict[str, Any]:
    typed = {
        "client_uuid": str(uuid4()),
        "consultation": str(consultation.id),
        "area_code_query": "ต.จรเข้ร้อง อ.ไชโย จ.อ่างทอง",
        "village": "บ้านกลาง หมู่ 3",
        "held_on": typed_date(HELD),
        "chair": "สมชาย ใจดี",
        "women": "๒๕",
        "men": "18",
        "sector_people": "40",
        "sector_state": "3",
    }
    return {**typed, **values}


def held(client: PageClient, session: Session, consultation: Consultation, /, **values: Any) -> Assembly:
    answer = client.post("/assemblies", data=meeting(consultation, **values))
    assert answer.status_code == 303, answer.text
    return session.exec(select(Assembly).order_by(Assembly.id.desc())).first()  # type: ignore[union-attr,return-value]


def ask(client: PageClient, assembly: Assembly, problem: str, **values: Any) -> Any:
    return client.post(
        f"/assemblies/{assembly.id}/items", data={"client_uuid": str(uuid4()), "problem": problem, **values}
    )


def items(session: Session) -> list[AssemblyItem]:
    return list(session.exec(select(AssemblyItem).order_by(AssemblyItem.id)))


def ranks(session: Session) -> list[int | None]:
    return [item.rank for item in items(session)]


def asked(client: PageClient, session: Session, consultation: Consultation, /, **values: Any) -> Assembly:
    assembly = held(client, session, consultation, **values)
    for problem in ASKED:
        ask(client, assembly, problem)
    return assembly


# Writing it down


def test_meeting_is_written_down_once(somchai: PageClient, session: Session, consultation: Consultation) -> None:
    form = meeting(consultation)
    first, second = (somchai.post("/assemblies", data=form).headers["location"] for _time in range(2))
    assembly = session.exec(select(Assembly)).one()
    assert first == second == f"/assemblies/{assembly.id}"
    assert (assembly.attendance, assembly.women, assembly.sectors) == (43, 25, {"people": 40, "state": 3})
    assert (assembly.area_code, assembly.held_on) == (CHAIYO_SUBDISTRICT, HELD)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"women": "0", "men": "0", "sector_people": "", "sector_state": ""}, "กรุณากรอกจำนวนคนที่มา"),
        ({"sector_people": "90"}, "มากกว่าคนที่มา"),
        ({"held_on": "1/1/2600"}, "วันประชาคมต้องไม่เกินวันนี้"),
        ({"chair": ""}, "กรุณาใส่ชื่อประธาน"),
        ({"area_code_query": "ต.อินทประมูล อ.โพธิ์ทอง จ.อ่างทอง"}, "กรอกแทนได้เฉพาะเรื่องในพื้นที่ของคุณ"),
        ({"consultation": "0"}, "รอบการรับฟังนี้ปิดรับแล้ว"),
    ],
)
def test_meeting_says_what_must_be_mended(
    somchai: PageClient, session: Session, consultation: Consultation, values: dict[str, str], complaint: str
) -> None:
    answer = somchai.post("/assemblies", data={**meeting(consultation), **values})
    assert (answer.status_code, complaint in answer.text, "บ้านกลาง" in answer.text) == (422, True, True)
    assert session.exec(select(Assembly)).all() == []


def test_needs_are_added_one_after_another_on_one_screen(
    somchai: PageClient, session: Session, consultation: Consultation
) -> None:
    assembly = held(somchai, session, consultation)
    form = {"client_uuid": str(uuid4()), "problem": WORDS, "households": "40"}
    for _time in range(2):
        answer = somchai.post(f"/assemblies/{assembly.id}/items", data=form, headers={"hx-request": "true"})
    assert (answer.status_code, answer.text.lstrip().startswith('<div id="work"')) == (200, True)
    kept = [(item.answers["problem"], item.answers["households"]) for item in items(session)]
    assert kept == [(WORDS, 40)]
    refused = ask(somchai, assembly, "", wish="อยากได้บ่อบาดาล")
    assert (refused.status_code, "อยากได้บ่อบาดาล" in refused.text) == (422, True)
    somchai.post(f"/assemblies/{assembly.id}/items/{items(session)[0].id}/remove")
    assert items(session) == []


# Ranking


@pytest.mark.parametrize(
    ("ranked_by", "typed", "expected"),
    [
        ("votes", ["12", "๓๐", "12"], [2, 1, 2]),
        ("votes", ["5", "0", "9"], [2, 3, 1]),
        ("order", ["1", "1", "2"], [1, 1, 3]),
        ("order", ["3", "2", "1"], [3, 2, 1]),
        ("votes", ["", "", ""], [None, None, None]),
    ],
)
def test_villagers_rank_by_votes_or_order_with_ties(
    somchai: PageClient, session: Session, consultation: Consultation, ranked_by: str, typed: list[str],
    expected: list[int | None],
) -> None:  # fmt: skip
    assembly = asked(somchai, session, consultation, ranked_by=ranked_by)
    counts = {f"count-{item.id}": text for item, text in zip(items(session), typed, strict=True)}
    somchai.post(f"/assemblies/{assembly.id}/ranks", data=counts)
    assert ranks(session) == expected


def test_count_that_is_no_number_is_said_and_kept(
    somchai: PageClient, session: Session, consultation: Consultation
) -> None:
    assembly = asked(somchai, session, consultation)
    counts = {f"count-{item.id}": "มาก" for item in items(session)}
    answer = somchai.post(f"/assemblies/{assembly.id}/ranks", data=counts)
    assert (answer.status_code, answer.text.count('value="มาก"'), ranks(session)) == (422, 3, [None] * 3)


def test_buttons_move_up_and_down(somchai: PageClient, session: Session, consultation: Consultation) -> None:
    assembly = asked(somchai, session, consultation, ranked_by="order")
    last = items(session)[2].id
    for _time in range(2):
        somchai.post(f"/assemblies/{assembly.id}/ranks", data={"up": last})
    assert ranks(session) == [2, 3, 1]
    somchai.post(f"/assemblies/{assembly.id}/ranks", data={"down": last})
    assert ranks(session) == [1, 3, 2]


def test_counts_typed_are_kept_when_another_need_is_added(
    somchai: PageClient, session: Session, consultation: Consultation
) -> None:
    assembly = asked(somchai, session, consultation)
    counts = {f"count-{item.id}": str(place) for place, item in enumerate(items(session))}
    ask(somchai, assembly, "น้ำท่วม", **counts)
    assert [item.count for item in items(session)] == [0, 1, 2, None]


# Sending


def test_all_is_sent_once_with_its_rank(
    somchai: PageClient, session: Session, consultation: Consultation, cast: Cast
) -> None:
    assembly = asked(somchai, session, consultation)
    counts = {f"count-{item.id}": str(votes) for item, votes in zip(items(session), (30, 12, 30), strict=True)}
    somchai.post(f"/assemblies/{assembly.id}/ranks", data=counts)
    for _time in range(2):
        somchai.post(f"/assemblies/{assembly.id}/finish", data={"act": "send", "minutes": "ตกลงกันด้วยดี"})
    sent = session.exec(select(Need).order_by(Need.id)).all()
    assert [(need.problem, need.assembly_rank) for need in sent] == [
        ("ประปาไม่ไหล", 1), ("ไฟทางดับ", 1), ("ถนนเป็นหลุม", 3),
    ]  # fmt: skip
    first = sent[0]
    assert (first.gathered_by, first.assembly_on, first.attendance) == (GatheredBy.ASSEMBLY, HELD, 43)
    assert (first.author_id, first.entered_by_id, first.consent, first.channel) == (
        cast.somchai.id, None, None, Channel.ASSEMBLY,
    )  # fmt: skip
    said = somchai.read(f"/needs/{first.ref}").text()
    assert "43 คน (หญิง 25) · อันดับ 1 จาก 3" in said
    assert (
        somchai.post(f"/assemblies/{assembly.id}/items", data={"client_uuid": str(uuid4()), "problem": "-"}).status_code
        == 403
    )


def test_assembly_typed_by_an_officer_is_the_chairs(
    client: PageClient, session: Session, consultation: Consultation, cast: Cast
) -> None:
    wipha = client.as_(cast.wipha)
    assembly = held(wipha, session, consultation, chair=f"สมชาย ใจดี · #{cast.somchai.id}")
    ask(wipha, assembly, WORDS)
    wipha.post(f"/assemblies/{assembly.id}/finish", data={"act": "send"})
    need = session.exec(select(Need)).one()
    assert (need.author_id, need.entered_by_id, need.consent) == (cast.somchai.id, cast.wipha.id, Consent.MINUTES)
    assert not permissions.can_certify_need(cast.wipha, need)
    named = held(wipha, session, consultation, chair="บุญมี แสนสุข")
    ask(wipha, named, WORDS)
    wipha.post(f"/assemblies/{named.id}/finish", data={"act": "send"})
    by_name = session.exec(select(Need).where(Need.assembly_id == named.id)).one()
    assert (by_name.author_id, by_name.author_name) == (None, "บุญมี แสนสุข")


@pytest.mark.parametrize(("counts", "complaint"), [(None, "ยังไม่มีเรื่อง"), (["1", "", ""], "ยังจัดอันดับไม่ครบ")])
def test_what_is_not_ready_is_not_sent_and_the_minutes_are_kept(
    somchai: PageClient, session: Session, consultation: Consultation, counts: list[str] | None, complaint: str
) -> None:
    assembly = held(somchai, session, consultation) if counts is None else asked(somchai, session, consultation)
    typed = {f"count-{item.id}": text for item, text in zip(items(session), counts or [], strict=True)}
    somchai.post(f"/assemblies/{assembly.id}/ranks", data=typed)
    answer = somchai.post(f"/assemblies/{assembly.id}/finish", data={"act": "send", "minutes": "คุยกันแล้ว"})
    assert (answer.status_code, complaint in answer.text, session.exec(select(Need)).all()) == (422, True, [])
    assert session.exec(select(Assembly)).one().minutes == "คุยกันแล้ว"


def test_closed_round_takes_no_assembly(somchai: PageClient, session: Session, consultation: Consultation) -> None:
    assembly = asked(somchai, session, consultation)
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    answer = somchai.post(f"/assemblies/{assembly.id}/finish", data={"act": "send"})
    assert (answer.status_code, session.exec(select(Need)).all()) == (422, [])


# Reading


def test_only_who_wrote_it_and_its_officers_read_it(
    client: PageClient, somchai: PageClient, session: Session, consultation: Consultation, cast: Cast
) -> None:
    assembly = asked(somchai, session, consultation)
    photos = {"photos": ("sheet.jpg", photo(), "image/jpeg")}
    somchai.post(f"/assemblies/{assembly.id}/finish", data={"act": "keep"}, files=photos)
    pages = [f"/assemblies/{assembly.id}{part}" for part in ("", "/sheet", "/minutes.pdf")]

    def readers() -> list[str]:
        people = ("somchai", "malee", "wipha", "surachai", "preecha", "duangjai", "thana", "arun", "nida", "kamon")
        found = {name: {client.as_(getattr(cast, name)).get(page).status_code for page in pages} for name in people}
        assert all(codes in ({200}, {404}) for codes in found.values()), found
        listed = [
            name for name in people if f'href="{pages[0]}"' in client.as_(getattr(cast, name)).get("/assemblies").text
        ]
        opened = [name for name, codes in found.items() if codes == {200}]
        assert listed == opened
        return opened

    assert readers() == ["somchai"]
    somchai.post(f"/assemblies/{assembly.id}/finish", data={"act": "send"})
    assert readers() == ["somchai", "wipha", "surachai", "preecha", "duangjai"]


def test_minutes_are_a_document_in_thai(somchai: PageClient, session: Session, consultation: Consultation) -> None:
    assembly = asked(somchai, session, consultation)
    answer = somchai.get(f"/assemblies/{assembly.id}/minutes.pdf")
    assert (answer.headers["content-type"], b"Sarabun" in answer.content) == ("application/pdf", True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", answer.content)) == 1


def test_list_asks_as_many_questions_for_one_meeting_as_for_three(
    somchai: PageClient, session: Session, consultation: Consultation, engine: Any
) -> None:
    asked(somchai, session, consultation)
    with count_queries(engine) as one:
        somchai.get("/assemblies")
    for _meeting in range(2):
        asked(somchai, session, consultation)
    with count_queries(engine) as three:
        somchai.get("/assemblies")
    assert len(one) == len(three)


def test_line_of_a_meeting_without_ranks_names_none(session: Session) -> None:
    assembly = Assembly(held_on=HELD, women=2, men=1)
    assert assemblies.line(assembly, None).endswith("3 คน (หญิง 2)")


def test_pages_of_an_assembly_look_right(
    shots: Any, somchai: PageClient, session: Session, consultation: Consultation, cast: Cast
) -> None:
    assembly = asked(somchai, session, consultation, ranked_by="order")
    shots("/assemblies", "assemblies_index", cast.somchai)
    shots("/assemblies/new", "assemblies_new", cast.somchai)
    shots(f"/assemblies/{assembly.id}", "assemblies_show", cast.somchai)
