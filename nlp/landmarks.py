"""A map that follows the shape of the data, so that plain k-means finds topics that are not round.

Spectral clustering on landmarks: texts are described by the few landmarks nearest to them instead of by each other, so
the cost grows with the number of texts and not with its square, and new texts can be placed on the same map.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import normalize
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from nlp.topics import squared_distances

__all__ = ["LandmarkMap"]

Floats = NDArray[np.floating[Any]]

_SAMPLE, _CHUNK = 20_000, 20_000


class LandmarkMap(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Place rows by their affinity to landmarks, along the directions in which the data hang together.

    Parameters
    ----------
    n_dimensions : int, default=20
    n_landmarks : int, default=300
        Never more than half the rows.
    n_nearest : int, default=5
        Landmarks a row is described by.
    random_state : int, RandomState or None, default=None

    Attributes
    ----------
    landmarks_ : ndarray of shape (n_landmarks, n_features)
    width_ : float
        Mean squared distance to a nearest landmark: what "near" means here.
    axes_ : ndarray of shape (n_landmarks, n_dimensions)

    References
    ----------
    Chen, Cai (2011), "Large scale spectral clustering with landmark-based representation", AAAI.
    """

    def __init__(
        self, n_dimensions: int = 20, *, n_landmarks: int = 300, n_nearest: int = 5, random_state: Any = None
    ) -> None:
        self.n_dimensions = n_dimensions
        self.n_landmarks = n_landmarks
        self.n_nearest = n_nearest
        self.random_state = random_state

    def fit(self, X: Any, y: None = None) -> Self:
        """Choose landmarks and learn the directions."""
        X = validate_data(self, X, dtype=[np.float64, np.float32], ensure_min_samples=2)
        rng = check_random_state(self.random_state)
        rows = np.arange(len(X)) if len(X) <= _SAMPLE else np.sort(rng.permutation(len(X))[:_SAMPLE])
        number = max(1, min(self.n_landmarks, len(rows) // 2))
        found = KMeans(number, init="random", n_init=1, max_iter=5, random_state=rng).fit(X[rows])
        self.landmarks_ = np.asarray(found.cluster_centers_, X.dtype)
        near = min(self.n_nearest, number)
        self.width_ = float(np.sort(squared_distances(X[rows], self.landmarks_), axis=1)[:, :near].mean())
        affinity = self._affinity(X[rows])
        mass = np.sqrt(affinity.sum(axis=0) + 1e-12)
        scaled = affinity / mass
        values, vectors = np.linalg.eigh(scaled.T @ scaled)
        # The first direction only tells dense places from thin ones.
        chosen = np.argsort(-values)[1 : self.n_dimensions + 1] if number > 1 else np.array([0])
        signs = np.sign(vectors[np.abs(vectors[:, chosen]).argmax(axis=0), chosen])
        self.axes_ = vectors[:, chosen] * signs / np.sqrt(np.maximum(values[chosen], 1e-9)) / mass[:, None]
        return self

    def transform(self, X: Any) -> Floats:
        """Where rows lie on the map, shape (n_rows, n_dimensions); rows have length 1."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float64, np.float32], reset=False)
        parts = [self._affinity(X[start : start + _CHUNK]) @ self.axes_ for start in range(0, len(X), _CHUNK)]
        return np.asarray(normalize(np.vstack(parts)), X.dtype)

    def _affinity(self, X: Floats) -> Floats:
        """Gaussian affinity to the nearest landmarks, summing to 1, shape (n_rows, n_landmarks)."""
        distances = squared_distances(X, self.landmarks_)
        near = min(self.n_nearest, distances.shape[1])
        limit = np.partition(distances, near - 1, axis=1)[:, near - 1 : near]
        nearest = distances.min(axis=1, keepdims=True)
        affinity = np.exp((nearest - distances) / (2 * max(self.width_, 1e-12))) * (distances <= limit)
        return np.asarray(affinity / affinity.sum(axis=1, keepdims=True), X.dtype)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Plain arrays for :meth:`from_arrays`."""
        return {
            "landmarks": self.landmarks_,
            "landmark_axes": self.axes_,
            "landmark_width": np.array([self.width_, self.n_nearest]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Rebuild a map; it places new rows as the first one did."""
        width, near = arrays["landmark_width"]
        map_ = cls(arrays["landmark_axes"].shape[1], n_landmarks=len(arrays["landmarks"]), n_nearest=int(near))
        map_.landmarks_, map_.axes_, map_.width_ = arrays["landmarks"], arrays["landmark_axes"], float(width)
        map_.n_features_in_ = map_.landmarks_.shape[1]
        return map_
