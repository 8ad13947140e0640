"""Loss functions in compiled code: each is made by its own class from one checked number, or from nothing."""

from collections.abc import Callable
from typing import Any

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
from sklearn.linear_model._sgd_fast import EpsilonInsensitive, Hinge, ModifiedHuber, SquaredEpsilonInsensitive, SquaredHinge

from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.values import ABSENT, no_state, number

_OF_NOTHING = (
    CyAbsoluteError, CyExponentialLoss, CyHalfBinomialLoss, CyHalfGammaLoss, CyHalfPoissonLoss, CyHalfSquaredError, ModifiedHuber,
)  # fmt: skip
_OF_A_NUMBER = (
    CyHalfTweedieLoss, CyHalfTweedieLossIdentity, CyHuberLoss, CyPinballLoss, EpsilonInsensitive, Hinge, SquaredEpsilonInsensitive,
    SquaredHinge,
)  # fmt: skip


def _made(kind: Any, count: int) -> Callable[[tuple[Any, ...], Any], Any]:
    def construct(arguments: tuple[Any, ...], state: Any) -> Any:
        no_state(state, f"the loss {kind.__name__}")
        if len(arguments) != count:
            raise Refused(f"the loss {kind.__name__} has other arguments than {count} number")
        return kind(*(number(argument, f"the argument of the loss {kind.__name__}") for argument in arguments))

    return construct


def _multinomial(arguments: tuple[Any, ...], state: Any) -> Any:
    """Cython's ``__pyx_unpickle_…(class, checksum, state)``: this class has no state."""
    if len(arguments) != 3 or arguments[0] is not CyHalfMultinomialLoss or arguments[2] not in ((), None) or state not in (ABSENT, ()):
        raise Refused("the loss CyHalfMultinomialLoss has a state")
    return CyHalfMultinomialLoss()


def _name(kind: Any) -> tuple[str, str]:
    return kind.__module__, kind.__name__


CONSTRUCTORS = {
    **{_name(kind): _made(kind, 0) for kind in _OF_NOTHING},
    **{_name(kind): _made(kind, 1) for kind in _OF_A_NUMBER},
    ("sklearn._loss._loss", "__pyx_unpickle_CyHalfMultinomialLoss"): _multinomial,
}
