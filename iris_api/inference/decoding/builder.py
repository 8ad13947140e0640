"""The second half of decoding: from a graph to objects, what an object holds before the object itself."""

from typing import Any

import numpy as np

from iris_api.inference.decoding.constructors import construct
from iris_api.inference.decoding.decode_errors import Refused
from iris_api.inference.decoding.graph import PLAIN, Call, Global
from iris_api.inference.decoding.names import ARGUMENTS, HELD_AS, HOLDS_ITEMS, STAND_INS, VALUES, Name, import_name
from iris_api.inference.decoding.own_instances import make_own
from iris_api.inference.decoding.own_names import NO_NAMES, OwnNames
from iris_api.inference.decoding.regressor_names import LEFT_OUT
from iris_api.inference.decoding.values import ABSENT

MAX_DEPTH = 100
_LEAVES = PLAIN | {bytearray, np.ndarray}
_BUSY: Any = object()


class Builder:
    """Builds the objects of one graph, each once however often the graph has it.

    ``own`` has the classes and functions of the user's own that the graph may mention. ``instances`` has every object that was
    built of a name, with that name, what it holds before itself.
    """

    def __init__(self, own: OwnNames = NO_NAMES) -> None:
        self.own = own
        self.instances: list[tuple[Name, Any]] = []
        self._containers: dict[int, Any] = {}
        self._depth = 0

    def build(self, node: Any) -> Any:
        """What ``node`` describes.

        Raises
        ------
        Refused
            If it contains itself, is nested too deeply, or is described by what its constructor does not take.
        """
        kind = type(node)
        if kind in _LEAVES:
            return node
        if kind is Global:
            return self.own[node.name] if node.name in self.own else _value(node, VALUES)
        built = node.built if kind is Call else self._containers.get(id(node), ABSENT)
        if built is ABSENT:
            built = self._build_once(node)
        if built is _BUSY:
            raise Refused("it has an object that contains itself")
        return built

    def _build_once(self, node: Any) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise Refused(f"it nests more than {MAX_DEPTH} objects")
        if type(node) is Call:
            node.built = _BUSY
            built = node.built = self._call(node)
        else:
            self._containers[id(node)] = _BUSY
            built = self._containers[id(node)] = self._container(node)
        self._depth -= 1
        return built

    def _call(self, node: Call) -> Any:
        arguments = node.arguments
        if not _LEAVES.issuperset(map(type, arguments)):
            arguments = tuple([_value(item, ARGUMENTS) if type(item) is Global else self.build(item) for item in arguments])
        if node.name in LEFT_OUT and type(node.state) is dict:
            node.state = {name: value for name, value in node.state.items() if name not in LEFT_OUT[node.name]}
        is_own = node.name in self.own
        if is_own and type(node.state) is dict:
            _check_parts(node.state, node.name[1])
        state = node.state if node.state is ABSENT else self.build(node.state)
        built = make_own(self.own[node.name], arguments, state) if is_own else construct(node.name, arguments, state)
        if node.name in HOLDS_ITEMS:
            built.update(self.build(node.items))
        self.instances.append((node.name, built))
        return built

    def _container(self, node: Any) -> Any:
        build = self.build
        _check_bound(node)
        if type(node) is dict:
            if PLAIN.issuperset(map(type, node)):
                return {key: value if type(value) in _LEAVES else build(value) for key, value in node.items()}
            return _hashed(lambda: {build(key): build(value) for key, value in node.items()})
        if _LEAVES.issuperset(map(type, node)):
            return list(node) if type(node) is list else node
        if type(node) in (set, frozenset):
            return _hashed(lambda: type(node)(map(build, node)))
        return [build(item) for item in node] if type(node) is list else tuple(map(build, node))


def _check_bound(node: Any) -> None:
    """Refuse a part anywhere but in the estimator that checks what the part does not."""
    pairs = node.items() if type(node) is dict else ((None, item) for item in node)
    for key, value in pairs:
        if type(value) is Call and value.name in HELD_AS and key not in HELD_AS[value.name].split():
            raise Refused(f"it has a {value.name[1]} outside the estimator that it belongs to")


def _check_parts(state: dict[Any, Any], name: str) -> None:
    """Refuse in an object of the user's own what `_check_bound` takes in an attribute of the right name."""
    part = next((value.name[1] for value in state.values() if type(value) is Call and value.name in HELD_AS), None)
    if part is not None:
        raise Refused(f"its {name} has a {part} outside the estimator that it belongs to; keep the whole estimator in it")


def _hashed(make: Any) -> Any:
    try:
        return make()
    except TypeError:
        raise Refused("it has a key that cannot be one") from None


def _value(node: Global, allowed: frozenset[Name]) -> Any:
    if node.name not in allowed:
        raise Refused(f"it has {node.name[1]} where no class or function belongs")
    return node.name if node.name in STAND_INS else import_name(node.name)
