"""Decoding as a whole: bytes to a graph, the graph to objects, and a check of every object that compiled code will trust."""

from typing import Any

from iris_api.inference.decoding.builder import Builder
from iris_api.inference.decoding.checks import check_structure
from iris_api.inference.decoding.decode_errors import Damaged
from iris_api.inference.decoding.opcodes import parse


def decode(pickled: bytes) -> Any:
    """The one object in ``pickled``, an uncompressed joblib dump or pickle of protocol 0 to 5.

    Raises
    ------
    Refused
        If the bytes are not exactly one pickle (`Damaged`), or if it has more than plain data and objects of allowed names, each
        as its own class would make it.
    """
    root, end = parse(pickled)
    if end != len(pickled):
        raise Damaged("it has bytes after its end")
    builder = Builder()
    built = builder.build(root)
    for name, instance in builder.instances:
        check_structure(name, instance)
    return built
