"""An outcome as open data: a table of its topics, and the description that the government's data catalogue asks for."""

from typing import Any

from app.config import Settings
from app.i18n import BANGKOK
from app.models import Consultation, TopicRun
from app.queries.outcomes import SMALL, Outcome, TopicOutcome
from app.services import tables

# Open data is for machines and keeps one language: the columns and values are Thai, as the catalogue's are.
COLUMNS = [
    "ลำดับ", "ประเด็น", "จำนวนเรื่อง", "ครัวเรือน", "จำนวนอำเภอ", "คำตอบ", "เพราะ", "คำอธิบาย", "หน่วยงานที่ดูแล", "โครงการ",
    "ขั้นต่อไป", "ภายในวันที่",
]  # fmt: skip
HIDDEN = f"น้อยกว่า {SMALL}"
LEFT_OUT = "ไม่แสดง"


def as_csv(outcome: Outcome) -> str:
    """Return the topics, the largest first; what is too small to publish, or would give it away, is said to be so."""
    return tables.text(
        COLUMNS,
        [_row(rank, one, one.topic.id in outcome.hidden_topics) for rank, one in enumerate(outcome.topics, start=1)],
    )


def _row(rank: int, one: TopicOutcome, is_hidden: bool) -> list[str]:
    said = HIDDEN if one.needs < SMALL else LEFT_OUT
    counts = [said] * 3 if is_hidden else [str(one.needs), _count(one.households), str(one.districts)]
    answer = one.response
    if answer is None:
        return [str(rank), one.topic.label, *counts, "ยังไม่มีคำตอบ", *[""] * 6]
    return [
        str(rank),
        one.topic.label,
        *counts,
        answer.decision.label,
        answer.reason_code.label if answer.reason_code else "",
        answer.reason,
        answer.owner_organization.name_th if answer.owner_organization else "",
        answer.project.title if answer.project else "",
        answer.next_step,
        answer.next_step_on.isoformat() if answer.next_step_on else "",
    ]


def _count(value: int) -> str:
    return HIDDEN if 0 < value < SMALL else str(value)


def metadata(consultation: Consultation, outcome: Outcome, settings: Settings) -> dict[str, Any]:
    """Return the fields of the data catalogue (GD Catalog, CKAN with thai_gdc) for one consultation's outcome."""
    run = outcome.last_run
    published = consultation.summary_published_at
    return {
        "data_type": "ข้อมูลสถิติ",
        "name": f"prachakhom-outcome-{consultation.id}",
        "title": f"ผลการรับฟัง: {consultation.title_th}",
        "title_en": consultation.title_en,
        "maintainer": settings.office_name,
        "maintainer_email": settings.office_contact,
        "tag_string": ["การรับฟังความคิดเห็น", "ความต้องการของประชาชน", consultation.cluster.name_th],
        "notes": consultation.purpose_th,
        "objective": "แผนระดับที่ 3",
        "update_frequency_unit": "ไม่มีการปรับปรุงหลังจากการจัดเก็บข้อมูล",
        "geo_coverage": "จังหวัด",
        "data_source": "ผู้นำการเปลี่ยนแปลงส่งเรื่อง อำเภอรับรอง OSM จัดประเด็นและตอบ",
        "data_format": "CSV",
        "data_category": "ข้อมูลสาธารณะ",
        "license_id": "Open Data Common",
        "data_collect": "รับเรื่อง",
        "last_updated_date": published.astimezone(BANGKOK).date().isoformat() if published else None,
        "is_invented": consultation.is_invented,
        "small_cells": f"จำนวนที่น้อยกว่า {SMALL} ไม่แสดง และไม่แสดงจำนวนที่จะทำให้คำนวณจำนวนนั้นได้",
        "grouping": None if run is None else _grouping(run, outcome),
        "resources": [
            {
                "name": "ประเด็นและคำตอบ",
                "url": f"{settings.public_url}/outcomes/{consultation.id}.csv",
                "format": "CSV",
                "fields": COLUMNS,
            }
        ],
    }


def _grouping(run: TopicRun, outcome: Outcome) -> dict[str, Any]:
    """Say how the topics came about, so that the figures can be traced and made again."""
    return {
        "run": run.id,
        "at": run.at.isoformat(),
        "needs": run.need_count,
        "topics": run.topic_count,
        "data_hash": run.report.get("data_hash"),
        "embedder": run.report.get("embedder"),
        "versions": run.report.get("versions"),
        "checked_by_people": outcome.checked_share,
    }
