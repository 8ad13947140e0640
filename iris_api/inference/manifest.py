"""What a model says of itself: the bundle's ``manifest.json``.

Every number that a client may rely on is here, so the service needs to know no particular model. The format is
described for people in ``docs/bundle.md``.
"""

from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from iris_api.inference.decoding.own_names import is_own_module
from iris_api.inference.signature import Signature
from iris_api.settings import is_global_name

MODEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
SHA256 = r"^[0-9a-f]{64}$"
MAX_CODE_BYTES = 1024 * 1024
MAX_GLOBALS = 20
MODULE_FILE = r"^[^\W\d]\w{0,63}\.py$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Artifact(_Strict):
    """The pickle beside the manifest. Its SHA-256 detects damage only: anyone who can write the pickle can also write the manifest."""

    file: Literal["model.joblib"] = "model.joblib"
    sha256: str = Field(pattern=SHA256)
    size_bytes: int = Field(gt=0)


class CodeFile(_Strict):
    """A Python module of the user's own that travels beside the manifest."""

    file: str = Field(pattern=MODULE_FILE)
    sha256: str = Field(pattern=SHA256)
    size_bytes: int = Field(ge=0, le=MAX_CODE_BYTES)

    @property
    def module(self) -> str:
        """The module's name."""
        return self.file.removesuffix(".py")


class Code(_Strict):
    """The classes and functions of the user's own that the pickle may mention, as ``module:name``.

    Those of the module in ``file`` are taken from there, all others from modules that are installed where the model is served.
    """

    allowed_globals: list[str] = Field(min_length=1, max_length=MAX_GLOBALS)
    file: CodeFile | None = None

    @model_validator(mode="after")
    def _names_own_modules(self) -> Self:
        for name in self.allowed_globals:
            if not is_global_name(name) or not is_own_module(name.partition(":")[0]):
                raise ValueError("allowed_globals must be names of classes and functions of your own, such as features:AddRatio")
        if self.file is not None and all(name.partition(":")[0] != self.file.module for name in self.allowed_globals):
            raise ValueError("file must be the module of one of allowed_globals")
        return self

    @property
    def setting(self) -> str:
        """What an operator sets to let this code run."""
        return f"IRIS_ALLOWED_GLOBALS={','.join(self.allowed_globals)}"


class Libraries(_Strict):
    """Versions of what the estimator was fitted and pickled with; pandas only where rows are DataFrames, boosting libraries where used."""

    python: str
    numpy: str
    scipy: str
    scikit_learn: str
    joblib: str
    pandas: str | None = None
    catboost: str | None = None
    lightgbm: str | None = None
    xgboost: str | None = None


class TrainingData(_Strict):
    """What the estimator was fitted on: ``sha256`` is taken over the rows (float64, little-endian, C order) and the labels."""

    name: str
    rows: int = Field(gt=0)
    sha256: str = Field(pattern=SHA256)


class Score(_Strict):
    """Mean and standard deviation of one figure over the folds of a cross-validation."""

    mean: FiniteFloat
    standard_deviation: FiniteFloat


class Metrics(_Strict):
    """Honest figures from repeated stratified cross-validation, never from the rows the estimator was fitted on.

    ``confusion_matrix[i][j]`` counts, over all folds and repeats, rows of class ``i`` predicted as class ``j``.
    """

    folds: int = Field(gt=1)
    repeats: int = Field(gt=0)
    accuracy: Score
    log_loss: Score | None
    brier_score: Score | None
    confusion_matrix: list[list[int]]


class RegressionMetrics(_Strict):
    """Figures of a regression from repeated cross-validation, in the target's unit (R² has none)."""

    folds: int = Field(gt=1)
    repeats: int = Field(gt=0)
    mean_absolute_error: Score
    root_mean_squared_error: Score
    r2: Score


class Baseline(_Strict):
    """Figures, by their names in ``metrics``, of an estimator that looks at no input: what a model must be better than."""

    estimator: str
    figures: dict[str, Score]


class Histogram(_Strict):
    """Counts of one feature's training values between consecutive ``edges`` (one more edge than counts)."""

    edges: list[FiniteFloat] = Field(min_length=2)
    counts: list[int] = Field(min_length=1)


class Reference(_Strict):
    """What live data is later compared with: a histogram a feature, and the rows of each class."""

    features: dict[str, Histogram]
    classes: dict[str, int]


class Golden(_Strict):
    """Rows with the exact answers that the estimator must give for them wherever it is loaded.

    ``rows`` (n, columns) are as JSON has them, ``values`` (n) and ``details`` (n, d) as the task does.
    """

    rows: list[list[Any]] = Field(min_length=1)
    values: list[Any]
    details: list[list[FiniteFloat]] | None


class Manifest(_Strict):
    """Everything the service knows of a model; see ``docs/bundle.md``."""

    format: Literal[2] = 2
    name: str = Field(pattern=MODEL_NAME)
    version: int = Field(gt=0)
    estimator: str
    created: str
    signature: Signature
    artifact: Artifact
    code: Code | None = None
    libraries: Libraries
    training_data: TrainingData
    metrics: Metrics | RegressionMetrics | None
    baseline: Baseline | None = None
    reference: Reference
    golden: Golden

    @model_validator(mode="before")
    @classmethod
    def _lift(cls, content: Any) -> Any:
        return lifted(content) if isinstance(content, dict) and content.get("format") == 1 else content

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        width, golden = len(self.signature.inputs), self.golden
        if any(len(row) != width for row in golden.rows) or len(golden.values) != len(golden.rows):
            raise ValueError("golden rows must have one value a column and one answer a row")
        details, depth = golden.details, self.signature.task.detail_width
        if details is not None and (len(details) != len(golden.rows) or any(len(row) != depth for row in details)):
            raise ValueError("golden rows must have a probability a class, or another detail, for every row or for none")
        return self


def lifted(content: dict[str, Any]) -> dict[str, Any]:
    """A manifest of format 1, which knew classification of plain numbers only, as one of format 2."""
    rest = dict(content)
    features, classes, task, golden = (rest.pop(name, None) for name in ("features", "classes", "task", "golden"))
    if not isinstance(features, list) or not isinstance(golden, dict) or task not in (None, "classification"):
        raise ValueError("a manifest of format 1 has features, classes and golden rows")
    inputs = [{**feature, "kind": "number"} if isinstance(feature, dict) else feature for feature in features]
    given = dict(golden)
    answers = {"values": given.pop("labels", None), "details": given.pop("probabilities", None)}
    return {
        **rest,
        "format": 2,
        "signature": {"inputs": inputs, "task": {"kind": "classification", "classes": classes}},
        "golden": {**given, **answers},
    }
