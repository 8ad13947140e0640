"""The commands ``train`` and ``bundle``: their arguments, and what they do with them.

Whatever loads scikit-learn is imported when a command runs, so that the other commands of ``iris-api`` start quickly.
"""

import argparse
import re
import shlex
from pathlib import Path

from iris_api.errors import ConfigurationError
from iris_api.inference.manifest import MODEL_NAME, Manifest
from iris_api.inference.registry import Registry
from iris_api.settings import Settings, load_settings

PROGRAM = ".venv/bin/iris-api"
DATASET_NAMES = ("iris", "wine", "breast_cancer")


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments that `run_train` reads."""
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--dataset", choices=DATASET_NAMES, default="iris", help="one of scikit-learn's own data sets (default: iris)")
    data.add_argument("--csv", type=Path, metavar="FILE", help="a CSV file: a header row, numeric features, one column of classes")
    parser.add_argument("--target", metavar="COLUMN", help="the column of classes in the CSV file")
    parser.add_argument("--name", help="the model's name (default: that of the data set or CSV file)")
    parser.add_argument("--repeats", type=int, metavar="N", help="repeats of the cross-validation (default: 10, fewer for many rows)")
    _add_artifacts(parser)


def run_train(arguments: argparse.Namespace) -> int:
    """Train a random forest and write its bundle; prints figures and the next command.

    Returns
    -------
    int
        Exit code 0.

    Raises
    ------
    ServiceError
        If the arguments, the data or the bundle are wrong; nothing new is left behind.
    """
    from iris_api.training.datasets import from_csv, load_dataset
    from iris_api.training.publish import train

    settings = load_settings()
    _check_train(arguments)
    given = arguments.dataset if arguments.csv is None else arguments.csv.stem
    registry = _registry(arguments.name or _as_name(given), arguments.artifacts, settings)
    if arguments.csv is None:
        source = ["--dataset", arguments.dataset]
        dataset = load_dataset(arguments.dataset)
    else:
        source = ["--csv", arguments.csv.name, "--target", arguments.target]
        dataset = from_csv(arguments.csv, arguments.target)
    repeats = [] if arguments.repeats is None else ["--repeats", str(arguments.repeats)]
    command = shlex.join([PROGRAM, "train", *source, "--name", registry.name, *repeats])
    manifest = train(dataset, registry, settings, command, arguments.repeats)
    return _report(manifest, registry, settings)


def add_bundle_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments that `run_bundle` reads."""
    parser.add_argument("model", type=Path, help="a fitted scikit-learn classifier, written by joblib or pickle; only one you trust")
    parser.add_argument(
        "--data", type=Path, metavar="FILE", required=True, help="a CSV file of rows it was fitted on: a header, columns in the same order"
    )
    parser.add_argument("--target", metavar="COLUMN", help="the column of classes in it; gives the model cross-validated figures")
    parser.add_argument("--name", required=True, help="the model's name")
    _add_artifacts(parser)


def run_bundle(arguments: argparse.Namespace) -> int:
    """Make a bundle of a classifier that is already there; returns and raises as `run_train` does."""
    from iris_api.training.adopt import load_classifier, load_data
    from iris_api.training.publish import adopt

    settings = load_settings()
    registry = _registry(arguments.name, arguments.artifacts, settings)
    target = [] if arguments.target is None else ["--target", arguments.target]
    parts = [PROGRAM, "bundle", arguments.model.name, "--data", arguments.data.name, *target, "--name", registry.name]
    adopted = load_classifier(arguments.model)
    dataset = load_data(arguments.data, arguments.target, adopted)
    manifest = adopt(adopted.estimator, dataset, registry, settings, shlex.join(parts))
    if adopted.header is None:
        print(
            f"note: the classifier carries no names of columns: it must have been fitted on those of {arguments.data.name} in their order"
        )
    if manifest.golden.details is None:
        print("note: the classifier gives no probabilities; answers will have null for them and for the confidence")
    return _report(manifest, registry, settings)


def _add_artifacts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artifacts", type=Path, metavar="DIR", help="folder of all models (default: IRIS_ARTIFACTS, else artifacts)")


def _check_train(arguments: argparse.Namespace) -> None:
    if arguments.csv is not None and arguments.target is None:
        raise ConfigurationError("--csv needs --target COLUMN, the column that holds the classes")
    if arguments.csv is None and arguments.target is not None:
        raise ConfigurationError("--target goes with --csv FILE; scikit-learn's own data sets know theirs")
    if arguments.repeats is not None and arguments.repeats < 1:
        raise ConfigurationError(f"--repeats {arguments.repeats}: must be 1 or more")


def _as_name(stem: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", stem.lower()).strip("_-")[:64]


def check_model_name(name: str) -> None:
    """Raise `ConfigurationError` if ``name`` cannot be a model's."""
    if not re.fullmatch(MODEL_NAME, name):
        raise ConfigurationError(
            f"{name!r} cannot be a model's name; give one with --name: up to 64 lower-case letters, digits, - and _, no - or _ first"
        )


def _registry(name: str, artifacts: Path | None, settings: Settings) -> Registry:
    check_model_name(name)
    return Registry(artifacts or settings.artifacts, name)


def _report(manifest: Manifest, registry: Registry, settings: Settings) -> int:
    from iris_api.training.publish import next_command, summary

    print(summary(manifest, registry))
    print(f"\nto serve it: {next_command(PROGRAM, registry, manifest.version, settings)}")
    return 0
