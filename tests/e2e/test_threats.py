"""What can happen to a need on its way. After each: it exists once, in the right name, word for word.

The phone is a Chromium with a profile on disk, the network a proxy that fails as it is told (tests/support/network.py).
Nothing waits for a timer: a test sends by the button a person would press, or by the network coming back.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import update
from sqlmodel import Session, select

from app import templating
from app.config import Settings
from app.database import now
from app.dependencies import cookie_name
from app.forms import outbox as outbox_forms
from app.main import create_app
from app.models import Consultation, Need, NeedAct, NeedEvent, NeedStatus, User, UserSession
from app.routers import service_worker
from app.services import sessions
from tests.support.browser import find_chromium
from tests.support.cast import Cast
from tests.support.needs import open_round
from tests.support.network import Fate, Network, network_before
from tests.support.phones import Phone

pytestmark = pytest.mark.threats

WELL = "บ่อบาดาลหมู่ 3 แห้งมาสองเดือน คนแก่ต้องซื้อน้ำกิน"
ROAD = "ถนนเข้าสวนเป็นหลุม รถขนผลไม้ลงข้างทางแล้วสามคัน"
LIGHT = "ไฟทางหน้าโรงเรียนดับ เด็กเดินกลับบ้านมืด ๆ"
IS_KEPT = """Promise.race([navigator.serviceWorker.ready.then(() => true),
                          new Promise((done) => setTimeout(done, 3000, false))])"""
KEPT, ARRIVED = "เก็บในเครื่อง", "ถึงระบบแล้ว"

SignIn = Callable[[User], str]


@pytest.fixture
def network(server: Any, app: FastAPI) -> Iterator[Network]:
    server.app = app
    with network_before(server.url) as network:
        yield network
    server.app = None
    crashes, server.crashes = server.crashes, []
    assert not crashes, "\n".join(crashes)


@pytest.fixture
def phone(browser: Any, network: Network, tmp_path: Path) -> Iterator[Phone]:
    executable = find_chromium()
    assert executable is not None
    phone = Phone(browser.browser_type, executable, tmp_path / "profile", network)
    yield phone
    phone.close()
    assert not phone.complaints, "\n".join(phone.complaints)


@pytest.fixture
def sign_in(phone: Phone, session: Session, settings: Settings) -> SignIn:
    """Sign somebody in on the phone; return the token."""

    def sign_in(person: User) -> str:
        token = sessions.start(session, person, settings=settings)
        session.commit()
        phone.carry(cookie_name(settings), token)
        return token

    return sign_in


@pytest.fixture
def consultation(session: Session) -> Consultation:
    consultation = open_round(session)
    session.commit()
    return consultation


@pytest.fixture
def somchais(phone: Phone, sign_in: SignIn, cast: Cast, consultation: Consultation) -> Phone:
    """The phone of สมชาย, who has opened the form once while there was a network."""
    sign_in(cast.somchai)
    phone.open()
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    phone.network.wait_for("GET /api/intake")
    expect(phone.page.locator("[data-who]")).to_contain_text(cast.somchai.display_name)
    return phone


def fill(phone: Phone, words: str) -> None:
    """Say what is wrong, and go on to the page that is checked before sending."""
    phone.page.locator("#f-problem").fill(words)
    go_to_the_end(phone)


def go_to_the_end(phone: Phone) -> None:
    current = phone.page.locator("[data-step][data-current]")
    while (step := current.get_attribute("data-step")) != "check":
        current.locator("[data-next]").click()
        expect(current).not_to_have_attribute("data-step", str(step))


def send(phone: Phone) -> None:
    phone.page.locator("[data-send]").click()
    expect(phone.page.locator("[data-step=done]")).to_be_visible()


def write(phone: Phone, words: str) -> None:
    """Open the form, answer it, and send it."""
    phone.open()
    fill(phone, words)
    send(phone)


def resume(phone: Phone, words: str) -> None:
    """Go on with the draft where it was left."""
    draft = phone.page.locator("#drafts [data-open]")
    problem = phone.page.locator("#f-problem")
    expect(draft.or_(problem).first).to_be_attached()
    if draft.is_visible():
        draft.click()
    expect(problem).to_have_value(words)
    go_to_the_end(phone)


def queue(phone: Phone, *problems: str, **facts: Any) -> None:
    """Put needs into the outbox as the form does, without walking through it for each."""
    phone.page.evaluate(
        """async ([problems, facts]) => {
            const { user, rounds } = await outbox.intake()
            const answers = { consultation: rounds[0].id, area_code: user.area_code, ...facts }
            for (const problem of problems)
                await outbox.put({ uuid: outbox.uuid(), author_id: user.id, author_name: user.name,
                                   answers: { ...answers, problem } })
        }""",
        [list(problems), facts],
    )


def arrived(session: Session) -> list[tuple[str, str]]:
    """Return who sent which words, once for every row; each was sent by one act."""
    session.rollback()
    needs = session.exec(select(Need)).all()
    sent = session.exec(select(NeedEvent.need_id).where(NeedEvent.act == NeedAct.SEND.value)).all()
    assert sorted(sent) == sorted(need.id for need in needs)
    assert {need.status for need in needs} <= {NeedStatus.SUBMITTED}
    names = {person.id: person.username for person in session.exec(select(User)).all()}
    return sorted((names[need.author_id], need.problem) for need in needs)


def the_need(session: Session) -> Need:
    session.rollback()
    return session.exec(select(Need)).one()


def numbered(need: Need) -> str:
    return f"{need.ref[:4]}-{need.ref[4:]}"


# The network


def test_words_written_in_airplane_mode_are_sent_when_it_ends(somchais: Phone, session: Session) -> None:
    somchais.airplane(True)
    write(somchais, WELL)
    expect(somchais.waiting).to_contain_text([KEPT])
    assert arrived(session) == []
    somchais.airplane(False)
    somchais.expect_waiting(0)
    assert arrived(session) == [("somchai", WELL)]
    expect(somchais.page.get_by_text(numbered(the_need(session))).first).to_be_visible()


def test_answer_lost_after_the_commit_is_asked_for_again_and_is_the_same(somchais: Phone, session: Session) -> None:
    network = somchais.network
    network.next(Fate.LOSE_REPLY, "POST /api/needs")
    write(somchais, WELL)
    network.wait_for("POST /api/needs")
    ref = numbered(the_need(session))
    somchais.find_network()
    somchais.expect_waiting(0)
    assert [one.status for one in network.seen if str(one) == "POST /api/needs"] == [201, 200]
    assert arrived(session) == [("somchai", WELL)]
    expect(somchais.page.get_by_text(ref).first).to_be_visible()


def test_answers_that_are_cut_doubled_or_refused_change_nothing(somchais: Phone, session: Session) -> None:
    network = somchais.network
    lost, refused = (Fate.DROP, Fate.CUT_REPLY), (Fate.TOO_MANY, Fate.BUSY, Fate.CRASH)
    doubled = (Fate.TWICE, Fate.ECHO)
    for fate in (*lost, *refused, *doubled):
        network.next(fate, "POST /api/needs")
        queue(somchais, f"{WELL} {fate}")
        somchais.page.evaluate("outbox.flush()")
        if fate in lost:
            somchais.find_network()
        elif fate in refused:
            expect(somchais.waiting).to_contain_text([KEPT])
            somchais.press("flush")
        somchais.expect_waiting(0)
    network.wait_for("POST /api/needs", 2 * len(lost) + 2 * len(refused) + 3)  # the echo too
    assert arrived(session) == sorted(("somchai", f"{WELL} {fate}") for fate in (*lost, *refused, *doubled))


@pytest.mark.parametrize("fate", [Fate.PORTAL, Fate.PORTAL_REDIRECT], ids=str)
def test_captive_portal_that_answers_200_is_not_believed(somchais: Phone, session: Session, fate: Fate) -> None:
    network = somchais.network
    network.always(fate)
    write(somchais, WELL)
    expect(somchais.waiting).to_contain_text([KEPT])
    assert arrived(session) == []
    somchais.open()
    expect(somchais.waiting).to_contain_text([KEPT])
    network.calm()
    somchais.press("flush")
    somchais.expect_waiting(0)
    assert arrived(session) == [("somchai", WELL)]


def test_captive_portal_that_answers_while_the_form_is_being_kept_does_not_get_into_it(
    phone: Phone, sign_in: SignIn, cast: Cast, consultation: Consultation
) -> None:
    sign_in(cast.somchai)
    phone.network.always(Fate.PORTAL, r"GET /needs/new\?lang=en")
    phone.open()
    phone.network.wait_for(r"GET /needs/new\?lang=en")
    phone.network.calm()
    for _visit in range(5):  # the one that fails may still be under way when the page is opened again
        phone.open()
        if phone.page.evaluate(IS_KEPT):
            break
    kept = phone.page.evaluate("caches.match('/needs/new?lang=en').then((page) => page.text())")
    assert "data-wizard" in kept


# The browser


def test_page_reloaded_without_a_network_still_has_the_draft_and_the_queue(somchais: Phone, session: Session) -> None:
    somchais.network.down()
    write(somchais, WELL)
    somchais.open()
    fill(somchais, ROAD)
    somchais.page.reload()
    somchais.expect_waiting(1)
    resume(somchais, ROAD)
    send(somchais)
    somchais.find_network()
    somchais.expect_waiting(0)
    assert arrived(session) == sorted([("somchai", WELL), ("somchai", ROAD)])


def test_browser_killed_while_the_server_is_away_keeps_the_draft_and_the_queue(
    somchais: Phone, session: Session, sign_in: SignIn, cast: Cast
) -> None:
    somchais.network.down()
    write(somchais, WELL)
    somchais.expect_waiting(1)
    somchais.open()
    fill(somchais, ROAD)
    somchais.kill()
    somchais.switch_on()
    somchais.open()
    somchais.expect_waiting(1)
    resume(somchais, ROAD)
    send(somchais)
    sign_in(cast.somchai)  # the cookie may not have outlived the kill
    somchais.find_network()
    somchais.expect_waiting(0)
    assert arrived(session) == sorted([("somchai", WELL), ("somchai", ROAD)])


def test_three_tabs_and_a_storm_of_retries_send_each_need_once(somchais: Phone, session: Session) -> None:
    problems = [f"เรื่องที่ {n} {ROAD}" for n in range(20)]
    network = somchais.network
    queue(somchais, *problems)
    tabs = [somchais.page, somchais.new_tab(), somchais.new_tab()]
    network.always(Fate.CRASH, "POST /api/needs")
    storm = "Promise.all(Array.from({ length: 50 }, () => outbox.flush())).then(() => undefined)"
    for tab in tabs:
        tab.evaluate(f"{{ {storm} }}")
    for tab in tabs:
        tab.evaluate(storm)
    assert network.count("POST /api/needs") <= 2 * len(problems), "each waits before it is tried again"
    network.calm()
    for tab in tabs:
        tab.evaluate("{ outbox.list().then((items) => items.forEach(({ uuid }) => outbox.flush({ only: uuid }))) }")
    somchais.expect_waiting(0)
    assert arrived(session) == sorted(("somchai", problem) for problem in problems)


# People


def test_need_of_one_person_is_never_sent_by_the_next_who_signs_in(
    somchais: Phone, session: Session, sign_in: SignIn, cast: Cast
) -> None:
    somchais.network.down()
    write(somchais, WELL)
    somchais.expect_waiting(1)
    session.connection().execute(update(UserSession).values(revoked_at=now()))
    session.commit()
    somchais.network.up()
    somchais.open()
    expect(somchais.waiting).to_contain_text(["รอเข้าสู่ระบบ"])
    sign_in(cast.malee)
    write(somchais, ROAD)
    somchais.expect_waiting(1)
    expect(somchais.waiting).to_contain_text("ของคนอื่น")
    expect(somchais.page.get_by_text(WELL)).to_have_count(0)
    somchais.press("flush")
    somchais.page.evaluate("outbox.flush()")
    assert arrived(session) == [("malee", ROAD)]
    sign_in(cast.somchai)
    somchais.open()
    somchais.expect_waiting(0)
    assert arrived(session) == [("malee", ROAD), ("somchai", WELL)]


def test_taps_in_one_moment_send_once(somchais: Phone, session: Session) -> None:
    somchais.open()
    fill(somchais, WELL)
    somchais.page.locator("[data-send]").evaluate(
        "(button) => { button.click(); button.click(); button.click(); button.form.requestSubmit(button) }"
    )
    somchais.expect_waiting(0)
    expect(somchais.page.get_by_text(ARRIVED).first).to_be_visible()
    assert arrived(session) == [("somchai", WELL)]
    assert somchais.network.count("POST /api/needs") == 1


def test_one_need_that_is_refused_holds_up_no_other(somchais: Phone, session: Session) -> None:
    somchais.network.down()
    somchais.open()
    queue(somchais, WELL)
    queue(somchais, ROAD, area_code="999999")
    queue(somchais, LIGHT)
    somchais.network.up()
    somchais.open()
    somchais.expect_waiting(1)
    expect(somchais.waiting).to_contain_text(["ต้องแก้ไข"])
    expect(somchais.waiting).to_contain_text([ROAD])
    assert arrived(session) == sorted([("somchai", LIGHT), ("somchai", WELL)])


# Storage


def noisy_photo() -> bytes:
    """A photo that stays large however it is shrunk."""
    written = BytesIO()
    Image.effect_noise((1600, 1200), 120).save(written, "JPEG", quality=90)
    return written.getvalue()


def fill_storage(phone: Phone) -> None:
    """Let something else of the site's take all the room that is left, to the last kilobyte."""
    phone.page.evaluate(
        """async () => {
            const opening = indexedDB.open("junk", 1)
            opening.onupgradeneeded = () => opening.result.createObjectStore("junk", { autoIncrement: true })
            await new Promise((done) => (opening.onsuccess = done))
            for (let size = 512 * 1024; size >= 256; ) {
                const bytes = new Uint8Array(size)
                for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536))
                await new Promise((done, fail) => {
                    const writing = opening.result.transaction("junk", "readwrite", { durability: "strict" })
                    writing.objectStore("junk").put(bytes)
                    writing.oncomplete = done
                    writing.onabort = fail
                }).catch(() => (size /= 2))
            }
            opening.result.close()
        }"""
    )


def test_photo_larger_than_the_room_that_is_left_costs_no_words(
    somchais: Phone, session: Session, tmp_path: Path
) -> None:
    picture = tmp_path / "บ่อน้ำ.jpg"
    picture.write_bytes(noisy_photo())
    somchais.network.down()
    somchais.open()
    somchais.page.locator("#f-problem").fill(WELL)
    fill_storage(somchais)
    current = somchais.page.locator("[data-step][data-current]")
    while (step := current.get_attribute("data-step")) != "photos":
        current.locator("[data-next]").click()
        expect(current).not_to_have_attribute("data-step", str(step))
    somchais.page.locator("#f-photos").set_input_files(picture)
    expect(somchais.page.locator("[data-photo-note]")).to_contain_text("ไม่พอสำหรับรูปนี้")
    go_to_the_end(somchais)
    send(somchais)
    somchais.open()
    expect(somchais.waiting).to_contain_text([WELL])
    somchais.network.up()
    somchais.press("flush")
    somchais.expect_waiting(0)
    assert arrived(session) == [("somchai", WELL)]


def test_words_are_kept_when_the_storage_is_full_and_when_nothing_at_all_is_left(
    somchais: Phone, session: Session
) -> None:
    somchais.network.down()
    for problem in (WELL, ROAD):
        somchais.open()
        fill_storage(somchais)
        fill(somchais, problem)
        send(somchais)
    somchais.open()
    somchais.expect_waiting(2)
    expect(somchais.waiting).to_contain_text([WELL, ROAD])
    somchais.find_network()
    somchais.expect_waiting(0)
    somchais.page.reload()
    somchais.expect_waiting(0)
    assert arrived(session) == sorted([("somchai", WELL), ("somchai", ROAD)])


@pytest.mark.parametrize("is_writing", [False, True], ids=["then opened", "while writing on"])
def test_what_was_wiped_behind_the_back_of_the_page_is_named(
    somchais: Phone, session: Session, is_writing: bool
) -> None:
    somchais.network.down()
    write(somchais, WELL)
    somchais.expect_waiting(1)
    somchais.open()
    somchais.expect_waiting(1)
    somchais.wipe()
    if is_writing:
        fill(somchais, ROAD)
        send(somchais)
    somchais.network.up()
    somchais.open()
    alert = somchais.page.locator(".outbox-lost")
    expect(alert).to_contain_text("1 เรื่อง")
    expect(alert).to_contain_text(WELL)
    somchais.press("forget")
    somchais.page.reload()
    expect(somchais.page.locator("#f-problem")).to_be_visible()
    expect(alert).to_be_hidden()
    somchais.expect_waiting(0)
    assert arrived(session) == ([("somchai", ROAD)] if is_writing else [])


# Time


def upgrade(server: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a newer server in the place of the old: other files, and a form that calls one answer by another name."""
    monkeypatch.setattr(templating, "static_digest", lambda path: f"newer{len(path)}")
    monkeypatch.setattr(outbox_forms, "SCHEMA_VERSION", 2)
    monkeypatch.setattr(outbox_forms, "ADAPTERS", {1: lambda answers: {**answers, "cause": "จากแบบเดิม"}})
    service_worker.shell_version.cache_clear()
    server.app = create_app(settings)


def wait_for_worker(phone: Phone, state: str) -> None:
    """Wait until the newest service worker has come so far."""
    phone.page.evaluate(
        """async (state) => {
            const worker = await navigator.serviceWorker.getRegistration()
            const newest = () => (worker.installing ? "installing" : worker.waiting ? "waiting" : "active")
            while (newest() !== state) await new Promise(requestAnimationFrame)
        }""",
        state,
    )


def test_new_version_of_the_server_takes_what_was_written_in_the_old(
    somchais: Phone, session: Session, server: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, page = somchais.network, somchais.page
    network.down()
    write(somchais, WELL)
    somchais.open()
    page.locator("#f-problem").fill(ROAD)
    upgrade(server, settings, monkeypatch)
    somchais.find_network()
    page.evaluate("navigator.serviceWorker.getRegistration().then((it) => it.update()).then(() => undefined)")
    wait_for_worker(somchais, "waiting")
    somchais.expect_waiting(0)
    expect(page.locator("#f-problem")).to_have_value(ROAD)  # no new version takes the page from under a writer
    go_to_the_end(somchais)
    send(somchais)
    somchais.expect_waiting(0)
    assert arrived(session) == sorted([("somchai", WELL), ("somchai", ROAD)])
    assert {need.cause for need in session.exec(select(Need)).all()} == {
        "จากแบบเดิม"
    }  # both were written in the old form
    somchais.open()
    wait_for_worker(somchais, "active")
    somchais.open()
    expect(page.locator("script[src*=newer]").first).to_be_attached()


@pytest.mark.parametrize("days", [365, -365], ids=["fast", "slow"])
def test_clock_wrong_by_a_year_delays_nothing(somchais: Phone, session: Session, days: int) -> None:
    network = somchais.network
    somchais.context.clock.set_fixed_time(now() + timedelta(days=days))
    network.next(Fate.CRASH, "POST /api/needs")
    write(somchais, WELL)
    network.wait_for("POST /api/needs")
    somchais.context.clock.set_fixed_time(now())  # somebody set it right, and the next try must not be a year away
    somchais.open()
    somchais.expect_waiting(0)
    assert arrived(session) == [("somchai", WELL)]
    need = the_need(session)
    assert abs(need.captured_at - now()) > timedelta(days=360)
    assert abs(need.sent_at - now()) < timedelta(hours=1)


def test_forty_needs_that_waited_two_weeks_all_arrive(
    somchais: Phone, session: Session, sign_in: SignIn, cast: Cast
) -> None:
    problems = [f"เรื่องที่ {n} {LIGHT}" for n in range(40)]
    written_at = now() - timedelta(days=14)
    somchais.context.clock.set_fixed_time(written_at)
    somchais.network.down()
    somchais.open()
    queue(somchais, *problems)
    somchais.kill()
    session.connection().execute(update(UserSession).values(last_seen_at=written_at))
    session.commit()
    somchais.switch_on()
    somchais.open()
    somchais.expect_waiting(40)
    expect(somchais.waiting.first).to_contain_text("14 วัน")
    somchais.network.up()
    sign_in(cast.somchai)
    somchais.open()
    expect(somchais.waiting).to_have_count(0, timeout=60_000)
    assert arrived(session) == sorted(("somchai", problem) for problem in problems)
