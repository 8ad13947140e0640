"""The house's shape: who may import whom, how long things may be, what must have a docstring, what is called how.

Every check is a function over a folder, so that each is also shown to find a violation planted in a copy.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers import PROJECT, clean_environment

PACKAGE = PROJECT / "iris_api"
FLOOR = {"lifecycle", "in_flight", "request_facts", "settings", "errors"}
NUMBERS = {"numpy", "scipy", "sklearn", "joblib"}
HTTP = {"flask", "werkzeug"}

# a part of the house → the parts it may import; one that is not here has no place yet
MAY_IMPORT: dict[str, set[str]] = {
    "errors": set(),
    "settings": {"errors"},
    "in_flight": set(),
    "request_facts": set(),
    "lifecycle": {"errors", "in_flight"},
    "inference": {"inference", *FLOOR},
    "wire": {"wire", "inference", *FLOOR},
    "telemetry": {"telemetry", "wire", "inference", *FLOOR},
    "services": {"telemetry", "wire", "inference", *FLOOR},
    "web": {"web", "services", "telemetry", "wire", "inference", *FLOOR},
    "app": {"web", "services", "telemetry", "wire", "inference", *FLOOR},
    "version_commands": {"inference", *FLOOR},
    "cli": {"app", "web", "services", "telemetry", "wire", "inference", "training", "smoke", "version_commands", *FLOOR},
    "training": {"training", "wire", "inference", *FLOOR},
    "server": {"server", *FLOOR},
    "smoke": {"settings", "errors"},
}
NEVER_IMPORTS: dict[str, set[str]] = {
    "inference": {*HTTP, "gunicorn", "logging", "os.environ", "os.getenv"},
    "wire": {*HTTP, "gunicorn", "sklearn", "joblib", "pickle", "logging", "os.environ", "os.getenv"},
    "training": {*HTTP, "gunicorn"},
    "telemetry": {*HTTP, "gunicorn"},
    "web": {*NUMBERS, "pickle", "gunicorn"},
    "server": {*HTTP, *NUMBERS, "prometheus_client"},
    **{
        part: {*HTTP, *NUMBERS, "gunicorn", "prometheus_client"}
        for part in ("errors", "in_flight", "request_facts", "settings", "lifecycle", "smoke")
    },
    **{part: {*NUMBERS, "pickle", "gunicorn"} for part in ("services", "app")},
    "version_commands": {*HTTP, *NUMBERS, "pickle", "gunicorn"},
}
OUTSIDE_MAY_IMPORT = {
    "gunicorn.conf.py": {"server", "settings", "errors"},
    "wsgi.py": {"app", "errors", "settings", "telemetry"},
    "scripts/train.py": {"training", "errors"},
}
MAX_FUNCTION, MAX_FILE, MAX_APP, MAX_VIEW = 40, 250, 60, 10
FORBIDDEN_WORDS = {"util", "utils", "common", "helper", "helpers", "base", "manager", "handler", "handlers", "misc"}
ROUTING = {"get", "post", "put", "delete", "patch", "route"}
# modules without a test module of their name, and why
UNMIRRORED: dict[str, str] = {
    "inference/bundle_limits.py": "a record of settings; the tests of the loader and of the settings use it",
    "inference/decode_reasons.py": "the tests of unpickling read every one of its sentences",
    "inference/decoding/decode_errors.py": "exceptions without behaviour; every test of the decoder expects one of them",
    "inference/decoding/graph.py": "two records without behaviour; the tests of the stack and of the builder use them",
    "training/series_kinds.py": "the tests of frame_samples give it a column of every dtype",
    "inference/predictions.py": "types without behaviour; the tests of every task and of the scorers use them",
}
# rooms that people import from, in a notebook: their public names, which they import only when asked for
FACES = {"training": ["bundle_model"]}


def modules(root: Path) -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(root.rglob("*.py")):
        yield path, ast.parse(path.read_text(), str(path))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every module or member that is imported anywhere in ``tree``, type checking and late imports included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{'.' * node.level}{node.module or ''}.{name.name}") for name in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.lineno, f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("import_module", "__import__"):
            yield node.lineno, str(getattr(node.args[0], "value", "?")) if node.args else "?"


def part_of(path: Path, root: Path) -> str:
    first = path.relative_to(root).parts[0]
    return first.removesuffix(".py")


def inside(name: str) -> str | None:
    """The part of the house that an imported name belongs to; None where it is of another house or the version."""
    pieces = name.split(".")
    return pieces[1] if pieces[0] == "iris_api" and len(pieces) > 1 and pieces[1] != "__version__" else None


def covers(forbidden: str, name: str) -> bool:
    return name == forbidden or name.startswith(forbidden + ".")


def import_violations(root: Path) -> list[str]:
    found = []
    for path, tree in modules(root):
        part = part_of(path, root)
        if part == "__init__":
            continue
        if part not in MAY_IMPORT:
            found.append(f"{path.name}: {part} has no place in the house")
            continue
        for line, name in imported(tree):
            below = inside(name)
            if name.startswith("."):
                found.append(f"{path.name}:{line}: a relative import hides what is imported")
            if (below and below not in MAY_IMPORT[part]) or any(covers(word, name) for word in NEVER_IMPORTS.get(part, ())):
                found.append(f"{path.name}:{line}: {part} may not import {name}")
    return found


def outside_violations(project: Path) -> list[str]:
    found = []
    for file, allowed in OUTSIDE_MAY_IMPORT.items():
        for line, name in imported(ast.parse((project / file).read_text())):
            if name.split(".")[0] == "iris_api" and inside(name) not in allowed:
                found.append(f"{file}:{line}: may not import {name}")
    return found


def room_violations(root: Path) -> list[str]:
    """A room's ``__init__`` is one docstring, but for the `FACES`; the package's is a docstring and its version."""
    found = []
    for path, tree in modules(root):
        public = FACES.get(path.parent.name)
        if path.name == "__init__.py" and public and f"__all__ = {public}" in map(ast.unparse, tree.body) and ast.get_docstring(tree):
            continue
        if path.name == "__init__.py":
            rest = tree.body[1:] if ast.get_docstring(tree) else tree.body
            allowed = ["__version__"] if path.parent == root else []
            names = [ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else "?" for node in rest]
            if names != allowed or not ast.get_docstring(tree):
                found.append(f"{path.parent.name}/__init__.py is more or less than its docstring")
    return found


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def length_violations(root: Path) -> list[str]:
    found = []
    for path, tree in modules(root):
        lines = len(path.read_text().splitlines())
        if lines > (MAX_APP if path == root / "app.py" else MAX_FILE):
            found.append(f"{path.name} has {lines} lines")
        long = (function for function in functions(tree) if body_lines(function) > MAX_FUNCTION)
        found += [f"{path.name}:{function.lineno}: {function.name} has {body_lines(function)} lines" for function in long]
    return found


def is_view(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    called = [decorator.func for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    return any(isinstance(target, ast.Attribute) and target.attr in ROUTING for target in called)


def view_violations(root: Path) -> list[str]:
    return [
        f"{path.name}:{view.lineno}: the view {view.name} has {body_lines(view)} lines"
        for path, tree in modules(root / "web")
        for view in functions(tree)
        if is_view(view) and body_lines(view) > MAX_VIEW
    ]


def docstring_violations(root: Path) -> list[str]:
    found = []
    for path, tree in modules(root):
        if not ast.get_docstring(tree):
            found.append(f"{path.name} has no docstring")
        found += [f"{path.name}:{node.lineno}: {node.name} has no docstring" for node in public(tree) if not ast.get_docstring(node)]
    return found


def public(node: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            yield child
            if isinstance(child, ast.ClassDef):
                yield from public(child)


def name_violations(root: Path) -> list[str]:
    stems = [path.stem for path in sorted(root.rglob("*.py")) if path.stem != "__init__"]
    folders = [path.name for path in root.iterdir() if path.is_dir() and path.name != "__pycache__"]
    found = [f"{stem} is not the only module of its name" for stem in sorted(set(stems)) if stems.count(stem) > 1]
    return found + [f"{name} says nothing" for name in stems + folders if FORBIDDEN_WORDS & set(re.split("[_-]", name))]


def mirror_violations(root: Path, tests: Path) -> list[str]:
    found = []
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        mirror = tests / relative.parent / f"test_{relative.name}"
        if relative.stem != "__init__" and str(relative) not in UNMIRRORED and not mirror.exists():
            found.append(f"{relative} has no {mirror.relative_to(tests)}")
    return found


CHECKS: list[Callable[[Path], list[str]]] = [
    import_violations,
    room_violations,
    length_violations,
    view_violations,
    docstring_violations,
    name_violations,
]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_the_house_keeps_its_rule(check) -> None:
    assert check(PACKAGE) == []


def test_the_entry_points_import_what_they_may() -> None:
    assert outside_violations(PROJECT) == []


def test_tests_mirror_the_rooms() -> None:
    assert mirror_violations(PACKAGE, PROJECT / "tests") == []


def test_every_exception_is_still_one_and_has_its_reason() -> None:
    for module, reason in UNMIRRORED.items():
        assert (PACKAGE / module).exists(), module
        assert not (PROJECT / "tests" / Path(module).parent / f"test_{Path(module).name}").exists(), module
        assert len(reason) > 10


def test_every_part_of_the_table_is_there() -> None:
    there = {part_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} - {"__init__"}

    assert there == set(MAY_IMPORT)


LONG = "def long():\n    '''Doc.'''\n" + "    x = 1\n" * (MAX_FUNCTION + 1)
PLANTED = [
    (import_violations, "inference/scorers.py", "import flask", "inference may not import flask"),
    (import_violations, "inference/scorers.py", "from logging import getLogger", "inference may not import logging.getLogger"),
    (import_violations, "inference/scorers.py", "import os\nX = os.environ", "inference may not import os.environ"),
    (import_violations, "inference/scorers.py", "from os import environ", "inference may not import os.environ"),
    (import_violations, "inference/scorers.py", "from iris_api.web import v1", "inference may not import iris_api.web.v1"),
    (import_violations, "inference/scorers.py", "import iris_api.telemetry.logs", "inference may not import iris_api.telemetry.logs"),
    (import_violations, "training/fit.py", "from gunicorn import config", "training may not import gunicorn.config"),
    (import_violations, "training/fit.py", "from iris_api.web.v1 import bp", "training may not import iris_api.web.v1.bp"),
    (import_violations, "telemetry/events.py", "def f():\n    import werkzeug.http", "telemetry may not import werkzeug.http"),
    (import_violations, "telemetry/events.py", "from iris_api.services import services", "telemetry may not import iris_api.services"),
    (import_violations, "web/v1.py", "if TYPE_CHECKING:\n    import numpy as np", "web may not import numpy"),
    (import_violations, "web/v1.py", "from joblib import load", "web may not import joblib.load"),
    (import_violations, "web/v1.py", "importlib.import_module('sklearn.tree')", "web may not import sklearn.tree"),
    (import_violations, "web/v1.py", "from iris_api.training import fit", "web may not import iris_api.training.fit"),
    (import_violations, "web/v1.py", "from iris_api import app", "web may not import iris_api.app"),
    (import_violations, "web/v1.py", "from . import render", "a relative import"),
    (import_violations, "server/hooks.py", "from iris_api.inference import bundle", "server may not import iris_api.inference.bundle"),
    (import_violations, "server/hooks.py", "import prometheus_client", "server may not import prometheus_client"),
    (import_violations, "settings.py", "import flask", "settings may not import flask"),
    (import_violations, "errors.py", "from iris_api.settings import Settings", "errors may not import iris_api.settings"),
    (import_violations, "app.py", "from iris_api import cli", "app may not import iris_api.cli"),
    (import_violations, "attic.py", "import json", "attic has no place"),
    (room_violations, "web/__init__.py", "import json", "web/__init__.py"),
    (room_violations, "__init__.py", "import json", "iris_api/__init__.py"),
    (length_violations, "web/render.py", LONG, f"long has {MAX_FUNCTION + 1} lines"),
    (length_violations, "web/render.py", "x = 1\n" * MAX_FILE, "render.py has"),
    (length_violations, "app.py", "x = 1\n" * 20, "app.py has"),
    (view_violations, "web/v1.py", "@bp.get('/x')\ndef view():\n" + "    x = 1\n" * 11, "the view view has 11 lines"),
    (docstring_violations, "web/render.py", "def bare(): ...", "bare has no docstring"),
    (docstring_violations, "web/render.py", "class Bare: ...", "Bare has no docstring"),
    (docstring_violations, "web/render.py", "class Told:\n    '''Doc.'''\n    def bare(self): ...", "bare has no docstring"),
    (name_violations, "web/hooks.py", "", "hooks is not the only module"),
    (name_violations, "web/request_utils.py", "", "request_utils says nothing"),
    (name_violations, "helpers/x.py", "", "helpers says nothing"),
]


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return shutil.copytree(PACKAGE, tmp_path_factory.mktemp("house") / "iris_api", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.mark.parametrize("number", range(len(PLANTED)), ids=lambda number: f"{PLANTED[number][0].__name__}-{number}")
def test_a_planted_violation_is_found(original, number) -> None:
    check, file, text, expected = PLANTED[number]
    target = original / file
    before = target.read_text() if target.exists() else None
    target.parent.mkdir(exist_ok=True)
    try:
        target.write_text(f"{before or ''}\n{text}\n")
        found = check(original)
    finally:
        if before is None:
            target.unlink()
            _remove_if_empty(target.parent)
        else:
            target.write_text(before)

    assert len(found) == 1, found
    assert expected in found[0]


def _remove_if_empty(folder: Path) -> None:
    if not any(folder.iterdir()):
        folder.rmdir()


def test_a_module_without_its_test_is_found(tmp_path) -> None:
    shutil.copytree(PROJECT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tests" / "web" / "test_v1.py").unlink()

    assert "web/v1.py has no web/test_v1.py" in mirror_violations(PACKAGE, tmp_path / "tests")


@pytest.mark.parametrize(
    "line", ["from iris_api.app import create_app", "import iris_api.inference.bundle", "from iris_api import telemetry"]
)
def test_a_gunicorn_configuration_that_imports_too_much_is_found(tmp_path, line) -> None:
    for file in OUTSIDE_MAY_IMPORT:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        shutil.copy(PROJECT / file, tmp_path / file)
    with (tmp_path / "gunicorn.conf.py").open("a") as configuration:
        configuration.write(line + "\n")

    assert len(outside_violations(tmp_path)) == 1


def loaded_by(program: str) -> set[str]:
    """The top-level modules that a fresh process has loaded after ``program``."""
    source = f"import runpy, sys\n{program}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", source], cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("program", "never"),
    [
        ("runpy.run_path('gunicorn.conf.py')", {*NUMBERS, *HTTP, "prometheus_client"}),
        ("import iris_api", {*NUMBERS, *HTTP, "pydantic", "gunicorn"}),
        ("import iris_api.cli", {*NUMBERS, *HTTP, "gunicorn"}),
        ("import iris_api.training.commands", {*HTTP, "gunicorn"}),
        ("import iris_api.app", {"gunicorn"}),
    ],
    ids=["gunicorn.conf", "package", "cli", "training", "app"],
)
def test_what_is_loaded_stays_small(program, never) -> None:
    loaded = loaded_by(program)

    assert "iris_api" in loaded
    assert loaded & never == set()
