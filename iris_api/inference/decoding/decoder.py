"""Decoding as a whole: bytes to a graph, the graph to objects, and a check of every object that compiled code will trust."""

from typing import Any

from iris_api.inference.decoding.builder import Builder
from iris_api.inference.decoding.checks import check_structure
from iris_api.inference.decoding.decode_errors import Damaged
from iris_api.inference.decoding.opcodes import parse
from iris_api.inference.decoding.own_names import NO_NAMES, OwnNames, name_check
from iris_api.inference.decoding.row_checks import add_row_check


def decode(pickled: bytes, own: OwnNames = NO_NAMES) -> Any:
    """The one object in ``pickled``, an uncompressed joblib dump or pickle of protocol 0 to 5; ``own`` may be mentioned in it too.

    Raises
    ------
    Refused
        If the bytes are not exactly one pickle (`Damaged`), or if it has more than plain data and objects of allowed names, each
        as its own class would make it.
    """
    root, end = parse(pickled, check=name_check(own))
    if end != len(pickled):
        raise Damaged("it has bytes after its end")
    return build_checked(Builder(own), root, own)


def build_checked(builder: Builder, root: Any, own: OwnNames) -> Any:
    """What ``builder`` builds of the graph ``root``, with the structure of every instance checked.

    Raises
    ------
    Refused
        As `decode` does.
    """
    built = builder.build(root)
    for name, instance in builder.instances:
        check_structure(name, instance)
    if own:
        # code of the user's own may keep an estimator where no later search for estimators finds it
        for _, instance in builder.instances:
            add_row_check(instance)
    return built
