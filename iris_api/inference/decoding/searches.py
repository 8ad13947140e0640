"""A pickle as people have it: a search such as GridSearchCV instead of its best estimator, or a container with a model in it.

Service decodes none of these. When a bundle is made, a search may be anywhere in the graph; all that is built of it is its best
estimator, so that its scorers, distributions and results, whatever they are, stay data.
"""

from typing import Any

import numpy as np

from iris_api.inference.decoding.builder import Builder
from iris_api.inference.decoding.decode_errors import Damaged, Refused
from iris_api.inference.decoding.decoder import build_checked
from iris_api.inference.decoding.graph import Call, Global
from iris_api.inference.decoding.names import HOLDS_ITEMS, Name
from iris_api.inference.decoding.opcodes import parse
from iris_api.inference.decoding.own_names import NO_NAMES, OwnNames, name_check

SEARCHES = frozenset(
    {
        ("sklearn.model_selection._search", "GridSearchCV"),
        ("sklearn.model_selection._search", "RandomizedSearchCV"),
        ("sklearn.model_selection._search_successive_halving", "HalvingGridSearchCV"),
        ("sklearn.model_selection._search_successive_halving", "HalvingRandomSearchCV"),
    }
)
BEST = "best_estimator_"
MAX_LISTED, MAX_QUOTED = 10, 40
_CONTAINERS = (dict, list, tuple, set, frozenset)


class Container(Refused):
    """The pickle holds a container instead of a model; ``model`` is how Python reaches the first model in it, or None."""

    def __init__(self, content: str, model: str | None) -> None:
        super().__init__(f"it holds {content}")
        self.content, self.model = content, model


class _SearchingBuilder(Builder):
    """Builds of every search its best estimator; ``taken`` has the names of the searches' classes."""

    def __init__(self, own: OwnNames) -> None:
        super().__init__(own)
        self._check = name_check(own)
        self.taken: list[str] = []

    def build(self, node: Any) -> Any:
        """See `Builder.build`; names are checked here, as the parser lets a search mention any."""
        if type(node) is Global:
            self._check(*node.name)
        if type(node) is not Call or node.name not in SEARCHES:
            return super().build(node)
        best = node.state.get(BEST) if type(node.state) is dict else None
        if best is None:
            raise Refused(f"its {node.name[1]} has no {BEST}; fit it with refit=True")
        if node.name[1] not in self.taken:
            self.taken.append(node.name[1])
        return self.build(best)

    def _call(self, node: Call) -> Any:
        self._check(*node.name)
        for argument in node.arguments:
            if type(argument) is Global:
                self._check(*argument.name)
        return super()._call(node)


def decode_model(pickled: bytes, own: OwnNames = NO_NAMES) -> tuple[Any, tuple[str, ...]]:
    """The one object in ``pickled``, in which ``own`` may be too, and the classes of the searches of which it has the best estimators.

    Raises
    ------
    Container
        If it is a dictionary, list, tuple or set.
    Refused
        As `iris_api.inference.decoding.decoder.decode` does.
    """
    root, end = parse(pickled, check=_any_name)
    if end != len(pickled):
        raise Damaged("it has bytes after its end")
    if type(root) is Call and root.name in HOLDS_ITEMS:
        root = root.items
    if type(root) in _CONTAINERS:
        raise Container(*_described(root))
    builder = _SearchingBuilder(own)
    built = build_checked(builder, root, own)
    return built, tuple(builder.taken)


def _any_name(_module: str, _name: str) -> None:
    """Takes every name: one that is not on the list is refused where it would be built."""


def _described(root: Any) -> tuple[str, str | None]:
    """What is in a container, and how Python reaches the first model in it."""
    keyed = type(root) is dict
    items: list[tuple[Any, Any]] = list(root.items()) if keyed else list(enumerate(root))
    shown = [f"{_quoted(key)}: {_kind(item)}" if keyed else _kind(item) for key, item in items[:MAX_LISTED]]
    more = f" and {len(items) - MAX_LISTED} more" if len(items) > MAX_LISTED else ""
    name = {dict: "dictionary"}.get(type(root), type(root).__name__)
    model = next((key for key, item in items if type(item) is Call and _is_model(item.name)), None)
    reached = None if model is None or type(root) in (set, frozenset) else f"content[{_quoted(model)}]"
    return f"a {name} ({', '.join(shown) or 'empty'}{more})", reached


def _quoted(key: Any) -> str:
    return repr(key if type(key) in (str, int) else _kind(key))[:MAX_QUOTED]


def _kind(item: Any) -> str:
    if type(item) is Call:
        return "ndarray" if item.name[1] == "_reconstruct" else item.name[1][:MAX_QUOTED]
    if type(item) is np.ndarray:
        return "ndarray"
    return item.name[1][:MAX_QUOTED] if type(item) is Global else type(item).__name__


def _is_model(name: Name) -> bool:
    return name[0].partition(".")[0] in ("sklearn", "xgboost", "lightgbm", "catboost") and name[1][:1].isupper()
