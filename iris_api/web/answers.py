"""The shapes of all answers but errors, as the OpenAPI document shows them."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from iris_api.inference.columns import Column
from iris_api.inference.labels import Label
from iris_api.inference.manifest import Libraries, Metrics, RegressionMetrics, TrainingData
from iris_api.inference.tasks.regression import Target
from iris_api.lifecycle import State


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ModelId(_Answer):
    """The model that gave an answer."""

    name: str
    version: int


class UnseenWarning(_Answer):
    """What training saw nothing like; the answer stands, but nothing vouches for it."""

    pointer: str
    detail: str


class Prediction(_Answer):
    """What is predicted for a row. `openapi` adds the members that the model's task gives."""

    key: str | int | SkipJsonSchema[None] = None
    warnings: list[UnseenWarning] | SkipJsonSchema[None] = None


class RowAnswer(Prediction):
    """The answer to one row, with the inputs as they were understood."""

    input: dict[str, Any]
    model: ModelId


class BatchAnswer(_Answer):
    """The answers to a batch, in its order."""

    predictions: list[Prediction]
    model: ModelId
    warnings_left_out: int | SkipJsonSchema[None] = Field(None, description="How many rows have warnings that are not listed.")


class GoldenRow(_Answer):
    """One row whose exact answer is known; a smoke test can hold the service to it."""

    input: dict[str, Any]
    exact: bool
    tolerance: float = Field(description="How far the answer's numbers may differ on another processor; relative to those above 1.")


class ModelAnswer(_Answer):
    """What the model in service says of itself.

    ``classes``, ``labels``, ``targets`` and ``clusters`` are those of its task; ``names`` has what answers call the classes.
    """

    name: str
    version: int
    task: str
    estimator: str
    scorer: str
    created: str
    features: list[Column]
    classes: list[Label] | SkipJsonSchema[None] = None
    names: list[str] | SkipJsonSchema[None] = None
    labels: list[str] | SkipJsonSchema[None] = None
    targets: list[Target] | SkipJsonSchema[None] = None
    clusters: int | SkipJsonSchema[None] = None
    metrics: Metrics | RegressionMetrics | None
    training_data: TrainingData
    libraries: Libraries
    sha256: str
    golden: GoldenRow


class ListedModel(_Answer):
    """A served model and where to ask it; ``version`` and ``task`` are null until it is loaded."""

    name: str
    version: int | None
    task: str | None
    loaded: bool
    links: dict[str, str]


class ModelsAnswer(_Answer):
    """The served models; ``default`` is the one that the paths without a model's name ask."""

    default: str
    models: list[ListedModel]


class LiveAnswer(_Answer):
    """The process answers."""

    status: Literal["alive"]


class ReadyAnswer(_Answer):
    """Whether the process should be sent requests."""

    status: Literal["ready", "starting", "draining"]


class ReloadAnswer(_Answer):
    """The last attempt to take on another bundle; ``at`` is RFC 3339 time. Why it failed is in the log, which names files."""

    outcome: Literal["succeeded", "failed"]
    at: str


class ModelHealth(_Answer):
    """The state of one model; after a reload that failed, ``version`` is the one before, which still answers."""

    loaded: bool
    version: int | None
    last_reload: ReloadAnswer | None


class HealthAnswer(_Answer):
    """The state of the worker that answers, for people and monitors. ``model…`` and ``last_reload`` are those of the default model."""

    status: Literal["healthy", "unhealthy"]
    model: Literal["loaded", "not loaded"]
    model_name: str | None
    model_version: int | None
    service_version: str
    worker: int
    state: State
    uptime_seconds: float = Field(description="Since the service was started; replacing a worker does not reset it.")
    last_reload: ReloadAnswer | None
    models: dict[str, ModelHealth] = Field(description="Each served model by its name.")


class IndexAnswer(_Answer):
    """The service's name and where to go from here."""

    service: str
    version: str
    model: ModelId
    links: dict[str, str]


class OpenApiAnswer(BaseModel):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
