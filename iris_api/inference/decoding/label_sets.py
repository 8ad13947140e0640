"""Sets of labels, of which each label is a column of a sparse matrix: SciPy does not compare its number with the width."""

from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.vocabularies import check_places

_NAME = "a MultiLabelBinarizer"


def _check(binarizer: Any) -> None:
    attributes = vars(binarizer)
    places = attributes.get("_cached_dict")
    if places is not None:
        check_places(places, _NAME)
    if "classes_" in attributes:
        classes = attributes["classes_"]
        # two labels that are one key would leave a dictionary shorter than its largest number
        if type(classes) is not np.ndarray or classes.ndim != 1 or len(set(classes)) != len(classes):
            raise Refused(f"{_NAME} has classes that are not a row of different labels")


CHECKS = {("sklearn.preprocessing._label", "MultiLabelBinarizer"): _check}
