"""What is printed: typst sets Thai right, breaks it at words, and makes a page in milliseconds.

A document is a template beside the pages' own, ``templates/<stem>/<name>.typ``, and the words given to it.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import segno

from app.config import resource


def qr_code(text: str) -> str:
    """Draw a QR code as SVG for a printed page."""
    drawn = BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue().decode()


def pdf(template: str, words: Mapping[str, Any]) -> bytes:
    """Set a document, tagged for readers that speak it."""
    import typst  # 40 MB that nothing but a printed page needs

    return typst.compile(
        str(resource("templates") / template),
        root=str(resource("templates")),
        font_paths=[str(resource("static") / "vendor")],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"words": json.dumps(words, ensure_ascii=False)},
    )
