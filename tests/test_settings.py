"""What an operator can set, and how a mistake is told."""

import os
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from iris_api.errors import ConfigurationError
from iris_api.settings import Settings, load_settings
from tests.servers import PROJECT


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in list(os.environ):
        if name.upper().startswith("IRIS_") or name.upper() in ("PORT", "WEB_CONCURRENCY"):
            monkeypatch.delenv(name)


@pytest.fixture
def set_to(monkeypatch):
    def load(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


def test_the_defaults_are_those_of_the_documents():
    settings = load_settings()
    assert (settings.address, str(settings.artifacts), settings.model_name) == ("127.0.0.1:8000", "artifacts", "iris")
    assert (settings.max_row_bytes, settings.max_batch_bytes, settings.max_batch_rows) == (65536, 16777216, 10000)
    assert (settings.model_version, settings.workers, settings.log_inputs, settings.log_hash_key) == (None, None, False, None)


def test_values_come_from_the_environment(set_to):
    settings = set_to(
        IRIS_ARTIFACTS="/models", IRIS_MODEL_VERSION="3", IRIS_LOG_LEVEL="DEBUG", IRIS_ACCESS_LOG="false", WEB_CONCURRENCY="5"
    )
    assert (str(settings.artifacts), settings.model_version, settings.log_level) == ("/models", 3, "debug")
    assert (settings.access_log, settings.workers) == (False, 5)


def test_an_empty_variable_counts_as_unset(set_to):
    settings = set_to(IRIS_BIND="", IRIS_MODEL_VERSION="", PORT="", IRIS_LOG_HASH_KEY="")
    assert (settings.address, settings.model_version, settings.log_hash_key) == ("127.0.0.1:8000", None, None)


def test_port_opens_every_interface_unless_bind_says_otherwise(set_to):
    assert set_to(PORT="5000").address == "0.0.0.0:5000"
    assert set_to(IRIS_BIND="127.0.0.1:6000").address == "127.0.0.1:6000"


def test_several_models_the_first_is_the_default(set_to):
    assert Settings().served_models == ("iris",)
    assert set_to(IRIS_MODEL_NAME="wine").served_models == ("wine",)
    assert set_to(IRIS_MODEL_NAME="wine", IRIS_MODELS="wine, churn").served_models == ("wine", "churn")


def test_models_and_the_short_form_may_not_disagree(set_to):
    with pytest.raises(ConfigurationError, match=r"^the first of IRIS_MODELS is churn, and IRIS_MODEL_NAME says iris; unset one"):
        set_to(IRIS_MODEL_NAME="iris", IRIS_MODELS="churn,iris")


def test_a_version_is_pinned_of_one_model_only(set_to):
    assert set_to(IRIS_MODELS="churn", IRIS_MODEL_VERSION="2").model_version == 2
    with pytest.raises(ConfigurationError, match=r"^IRIS_MODEL_VERSION pins .* IRIS_MODELS names 2; unset it and promote"):
        set_to(IRIS_MODELS="churn,iris", IRIS_MODEL_VERSION="2")


def test_the_longest_row_is_the_models_unless_it_is_set(set_to):
    assert Settings().row_bytes_allowed == (65536, 16777216)
    assert set_to(IRIS_MAX_BATCH_BYTES="100").row_bytes_allowed == (65536, 65536)
    assert set_to(IRIS_MAX_ROW_BYTES="65536").row_bytes_allowed == (65536, 65536)


def test_settings_never_change():
    with pytest.raises(ValidationError):
        Settings().bind = "0.0.0.0:80"


def test_the_hash_key_is_not_shown(set_to):
    settings = set_to(IRIS_LOG_HASH_KEY="hush")
    assert "hush" not in repr(settings) + str(settings.model_dump())
    assert settings.log_hash_key.get_secret_value() == "hush"


@pytest.mark.parametrize(
    "bind", ["127.0.0.1:8000", "localhost:1", "[::1]:65535", "[::]:80", "unix:/run/iris.sock", "unix:iris.sock", "my-host_1.de:9"]
)
def test_an_address_is_taken(set_to, bind):
    assert set_to(IRIS_BIND=bind).address == bind


BAD_BINDS = [
    "8000",
    ":8000",
    "host",
    "host:",
    "host:8000x",
    "a b:80",
    "::1:80",
    "[::1]",
    "http://host:80",
]
BAD_BINDS += ["unix:", "host:\uff18\uff10", "unix:/a b", "host:80\n", "h:1,h:2", "fd://3"]


@pytest.mark.parametrize("bind", BAD_BINDS)
def test_what_is_no_address_is_refused_with_what_it_must_be(set_to, bind):
    with pytest.raises(ConfigurationError, match=r"^IRIS_BIND: .*must be host:port, \[v6\]:port or unix:path; see docs/settings\.md$"):
        set_to(IRIS_BIND=bind)


@pytest.mark.parametrize("bind", ["host:0", "host:65536", "[::]:99999"])
def test_a_port_that_cannot_be_is_told_as_such(set_to, bind):
    with pytest.raises(ConfigurationError, match=r"^IRIS_BIND: port must be 1 to 65535; see docs/settings\.md$"):
        set_to(IRIS_BIND=bind)


@pytest.mark.parametrize(
    ("name", "value", "demand"),
    [
        ("IRIS_MAX_BATCH_ROWS", "many", "must be a whole number"),
        ("IRIS_MODEL_VERSION", "1.5", "must be a whole number"),
        ("IRIS_MAX_ROW_BYTES", "9" * 5000, "must be a whole number of fewer digits"),
        ("IRIS_MAX_ROW_BYTES", "9" * 30, "must be at most 1099511627776"),
        ("IRIS_PROBATION_SECONDS", "soon", "must be a number"),
        ("IRIS_PROBATION_SECONDS", "nan", "must be a finite number"),
        ("IRIS_PROBATION_SECONDS", "0", "must be more than 0"),
        ("PORT", "65536", "must be at most 65535"),
        ("WEB_CONCURRENCY", "0", "must be at least 1"),
        ("IRIS_ACCESS_LOG", "perhaps", "must be true or false"),
        ("IRIS_LOG_LEVEL", "loud", "must be one of debug, info, warning, error or critical"),
        ("IRIS_MODEL_NAME", "Iris", "must match ^[a-z0-9][a-z0-9_-]{0,63}$"),
        ("IRIS_BIND", "8000", "must be host:port, [v6]:port or unix:path"),
    ],
)
def test_what_a_value_must_be_is_said_in_plain_words(set_to, name, value, demand):
    with pytest.raises(ConfigurationError) as refusal:
        set_to(**{name: value})
    assert str(refusal.value) == f"{name}: {demand}; see docs/settings.md"


BAD_VALUES = {
    "IRIS_MODEL_VERSION": ["0", "-1", "1.5", "latest"],
    "IRIS_MODEL_NAME": ["../iris", "Iris", "a b", "-x", "x" * 65, "iris\n"],
    "IRIS_MODELS": ["iris,", ",", "iris,iris", "iris;churn", "iris,Churn", "../iris", ",".join(f"m{number}" for number in range(65))],
    "IRIS_MAX_BATCH_ROWS": ["0", "many", "1e3"],
    "IRIS_MAX_ROW_BYTES": ["0", "64KiB", "9" * 30],
    "IRIS_PROBATION_SECONDS": ["0", "-1", "nan", "inf", "soon"],
    "IRIS_LOG_LEVEL": ["loud", "INFO "],
    "IRIS_ACCESS_LOG": ["perhaps"],
    "IRIS_THREADS": ["0", "257"],
    "PORT": ["0", "65536", "http"],
    "WEB_CONCURRENCY": ["0", "-2", "auto"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD_VALUES.items() for value in values])
def test_a_bad_value_is_told_by_the_variables_name(set_to, name, value):
    with pytest.raises(ConfigurationError) as refusal:
        set_to(**{name: value})
    assert str(refusal.value).startswith(f"{name}: ")
    assert str(refusal.value).endswith("; see docs/settings.md")
    assert "pydantic" not in str(refusal.value).lower()
    assert ": must " in str(refusal.value)


MISSPELT = {
    "IRIS_ARTEFACTS": "IRIS_ARTIFACTS",
    "IRIS_LOGLEVEL": "IRIS_LOG_LEVEL",
    "iris_modle_name": "IRIS_MODEL_NAME",
    "IRIS_MAX_BATCH_ROW": "IRIS_MAX_BATCH_ROWS",
    "IRIS_PORT": "PORT",
    "IRIS_WORKERS": "WEB_CONCURRENCY",
    "IRIS_HOST": "IRIS_BIND",
    "IRIS_MODEL_PATH": "IRIS_ARTIFACTS",
}


@pytest.mark.parametrize("name", MISSPELT)
def test_a_misspelt_name_is_refused_with_the_one_that_was_meant(set_to, name):
    with pytest.raises(ConfigurationError, match=f"^{name} is no setting; {MISSPELT[name]} was probably meant$"):
        set_to(**{name: "1"})


@pytest.mark.parametrize("name", ["IRIS_ZZQX", "IRIS_FOO_BAR", "IRIS_DATABASE_URL", "IRIS_X"])
def test_a_name_like_no_other_is_refused_with_where_to_look(set_to, name):
    with pytest.raises(ConfigurationError, match=rf"^{name} is no setting; docs/settings\.md has those there are$"):
        set_to(**{name: "1"})


def test_other_programs_variables_are_left_alone(set_to):
    assert set_to(IRISH="1", MY_IRIS_BIND="1", PATH="/bin") == Settings()


# https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
SERVICE_LINKS = {
    "SERVICE_HOST": "10.0.0.11",
    "SERVICE_PORT": "8000",
    "SERVICE_PORT_HTTP": "8000",
    "SERVICE_PORT_HTTP_PORT": "8000",
    "PORT": "tcp://10.0.0.11:8000",
    "PORT_8000_TCP": "tcp://10.0.0.11:8000",
    "PORT_8000_TCP_PROTO": "tcp",
    "PORT_8000_TCP_PORT": "8000",
    "PORT_8000_TCP_ADDR": "10.0.0.11",
    "PORT_53_UDP_ADDR": "10.0.0.11",
    "PORT_9_SCTP": "sctp://10.0.0.11:9",
}


@pytest.mark.parametrize("service", ["IRIS", "IRIS_API", "IRIS_API_V2"])
def test_what_kubernetes_says_of_a_service_is_left_alone(set_to, service):
    variables = {f"{service}_{name}": value for name, value in SERVICE_LINKS.items()}
    assert set_to(IRIS_THREADS="3", **variables).threads == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [("IRIS_PORT", "8000"), ("IRIS_API_PORT", "8000"), ("IRIS_PORT_HTTP_TCP", "1"), ("IRIS_HOST", "x"), ("iris_service_host", "x")],
)
def test_what_only_looks_like_it_is_not(set_to, name, value):
    with pytest.raises(ConfigurationError, match=f"^{name} is no setting; "):
        set_to(**{name: value})


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
def test_any_bind_is_an_address_or_a_refusal(text):
    try:
        settings = Settings(bind=text)
    except ValidationError:
        return
    assert settings.address.startswith("unix:") or 1 <= int(settings.address.rpartition(":")[2]) <= 65535


def test_a_container_is_given_time_to_finish_a_trial_and_then_its_requests():
    """A master that is told to stop while it tries a model does so when the trial is over."""
    settings = Settings()
    needed = settings.probation_seconds + settings.grace_seconds + settings.drain_seconds
    for file, pattern in {"compose.yaml": r"stop_grace_period: (\d+)s", "README.md": r"--stop-timeout (\d+)"}.items():
        given = int(re.search(pattern, (PROJECT / file).read_text())[1])
        assert needed + 5 <= given, file


def test_allowed_globals_are_names_with_commas_between(set_to):
    assert load_settings().allowed_globals is None
    assert set_to(IRIS_ALLOWED_GLOBALS="").allowed_globals is None
    allowed = set_to(IRIS_ALLOWED_GLOBALS="features:AddRatio, company.steps:Clip,features:AddRatio").allowed_globals
    assert allowed == {"features:AddRatio", "company.steps:Clip"}


@pytest.mark.parametrize(
    "given", ["features", "features.AddRatio", "a:b,", "a:b:c", "a:b.c", "os.path:", '["a:b"]', "a:b;c:d", "x:" + "y" * 200]
)
def test_a_malformed_global_is_told(set_to, given):
    with pytest.raises(ConfigurationError, match=r"^IRIS_ALLOWED_GLOBALS: '.*' must be module:name, such as features:AddRatio; see"):
        set_to(IRIS_ALLOWED_GLOBALS=given)
