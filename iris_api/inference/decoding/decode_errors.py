"""The reasons for which a pickle is refused; `iris_api.inference.unpickling` turns them into messages."""


class Refused(Exception):
    """The pickle asks for something that the pickle of a served estimator never asks for.

    The message is a clause that follows "it was refused: ", without a full stop.
    """


class NotServed(Refused):
    """The pickle names a part of scikit-learn, NumPy or SciPy that is not on the allow-list."""


class ForeignName(Refused):
    """The pickle names something outside scikit-learn, NumPy and SciPy that is not on the allow-list."""


class Damaged(Refused):
    """The bytes are not a whole pickle; the message is a clause that follows the file's name and "cannot be unpickled: "."""


class MadeWithAnother(Refused):
    """An estimator in the pickle says that another scikit-learn made it; ``version`` is the one it names."""

    def __init__(self, version: str) -> None:
        super().__init__(f"it was made with scikit-learn {version}")
        self.version = version


class LibraryMissing(Refused):
    """The pickle has an estimator of ``library``, which is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(f"it has a part of {library}, which is not installed")
        self.library = library


class OddType(Refused):
    """An object has a part of a type that no check foresaw, so that comparing it raised ``error``."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__(f"its {name} has a part of an odd type ({type(error).__name__})")
