"""A round that is open, and needs in it."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

from PIL import Image
from sqlmodel import Session

from app.i18n import today
from app.models import Consultation, Need, Stage, User
from app.services import needs
from tests.support.cast import CLUSTER

WORDS = "หน้าแล้งประปาไม่ไหลทั้งหมู่ ต้องซื้อน้ำใช้มาสามเดือนแล้ว"


def open_round(session: Session, *, cluster_code: str = CLUSTER, **values: Any) -> Consultation:
    """Add a consultation that takes needs, unless its stage says otherwise."""
    defaults = {
        "title_th": "รับฟังความต้องการ พ.ศ. 2570",
        "title_en": "Needs of 2027",
        "purpose_th": "รู้ว่าพื้นที่ต้องการอะไร",
        "announce_on": today() - timedelta(days=20),
        "open_on": today() - timedelta(days=5),
        "close_on": today() + timedelta(days=25),
        "stage": Stage.OPEN,
    }
    consultation = Consultation(cluster_code=cluster_code, **{**defaults, **values})
    session.add(consultation)
    session.flush()
    return consultation


def make_need(
    session: Session,
    author: User,
    consultation: Consultation,
    problem: str = WORDS,
    *,
    send: bool = True,
    **values: Any,
) -> Need:
    """Let somebody write a need, through the same function as the form."""
    area_code = values.pop("area_code", author.area_code)
    return needs.create(
        session,
        author,
        {"problem": problem, **values},
        consultation_id=consultation.id,
        area_code=area_code,
        send=send,
        client_uuid=str(uuid4()),
        body_hash=uuid4().hex,
    )


def photo(kind: str = "JPEG", size: tuple[int, int] = (80, 60), **options: Any) -> bytes:
    """Draw a picture with a red left half."""
    image = Image.new("RGB", size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()
