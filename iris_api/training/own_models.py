"""What ``train --csv`` and ``bundle`` do: a table, and perhaps a model, become a bundle; what was inferred is printed."""

import argparse
from dataclasses import dataclass

from threadpoolctl import threadpool_limits

from iris_api.errors import ConfigurationError
from iris_api.inference.bundle import check_writable
from iris_api.inference.manifest import Manifest
from iris_api.inference.registry import Registry
from iris_api.inference.signature import Signature
from iris_api.settings import Settings
from iris_api.training.adopt import Adopted, load_data, load_estimator_file
from iris_api.training.bundle_options import choices_of
from iris_api.training.choices import Choices
from iris_api.training.datasets import Dataset
from iris_api.training.declared import declared, with_task
from iris_api.training.missing_numbers import with_taken_gaps
from iris_api.training.own_classes import own_names
from iris_api.training.publish import Model, adopt, fit_plainest, publish
from iris_api.training.schema_file import read_schema
from iris_api.training.signature_table import signature_table
from iris_api.training.table_files import TableFile, read_table
from iris_api.training.table_samples import Source
from iris_api.training.train_samples import task_for, trainable


@dataclass(frozen=True, slots=True)
class OwnModel:
    """A model from a file, and its data with what it is for."""

    adopted: Adopted
    dataset: Dataset


def train_table(arguments: argparse.Namespace, registry: Registry, settings: Settings, command: str) -> Manifest:
    """Train on the table and the target that ``arguments`` name; raises `ServiceError` as `iris_api.training.publish.train` does."""
    table = read_table(arguments.csv)
    choices = choices_of(arguments, [arguments.target], table.header)
    if choices.task not in (None, "classification", "regression"):
        raise ConfigurationError(f"--task {choices.task}: is not trained from a table; choose classification or regression")
    source = Source(arguments.csv, table, choices)
    data = trainable(source)
    _say([*table.notes, *(note for column in data.columns for note in column.notes), *data.notes])
    # before the fit, which may take long, as an option may be wrong
    check_writable(registry)
    model = fit_plainest(declared(data.dataset, task_for(data.dataset), choices))
    with threadpool_limits(limits=1):
        model = Model(model.estimator, with_taken_gaps(model.dataset, model.estimator, choices.required))
    _show(model.dataset)
    return publish(model, registry, settings, command, arguments.repeats)


def read_own_model(arguments: argparse.Namespace) -> OwnModel:
    """The model and the data that ``arguments`` name; prints what was inferred, and raises `ServiceError` if they do not fit."""
    adopted = load_estimator_file(arguments.model, own_names(arguments.allow, arguments.code))
    table = read_table(arguments.data)
    source = Source(arguments.data, table, _choices(arguments, table))
    # a forked child of a process that has used OpenMP's threads hangs in them, and the check of the bundle forks one
    with threadpool_limits(limits=1):
        dataset, columns = load_data(source, adopted)
        _say([*adopted.notes, *table.notes, *(note for column in columns for note in column.notes)])
        dataset = with_taken_gaps(dataset, adopted.estimator, source.choices.required)
        dataset = with_task(adopted.estimator, dataset, str(arguments.model), source.choices)
    _show(dataset)
    return OwnModel(adopted, dataset)


def bundle_model_file(arguments: argparse.Namespace, registry: Registry, settings: Settings, command: str) -> Manifest:
    """Make a bundle of the model and the data that ``arguments`` name; raises `ServiceError` if they do not fit."""
    own = read_own_model(arguments)
    manifest = adopt(own.adopted.estimator, own.dataset, registry, settings, command)
    if own.adopted.header is None and len(own.dataset.inputs) > 1:
        print(f"note: the model carries no names of columns: it must have been fitted on those of {arguments.data.name} in their order")
    if manifest.signature.task.kind == "classification" and manifest.golden.details is None:
        print("note: the classifier gives no probabilities; answers will have null for them and for the confidence")
    return manifest


def _choices(arguments: argparse.Namespace, table: TableFile) -> Choices:
    written = Choices() if arguments.schema is None else read_schema(arguments.schema, table.header)
    return choices_of(arguments, arguments.target or written.targets, [*table.header, *written.arrays]).over(written)


def _say(notes: list[str]) -> None:
    for note in notes:
        print(f"note: {note}")


def _show(dataset: Dataset) -> None:
    if dataset.task is not None:
        print(f"\n{signature_table(Signature(inputs=dataset.inputs, layout=dataset.layout, task=dataset.task))}\n")
