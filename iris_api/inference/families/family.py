"""What differs by library, as one record."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from iris_api.errors import ArtifactError


def one_job(estimator: Any) -> None:
    """Have ``estimator`` predict in one thread: by itself it takes all of the machine's, and these hang in a forked process."""
    estimator.n_jobs = 1


@dataclass(frozen=True, slots=True)
class Family:
    """A library of estimators.

    Parameters
    ----------
    library
        The name of its module, of its member in a manifest's ``libraries``, and of the extra that installs it.
    distributions
        The packages that bring the module, the usual one first.
    tolerance
        How far answers on two processors may differ.
    prepare
        Has an estimator answer in one thread, in place.
    warm_up
        Called once after the library is imported, before anything forks.
    starts_threads
        Whether a prediction starts a thread even if it is to take one only.
    """

    library: str
    distributions: tuple[str, ...]
    tolerance: float
    prepare: Callable[[Any], None] = one_job
    warm_up: Callable[[], None] = lambda: None
    starts_threads: bool = False

    def version(self) -> str | None:
        """The installed version, without the time that importing it takes; None if it is not installed."""
        for distribution in self.distributions:
            try:
                return metadata.version(distribution)
            except metadata.PackageNotFoundError:
                continue
        return None

    def load(self) -> None:
        """Import the library.

        Raises
        ------
        ArtifactError
            If it is not installed or cannot be imported.
        """
        try:
            importlib.import_module(self.library)
        except ImportError as error:
            raise ArtifactError(f"{self.library} cannot be imported ({error}); {self.remedy}") from None
        self.warm_up()

    @property
    def remedy(self) -> str:
        """What to do where the library is missing."""
        return f"install it: pip install 'iris-api[{self.library}]'"
