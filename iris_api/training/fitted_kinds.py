"""Reads the columns of a table as an estimator's encoders know them: an encoder of texts would take anything else for unknown values."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import FeatureUnion, Pipeline

from iris_api.errors import ArtifactError
from iris_api.inference.unpickling import estimators_in
from iris_api.training.cells import convert
from iris_api.training.inferred_columns import Inferred, Kind, is_null
from iris_api.training.table_samples import Source
from iris_api.training.tables import quoted

_WORDS = frozenset(["yes", "no"])
_KINDS: dict[str, tuple[Kind, ...]] = {
    "text": ("category", "text"),
    "number": ("integer", "number"),
    "boolean": ("boolean",),
}


def as_fitted(source: Source, columns: Sequence[Inferred], estimator: Any) -> list[Inferred]:
    """``columns`` for an ``estimator`` that takes a DataFrame: where nobody chose a kind, as its encoders know them, else as pandas does.

    Raises
    ------
    ArtifactError
        If the cells of a column are not what the encoder was fitted on.
    """
    known = _known(estimator, [column.name for column in columns])
    return [column if column.name in source.choices.kinds else _read(source, column, known.get(column.name)) for column in columns]


def _read(source: Source, column: Inferred, what: str | None) -> Inferred:
    if what is None and _has_words(source, column):
        return _again(source, column, "text", "as pandas keeps yes and no as texts")
    if what is None or column.kind in _KINDS[what] or column.kind == "array":
        return column
    # a number may be written with leading zeros, and an encoder of numbers may know whole ones only
    for kind in ("text",) if what == "text" else _KINDS[what]:
        try:
            return _again(source, column, kind, "as the model was fitted on such values")
        except ArtifactError:
            continue
    raise ArtifactError(
        f"{source.path}: column {quoted(column.name)} is read as {column.kind}, the model was fitted on a {what} there; correct its values"
    )


def _again(source: Source, column: Inferred, kind: Kind, reason: str) -> Inferred:
    read = convert(column.name, source.table.columns[column.name], kind, column.nullable, source.table.origin)
    shown: Kind = "category" if kind == "text" else kind
    note = f"Column {quoted(column.name)} is read as {shown}, {reason}; --kind '{column.name}={column.kind}' changes that."
    return replace(read, kind=shown, notes=(note,))


def _has_words(source: Source, column: Inferred) -> bool:
    """Whether a boolean was read from the words yes and no."""
    if column.kind != "boolean" or source.table.origin.typed:
        return False
    return any(isinstance(cell, str) and cell.strip().lower() in _WORDS for cell in source.table.columns[column.name])


def _known(estimator: Any, header: list[str]) -> dict[str, str]:
    """For each column that an encoder takes, what its categories are."""
    found: dict[str, str] = {}
    for encoder, names in _encoders(estimator, header):
        categories = getattr(encoder, "categories_", None)
        if categories is not None and len(categories) == len(names):
            found |= {name: what for name, values in zip(names, categories, strict=True) if (what := _what(values)) is not None}
    return found


def _encoders(estimator: Any, header: list[str]) -> Iterator[tuple[Any, list[str]]]:
    """The steps of pipelines that take the columns of a table as they are, each with the names of these columns."""
    for inner in estimators_in(estimator):
        if isinstance(inner, ColumnTransformer) and getattr(inner, "transformers_", None):
            for _, transformer, columns in inner.transformers_:
                names = _names(columns, header)
                steps = [step for _, step in transformer.steps] if isinstance(transformer, Pipeline) else [transformer]
                yield from ((step, names) for step in steps)
    if isinstance(estimator, Pipeline):
        steps = [step for _, step in estimator.steps]
        yield from ((step, header) for step in takewhile(lambda step: not isinstance(step, ColumnTransformer | FeatureUnion), steps))


def _names(columns: Any, header: list[str]) -> list[str]:
    chosen = [columns] if isinstance(columns, str) else columns
    if isinstance(chosen, slice):
        return header[chosen] if not isinstance(chosen.start, str) and not isinstance(chosen.stop, str) else []
    listed = np.asarray(chosen)
    if listed.dtype.kind == "b":
        return [name for name, is_chosen in zip(header, listed.tolist(), strict=False) if is_chosen]
    return [header[each] if isinstance(each, int) else str(each) for each in listed.tolist()]


def _what(categories: Any) -> str | None:
    """What the categories of an encoder are, missing ones left out; None if they are of several types."""
    kinds = {type(value) for value in np.asarray(categories).tolist() if not is_null(value)}
    if kinds == {str}:
        return "text"
    if kinds == {bool}:
        return "boolean"
    return "number" if kinds and kinds <= {int, float} else None
