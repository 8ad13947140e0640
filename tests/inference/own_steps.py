"""Steps of the user's own in a module that is installed, as far as the tests' processes are concerned."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.preprocessing import StandardScaler


class Shift(TransformerMixin, BaseEstimator):
    """Adds what it learned to every value."""

    factor = 1.0

    def __init__(self, parts=None):
        self.parts = parts

    def fit(self, rows, _labels=None):
        self.shift_ = float(np.mean(rows))
        return self

    def transform(self, rows):
        return np.asarray(rows) * self.factor + self.shift_

    def inverse_transform(self, rows):
        return (np.asarray(rows) - self.shift_) / self.factor


class Doubled(StandardScaler):
    """Extends a class of scikit-learn that needs no check."""

    def transform(self, rows):
        return super().transform(rows) * 2


class Forest(RandomForestClassifier):
    """Extends one whose trees are checked."""


class Remembering:
    """Rebuilds on loading what it leaves out of its pickle; no estimator."""

    def __init__(self, count):
        self.squares = {number: number**2 for number in range(count)}

    def __getstate__(self):
        return len(self.squares)

    def __setstate__(self, count):
        self.squares = {number: number**2 for number in range(count)}


class Slotted:
    """Has no dictionary of attributes."""

    __slots__ = ("x",)


class Table(dict):
    """Is a dictionary."""


class Trailing(ClassifierMixin, BaseEstimator):
    """Answers with one row too many."""

    def fit(self, _rows, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, rows):
        return np.zeros(len(rows) + 1, int)

    def decision_function(self, rows):
        return np.ones(len(rows) + 1)


class Total:
    """Adds up two columns by their names; no estimator of scikit-learn."""

    def fit(self, _rows, _labels=None):
        return self

    def transform(self, rows):
        return (rows["a"] + rows["b"]).to_numpy(dtype=float).reshape(-1, 1)


def scaled(rows, by=2):
    """A function of one array."""
    return np.asarray(rows) * by


def words(text):
    """A tokenizer."""
    return text.upper().split()


ALIAS = scaled
