"""No module imports itself by way of others, type checking and late imports included, but for the nine of the worker."""

import shutil
from pathlib import Path

from tests.servers import PROJECT
from tests.test_architecture import imported, modules

PACKAGE = PROJECT / "iris_api"
WORKER = {
    f"iris_api.server.{name}"
    for name in ("acceptor", "connection", "ending", "exchange", "line", "patience", "pool", "request_reader", "worker")
}
"""They import each other until the worker is split into one owner of a connection's state and pure modules (`lanes`)."""


def imports(package: Path) -> dict[str, set[str]]:
    """For each module of ``package`` those that it imports."""
    trees = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts).removesuffix(".__init__"): tree for path, tree in modules(package)
    }
    return {
        name: {found for _, word in imported(tree) if (found := _module_in(word, trees)) and found != name} for name, tree in trees.items()
    }


def in_circles(graph: dict[str, set[str]]) -> set[str]:
    """The modules that reach themselves."""
    return {name for name in graph if name in _reached(graph, name)}


def _module_in(word: str, trees: dict[str, object]) -> str | None:
    """The longest beginning of an imported name that is a module below the package."""
    while word and word not in trees:
        word = word.rpartition(".")[0]
    return word if "." in word else None


def _reached(graph: dict[str, set[str]], name: str) -> set[str]:
    reached: set[str] = set()
    waiting = [*graph[name]]
    while waiting:
        one = waiting.pop()
        if one not in reached:
            reached.add(one)
            waiting += graph[one]
    return reached


def test_only_the_worker_has_a_circle():
    assert in_circles(imports(PACKAGE)) == WORKER


def test_a_planted_circle_is_found(tmp_path):
    package = shutil.copytree(PACKAGE, tmp_path / "iris_api", ignore=shutil.ignore_patterns("__pycache__"))
    file = package / "errors.py"
    file.write_text(
        f"{file.read_text()}\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from iris_api.wire.served import Served\n"
    )
    found = in_circles(imports(package))
    assert {"iris_api.errors", "iris_api.wire.served", "iris_api.inference.predictor"} <= found
