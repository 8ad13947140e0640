"""The reasons for which a pickle is refused; `iris_api.inference.unpickling` turns them into messages."""


class Refused(Exception):  # noqa: N818 - named for what happened, like the errors of the domain
    """The pickle asks for something that the pickle of a served estimator never asks for.

    The message is a clause that follows "it was refused: ", without a full stop.
    """


class NotServed(Refused):
    """The pickle names a part of scikit-learn, NumPy or SciPy that is not on the allow-list."""
