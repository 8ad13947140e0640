"""What can go wrong, in the words of the domain.

    ServiceError
    ├── ConfigurationError        a setting is wrong                        exit 78
    ├── AddressUnavailable        the address to listen on is taken         exit 69
    ├── AddressForbidden          the address may not be listened on        exit 77
    ├── ArtifactError             a bundle is damaged, hostile or unfit     exit 65
    │   ├── ArtifactMissing       there is no such bundle                   exit 66
    │   ├── ArtifactForbidden     the bundle may not be read or written     exit 77
    │   └── ArtifactBusy          another command is changing the model     exit 75
    └── RequestError              a request cannot be answered
        ├── MissingHost           it names no host, or an illegal one
        ├── MalformedBody         its body is not the JSON it claims to be
        ├── UnsupportedMedia      its media type or charset is not spoken here
        ├── UnsupportedCoding     its content coding is not spoken here
        ├── BodyTooLarge          more bytes or rows than are allowed
        ├── InvalidInput          well-formed, but not what the model takes
        ├── Unanswerable          what the model takes, but has no answer to
        ├── UnknownModel          its path names a model that is not served
        └── NotReady              no model is in service yet

Each message is for a person: what was wrong, where, and what to do. HTTP status codes are the business of
``web/problems.py``; exit codes follow ``sysexits.h``.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


class ServiceError(Exception):
    """Anything this service refuses to do, with one sentence for a person."""

    exit_code = 70


class ConfigurationError(ServiceError):
    """A setting is missing, misspelt or out of range."""

    exit_code = 78


class AddressUnavailable(ServiceError):
    """The address to listen on is in use."""

    exit_code = 69


class AddressForbidden(ServiceError):
    """The operating system does not let this process listen on the address."""

    exit_code = 77


class ArtifactError(ServiceError):
    """A bundle is damaged, was tampered with, or does not fit this installation."""

    exit_code = 65


class ArtifactMissing(ArtifactError):
    """There is no bundle where one was looked for."""

    exit_code = 66


class ArtifactForbidden(ArtifactError):
    """The operating system does not let this process read or write the bundle."""

    exit_code = 77


class ArtifactBusy(ArtifactError):
    """Another command changes, or has just changed, which version of the model serves; trying again helps."""

    exit_code = 75


class RequestError(ServiceError):
    """A request cannot be answered, through no fault of the service."""


class MissingHost(RequestError):
    """The request names no host, or one that no host can have."""


class MalformedBody(RequestError):
    """The body is not the complete, well-formed JSON text it claims to be."""

    def __init__(self, detail: str, faults: "Sequence[Fault]" = ()) -> None:
        super().__init__(detail)
        self.faults = tuple(faults)


class UnsupportedMedia(RequestError):
    """The body's media type or charset is not spoken here."""


class UnsupportedCoding(RequestError):
    """The body's content coding is not spoken here."""


class BodyTooLarge(RequestError):
    """The body has more bytes, or more rows, than one request may have."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: ``pointer`` is a JSON Pointer (RFC 6901) as a URI fragment.

    ``logged_pointer`` is the same up to the first name that is not the model's, as a name that a client made up may be a value.
    """

    pointer: str
    detail: str
    logged_pointer: str = "#"


class InvalidInput(RequestError):
    """Well-formed JSON that the model's features do not allow; ``faults`` says where and why.

    ``faults`` may be a bounded selection; ``total`` counts them all.
    """

    def __init__(self, faults: Sequence[Fault], total: int) -> None:
        super().__init__(f"The input does not fit the model's features: {total} fault{'s' * (total != 1)}.")
        self.faults = tuple(faults)
        self.total = total


class Unanswerable(RequestError):
    """The estimator raised, or gave a probability that is no number; ``__cause__`` is what happened."""

    def __init__(self) -> None:
        super().__init__("The model has no answer to these values.")


class UnknownModel(RequestError):
    """The path names a model that is not served; the message has the names of those that are, and not the one that was sent."""


class NotReady(RequestError):
    """No model is in service yet."""


def one_line(text: str) -> str:
    """``text`` as one printable line: a file's name, a pickle's or a stranger's answer may hold what a terminal would obey."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in " ".join(text.split()))


@contextmanager
def exit_with_one_line() -> Iterator[None]:
    """Turn a `ServiceError` into its one line on standard error and its exit code.

    Raises
    ------
    SystemExit
        With the error's ``exit_code``; nothing else is caught.
    """
    try:
        yield
    except ServiceError as error:
        print("iris-api:", one_line(str(error)), file=sys.stderr, flush=True)
        raise SystemExit(error.exit_code) from None
