"""Column transformers: columns are numbers or names, and names of the output are made of names alone."""

import copy

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from iris_api.inference.decoding.column_transformers import CHECKS
from iris_api.inference.decoding.decode_errors import Refused
from tests.inference.decoding.zoo import NUMBERS

(CHECK,) = CHECKS.values()
PART = ("scaled", StandardScaler(), [0, 1])
MODEL = ColumnTransformer([PART], remainder=MinMaxScaler()).fit(NUMBERS)
COLUMNS = [0, [0, -1], ["a", "b"], "a", slice("a", "c"), slice(1, None), np.array([1, 2]), np.array([True, False]), [True, False], []]


@pytest.mark.parametrize("columns", [*COLUMNS, np.array(["a", "b"], object), np.array(["a"]), [np.int64(1), np.str_("a")]], ids=repr)
def test_columns_are_numbers_or_names(columns):
    model = copy.copy(MODEL)
    model.transformers_ = [("scaled", StandardScaler(), columns)]
    CHECK(model)


@pytest.mark.parametrize("names", [True, False, "{feature_name}", "{transformer_name}->{feature_name}", "{{{feature_name}}}", "plain"])
def test_names_of_the_output_are_patterns_of_names(names):
    CHECK(ColumnTransformer([PART], verbose_feature_names_out=names))


FORGED = {
    "an odd column": {"transformers_": [("scaled", StandardScaler(), [1.5])]},
    "a column of a list": {"transformers_": [("scaled", StandardScaler(), [[0]])]},
    "a column that is an estimator": {"transformers_": [("scaled", StandardScaler(), StandardScaler())]},
    "columns of two dimensions": {"transformers_": [("scaled", StandardScaler(), np.zeros((2, 2), int))]},
    "columns of objects": {"transformers_": [("scaled", StandardScaler(), np.array([None]))]},
    "a part of two": {"transformers_": [("scaled", StandardScaler())]},
    "a name that is none": {"transformers_": [(1, StandardScaler(), [0])]},
    "no list of parts": {"transformers_": {"scaled": StandardScaler()}},
    "an odd output": {"sparse_output_": 1},
    "no output": {"sparse_output_": None},
    "names by an attribute": {"verbose_feature_names_out": "{feature_name.__class__}"},
    "names by an item": {"verbose_feature_names_out": "{feature_name[0]}"},
    "names of a great width": {"verbose_feature_names_out": "{feature_name:>999999999}"},
    "names of another width": {"verbose_feature_names_out": "{feature_name:{transformer_name}}"},
    "names by a conversion": {"verbose_feature_names_out": "{feature_name!r}"},
    "names by position": {"verbose_feature_names_out": "{}"},
    "names of a broken pattern": {"verbose_feature_names_out": "{feature_name"},
    "names by a function": {"verbose_feature_names_out": np.sqrt},
}


@pytest.mark.parametrize("change", FORGED.values(), ids=FORGED)
def test_a_forged_one_is_refused(change):
    model = copy.copy(MODEL)
    vars(model).update(change)
    with pytest.raises(Refused, match="a ColumnTransformer"):
        CHECK(model)
