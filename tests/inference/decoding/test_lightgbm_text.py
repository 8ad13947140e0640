"""The text of a LightGBM model: genuine ones pass; sizes, nodes, features and categories that do not fit are refused."""

import re

import numpy as np
import pytest

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.lightgbm_text import checked_text
from tests.inference.families.models import case, estimator, frame, plain_case, target


def text_of(model):
    return model.booster_.model_to_string()


TEXT = text_of(case("lightgbm", "multiclass").model)
TREES = 36


def test_genuine_text_passes_without_what_follows_its_trees():
    checked, features, outputs = checked_text(TEXT)
    assert (features, outputs) == (5, 3)
    assert checked == TEXT[: TEXT.index("\nfeature_importances")]
    assert "cat_threshold" in checked


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_other_tasks_pass(kind):
    assert checked_text(text_of(plain_case("lightgbm", kind).model))[1:] == (3, 1)


@pytest.mark.parametrize(
    "parameters",
    [
        {"boosting_type": "dart"},
        {"boosting_type": "rf", "subsample": 0.5, "subsample_freq": 1},
        {"data_sample_strategy": "goss"},
        {"min_child_samples": 1000},
        *({"objective": objective} for objective in ("quantile", "poisson", "gamma", "tweedie", "huber", "fair", "mape", "regression_l1")),
    ],
    ids=str,
)
def test_models_fitted_otherwise_pass(parameters):
    table = frame("lightgbm")
    model = estimator("lightgbm", "regression", **parameters).fit(table, abs(target("lightgbm", "regression", table)) + 1)
    assert checked_text(text_of(model))[1:] == (5, 1)


def header(name, value):
    return lambda text: re.sub(rf"(?m)^{name}=.*$", f"{name}={value}", text, count=1)


def resized(text):
    """With the sizes that the trees have now."""
    rest = text.partition("\n\n")[2]
    trees = re.findall(r" ?Tree=.*?\n\n\n", rest, re.DOTALL)
    return header("tree_sizes", " ".join(str(len(tree.encode())) for tree in trees))(text)


def line(name, change):
    """Changes one line of the first tree with categories, and the sizes with it."""

    def changed(text):
        head, begin, rest = text.partition("num_cat=1\n")
        return resized(head + begin + re.sub(rf"(?m)^{name}=(.*)$", lambda found: f"{name}={change(found[1])}", rest, count=1))

    return changed


def last(value):
    return lambda numbers: " ".join([*numbers.split(" ")[:-1], value])


def first(value):
    return lambda numbers: " ".join([value, *numbers.split(" ")[1:]])


def shorter(numbers):
    return numbers.rpartition(" ")[0]


FORGED = {
    "no header": (lambda text: text.removeprefix("tree\n"), "another header"),
    "another version": (header("version", "v3"), "another header"),
    "a line twice": (lambda text: text.replace("num_class=3\n", "num_class=3\nnum_class=3\n"), "another header"),
    "an unknown line": (lambda text: text.replace("num_class=3\n", "num_class=3\nparser_config_str=1\n"), "another header"),
    "a line with two values": (header("label_index", "0=1"), "a line with two values"),
    "more features": (header("max_feature_idx", "9"), "another number of features than it names"),
    "no features": (header("max_feature_idx", "-1"), "another number of features than it names"),
    "features that are no number": (header("max_feature_idx", "4294967297"), "no whole number"),
    "fewer classes than trees a round": (header("num_class", "1"), "another number of trees a round than classes"),
    "no outputs": (lambda text: header("num_class", "0")(header("num_tree_per_iteration", "0")(text)), "another number of trees a round"),
    "an objective of more classes": (header("objective", "multiclass num_class:4"), "number of classes than its objective"),
    "an objective of one class": (header("objective", "regression"), "number of classes than its objective"),
    "an unknown objective": (header("objective", "custom"), "an objective that is not served"),
    "an odd option of an objective": (header("objective", "multiclass num_class:3 x"), "an objective that is not served"),
    "a tree that is larger": (lambda text: re.sub(r"tree_sizes=\d+", "tree_sizes=99999999", text), "another length than it says"),
    "a tree that begins elsewhere": (lambda text: re.sub(r"tree_sizes=\d+", "tree_sizes=5", text), "another length than it says"),
    "a tree of no size": (lambda text: re.sub(r"tree_sizes=\d+", "tree_sizes=0", text), "another length than it says"),
    "a negative size": (lambda text: re.sub(r"tree_sizes=\d+", "tree_sizes=-1", text), "another length than it says"),
    "one tree more than sizes": (lambda text: re.sub(r"tree_sizes=(.*) \d+", r"tree_sizes=\1", text), "another number of trees"),
    "an end": (lambda text: text + "\0", "a character that no model has"),
    "a return": (lambda text: text.replace("\n", "\r\n", 1), "a character that no model has"),
    "a tree of another number": (lambda text: text.replace("Tree=1\n", "Tree=2\n"), "another length than it says"),
    "a left child outside": (line("left_child", last("99")), "child is outside the tree or not after it"),
    "a right child outside": (line("right_child", last("99")), "child is outside the tree or not after it"),
    "a leaf outside": (line("right_child", last("-99")), "child is outside the tree or not after it"),
    "a circle": (line("left_child", last("0")), "child is outside the tree or not after it"),
    "a child that is no number": (line("left_child", last("x")), "another number of leaves"),
    "a child of too many digits": (line("left_child", last("99999999999999999999")), "no whole number"),
    "a child less": (line("left_child", shorter), "another number of leaves"),
    "a leaf less": (line("leaf_value", shorter), "another number of leaves"),
    "a threshold less": (line("threshold", shorter), "another number of leaves"),
    "more leaves": (lambda text: resized(re.sub(r"num_leaves=\d+", "num_leaves=200", text)), "another number of leaves"),
    "a gain that is no number": (line("split_gain", last("y981e-10")), "another number of leaves"),
    "a value with a letter": (line("leaf_value", last("0.1x")), "another number of leaves"),
    "a value with two points": (line("leaf_value", last("0.1.2")), "another number of leaves"),
    "a count that is no whole number": (line("leaf_count", last("1.5")), "no whole number"),
    "a shrinkage that is no number": (line("shrinkage", lambda _: "1e"), "without a shrinkage"),
    "a word of more than 32 bits": (line("cat_threshold", first("4294967296")), "categories outside their bits"),
    "a label that is no number": (header("label_index", "x"), "no whole number"),
    "no leaves": (lambda text: resized(re.sub(r"num_leaves=\d+", "num_leaves=0", text)), "other lines"),
    "a feature outside": (line("split_feature", first("5")), "a feature that it does not have"),
    "a negative feature": (line("split_feature", first("-1")), "a feature that it does not have"),
    "an unknown type of split": (line("decision_type", first("16")), "a split of an unknown type"),
    "categories that it does not have": (line("decision_type", lambda types: re.sub(r"\d+", "1", types)), "no whole number"),
    "bits outside": (line("cat_boundaries", last("9999")), "categories outside their bits"),
    "bits that begin later": (line("cat_boundaries", first("1")), "categories outside their bits"),
    "no bits": (line("cat_threshold", lambda _: ""), "categories outside their bits"),
    "no categories": (lambda text: resized(text.replace("num_cat=1\n", "num_cat=0\n")), "other lines"),
    "linear leaves": (lambda text: resized(text.replace("is_linear=0", "is_linear=1", 1)), "linear models in its leaves"),
    "another line of a tree": (lambda text: resized(text.replace("is_linear=0", "is_linear=0\nleaf_const=1", 1)), "other lines"),
    "a line of a tree twice": (lambda text: resized(text.replace("is_linear=0", "is_linear=0\nis_linear=0", 1)), "another length"),
    "nothing": (lambda _: "", "another header"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "reason"), FORGED.values(), ids=FORGED)
def test_forged_text_is_refused(change, reason):
    forged = change(TEXT)
    assert forged != TEXT
    with pytest.raises(Refused, match=reason):
        checked_text(forged)


def test_what_the_forgeries_begin_with_is_taken():
    assert checked_text(resized(TEXT))[0] == checked_text(TEXT)[0]


def test_any_cut_is_refused():
    end = TEXT.index("end of trees\n") + len("end of trees")
    for cut in np.linspace(0, end, 40).astype(int):
        with pytest.raises(Refused):
            checked_text(TEXT[:cut])
