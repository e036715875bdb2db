"""Places are found as one types, in Thai or English: choices for the page, JSON for a program."""

from tests.support import pages
from tests.support.cast import CHAIYO, CLUSTER, OTHER_CLUSTER
from tests.support.client import PageClient


def codes(client: PageClient, words: str, within: str = "") -> list[str]:
    found = client.get("/areas/search", params={"q": words, "within": within})
    assert found.status_code == 200
    return [area["code"] for area in found.json()]


def test_a_place_is_found_by_its_thai_or_english_name(client: PageClient) -> None:
    assert codes(client, "อำเภอไชโย")[0] == CHAIYO
    assert codes(client, "chaiyo ang thong")[0] == CHAIYO


def test_only_places_within_an_area_or_a_cluster_are_offered(client: PageClient) -> None:
    assert CHAIYO in codes(client, "ไชโย", CLUSTER)
    assert codes(client, "ไชโย", OTHER_CLUSTER) == []
    assert {code[:4] for code in codes(client, "ไชโย", CHAIYO)} == {CHAIYO}


def test_nothing_typed_finds_nothing(client: PageClient) -> None:
    assert codes(client, "  ") == []


def test_the_picker_is_given_choices_to_press(client: PageClient) -> None:
    asked = {"area_code_query": "อ.ไชโย", "within": CLUSTER}
    answer = client.get("/areas/search", params=asked, headers={"hx-request": "true"})
    choices = pages.Document(answer.text).all("input")
    assert choices[0].attributes == {"type": "radio", "name": "area_code", "value": CHAIYO}


def test_the_picker_says_when_no_place_has_the_name(client: PageClient) -> None:
    answer = client.get("/areas/search?area_code_query=qqq", headers={"hx-request": "true"})
    assert pages.Document(answer.text).text() == "ไม่พบชื่อนี้ ลองพิมพ์เฉพาะชื่อตำบลหรืออำเภอ"
