"""Needs from a table: credited to whoever said them, never to whoever imports them, and never added twice."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time

from sqlmodel import Session, col, select

from app.database import now
from app.i18n import BANGKOK, N_, _
from app.models import Channel, Consultation, Need, NeedAct, NeedEvent, NeedStatus, Role, Sector, User
from app.services import flags, needs
from app.services.columns import PLACE_NAMES, Cells, Problem, Row
from app.services.places import Gazetteer, Place, UnknownPlace
from app.services.tables import Table

# What the cabinet's lists call their rows: what someone asks for is demand; what the state proposes or took on is a
# plan, and saying it a second time must not count as a second need.
PROPOSAL = "private_proposal"
NOT_DEMAND = ("province_cluster_project", "private_proposal_accepted")
CHUNK = 500


class NeedReader:
    """Reads the rows of one file as needs of one consultation."""

    def __init__(
        self, session: Session, consultation: Consultation, table: Table, mapping: Mapping[str, str], places: Gazetteer
    ) -> None:
        self._session, self._consultation, self._table, self._places = session, consultation, table, places
        self._cells = Cells("needs", table.header, mapping)
        self._seen: set[str] = set()

    def chunks(self) -> Iterator[list[Row]]:
        """Give the rows in order, some hundreds at a time, each knowing whether it was imported before."""
        chunk: list[Row] = []
        for number, cells in self._table.rows():
            chunk.append(self.read(number, cells))
            if len(chunk) == CHUNK:
                yield self._find_same(chunk)
                chunk = []
        if chunk:
            yield self._find_same(chunk)

    def read(self, number: int, cells: list[str]) -> Row:
        values, problems = self._cells.read(number, cells)
        row = Row(number, cells, values, problems)
        kind, cluster = values.pop("kind", ""), values.pop("cluster", "")
        if kind in NOT_DEMAND or (cluster and self._places.cluster(cluster) != self._consultation.cluster_code):
            row.is_left_out, row.problems = True, []
            return row
        if kind == PROPOSAL:
            values.setdefault("author_sector", Sector.PRIVATE)
            values.setdefault("author_organization", f"ภาคเอกชน {values.get('place', '')}".strip())
        source_id = values.pop("source_id", "")
        row.key = source_id or "sha256:" + hashlib.sha256("\x1f".join(cells).encode()).hexdigest()
        if row.key in self._seen and source_id:
            message = N_("รหัสนี้ซ้ำกับอีกแถวในไฟล์ กรุณาให้แต่ละแถวมีรหัสของตัวเอง")
            problems.append(self._cells.problem(number, "source_id", source_id, message))
        row.is_same = row.key in self._seen and not source_id
        self._seen.add(row.key)
        if not values.get("problem"):
            problems.append(self._cells.problem(number, "problem", "", N_("แถวนี้ไม่มีข้อความปัญหาหรือความต้องการ")))
        self._place(row)
        return row

    def _place(self, row: Row) -> None:
        place = _take_place(row.values)
        try:
            code, rest = self._places.find(place, within=self._consultation.cluster_code)
        except UnknownPlace as unknown:
            row.problems.append(
                self._cells.problem(row.number, unknown.field, unknown.value, unknown.message, near=unknown.near)
            )
            return
        if place.is_empty:
            message = N_("แถวนี้ไม่มีพื้นที่ กรุณาใส่ตำบล อำเภอ จังหวัด")
            row.problems.append(self._cells.problem(row.number, "subdistrict", "", message))
        elif code and self._places.cluster_of(code) != self._consultation.cluster_code:
            message = N_("พื้นที่นี้ไม่อยู่ในกลุ่มจังหวัดของรอบการรับฟัง")
            row.problems.append(self._cells.problem(row.number, "province", self._places.name(code), message))
        spot = str(row.values.get("place_note", ""))
        written = rest if code else place.text
        row.values.update(area_code=code, place_note=" ".join(part for part in (written, spot) if part))

    def _find_same(self, rows: list[Row]) -> list[Row]:
        """Mark rows imported before; words that changed since are pointed out, and not changed here."""
        known = dict(
            self._session.exec(
                select(Need.source_key, Need.problem).where(
                    Need.consultation_id == self._consultation.id, col(Need.source_key).in_([row.key for row in rows])
                )
            ).all()
        )
        for row in rows:
            if row.key not in known or row.is_left_out:
                continue
            row.is_same = True
            if row.values.get("problem") not in (None, known[row.key]):
                message = N_("เคยนำเข้ารหัสนี้ด้วยข้อความอื่น ระบบไม่แก้ข้อความที่รับไว้แล้ว")
                problem = self._cells.problem(row.number, "problem", row.values["problem"], message)
                row.problems.append(Problem(**{**problem, "is_warning": True}))
        return rows


def _take_place(values: dict[str, object]) -> Place:
    found = {name: str(values.pop(name, "")) for name in PLACE_NAMES}
    return Place(
        code=found["area_code"],
        province=found["province"],
        district=found["district"],
        subdistrict=found["subdistrict"],
        village=found["village"],
        whole=found["place"],
    )


def add(
    session: Session,
    rows: Sequence[Row],
    *,
    consultation: Consultation,
    status: NeedStatus,
    importer: User | None,
    batch_id: int,
    file_name: str,
) -> int:
    """Write the new ones among some rows; return how many. Nobody certified them, so nothing says they are."""
    fresh = [row for row in rows if row.is_new]
    at = now()
    records = []
    for ref, row in zip(needs.new_refs(session, len(fresh)), fresh, strict=True):
        values = dict(row.values)
        said_on = values.pop("date", None)
        is_agent = "agent_type" in values
        records.append(
            Need(
                ref=ref,
                consultation_id=consultation.id,
                status=status,
                status_at=at,
                sent_at=datetime.combine(said_on, time(12), BANGKOK) if said_on else at,
                accepted_at=at if status is NeedStatus.ACCEPTED else None,
                author_role=Role.CHANGE_AGENT if is_agent else None,
                author_agent_type=values.pop("agent_type", None),
                author_area_code=values["area_code"],
                entered_by_id=importer.id if importer else None,
                channel=Channel.IMPORT,
                source_key=row.key,
                is_indexed=True,
                **values,
            )
        )
    session.add_all(records)
    session.flush()
    events = []
    for need, row in zip(records, fresh, strict=True):
        events.append(
            NeedEvent(
                need_id=need.id,
                at=at,
                actor_id=importer.id if importer else None,
                act=NeedAct.IMPORT.value,
                to_status=status,
                internal_note=_("ไฟล์ {file} แถว {row}").format(file=file_name, row=row.number),
                detail={"file": file_name, "row": row.number, "batch": batch_id},
            )
        )
    alarms = [flag for need in records for flag in flags.raised(need.id, need.text)]
    session.add_all([*events, *alarms])
    needs.add_words(
        session, {need.id: needs.search_words(row.values) for need, row in zip(records, fresh, strict=True)}
    )
    session.flush()
    for record in (*records, *events, *alarms):  # a long file must not stay in memory
        session.expunge(record)
    return len(fresh)
