"""group: needs in a table → topics in a table, without server or database."""

import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum
from itertools import repeat
from pathlib import Path
from typing import Annotated, Literal

import typer

from app.cli.console import errors, output, peak_megabytes, progress_bar, write_json
from app.cli.tables import read_table, write_table
from app.exceptions import InvalidInput
from app.i18n import _
from nlp.embed import CachedEmbedder, DiskStore, Embedder, best_embedder, missing_embedders
from nlp.pipeline import Grouping, NeedText, group_needs

COLUMNS = ("id", "topic", "topics", "membership", "outlier")
PLACES = ("province", "district", "subdistrict")

# About five minutes of embedding on one core; above it words alone give topics in seconds.
MOST_EMBEDDED = 10_000


class Vectors(StrEnum):
    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def group(
    needs: Annotated[Path, typer.Argument(help="CSV (also .gz) or XLSX with one need in each row.")],
    text: Annotated[str, typer.Option(help="Column with the words of the need.")] = "text",
    id_column: Annotated[
        str | None, typer.Option("--id", help="Column that names the need; row numbers if none.")
    ] = None,
    topics: Annotated[str, typer.Option(help="Number of topics, or auto.")] = "auto",
    seed_topics: Annotated[
        Path | None, typer.Option(help="Table with columns topic, text: topics known already.")
    ] = None,
    previous: Annotated[
        Path | None, typer.Option(help="Table written by an earlier run; topics keep their keys.")
    ] = None,
    vectors: Annotated[
        Vectors, typer.Option(help=f"Sentence vectors; auto uses them up to {MOST_EMBEDDED:,} needs.")
    ] = Vectors.AUTO,
    seed: Annotated[int, typer.Option(help="Same number, same topics.")] = 0,
    out: Annotated[Path, typer.Option(help="Where the topics go: CSV or XLSX.")] = Path("topics.csv"),
    json: Annotated[Path | None, typer.Option(help="Where the report goes.")] = None,
) -> None:
    """Group the needs of a table into topics; no server, no database."""
    started = time.perf_counter()
    number = _number(topics)
    rows = read_needs(needs, text, id_column)
    known = _known_topics(seed_topics) if seed_topics else None
    before = dict(zip(*_columns(previous, "id", "topic"), strict=True)) if previous else None
    steps = {
        "read": _("อ่านข้อความ"),
        "embed": _("อ่านความหมาย"),
        "space": _("เทียบคำและความหมาย"),
        "group": _("จัดกลุ่ม"),
        "stability": _("ตรวจความมั่นคง"),
        "describe": _("ตั้งชื่อ"),
        "done": _("เสร็จแล้ว"),
    }
    with progress_bar(steps) as tell:
        embedder = choose_embedder(vectors, len(rows), lambda share: tell(0.1 + 0.4 * share, "embed"))
        grouping = group_needs(
            rows,
            n_topics=number,
            seeds=known,
            previous=before,
            embedder=embedder,
            random_state=seed,
            n_jobs=os.cpu_count() or 1,
            progress=tell,
        )
    write_table(out, COLUMNS, (_row(grouping, need.id) for need in rows))
    grouping.report |= {"seconds": round(time.perf_counter() - started, 3), "peak_mb": peak_megabytes()}
    if json:
        write_json(json, grouping.report)
    if sys.stdout.isatty():
        _show(grouping, out)


def read_needs(path: Path, text: str, id_column: str | None) -> list[NeedText]:
    """The needs of a table with what it says of their places; ids must differ."""
    named = id_column or "need_id"
    table = read_table(
        path, [text, named] if id_column else [text], optional=[*PLACES, *([] if id_column else [named])]
    )
    ids = table.get(named) or [str(number) for number in range(1, len(table[text]) + 1)]
    if len(set(ids)) < len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise InvalidInput(_("รหัส %(id)s ซ้ำกันมากกว่าหนึ่งแถว แต่ละแถวต้องมีรหัสของตัวเอง") % {"id": twice})
    places = [table.get(place) or repeat(None, len(ids)) for place in PLACES]
    rows = zip(ids, table[text], *places, strict=True)
    return [NeedText(name, words, p or None, d or None, s or None) for name, words, p, d, s in rows]


def choose_embedder(vectors: Vectors, count: int, tell: Callable[[float], None] | None = None) -> Embedder | None:
    """The embedder to use with its memory on disk, or None for words alone, saying why when it was not asked for."""
    if vectors is Vectors.NEVER:
        return None
    if vectors is Vectors.AUTO and count > MOST_EMBEDDED:
        errors.print(
            _("มี %(count)s ข้อความ จึงจัดกลุ่มจากคำอย่างเดียว ถ้าต้องการใช้ความหมายด้วยให้เพิ่ม --vectors always")
            % {"count": f"{count:,}"}
        )
        return None
    best = best_embedder()
    if best is None:
        lacking = ", ".join(missing_embedders())
        errors.print(
            _("เครื่องนี้ไม่มี %(lacking)s จึงจัดกลุ่มจากคำอย่างเดียว ติดตั้งด้วย pip install 'prachakhom[semantic]'")
            % {"lacking": lacking}
        )
        return None
    return CachedEmbedder(best, DiskStore(), tell)


def _number(topics: str) -> int | Literal["auto"]:
    if topics == "auto":
        return "auto"
    if topics.isdigit() and int(topics) >= 1:
        return int(topics)
    raise InvalidInput(_("--topics ต้องเป็น auto หรือจำนวนตั้งแต่ 1 ขึ้นไป"))


def _columns(path: Path, *names: str) -> list[list[str]]:
    table = read_table(path, names)
    return [table[name] for name in names]


def _known_topics(path: Path) -> dict[str, list[str]]:
    known: dict[str, list[str]] = defaultdict(list)
    for name, text in zip(*_columns(path, "topic", "text"), strict=True):
        known[name].append(text)
    return known


def _row(grouping: Grouping, need: str) -> tuple[str, str, str, str, int]:
    own = grouping.memberships[need]
    topics, shares = "|".join(key for key, _share in own), "|".join(f"{share:.4g}" for _key, share in own)
    return need, grouping.primary[need], topics, shares, int(need in grouping.outliers)


def _show(grouping: Grouping, out: Path) -> None:
    from rich.table import Table

    table = Table(title=_("%(count)s ประเด็น") % {"count": grouping.report["n_topics"]}, title_justify="left")
    table.add_column(_("รหัส"), no_wrap=True)
    table.add_column(_("ประเด็น"))
    table.add_column(_("จำนวน"), justify="right")
    table.add_column(_("มั่นคง"), justify="right")
    table.add_column(_("คำสำคัญ"))
    for topic in grouping.topics:
        stability = "" if topic.stability is None else f"{topic.stability:.0%}"
        table.add_row(topic.key, topic.label, f"{topic.size:,}", stability, " ".join(topic.keywords[:5]))
    output.print(table)
    output.print(_("เขียนผลไว้ที่ %(path)s") % {"path": out})
