"""Rows as Python's values: how they are validated, and the golden rows of a manifest."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema, to_json

from iris_api.errors import ArtifactError
from iris_api.inference.columns import Column
from iris_api.inference.layouts import Rows
from iris_api.inference.signature import Signature


def row_schema(columns: Iterable[Column], others: Mapping[str, core_schema.TypedDictField] | None = None) -> CoreSchema:
    """How a row, an object with a member for each of ``columns``, is validated; it may have the members ``others`` too.

    Nothing is coerced: each member is of its column's kind and within its declared bounds; other members are refused. A member of a
    nullable column may be None or missing.
    """
    fields = {column.name: core_schema.typed_dict_field(column.core(), required=not column.nullable) for column in columns}
    return core_schema.typed_dict_schema(fields | dict(others or {}), extra_behavior="forbid", strict=True)


def golden_rows(signature: Signature, rows: list[list[Any]], source: str) -> Rows:
    """Golden ``rows`` (n, columns), which are as JSON has them, as the model is asked them.

    Raises
    ------
    ArtifactError
        If a row, or the first one where all are plain numbers, is not of the columns of ``signature``.
    """
    validator = SchemaValidator(row_schema(signature.layout.narrowed(signature.inputs)))
    names, checked = signature.names, rows[:1] if signature.is_plain else rows
    try:
        validated = [validator.validate_json(to_json(_as_object(names, row))) for row in checked]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ArtifactError(
            f"{source} has a golden row that its manifest's inputs refuse: {first['loc'][0]}: {first['msg']}; build the bundle again"
        ) from None
    return np.array(rows, dtype=np.float64) if signature.is_plain else [list(map(row.get, names)) for row in validated]


def _as_object(names: list[str], row: list[Any]) -> dict[str, Any]:
    return {name: value for name, value in zip(names, row, strict=True) if value is not None}
