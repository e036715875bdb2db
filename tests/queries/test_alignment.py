"""The figures of docs/ALIGNMENT.md: as arithmetic, from a database, and by the SQL in the document."""

import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from app.models import (
    Activity,
    Area,
    AreaLevel,
    AssignedBy,
    Consultation,
    LinkStatus,
    Need,
    NeedStatus,
    Plan,
    Strength,
    Topic,
    TopicAssignment,
    TopicStatus,
)
from app.queries import alignment
from app.queries.alignment import Coverage, Demand, Link
from app.services import links, topics
from tests.support.cast import CHAIYO_SUBDISTRICT, PHO_THONG_SUBDISTRICT, Cast
from tests.support.planning import add_needs, analysing_round, make_plan, make_topic, suggest
from tests.support.queries import count_queries

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "ALIGNMENT.md"

# The worked example: topics 1, 2 and 3 of 40, 30 and 20 needs, and 10 needs ungrouped; activities of 10, 60 and 30.
DEMANDS = [
    Demand(need, next((topic for topic, last in ((1, 40), (2, 70), (3, 90)) if need < last), None))
    for need in range(100)
]
LINKS = [Link(activity=1, share=1.0, topic=1), Link(activity=2, share=0.5, topic=2)]
MONEY = {1: 10, 2: 60, 3: 30}


# The arithmetic


def test_worked_example_covers_55_percent() -> None:
    figure = alignment.coverage(DEMANDS, LINKS)
    assert figure == Coverage(covered=55.0, strict=40.0, total=100.0)
    assert (figure.share, figure.strict_share, figure.unmet) == (0.55, 0.4, 45.0)


def test_worked_example_has_a_mismatch_of_0_524() -> None:
    found = alignment.mismatch(DEMANDS, LINKS, MONEY)
    assert found == pytest.approx(0.5 * (abs(1 / 7 - 4 / 9) + abs(6 / 7 - 3 / 9) + 2 / 9))
    assert f"{found:.3f}" == "0.524"


def test_strongest_link_counts_once() -> None:
    both = [*LINKS, Link(activity=3, share=0.25, topic=1), Link(activity=3, share=0.5, topic=1)]
    assert alignment.coverage(DEMANDS, both) == alignment.coverage(DEMANDS, LINKS)


def test_link_of_one_need_answers_that_need_alone() -> None:
    figure = alignment.coverage(DEMANDS, [Link(activity=1, share=1.0, need=95)])
    assert (figure.covered, figure.total) == (1.0, 100.0)  # an ungrouped need can be answered too


def test_households_weigh() -> None:
    demands = [Demand(1, 1, weight=120.0), Demand(2, 2, weight=30.0), Demand(3, None, weight=50.0)]
    assert alignment.coverage(demands, LINKS).share == pytest.approx((120 + 15) / 200)


def test_nothing_asked_or_nothing_linked_has_no_share() -> None:
    assert (Coverage(0.0, 0.0, 0.0).share, alignment.mismatch([], LINKS, MONEY)) == (None, None)
    assert alignment.mismatch(DEMANDS, [], MONEY) is None


def test_money_follows_demand_perfectly() -> None:
    demands = [Demand(need, need % 2) for need in range(10)]
    money = [Link(activity=1, share=0.5, topic=0), Link(activity=1, share=0.5, topic=1)]
    assert alignment.mismatch(demands, money, {1: 100}) == pytest.approx(0.0)


def test_activity_divides_its_money_by_how_far_it_answers() -> None:
    demands = [Demand(1, 1), Demand(2, 2)]
    shared = [Link(activity=1, share=1.0, topic=1), Link(activity=1, share=0.25, topic=2)]
    assert alignment.mismatch(demands, shared, {1: 100}) == pytest.approx(0.5 * (abs(0.8 - 0.5) + abs(0.2 - 0.5)))


def test_topic_is_answered_as_far_as_its_needs_are() -> None:
    demands = [Demand(need, 1) for need in range(4)]
    of_needs = [Link(activity=1, share=1.0, need=0), Link(activity=1, share=0.5, need=1)]
    assert alignment.topic_shares(demands, of_needs) == {(1, 1): 0.375}


# The same from a database


@pytest.fixture
def plan(session: Session) -> Plan:
    return make_plan(session, (10, 60, 30))[0]


@pytest.fixture
def activities(session: Session, plan: Plan) -> list[Activity]:
    return list(session.exec(select(Activity).order_by(Activity.id)))  # type: ignore[arg-type]  # SQLModel types a column as its value


@pytest.fixture
def consultation(session: Session, plan: Plan) -> Consultation:
    return analysing_round(session, plan)


def place(session: Session, consultation: Consultation, sizes: dict[str, int]) -> dict[str, Topic]:
    return {
        name: make_topic(session, add_needs(session, consultation, None, size), name) for name, size in sizes.items()
    }


def test_worked_example_from_the_database(
    session: Session, plan: Plan, activities: list[Activity], consultation: Consultation, cast: Cast
) -> None:
    made = place(session, consultation, {"A": 40, "B": 30, "C": 20})
    for need in add_needs(session, consultation, None, 10):
        session.add(TopicAssignment(need_id=need.id, topic_id=None, source=AssignedBy.MODEL))
    facts = {"reason": "ตรงกัน", "by": cast.preecha}
    links.create(session, topic=made["A"], activity=activities[0], strength=Strength.FULL, **facts)
    links.create(session, topic=made["B"], activity=activities[1], strength=Strength.PARTLY, **facts)
    figures = alignment.figures(session, plan, consultation)
    assert figures.coverage == Coverage(covered=55.0, strict=40.0, total=100.0)
    assert (figures.needs, figures.ungrouped) == (100, 10)
    assert (figures.anchored_satang, figures.satang, figures.anchored_share) == (7000, 10000, 0.7)
    assert f"{figures.mismatch:.3f}" == "0.524"
    assert [(one.topic.label, one.unmet) for one in figures.unmet_topics] == [("C", 20.0), ("B", 15.0)]
    assert [(one.activity.id, one.satang) for one in figures.unanchored] == [(activities[2].id, 3000)]


def test_only_confirmed_links_count_and_suggestions_stand_apart(
    session: Session, plan: Plan, activities: list[Activity], consultation: Consultation
) -> None:
    made = place(session, consultation, {"A": 4})
    for activity, status in zip(activities, (LinkStatus.SUGGESTED, LinkStatus.REJECTED, LinkStatus.STALE), strict=True):
        suggest(session, made["A"], activity, status=status, strength=Strength.FULL)
    figures = alignment.figures(session, plan, consultation)
    assert (figures.coverage.covered, figures.suggested.covered, figures.anchored_satang) == (0.0, 4.0, 0)


def test_link_to_a_project_holds_for_each_of_its_activities(
    session: Session, plan: Plan, activities: list[Activity], consultation: Consultation, cast: Cast
) -> None:
    made = place(session, consultation, {"A": 2})
    facts = {"strength": Strength.FULL, "reason": "ทั้งโครงการ", "by": cast.preecha}
    links.create(session, topic=made["A"], project=activities[0].project, **facts)
    figures = alignment.figures(session, plan, consultation)
    assert (figures.coverage.covered, figures.anchored_satang, figures.unanchored) == (2.0, 10000, [])


def test_households_are_at_most_those_of_the_village(
    session: Session, plan: Plan, activities: list[Activity], consultation: Consultation, cast: Cast
) -> None:
    code = f"{CHAIYO_SUBDISTRICT}01"
    session.add(
        Area(
            code=code, level=AreaLevel.VILLAGE, name_th="บ้านหนองโสน", parent_code=CHAIYO_SUBDISTRICT, households=80,
            cluster_code=consultation.cluster_code,
        )
    )  # fmt: skip
    session.flush()
    needs = [
        *add_needs(session, consultation, None, 1, area_code=code, households=500),
        *add_needs(session, consultation, None, 1, area_code=CHAIYO_SUBDISTRICT, households=120),
        *add_needs(session, consultation, None, 1, area_code=CHAIYO_SUBDISTRICT),
    ]
    made = make_topic(session, needs[:1])
    links.create(session, topic=made, activity=activities[0], strength=Strength.FULL, reason="ตรงกัน", by=cast.preecha)
    figures = alignment.figures(session, plan, consultation)
    assert (figures.households.covered, figures.households.total) == (80.0, 200.0)
    assert figures.needs_without_households == 1


def test_needs_that_do_not_count_are_left_out(session: Session, plan: Plan, consultation: Consultation) -> None:
    counted, withdrawn, merged, sent = add_needs(session, consultation, None, 4)
    withdrawn.status, merged.status, sent.status = NeedStatus.WITHDRAWN, NeedStatus.MERGED, NeedStatus.SUBMITTED
    merged.merged_into_id = counted.id
    session.flush()
    assert alignment.figures(session, plan, consultation).coverage.total == 1.0


def test_share_checked_by_people(session: Session, plan: Plan, consultation: Consultation, cast: Cast) -> None:
    made = place(session, consultation, {"A": 3, "B": 2, "C": 5})
    topics.approve(session, made["A"], by=cast.preecha)
    [moved] = add_needs(session, consultation, None, 1)
    topics.move(session, moved, made["C"], by=cast.preecha)
    figures = alignment.figures(session, plan, consultation)
    assert (figures.checked, figures.needs, figures.checked_share) == (4, 11, 4 / 11)


def test_plan_without_a_round_has_no_figures_of_demand(session: Session, plan: Plan) -> None:
    figures = alignment.figures(session, plan, None)
    assert (figures.needs, figures.coverage.share, figures.satang, figures.mismatch) == (0, None, 10000, None)


def test_number_of_statements_is_the_same_for_one_topic_and_for_three(
    session: Session, engine: Engine, plan: Plan, activities: list[Activity], consultation: Consultation
) -> None:
    def statements() -> int:
        session.commit()
        session.expire_all()
        with count_queries(engine) as seen:
            alignment.figures(session, session.get_one(Plan, plan.id), session.get_one(Consultation, consultation.id))
        return len(seen)

    suggest(session, place(session, consultation, {"A": 1})["A"], activities[0], status=LinkStatus.CONFIRMED)
    for_one = statements()
    for name, topic in place(session, consultation, {"B": 2, "C": 3}).items():
        suggest(session, topic, activities[1 if name == "B" else 2], status=LinkStatus.CONFIRMED)
    assert statements() == for_one


# The SQL in the document


def statements_of_the_document() -> dict[str, str]:
    frame, *rest = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    return {re.match(r"-- (\w+):", one).group(1): f"{frame}\n{one}" for one in rest}  # type: ignore[union-attr]  # each names itself


def counted_by_hand(session: Session, plan: Plan, consultation: Consultation) -> dict[str, list[tuple[float, ...]]]:
    parameters = {"plan": plan.id, "consultation": consultation.id}
    return {
        name: [tuple(float(value or 0) for value in row) for row in session.connection().execute(text(sql), parameters)]
        for name, sql in statements_of_the_document().items()
    }


def counted_by_the_page(session: Session, plan: Plan, consultation: Consultation) -> dict[str, list[tuple[float, ...]]]:
    figures = alignment.figures(session, plan, consultation)
    return {
        "coverage": [(figures.coverage.covered, figures.coverage.strict, figures.coverage.total)],
        "households": [(figures.households.covered, figures.households.total)],
        "topics": [(one.topic.id, one.needs, one.unmet) for one in figures.topics],
        "checked": [(figures.checked, figures.needs)],
        "money": [(figures.anchored_satang, figures.satang)],
        "mismatch": [(figures.mismatch or 0.0,)],
    }


def assert_counts_agree(session: Session, plan: Plan, consultation: Consultation) -> None:
    by_hand, by_page = (
        counted_by_hand(session, plan, consultation),
        counted_by_the_page(session, plan, consultation),
    )
    assert list(by_hand) == list(by_page)
    for name, rows in by_page.items():
        assert len(by_hand[name]) == len(rows)
        for counted, shown in zip(sorted(by_hand[name]), sorted(rows), strict=True):
            assert counted == pytest.approx(shown), name


def test_sql_of_the_document_counts_what_the_page_shows(
    session: Session, plan: Plan, activities: list[Activity], consultation: Consultation, cast: Cast
) -> None:
    made = place(session, consultation, {"A": 7, "B": 5, "C": 2})
    lonely = add_needs(session, consultation, cast.malee, 2, households=40)
    add_needs(session, consultation, None, 1, area_code=PHO_THONG_SUBDISTRICT, households=15)
    topics.move(session, lonely[0], made["C"], by=cast.preecha)
    made["B"].status = TopicStatus.REVIEWED
    facts = {"reason": "ตรงกัน", "by": cast.preecha}
    links.create(session, topic=made["A"], activity=activities[0], strength=Strength.PARTLY, **facts)
    links.create(session, topic=made["A"], activity=activities[1], strength=Strength.INDIRECT, **facts)
    links.create(session, topic=made["C"], activity=activities[1], strength=Strength.FULL, **facts)
    member = session.get_one(Need, topics.member_ids(session, made["B"])[0])
    single = suggest(session, made["B"], activities[0], status=LinkStatus.CONFIRMED, strength=Strength.FULL)
    single.topic_id, single.need_id = None, member.id
    single.key = links.key_of(need_id=member.id, activity_id=activities[0].id)
    session.flush()
    assert_counts_agree(session, plan, consultation)


@pytest.mark.demo
def test_sql_of_the_document_recounts_the_demo(session: Session) -> None:
    for consultation in session.exec(select(Consultation)).all():
        assert consultation.plan is not None
        assert_counts_agree(session, consultation.plan, consultation)
