"""evaluate: how well a grouping (or a list of links) agrees with people, beside how well two people agree."""

from collections.abc import Callable, Sequence
from json import loads
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import output, write_json
from app.cli.tables import read_table
from app.exceptions import InvalidInput
from app.i18n import _
from nlp.metrics import (
    adjusted_rand,
    bcubed,
    bootstrap_interval,
    calibration_error,
    links_f1,
    normalized_mutual_information,
    ranking_auc,
    top_is_right,
)

app = typer.Typer(no_args_is_help=True)


@app.callback()
def evaluate() -> None:
    """Measure topics and links against what people coded."""


@app.command("group")
def evaluate_group(
    truth: Annotated[Path, typer.Argument(help="Table with the themes people gave.")],
    found: Annotated[Path, typer.Argument(help="Table written by `prachakhom group`.")],
    id_column: Annotated[str, typer.Option("--id", help="Column that names the need in the first table.")] = "need_id",
    theme: Annotated[str, typer.Option(help="Column with the primary theme.")] = "theme",
    themes: Annotated[str, typer.Option(help="Column with all themes, joined by |.")] = "themes",
    second: Annotated[Path | None, typer.Option(help="The same table by a second coder.")] = None,
    json: Annotated[Path | None, typer.Option(help="Where the figures go.")] = None,
) -> None:
    """Score topics against people's themes."""
    coded = _coded(truth, id_column, theme, themes)
    topics = read_table(found, ["id", "topic"], optional=["topics"])
    several = topics.get("topics", topics["topic"])
    grouped = {
        need: (topic, every.split("|"))
        for need, topic, every in zip(topics["id"], topics["topic"], several, strict=True)
    }
    figures = {"topics": _figures(coded, grouped)}
    if second:
        figures["coders"] = _figures(coded, _coded(second, id_column, theme, themes))
    if json:
        write_json(json, figures)
    _show(figures)


@app.command("match")
def evaluate_match(
    truth: Annotated[Path, typer.Argument(help="Table of needs with a column of links people gave: P1=1.0|P2=0.5.")],
    found: Annotated[Path, typer.Argument(help="Table written by `prachakhom match`.")],
    report: Annotated[
        Path | None, typer.Option(help="Report of the same run, for answered needs and coverage.")
    ] = None,
    id_column: Annotated[str, typer.Option("--id", help="Column that names the need in the first table.")] = "need_id",
    links: Annotated[str, typer.Option(help="Column with the links.")] = "links",
    second: Annotated[Path | None, typer.Option(help="The same table by a second coder.")] = None,
    json: Annotated[Path | None, typer.Option(help="Where the figures go.")] = None,
) -> None:
    """Score links against the links people gave."""
    coded = _links(truth, id_column, links)
    figures = {"links": _link_figures(coded, _suggested(found), _answered(report) if report else {})}
    if second:
        other = _links(second, id_column, links)
        shared = sorted(coded.keys() & other.keys())
        pairs = [coded[need] for need in shared], [other[need] for need in shared]
        figures["coders"] = {
            "n": {"value": len(shared), "low": None, "high": None},
            "links_f1": _interval(lambda rows: links_f1(*([part[row] for row in rows] for part in pairs)), len(shared)),
        }
    if json:
        write_json(json, figures)
    _show(figures)


Links = dict[str, set[str]]


def _links(path: Path, id_column: str, links: str) -> Links:
    table = read_table(path, [id_column, links])
    return {
        need: {link.rsplit("=", 1)[0] for link in given.split("|") if link}
        for need, given in zip(table[id_column], table[links], strict=True)
    }


def _suggested(path: Path) -> dict[str, tuple[str, set[str]]]:
    """Each need's best candidate and what was suggested for it."""
    table = read_table(path, ["need_id", "rank", "project_id", "suggested"])
    found: dict[str, tuple[str, set[str]]] = {}
    for need, rank, project, suggested in zip(*table.values(), strict=True):
        best, chosen = found.get(need, ("", set()))
        found[need] = (project if rank == "1" else best, chosen | ({project} if suggested == "1" else set()))
    return found


def _answered(path: Path) -> dict[str, float]:
    try:
        return {need: float(chance) for need, chance in loads(path.read_text(encoding="utf-8"))["answered"].items()}
    except (OSError, ValueError, KeyError):
        raise InvalidInput(_("อ่านรายงาน %(path)s ไม่ได้ ใช้ไฟล์ที่ได้จาก prachakhom match --json") % {"path": path}) from None


def _link_figures(
    truth: Links, found: dict[str, tuple[str, set[str]]], answered: dict[str, float]
) -> dict[str, dict[str, Any]]:
    """Each measure with its 95 % interval over needs drawn with replacement."""
    shared = sorted(truth.keys() & found.keys())
    if not shared:
        raise InvalidInput(_("สองไฟล์ไม่มีรหัสที่ตรงกันเลย ตรวจชื่อคอลัมน์รหัสด้วย --id"))
    links = [truth[need] for need in shared]
    best, chosen = [found[need][0] for need in shared], [found[need][1] for need in shared]

    def over(score: Callable[[Any, Any], float], left: Sequence[Any], right: Sequence[Any]) -> dict[str, Any]:
        return _interval(lambda rows: score([left[row] for row in rows], [right[row] for row in rows]), len(left))

    figures = {
        "n": {"value": len(shared), "low": None, "high": None},
        "precision_at_1": over(top_is_right, links, best),
        "links_f1": over(links_f1, links, chosen),
    }
    judged = [need for need in shared if need in answered]
    if judged:
        is_answered, chances = [bool(truth[need]) for need in judged], [answered[need] for need in judged]
        figures |= {
            "answered_auc": over(ranking_auc, is_answered, chances),
            "calibration": over(calibration_error, is_answered, chances),
            "coverage_error": over(
                lambda seen, said: sum(said) / len(said) - sum(seen) / len(seen), is_answered, chances
            ),
        }
    return figures


def _interval(score: Callable[[Sequence[int]], float], count: int) -> dict[str, Any]:
    low, high = bootstrap_interval(lambda rows: score(rows.tolist()), count, repeats=200)
    return {"value": round(score(range(count)), 4), "low": round(low, 4), "high": round(high, 4)}


Coding = dict[str, tuple[str, list[str]]]


def _coded(path: Path, id_column: str, theme: str, themes: str) -> Coding:
    table = read_table(path, [id_column, theme], optional=[themes])
    every = table.get(themes, table[theme])
    return {
        need: (one, many.split("|") if many else [one])
        for need, one, many in zip(table[id_column], table[theme], every, strict=True)
    }


def _figures(truth: Coding, found: Coding) -> dict[str, dict[str, Any]]:
    """Each measure with its 95 % interval over needs drawn with replacement."""
    shared = sorted(truth.keys() & found.keys())
    if not shared:
        raise InvalidInput(_("สองไฟล์ไม่มีรหัสที่ตรงกันเลย ตรวจชื่อคอลัมน์รหัสด้วย --id"))
    one, other = [truth[need] for need in shared], [found[need] for need in shared]

    def over(score: Callable[[Sequence[Any], Sequence[Any]], float], part: int) -> dict[str, Any]:
        left, right = [own[part] for own in one], [own[part] for own in other]
        interval = bootstrap_interval(
            lambda rows: score([left[row] for row in rows], [right[row] for row in rows]), len(shared), repeats=200
        )
        return {"value": round(score(left, right), 4), "low": round(interval[0], 4), "high": round(interval[1], 4)}

    return {
        "n": {"value": len(shared), "low": None, "high": None},
        "nmi": over(normalized_mutual_information, 0),
        "ari": over(adjusted_rand, 0),
        "same_primary": over(lambda a, b: sum(x == y for x, y in zip(a, b, strict=True)) / len(a), 0),
        "bcubed_f1": over(lambda a, b: bcubed(a, b)[2], 1),
    }


def _show(figures: dict[str, dict[str, dict[str, Any]]]) -> None:
    names = {"topics": _("ประเด็นที่ได้"), "links": _("ความเชื่อมโยงที่ได้"), "coders": _("คนสองคน")}
    for part, measures in figures.items():
        output.print(names[part])
        for name, own in measures.items():
            interval = "" if own["low"] is None else f"  [{own['low']:.3f} – {own['high']:.3f}]"
            output.print(f"  {name:16}{own['value']:>8.3f}{interval}" if interval else f"  {name:16}{own['value']:>8}")
