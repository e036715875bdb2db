"""Words of village life come out whole, and never empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.tokenize import compounds, content_words, search_words, words, words_all


def test_domain_words_are_put_together_again() -> None:
    assert words("ไหล่ทางทรุด ท่อระบายน้ำ") == ["ไหล่ทาง", "ทรุด", "ท่อระบายน้ำ"]


def test_an_index_is_cut_finely_so_that_a_part_finds_the_whole() -> None:
    assert search_words("ไหล่ทาง") == ["ไหล่", "ทาง"]
    assert search_words("น้ำประปา") == ["น้ำ", "ประปา"]
    assert words("น้ำประปา") == ["น้ำประปา"]


def test_content_words_leave_out_asking_numbers_and_particles() -> None:
    assert content_words("ขอถนน 10 สาย ที่สระบุรีครับ") == ["ถนน"]


def test_content_words_hold_a_compound_and_its_parts() -> None:
    assert content_words("ขอประปาหมู่บ้าน") == ["ประปาหมู่บ้าน", "ประปา"]


def test_english_is_lower_case_and_emoji_are_no_words() -> None:
    assert words("ขอ CCTV 🙏") == ["ขอ", "cctv"]


def test_dictionary_has_no_single_letters() -> None:
    assert min(map(len, compounds())) > 1


@given(st.text(max_size=80))
def test_any_text_can_be_cut_and_no_word_is_empty(text: str) -> None:
    assert all(words(text))


def test_many_texts_are_cut_like_each_whatever_the_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["ถนนพัง", "", "ขอไฟส่องสว่าง", "น้ำประปาขุ่น"] * 3
    each = [words(text) for text in texts]
    assert words_all(texts) == each
    monkeypatch.setattr("nlp.tokenize.CHUNK", 4)
    assert words_all(texts, n_jobs=2) == each
    assert words_all([]) == []
