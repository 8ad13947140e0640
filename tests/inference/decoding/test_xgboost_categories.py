"""Categories that an XGBoost model saw: genuine ones pass, those outside their text or their order are refused."""

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.decoder import decode
from iris_api.inference.decoding.xgboost_categories import check_categories
from tests.inference.decoding.xgboost_forgeries import forged, genuine, learner_of, parts_of

CITIES, GRADES = 2, 4


def cats_of(learner):
    return learner["gradient_booster"]["model"]["cats"]


def test_genuine_categories_of_texts_and_of_numbers_pass():
    cats = cats_of(learner_of(parts_of(genuine())))
    assert cats["enc"][CITIES]["values"].tobytes().startswith(b"BernLinzUlmWien")
    assert cats["enc"][GRADES]["values"].tolist() == [3, 5, 8]
    check_categories(cats, 5)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "int32", "int64"])
def test_categories_may_be_integers_of_any_size(dtype):
    import pandas as pd
    import xgboost

    values = np.arange(40) % 3
    table = pd.DataFrame({"code": pd.Categorical.from_codes(values, pd.Index(np.arange(3, dtype=dtype)))})
    model = xgboost.XGBRegressor(n_estimators=2, enable_categorical=True).fit(table, values)
    cats = cats_of(learner_of(parts_of(model)))
    assert cats["enc"][0]["values"].dtype == dtype
    check_categories(cats, 1)


def setting(name, index, value):
    return lambda cats: cats[name].__setitem__(index, value)


def of_city(**members):
    return lambda cats: cats["enc"][CITIES].update(members)


FORGED = {
    "a category outside its text": (of_city(offsets=np.array([0, 4, 8, 11, 15, 999], "i4")), "outside its text"),
    "a category that ends before it begins": (of_city(offsets=np.array([0, 40, 8, 11, 15, 22], "i4")), "outside its text"),
    "a category that begins before its text": (of_city(offsets=np.array([-4, 4, 8, 11, 15, 22], "i4")), "outside its text"),
    "an order that leads outside": (setting("sorted_idx", 0, 99), "an order that leaves one out"),
    "a negative place": (setting("sorted_idx", 0, -1), "an order that leaves one out"),
    "a place twice": (setting("sorted_idx", slice(0, 2), 1), "an order that leaves one out"),
    "a feature that ends elsewhere": (setting("feature_segments", -1, 99), "another number of features"),
    "a feature less": (lambda cats: cats["enc"].pop(0), "another number of features"),
    "numbers of another type": (lambda cats: cats["enc"][GRADES].update(type=9), "another type than it says"),
    "numbers of no type": (lambda cats: cats["enc"][GRADES].update(type=12), "another type than it says"),
    "fractions": (lambda cats: cats["enc"][GRADES].update(values=np.zeros(3, "f4")), "no row of numbers"),
    "another member": (lambda cats: cats.update(more=1), "other members"),
    "another member of a feature": (of_city(more=1), "other members"),
    "no list": (lambda cats: cats.update(enc="text"), "no list of categories"),
}


@pytest.mark.parametrize(("change", "reason"), FORGED.values(), ids=FORGED)
def test_forged_categories_are_refused(change, reason):
    with pytest.raises(Refused, match=reason):
        decode(forged(genuine(), lambda learner: change(cats_of(learner))))
