"""The signature of a model: what it takes, how rows reach the estimator, and what it is for."""

from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from iris_api.inference.columns import Column, Integer, Number
from iris_api.inference.layouts import Frame, Layout, Matrix, Texts
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression

MAX_COLUMNS = 100_000
Task = Classification | Regression | Multilabel | OutlierDetection | Clustering

__all__ = ["Frame", "Matrix", "Signature", "Task", "Texts"]


class Signature(BaseModel):
    """What a model takes and gives. ``inputs`` are in the order that the estimator was fitted on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    inputs: tuple[Column, ...] = Field(min_length=1, max_length=MAX_COLUMNS)
    layout: Annotated[Layout, Field(discriminator="kind")] = Matrix()
    task: Annotated[Task, Field(discriminator="kind")]

    @cached_property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.inputs]

    @cached_property
    def is_plain(self) -> bool:
        """Whether rows are nothing but numbers, none missing, so that they may travel as one array."""
        return isinstance(self.layout, Matrix) and all(
            isinstance(column, Number | Integer) and not column.nullable for column in self.inputs
        )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if len(set(self.names)) != len(self.inputs):
            raise ValueError("inputs must have names of their own")
        if (fault := self.layout.fault(self.inputs)) is not None:
            raise ValueError(fault)
        return self
