"""The parts every page is made of: what they say to a reader, and how they behave in a real browser."""

from types import SimpleNamespace
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from app.database import now
from app.exceptions import Conflict
from app.forms import Bound
from app.jobs import JobStatus
from app.models import Decision, LinkStatus, NeedStatus, ResponseStatus, Selection, Stage, TopicStatus, Urgency
from app.templating import environment, render
from tests.support.browser import PHONE, assert_accessible
from tests.support.pages import Document

KINDS = (Stage, NeedStatus, Urgency, TopicStatus, LinkStatus, Decision, ResponseStatus, Selection, JobStatus)
STATES = [state for kind in KINDS for state in kind]
TYPED = Bound[Any](
    None,
    {"phone": '08"<', "province": "15", "urgency": "urgent", "groups": ["farm"], "problem": "", "households": ""},
    {"phone": "ใส่เบอร์ให้ครบ 10 ตัว", "urgency": "เลือกว่าเร่งด่วนแค่ไหน", "": "รอบนี้ปิดรับแล้ว"},
)


def draw(source: str, **context: Any) -> Document:
    """Draw a line of template that uses the parts."""
    imports = (
        '{% from "components/forms.html" import checkboxes, error_summary, field, radios, select %}'
        '{% from "components/ui.html" import job_progress, meter, share_bar, status %}'
    )
    return Document(environment().from_string(imports + source).render(context))


def only(page: Document, tag: str) -> Any:
    elements = page.all(tag)
    assert len(elements) == 1, f"{len(elements)} elements of <{tag}>"
    return elements[0]


def test_a_box_keeps_what_was_typed_and_is_tied_to_its_hint_and_error() -> None:
    box = only(draw('{{ field(form, "phone", "เบอร์", hint="เช่น 081") }}', form=TYPED), "input")
    assert box.get("value") == '08"<'
    assert box.get("aria-describedby") == "f-phone-hint f-phone-error"
    assert box.get("aria-invalid") == "true"


def test_a_password_is_never_shown_again() -> None:
    box = only(draw('{{ field(form, "phone", "รหัสผ่าน", type="password") }}', form=TYPED), "input")
    assert "value" not in box.attributes


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert draw('{{ field(none, "age", "อายุ", required=False) }}').texts("label") == ["อายุ (ไม่ใส่ก็ได้)"]
    assert draw('{{ field(none, "age", "อายุ") }}').texts("label") == ["อายุ"]


def test_a_story_of_several_lines_comes_back_as_it_was() -> None:
    form = Bound[Any](None, {"problem": "บรรทัดหนึ่ง\n\n  บรรทัดสาม"})
    html = environment().from_string(
        '{% from "components/forms.html" import textarea %}{{ textarea(form, "problem", "เรื่อง") }}'
    )
    typed = html.render(form=form).split(">\n", maxsplit=1)  # a browser drops the one line break after the tag
    assert "บรรทัดหนึ่ง\n\n  บรรทัดสาม</textarea>" in typed[1]


def test_the_summary_leads_to_each_field_and_says_what_has_none() -> None:
    page = draw("{{ error_summary(form) }}", form=TYPED)
    assert [(link.get("href"), link.text()) for link in page.all("a")] == [
        ("#f-phone", "ใส่เบอร์ให้ครบ 10 ตัว"),
        ("#f-urgency", "เลือกว่าเร่งด่วนแค่ไหน"),
    ]
    assert page.texts("li")[-1] == "รอบนี้ปิดรับแล้ว"


def test_choices_show_the_one_that_was_chosen() -> None:
    radios = draw('{{ radios(form, "urgency", "เร่งด่วน", options) }}', form=TYPED, options=Urgency)
    assert [box.get("value") for box in radios.all("input") if "checked" in box.attributes] == ["urgent"]
    boxes = draw('{{ checkboxes(form, "groups", "ใคร", [("old", "ก"), ("farm", "ข")]) }}', form=TYPED)
    assert [box.get("value") for box in boxes.all("input") if "checked" in box.attributes] == ["farm"]
    select = draw('{{ select(form, "province", "จังหวัด", {"ก": [("14", "อ"), ("15", "ท")]}) }}', form=TYPED)
    assert [option.text() for option in select.all("option") if "selected" in option.attributes] == ["ท"]


def test_a_number_that_was_chosen_is_found_among_texts() -> None:
    select = draw('{{ select(none, "year", "ปี", [("2569", "2569"), ("2570", "2570")], value=2570) }}')
    assert [option.text() for option in select.all("option") if "selected" in option.attributes] == ["2570"]


@pytest.mark.parametrize("state", STATES, ids=str)
def test_every_state_has_words_and_a_picture_of_its_own(state: Any) -> None:
    page = draw("{{ status(state) }}", state=state)
    assert page.text() == state.label
    assert len(page.all("svg")) == (0 if state is Urgency.NORMAL else 1)


def test_a_share_of_nothing_is_drawn_as_nothing() -> None:
    assert only(draw('{{ meter(0, 0, "ประเด็น") }}'), "rect").get("width") == "0"
    page = draw('{{ share_bar([("ก", 0, "good"), ("ข", 0, "bad")], "คำตอบ") }}')
    assert page.all("rect") == []
    assert page.texts("li") == ["ก 0", "ข 0"]


def job(status: JobStatus, **values: Any) -> SimpleNamespace:
    finished = status in (JobStatus.DONE, JobStatus.FAILED, JobStatus.CANCELLED)
    start = {
        "id": status.value,
        "status": status,
        "is_finished": finished,
        "progress": 0.42,
        "step": "แบ่งคำ",
        "error": "",
    }
    return SimpleNamespace(**{**start, **values})


def test_a_running_job_is_asked_after_until_it_is_finished() -> None:
    running = draw('{{ job_progress(job, "/jobs/1", "/topics") }}', job=job(JobStatus.RUNNING))
    assert only(running, "section").get("hx-get") == "/jobs/1"
    assert only(running, "progress").get("value") == "42"
    done = draw('{{ job_progress(job, "/jobs/1", "/topics") }}', job=job(JobStatus.DONE))
    assert "hx-get" not in only(done, "section").attributes
    assert only(done, "a").get("href") == "/topics"
    failed = draw('{{ job_progress(job, "/jobs/1", "/topics") }}', job=job(JobStatus.FAILED, error="เสีย 50%"))
    assert "เสีย 50%" in failed.text()
    assert failed.all("a") == []


# In a browser


@pytest.fixture
def sent(app: FastAPI) -> list[dict[str, Any]]:
    """The forms that were sent from /parts, a page with every part on it."""
    forms: list[dict[str, Any]] = []
    environment().loader.searchpath.append("tests/support")  # type: ignore[union-attr]

    @app.get("/parts", response_class=HTMLResponse)
    def show_parts(request: Request) -> Any:
        context = {"form": None if "plain" in request.query_params else TYPED, "now": now(), "states": STATES}
        jobs = [job(status) for status in (JobStatus.DONE, JobStatus.FAILED)]
        return render(request, "parts.html", {**context, "jobs": jobs, "urgencies": Urgency})

    @app.post("/sent")
    async def send_parts(request: Request) -> Any:
        forms.append(dict(await request.form()))
        return RedirectResponse("/parts?plain=1", status_code=303)

    @app.post("/retry")
    def retry_parts(request: Request) -> Any:
        source = (
            '{% from "components/forms.html" import error_summary %}<div id="retry">{{ error_summary(form) }}</div>'
        )
        return HTMLResponse(environment().from_string(source).render(form=TYPED), status_code=422)

    @app.post("/refused")
    def refuse_parts() -> None:
        raise Conflict("มีคนแก้ไปก่อนแล้ว")

    yield forms
    environment().loader.searchpath.remove("tests/support")  # type: ignore[union-attr]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, PHONE, 768, 1280])
def test_every_part_is_accessible_and_fits(visit: Any, sent: Any, cast: Any, width: int, dark: bool) -> None:
    page = visit(cast.preecha, width=width, dark=dark)
    page.goto("/parts")
    assert_accessible(page)


def test_everything_to_press_is_large_enough_for_a_finger(visit: Any, sent: Any, cast: Any) -> None:
    page = visit(cast.preecha, width=PHONE)
    page.goto("/parts")
    boxes = "select, textarea, input:not(.choice input, [type=hidden])"
    pressed = f".button, .choice, .bar a, summary, .nav-toggle, .tabs a, {boxes}"
    small = page.evaluate(
        """pressed => [...document.querySelectorAll(pressed)].filter(e => e.checkVisibility())
            .filter(e => Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 48)
            .map(e => e.outerHTML.slice(0, 120))""",
        pressed,
    )
    assert small == []


def test_the_summary_has_the_focus_even_without_script(visit: Any, sent: Any) -> None:
    page = visit(script=False)
    page.goto("/parts")
    assert page.locator(".error-summary:focus").count() == 1
    assert page.title().startswith("ผิดพลาด:")


def test_a_line_of_the_summary_puts_the_reader_in_the_box(visit: Any, sent: Any) -> None:
    page = visit(width=PHONE)
    page.goto("/parts")
    page.get_by_role("link", name="ใส่เบอร์ให้ครบ 10 ตัว").click()
    assert page.locator("#f-phone:focus").count() == 1


def test_an_act_that_asks_first_is_sent_only_when_confirmed(visit: Any, sent: list[dict[str, Any]]) -> None:
    page = visit()
    page.goto("/parts?plain=1")
    page.get_by_role("button", name="ไม่ใช่เรื่องเดียวกัน").click()
    page.get_by_role("dialog").get_by_role("button", name="ยกเลิก").click()
    assert sent == []
    page.get_by_role("button", name="ไม่ใช่เรื่องเดียวกัน").click()
    with page.expect_navigation():
        page.get_by_role("dialog").get_by_role("button", name="ไม่ใช่เรื่องเดียวกัน").click()
    assert sent == [{"kind": "reject"}]


def test_a_form_pressed_twice_is_sent_once(visit: Any, sent: list[dict[str, Any]]) -> None:
    page = visit()
    page.goto("/parts?plain=1")
    with page.expect_navigation():
        page.get_by_role("button", name="บันทึกร่าง").dblclick(no_wait_after=True)
    page.wait_for_load_state("networkidle")
    assert [form["act"] for form in sent] == ["draft"]


def test_errors_that_htmx_brings_in_get_the_focus(visit: Any, sent: Any) -> None:
    page = visit()
    page.goto("/parts?plain=1")
    page.get_by_role("button", name="ส่งแล้วแก้").click()
    page.locator("#retry .error-summary:focus").wait_for()
    visit.complaints.clear()  # htmx tells the console of the 422 that this test asked for


def test_a_refusal_that_htmx_gets_is_read_above_the_page(visit: Any, sent: Any) -> None:
    page = visit()
    page.goto("/parts?plain=1")
    page.get_by_role("button", name="ส่งแบบเร็ว").click()
    page.locator("#alerts [role=alert]").wait_for()
    assert page.locator("#alerts").inner_text() == "มีคนแก้ไปก่อนแล้ว"
    visit.complaints.clear()  # htmx tells the console of the refusal that this test asked for


def test_lost_signal_is_said_and_the_page_stays(visit: Any, sent: Any) -> None:
    page = visit()
    page.goto("/parts?plain=1")
    page.route("**/refused", lambda route: route.abort())
    page.get_by_role("button", name="ส่งแบบเร็ว").click()
    page.locator("#alerts [role=alert]").wait_for()
    assert "ติดต่อเครื่องแม่ข่ายไม่ได้" in page.locator("#alerts").inner_text()
    visit.complaints.clear()  # nor is the lost signal a surprise


def test_the_menu_of_a_phone_opens_by_its_button_and_stands_open_without_script(visit: Any, sent: Any) -> None:
    page = visit(width=PHONE)
    page.goto("/parts")
    menu = page.get_by_role("navigation", name="เมนูหลัก")
    assert not menu.is_visible()
    page.get_by_role("button", name="เมนู").click()
    assert menu.is_visible()
    plain = visit(width=PHONE, script=False)
    plain.goto("/parts")
    assert plain.get_by_role("navigation", name="เมนูหลัก").is_visible()


def test_a_chosen_theme_is_kept_on_the_next_page(visit: Any, sent: Any) -> None:
    page = visit()
    page.goto("/parts")
    page.get_by_role("button", name="มืด").click()
    page.goto("/help")
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.get_by_role("button", name="มืด").get_attribute("aria-pressed") == "true"
