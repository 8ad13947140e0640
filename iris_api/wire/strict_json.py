"""The slow, exact reading of a JSON text, for bodies that were refused or look as if they should be (RFC 8259, I-JSON)."""

import json
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

from pydantic_core import from_json

from iris_api.errors import Fault, InvalidInput, MalformedBody
from iris_api.wire.batches import INSTANCES, Piece, shifted

MAX_REPEATED = 10
_PLAIN = re.compile(r"[\w .~/()-]{1,64}")
# it never gives back what it took, and an endless string is one too: else each quote in that would be tried as a start
STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_PART = re.compile(rb'(?:[^"]|"(?:[^"\\]++|\\.)*+"?){1,65536}+', re.DOTALL)
_FORM = re.compile(rb"[\w.%+-]{1,200}=")
_PLACE = re.compile(r"line (\d+) column (\d+)")


class _Members(list[Any]):
    """An object's members as pairs, so that a repeated name is still there to be seen."""


def fault_at(location: Sequence[str | int], known: Collection[str], detail: str) -> Fault:
    """A fault at ``location``, whose names may be logged if they are ``known``."""
    return Fault(pointer(location, known), detail, pointer(location, known, is_logged=True))


def pointer(location: Sequence[str | int], known: Collection[str] = (), *, is_logged: bool = False) -> str:
    """A JSON Pointer (RFC 6901, as a URI fragment).

    A member that is neither one of the ``known`` nor has a plain name gives its object's: what a client sent is not repeated. A pointer
    that ``is_logged`` has only known names.
    """
    text = "#"
    for part in location:
        name = str(part)
        is_known = isinstance(part, int) or name in known or name == INSTANCES
        if not is_known and (is_logged or not _PLAIN.fullmatch(name)):
            break
        text += "/" + quote(name.replace("~", "~0").replace("/", "~1"), safe="~")
    return text


def check_json(piece: Piece, rows_before: int = 0, known: Collection[str] = ()) -> None:
    """Refuse what is no JSON text: damaged, not UTF-8, nested beyond reason, ``NaN`` or ``Infinity``, repeated members.

    Parameters
    ----------
    piece
        A body, or a piece of one. It is bounded, as an object is built of every value in it.
    rows_before
        How many rows of the body come before the piece.
    known
        Names of members that a fault may repeat, however odd they are.

    Raises
    ------
    MalformedBody
        Saying where in the body; for repeated members, with a pointer to each.
    InvalidInput
        If it is a piece that may be malformed only because its rows are not flat.
    """
    try:
        from_json(piece.text, allow_inf_nan=False)
    except ValueError as error:
        # a body is cut between any two objects: where an array holds them, a piece need not be well-formed although the body is
        if piece.prefix_bytes and b"[" in STRING.sub(b"", piece.text[piece.prefix_bytes :]):
            raise InvalidInput([Fault(f"#/{INSTANCES}", "must hold flat rows, and no object or array around or inside them")], 1) from None
        found = _PLACE.search(str(error))
        where = " (line {}, column {})".format(*piece.place(int(found[1]), int(found[2]))) if found else ""
        raise MalformedBody(f"The body is not well-formed JSON{where}{_cause(piece.text)}.") from None
    text = json.loads(piece.text, object_pairs_hook=_Members, parse_int=float)
    repeated = list(islice(_repeated(text, ()), MAX_REPEATED))
    if repeated:
        faults = [fault_at(shifted(location, rows_before), known, "is repeated") for location in repeated]
        raise MalformedBody("The body repeats a member of an object.", faults)


def count_commas(text: bytes) -> int:
    """How many commas of ``text``, which need not be well-formed, are outside of strings."""
    # part by part, since the pieces between very many strings take far more memory than their text
    return sum(STRING.sub(b"", part[0]).count(b",") for part in _PART.finditer(text))


def _cause(text: bytes) -> str:
    """What makes ``text`` malformed, where programs often write so."""
    if _FORM.match(text):
        return "; it looks like a form, and JSON is taken here"
    try:
        from_json(text)
    except ValueError:
        return ""
    return "; NaN and Infinity are no numbers in JSON, and null stands for a missing value where the model takes one"


def _repeated(node: Any, location: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(node, _Members):
        seen = set()
        for name, value in node:
            if name in seen:
                yield (*location, name)
            seen.add(name)
            yield from _repeated(value, (*location, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _repeated(item, (*location, index))
