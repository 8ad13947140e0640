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
from iris_api.training.bundle_options import BUNDLE_OPTIONS, TRAINING_OPTIONS, add_options, option_parts

PROGRAM = ".venv/bin/iris-api"
DATASET_NAMES = ("iris", "wine", "breast_cancer")


def add_train_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments that `run_train` reads."""
    data = parser.add_mutually_exclusive_group()
    data.add_argument("--dataset", choices=DATASET_NAMES, default="iris", help="one of scikit-learn's own data sets (default: iris)")
    data.add_argument("--csv", type=Path, metavar="FILE", help="a table: CSV with a header row, or JSON Lines")
    parser.add_argument("--target", metavar="COLUMN", help="the column of classes or numbers in it that is to be predicted")
    parser.add_argument("--name", help="the model's name (default: that of the data set or file)")
    parser.add_argument("--repeats", type=int, metavar="N", help="repeats of the cross-validation (default: 10, fewer for many rows)")
    add_options(parser, TRAINING_OPTIONS)
    _add_artifacts(parser)


def run_train(arguments: argparse.Namespace) -> int:
    """Train the plainest good pipeline and write its bundle; prints figures and the next command.

    Returns
    -------
    int
        Exit code 0.

    Raises
    ------
    ServiceError
        If the arguments, the data or the bundle are wrong; nothing new is left behind.
    """
    from iris_api.training.datasets import load_dataset
    from iris_api.training.own_models import train_table
    from iris_api.training.publish import train

    settings = load_settings()
    _check_train(arguments)
    given = arguments.dataset if arguments.csv is None else arguments.csv.stem
    registry = _registry(arguments.name or _as_name(given), arguments.artifacts, settings)
    repeats = [] if arguments.repeats is None else ["--repeats", str(arguments.repeats)]
    if arguments.csv is None:
        command = shlex.join([PROGRAM, "train", "--dataset", arguments.dataset, "--name", registry.name, *repeats])
        return _report(train(load_dataset(arguments.dataset), registry, settings, command, arguments.repeats), registry, settings)
    source = ["--csv", arguments.csv.name, "--target", arguments.target, *option_parts(arguments, TRAINING_OPTIONS)]
    command = shlex.join([PROGRAM, "train", *source, "--name", registry.name, *repeats])
    return _report(train_table(arguments, registry, settings, command), registry, settings)


def add_bundle_arguments(parser: argparse.ArgumentParser) -> None:
    """Give ``parser`` the arguments that `run_bundle` reads."""
    parser.add_argument("model", type=Path, help="a fitted scikit-learn estimator that predicts, written by joblib or pickle")
    parser.add_argument(
        "--data", type=Path, metavar="FILE", required=True, help="rows that it was fitted on: CSV with a header row, or JSON Lines"
    )
    parser.add_argument(
        "--target", metavar="COLUMN", action="append", default=[], help="a column that it predicts; gives the model cross-validated figures"
    )
    parser.add_argument("--name", help="the model's name")
    add_options(parser, BUNDLE_OPTIONS)
    parser.add_argument("--schema", type=Path, metavar="FILE", help="all that these options say, in one file of JSON or YAML")
    parser.add_argument(
        "--write-schema", type=Path, metavar="FILE", help="write such a file to edit, made from what was inferred, and no bundle"
    )
    parser.add_argument(
        "--allow", metavar="MODULE:NAME", action="append", default=[], help="a class or function of your own that the model may hold"
    )
    parser.add_argument("--code", type=Path, metavar="FILE", help="the Python file of these, to travel in the bundle; it is imported")
    _add_artifacts(parser)


def run_bundle(arguments: argparse.Namespace) -> int:
    """Make a bundle of an estimator that is already there, or a schema file to edit; returns and raises as `run_train` does."""
    from iris_api.training.own_models import OwnModel, bundle_model_file, read_own_model

    settings = load_settings()
    if arguments.write_schema is not None:
        from iris_api.training.schema_file import write_schema

        read: OwnModel = read_own_model(arguments)
        write_schema(arguments.write_schema, read.dataset)
        print(f"{arguments.write_schema} is written; edit it, and pass it with --schema")
        return 0
    if arguments.name is None:
        raise ConfigurationError("the model has no name; give one with --name")
    registry = _registry(arguments.name, arguments.artifacts, settings)
    targets = [part for target in arguments.target for part in ("--target", target)]
    schema = [] if arguments.schema is None else ["--schema", arguments.schema.name]
    code = [] if arguments.code is None else ["--code", arguments.code.name]
    own = [*code, *(part for name in arguments.allow for part in ("--allow", name))]
    parts = [*targets, *option_parts(arguments, BUNDLE_OPTIONS), *schema, *own, "--name", registry.name]
    command = shlex.join([PROGRAM, "bundle", arguments.model.name, "--data", arguments.data.name, *parts])
    return _report(bundle_model_file(arguments, registry, settings, command), registry, settings)


def _add_artifacts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--artifacts", type=Path, metavar="DIR", help="folder of all models (default: IRIS_ARTIFACTS, else artifacts)")


def _check_train(arguments: argparse.Namespace) -> None:
    if arguments.csv is not None and arguments.target is None:
        raise ConfigurationError("--csv needs --target COLUMN, the column that holds the classes or numbers to predict")
    own = [*(["--target"] if arguments.target is not None else []), *option_parts(arguments, TRAINING_OPTIONS)]
    if arguments.csv is None and own:
        raise ConfigurationError(f"{own[0]} goes with --csv FILE; scikit-learn's own data sets need none")
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
