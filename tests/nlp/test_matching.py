"""Matching, as a planner relies on it: the right work at the right place first, with a reason."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nlp.matching import DemandMatcher, Linear, worth_judging
from nlp.pipeline import Judgement, NeedText, PlanText, match_needs

NEEDS = [
    NeedText("bank", "ตลิ่งริมแม่น้ำเจ้าพระยาหน้าบ้านพังทุกปี ขอเขื่อนกันตลิ่ง", "สิงห์บุรี", "พรหมบุรี", "โรงช้าง"),
    NeedText("road", "ถนนไปบ้านห้วยเคล็ดเป็นหลุมลึก ขอซ่อม", "ลพบุรี", "โคกสำโรง", "วังเพลิง"),
    NeedText("farm", "ส้มโอใบเหลืองรากเน่า ขอหมอพืชและพันธุ์ปลอดโรค", "ชัยนาท", "มโนรมย์", "คุ้งสำเภา"),
    NeedText("phone", "ไม่มีสัญญาณโทรศัพท์ทั้งหมู่บ้าน", "ลพบุรี", "ลำสนธิ", "กุดตาเพชร"),
]
PLAN = [
    PlanText("here", "ก่อสร้างเขื่อนป้องกันตลิ่งริมแม่น้ำเจ้าพระยา หมู่ที่ 3 ตำบลโรงช้าง อำเภอพรหมบุรี จังหวัดสิงห์บุรี"),
    PlanText("away", "ก่อสร้างเขื่อนป้องกันตลิ่งริมแม่น้ำป่าสัก ตำบลปากจั่น อำเภอนครหลวง จังหวัดพระนครศรีอยุธยา"),
    PlanText("other", "ขยายช่องจราจร ทางหลวงหมายเลข 11 ตำบลโรงช้าง อำเภอพรหมบุรี จังหวัดสิงห์บุรี"),
    PlanText("lane", "ซ่อมสร้างถนนลาดยาง สาย ลบ.3002 - บ้านห้วยเคล็ด ตำบลวังเพลิง อำเภอโคกสำโรง จังหวัดลพบุรี"),
    PlanText("farm", "โครงการส่งเสริมและพัฒนาภาคการเกษตร จังหวัดชัยนาท", province="จังหวัดชัยนาท"),
    PlanText("farm2", "โครงการส่งเสริมและพัฒนาภาคการเกษตร จังหวัดลพบุรี", province="จังหวัดลพบุรี"),
    PlanText("cost", "ค่าเบี้ยเลี้ยง ค่าเช่าที่พักและค่าพาหนะ", province="จังหวัดลพบุรี"),
]


def best(need: str) -> str:
    return next(link.plan_id for link in match_needs(NEEDS, PLAN).links if (link.need_id, link.rank) == (need, 1))


@pytest.mark.parametrize(("need", "plan"), [("bank", "here"), ("road", "lane"), ("farm", "farm")])
def test_same_work_at_the_same_place_comes_first(need: str, plan: str) -> None:
    assert best(need) == plan


def test_answered_needs_are_told_from_unanswered_ones() -> None:
    answered = match_needs(NEEDS, PLAN).answered
    assert min(answered["bank"], answered["road"]) > 0.7 > 0.3 > answered["phone"]


def test_a_link_says_why_in_words_and_place() -> None:
    link = match_needs(NEEDS, PLAN).links[0]
    assert link.evidence.startswith("งานชนิดเดียวกัน (เขื่อนป้องกันตลิ่ง) · อยู่ตำบลเดียวกัน (ต.โรงช้าง อ.พรหมบุรี) · มีคำตรงกัน:")
    assert "ตลิ่ง" in " ".join(link.words)


def test_ranks_and_probabilities_go_down_together() -> None:
    for need in NEEDS:
        own = [link for link in match_needs(NEEDS, PLAN).links if link.need_id == need.id]
        assert [link.rank for link in own] == list(range(1, len(PLAN) + 1))
        assert [link.probability for link in own] == sorted((link.probability for link in own), reverse=True)


def test_strength_is_one_of_three_and_a_quarter_when_not_suggested() -> None:
    links = match_needs(NEEDS, PLAN).links
    assert {link.strength for link in links} <= {1.0, 0.5, 0.25}
    assert all((link.strength == 0.25) is not link.suggested for link in links)


def test_order_of_needs_and_plan_changes_no_answer() -> None:
    one = match_needs(NEEDS, PLAN)
    other = match_needs(NEEDS[::-1], PLAN[::-1])
    assert one.answered == pytest.approx(other.answered)
    chances = {(link.need_id, link.plan_id): link.probability for link in other.links}
    assert {(link.need_id, link.plan_id): link.probability for link in one.links} == pytest.approx(chances)


def test_a_need_alone_gets_the_answer_it_gets_among_others() -> None:
    alone = match_needs(NEEDS[:1], PLAN)
    assert alone.links == match_needs(NEEDS, PLAN).links[: len(PLAN)]


def test_nothing_to_match_is_no_error() -> None:
    assert match_needs([], PLAN).links == []
    without_plan = match_needs(NEEDS, [])
    assert (without_plan.links, max(without_plan.answered.values()) < 0.3) == ([], True)


def test_needs_and_plans_without_places_or_words_survive() -> None:
    matching = match_needs([NeedText("a", ""), NeedText("b", "ขอถนน")], [PlanText("p", ""), PlanText("q", "ซ่อมถนน")])
    assert {link.need_id for link in matching.links} == {"a", "b"}


def test_a_planners_judgements_move_the_answer_and_leave_the_shipped_numbers() -> None:
    def chance(judgements: list[Judgement]) -> float:
        links = match_needs(NEEDS, PLAN, judgements=judgements).links
        return next(link.probability for link in links if (link.need_id, link.plan_id) == ("road", "farm2"))

    before = chance([])
    assert chance([Judgement("road", "farm2", 1.0)]) > 0.99
    assert chance([Judgement("phone", "farm2", 1.0)]) > before
    assert chance([]) == before


def test_learned_numbers_survive_writing_and_reading() -> None:
    matcher = DemandMatcher.shipped()
    again = DemandMatcher().with_numbers(json.loads(json.dumps(matcher.to_dict())))
    assert again.to_dict() == matcher.to_dict()


def test_numbers_of_other_measures_are_refused() -> None:
    numbers = DemandMatcher.shipped().to_dict() | {"design": ["words"]}
    with pytest.raises(ValueError, match="train the matcher again"):
        DemandMatcher().with_numbers(numbers)


def test_weights_stay_near_where_they_start_when_little_is_known() -> None:
    start = Linear(np.zeros(2), np.ones(2), np.array([1.0, -1.0]), 0.5)
    moved = start.update(np.array([[1.0, 0.0]]), np.array([0.0]), 100 * np.eye(3))
    assert moved.weights == pytest.approx(start.weights, abs=0.02)


def test_what_is_worth_judging_is_what_is_in_doubt() -> None:
    matching = match_needs(NEEDS, PLAN)
    doubtful = [link.probability for link in worth_judging(matching, len(matching.links))]
    from_line = [abs(np.log(p / (1 - p)) - np.log(matching.threshold / (1 - matching.threshold))) for p in doubtful]
    assert from_line == sorted(from_line)
