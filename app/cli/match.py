"""match: needs and a plan in tables → the activities that answer each need, without server or database."""

import sys
import time
from itertools import repeat
from pathlib import Path
from typing import Annotated, Any

import typer

from app import __version__
from app.cli.console import errors, output, peak_megabytes, progress_bar, write_json
from app.cli.group import Vectors, read_needs
from app.cli.tables import read_table, write_table
from app.exceptions import InvalidInput
from app.i18n import _
from nlp.embed import CachedEmbedder, DiskStore, Embedder, best_embedder, missing_embedders
from nlp.pipeline import Matching, PlanText, match_needs

COLUMNS = ("need_id", "rank", "project_id", "probability", "strength", "suggested", "evidence")
PLAN_COLUMNS = ("budget_baht", "level", "province", "district", "subdistrict")


def match(
    needs: Annotated[Path, typer.Argument(help="CSV (also .gz) or XLSX with one need in each row.")],
    projects: Annotated[Path, typer.Argument(help="CSV (also .gz) or XLSX with one project or activity in each row.")],
    text: Annotated[str, typer.Option(help="Column with the words of the need.")] = "text",
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column that names the need; row numbers if none.")
    ] = None,
    title: Annotated[str, typer.Option(help="Column with the project's title.")] = "title",
    top: Annotated[int, typer.Option(min=1, help="Candidates written for each need.")] = 10,
    vectors: Annotated[Vectors, typer.Option(help="Sentence vectors; auto uses them where they are installed.")] = (
        Vectors.AUTO
    ),
    out: Annotated[Path, typer.Option(help="Where the links go: CSV or XLSX.")] = Path("links.csv"),
    json: Annotated[Path | None, typer.Option(help="Where the report goes.")] = None,
) -> None:
    """Find the plan activities that answer each need of a table; no server, no database."""
    started = time.perf_counter()
    rows = read_needs(needs, text, id_column)
    plan = read_plan(projects, title)
    embedder = _embedder(vectors)
    steps = {"embed": _("อ่านความหมาย"), "compare": _("เทียบความต้องการกับแผน")}
    with progress_bar(steps) as tell:
        matching = match_needs(rows, plan, top=top, embedder=embedder, progress=tell)
    write_table(out, COLUMNS, (_row(link) for link in matching.links))
    if json:
        report = _report(matching, embedder)
        report |= {"seconds": round(time.perf_counter() - started, 3), "peak_mb": peak_megabytes()}
        write_json(json, report)
    if sys.stdout.isatty():
        _show(matching, out)


def read_plan(path: Path, title: str) -> list[PlanText]:
    """The projects of a table with what it says of their places; ids must differ."""
    table = read_table(path, [title], optional=["project_id", *PLAN_COLUMNS])
    ids = table.get("project_id") or [str(number) for number in range(1, len(table[title]) + 1)]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InvalidInput(_("รหัส %(id)s ซ้ำกันมากกว่าหนึ่งแถว แต่ละแถวต้องมีรหัสของตัวเอง") % {"id": twice})
    given = [table.get(name) or repeat("", len(ids)) for name in PLAN_COLUMNS]
    return [
        PlanText(name, words, _baht(baht), level or None, province or None, district or None, subdistrict or None)
        for name, words, baht, level, province, district, subdistrict in zip(ids, table[title], *given, strict=True)
    ]


def _baht(written: str) -> float | None:
    try:
        return float(written.replace(",", ""))
    except ValueError:
        return None


def _embedder(vectors: Vectors) -> Embedder | None:
    """The embedder to use with its memory on disk, or None for words alone, saying what the machine lacks."""
    if vectors is Vectors.NEVER:
        return None
    best = best_embedder()
    if best is None:
        lacking = ", ".join(missing_embedders())
        errors.print(
            _("เครื่องนี้ไม่มี %(lacking)s จึงจับคู่จากคำอย่างเดียว ติดตั้งด้วย pip install 'prachakhom[semantic]'")
            % {"lacking": lacking}
        )
        return None
    return CachedEmbedder(best, DiskStore())


def _row(link: Any) -> tuple[str, int, str, str, str, int, str]:
    probability, strength = f"{link.probability:.4f}", f"{link.strength:g}"
    return link.need_id, link.rank, link.plan_id, probability, strength, int(link.suggested), link.evidence


def _report(matching: Matching, embedder: Embedder | None) -> dict[str, Any]:
    coverage = matching.coverage
    return {
        "coverage": {
            "estimate": round(coverage.estimate, 4),
            "low": round(coverage.low, 4),
            "high": round(coverage.high, 4),
            "weighted": {
                "estimate": round(coverage.weighted, 4),
                "low": round(coverage.weighted_low, 4),
                "high": round(coverage.weighted_high, 4),
            },
            "counted": round(coverage.counted, 4),
        },
        "answered": {need: round(probability, 4) for need, probability in matching.answered.items()},
        "n": len(matching.answered),
        "suggested": sum(link.suggested for link in matching.links),
        "threshold": round(matching.threshold, 4),
        "versions": {"prachakhom": __version__, "vectors": embedder.name if embedder else None},
    }


def _show(matching: Matching, out: Path) -> None:
    coverage = matching.coverage
    output.print(
        _("แผนตอบความต้องการราว %(share)s (ระหว่าง %(low)s ถึง %(high)s) จาก %(count)s เรื่อง")
        % {
            "share": f"{coverage.estimate:.0%}",
            "low": f"{coverage.low:.0%}",
            "high": f"{coverage.high:.0%}",
            "count": f"{len(matching.answered):,}",
        }
    )
    output.print(_("เขียนผลไว้ที่ %(path)s") % {"path": out})
