"""Grouping, from needs to topics: what a planner and the app rely on."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlp.pipeline import Assigner, NeedText, Settled, group_needs
from nlp.themes import load_head

ROADS = [
    "ถนนลูกรังเข้าหมู่บ้านพัง ขอลาดยาง",
    "ถนนเป็นหลุมเป็นบ่อ รถวิ่งลำบาก ขอซ่อมถนน",
    "สะพานข้ามคลองชำรุด ขอสร้างสะพานใหม่",
    "ถนนคอนกรีตแตก ขอซ่อมถนนทั้งสาย",
    "ถนนแคบ รถสวนกันไม่ได้ ขอขยายถนน",
]
WATER = [
    "น้ำประปาไม่ไหล ขอขยายระบบประปาหมู่บ้าน",
    "น้ำประปาขุ่นเป็นสนิม ขอเครื่องกรองน้ำดื่ม",
    "ประปาหมู่บ้านแรงดันต่ำ น้ำไม่ถึงบ้านท้ายซอย",
    "ไม่มีน้ำดื่มสะอาด ขอตู้น้ำดื่มและประปา",
    "ท่อประปาแตกบ่อย น้ำประปาไม่พอใช้",
]
OLD_AGE = [
    "ผู้สูงอายุอยู่บ้านคนเดียว ขอศูนย์ดูแลผู้สูงอายุ",
    "ขอเบี้ยผู้สูงอายุเพิ่ม และหมอมาเยี่ยมผู้ป่วยติดเตียง",
    "คนพิการไม่มีรถเข็น ขออุปกรณ์ช่วยเหลือผู้สูงอายุและคนพิการ",
    "ขอปรับปรุงบ้านผู้สูงอายุและคนพิการที่ยากไร้",
    "ผู้สูงอายุติดเตียงไม่มีคนดูแล ขออาสาสมัครดูแล",
]


def needs_from(*groups: list[str]) -> list[NeedText]:
    texts = [text for group in groups for text in group]
    return [NeedText(f"n{number:02}", text) for number, text in enumerate(texts)]


@pytest.fixture(scope="module")
def needs() -> list[NeedText]:
    return needs_from(ROADS, WATER, OLD_AGE)


def test_needs_about_one_thing_share_a_topic(needs: list[NeedText]) -> None:
    primary = group_needs(needs, n_topics=3).primary
    assert [len({primary[need.id] for need in needs[start : start + 5]}) for start in (0, 5, 10)] == [1, 1, 1]
    assert len(set(primary.values())) == 3


def test_the_order_of_rows_changes_nothing(needs: list[NeedText]) -> None:
    shuffled = random.Random(7).sample(needs, len(needs))
    one, other = group_needs(needs, n_topics=4), group_needs(shuffled, n_topics=4)
    assert one.primary == other.primary
    assert one.memberships == other.memberships
    assert [topic.label for topic in one.topics] == [topic.label for topic in other.topics]
    assert one.report["data_hash"] == other.report["data_hash"]


@given(st.permutations(range(15)), st.integers(1, 6))
@settings(max_examples=10, deadline=None)
def test_any_order_and_any_number_gives_the_same_topics(order: list[int], n_topics: int) -> None:
    needs = needs_from(ROADS, WATER, OLD_AGE)
    assert (
        group_needs([needs[i] for i in order], n_topics=n_topics).primary
        == group_needs(needs, n_topics=n_topics).primary
    )


def test_needs_with_the_same_words_share_everything(needs: list[NeedText]) -> None:
    twice = [*needs, NeedText("copy", needs[0].text + "  ")]
    grouping = group_needs(twice)
    assert grouping.memberships["copy"] == grouping.memberships["n00"]


def test_as_many_topics_as_asked_for(needs: list[NeedText]) -> None:
    for number in (1, 2, 5, 15):
        assert group_needs(needs, n_topics=number).report["n_topics"] == number
    assert group_needs(needs, n_topics=99).report["n_topics"] <= 15


def test_labels_differ_and_come_from_the_needs(needs: list[NeedText]) -> None:
    topics = group_needs(needs).topics
    labels = [topic.label for topic in topics]
    assert len(set(labels)) == len(labels)
    said = "".join(need.text.replace(" ", "") for need in needs)
    parts = [part.strip() for label in labels for part in label.split("และ")]
    assert [part for part in parts if part.replace(" ", "") not in said] == []
    assert [topic.key for topic in topics if not topic.quotes] == []


def test_english_needs_are_grouped_and_named_in_english() -> None:
    roads = ["The road is full of holes", "Our road needs repair", "Repair the bridge and the road"]
    water = ["Tap water is dirty", "There is no clean drinking water", "Dirty water smells, we want clean water"]
    grouping = group_needs(needs_from(roads, water), n_topics=2)
    assert [len({grouping.primary[f"n{i:02}"] for i in rows}) for rows in ((0, 1, 2), (3, 4, 5))] == [1, 1]
    labels = {topic.key: topic.label for topic in grouping.topics}
    assert (labels[grouping.primary["n00"]], labels[grouping.primary["n03"]]) == ("road", "water")


def test_a_locked_need_stays_where_a_person_put_it(needs: list[NeedText]) -> None:
    first = group_needs(needs, n_topics=3)
    home = first.primary["n05"]
    again = group_needs(needs, n_topics=3, previous=first.primary, settled=Settled(assignments={"n00": home}))
    assert again.primary["n00"] == home
    assert again.primary["n05"] == home


def test_a_merge_by_a_person_is_not_undone(needs: list[NeedText]) -> None:
    first = group_needs(needs, n_topics=3)
    roads, water = first.primary["n00"], first.primary["n05"]
    again = group_needs(needs, n_topics=3, previous=first.primary, settled=Settled(merged={water: roads}))
    assert {again.primary[f"n{i:02}"] for i in range(10)} == {roads}


def test_a_name_by_a_person_is_kept_and_not_given_twice(needs: list[NeedText]) -> None:
    first = group_needs(needs, n_topics=3)
    roads = first.primary["n00"]
    again = group_needs(needs, n_topics=3, previous=first.primary, settled=Settled(labels={roads: "ทางสัญจร"}))
    assert {topic.key: topic.label for topic in again.topics}[roads] == "ทางสัญจร"


def test_linked_pairs_go_together_and_parted_pairs_apart(needs: list[NeedText]) -> None:
    together = group_needs(needs, settled=Settled(must_link=[("n00", "n05")])).primary
    assert together["n00"] == together["n05"]
    apart = group_needs(needs, settled=Settled(cannot_link=[("n00", "n01")])).primary
    assert apart["n00"] != apart["n01"]


def test_topics_keep_their_keys_from_run_to_run(needs: list[NeedText]) -> None:
    first = group_needs(needs, n_topics=3)
    renamed = {need: f"old-{key}" for need, key in first.primary.items()}
    again = group_needs([*needs, NeedText("new", "ขอซ่อมถนนหน้าโรงเรียน")], n_topics=3, previous=renamed)
    assert {need: again.primary[need] for need in renamed} == renamed
    assert again.primary["new"] == renamed["n00"]
    assert {topic.lineage.kind for topic in again.topics if topic.lineage} == {"kept"}
    assert again.report["gone"] == []


def test_a_topic_nobody_asks_for_any_more_is_gone(needs: list[NeedText]) -> None:
    previous = dict(group_needs(needs).primary) | {"left": "old"}
    assert group_needs(needs, previous=previous).report["gone"] == ["old"]


def test_a_text_that_says_nothing_is_set_aside(needs: list[NeedText]) -> None:
    grouping = group_needs(
        [*needs, NeedText("empty", ""), NeedText("test", "ทดสอบ"), NeedText("dash", "-")], n_topics=3
    )
    assert {grouping.primary[i] for i in ("empty", "test", "dash")} == {"no-content"}
    assert grouping.report["n_topics"] == 3


def test_a_grievance_is_pointed_out_and_stays_in_its_topic(needs: list[NeedText]) -> None:
    threat = NeedText("threat", "เมื่อคืนมีคนมาทุบประตูขู่ที่บ้าน ช่วยด้วย")
    grouping = group_needs([*needs, threat])
    assert [key for key, _ in grouping.memberships["threat"]][-1] == "hand-off"
    assert grouping.primary["threat"] != "hand-off"


def test_a_new_need_is_placed_without_a_new_run(needs: list[NeedText]) -> None:
    grouping = group_needs(needs, n_topics=3)
    assert grouping.assigner is not None
    kept = Assigner.from_arrays({name: np.asarray(array) for name, array in grouping.assigner.arrays().items()})
    new = [NeedText("a", "ถนนพังมาก ขอซ่อมถนน"), NeedText("b", "น้ำประปาไม่ไหล"), NeedText("c", "")]
    placed = kept.place(new)
    assert [placed[i][0][0][0] for i in "abc"] == [grouping.primary["n00"], grouping.primary["n05"], "no-content"]
    assert placed == grouping.assigner.place(new)


def test_topics_the_caller_knows_keep_their_names(needs: list[NeedText]) -> None:
    seeds = {"ทาง": ["ถนนพัง ซ่อมถนน สะพาน"], "น้ำกินน้ำใช้": ["น้ำประปา น้ำดื่ม"], "คนแก่": ["ดูแลผู้สูงอายุ คนพิการ"]}
    grouping = group_needs(needs, seeds=seeds)
    label = {topic.key: topic.label for topic in grouping.topics}
    assert [label[grouping.primary[i]] for i in ("n00", "n05", "n10")] == ["ทาง", "น้ำกินน้ำใช้", "คนแก่"]


@pytest.mark.parametrize(
    "texts",
    [[], ["ถนนพัง"], [""], ["ถนนพัง"] * 30, ["", "-"], ["ถนนพัง", "น้ำประปา"], ["road broken", "ถนนพัง"], ["ก"] * 3],
    ids=["none", "one", "empty", "all equal", "all empty", "two", "English too", "one letter"],
)
def test_degenerate_tables_are_grouped_too(texts: list[str]) -> None:
    needs = [NeedText(str(number), text) for number, text in enumerate(texts)]
    for number in ("auto", 1, 23):
        grouping = group_needs(needs, n_topics=number)  # type: ignore[arg-type]  # a literal of the test
        assert grouping.primary.keys() == {need.id for need in needs}
        assert sum(topic.size for topic in grouping.topics if topic.key != "hand-off") == len(needs)


def test_reading_by_several_hands_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    needs = needs_from(ROADS, WATER, OLD_AGE)
    alone = group_needs(needs, n_topics=3)
    monkeypatch.setattr("nlp.grouping.MANY", 3)
    monkeypatch.setattr("nlp.themes.load_head", lambda _name: load_head("letters"))
    assert group_needs(needs, n_topics=3, n_jobs=2).memberships == alone.memberships


def test_two_needs_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="'a'"):
        group_needs([NeedText("a", "ถนน"), NeedText("a", "น้ำ")])


def test_progress_rises_to_one(needs: list[NeedText]) -> None:
    told: list[tuple[float, str]] = []
    group_needs(needs, progress=lambda share, step: told.append((share, step)))
    assert [share for share, _ in told] == sorted(share for share, _ in told)
    assert told[-1] == (1.0, "done")
