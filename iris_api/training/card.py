"""The model card: what a person should know before relying on a model, as Markdown, from its manifest alone.

After Mitchell et al., "Model Cards for Model Reporting" (2019), cut down to what a manifest can vouch for.
"""

from collections.abc import Sequence

from iris_api.inference.manifest import Feature, Manifest, Metrics, Score

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
        "## Features\n\n" + _features(manifest.features),
        "## Figures\n\n" + (_figures(manifest.metrics, manifest.class_names) if manifest.metrics else _NO_FIGURES),
        "## Libraries\n\n" + _libraries(manifest),
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


def _what_it_is(manifest: Manifest) -> str:
    data = manifest.training_data
    classes = ", ".join(f"`{name}`" for name in manifest.class_names)
    return (
        f"A {manifest.estimator} of scikit-learn. From {count(len(manifest.features), 'numeric feature')} it tells"
        f" {count(len(manifest.classes), 'class', 'es')} apart: {classes}. Described with the {count(data.rows, 'row')} of"
        f" the data set `{data.name}`. Written {manifest.created}."
    )


def _features(features: Sequence[Feature]) -> str:
    rows = [
        (
            f"`{feature.name}`",
            feature.description,
            feature.unit or "none",
            _bounds(feature),
            f"{feature.seen_minimum:g} to {feature.seen_maximum:g}",
            f"{feature.example:g}",
        )
        for feature in features
    ]
    return table(("Feature", "Meaning", "Unit", "Allowed", "Seen in training", "Example"), rows)


def _bounds(feature: Feature) -> str:
    if feature.minimum is None and feature.maximum is None:
        return "any"
    low = "" if feature.minimum is None else f"from {feature.minimum:g}"
    high = "" if feature.maximum is None else f"to {feature.maximum:g}"
    return f"{low} {high}".strip()


def _figures(metrics: Metrics, classes: Sequence[str]) -> str:
    figures = [
        ("Accuracy", spread(metrics.accuracy), "share of right answers; 1 is best"),
        ("Log loss", spread(metrics.log_loss), "mean of -ln of the probability of the true class; 0 is best"),
        ("Brier score", spread(metrics.brier_score), "squared error of the probabilities, summed over classes; 0 is best"),
    ]
    matrix = [(f"**{name}**", *(str(count) for count in counts)) for name, counts in zip(classes, metrics.confusion_matrix, strict=True)]
    origin = (
        f"From stratified cross-validation in {metrics.folds} folds, repeated {_times(metrics.repeats)}: mean ± standard deviation over"
        " the folds. Each figure comes from rows that the copy of the estimator behind it had not seen."
    )
    caption = "Confusion matrix, summed over all folds and repeats; a line for each true class, a column for each predicted one:"
    return "\n\n".join((origin, table(("Figure", "Value", "Meaning"), figures), caption, table(("", *classes), matrix)))


def _libraries(manifest: Manifest) -> str:
    versions = manifest.libraries
    pairs = (
        ("Python", versions.python),
        ("scikit-learn", versions.scikit_learn),
        ("numpy", versions.numpy),
        ("scipy", versions.scipy),
        ("joblib", versions.joblib),
    )
    return table(("Library", "Version"), pairs)


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
