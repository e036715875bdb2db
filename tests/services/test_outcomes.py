"""The outcome as open data: small counts are hidden, and no cell is a formula."""

import csv
import io

import pytest
from sqlmodel import Session

from app.config import Settings
from app.models import Consultation, Decision, Stage, TopicRun
from app.queries import outcomes as outcome_queries
from app.services import outcomes, responses
from tests.support.cast import Cast
from tests.support.planning import add_needs, analysing_round, make_topic


@pytest.fixture
def consultation(session: Session, cast: Cast) -> Consultation:
    made = analysing_round(session, stage=Stage.SUMMARY_PUBLISHED)
    large = make_topic(session, add_needs(session, made, None, 5, households=30), "=HYPERLINK(1)")
    make_topic(session, add_needs(session, made, None, 4, households=1), "สัตว์ป่า")
    answer = responses.draft(
        session, large, by=cast.preecha, decision=Decision.DEFERRED, reason="รอแบบก่อสร้าง", next_step="ปีหน้า"
    )
    responses.publish(session, answer, by=cast.duangjai)
    session.add(
        TopicRun(
            consultation_id=made.id, need_count=9, topic_count=2, outlier_count=0,
            report={"data_hash": "abc", "embedder": None, "versions": {"numpy": "2"}},
        )
    )  # fmt: skip
    session.flush()
    return made


def test_table_hides_small_counts_and_disarms_formulas(session: Session, consultation: Consultation) -> None:
    table = outcomes.as_csv(outcome_queries.outcome(session, consultation))
    assert table.startswith("\ufeff")
    header, first, second = csv.reader(io.StringIO(table.removeprefix("\ufeff")))
    assert header == outcomes.COLUMNS
    assert first[:7] == ["1", "'=HYPERLINK(1)", "5", "150", "1", "เก็บไว้รอบถัดไป", ""]
    assert second == ["2", "สัตว์ป่า", *["น้อยกว่า 5"] * 3, "ยังไม่มีคำตอบ", *[""] * 6]


def test_description_has_every_field_the_catalogue_requires(
    session: Session, consultation: Consultation, settings: Settings
) -> None:
    described = outcomes.metadata(consultation, outcome_queries.outcome(session, consultation), settings)
    required = {
        "data_type", "title", "maintainer", "maintainer_email", "tag_string", "notes", "objective",
        "update_frequency_unit", "geo_coverage", "data_source", "data_format", "data_category", "license_id",
    }  # fmt: skip
    assert required - set(described) == set()
    assert described["resources"][0]["url"] == f"http://testserver/outcomes/{consultation.id}.csv"
    assert (described["grouping"]["data_hash"], described["grouping"]["checked_by_people"]) == ("abc", 0.0)
