"""Why a pickle could not be decoded, in a sentence for the person who brought it."""

import re

import sklearn

from iris_api.inference.decoding.decode_errors import Damaged, ForeignName, LibraryMissing, MadeWithAnother, NotServed, OwnName, Refused
from iris_api.inference.decoding.searches import Container
from iris_api.inference.families.known import FAMILIES

SERVED = "scikit-learn's estimators that predict new rows are served, and its transformers before them (docs/your-own-model.md lists them)"
# the text that scikit-learn writes beside every estimator's attributes, as any protocol spells it
_MADE_WITH = re.compile(rb"_sklearn_version(?:\x94|q.|r.{4})?[\x8cX]([\x03-\x20])(?:\0\0\0)?([0-9a-z.+]{3,32})", re.DOTALL)


def other_scikit_learn(source: str, version: str) -> str:
    """What to say of a model in ``source`` that was made with scikit-learn ``version``, which is not this one."""
    remedy = "fit it again with this one, or serve it where that one is installed"
    return f"{source} was made with scikit-learn {version}, this is {sklearn.__version__}; {remedy}"


def reason_of(error: Exception, pickled: bytes, source: str, remedy: str) -> str:
    """Why ``pickled``, from the file ``source``, could not be decoded, and what to do.

    Another scikit-learn explains whatever its own names and attributes led to.
    """
    made_with = error.version if isinstance(error, MadeWithAnother) else _made_with(pickled)
    if made_with not in (None, sklearn.__version__) and not isinstance(error, ForeignName):
        return other_scikit_learn(source, made_with)
    if isinstance(error, Container | LibraryMissing | OwnName):
        return f"{source} {_advice(error)}"
    if isinstance(error, NotServed):
        return f"{source} was refused: {error}; {SERVED}"
    if isinstance(error, Damaged):
        return f"{source} cannot be unpickled: {error}; {remedy}"
    if isinstance(error, Refused):
        return f"{source} was refused: {error}. Serve only models you trained yourself"
    return f"{source} cannot be unpickled ({type(error).__name__}); {remedy}"


def _how_to_install(library: str) -> str:
    return FAMILIES[library].remedy if library in FAMILIES else "install it"


def _advice(error: Container | LibraryMissing | OwnName) -> str:
    if isinstance(error, OwnName):
        return f"holds {error.advice}"
    if isinstance(error, LibraryMissing):
        return f"has a part of {error.library}, which is not installed; {_how_to_install(error.library)}"
    model = "model" if error.model is None else error.model
    return f"holds {error.content}, not a model; write the model alone: joblib.dump({model}, 'model.joblib')"


def _made_with(pickled: bytes) -> str | None:
    """The version of scikit-learn that ``pickled`` says it is from, if it says one."""
    found = _MADE_WITH.search(pickled)
    return found[2][: found[1][0]].decode() if found else None
