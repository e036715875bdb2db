"""A round of listening at any stage, and an invitation, ready made."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from app.i18n import today
from app.models import Consultation, Stage
from tests.support.cast import CLUSTER


def make_consultation(session: Session, stage: Stage = Stage.OPEN, **facts: Any) -> Consultation:
    """Add a round that was announced in time, opened five days ago and closes in 25, unless the facts say otherwise."""
    defaults = {
        "title_th": "รับฟังความต้องการ ปีงบประมาณ 2571",
        "title_en": "Needs for fiscal year 2571",
        "cluster_code": CLUSTER,
        "purpose_th": "เพื่อจัดทำแผนของกลุ่มจังหวัด",
        "announce_on": today() - timedelta(days=30),
        "open_on": today() - timedelta(days=5),
        "close_on": today() + timedelta(days=25),
        "channels": ["agency_board", "loudspeaker"],
    }
    consultation = Consultation(stage=stage, **{**defaults, **facts})
    session.add(consultation)
    session.flush()
    return consultation
