"""Thai first, English second: no sentence is left without its English."""

import re

import pytest

from app.i18n import mark_thai
from tests.support import messages


def test_every_sentence_has_its_english() -> None:
    missing = messages.missing()
    assert not missing, f"{len(missing)} sentences have no English:\n\n{messages.as_po(missing)}"


def test_translation_keeps_the_placeholders_and_says_one_thing() -> None:
    assert messages.mismatched() == []


def test_translation_of_a_sentence_nobody_says_is_dropped() -> None:
    assert messages.unused() == []


def test_thai_has_one_word_for_the_reader() -> None:
    """คุณ, everywhere: a villager and a governor are spoken to alike."""
    assert [sentence for sentence in messages.used() if re.search("(?<!เ)ท่าน(?!ั)", sentence)] == []


@pytest.mark.parametrize(
    ("english", "marked"),
    [
        ("<p>Hello</p>", "<p>Hello</p>"),
        ("<p>Hello สมศรี ทองดี, you</p>", '<p>Hello <bdi lang="th">สมศรี ทองดี</bdi>, you</p>'),
        ('<a title="ก">x</a>', '<a title="ก">x</a>'),
        ("<p>ก &lt; ข</p>", '<p><bdi lang="th">ก</bdi> &lt; <bdi lang="th">ข</bdi></p>'),
        ("<title>ก</title><p>a</p>", "<title>ก</title><p>a</p>"),
        ('<option value="1">ก</option><option>a</option>', '<option lang="th" value="1">ก</option><option>a</option>'),
        ("<textarea>ก\nข</textarea>", '<textarea lang="th">ก\nข</textarea>'),
        ("<svg><text>ก</text></svg>", '<svg lang="th"><text>ก</text></svg>'),
    ],
)
def test_thai_on_an_english_page_says_that_it_is_thai(english: str, marked: str) -> None:
    assert mark_thai(english) == marked
