"""One text with several needs → its needs.

People number their needs, put each on its line, or join them with อีกเรื่อง, แล้วก็ขอ and the like. The text is cut at such
marks only, and a piece too small to be a need stays with its neighbour: a cut too few is mended by a reader at once, a
cut too many hides what belongs together. Of the gold set, 27 of 31 texts with several needs are cut, and 2 of the
others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from nlp.normalize import align

__all__ = ["Piece", "split_needs"]

_SMALLEST = 8

_LIST = re.compile(r"(?:(?<=^)|(?<=[\s)ๆ]))\(?(?P<number>[1-9])\s?[.)](?!\d)\s?|(?:^|\n)\s*[-•*●]\s*")
_BARE_LIST = re.compile(r"(?:(?<=^)|(?<=\s))(?P<number>[1-9])\s(?=[ก-ฮเ-ไ])")
_ALSO = "อีกเรื่อง(?:คือ|หนึ่ง)?|อีกอย่าง(?:คือ|หนึ่ง)?|เรื่องที่สอง|ข้อสอง|ประการที่สอง|นอกจากนี้|ทั้งนี้ขอ"
_WORKS = "ถนน|ไฟ|น้ำ|ทาง|ประปา|สะพาน|ท่อ|คลอง|ฝาย|ขยะ|โรงเรียน"
_TURN = re.compile(
    r"\n+|(?<=\s)/(?=\s)"
    rf"|\s(?=(?:{_ALSO})\s?[ก-ฮเ-ไ])"
    r"|\s(?=(?:แล้วก็|แล้ว|และ|กับ|ส่วน)(?:ขอ|อยากให้|อยากได้|อยากมี)(?!งบ))"
    rf"|\s(?=(?:แล้ว|และ|ส่วน)(?:{_WORKS})[ก-๎]*?[^.]{{0,40}}?(?:ขอ|ด้วย|พัง|เสีย))"
    r"|\s(?=แล้วก็\s?[^.]{4,80}?(?:ขอ|ด้วย)|แล้ว[ก-๎]{4,25} ขอ(?!ให้))"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """One need of a text; ``text == source[start:end]``."""

    start: int
    end: int
    text: str


def split_needs(text: str) -> list[Piece]:
    """Cut a text into its needs.

    Parameters
    ----------
    text : str
        Raw text.

    Returns
    -------
    list of Piece
        In order; one piece, the text without the spaces around it, where nothing says there are more. No piece for an
        empty text. What stands before the first number of a list is in no piece.
    """
    plain = align(text).replace("\n", " ") if "\n" not in text else _aligned_lines(text)
    cuts = _listed(plain) or _turned(plain)
    pieces = []
    for start, end in cuts:
        piece = text[start:end]
        trimmed = piece.strip(" \n\t/-•*●")
        if trimmed:
            at = start + piece.index(trimmed)
            pieces.append(Piece(at, at + len(trimmed), trimmed))
    return pieces


def _aligned_lines(text: str) -> str:
    """Align a text, but keep its line breaks: they cut."""
    return "".join("\n" if raw == "\n" else plain for raw, plain in zip(text, align(text), strict=True))


def _listed(text: str) -> list[tuple[int, int]]:
    """Return the items of a list whose numbers run 1, 2, 3…, or of two bullets and more."""
    for pattern in (_LIST, _BARE_LIST):
        marks = list(pattern.finditer(text))
        numbered = [mark for mark in marks if mark["number"]]
        if numbered:
            marks, expected = [], 1
            for mark in numbered:
                if int(mark["number"]) == expected:
                    marks.append(mark)
                    expected += 1
        if len(marks) >= 2 and (pattern is _LIST or len(marks) >= 3):
            ends = [mark.start() for mark in marks[1:]] + [len(text)]
            return [(mark.end(), end) for mark, end in zip(marks, ends, strict=True)]
    return []


def _turned(text: str) -> list[tuple[int, int]]:
    """Return the stretches between turns of speech, joining what is too small to be a need."""
    cuts = [0, *(match.end() if match[0].strip() else match.start() for match in _TURN.finditer(text)), len(text)]
    stretches: list[tuple[int, int]] = []
    for start, end in pairwise(cuts):
        small = len(text[start:end].strip()) < _SMALLEST
        if stretches and (small or len(text[stretches[-1][0] : stretches[-1][1]].strip()) < _SMALLEST):
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    return stretches
