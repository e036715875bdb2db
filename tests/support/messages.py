"""Every Thai sentence of the program has its English. ``python -m tests.support.messages`` prints those without.

A sentence is what stands in ``_()``, ``N_()`` or ``ngettext()``, in the code or in a template.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from app.config import resource
from app.templating import environment

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = {"_": 1, "N_": 1, "gettext": 1, "ngettext": 2}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*(?::[^}]*)?\}")


@cache
def used() -> dict[str, list[str]]:
    """Return each sentence with the places that use it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted([*(ROOT / "app").rglob("*.py"), *resource("templates").rglob("*.html")]):
        in_file = _in_code(path) if path.suffix == ".py" else _in_template(path)
        for line, sentence in in_file:
            found[sentence].append(f"{path.relative_to(ROOT)}:{line}")
    return dict(found)


@cache
def english() -> dict[str, list[tuple[str, Message]]]:
    """Return, for each sentence, the files that translate it and how."""
    found: dict[str, list[tuple[str, Message]]] = defaultdict(list)
    for path in sorted((resource("locales") / "en").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="en"):
                if message.id:
                    key = message.id[0] if isinstance(message.id, tuple) else message.id
                    found[key].append((path.name, message))
    return dict(found)


def missing() -> dict[str, list[str]]:
    """Return the sentences with no English, with the places that use them."""
    done = {key for key, entries in english().items() if any(_is_done(message) for _, message in entries)}
    return {sentence: places for sentence, places in used().items() if sentence not in done}


def mismatched() -> list[str]:
    """Return what is translated in two ways, or with other placeholders than the Thai."""
    found = []
    for sentence, entries in english().items():
        texts = {str(message.string) for _, message in entries}
        if len(texts) > 1:
            found.append(f"{sentence!r} has {len(texts)} translations: {sorted(name for name, _ in entries)}")
        found += [
            f"{name}: {sentence!r} and {text!r} have different placeholders"
            for name, message in entries
            for text in filter(None, _strings(message))
            if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(sentence))
        ]
    return found


def unused() -> list[str]:
    return [f"{entries[0][0]}: {sentence!r}" for sentence, entries in english().items() if sentence not in used()]


def as_po(sentences: dict[str, list[str]]) -> str:
    """Write sentences as PO entries, to be pasted and filled in."""
    entries = []
    for sentence, places in sentences.items():
        escaped = sentence.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        entries.append(f'#: {" ".join(places[:3])}\nmsgid "{escaped}"\nmsgstr ""\n')
    return "\n".join(entries)


def _in_code(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            if name in FUNCTIONS and node.args:
                sentence = node.args[0]
                if isinstance(sentence, ast.JoinedStr):
                    raise ValueError(f"{path}:{node.lineno}: an f-string cannot be translated; use .format()")
                if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                    yield node.lineno, sentence.value


def _in_template(path: Path) -> Iterator[tuple[int, str]]:
    for line, function, message in environment().extract_translations(path.read_text()):  # type: ignore[attr-defined]
        if function in FUNCTIONS:
            sentence = message[0] if isinstance(message, tuple) else message
            if sentence:
                yield line, sentence


def _is_done(message: Message) -> bool:
    return all(_strings(message)) and not message.fuzzy


def _strings(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string or "",)


def main() -> int:
    without = missing()
    if without:
        print(as_po(without))
    print(f"{len(without)} of {len(used())} sentences have no English.", file=sys.stderr)
    for problem in mismatched():
        print(problem, file=sys.stderr)
    return 1 if without or mismatched() else 0


if __name__ == "__main__":
    sys.exit(main())
