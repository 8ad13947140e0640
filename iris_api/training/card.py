"""The model card: what a person should know before relying on a model, as Markdown, from its manifest alone.

After Mitchell et al., "Model Cards for Model Reporting" (2019), cut down to what a manifest can vouch for.
"""

from collections.abc import Sequence
from datetime import date

from iris_api.inference.columns import Category, Column, Text
from iris_api.inference.labels import class_name
from iris_api.inference.manifest import Baseline, Code, Manifest, Metrics, RegressionMetrics, Score
from iris_api.inference.signature import Task
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression

MAX_LISTED = 10
MAX_EXAMPLE = 60
_OPTIONAL = ("pandas", "catboost", "lightgbm", "xgboost")

_NO_FIGURES = (
    "None. Figures need rows whose classes are known and that the estimator has not seen; there were none to be had."
    " Measure the model on data of your own before you rely on it."
)
_LIMITS = """\
- For inputs that come from where the training data came from. For any other input it still names one of the classes
  above; it has no answer "none of these".
- A value outside the range seen in training is answered unless a bound below refuses it, but nothing vouches for the
  answer.
- The probabilities are the estimator's own. They order answers by confidence; they need not match the frequencies met
  in practice.
- Not examined for fairness between groups of people, and not to be the sole ground of a decision about a person."""

FIGURES: dict[type, tuple[tuple[str, str, str], ...]] = {
    Metrics: (
        ("accuracy", "Accuracy", "share of right answers; 1 is best"),
        ("log_loss", "Log loss", "mean of -ln of the probability of the true class; 0 is best"),
        ("brier_score", "Brier score", "squared error of the probabilities, summed over classes; 0 is best"),
    ),
    RegressionMetrics: (
        ("mean_absolute_error", "Mean absolute error", "in the target's unit; 0 is best"),
        ("root_mean_squared_error", "Root mean squared error", "in the target's unit, large errors count more; 0 is best"),
        ("r2", "R²", "share of the variance that is explained; 1 is best, 0 is no better than the mean"),
    ),
}
"""The figures of each kind of metrics: the member, its name and its meaning."""


def model_card(manifest: Manifest, command: str) -> str:
    """The card of ``manifest`` in Markdown.

    Parameters
    ----------
    manifest
        The final one, as it is written beside the card.
    command
        What a person types to make the same bundle again from the same data.
    """
    sections = (
        f"# {manifest.name}, version {manifest.version}",
        _what_it_is(manifest),
        "## Intended use and limits\n\n" + _LIMITS,
        "## Inputs\n\n" + _inputs(manifest.signature.inputs),
        "## Figures\n\n" + (_figures(manifest, manifest.metrics) if manifest.metrics else _NO_FIGURES),
        "## Libraries\n\n" + _libraries(manifest),
        *(() if manifest.code is None else ("## Code of its own\n\n" + _code(manifest.code),)),
        "## How to make it again\n\n" + _reproduction(manifest, command),
    )
    return "\n\n".join(sections) + "\n"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table of ``rows``, each with one cell for every entry of ``header``."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def spread(score: Score | None) -> str:
    """A figure as mean ± standard deviation, or that there is none."""
    return "none" if score is None else f"{score.mean:.3f} ± {score.standard_deviation:.3f}"


def count(number: int, noun: str, plural: str = "s") -> str:
    """A number and its noun, which takes ``plural`` unless the number is one."""
    return f"{number} {noun}{'' if number == 1 else plural}"


def figures(metrics: Metrics | RegressionMetrics, baseline: Baseline | None = None) -> list[tuple[str, str, str, str]]:
    """Each figure's name, value, value of the baseline ("" without one) and meaning."""
    beside = {} if baseline is None else baseline.figures
    return [
        (name, spread(getattr(metrics, member)), "" if baseline is None else spread(beside.get(member)), meaning)
        for member, name, meaning in FIGURES[type(metrics)]
    ]


def _what_it_is(manifest: Manifest) -> str:
    data, inputs = manifest.training_data, manifest.signature.inputs
    kinds = {column.kind for column in inputs}
    noun = "numeric feature" if kinds <= {"number", "integer"} else "input"
    return (
        f"A {manifest.estimator}. From {count(len(inputs), noun)} it tells {_purpose(manifest.signature.task)}."
        f" Described with the {count(data.rows, 'row')} of the data set `{data.name}`. Written {manifest.created}."
    )


def _purpose(task: Task) -> str:
    match task:
        case Classification():
            return f"{count(len(task.classes), 'class', 'es')} apart: {_quoted(task.class_names)}"
        case Multilabel():
            return f"which of {count(len(task.labels), 'label')} apply: {_quoted(task.labels)}"
        case Regression():
            return f"{count(len(task.targets), 'number')}: {_quoted([target.name for target in task.targets])}"
        case Clustering():
            return f"to which of {count(task.clusters, 'cluster')} a row belongs"
        case OutlierDetection():
            return "whether a row is like those of training"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _inputs(columns: Sequence[Column]) -> str:
    rows = [
        (
            f"`{column.name}`",
            column.kind + _missing(column),
            column.description,
            getattr(column, "unit", None) or "none",
            _allowed(column),
            _seen(column),
            _example(column),
        )
        for column in columns
    ]
    return table(("Input", "Kind", "Meaning", "Unit", "Allowed", "Seen in training", "Example"), rows)


def _missing(column: Column) -> str:
    if not column.nullable:
        return ""
    return ", may be missing" + (", but was not in training" if getattr(column, "warns_if_missing", False) else "")


def _allowed(column: Column) -> str:
    if isinstance(column, Category):
        return "any" if column.is_open else "the values seen"
    if isinstance(column, Text):
        return f"up to {column.max_characters} characters"
    low, high = getattr(column, "minimum", None), getattr(column, "maximum", None)
    if low is None and high is None:
        return "any"
    return " ".join(([] if low is None else [f"from {_bound(low)}"]) + ([] if high is None else [f"to {_bound(high)}"]))


def _seen(column: Column) -> str:
    if isinstance(column, Category):
        more = f" and {len(column.values) - MAX_LISTED} more" if len(column.values) > MAX_LISTED else ""
        return _quoted([class_name(value) for value in column.values[:MAX_LISTED]]) + more
    low, high = getattr(column, "seen_minimum", None), getattr(column, "seen_maximum", None)
    if low is None or high is None:
        return "any"
    return f"{_bound(low)} to {_bound(high)}"


def _bound(value: float | date) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:g}"


def _example(column: Column) -> str:
    example = column.example
    text = f"{example:g}" if isinstance(example, float) else str(example)
    return text if len(text) <= MAX_EXAMPLE else text[: MAX_EXAMPLE - 1] + "…"


def _figures(manifest: Manifest, metrics: Metrics | RegressionMetrics) -> str:
    task = manifest.signature.task
    kind = "stratified cross-validation" if isinstance(metrics, Metrics) else "cross-validation"
    origin = (
        f"From {kind} in {metrics.folds} folds, repeated {_times(metrics.repeats)}: mean ± standard deviation over"
        " the folds. Each figure comes from rows that the copy of the estimator behind it had not seen."
    )
    parts = [origin, _figure_table(metrics, manifest.baseline)]
    if isinstance(metrics, Metrics) and isinstance(task, Classification):
        names = task.class_names
        matrix = [(f"**{name}**", *(str(count) for count in counts)) for name, counts in zip(names, metrics.confusion_matrix, strict=True)]
        parts += ["Confusion matrix, summed over all folds and repeats; a line for each true class, a column for each predicted one:"]
        parts += [table(("", *names), matrix)]
    return "\n\n".join(parts)


def _figure_table(metrics: Metrics | RegressionMetrics, baseline: Baseline | None) -> str:
    rows = figures(metrics, baseline)
    if baseline is None:
        return table(("Figure", "Value", "Meaning"), [(name, value, meaning) for name, value, _, meaning in rows])
    what = f"Baseline: {baseline.estimator}, which looks at no input."
    return table(("Figure", "Value", "Baseline", "Meaning"), rows) + f"\n\n{what}"


def _libraries(manifest: Manifest) -> str:
    versions = manifest.libraries
    pairs = (
        ("Python", versions.python),
        ("scikit-learn", versions.scikit_learn),
        ("numpy", versions.numpy),
        ("scipy", versions.scipy),
        ("joblib", versions.joblib),
        *((name, version) for name in _OPTIONAL if (version := getattr(versions, name))),
    )
    return table(("Library", "Version"), pairs)


def _code(code: Code) -> str:
    text = f"The model runs {_quoted(code.allowed_globals)}. It serves only where this is set:\n\n```sh\nexport {code.setting}\n```"
    if code.file is None:
        return text + "\n\nInstall the package of each name where the model is served."
    row = (f"`{code.file.file}`", str(code.file.size_bytes), f"`{code.file.sha256}`")
    return text + "\n\nThe bundle contains:\n\n" + table(("File", "Bytes", "SHA-256"), [row])


def _reproduction(manifest: Manifest, command: str) -> str:
    data = manifest.training_data
    return "\n\n".join(
        (
            f"```sh\n{command}\n```",
            f"It is the same data if the manifest of the new bundle shows this SHA-256 of rows and labels: `{data.sha256}`.",
        )
    )


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
