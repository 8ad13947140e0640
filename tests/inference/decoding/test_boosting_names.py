"""The names of boosting libraries are those of their estimators that predict new rows, and of what these hold."""

import importlib

import pytest

from iris_api.inference.decoding.boosting_names import BOOSTERS, CALLED_BACK, ONLY_CALLED_BACK


@pytest.mark.parametrize("module", {**BOOSTERS, **ONLY_CALLED_BACK})
def test_every_name_is_there(module):
    imported = importlib.import_module(module)
    names = (BOOSTERS | ONLY_CALLED_BACK)[module].split()
    assert all(getattr(imported, name).__module__ == module for name in names)


@pytest.mark.parametrize(("module", "name"), CALLED_BACK)
def test_what_is_left_out_is_called_back_in_training_alone(module, name):
    made = getattr(importlib.import_module(module), name)()
    assert all(hasattr(made, attribute) for attribute in CALLED_BACK[module, name])
