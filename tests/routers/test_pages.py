"""The pages every footer leads to. The client checks each page's links, labels and headings by itself."""

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/help", "วิธีใช้"),
        ("/privacy", "เราดูแลข้อมูลของคุณอย่างไร"),
        ("/accessibility", "การเข้าถึงสำหรับทุกคน"),
    ],
)
def test_the_public_reads_a_page_of_the_footer(client: Any, path: str, heading: str) -> None:
    page = client.get(path)
    assert page.status_code == 200
    assert f"<title>{heading} ·" in page.text
