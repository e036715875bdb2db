"""What was imported, from which file, by whom: the second import of the same rows adds nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Relationship, SQLModel

from app.database import UTCDateTime, choice, now
from app.i18n import N_, Labelled
from app.models.consultations import Consultation
from app.models.plans import Plan
from app.models.users import User


class ImportKind(Labelled):
    NEEDS = "needs", N_("ความต้องการ")
    PLAN = "plan", N_("แผน")
    AREAS = "areas", N_("พื้นที่")


class ImportBatch(SQLModel, table=True):
    """A file from preview to import. ``mapping`` is field → header; ``problems`` are the first rows that need a look.

    ``cluster_code`` is None for what the command line imported into several clusters at once.
    """

    id: int = Field(default=None, primary_key=True)
    kind: ImportKind = Field(sa_type=choice(ImportKind))
    cluster_code: str | None = Field(default=None, foreign_key="provincialcluster.code", index=True)
    consultation_id: int | None = Field(default=None, foreign_key="consultation.id")
    plan_id: int | None = Field(default=None, foreign_key="plan.id")
    file_name: str = Field(max_length=200)
    sha256: str = Field(max_length=64)
    mapping: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    options: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    row_count: int = 0
    new_count: int = 0
    added_count: int = 0
    same_count: int = 0
    bad_count: int = 0
    warning_count: int = 0
    left_out_count: int = 0
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    totals: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    job_id: int | None = Field(default=None, foreign_key="job.id")
    by_id: int | None = Field(default=None, foreign_key="user.id")
    created_at: datetime = Field(default_factory=now, sa_type=UTCDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UTCDateTime)

    consultation: Consultation | None = Relationship()
    plan: Plan | None = Relationship()
    by: User | None = Relationship()
