"""The reasons for which a pickle is refused; `iris_api.inference.unpickling` turns them into messages."""


class Refused(Exception):
    """The pickle asks for something that the pickle of a served estimator never asks for.

    The message is a clause that follows "it was refused: ", without a full stop.
    """


class NotServed(Refused):
    """The pickle names a part of scikit-learn, NumPy or SciPy that is not on the allow-list."""


class ForeignName(Refused):
    """The pickle names something outside scikit-learn, NumPy and SciPy that is not on the allow-list."""


class OwnName(ForeignName):
    """The pickle names something that can be a class or function of the user's own: ``name`` in ``module``."""

    def __init__(self, module: str, name: str) -> None:
        super().__init__(f"it mentions {module}.{name}, which is not allowed")
        self.module, self.name = module, name

    @property
    def advice(self) -> str:
        """What it is and what to do about it; follows the file's name and "holds "."""
        docs = "(docs/your-own-model.md)"
        if self.module == "__main__":
            what = f"{self.module}.{self.name}, which was defined in a notebook or script, and no service can import it from there"
            add = f"add --allow features:{self.name}, and --code features.py, which puts the file into the bundle"
            return f"{what}; move it to a Python file, such as features.py, and {add} {docs}"
        travels = "install its package where the model is served"
        if "." not in self.module:
            travels = f"add --code {self.module}.py or {travels}"
        added = f"if it is your own and you trust it, add --allow {self.module}:{self.name}, and {travels} {docs}"
        return f"{self.module}.{self.name}, which is not allowed; {added}"


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
