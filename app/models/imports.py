"""What was imported, from which file, by whom: the second import of the same rows adds nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled


class ImportKind(Labelled):
    NEEDS = "needs", N_("ความต้องการ")
    PLAN = "plan", N_("แผน")
    AREAS = "areas", N_("พื้นที่")


class ImportBatch(SQLModel, table=True):
    """An uploaded file from preview to import; ``problems`` are rows with what is wrong and what to do."""

    id: int = Field(default=None, primary_key=True)
    kind: ImportKind = Field(sa_type=choice(ImportKind))
    consultation_id: int | None = Field(default=None, foreign_key="consultation.id")
    plan_id: int | None = Field(default=None, foreign_key="plan.id")
    file_name: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    mapping: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    row_count: int = 0
    added_count: int = 0
    same_count: int = 0
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)
