"""Thai first, English second: no sentence is left without its English."""

import re

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
