"""evaluate: how well a grouping (or a list of links) agrees with people, beside how well two people agree."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.console import output, write_json
from app.cli.tables import read_table
from app.exceptions import InvalidInput
from app.i18n import _
from nlp.metrics import adjusted_rand, bcubed, bootstrap_interval, normalized_mutual_information

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
    names = {"topics": _("ประเด็นที่ได้"), "coders": _("คนสองคน")}
    for part, measures in figures.items():
        output.print(names[part])
        for name, own in measures.items():
            interval = "" if own["low"] is None else f"  [{own['low']:.3f} – {own['high']:.3f}]"
            output.print(f"  {name:14}{own['value']:>8.3f}{interval}" if interval else f"  {name:14}{own['value']:>8}")
