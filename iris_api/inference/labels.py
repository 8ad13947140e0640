"""A class of a classifier: how it is written in a manifest and as the name of a JSON member."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictFloat, StrictStr

from iris_api.inference.abstract_column import Whole

Label = StrictStr | StrictBool | Whole | Annotated[StrictFloat, Field(allow_inf_nan=False)]


def class_name(label: Label) -> str:
    """A class's name as a JSON member: the label itself if it is text, else its JSON spelling (``true``, ``1``, ``1.0``)."""
    if isinstance(label, bool):
        return "true" if label else "false"
    return label if isinstance(label, str) else repr(label)
