"""A model in service with the readers of its rows, under the rules that the operator set."""

import json

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from iris_api.errors import ConfigurationError
from iris_api.inference.predictor import Predictor
from iris_api.inference.scorers import EstimatorScorer
from iris_api.settings import Settings
from iris_api.wire.json_rows import JsonRows
from iris_api.wire.served import RowRules
from tests.inference.bundles import classifier_signature, manifest_of

ROWS = np.arange(8.0).reshape(4, 2)
TREE = DecisionTreeClassifier().fit(ROWS, [0, 1, 0, 1])
PREDICTOR = Predictor(manifest_of(TREE, ROWS[:2]), EstimatorScorer(TREE, classifier_signature(TREE)), 0.0)
NAMES = PREDICTOR.signature.names


@pytest.mark.parametrize(("allowed", "expected"), [((1, 10**6), None), ((5000, 10**6), 5000), ((1, 70), 70), ((300, 300), 300)])
def test_the_longest_row_is_what_the_inputs_need_between_what_is_allowed(allowed, expected):
    served = RowRules(row_bytes_allowed=allowed).serve(PREDICTOR)
    assert served.max_row_bytes == (expected or served.rows.row_bytes)
    assert 2048 < served.rows.row_bytes < 4096


@pytest.mark.parametrize(("allowed", "setting"), [((9, 9), "IRIS_MAX_ROW_BYTES"), ((1, 9), "IRIS_MAX_BATCH_BYTES")])
def test_a_bundle_whose_own_rows_are_too_long_is_refused_with_the_setting(allowed, setting):
    with pytest.raises(ConfigurationError) as caught:
        RowRules(row_bytes_allowed=allowed).serve(PREDICTOR)
    longest = max(len(json.dumps(dict(zip(NAMES, row, strict=True)), separators=(",", ":"))) for row in PREDICTOR.manifest.golden.rows)
    needed = JsonRows(PREDICTOR.signature).row_bytes
    name = PREDICTOR.manifest.name
    assert str(caught.value) == (f"{setting} allows rows of 9 bytes, and a row of {name} has {longest}; unset it, or set at least {needed}")


def test_an_input_may_not_be_called_as_the_key():
    name = NAMES[0]
    with pytest.raises(ConfigurationError, match=f"IRIS_ROW_KEY is '{name}'"):
        RowRules(row_key=name).serve(PREDICTOR)
    assert RowRules(row_key="id").serve(PREDICTOR).rows.row_key == "id"


def test_the_rules_are_those_of_the_settings():
    assert RowRules.of(Settings(row_key="id", max_row_bytes=70_000)) == RowRules("id", (70_000, 70_000))
