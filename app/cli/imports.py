"""prachakhom import: needs, plan, areas."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast

import typer
from sqlmodel import Session, select

from app.cli.server import migrate_database
from app.config import Settings
from app.database import create_database_engine, transaction
from app.exceptions import InvalidInput, NotFound
from app.i18n import LOCALES, _, baht, current_locale
from app.models import Consultation, ImportBatch, ImportKind, Plan, User
from app.services import areas, columns, imports, tables
from app.services.columns import Problem, explain
from app.services.imports import Tally

app = typer.Typer(no_args_is_help=True, add_completion=False)

SHOWN = 20
File = Annotated[Path, typer.Argument(help="A CSV (UTF-8, UTF-16 or TIS-620) or XLSX file.")]
Map = Annotated[list[str], typer.Option("--map", help="FIELD=HEADER, for a column that is not known by its name.")]
Cluster = Annotated[str, typer.Option(help="A provincial cluster, by code or name.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Import the good rows; write the refused ones to a file.")]
Rejected = Annotated[Path | None, typer.Option(help="Where refused rows go, if not FILE.rejected.csv here.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")]
By = Annotated[str, typer.Option(help="User name of the person who imports.")]


@app.callback()
def choose_language(
    context: typer.Context,
    lang: Annotated[str, typer.Option(help="Language of the messages: th or en.")] = LOCALES[0],
) -> None:
    token = current_locale.set(lang if lang in LOCALES else LOCALES[0])
    context.call_on_close(lambda: current_locale.reset(token))


@app.command("needs")
def import_needs(
    file: File,
    consultation: Annotated[int | None, typer.Option(help="The consultation, by its number.")] = None,
    new_consultation: Annotated[str, typer.Option(help="Title of a new consultation, made for these needs.")] = "",
    cluster: Cluster = "",
    columns_: Map = [],  # noqa: B006  typer reads the default, and never changes it
    submitted: Annotated[bool, typer.Option("--submitted", help="Let the districts check them first.")] = False,
    skip_bad: SkipBad = False,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    by: By = "",
) -> None:
    """Import needs, credited to their authors; run twice, it adds nothing."""
    chosen = _mapping(columns_)
    with _database(dry_run) as session:
        if consultation is not None:
            target = session.get(Consultation, consultation)
            if target is None:
                raise NotFound(_("ไม่พบรอบการรับฟังเลขที่ {number}").format(number=consultation))
        else:
            code = imports.only_cluster(session, file, ImportKind.NEEDS, chosen, cluster)
            target = (
                imports.new_consultation(session, new_consultation, code, file.name)
                if new_consultation
                else imports.consultation_for(session, code)
            )
        batch = imports.begin(
            session, ImportKind.NEEDS, file, importer=_person(session, by), file_name=file.name, chosen=chosen,
            consultation=target, options={"is_submitted": submitted},
        )  # fmt: skip
        typer.echo(_("รอบการรับฟัง {number}: {title}").format(number=target.id, title=target.title_th))
        _run(session, batch, file, skip_bad=skip_bad, rejected=rejected, dry_run=dry_run)


@app.command("plan")
def import_plan(
    file: File,
    plan: Annotated[int | None, typer.Option(help="The plan to add to, by its number.")] = None,
    new: Annotated[str, typer.Option(help="Title of a new plan.")] = "",
    cluster: Cluster = "",
    fiscal_year: Annotated[int | None, typer.Option(help="พ.ศ. of lines that do not say, as 2565.")] = None,
    columns_: Map = [],  # noqa: B006  typer reads the default, and never changes it
    skip_bad: SkipBad = False,
    rejected: Rejected = None,
    dry_run: DryRun = False,
    by: By = "",
) -> None:
    """Import a plan's projects, activities and money; a plan for each cluster unless told which. Twice adds nothing."""
    chosen = _mapping(columns_)
    with _database(dry_run) as session:
        target = session.get(Plan, plan) if plan is not None else None
        if plan is not None and target is None:
            raise NotFound(_("ไม่พบแผนเลขที่ {number}").format(number=plan))
        code = imports.only_cluster(session, file, ImportKind.PLAN, chosen, cluster) if cluster or new else None
        batch = imports.begin(
            session, ImportKind.PLAN, file, importer=_person(session, by), file_name=file.name, chosen=chosen,
            plan=target, cluster_code=code,
            options={"title": new, "fiscal_year": fiscal_year or _year_in(file)},
        )  # fmt: skip
        _run(session, batch, file, skip_bad=skip_bad, rejected=rejected, dry_run=dry_run)


@app.command("areas")
def import_areas(file: File, skip_bad: SkipBad = False, rejected: Rejected = None) -> None:
    """Import villages, or population and households, by official codes; all rows or none, unless told otherwise."""
    table = tables.read(file)
    with _database(dry_run=False) as session:
        lines = dict(table.rows())
        rows = (dict(zip(table.header, cells, strict=False)) for cells in lines.values())
        added, changed, problems = areas.import_rows(session, rows)
        for problem in problems[:SHOWN]:
            _tell(cast(Problem, problem))
        if problems and not skip_bad:
            typer.echo(_("ใช้ไม่ได้ {count:,} แถว").format(count=len(problems)), err=True)
            raise InvalidInput(_("ยังไม่ได้นำเข้าแถวใดเลย แก้ไฟล์แล้วสั่งใหม่ หรือใช้ --skip-bad เพื่อนำเข้าเฉพาะแถวที่ใช้ได้"))
    typer.echo(_("เพิ่ม {added:,} แห่ง ปรับ {changed:,} แห่ง").format(added=added, changed=changed))
    if problems:
        refused = rejected or Path(f"{file.stem}.rejected.csv")
        order = list(lines.values())
        bad = ([*order[problem["row"] - 2], _(problem["message"])] for problem in problems)
        tables.write(refused, [*table.header, "problem"], bad)
        typer.echo(_("ใช้ไม่ได้ {count:,} แถว เก็บไว้ที่ {path}").format(count=len(problems), path=refused))


@contextmanager
def _database(dry_run: bool) -> Iterator[Session]:
    """Give one transaction on the migrated database; a dry run ends without a commit."""
    settings = Settings()
    migrate_database(settings)
    engine = create_database_engine(settings.database_url)
    try:
        with Session(engine) if dry_run else transaction(engine) as session:
            yield session
    finally:
        engine.dispose()


def _run(
    session: Session, batch: ImportBatch, file: Path, *, skip_bad: bool, rejected: Path | None, dry_run: bool
) -> None:
    imports.demand_mapped(batch.kind, batch.mapping)
    for name, header in batch.mapping.items():
        label = next(_(one.label) for one in columns.FIELDS[batch.kind.value] if one.name == name)
        typer.echo(f"  {header} → {label} ({name})")
    if dry_run:
        tally = imports.Import(session, batch, file).check()
    else:
        refused = rejected or Path(f"{file.stem}.rejected.csv")
        tally = imports.run(session, batch, file, skip_bad=skip_bad, rejected=refused)
        if tally.bad and skip_bad:
            typer.echo(_("แถวที่ไม่รับอยู่ใน {file}").format(file=refused))
    for problem in tally.problems[:SHOWN]:
        _tell(problem)
    if len(tally.problems) > SHOWN:
        typer.echo(_("… และอีกมากกว่า {count} ข้อ").format(count=len(tally.problems) - SHOWN))
    _summarise(tally)
    if tally.bad and not skip_bad:
        typer.echo(_("ยังไม่ได้นำเข้าแถวใดเลย แก้ไฟล์แล้วสั่งใหม่ หรือใช้ --skip-bad เพื่อนำเข้าเฉพาะแถวที่ใช้ได้"), err=True)
        raise typer.Exit(1)


def _tell(problem: Problem) -> None:
    mark = "⚠" if problem.get("is_warning") else "✗"
    where = _("แถว {row} คอลัมน์ {column}").format(row=problem["row"], column=problem["column"] or "–")
    value = f" “{problem['value']}”" if problem.get("value") else ""
    typer.echo(f"{mark} {where}{value}: {explain(problem)}", err=not problem.get("is_warning"))


def _summarise(tally: Tally) -> None:
    counts = (
        (_("แถวในไฟล์"), tally.rows),
        (_("เพิ่ม"), tally.added),
        (_("มีอยู่แล้ว"), tally.same),
        (_("ไม่รับ"), tally.bad),
        (_("ไม่เกี่ยวกับรอบหรือแผนนี้"), tally.left_out),
        (_("ควรตรวจ"), tally.warnings),
    )
    typer.echo(" · ".join(f"{name} {count:,}" for name, count in counts))
    for total in tally.totals:
        file, plan = total["file_satang"], total["plan_satang"]
        typer.echo(f"  {total['plan_id']} {total['title']}: {total['lines']:,} · {_reconcile(file, plan)}")
    if tally.totals:
        file, plan = (sum(total[name] for total in tally.totals) for name in ("file_satang", "plan_satang"))
        typer.echo(_("รวมเงิน: {sums}").format(sums=_reconcile(file, plan)))


def _reconcile(file: int, plan: int) -> str:
    verdict = _("ตรงกัน") if file == plan else _("ต่างกัน {amount}").format(amount=baht(file - plan))
    return _("ในไฟล์ {file} ในแผน {plan} {verdict}").format(file=baht(file), plan=baht(plan), verdict=verdict)


def _mapping(options: list[str]) -> dict[str, str]:
    """Read FIELD=HEADER options."""
    pairs = [option.partition("=") for option in options]
    if any(not sign for _name, sign, _header in pairs):
        raise InvalidInput(_("ใช้ --map ช่อง=คอลัมน์ เช่น --map problem=ข้อความ"))
    return {name.strip(): header.strip() for name, _sign, header in pairs}


def _person(session: Session, username: str) -> User | None:
    if not username:
        return None
    found = session.exec(select(User).where(User.username == username)).one_or_none()
    if found is None:
        raise NotFound(_("ไม่พบผู้ใช้ชื่อ {name}").format(name=username))
    return found


def _year_in(file: Path) -> int | None:
    """Return the fiscal year (พ.ศ.) that the name of the file, or of its folder, tells."""
    found = re.search(r"25\d\d", file.name) or re.search(r"25\d\d", file.resolve().parent.name)
    return int(found[0]) if found else None
