"""What a model says of itself: the bundle's ``manifest.json``.

Every number that a client may rely on is here, so the service needs to know no particular model. The format is
described for people in ``docs/bundle.md``.
"""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

MODEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,63}$"
FEATURE_NAME = r"^[a-z][a-z0-9_]{0,127}$"
SHA256 = r"^[0-9a-f]{64}$"

Label = StrictStr | StrictBool | StrictInt | StrictFloat


def class_name(label: Label) -> str:
    """A class's name as a JSON member: the label itself if it is text, else its JSON spelling (``true``, ``1``, ``1.0``)."""
    if isinstance(label, bool):
        return "true" if label else "false"
    return label if isinstance(label, str) else repr(label)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Feature(_Strict):
    """One input of the model, in the order the estimator was fitted on.

    ``minimum`` and ``maximum`` are declared bounds and refuse a value outside; ``seen_minimum`` and
    ``seen_maximum`` are what training saw and never refuse anything. All in ``unit``.
    """

    name: str = Field(pattern=FEATURE_NAME)
    unit: str | None = None
    description: str
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    seen_minimum: FiniteFloat
    seen_maximum: FiniteFloat
    example: FiniteFloat

    def admits(self, value: float) -> bool:
        """Whether ``value`` is within the declared bounds."""
        return (self.minimum is None or value >= self.minimum) and (self.maximum is None or value <= self.maximum)


class Artifact(_Strict):
    """The pickle beside the manifest. Its SHA-256 finds damage, not malice: whoever can write the one can write the other."""

    file: Literal["model.joblib"] = "model.joblib"
    sha256: str = Field(pattern=SHA256)
    size_bytes: int = Field(gt=0)


class Libraries(_Strict):
    """Versions of what the estimator was fitted and pickled with."""

    python: str
    numpy: str
    scipy: str
    scikit_learn: str
    joblib: str


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

    ``rows`` has shape (n, features), ``probabilities`` (n, classes) or is None where the estimator has no ``predict_proba``.
    """

    rows: list[list[FiniteFloat]] = Field(min_length=1)
    labels: list[Label]
    probabilities: list[list[FiniteFloat]] | None


class Manifest(_Strict):
    """Everything the service knows of a model; see ``docs/bundle.md``."""

    format: Literal[1] = 1
    name: str = Field(pattern=MODEL_NAME)
    version: int = Field(gt=0)
    task: Literal["classification"] = "classification"
    estimator: str
    created: str
    features: list[Feature] = Field(min_length=1)
    classes: list[Label] = Field(min_length=1)
    artifact: Artifact
    libraries: Libraries
    training_data: TrainingData
    metrics: Metrics | None
    reference: Reference
    golden: Golden
    signature: None = Field(None, exclude=True)

    @property
    def feature_names(self) -> list[str]:
        """Names of the features in the estimator's order."""
        return [feature.name for feature in self.features]

    @property
    def class_names(self) -> list[str]:
        """Names of the classes in the estimator's order, as the members of ``probabilities``."""
        return [class_name(label) for label in self.classes]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        width, depth = len(self.features), len(self.classes)
        if len(set(self.feature_names)) != width or len(set(self.class_names)) != depth:
            raise ValueError("features and classes must have names of their own")
        golden = self.golden
        if any(len(row) != width for row in golden.rows) or len(golden.labels) != len(golden.rows):
            raise ValueError("golden rows must have one value a feature and one label a row")
        if not all(feature.admits(value) for feature, value in zip(self.features, golden.rows[0], strict=True)):
            raise ValueError("a feature's bounds must admit its value in the first golden row")
        probabilities = golden.probabilities
        if probabilities is not None and (len(probabilities) != len(golden.rows) or any(len(row) != depth for row in probabilities)):
            raise ValueError("golden probabilities must have one value a class for every golden row")
        return self
