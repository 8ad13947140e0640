"""Finished objects are checked by the module that knows their class, each with its own parts."""

import importlib

import pytest

from iris_api.inference.decoding import checks
from iris_api.inference.decoding.checks import check_structure
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.names import ALLOWED, import_name

TABLES = {module: importlib.import_module(f"iris_api.inference.decoding.{module}").CHECKS for module in set(checks._CHECKED_IN.values())}


def test_every_check_is_found_and_no_name_is_idle():
    for module, table in TABLES.items():
        assert table, module
        for name in table:
            assert name in ALLOWED
            assert checks._check(name) is table[name]


FITTED = {"tree_", "estimators_", "nodes", "_predictors", "_fit_X", "support_vectors_", "categories_"}
FITTED |= {"_bisecting_tree", "chain_method_", "cluster_centers_", "constant_", "covariance_", "n_targets", "subcluster_centers_"}
FITTED |= {"_Booster", "stack_method_", "response_method", "max_iter", "classes_"}
FITTED |= {"func", "transformers_", "vocabulary_", "bsplines_", "_n_out_full", "exp_dirichlet_component_", "transform_max_iter", "degree"}
FITTED |= {"_fit_dtype", "nbrs_", "imputation_sequence_", "pooling_func"}


@pytest.mark.parametrize("name", sorted(name for table in TABLES.values() for name in table))
def test_an_instance_with_nothing_but_odd_attributes_is_refused(name):
    instance = object.__new__(import_name(name))
    vars(instance).update(dict.fromkeys(FITTED, "odd"))
    with pytest.raises(Refused):
        check_structure(name, instance)


def test_a_class_without_compiled_code_needs_no_check():
    check_structure(("sklearn.naive_bayes", "GaussianNB"), object())
