"""The options of ``train`` and ``bundle`` that say what a model takes and gives, and how they are read."""

import argparse
import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from iris_api.errors import ConfigurationError
from iris_api.training.choices import TASK_KINDS, Bounds, Choices
from iris_api.training.inferred_columns import KINDS, Kind
from iris_api.training.near_names import unknown_name
from iris_api.training.tables import listed, quoted

Value = TypeVar("Value")
_SHAPE = re.compile(r"[1-9][0-9]{0,6}(?:x[1-9][0-9]{0,6}){0,3}")


class Option(NamedTuple):
    """One option that may be given several times: its name, the form of its value, what it does, and the `Choices` member it fills."""

    name: str
    form: str
    meaning: str
    member: str


KIND = Option("--kind", "COLUMN=KIND", f"read a column as one of: {', '.join(KINDS)}", "kinds")
NULLABLE = Option("--nullable", "COLUMN", "values of the column may be missing", "nullable")
REQUIRED = Option("--required", "COLUMN", "values of the column may not be missing, even if the model answers without them", "required")
ARRAY = Option("--array", "NAME=8x8", "take all columns, which are numbers, as one array of this shape", "arrays")
BOUNDS = Option("--bounds", "COLUMN=LOW:HIGH", "refuse values of the column outside these; one of them may be left out", "bounds")
UNIT = Option("--unit", "COLUMN=UNIT", "the unit of a column or of a target", "units")
DESCRIBE = Option("--describe", "COLUMN=TEXT", "what a column means", "descriptions")
CLASSES = Option("--classes", "CLASS=NAME,…", "what answers call a class: 0=benign,1=malignant", "classes")

TRAINING_OPTIONS = (KIND, NULLABLE, REQUIRED, BOUNDS, UNIT, DESCRIBE, CLASSES)
BUNDLE_OPTIONS = (*TRAINING_OPTIONS, ARRAY)


def add_options(parser: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    """Give ``parser`` the option ``--task`` and ``options``, for `choices_of`."""
    parser.add_argument("--task", metavar="TASK", help=f"what the model is for, where that is not clear: {', '.join(TASK_KINDS)}")
    for option in options:
        parser.add_argument(option.name, metavar=option.form, action="append", default=[], help=option.meaning, dest=option.member)


def choices_of(arguments: argparse.Namespace, targets: Iterable[str], columns: Sequence[str]) -> Choices:
    """What the options in ``arguments`` choose of a table that has ``columns``, ``targets`` included.

    Raises
    ------
    ConfigurationError
        If an option names a column that the table does not have, or its value is none that it takes.
    """
    targets = tuple(targets)
    for target in targets:
        _check_known("--target", target, columns)
    if len(set(targets)) < len(targets):
        raise ConfigurationError("--target names a column twice; name each once")
    arrays = dict(_array(text) for text in getattr(arguments, "arrays", []))
    named = [*columns, *arrays]
    for option in (NULLABLE, REQUIRED):
        for column in getattr(arguments, option.member):
            _check_known(option.name, column, columns)
    for column in set(arguments.nullable) & set(arguments.required):
        raise ConfigurationError(f"--required {quoted(column)}: it is named with --nullable too; leave one of them out")
    return Choices(
        targets=targets,
        task=task_kind(arguments.task),
        kinds=_by_column(KIND, arguments.kinds, columns, _kind),
        nullable=frozenset(arguments.nullable),
        required=frozenset(arguments.required),
        arrays=arrays,
        bounds=_by_column(BOUNDS, arguments.bounds, named, _bounds),
        units=_by_column(UNIT, arguments.units, named, _text),
        descriptions=_by_column(DESCRIBE, arguments.descriptions, named, _text),
        classes=dict(_class(part) for text in arguments.classes for part in text.split(",")),
    )


def option_parts(arguments: argparse.Namespace, options: Sequence[Option]) -> list[str]:
    """``options`` as they were given in ``arguments``, for the command that makes the same bundle again."""
    task = [] if arguments.task is None else ["--task", arguments.task]
    return task + [part for option in options for text in getattr(arguments, option.member) for part in (option.name, text)]


def choice_parts(choices: Choices) -> list[str]:
    """``choices`` without targets and kinds as these options, for the command that makes the same bundle again."""
    texts = {
        REQUIRED: sorted(choices.required),
        ARRAY: [f"{name}={'x'.join(map(str, shape))}" for name, shape in choices.arrays.items()],
        BOUNDS: [f"{name}={_side(low)}:{_side(high)}" for name, (low, high) in choices.bounds.items()],
        UNIT: [f"{name}={unit}" for name, unit in choices.units.items()],
        DESCRIBE: [f"{name}={text}" for name, text in choices.descriptions.items()],
        CLASSES: [f"{label}={name}" for label, name in choices.classes.items()],
    }
    task = [] if choices.task is None else ["--task", choices.task]
    return task + [part for option, given in texts.items() for text in given for part in (option.name, text)]


def _side(bound: float | None) -> str:
    return "" if bound is None else str(bound)


def task_kind(text: str | None) -> Any:
    """``text``, which names a task, or None.

    Raises
    ------
    ConfigurationError
        If it names none.
    """
    if text is not None and text not in TASK_KINDS:
        raise ConfigurationError(f"{quoted(text)} is no task; {unknown_name(text, TASK_KINDS)}")
    return text


def _check_known(option: str, name: str, known: Sequence[str]) -> None:
    if name not in known:
        raise ConfigurationError(f"{option} {quoted(name)}: there is no such column; {unknown_name(name, known)}")


def _by_column(option: Option, texts: list[str], known: Sequence[str], read: Callable[[str, str], Value]) -> dict[str, Value]:
    found = {}
    for text in texts:
        name, value = _split(option, text, known)
        if name in found:
            raise ConfigurationError(f"{option.name} is given twice for {quoted(name)}; give it once")
        found[name] = read(text, value)
    return found


def _split(option: Option, text: str, known: Sequence[str]) -> tuple[str, str]:
    """The column and the value in ``text``. A column's name may have ``=`` in it, and so may a value."""
    cuts = [match.start() for match in re.finditer("=", text)]
    if not cuts:
        raise ConfigurationError(f"{option.name} {quoted(text)}: has no =; write {option.form}")
    cut = next((cut for cut in cuts if text[:cut] in known), cuts[0])
    _check_known(option.name, text[:cut], known)
    return text[:cut], text[cut + 1 :]


def _kind(text: str, value: str) -> Kind:
    kind = next((kind for kind in KINDS if kind == value), None)
    if kind is None:
        raise ConfigurationError(f"--kind {quoted(text)}: {quoted(value)} is no kind; the kinds are {listed(list(KINDS))}")
    return kind


def _bounds(text: str, value: str) -> Bounds:
    low, colon, high = value.partition(":")
    try:
        bounds = (float(low) if low.strip() else None, float(high) if high.strip() else None)
    except ValueError:
        bounds = (math.nan, None)
    given = [bound for bound in bounds if bound is not None]
    if not colon or not given or not all(map(math.isfinite, given)):
        raise ConfigurationError(f"--bounds {quoted(text)}: must be COLUMN=LOW:HIGH, two numbers of which one may be left out")
    if given != sorted(given):
        raise ConfigurationError(f"--bounds {quoted(text)}: the lower bound is above the upper one")
    return bounds


def _text(text: str, value: str) -> str:
    if not value.strip():
        raise ConfigurationError(f"{quoted(text)}: has nothing after the =; write what it is to be")
    return value.strip()


def _array(text: str) -> tuple[str, tuple[int, ...]]:
    name, _, shape = text.rpartition("=")
    if not name or not _SHAPE.fullmatch(shape):
        raise ConfigurationError(f"--array {quoted(text)}: must be a name and up to four lengths, such as pixels=8x8")
    return name, tuple(int(length) for length in shape.split("x"))


def _class(part: str) -> tuple[str, str]:
    label, equals, name = part.partition("=")
    if not equals or not label.strip() or not name.strip():
        raise ConfigurationError(f"--classes {quoted(part)}: must be a class and its name, such as 0=benign,1=malignant")
    return label.strip(), name.strip()
