"""The rules that only the joined application can show: guarded, described, refusing in one shape; every setting documented.

Every rule is a function that names what breaks it, and each is shown to find a violation that is planted.
"""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, Flask, abort
from pydantic import AliasChoices, Field

from iris_api.app import create_app
from iris_api.errors import MalformedBody
from iris_api.services import EXTENSION
from iris_api.settings import PREFIX, Settings
from iris_api.web import guards
from iris_api.web.problems import MEDIA_TYPE
from tests.servers import PROJECT

DOCUMENTED = PROJECT / "docs" / "settings.md"
ROW = re.compile(r"^\| `([A-Z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


def unguarded(app: Flask) -> list[str]:
    """Rules whose blueprint was not registered with a guard."""
    guarded = app.extensions[guards.EXTENSION]
    return [rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.rpartition(".")[0] not in guarded]


def undescribed(app: Flask, document: dict[str, Any]) -> list[str]:
    """Methods of routes that ``document`` does not have."""
    described = {(path, method.upper()) for path, item in document["paths"].items() for method in item}
    routes = {
        (rule.rule.replace("<name>", name), method)
        for name in app.extensions[EXTENSION].models
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    return [f"{method} {path}" for path, method in sorted(routes - described)]


def _refuse(**_path: str) -> None:
    raise MalformedBody("refused")


def _fail(**_path: str) -> None:
    raise ZeroDivisionError


def _abort(**_path: str) -> None:
    abort(410)


def misshapen(app: Flask) -> list[str]:
    """Endpoints that answer an error otherwise than as a problem; their views are exchanged for ones that fail."""
    found = []
    client = app.test_client()
    for rule in list(app.url_map.iter_rules()):
        method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
        view = app.view_functions[rule.endpoint]
        for failing, status in ((_refuse, 400), (_fail, 500), (_abort, 410)):
            app.view_functions[rule.endpoint] = failing
            reply = client.open(re.sub("<[^>]+>", "1", rule.rule), method=method)
            if (reply.status_code, reply.content_type) != (status, MEDIA_TYPE):
                found.append(f"{rule.endpoint}: {reply.status_code} {reply.content_type}")
        app.view_functions[rule.endpoint] = view
    return found


def settings_missing_from(text: str, settings: type[Settings] = Settings) -> list[str]:
    """Settings that ``text`` has no row for, or another default, and rows of ``text`` that are no setting."""
    rows = {name: default for name, default, _meaning in ROW.findall(text)}
    known = {_variable(name, field): _default(field.default) for name, field in settings.model_fields.items()}
    missing = [f"{name} is not documented" for name in known if name not in rows]
    wrong = [
        f"{name} is {default}, not {rows[name]}" for name, default in known.items() if default and name in rows and rows[name] != default
    ]
    return missing + wrong + [f"{name} is no setting" for name in rows if name not in known]


def _variable(name: str, field: Any) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else PREFIX + name.upper()


def _default(value: Any) -> str | None:
    if value is None:
        return None
    return f"`{str(value).lower() if isinstance(value, bool) else value if not isinstance(value, float) else format(value, 'g')}`"


@pytest.fixture
def planted(trained) -> Flask:
    """An application of this test's own, to plant something in."""
    return create_app(Settings(artifacts=trained("iris")))


@pytest.fixture
def document(app) -> dict[str, Any]:
    return app.test_client().get("/openapi.json").json


def stray(**views: Any) -> Blueprint:
    blueprint = Blueprint("stray", __name__)
    for name, view in views.items():
        blueprint.add_url_rule(f"/stray/{name}/<part>", name, view)
    return blueprint


def test_every_route_is_guarded(app) -> None:
    assert unguarded(app) == []


def test_an_unguarded_route_is_found(planted) -> None:
    planted.register_blueprint(stray(open=_refuse))

    assert unguarded(planted) == ["/stray/open/<part>"]


def test_a_route_of_no_blueprint_is_found(planted) -> None:
    planted.add_url_rule("/loose", "loose", _refuse)

    assert unguarded(planted) == ["/loose"]


def test_a_guarded_route_is_none(planted) -> None:
    guards.register(planted, stray(open=_refuse), guards.Open())

    assert unguarded(planted) == []


def test_every_route_and_method_is_in_the_document(app, document) -> None:
    assert undescribed(app, document) == []


def test_a_route_missing_from_the_document_is_found(planted, document) -> None:
    guards.register(planted, stray(hidden=_refuse), guards.Open())

    assert undescribed(planted, document) == ["GET /stray/hidden/<part>"]


def test_a_method_missing_from_the_document_is_found(planted, document) -> None:
    planted.add_url_rule("/health", "ops.delete", _refuse, methods=["DELETE"])

    assert undescribed(planted, document) == ["DELETE /health"]


def test_every_error_has_the_one_shape(planted) -> None:
    assert misshapen(planted) == []


def test_a_blueprint_with_errors_of_its_own_shape_is_found(planted) -> None:
    blueprint = stray(odd=_refuse)
    blueprint.register_error_handler(Exception, lambda _error: ("oops", 500))
    guards.register(planted, blueprint, guards.Open())

    assert misshapen(planted)
    assert all(line.startswith("stray.odd: 500 text/html") for line in misshapen(planted))


def test_every_setting_is_documented_with_its_default() -> None:
    assert settings_missing_from(DOCUMENTED.read_text()) == []


@pytest.mark.parametrize("name", [_variable(name, field) for name, field in Settings.model_fields.items()])
def test_a_setting_that_lost_its_row_is_found(name) -> None:
    text = "\n".join(line for line in DOCUMENTED.read_text().splitlines() if not line.startswith(f"| `{name}` "))

    assert settings_missing_from(text) == [f"{name} is not documented"]


def test_a_setting_that_nobody_documented_is_found() -> None:
    class More(Settings):
        surprise: bool = Field(True, description="New.")

    assert settings_missing_from(DOCUMENTED.read_text(), More) == ["IRIS_SURPRISE is not documented"]


@pytest.mark.parametrize(
    ("documented", "other", "expected"),
    [
        ("| `IRIS_THREADS` | `4` |", "| `IRIS_THREADS` | `8` |", "IRIS_THREADS is `4`, not `8`"),
        ("| `IRIS_ACCESS_LOG` | `true` |", "| `IRIS_ACCESS_LOG` | `false` |", "IRIS_ACCESS_LOG is `true`, not `false`"),
        ("| `IRIS_BIND` |", "| `IRIS_BINDING` | `x` | New. |\n| `IRIS_BIND` |", "IRIS_BINDING is no setting"),
    ],
)
def test_a_wrong_default_and_a_row_of_nothing_are_found(documented, other, expected) -> None:
    text = DOCUMENTED.read_text()
    assert documented in text

    assert settings_missing_from(text.replace(documented, other)) == [expected]


def test_every_documented_setting_is_one_that_the_settings_module_reads() -> None:
    assert Path(DOCUMENTED).is_file()
    assert len(ROW.findall(DOCUMENTED.read_text())) == len(Settings.model_fields)
