"""Losses in compiled code."""

import numpy as np
import pytest
from sklearn._loss._loss import (
    CyAbsoluteError,
    CyExponentialLoss,
    CyHalfBinomialLoss,
    CyHalfGammaLoss,
    CyHalfMultinomialLoss,
    CyHalfPoissonLoss,
    CyHalfSquaredError,
    CyHalfTweedieLoss,
    CyHalfTweedieLossIdentity,
    CyHuberLoss,
    CyPinballLoss,
)
from sklearn.linear_model._sgd_fast import Hinge, ModifiedHuber, SquaredEpsilonInsensitive

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.losses import CONSTRUCTORS
from iris_api.inference.decoding.values import ABSENT

LOSSES = [
    CyAbsoluteError(), CyExponentialLoss(), CyHalfBinomialLoss(), CyHalfGammaLoss(), CyHalfPoissonLoss(), CyHalfSquaredError(),
    CyHalfTweedieLoss(1.5), CyHalfTweedieLossIdentity(0.0), CyHuberLoss(1.5), CyPinballLoss(0.3), Hinge(0.5), ModifiedHuber(),
    SquaredEpsilonInsensitive(0.1),
]  # fmt: skip
MULTINOMIAL = CONSTRUCTORS["sklearn._loss._loss", "__pyx_unpickle_CyHalfMultinomialLoss"]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: type(loss).__name__)
def test_a_loss_is_made_as_it_was(loss):
    kind, arguments = loss.__reduce__()
    made = CONSTRUCTORS[kind.__module__, kind.__name__](arguments, ABSENT)
    assert type(made) is kind
    assert made.__reduce__() == (kind, arguments)


def test_the_multinomial_loss_is_made_as_it_was():
    _, arguments = CyHalfMultinomialLoss().__reduce__()
    assert type(MULTINOMIAL(arguments, ABSENT)) is CyHalfMultinomialLoss


@pytest.mark.parametrize("arguments", [(), ("1",), (None,), (np.inf,), (1.0, 2.0), (np.zeros(1),), ([1.0],)], ids=repr)
def test_a_loss_of_something_else_is_refused(arguments):
    with pytest.raises(Refused, match="the loss Hinge"):
        CONSTRUCTORS[Hinge.__module__, "Hinge"](arguments, ABSENT)
    if arguments:
        with pytest.raises(Refused, match="the loss ModifiedHuber"):
            CONSTRUCTORS[ModifiedHuber.__module__, "ModifiedHuber"](arguments, ABSENT)


@pytest.mark.parametrize("arguments", [(), (CyHuberLoss, 1, ()), (CyHalfMultinomialLoss, 1, (1,)), (CyHalfMultinomialLoss, 1)])
def test_a_multinomial_loss_of_something_else_is_refused(arguments):
    with pytest.raises(Refused):
        MULTINOMIAL(arguments, ABSENT)


def test_a_loss_has_no_state():
    with pytest.raises(Refused, match="state"):
        CONSTRUCTORS[Hinge.__module__, "Hinge"]((1.0,), {})
    with pytest.raises(Refused, match="state"):
        MULTINOMIAL((CyHalfMultinomialLoss, 1, ()), {"a": 1})
