"""Imports: a file is read, mapped, checked, and then written all or nothing; every row that is refused says why."""

import hashlib
import secrets
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlmodel import Session, col, select

from app.database import for_reading, now, transaction
from app.exceptions import Conflict, InvalidInput
from app.i18n import _, current_locale, today
from app.jobs import Job, Run, enqueue, handles
from app.models import Consultation, ImportBatch, ImportKind, NeedStatus, Plan, Stage, User
from app.services import audit, columns, import_needs, import_plans, tables
from app.services.columns import Problem, Row
from app.services.import_plans import Target
from app.services.places import Gazetteer, Place, UnknownPlace

UPLOADED = (ImportKind.NEEDS, ImportKind.PLAN)
SHOWN_PROBLEMS = 200
INLINE_ROWS = 2_000  # more than this is a job with progress

SessionOpener = Callable[[], AbstractContextManager[Session]]


@dataclass
class Tally:
    """What came of the rows so far."""

    rows: int = 0
    new: int = 0
    added: int = 0
    same: int = 0
    left_out: int = 0
    bad: int = 0
    warnings: int = 0
    problems: list[Problem] = field(default_factory=list)
    totals: list[dict[str, Any]] = field(default_factory=list)

    def count(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.rows += 1
            self.left_out += row.is_left_out
            self.bad += row.is_bad
            self.same += row.is_same and not row.is_bad
            self.new += row.is_new
            self.warnings += bool(row.problems) and not row.is_bad
            room = SHOWN_PROBLEMS - len(self.problems)
            self.problems += row.problems[: max(room, 0)]

    def keep(self, session: Session, batch: ImportBatch) -> None:
        batch.row_count, batch.new_count, batch.same_count = self.rows, self.new, self.same
        batch.bad_count, batch.warning_count, batch.left_out_count = self.bad, self.warnings, self.left_out
        batch.problems, batch.totals = [dict(problem) for problem in self.problems], self.totals
        session.add(batch)
        session.flush()


# A file and what its columns mean


def open_table(path: Path, kind: ImportKind) -> tables.Table:
    return tables.read(path, lambda header: columns.is_known(kind.value, header))


def map_columns(table: tables.Table, kind: ImportKind, chosen: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return field → header: those we know by name, and over them what a person chose ("" is not in the file).

    Raises InvalidInput for a header or a field that does not exist.
    """
    mapping = columns.guess(kind.value, table.header)
    fields = {one.name for one in columns.FIELDS[kind.value]}
    for name, header in (chosen or {}).items():
        if name not in fields:
            raise InvalidInput(_("ไม่มีช่องชื่อ {name} ใช้ได้: {known}").format(name=name, known=", ".join(sorted(fields))))
        if header and header not in table.header:
            raise InvalidInput(_("ไฟล์ไม่มีคอลัมน์ {name} มี: {known}").format(name=header, known=", ".join(table.header)))
        mapping = {known: column for known, column in mapping.items() if known != name and column != header}
        if header:
            mapping[name] = header
    return mapping


def demand_mapped(kind: ImportKind, mapping: Mapping[str, str]) -> None:
    """Raise InvalidInput when a column without which nothing can be imported is not mapped."""
    missing = columns.missing(kind.value, mapping)
    if missing:
        names = ", ".join(_(one.label) for one in missing)
        raise InvalidInput(_("ไฟล์นี้ยังขาดคอลัมน์: {names} กรุณาเลือกว่าคอลัมน์ใดในไฟล์คือข้อมูลนี้").format(names=names))


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def kept_file(folder: Path, batch: ImportBatch) -> Path:
    """Return where an uploaded file waits for its import; it is removed after that."""
    return folder / "imports" / f"{batch.id}.upload"


def rejected_file(folder: Path, batch: ImportBatch) -> Path:
    return folder / "imports" / f"{batch.id}.rejected.csv"


# One import, from check to rows written


class Import:
    """One batch with its file at hand; ``check`` reads everything and writes nothing, ``write`` does it."""

    def __init__(self, session: Session, batch: ImportBatch, path: Path) -> None:
        self.session, self.batch, self.path = session, batch, path
        self.table = open_table(path, batch.kind)
        self.places = Gazetteer(session)

    def chunks(self) -> Iterator[list[Row]]:
        if self.batch.kind is ImportKind.NEEDS:
            yield from self._need_reader().chunks()
        else:
            yield self._plan_reader().rows()

    def preview(self, limit: int) -> list[Row]:
        """Return the first rows as they would be written."""
        reader = self._need_reader() if self.batch.kind is ImportKind.NEEDS else self._plan_reader()
        rows = (reader.read(number, cells) for number, cells in self.table.rows())
        return list(islice((row for row in rows if not row.is_left_out), limit))

    def _need_reader(self) -> import_needs.NeedReader:
        consultation = self.session.get_one(Consultation, self.batch.consultation_id)
        return import_needs.NeedReader(self.session, consultation, self.table, self.batch.mapping, self.places)

    def _plan_reader(self) -> import_plans.PlanReader:
        target = self._target(self.session)
        return import_plans.PlanReader(self.session, target, self.table, self.batch.mapping, self.places)

    def check(self, report: Callable[[int], None] = lambda rows: None) -> Tally:
        tally = Tally()
        for rows in self.chunks():
            tally.count(rows)
            report(tally.rows)
        if not tally.rows:
            raise InvalidInput(_("ไฟล์นี้มีแต่หัวตาราง ไม่มีข้อมูล"))
        return tally

    def write(self, open_session: SessionOpener, report: Callable[[int], None] = lambda rows: None) -> Tally:
        """Write the new rows, each chunk in a session of ``open_session``; what is there already stays as it is."""
        tally = Tally()
        for rows in self.chunks():
            tally.count(rows)
            with open_session() as session:
                added = self._add(session, rows, tally)
                session.get_one(ImportBatch, self.batch.id).added_count += added
            tally.added += added
            report(tally.rows)
        return tally

    def rejected(self) -> Iterator[list[str]]:
        """Give the cells of every refused row, with its number and what to do."""
        for rows in self.chunks():
            for row in rows:
                if row.is_bad:
                    reasons = "; ".join(
                        f"{problem['column']}: {columns.explain(problem)}"
                        for problem in row.problems
                        if not problem.get("is_warning")
                    )
                    yield [str(row.number), reasons, *row.cells]

    def write_rejected(self, path: Path) -> None:
        header = [_("แถวในไฟล์"), _("ต้องแก้อะไร"), *self.table.header]
        tables.write(path, header, self.rejected())

    def _add(self, session: Session, rows: Sequence[Row], tally: Tally) -> int:
        batch, importer = self.batch, session.get(User, self.batch.by_id) if self.batch.by_id else None
        if batch.kind is ImportKind.NEEDS:
            return import_needs.add(
                session,
                rows,
                consultation=session.get_one(Consultation, batch.consultation_id),
                status=NeedStatus.SUBMITTED if batch.options.get("is_submitted") else NeedStatus.ACCEPTED,
                importer=importer,
                batch_id=batch.id,
                file_name=batch.file_name,
            )
        target = self._target(session)
        tally.totals = import_plans.add(
            session, rows, target=target, places=self.places, importer=importer, file_name=batch.file_name
        )
        return sum(total["added"] for total in tally.totals)

    def _target(self, session: Session) -> Target:
        batch, options = self.batch, self.batch.options
        return Target(
            plan=session.get_one(Plan, batch.plan_id) if batch.plan_id else None,
            title=options.get("title", ""),
            cluster_code=batch.cluster_code or "",
            fiscal_year=options.get("fiscal_year"),
        )


def begin(
    session: Session,
    kind: ImportKind,
    path: Path,
    *,
    importer: User | None,
    file_name: str,
    chosen: Mapping[str, str] | None = None,
    consultation: Consultation | None = None,
    plan: Plan | None = None,
    cluster_code: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> ImportBatch:
    """Take a file in: read its header and map the columns we know. Raises InvalidInput when it cannot be read."""
    if consultation is not None and consultation.is_outcome_public:
        raise Conflict(_("รอบการรับฟังนี้เผยแพร่สรุปแล้ว จึงเพิ่มความต้องการไม่ได้"))
    table = open_table(path, kind)
    batch = ImportBatch(
        kind=kind,
        cluster_code=consultation.cluster_code if consultation else plan.cluster_code if plan else cluster_code,
        consultation_id=consultation.id if consultation else None,
        plan_id=plan.id if plan else None,
        file_name=file_name,
        sha256=digest(path),
        mapping=map_columns(table, kind, chosen),
        options=dict(options or {}),
        by_id=importer.id if importer else None,
    )
    session.add(batch)
    session.flush()
    return batch


def run(session: Session, batch: ImportBatch, path: Path, *, skip_bad: bool, rejected: Path) -> Tally:
    """Check every row, then write them all in this session's one transaction.

    When rows are refused nothing is written, unless ``skip_bad``: then the good ones are, and the refused ones go to
    the file ``rejected`` with what to do about each. The batch keeps the counts either way.
    """
    if batch.finished_at is not None:
        raise Conflict(_("ไฟล์นี้นำเข้าไปแล้ว"))
    demand_mapped(batch.kind, batch.mapping)
    job = Import(session, batch, path)
    tally = job.check()
    if tally.bad and not skip_bad:
        tally.keep(session, batch)
        return tally
    if tally.bad:
        job.write_rejected(rejected)
    tally = job.write(lambda: nullcontext(session))
    finish(session, batch, tally)
    return tally


def finish(session: Session, batch: ImportBatch, tally: Tally) -> None:
    batch.finished_at = now()
    if batch.plan_id is None and len(tally.totals) == 1:
        batch.plan_id = tally.totals[0]["plan_id"]
    tally.keep(session, batch)
    # What an interrupted run had written is found again as the same; it was this import that added it.
    batch.same_count = tally.rows - tally.bad - tally.left_out - batch.added_count
    importer = session.get(User, batch.by_id) if batch.by_id else None
    audit.record(
        session, importer, "imports.run", f"import:{batch.id}", file=batch.file_name, kind=batch.kind.value,
        added=batch.added_count, same=tally.same, refused=tally.bad,
    )  # fmt: skip


@handles("import")
def run_as_job(work: Run) -> dict[str, Any]:
    """Import a long file in short transactions, so that people can go on sending needs meanwhile.

    Nothing is written before every row was checked. Killed half way and started again, it goes on: what was written
    already is found by its key.
    """
    current_locale.set(work.params["locale"])
    folder, skip_bad = Path(work.params["folder"]), bool(work.params["skip_bad"])
    with Session(for_reading(work.engine), expire_on_commit=False) as session:
        batch = session.get_one(ImportBatch, work.params["batch_id"])
        path = kept_file(folder, batch)
        if batch.finished_at is not None or not path.exists():
            return {"url": f"/imports/{batch.id}"}
        job = Import(session, batch, path)
        total = max(batch.row_count, 1)
        checked = job.check(lambda rows: work.progress(0.4 * rows / total, _("ตรวจทุกแถว")))
        if checked.bad and not skip_bad:
            with transaction(work.engine) as writing:
                checked.keep(writing, writing.get_one(ImportBatch, batch.id))
            raise InvalidInput(_("มีแถวที่ต้องแก้ {count:,} แถว จึงยังไม่ได้นำเข้า").format(count=checked.bad))
        if checked.bad:
            job.write_rejected(rejected_file(folder, batch))
        tally = job.write(
            lambda: transaction(work.engine),
            lambda rows: work.progress(0.4 + 0.6 * rows / total, _("บันทึก")),
        )
    with transaction(work.engine) as session:
        finish(session, session.get_one(ImportBatch, batch.id), tally)
    path.unlink(missing_ok=True)
    return {"url": f"/imports/{batch.id}"}


def upload(
    session: Session, kind: ImportKind, source: IO[bytes], *, folder: Path, importer: User, file_name: str, **where: Any
) -> ImportBatch:
    """Keep an uploaded file until it is imported or discarded, and check it as far as its columns are known."""
    (folder / "imports").mkdir(parents=True, exist_ok=True)
    arriving = folder / "imports" / f"{secrets.token_hex(8)}.part"
    try:
        with arriving.open("wb") as file:
            shutil.copyfileobj(source, file)
        with session.begin_nested():  # a file that cannot be read leaves no trace
            batch = begin(session, kind, arriving, importer=importer, file_name=file_name[-200:], **where)
            check(session, batch, arriving)
        arriving.rename(kept_file(folder, batch))
    finally:
        arriving.unlink(missing_ok=True)
    return batch


def remap(session: Session, batch: ImportBatch, path: Path, chosen: Mapping[str, str]) -> None:
    """Let a person say what the columns are, and check the file again. Raises InvalidInput."""
    batch.mapping = map_columns(open_table(path, batch.kind), batch.kind, chosen)
    check(session, batch, path)


def check(session: Session, batch: ImportBatch, path: Path) -> None:
    """Keep what is wrong with the file on its batch; nothing while a column we cannot do without is missing."""
    is_mapped = not columns.missing(batch.kind.value, batch.mapping)
    (Import(session, batch, path).check() if is_mapped else Tally()).keep(session, batch)


def start(session: Session, batch: ImportBatch, *, folder: Path, skip_bad: bool, is_submitted: bool) -> Job | None:
    """Import a short file at once, and a long one as a job, which is returned."""
    if batch.finished_at is not None:
        raise Conflict(_("ไฟล์นี้นำเข้าไปแล้ว"))
    batch.options = batch.options | {"is_submitted": is_submitted}
    path = kept_file(folder, batch)
    if batch.row_count > INLINE_ROWS:
        demand_mapped(batch.kind, batch.mapping)
        job = enqueue(
            session,
            "import",
            {
                "batch_id": batch.id,
                "folder": str(folder),
                "skip_bad": skip_bad,
                "locale": current_locale.get(),
            },
            created_by_id=batch.by_id,
            subject=f"import:{batch.id}",
        )
        batch.job_id = job.id
        session.add(batch)
        return job
    tally = run(session, batch, path, skip_bad=skip_bad, rejected=rejected_file(folder, batch))
    if tally.bad and not skip_bad:
        raise InvalidInput(_("มีแถวที่ต้องแก้ {count:,} แถว จึงยังไม่ได้นำเข้า").format(count=tally.bad))
    path.unlink(missing_ok=True)
    return None


def discard(session: Session, batch: ImportBatch, *, by: User | None, folder: Path) -> None:
    """Forget a file that was uploaded and not imported."""
    if batch.finished_at is not None or batch.job_id is not None:
        raise Conflict(_("ไฟล์นี้นำเข้าไปแล้ว"))
    kept_file(folder, batch).unlink(missing_ok=True)
    rejected_file(folder, batch).unlink(missing_ok=True)
    audit.record(session, by, "imports.discard", f"import:{batch.id}", file=batch.file_name)
    session.delete(batch)
    session.flush()


def forget_abandoned(session: Session, *, folder: Path, before: datetime) -> int:
    """Discard what was uploaded before a time and never imported; return how many files."""
    abandoned = session.exec(
        select(ImportBatch).where(
            col(ImportBatch.finished_at).is_(None),
            col(ImportBatch.job_id).is_(None),
            col(ImportBatch.created_at) < before,
        )
    ).all()
    for batch in abandoned:
        discard(session, batch, by=None, folder=folder)
    broken_off = [part for part in (folder / "imports").glob("*.part") if part.stat().st_mtime < before.timestamp()]
    for part in broken_off:
        part.unlink(missing_ok=True)
    return len(abandoned) + len(broken_off)


# Where the rows of a file belong


def clusters_in(table: tables.Table, mapping: Mapping[str, str], places: Gazetteer) -> Counter[str]:
    """Count the rows of a file by the provincial cluster that they name or whose provinces they name."""
    where = [(name, table.header.index(mapping[name])) for name in ("cluster", "area_code", "province", "place")
             if name in mapping]  # fmt: skip
    found: Counter[str] = Counter()
    known: dict[tuple[str, str], str | None] = {}
    for _number, cells in table.rows():
        for name, place in where:
            said = (name, cells[place])
            if said not in known:
                known[said] = _cluster_of(places, *said)
            code = known[said]
            if code:
                found[code] += 1
                break
    return found


def _cluster_of(places: Gazetteer, name: str, said: str) -> str | None:
    if not said:
        return None
    if name == "cluster" or said.startswith("กลุ่มจังหวัด"):
        return places.cluster(said)
    try:
        code = places.find(Place(**{{"area_code": "code", "place": "whole"}.get(name, name): said}))[0]
    except UnknownPlace:
        return None
    return places.cluster_of(code) if code else None


def only_cluster(session: Session, path: Path, kind: ImportKind, chosen: Mapping[str, str], cluster: str) -> str:
    """Return the cluster asked for by code or name, else the only one a file is about. Raises InvalidInput."""
    places = Gazetteer(session)
    codes = ", ".join(places.clusters)
    if cluster:
        code = places.cluster(cluster)
        if code is None:
            raise InvalidInput(_("ไม่รู้จักกลุ่มจังหวัด {name} ใช้ได้: {known}").format(name=cluster, known=codes))
        return code
    table = open_table(path, kind)
    found = clusters_in(table, map_columns(table, kind, chosen), places)
    if len(found) != 1:
        raise InvalidInput(
            _("ไฟล์นี้เป็นของ {count} กลุ่มจังหวัด กรุณาเลือกหนึ่งด้วย --cluster: {known}").format(
                count=len(found), known=", ".join(found) or codes
            )
        )
    return next(iter(found))


def consultation_for(session: Session, cluster: str) -> Consultation:
    """Return the only consultation of a cluster that takes needs or has just closed. Raises InvalidInput."""
    found = session.exec(
        select(Consultation)
        .where(Consultation.cluster_code == cluster, col(Consultation.stage).in_((Stage.OPEN, Stage.CLOSED)))
        .order_by(col(Consultation.id))
    ).all()
    if len(found) == 1:
        return found[0]
    if not found:
        raise InvalidInput(_('กลุ่มจังหวัดนี้ยังไม่มีรอบการรับฟังที่เปิดรับ กรุณาเปิดรอบก่อน หรือใช้ --new-consultation "ชื่อรอบ"'))
    known = ", ".join(f"{one.id} ({one.title_th})" for one in found)
    raise InvalidInput(_("มีหลายรอบการรับฟัง กรุณาเลือกด้วย --consultation: {known}").format(known=known))


def new_consultation(session: Session, title: str, cluster: str, file_name: str) -> Consultation:
    """Return the round of this title, made already closed: its needs were gathered before they were imported."""
    found = session.exec(
        select(Consultation).where(Consultation.cluster_code == cluster, Consultation.title_th == title)
    ).first()
    if found is not None:
        return found
    consultation = Consultation(
        title_th=title,
        cluster_code=cluster,
        purpose_th=_("ความต้องการที่รวบรวมไว้แล้ว นำเข้าจากไฟล์ {name}").format(name=file_name),
        announce_on=today(),
        open_on=today(),
        close_on=today(),
        short_notice_reason=_("รวบรวมไว้แล้วก่อนนำเข้าระบบ"),
        stage=Stage.CLOSED,
    )
    session.add(consultation)
    session.flush()
    return consultation
