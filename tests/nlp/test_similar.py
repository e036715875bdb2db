"""The same need in other words is found at its place, and different needs of one place are left apart."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.embed import best_embedder
from nlp.similar import LIKENESSES, near_duplicates, similar_to, weights

BAN_HAE = "150105"
NEEDS = [
    "ช้างป่าออกมากินมันกินอ้อยเกือบทุกคืน เฝ้าไร่กันจนไม่ได้นอน",
    "ขอไฟส่องสว่างทางเข้าหมู่บ้าน กลางคืนมืดมาก",
    "ช้างดงลงมากินอ้อยกินมันอีกแล้ว ต้องนอนเฝ้าไฮ่ทุกคืน",
    "น้ำประปาขุ่นแดง ซักผ้าไม่ได้",
]


def test_the_same_need_in_another_dialect_is_found() -> None:
    pairs = near_duplicates(NEEDS, places=[BAN_HAE] * 4, embedder=best_embedder())
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 2)]
    assert "อ้อย" in pairs[0].shared


def test_without_embedder_the_plain_repeat_is_still_found() -> None:
    texts = [*NEEDS, "ขอไฟส่องสว่างทางเข้าหมู่บ้านหน่อยครับ มืดมากกลางคืน"]
    pairs = near_duplicates(texts, places=[BAN_HAE] * 5)
    assert (1, 4) in [(pair.first, pair.second) for pair in pairs]


def test_the_same_words_far_away_are_another_need() -> None:
    assert near_duplicates([NEEDS[3], NEEDS[3]], places=["150105", "920101"]) == []


def test_another_village_number_makes_two_needs_less_likely_one() -> None:
    same = near_duplicates(["ถนนหมู่ 3 พัง", "ถนนหมู่ 3 พังมาก"], places=[BAN_HAE] * 2, threshold=0)
    other = near_duplicates(["ถนนหมู่ 3 พัง", "ถนนหมู่ 8 พังมาก"], places=[BAN_HAE] * 2, threshold=0)
    assert other[0].probability < same[0].probability


def test_what_is_typed_finds_its_like_first() -> None:
    found = similar_to("กลางคืนทางเข้าบ้านมืด อยากได้ไฟ", NEEDS, place=BAN_HAE, places=[BAN_HAE] * 4, threshold=0.1)
    assert found[0].first == 1
    assert found[0].second == len(NEEDS)


@pytest.mark.parametrize("texts", [[], ["ถนนพัง"]])
def test_one_text_has_no_duplicate(texts: list[str]) -> None:
    assert near_duplicates(texts) == []
    assert similar_to("", texts) == []


def test_every_set_of_weights_is_whole() -> None:
    assert set(weights()) == {"none", "use-m3", "e5-small-q4"}
    assert all(set(of) == {*LIKENESSES, "1"} for of in weights().values())


@settings(max_examples=20)
@given(st.permutations(range(4)))
def test_order_of_texts_changes_no_pair(order: list[int]) -> None:
    texts = [*NEEDS[:3], NEEDS[0] + "ค่ะ"]
    plain = {frozenset((p.first, p.second)) for p in near_duplicates(texts, places=[BAN_HAE] * 4)}
    mixed = near_duplicates([texts[row] for row in order], places=[BAN_HAE] * 4)
    assert {frozenset((order[p.first], order[p.second])) for p in mixed} == plain
