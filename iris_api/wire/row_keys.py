"""A key of the client's own that a row may carry: it is given back beside the row's prediction and is never an input."""

from typing import Any

from pydantic_core import CoreSchema, core_schema

from iris_api.errors import ConfigurationError
from iris_api.inference.abstract_column import INT64_MAX, INT64_MIN, whole_number
from iris_api.inference.signature import Signature

MAX_KEY_CHARACTERS = 128
NO_KEY = "no_key"
Key = str | int


def key_schema() -> CoreSchema:
    """How a key is validated: a string, a whole number, or null, which means that there is none."""
    text = core_schema.str_schema(strict=True, max_length=MAX_KEY_CHARACTERS)
    either: list[CoreSchema | tuple[CoreSchema, str]] = [text, whole_number(INT64_MIN, INT64_MAX)]
    key = core_schema.union_schema(either, mode="left_to_right", custom_error_type=NO_KEY, custom_error_message="must be a key")
    return core_schema.nullable_schema(key)


def key_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a key."""
    return {
        "type": ["string", "integer", "null"],
        "maxLength": MAX_KEY_CHARACTERS,
        "minimum": INT64_MIN,
        "maximum": INT64_MAX,
        "description": "A key of your own. It is given back as `key` beside the prediction, and is no input of the model.",
    }


def check_row_key(row_key: str | None, signature: Signature) -> None:
    """Make sure that no input of ``signature`` is called as the member ``row_key``, which carries keys.

    Raises
    ------
    ConfigurationError
        If one is.
    """
    if row_key is not None and row_key in signature.names:
        raise ConfigurationError(f"IRIS_ROW_KEY is {row_key!r}, but the model has an input of that name; choose another name for the key")
