"""Transformers that give a row more columns than it had: how many is calculated from their parameters, and must be what they say."""

from typing import Any

from iris_api.inference.decoding import splines
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import array, integer

MAX_DEGREE = 1000
MAX_COLUMNS = 2**24
MAX_SAMPLES = 1000


def _check_polynomial(transformer: Any) -> None:
    """It leaves columns of its output uncleared that no product of features fills."""
    attributes, what = vars(transformer), "a PolynomialFeatures"
    if "_n_out_full" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of {what}", 1)
    highest = integer(attributes.get("_max_degree"), f"the degree of {what}", 0, MAX_DEGREE)
    lowest = integer(attributes.get("_min_degree"), f"the degree of {what}", 0, highest)
    options = {name: attributes.get(name) for name in ("interaction_only", "include_bias")}
    if not all(type(option) is bool for option in options.values()):
        raise Refused(f"{what} has an odd option")
    for name, least in (("_n_out_full", 0), ("n_output_features_", lowest)):
        columns = transformer._num_combinations(features, least, highest, **options)  # noqa: SLF001 - what its fit calls
        if integer(attributes.get(name), f"the number of columns of {what}", 0, MAX_COLUMNS) != columns:
            raise Refused(f"{what} has another number of columns than of products")


def _check_sketch(transformer: Any) -> None:
    """It takes memory for ``degree`` times ``n_components`` numbers a row."""
    attributes, what = vars(transformer), "a PolynomialCountSketch"
    degree = integer(attributes.get("degree"), f"the degree of {what}", 1, MAX_DEGREE)
    integer(attributes.get("n_components"), f"the number of components of {what}", 1, MAX_COLUMNS // degree)
    for name in ("indexHash_", "bitHash_"):
        if name in attributes:
            array(attributes[name], f"a hash of {what}", int, (degree, None))


def _check_samples(transformer: Any) -> None:
    integer(vars(transformer).get("sample_steps"), "the number of samples of an AdditiveChi2Sampler", 1, MAX_SAMPLES)


CHECKS = {
    ("sklearn.kernel_approximation", "AdditiveChi2Sampler"): _check_samples,
    ("sklearn.kernel_approximation", "PolynomialCountSketch"): _check_sketch,
    ("sklearn.preprocessing._polynomial", "PolynomialFeatures"): _check_polynomial,
    **splines.CHECKS,
}
