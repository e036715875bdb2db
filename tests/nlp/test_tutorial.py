"""The tutorial says nothing that does not run."""

import re
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs" / "nlp" / "tutorial.md"


def test_the_tutorial_runs_from_top_to_bottom() -> None:
    blocks = re.findall(r"```python\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(TUTORIAL), "exec"), names)  # noqa: S102 - our own page, which the test is about
    assert len(blocks) >= 5
