"""What the commands show: progress and tables on a terminal, silence in a pipe."""

import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from app.exceptions import InvalidInput
from app.i18n import _

errors = Console(stderr=True)
output = Console()


@contextmanager
def progress_bar(steps: Mapping[str, str]) -> Iterator[Callable[[float, str], None]]:
    """A bar on the terminal's error stream; the function it gives takes a share from 0 to 1 and the key of a step."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share, step: bar.update(task, completed=share, description=steps.get(step, step))


def peak_megabytes() -> float:
    """The most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    try:
        path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InvalidInput(_("เขียนไฟล์ %(path)s ไม่ได้: %(why)s") % {"path": path, "why": error.strerror}) from None
