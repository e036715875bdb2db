"""Personal data is found in every way people write it, and what is masked does not come back."""

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.privacy import MASKS, PersonalSpan, find, is_national_id, mask


def kinds(text: str) -> list[str]:
    return [span.kind for span in find(text)]


@pytest.mark.parametrize(
    "text",
    [
        "081-000-4417",
        "0810004417",
        "๐๘๑-๐๐๐-๔๔๑๗",
        "+66 81 000 4417",
        "02-123-4567",
        "08 1000 4417",
        "081.000.4417",
        "(081) 000-4417",
    ],
)
def test_a_phone_is_found_however_it_is_written(text: str) -> None:
    assert kinds(f"ติดต่อ {text} ได้เลย") == ["phone"]


@pytest.mark.parametrize("text", ["1-9999-00042-77-8", "3999900158322", "๑๙๙๙๙๐๐๐๔๒๗๗๘", "1 9999 00042 77 8"])
def test_thirteen_digits_are_masked_whatever_their_check_digit(text: str) -> None:
    assert mask(f"เลขบัตร {text} ครับ") == "เลขบัตร [เลขบัตร] ครับ"


def test_check_digit_follows_the_rule() -> None:
    assert is_national_id("1101700230708")
    assert not is_national_id("1101700230709")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("ผมนายวิชัย สุขเกษม ครับ", "ผม[ชื่อบุคคล] ครับ"),
        ("หลานชื่อ ด.ญ.นูรีน หลีหมัน", "หลานชื่อ [ชื่อบุคคล]"),
        ("อีเมล somchai@example.com", "อีเมล [อีเมล]"),
        ("บ้านเลขที่ 12/3 หมู่ 4", "บ้านเลขที่ [บ้านเลขที่] หมู่ 4"),
        ("รถทะเบียน กข 1234", "รถทะเบียน [ทะเบียนรถ]"),
    ],
)
def test_names_and_addresses_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "นายอำเภอมาตรวจถนน",
        "ทางหลวงหมายเลข 3034 กม. 15+400",
        "งบ 1,250,000 บาท ปี 2565",
        "ยายอยู่คนเดียว",
        "ขอไฟ 10 จุด หมู่ 5",
    ],
)
def test_offices_roads_and_money_are_not_personal(text: str) -> None:
    assert find(text) == []


def test_positions_point_into_the_raw_text() -> None:
    text = "โทร\u200b ๐๘๑-๐๐๐-๔๔๑๗"
    assert find(text) == [PersonalSpan(5, 17, "phone", text[5:17])]


@given(st.text(alphabet=st.sampled_from("0123456789๐๑๒ -.@abcนายสมชายใจดี ชื่อโทร.ลุงทะเบียนกข/"), max_size=80))
def test_nothing_masked_comes_back(text: str) -> None:
    masked = mask(text)
    assert [span for span in find(masked) if span.kind in MASKS] == []


def test_made_sentences_are_found_and_decoys_left_alone() -> None:
    path = Path(__file__).parents[2] / "bench" / "privacy.py"
    spec = importlib.util.spec_from_file_location("bench_privacy", path)
    assert spec is not None
    assert spec.loader is not None
    bench = sys.modules["bench_privacy"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    result = bench.score(bench.corpus(2000, seed=1))
    assert result.recall >= 0.98
    assert result.precision >= 0.90


@pytest.mark.parametrize(
    ("text", "kinds_found"),
    [
        ("แม่ผมป่วยติดเตียง", ["health"]),
        ("หมู่บ้านมีผู้ป่วยติดเตียง 12 คน", []),
        ("ลูกสาวเขานับถือศาสนาอิสลาม", ["religion"]),
    ],
)
def test_health_and_religion_of_someone_are_pointed_at_but_not_masked(text: str, kinds_found: list[str]) -> None:
    assert sorted(set(kinds(text))) == kinds_found
    assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "โทรศูนย์แปดหนึ่งศูนย์ศูนย์ศูนย์สี่สี่หนึ่งเจ็ด",
        "บัญชี 123-4-56789-0",
        "ไลน์ไอดี somchai99",
        "รถ บต 3594 ขับเร็ว",
        "โทร O81-OOO-4417",
    ],
)
def test_other_ways_to_be_reached_or_known_are_masked(text: str) -> None:
    assert len(find(text)) == 1


def test_masking_twice_changes_nothing() -> None:
    once = mask("ผมนายวิชัย สุขเกษม โทร 081-000-4417 บ้านเลขที่ 5/2")
    assert mask(once) == once
