"""The transformers keep scikit-learn's contract and treat texts alike whatever their order."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.utils.estimator_checks import (
    check_estimator_cloneable,
    check_estimator_repr,
    check_no_attributes_set_in_init,
    check_parameters_default_constructible,
    parametrize_with_checks,
)

from nlp.embed import Vectors
from nlp.features import Centred, Embedded, Reduced, ThaiTfidf, blended

NEEDS = [
    "ถนนลูกรังเข้าหมู่ 5 พัง ขอราดยาง",
    "ถนนเป็นหลุมเป็นบ่อ รถอ้อยวิ่งหนัก",
    "น้ำประปาไม่พอ ต้องซื้อน้ำถัง",
    "ประปาขุ่นแดง มีกลิ่นสนิม",
    "ขอไฟส่องสว่างทางเข้าหมู่บ้าน",
    "ไฟทางดับทั้งซอย มืดมาก",
]


class LengthEmbedder:
    """Two numbers a text, quickly."""

    name = "length"
    dim = 2

    def embed(self, texts: Sequence[str]) -> Vectors:
        return np.array([[len(text), text.count("น้ำ")] for text in texts], dtype=np.float32).reshape(-1, 2)


@parametrize_with_checks([Centred(), Reduced(), Reduced(None), Reduced(2)])
def test_number_transformers_keep_the_estimator_contract(estimator, check) -> None:  # type: ignore[no-untyped-def] # scikit-learn's
    check(estimator)


@pytest.mark.parametrize(
    "estimator", [ThaiTfidf(), ThaiTfidf(pairs=True, n_jobs=2), Embedded(), Embedded(LengthEmbedder())]
)
@pytest.mark.parametrize(
    "check",
    [
        check_estimator_cloneable,
        check_estimator_repr,
        check_no_attributes_set_in_init,
        check_parameters_default_constructible,
    ],
)
def test_text_transformers_keep_what_of_the_contract_applies_to_texts(estimator, check) -> None:  # type: ignore[no-untyped-def] # scikit-learn's
    check(type(estimator).__name__, estimator)


def test_shared_words_bring_texts_together() -> None:
    weights = ThaiTfidf().fit_transform(NEEDS)
    likeness = (weights @ weights.T).toarray()
    assert likeness[0, 1] > likeness[0, 2]
    assert likeness[2, 3] > likeness[2, 4]


def test_names_of_places_numbers_and_asking_are_no_features() -> None:
    model = ThaiTfidf(min_df=1).fit(["ขอถนน 3 สาย ที่สระบุรี", "ถนนพังที่สระบุรี ขอด้วย"])
    assert list(model.get_feature_names_out()) == ["ถนน", "พัง"]


def test_new_texts_are_weighed_like_the_learned_ones() -> None:
    model = ThaiTfidf(pairs=True, min_df=1)
    learned = model.fit_transform(NEEDS)
    assert np.allclose(model.transform(NEEDS).toarray(), learned.toarray())


def test_pairs_stay_inside_their_text() -> None:
    model = ThaiTfidf(pairs=True, min_df=1, analyzer=str.split).fit(["a b", "c d"])
    assert list(model.get_feature_names_out()) == ["a", "a b", "b", "c", "c d", "d"]


def test_processes_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{need} {n}" for n in range(60) for need in NEEDS]
    alone = ThaiTfidf().fit_transform(texts)
    monkeypatch.setattr("nlp.tokenize.CHUNK", 100)
    assert (ThaiTfidf(n_jobs=2).fit_transform(texts) != alone).nnz == 0


@settings(max_examples=25)
@given(st.permutations(range(len(NEEDS))))
def test_order_of_texts_changes_no_row(order: list[int]) -> None:
    ordered = ThaiTfidf().fit_transform(NEEDS).toarray()
    shuffled = ThaiTfidf().fit_transform([NEEDS[place] for place in order]).toarray()
    assert np.allclose(shuffled, ordered[order])


@pytest.mark.parametrize("texts", [["ถนนพัง"], ["ถนนพัง"] * 5, [""], ["", "ขอ"], ["🙏"] * 3])
@pytest.mark.parametrize("embedder", [None, LengthEmbedder()])
def test_odd_inputs_have_features_too(texts: list[str], embedder: LengthEmbedder | None) -> None:
    features = blended(embedder).fit_transform(texts)
    assert features.shape[0] == len(texts)
    assert np.isfinite(features).all()


@pytest.mark.parametrize("bad", ["ถนนพัง", []])
def test_one_text_or_none_is_refused(bad: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="text"):
        ThaiTfidf().fit(bad)


def test_without_embedder_there_are_no_vector_columns() -> None:
    assert Embedded(None).transform(NEEDS).shape == (6, 0)


def test_centred_rows_have_unit_length_and_no_common_part() -> None:
    rows = Centred().fit_transform(np.array([[1.0, 0.0], [1.0, 1.0], [1.0, -1.0]]))
    assert rows.tolist() == [[0, 0], [0, 1], [0, -1]]


def test_copies_of_a_transformer_share_the_embedder() -> None:
    from nlp.embed import CachedEmbedder, MemoryStore

    cached = CachedEmbedder(LengthEmbedder(), MemoryStore())
    assert clone(Embedded(cached)).embedder is cached
