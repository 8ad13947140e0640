"""Every error is one problem: RFC 9457, the right status, nothing of the input, no library, no trace."""

import builtins
import json
import logging
import math

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import CategoricalNB
from sklearn.neighbors import RadiusNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures

from iris_api.app import create_app
from iris_api.errors import RequestError
from iris_api.settings import Settings
from iris_api.web.problems import KINDS, TYPE_PREFIX
from tests.inference.bundles import write
from tests.servers import PROJECT
from tests.web.wire import PREDICTING, assert_problem, call, pointers, post, well_formed

SECRET = "zq93marker"
ODD = "zq93<b>marker"


def descendants(kind: type) -> set[type]:
    return {kind for below in kind.__subclasses__() for kind in ({below} | descendants(below))}


def test_every_request_error_has_its_line_in_the_table_and_in_the_document() -> None:
    assert descendants(RequestError) == set(KINDS)
    documented = (PROJECT / "docs" / "errors.md").read_text()
    assert [kind.slug for kind in KINDS.values() if f"| {kind.status} | `{TYPE_PREFIX}{kind.slug}` |" not in documented] == []
    assert len({kind.slug for kind in KINDS.values()}) == len(KINDS)


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1", "/v1/", "/health/", "/v1/predict/", "/v1//model", "/openapi.json/x", "/\xff", "/a%00b", "*"]
)
def test_an_unknown_path_is_404(app, path) -> None:
    problem = assert_problem(call(app, "GET", path), 404, slug="")
    assert problem["title"] == "Not Found"


@pytest.mark.parametrize("host", ["iris.test", "[::::]", "a:99999"])
@pytest.mark.parametrize("path", ["/v1//model", "/health//live", "/v1//predict"])
def test_a_doubled_slash_is_404_and_no_redirect_to_whatever_host_was_sent(app, host, path) -> None:
    assert_problem(call(app, "GET", path, headers={"Host": host}), 404)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "PROPFIND", "\xff"])
@pytest.mark.parametrize("path", PREDICTING)
def test_another_method_is_405_and_the_allowed_are_named(app, path, method) -> None:
    reply = call(app, method, path)

    assert_problem(reply, 405, slug="")
    assert set(reply.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


@pytest.mark.parametrize("path", ["/", "/health", "/health/live", "/health/ready", "/openapi.json", "/v1/model"])
def test_posting_to_what_is_read_is_405(app, path) -> None:
    reply = call(app, "POST", path, b"{}")

    assert_problem(reply, 405)
    assert set(reply.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[" * 60_000,
        b'{"a":' * 10_000,
        b"{}x",
        b"\xef\xbb\xbf{}",
        '{"a":1}'.encode("utf-16"),
        b'{"\xff":1}',
        b"nul",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\\ud800"}',
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":1,}',
        b'{"a":1,"a":1}',
        b'{"sepal_length":1,"sepal_length":1}',
        b'{"instances":[],"instances":[]}',
        b'{"instances":[{"a":1,"a":2}]}',
    ],
    ids=lambda body: repr(body[:20]),
)
def test_malformed_json_is_400(app, path, body) -> None:
    assert_problem(post(app, path, body), 400, slug="malformed-body")


@pytest.mark.parametrize("position", ["first", "last"])
@pytest.mark.parametrize("path", PREDICTING)
def test_a_repeated_member_is_400_and_is_pointed_at(app, row, path, position) -> None:
    text = json.dumps(row)
    again = '"petal_width": 0.2'
    text = f"{{{again}, {text[1:]}" if position == "first" else f"{text[:-1]}, {again}}}"
    body, prefix = (f'{{"instances": [{json.dumps(row)}, {text}]}}', "#/instances/1") if path.endswith("batch") else (text, "#")

    problem = assert_problem(post(app, path, body.encode()), 400)

    assert pointers(problem) == [f"{prefix}/petal_width"]


@pytest.mark.parametrize("value", [None, True, False, "5.1", "", [], {}, [1.0], 10.000000000000002, -1e-300, 1e300, 10**400])
@pytest.mark.parametrize("path", PREDICTING)
def test_a_value_that_is_no_number_in_bounds_is_422_and_is_pointed_at(app, row, path, value) -> None:
    row["petal_length"] = value
    prefix = "#/instances/0" if path.endswith("batch") else "#"

    problem = assert_problem(post(app, path, well_formed(app, row, path)), 422, slug="invalid-input")

    assert pointers(problem) == [f"{prefix}/petal_length"]


def test_every_fault_of_a_row_is_named(app, row) -> None:
    del row["sepal_length"]
    row |= {"petal_width": "x", "sepal_width": 11, "colour": 1}

    problem = assert_problem(post(app, "/v1/predict", row), 422)

    assert {fault["pointer"]: fault["detail"] for fault in problem["errors"]} == {
        "#/sepal_length": "is required",
        "#/sepal_width": "must be at most 10",
        "#/petal_width": "must be a number, not a string",
        "#/colour": "is not a member that is taken here",
    }


@pytest.mark.parametrize("content", [[], 1, "x", None, True, [{}]])
@pytest.mark.parametrize("path", PREDICTING)
def test_json_that_is_no_object_is_422_at_the_root(app, path, content) -> None:
    assert pointers(assert_problem(post(app, path, content), 422)) == ["#"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({}, ["#/instances"]),
        ({"instances": []}, ["#/instances"]),
        ({"instances": {}}, ["#/instances"]),
        ({"instances": [1]}, ["#/instances/0"]),
        ({"instances": [{}], "more": 1}, None),
    ],
)
def test_a_batch_of_another_shape_is_422_and_is_pointed_at(app, content, expected) -> None:
    found = pointers(assert_problem(post(app, "/v1/predict/batch", content), 422))

    assert found == expected if expected else "#/more" in found


def test_the_pointer_names_the_bad_row_of_a_batch(app, row) -> None:
    problem = assert_problem(post(app, "/v1/predict/batch", {"instances": [row] * 7 + [row | {"sepal_width": -1}] + [row]}), 422)

    assert problem["errors"] == [{"pointer": "#/instances/7/sepal_width", "detail": "must be at least 0"}]


def test_a_thousand_faults_make_a_small_answer(app) -> None:
    reply = post(app, "/v1/predict", {f"member_{number}": number for number in range(1000)})

    assert "1004 faults" in assert_problem(reply, 422)["detail"]
    assert len(reply.body) < 10_000


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"sepal_length": ODD}),
        json.dumps({"sepal_length": {ODD: ODD}, "sepal_width": [ODD]}),
        json.dumps({ODD: 1}),
        json.dumps({"instances": [{ODD: ODD}]}),
        json.dumps(ODD),
        json.dumps({"instances": ODD}),
        f'{{"{ODD}": 1, "{ODD}": 1}}',
        f'{{"a": {ODD}}}',
        f'{{"a": "{ODD}',
        f"{ODD}",
    ],
)
def test_no_problem_repeats_the_body(app, path, body) -> None:
    for marker in (ODD, SECRET):
        reply = post(app, path, body.replace(ODD, marker).encode())
        content = assert_problem(reply, reply.status)
        for fault in content.get("errors", []):
            # a member with a plain name has to be pointed at, or nobody could find it; nothing else is repeated
            fault["pointer"] = "" if marker == SECRET else fault["pointer"]
        assert "zq93" not in json.dumps(content)


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/v1/predict", {"Content-Type": f"text/{SECRET}"}),
        ("POST", "/v1/predict", {"Content-Type": f"application/json; charset={SECRET}"}),
        ("POST", "/v1/predict", {"Content-Type": "application/json", "Content-Encoding": SECRET}),
        ("POST", "/v1/predict", {"Content-Type": "application/json", "Content-Length": SECRET}),
        ("GET", "/health", {"Host": f"{SECRET} {SECRET}"}),
        ("GET", "/health", {"Host": f"[{SECRET}]"}),
        ("GET", f"/{SECRET}", {}),
        (SECRET, "/health", {}),
        ("POST", "/v1/predict", {"X-Request-ID": f"{SECRET}<"}),
    ],
)
def test_no_problem_repeats_the_headers_the_path_or_the_method(app, method, path, headers) -> None:
    reply = call(app, method, path, b"{}", headers)

    assert_problem(reply, reply.status)
    assert SECRET not in f"{reply.headers} {reply.body.decode()}"


def test_an_unexpected_failure_is_a_500_that_tells_nothing_and_a_log_line_that_tells_all(fresh, caplog) -> None:
    @fresh.get("/fails")
    def fails() -> None:
        raise ZeroDivisionError(SECRET)

    with caplog.at_level(logging.ERROR):
        reply = call(fresh, "GET", "/fails", headers={"X-Request-ID": "find-me"})

    problem = assert_problem(reply, 500, slug="")
    assert problem["request_id"] == "find-me"
    assert SECRET not in reply.body.decode()
    assert "ZeroDivision" not in reply.body.decode()
    assert b".py" not in reply.body
    [record] = caplog.records
    assert record.exc_info[0] is ZeroDivisionError


def test_a_failing_view_is_a_problem_even_in_debug_and_testing(fresh) -> None:
    fresh.config.update(TESTING=True, DEBUG=True, PROPAGATE_EXCEPTIONS=True)

    @fresh.get("/fails")
    def fails() -> None:
        raise ZeroDivisionError(SECRET)

    assert_problem(call(fresh, "GET", "/fails"), 500)


@pytest.mark.parametrize("path", ["/", "/v1/model", "/openapi.json", *PREDICTING])
def test_before_there_is_a_model_the_answer_is_503_and_when_to_come_back(unready, row, path) -> None:
    reply = post(unready, path, well_formed(unready, row, path)) if path in PREDICTING else call(unready, "GET", path)

    assert_problem(reply, 503, slug="not-ready")
    assert reply.headers["Retry-After"] == "1"


CATEGORIES = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [1.0, 2.0]])
KINDS_OF = [0, 1, 0, 1]
FAR_AWAY = {
    "a category that is negative": (CategoricalNB(), [-1.0, 0.0]),
    "a category that was never seen": (CategoricalNB(), [7.0, 0.0]),
    "far from every neighbour": (RadiusNeighborsClassifier(1.5), [1e6, 0.0]),
    "too large to be raised to a power": (make_pipeline(PolynomialFeatures(9), LogisticRegression()), [3e38, 3e38]),
    "a code that was never seen": (make_pipeline(OneHotEncoder(), LogisticRegression()), [9.0, 0.0]),
    "an outlier of no class": (RadiusNeighborsClassifier(1.5, outlier_label=7), [1e6, 0.0]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore:Outlier label:UserWarning")
@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize(("model", "values"), FAR_AWAY.values(), ids=FAR_AWAY)
@pytest.mark.parametrize("log_inputs", [False, True])
def test_values_that_the_model_has_no_answer_to_are_422_and_a_warning_with_the_cause(
    tmp_path, caplog, model, values, path, log_inputs
) -> None:
    write(tmp_path, model.fit(CATEGORIES, KINDS_OF), CATEGORIES, "odd")
    app = create_app(Settings(artifacts=tmp_path, model_name="odd", log_inputs=log_inputs))
    answered, unanswered = ({f"x{index}": value for index, value in enumerate(row)} for row in (CATEGORIES[0].tolist(), values))

    with caplog.at_level(logging.WARNING, "iris_api"):
        good = post(app, path, well_formed(app, answered, path))
        bad = post(app, path, {"instances": [answered, unanswered]} if path.endswith("batch") else unanswered)

    assert good.status == 200
    problem = assert_problem(bad, 422, slug="unanswerable")
    assert problem["detail"] == "The model has no answer to these values."
    [record] = caplog.records
    assert (record.levelname, record.name) == ("WARNING", "iris_api.web.problems")
    assert (record.route, record.estimator) == (path, type(model).__name__)
    assert issubclass(getattr(builtins, record.error, Exception), Exception)
    # what the estimator said may hold the client's values
    assert bool(record.exc_info) is log_inputs
    assert not any(str(value) in caplog.text for value in values if value > 1) or log_inputs


class Unsure:
    """A scorer that gives what it was given."""

    name = "unsure"

    def __init__(self, exact: bool, probabilities: list[float]) -> None:
        self.exact, self._probabilities = exact, probabilities

    def score_row(self, _row):
        return "setosa", self._probabilities

    def score_rows(self, rows):
        return ["setosa"] * len(rows), [[0.5, 0.5, 0.0]] * (len(rows) - 1) + [self._probabilities]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("index", [0, 1, 2])
@pytest.mark.parametrize("path", PREDICTING)
def test_a_probability_that_is_no_number_is_never_written(fresh, row, path, index, odd) -> None:
    probabilities = [0.5, 0.5, 0.0]
    fresh.extensions["iris_api"].loader.current.predictor.scorer = Unsure(False, probabilities)
    assert post(fresh, path, well_formed(fresh, row, path)).status == 200

    probabilities[index] = odd

    assert_problem(post(fresh, path, well_formed(fresh, row, path)), 422, slug="unanswerable")


@pytest.mark.parametrize("path", PREDICTING)
def test_a_want_of_memory_is_not_the_clients_fault(fresh, row, path) -> None:
    class Short(Unsure):
        def score_row(self, _row):
            raise MemoryError

        score_rows = score_row

    fresh.extensions["iris_api"].loader.current.predictor.scorer = Short(False, [])

    assert_problem(post(fresh, path, well_formed(fresh, row, path)), 500)


@pytest.mark.parametrize("path", PREDICTING)
@pytest.mark.parametrize("environ", [{}, {"wsgi.input_terminated": True}, {"CONTENT_LENGTH": "0"}])
def test_an_empty_body_is_called_so(app, path, environ) -> None:
    reply = call(app, "POST", path, b"", {"Content-Type": "application/json"}, **environ)

    assert assert_problem(reply, 400, slug="malformed-body")["detail"] == "The body is empty."
