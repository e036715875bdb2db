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


def test_every_page_says_where_the_names_of_places_come_from(client: Any) -> None:
    assert "GeoThai/data" in client.read("/").all("footer")[0].text()


@pytest.mark.parametrize("number", ["0", "-1", "abc", "99999999999999999999999"])
def test_a_number_nothing_has_is_a_page_that_does_not_exist(client: Any, number: str) -> None:
    assert client.get(f"/topics/{number}").status_code == 404
    assert client.get(f"/plans/{number}/alignment").status_code == 404
