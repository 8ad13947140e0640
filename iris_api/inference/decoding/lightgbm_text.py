"""The text of a LightGBM model, checked line by line before LightGBM reads it.

LightGBM finds its trees by ``tree_sizes``, walks from node 0 along ``left_child`` and ``right_child`` (numbers of nodes, or from -1
down those of leaves), reads the feature ``split_feature`` of a row, and at a split on categories the bits between two
``cat_boundaries``. It compares none of these numbers with anything, and a number that is none ends the process, as it reads trees in
threads.
"""

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_api.inference.decoding.decode_errors import Refused

MAX_OUTPUTS = 10_000
_WHAT = "a model of LightGBM"
_HEADER = frozenset(
    {"feature_infos", "feature_names", "label_index", "max_feature_idx", "num_class", "num_tree_per_iteration", "objective", "tree_sizes"}
)
_PER_SPLIT = (
    "decision_type", "internal_count", "internal_value", "internal_weight", "left_child", "right_child", "split_feature", "split_gain",
    "threshold",
)  # fmt: skip
_PER_LEAF = ("leaf_count", "leaf_value", "leaf_weight")
_OF_LEAF = frozenset({"num_leaves", "num_cat", "leaf_value", "is_linear", "shrinkage"})
_OF_CATEGORIES = frozenset({"cat_boundaries", "cat_threshold"})
_OF_TREE = frozenset({*_PER_SPLIT, *_PER_LEAF}) | _OF_LEAF
_CLASSES = ("multiclass", "multiclassova")
_OBJECTIVES = frozenset(
    {
        *("binary", "cross_entropy", "cross_entropy_lambda", "fair", "gamma", "huber", "mape", "poisson", "quantile", "regression"),
        *("regression_l1", "tweedie", *_CLASSES),
    }
)
_NUMBER = r"-?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?(?:e[-+]?[0-9]{1,3})?|inf|nan)"
_OPTION = re.compile(rf"sqrt|[a-z_]{{1,30}}:{_NUMBER}")
_WHOLE = re.compile(r"-?[0-9]{1,9}(?: -?[0-9]{1,9})*")
_NUMBERS = re.compile(rf"{_NUMBER}(?: {_NUMBER})*")
_WORDS = re.compile(r"[0-9]{1,10}(?: [0-9]{1,10})*")
_LARGEST_WORD = 2**32 - 1
_CATEGORICAL, _LARGEST_DECISION = 1, 11


def checked_text(text: str) -> tuple[str, int, int]:
    """The part of ``text`` that is the model itself, its number of features and that of its answers for a row.

    Importances and parameters, which follow, are left out: they change no answer.

    Raises
    ------
    Refused
        If the model is not as LightGBM writes it, or one of its trees leads outside itself or its row.
    """
    if "\0" in text or "\r" in text:
        raise Refused(f"{_WHAT} has a character that no model has")
    head, blank, rest = text.partition("\n\n")
    header = _header(head.split("\n"))
    features, outputs = _sizes(header)
    sizes = _whole(header["tree_sizes"], "tree_sizes")
    _one(header["label_index"], "label_index")
    _check_objective(header["objective"], outputs)
    content, end = rest.encode(), 0
    for number, size in enumerate(sizes):
        begin, end = end, end + size
        if size < 1 or end > len(content):
            raise Refused(f"{_WHAT} has a tree of another length than it says")
        _check_tree(content[begin:end].decode(errors="replace"), number, features)
    if not blank or not content[end:].startswith(b"end of trees\n") or len(sizes) % outputs:
        raise Refused(f"{_WHAT} has another number of trees than it says")
    return f"{head}\n\n{content[:end].decode()}end of trees\n", features, outputs


def _header(lines: list[str]) -> dict[str, str]:
    first, version, *rest = [*lines, "", ""]
    pairs = [line.partition("=") for line in rest if line and line != "average_output"]
    header = {name: value for name, _, value in pairs}
    if first != "tree" or version != "version=v4" or len(header) != len(pairs) or header.keys() != _HEADER:
        raise Refused(f"{_WHAT} has another header than this version reads")
    if any("=" in value for name, value in header.items() if name != "feature_names"):
        raise Refused(f"{_WHAT} has a line with two values")
    return header


def _sizes(header: dict[str, str]) -> tuple[int, int]:
    """The numbers of features and of outputs."""
    features, outputs, classes = (_one(header[name], name) for name in ("max_feature_idx", "num_tree_per_iteration", "num_class"))
    features += 1
    if features < 1 or len(header["feature_infos"].split(" ")) != features or len(header["feature_names"].split(" ")) != features:
        raise Refused(f"{_WHAT} has another number of features than it names")
    if not 1 <= outputs <= MAX_OUTPUTS or classes != outputs:
        raise Refused(f"{_WHAT} has another number of trees a round than classes")
    return features, outputs


def _check_objective(objective: str, outputs: int) -> None:
    name, *options = objective.split(" ")
    if name not in _OBJECTIVES or not all(map(_OPTION.fullmatch, options)):
        raise Refused(f"{_WHAT} was fitted for an objective that is not served")
    # the transformation of answers takes as many numbers as this says
    classes = [option for option in options if option.startswith("num_class:")]
    if classes != ([f"num_class:{outputs}"] if name in _CLASSES else []) or (name not in _CLASSES and outputs != 1):
        raise Refused(f"{_WHAT} has another number of classes than its objective")


def _check_tree(text: str, number: int, features: int) -> None:
    lines = text.rstrip("\n").split("\n")
    pairs = [line.partition("=") for line in lines[1:]]
    tree = {name: value for name, _, value in pairs}
    # LightGBM writes a space before the first tree of some models
    if lines[0].strip(" ") != f"Tree={number}" or not text.endswith("\n\n\n") or len(tree) != len(pairs):
        raise Refused(f"{_WHAT} has a tree of another length than it says")
    if tree.get("is_linear") != "0":
        raise Refused(f"{_WHAT} has linear models in its leaves, which are not served")
    leaves, categories = _one(tree.get("num_leaves", ""), "num_leaves"), _one(tree.get("num_cat", ""), "num_cat")
    known = _OF_TREE | (_OF_CATEGORIES if categories else frozenset())
    if leaves < 1 or categories < 0 or not _OF_LEAF.issubset(tree) or not known.issuperset(tree):
        raise Refused(f"{_WHAT} has a tree with other lines than this version reads")
    if _count(tree["shrinkage"]) != 1:
        raise Refused(f"{_WHAT} has a tree without a shrinkage")
    _check_counts(tree, leaves)
    if leaves > 1:
        _check_splits(tree, features, leaves)
        _check_categories(tree, categories)


def _check_counts(tree: dict[str, str], leaves: int) -> None:
    """Refuse lines that have not one number for each split, or for each leaf."""
    # a tree of one leaf needs no more than that leaf's value
    optional = set() if leaves > 1 else {*_PER_SPLIT, *_PER_LEAF} - {"leaf_value"}
    for names, count in ((_PER_SPLIT, leaves - 1), (_PER_LEAF, leaves)):
        for name in names:
            numbers = tree.get(name, "")
            if not (numbers == "" and name in optional) and _count(numbers) != count:
                raise Refused(f"{_WHAT} has a tree with another number of leaves than it says")
            if numbers and name.endswith("_count"):
                _whole(numbers, name)


def _check_splits(tree: dict[str, str], features: int, leaves: int) -> None:
    nodes = np.arange(leaves - 1)
    for name in ("left_child", "right_child"):
        children = _whole(tree[name], name)
        if (((children >= 0) & (children <= nodes)) | (children >= leaves - 1) | (children < -leaves)).any():
            raise Refused(f"{_WHAT} has a node whose child is outside the tree or not after it")
    owners = _whole(tree["split_feature"], "split_feature")
    if owners.min() < 0 or owners.max() >= features:
        raise Refused(f"{_WHAT} splits on a feature that it does not have")
    decisions = _whole(tree["decision_type"], "decision_type")
    if decisions.min() < 0 or decisions.max() > _LARGEST_DECISION:
        raise Refused(f"{_WHAT} has a split of an unknown type")


def _check_categories(tree: dict[str, str], categories: int) -> None:
    thresholds, decisions = tree["threshold"].split(" "), _whole(tree["decision_type"], "decision_type")
    chosen = [threshold for threshold, decision in zip(thresholds, decisions, strict=True) if decision & _CATEGORICAL]
    if categories and not _OF_CATEGORIES.issubset(tree):
        raise Refused(f"{_WHAT} has splits on categories without them")
    if any(not 0 <= _one(place, "place of categories") < categories for place in chosen):
        raise Refused(f"{_WHAT} splits on categories that it does not have")
    if categories:
        bounds = _whole(tree["cat_boundaries"], "cat_boundaries")
        if len(bounds) != categories + 1 or bounds[0] != 0 or (np.diff(bounds) < 1).any() or bounds[-1] != _words(tree["cat_threshold"]):
            raise Refused(f"{_WHAT} has categories outside their bits")


def _one(text: str, name: str) -> int:
    numbers = _whole(text, name)
    if len(numbers) != 1:
        raise Refused(f"{_WHAT} has more than one {name}")
    return int(numbers[0])


def _whole(text: str, name: str) -> NDArray[Any]:
    if not _WHOLE.fullmatch(text):
        raise Refused(f"{_WHAT} has a {name} that is no whole number")
    return np.array(text.split(" "), dtype=np.int64)


def _words(text: str) -> int:
    """How many 32-bit words a line has; -1 if it has something else."""
    words = text.split(" ")
    return len(words) if _WORDS.fullmatch(text) and max(map(int, words)) <= _LARGEST_WORD else -1


def _count(text: str) -> int:
    """How many numbers a line has; -1 if it has something else."""
    return text.count(" ") + 1 if _NUMBERS.fullmatch(text) else -1
