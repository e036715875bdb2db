"""The acts of a need: who may, what is written, what never changes."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session, select

from app.config import Settings
from app.database import now
from app.exceptions import InvalidInput, NotAllowed
from app.models import COUNTED, Consultation, GoTo, Need, NeedEvent, NeedStatus, Notice, Organization, Stage, User
from app.services import needs
from tests.support.cast import Cast
from tests.support.needs import make_need, open_round

PEOPLE = ("somchai", "malee", "wipha", "surachai", "preecha", "duangjai", "thana", "arun", "nida", "kamon")
WAITING = ("submitted", "acknowledged")


@pytest.fixture
def consultation(session: Session) -> Consultation:
    return open_round(session)


def organization_id(session: Session) -> int:
    return session.exec(select(Organization.id)).first() or 0


def act_of(name: str, session: Session, settings: Settings, other: Need) -> Callable[[Need, User], Any]:
    acts: dict[str, Callable[[Need, User], Any]] = {
        "send": lambda need, by: needs.send_draft(session, need, by),
        "withdraw": lambda need, by: needs.withdraw(session, need, by),
        "acknowledge": lambda need, by: needs.acknowledge(session, need, by),
        "return": lambda need, by: needs.return_for_detail(session, need, by, "ลึกเท่าไร"),
        "add_detail": lambda need, by: needs.add_detail(session, need, by, "สี่สิบเมตร"),
        "certify": lambda need, by: needs.certify(session, need, by),
        "accept": lambda need, by: needs.accept(session, need, by, settings),
        "out_of_scope": lambda need, by: needs.mark_out_of_scope(session, need, by, GoTo.DAMRONGDHAMA),
        "refer": lambda need, by: needs.refer(session, need, by, organization_id(session)),
        "merge": lambda need, by: needs.merge(session, need, by, other.ref),
        "dispute": lambda need, by: needs.dispute(session, need, by, "ไม่ตรง"),
    }
    return acts[name]


# Who may do what to สมชาย's need, and at which of its stages.
OFFICERS = {"wipha", "surachai", "preecha", "duangjai"}
RULES: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "send": ({"somchai"}, ("draft",)),
    "withdraw": ({"somchai"}, (*WAITING, "returned")),
    "add_detail": ({"somchai"}, ("returned",)),
    "dispute": ({"somchai"}, ("answered",)),
    "acknowledge": (OFFICERS, ("submitted",)),
    "return": (OFFICERS, WAITING),
    "certify": ({"wipha"}, WAITING),
    "accept": (set(), ()),
    "out_of_scope": (OFFICERS, WAITING),
    "refer": (OFFICERS, WAITING),
}


@pytest.mark.parametrize("name", RULES)
def test_each_act_is_for_its_people_at_its_stages(
    session: Session, cast: Cast, consultation: Consultation, settings: Settings, name: str
) -> None:
    need = make_need(session, cast.somchai, consultation)
    act = act_of(name, session, settings, need)
    people, stages = RULES[name]
    session.commit()
    allowed = set()
    for status in NeedStatus:
        for person in PEOPLE:
            need.status = status
            session.add(need)
            session.flush()
            try:
                act(need, getattr(cast, person))
            except NotAllowed:
                continue
            finally:
                session.rollback()
            allowed.add((person, status.value))
    assert allowed == {(person, status) for person in people for status in stages}


def test_planners_take_on_what_is_late_and_merge_what_is_accepted(
    session: Session, cast: Cast, consultation: Consultation, settings: Settings
) -> None:
    need, other = make_need(session, cast.somchai, consultation), make_need(session, cast.malee, consultation)
    need.sent_at = now() - timedelta(days=settings.certify_days, minutes=1)
    session.add(need)
    for person in ("wipha", "kamon", "somchai"):
        with pytest.raises(NotAllowed):
            needs.accept(session, need, getattr(cast, person), settings)
    needs.accept(session, need, cast.preecha, settings)
    assert (need.status, need.is_certified, need.status in COUNTED) == (NeedStatus.ACCEPTED, False, True)
    with pytest.raises(NotAllowed):
        needs.merge(session, need, cast.wipha, other.ref)
    needs.merge(session, need, cast.preecha, other.ref)
    assert (need.status, need.merged_into_id, need.status in COUNTED) == (NeedStatus.MERGED, other.id, False)


def test_officers_own_entry_is_for_others_to_check(
    session: Session, cast: Cast, consultation: Consultation, settings: Settings
) -> None:
    own = make_need(session, cast.wipha, consultation, area_code="150201")
    own.sent_at = now() - timedelta(days=30)
    for act in ("acknowledge", "certify", "return", "refer", "out_of_scope"):
        with pytest.raises(NotAllowed):
            act_of(act, session, settings, own)(own, cast.wipha)
    typed = make_need(session, cast.somchai, consultation)
    typed.entered_by_id = cast.wipha.id
    session.add(typed)
    with pytest.raises(NotAllowed):
        needs.certify(session, typed, cast.wipha)


def test_every_act_is_one_event_that_follows_the_one_before(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    need = make_need(session, cast.somchai, consultation, send=False)
    needs.send_draft(session, need, cast.somchai)
    needs.acknowledge(session, need, cast.surachai)
    needs.return_for_detail(session, need, cast.surachai, "ลึกเท่าไร")
    needs.add_detail(session, need, cast.somchai, "สี่สิบเมตร")
    needs.refer(session, need, cast.surachai, organization_id(session))
    needs.certify(session, need, cast.wipha)
    events = session.exec(select(NeedEvent).order_by(NeedEvent.id)).all()  # type: ignore[arg-type]
    assert [event.act for event in events] == [
        "create", "send", "acknowledge", "return", "add_detail", "refer", "certify",
    ]  # fmt: skip
    assert all(later.from_status is earlier.to_status for earlier, later in pairwise(events))
    assert need.status is events[-1].to_status
    told = Counter(notice.kind for notice in session.exec(select(Notice).where(Notice.user_id == cast.somchai.id)))
    assert told == {"return": 1, "refer": 1, "certify": 1}


def test_draft_of_a_closed_round_stays_a_draft(session: Session, cast: Cast, consultation: Consultation) -> None:
    draft = make_need(session, cast.somchai, consultation, send=False)
    consultation.stage = Stage.CLOSED
    session.add(consultation)
    session.flush()
    with pytest.raises(InvalidInput, match="ปิดรับ"):
        needs.send_draft(session, draft, cast.somchai)
    assert draft.status is NeedStatus.DRAFT


def test_what_was_merged_follows_when_its_elder_is_merged_too(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    first, second, third = (make_need(session, cast.somchai, consultation) for _ in range(3))
    needs.merge(session, second, cast.wipha, first.ref)
    needs.merge(session, first, cast.wipha, third.ref)
    assert (first.merged_into_id, second.merged_into_id) == (third.id, third.id)
    with pytest.raises(InvalidInput):
        needs.merge(session, third, cast.wipha, first.ref)


def test_words_of_a_need_do_not_tell_telephone_numbers_or_names(
    session: Session, cast: Cast, consultation: Consultation
) -> None:
    words = needs.search_words({"problem": "ถนนพัง โทรหานายสมศักดิ์ แซ่ลี้ 081-234-5678"})
    assert "ถนน" in words
    assert [word for word in words if "081" in word or "5678" in word or "สมศักดิ์" in word] == []


@pytest.mark.parametrize("digits", ["5724", "1234567", "9999999"])
def test_check_digit_notices_a_wrong_digit_and_two_that_changed_places(digits: str) -> None:
    ref = digits.rjust(7, "1") + str(needs._damm(digits.rjust(7, "1")))
    assert needs.is_ref(ref)
    wrong = {ref[:i] + d + ref[i + 1 :] for i in range(8) for d in "0123456789"} - {ref}
    swapped = {ref[:i] + ref[i + 1] + ref[i] + ref[i + 2 :] for i in range(7)} - {ref}
    assert [one for one in wrong | swapped if needs.is_ref(one)] == []


def test_check_digit_is_damms_own() -> None:
    assert needs._damm("572") == 4  # the example of Damm's dissertation


def test_receipt_numbers_are_neither_ordered_nor_near(session: Session) -> None:
    refs = [needs.new_ref(session) for _ in range(50)]
    assert len(set(refs)) == 50
    assert all(needs.is_ref(ref) for ref in refs)
    assert refs != sorted(refs)
