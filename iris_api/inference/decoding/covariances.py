"""Elliptic envelopes, whose distances SciPy's compiled code calculates from a matrix that it takes to be as wide as the rows."""

from typing import Any

import numpy as np

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import floats, integer, number


def _check_envelope(estimator: Any) -> None:
    attributes, name = vars(estimator), "EllipticEnvelope"
    if "covariance_" not in attributes:
        return
    features = integer(attributes.get("n_features_in_"), f"the number of features of an {name}", 1)
    floats(attributes.get("location_"), f"the location of an {name}", (features,))
    has_precision = attributes.get("store_precision")
    if type(has_precision) is not bool:
        raise Refused(f"an {name} does not say whether it stores its precision")
    for matrix in ("covariance_", "precision_") if has_precision else ("covariance_",):
        if not np.isfinite(floats(attributes.get(matrix), f"the {matrix} of an {name}", (features, features))).all():
            raise Refused(f"an {name} has a {matrix} that is not finite")
    number(attributes.get("offset_"), f"the offset of an {name}")


CHECKS = {("sklearn.covariance._elliptic_envelope", "EllipticEnvelope"): _check_envelope}
