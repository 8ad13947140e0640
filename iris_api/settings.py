"""Everything an operator can set, from the environment, checked before anything starts.

``docs/settings.md`` describes each one; a test holds the two together.
"""

import difflib
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from iris_api.errors import ConfigurationError

PREFIX = "IRIS_"
MAX_MODELS = 64
_MODEL = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_ADDRESS = re.compile(r"unix:\S+|\[[0-9A-Fa-f:.]+\]:[0-9]{1,5}|[A-Za-z0-9._-]+:[0-9]{1,5}", re.ASCII)
# what Kubernetes tells every container of a Service named iris or iris-…: addresses, no settings
_SERVICE_LINK = re.compile(r"IRIS_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)", re.ASCII)
_SERVICE_URL = re.compile(r"IRIS_(\w+_)?PORT", re.ASCII)
MAX_GLOBAL_NAME = 160
Bytes = Annotated[int, Field(ge=1, le=2**40)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class Settings(BaseSettings):
    """The service's settings, read once and never changed. An empty variable counts as unset."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, extra="forbid", protected_namespaces=())

    bind: str = Field("127.0.0.1:8000", description="Address to listen on: host:port, [v6]:port or unix:path.")
    port: int | None = Field(
        None, ge=1, le=65535, validation_alias=AliasChoices("PORT"), description="Listen on 0.0.0.0 at this port, unless IRIS_BIND is set."
    )
    workers: int | None = Field(
        None,
        ge=1,
        le=256,
        validation_alias=AliasChoices("WEB_CONCURRENCY"),
        description="Worker processes; the granted processor cores if unset.",
    )
    worker_class: Literal["lanes", "gthread", "sync"] = Field("lanes", description="How a worker answers; docs/workers.md compares them.")
    threads: int = Field(4, ge=1, le=256, description="Threads of each worker.")
    max_connections: int = Field(1000, ge=1, le=100_000, description="Most connections a worker holds; more wait to be accepted.")
    artifacts: Path = Field(Path("artifacts"), description="Folder of all models.")
    model_name: str = Field("iris", pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$", description="The model to serve: a folder below the artifacts.")
    models: str | None = Field(None, description="The models to serve, with commas between; the first is the default.")
    model_version: int | None = Field(None, ge=1, description="Serve this version whatever SERVING says; only with one model.")
    trusted_keys: Path | None = Field(None, description="Folder of public keys; where set, a bundle must be sealed by one of them.")
    allowed_globals: Annotated[frozenset[str] | None, NoDecode] = Field(
        None, description="Classes and functions of your own whose code bundles may run here, as module:name, with commas between."
    )
    lowest_version: int = Field(1, ge=1, description="A bundle of a lower version is refused.")
    max_artifact_bytes: Bytes = Field(1024**3, description="Largest model.joblib that is read.")
    max_table_bytes: Bytes = Field(64 * 1024**2, description="Most memory that a forest's look-up tables may take.")
    probation_seconds: Seconds = Field(20.0, description="How long a bundle's trial before service may take.")
    probation_memory_bytes: Bytes = Field(256 * 1024**2, description="Memory that a bundle's trial may take beyond what its size allows.")
    max_row_bytes: Bytes = Field(64 * 1024, description="Largest body of a single prediction.")
    max_batch_bytes: Bytes = Field(16 * 1024**2, description="Largest body of a batch.")
    max_batch_rows: int = Field(10_000, ge=1, le=10_000_000, description="Most rows in a batch.")
    row_key: str | None = Field(
        None, pattern=r"^[^\x00-\x1f\x7f-\x9f]{1,128}$", description="Member of a row that carries a key of the client's own, given back."
    )
    refuse_unseen: bool = Field(False, description="Refuse a value outside what training saw instead of warning of it.")
    max_unread_bytes: Bytes = Field(64 * 1024**2, description="Most bytes of bodies that a worker holds, and of unsent answers.")
    max_waiting: int = Field(64, ge=1, le=100_000, description="Most requests that wait for a thread of a worker; more get 503.")
    max_wait_seconds: Seconds = Field(5.0, description="A request that waits for a thread for longer, or would, gets 503.")
    head_seconds: Seconds = Field(10.0, description="How long a client may take to send a request's header.")
    body_seconds: Seconds = Field(60.0, description="How long a client may take to send a body, or to read an answer.")
    drain_seconds: float = Field(0.0, ge=0, le=3600, description="How long a worker goes on accepting, not ready, when it is told to stop.")
    timeout_seconds: int = Field(30, ge=1, le=3600, description="A worker that shows no sign of life for so long is replaced.")
    grace_seconds: int = Field(30, ge=1, le=3600, description="How long a worker may finish its requests when it is told to stop.")
    keepalive_seconds: int = Field(5, ge=0, le=3600, description="How long an idle connection is kept; 0 closes each after its answer.")
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field("info", description="Lowest level that is logged.")
    access_log: bool = Field(True, description="Log a line for every request.")
    log_format: Literal["json", "split", "text"] | None = Field(
        None,
        description="`json`: one JSON object a request, with its prediction in it. `split`: the prediction has a line of its own."
        " `text`: one readable line a request. Unset: `text` where standard output is a terminal, else `json`.",
    )
    log_inputs: bool = Field(False, description="Write feature values into the log line of a prediction.")
    log_hash_key: SecretStr | None = Field(None, description="Key of the input hash in the log; random at every start if unset.")

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_lower_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("allowed_globals", mode="before")
    @classmethod
    def _are_global_names(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        names = [name.strip() for name in given.split(",")]
        odd = next((name for name in names if not is_global_name(name)), None)
        if odd is not None:
            raise ValueError(f"{odd[:MAX_GLOBAL_NAME]!r} must be module:name, such as features:AddRatio")
        return frozenset(names)

    @field_validator("bind")
    @classmethod
    def _is_address(cls, bind: str) -> str:
        _, _, port = bind.rpartition(":")
        if not _ADDRESS.fullmatch(bind):
            raise ValueError("must be host:port, [v6]:port or unix:path")
        if not bind.startswith("unix:") and not 1 <= int(port) <= 65535:
            raise ValueError("port must be 1 to 65535")
        return bind

    @field_validator("models")
    @classmethod
    def _are_models(cls, models: str | None) -> str | None:
        names = [] if models is None else _names(models)
        if len(names) > MAX_MODELS or len(set(names)) != len(names) or not all(map(_MODEL.fullmatch, names)):
            raise ValueError(f"must be at most {MAX_MODELS} different names of models with commas between, such as iris,churn")
        return models

    @model_validator(mode="after")
    def _agree_on_models(self) -> Self:
        if self.models is not None and "model_name" in self.model_fields_set and self.model_name != self.served_models[0]:
            first = f"the first of IRIS_MODELS is {self.served_models[0]}, and IRIS_MODEL_NAME says {self.model_name}"
            raise ConfigurationError(f"{first}; unset one of the two, or make them agree")
        if self.model_version is not None and len(self.served_models) > 1:
            served = f"IRIS_MODEL_VERSION pins a version of one model, and IRIS_MODELS names {len(self.served_models)}"
            raise ConfigurationError(f"{served}; unset it and promote the version instead (iris-api promote)")
        return self

    @property
    def served_models(self) -> tuple[str, ...]:
        """The names of the models to serve; the first is the default."""
        return (self.model_name,) if self.models is None else tuple(_names(self.models))

    @property
    def row_bytes_allowed(self) -> tuple[int, int]:
        """Between which limits the longest body of a single prediction is that of the model: the same number twice where it is set."""
        if "max_row_bytes" in self.model_fields_set:
            return self.max_row_bytes, self.max_row_bytes
        return self.max_row_bytes, max(self.max_row_bytes, self.max_batch_bytes)

    @property
    def address(self) -> str:
        """The address to listen on: an explicit ``IRIS_BIND``, else every interface at ``PORT``, else the default."""
        if "bind" not in self.model_fields_set and self.port is not None:
            return f"0.0.0.0:{self.port}"
        return self.bind


def is_global_name(text: str) -> bool:
    """Whether ``text`` names a class or a function at the top level of a module, as ``module:name``."""
    module, colon, name = text.partition(":")
    return bool(colon) and len(text) <= MAX_GLOBAL_NAME and all(map(str.isidentifier, [*module.split("."), name]))


def load_settings() -> Settings:
    """Read the settings from the process's environment.

    Raises
    ------
    ConfigurationError
        Naming the variable that is wrong and what it must be, or the one that was probably meant.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} - {"IRIS_PORT", "IRIS_WORKERS"}
    for name, value in sorted(os.environ.items()):
        if name.upper().startswith(PREFIX) and name.upper() not in known and not _is_service_link(name, value):
            meant = _meant(name.upper().removeprefix(PREFIX), known)
            remedy = f"{meant} was probably meant" if meant else "docs/settings.md has those there are"
            raise ConfigurationError(f"{name} is no setting; {remedy}")
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = str(first["loc"][0])
        name = field if field.isupper() else PREFIX + field.upper()
        raise ConfigurationError(f"{name}: {_demand(first)}; see docs/settings.md") from None


_SYNONYMS = {
    "ADDRESS": "IRIS_BIND",
    "CONCURRENCY": "WEB_CONCURRENCY",
    "DRAIN": "IRIS_DRAIN_SECONDS",
    "HOST": "IRIS_BIND",
    "KEEPALIVE": "IRIS_KEEPALIVE_SECONDS",
    "MODEL": "IRIS_MODEL_NAME",
    "MODEL_DIR": "IRIS_ARTIFACTS",
    "MODEL_PATH": "IRIS_ARTIFACTS",
    "PORT": "PORT",
    "PROCESSES": "WEB_CONCURRENCY",
    "TIMEOUT": "IRIS_TIMEOUT_SECONDS",
    "VERSION": "IRIS_MODEL_VERSION",
    "WORKERS": "WEB_CONCURRENCY",
}
"""What other servers call a setting, without the prefix."""


def _meant(name: str, known: set[str]) -> str | None:
    """The setting that was probably meant by ``name``, by its meaning or its spelling; both are given without the prefix."""
    by_suffix = {setting.removeprefix(PREFIX): setting for setting in known}
    close = difflib.get_close_matches(name, sorted(by_suffix), n=1, cutoff=0.7)
    return _SYNONYMS.get(name) or (by_suffix[close[0]] if close else None)


def _names(models: str) -> list[str]:
    return [name.strip() for name in models.split(",")]


def _is_service_link(name: str, value: str) -> bool:
    """Whether Kubernetes made the variable; its ``IRIS_PORT`` is ``tcp://…``, one with a number is somebody's mistake."""
    return bool(_SERVICE_LINK.fullmatch(name) or (_SERVICE_URL.fullmatch(name) and "://" in value))


_DEMANDS = {
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "literal_error": "must be one of {expected}",
    "greater_than": "must be more than {gt:.15g}",
    "greater_than_equal": "must be at least {ge:.15g}",
    "less_than_equal": "must be at most {le:.15g}",
    "string_pattern_mismatch": "must match {pattern}",
    "value_error": "{error}",
}


def _demand(fault: Any) -> str:
    """What the value must be, in our own words."""
    context = dict(fault.get("ctx", {}))
    if "expected" in context:
        context["expected"] = context["expected"].replace("'", "")
    return _DEMANDS.get(fault["type"], "has a value that cannot be used").format(**context)
