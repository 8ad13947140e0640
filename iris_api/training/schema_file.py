"""A schema file: what a person says of a model's inputs and outputs, in JSON or YAML; ``docs/your-own-model.md`` describes it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, StrictStr, ValidationError

from iris_api.errors import ArtifactForbidden, ConfigurationError
from iris_api.inference.columns import Array
from iris_api.inference.labels import class_name
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.regression import Regression
from iris_api.training.choices import Choices, TaskKind
from iris_api.training.datasets import Dataset
from iris_api.training.inferred_columns import Kind
from iris_api.training.near_names import unknown_name
from iris_api.training.tables import quoted

MAX_BYTES = 16 * 1024 * 1024
_YAML = frozenset([".yaml", ".yml"])


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _ColumnEntry(_Part):
    kind: Kind | None = None
    nullable: bool | None = None
    minimum: FiniteFloat | None = None
    maximum: FiniteFloat | None = None
    unit: StrictStr | None = None
    description: StrictStr | None = None


class _Schema(_Part):
    task: TaskKind | None = None
    targets: list[StrictStr] = Field(default_factory=list)
    columns: dict[StrictStr, _ColumnEntry] = Field(default_factory=dict)
    arrays: dict[StrictStr, list[int]] = Field(default_factory=dict)
    classes: dict[StrictStr, StrictStr] = Field(default_factory=dict)


def read_schema(path: Path, header: Sequence[str]) -> Choices:
    """What the schema file ``path`` says of a table whose columns are ``header``: YAML if it is called ``.yaml`` or ``.yml``, else JSON.

    Raises
    ------
    ConfigurationError
        If it cannot be read, has a member that is none, or names a column that is not there.
    """
    content = _content(path)
    if isinstance(content, dict) and isinstance(content.get("classes"), dict):
        # YAML reads the codes of classes as numbers and truth values
        content = {**content, "classes": {class_name(label): name for label, name in content["classes"].items()}}
    try:
        schema = _Schema.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the file"
        raise ConfigurationError(f"{path}: {where}: {first['msg'].lower()}; correct it") from None
    for name in (*schema.targets, *schema.columns):
        if name not in (*header, *schema.arrays):
            raise ConfigurationError(f"{path}: there is no column {quoted(name)} in the data; {unknown_name(name, header)}")
    return _choices(path, schema, header)


def write_schema(path: Path, dataset: Dataset) -> None:
    """Write what is known of ``dataset``, whose task is known, as a schema file to edit: YAML or JSON as its name says.

    Raises
    ------
    ConfigurationError
        If there is such a file already, or YAML cannot be written here.
    ArtifactForbidden
        If it cannot be written.
    """
    content = schema_of(dataset)
    if path.suffix.lower() in _YAML:
        text = _yaml().safe_dump(content, sort_keys=False, allow_unicode=True)
    else:
        text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigurationError(f"{path} is there already; name a new file, or delete that one") from None
    except OSError as error:
        raise ArtifactForbidden(f"{path} cannot be written ({error.strerror}); choose another place") from None


def schema_of(dataset: Dataset) -> dict[str, Any]:
    """What a schema file says of ``dataset``, whose task is known, as JSON has it."""
    task = dataset.task
    content: dict[str, Any] = {"task": None if task is None else task.kind}
    if dataset.labels is not None:
        content["targets"] = list(dataset.targets)
    content["columns"] = {column.name: _entry(column) for column in dataset.inputs}
    if isinstance(task, Regression):
        content["columns"] |= {target.name: {"unit": target.unit or ""} for target in task.targets if dataset.labels is not None}
    arrays = {column.name: column.shape for column in dataset.inputs if isinstance(column, Array)}
    if arrays:
        content["arrays"] = arrays
    if isinstance(task, Classification):
        content["classes"] = dict(zip(map(class_name, task.classes), task.class_names, strict=True))
    return content


def _entry(column: Any) -> dict[str, Any]:
    entry = {"kind": column.kind, "nullable": column.nullable, "description": column.description}
    if hasattr(column, "unit"):
        entry |= {"minimum": column.minimum, "maximum": column.maximum, "unit": column.unit or ""}
    return entry


def _choices(path: Path, schema: _Schema, header: Sequence[str]) -> Choices:
    columns = schema.columns
    for name, entry in columns.items():
        if entry.minimum is not None and entry.maximum is not None and entry.minimum > entry.maximum:
            raise ConfigurationError(f"{path}: the minimum of {quoted(name)} is above its maximum; exchange them")
    bounded = {name: entry for name, entry in columns.items() if (entry.minimum, entry.maximum) != (None, None)}
    return Choices(
        targets=tuple(schema.targets),
        task=schema.task,
        kinds={name: entry.kind for name, entry in columns.items() if entry.kind is not None and name in header},
        nullable=frozenset(name for name, entry in columns.items() if entry.nullable),
        required=frozenset(name for name, entry in columns.items() if entry.nullable is False),
        arrays={name: tuple(shape) for name, shape in schema.arrays.items()},
        bounds={name: (entry.minimum, entry.maximum) for name, entry in bounded.items()},
        units={name: entry.unit for name, entry in columns.items() if entry.unit},
        descriptions={name: entry.description for name, entry in columns.items() if entry.description},
        classes=schema.classes,
    )


def _content(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read ({error.strerror}); name a schema file with --schema") from None
    if len(text) > MAX_BYTES:
        raise ConfigurationError(f"{path} has more than {MAX_BYTES} bytes, which no schema file has; name another")
    if path.suffix.lower() in _YAML:
        return _from_yaml(path, text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigurationError(f"{path} is not JSON ({error}); correct it, or call it .yaml if it is YAML") from None


def _from_yaml(path: Path, text: bytes) -> Any:
    yaml = _yaml()
    try:
        # an alias could make a small file a huge one
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ConfigurationError(f"{path} has a YAML alias (*); write the value out")
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ConfigurationError(f"{path} is not YAML ({error}); correct it") from None


def _yaml() -> Any:
    try:
        import yaml
    except ImportError:
        raise ConfigurationError("YAML needs the package PyYAML; install it with: pip install 'iris-api[yaml]', or write JSON") from None
    return yaml
