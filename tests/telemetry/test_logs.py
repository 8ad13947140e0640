"""One JSON object a line, each with its request's id; one line a prediction, without the values it was made of."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from iris_api.inference.columns import Number
from iris_api.inference.predictions import Predictions
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification
from iris_api.telemetry.events import Predicted
from tests.servers import PROJECT, clean_environment

FLOWERS = Signature(
    inputs=tuple(Number(name=name) for name in ("sepal_length", "sepal_width", "petal_length", "petal_width")),
    task=Classification(classes=["setosa", "versicolor", "virginica"]),
)
ROW, OTHER = [5.125, 3.375, 1.4375, 0.25], [5.125, 3.375, 1.4375, 0.3125]
SINGLE = Predicted("an-id", "iris", 3, FLOWERS, [ROW], Predictions(["setosa"], [0.96875], None), 0.0123456)
BATCH = SINGLE._replace(rows=[ROW, OTHER, ROW], predictions=Predictions(["setosa", "virginica", "setosa"], [1.0, 0.5, 0.75], None))
PRELUDE = """
import logging, sys, warnings
from iris_api.inference.columns import Number
from iris_api.inference.layouts import Matrix
from iris_api.inference.predictions import Predictions
from iris_api.inference.signature import Signature
from iris_api.inference.tasks.classification import Classification
from iris_api.request_facts import current_facts, note, request_log
from iris_api.telemetry import logs
from iris_api.telemetry.events import Predicted
"""


def written(program: str, *, level: str = "info") -> list[dict[str, Any]]:
    """The lines that ``program`` logs in a process of its own, each parsed; nothing else may be written."""
    source = f"{PRELUDE}\nlogs.configure_logging({level!r})\n{program}"
    done = subprocess.run(
        [sys.executable, "-c", source], cwd=PROJECT, env=clean_environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


def unsure(fact: Predicted) -> Predicted:
    return fact._replace(predictions=fact.predictions._replace(confidences=None))


def told(fact: Predicted, *, key: bytes | None = b"key", with_inputs: bool = False) -> str:
    return f"logs.PredictionLog({key!r}, {with_inputs})({fact!r})"


@pytest.fixture(scope="module")
def predictions() -> list[dict[str, Any]]:
    """The lines of a single prediction, of a batch and of one without probabilities."""
    return written("\n".join(told(fact) for fact in (SINGLE, BATCH, unsure(SINGLE), unsure(BATCH))))


def test_a_prediction_is_one_line_with_all_that_is_needed_to_find_it(predictions) -> None:
    line = predictions[0]

    assert len(predictions) == 4
    expected = {"request_id": "an-id", "model": "iris", "version": 3, "label": "setosa", "confidence": 0.96875, "rows": 1}
    assert expected.items() <= line.items()
    assert line["milliseconds"] == 12.346
    assert re.fullmatch(r"[0-9a-f]{32}", line["input_hash"])
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "iris_api.predictions", "prediction")
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", line["time"])
    assert line["process"] > 0


def test_a_batch_is_one_line_that_counts_its_labels(predictions) -> None:
    line = predictions[1]

    assert (line["rows"], line["labels"], line["confidence"]) == (3, {"setosa": 2, "virginica": 1}, 0.75)
    assert "label" not in line


def test_without_probabilities_there_is_no_confidence(predictions) -> None:
    assert [line["confidence"] for line in predictions[2:]] == [None, None]


def test_feature_values_are_written_only_when_asked_for() -> None:
    silent, open_ = written(told(SINGLE) + "\n" + told(SINGLE, with_inputs=True))

    assert not any(str(value) in json.dumps({**silent, "time": ""}) for value in ROW[:3])
    assert open_["inputs"] == [ROW]


@pytest.mark.parametrize("fact", [SINGLE, BATCH], ids=["single", "batch"])
def test_a_key_gives_equal_inputs_equal_hashes_and_only_them(fact) -> None:
    other = fact._replace(rows=[OTHER, *fact.rows[1:]])
    lines = [told(fact), told(fact._replace(request_id="b", version=4)), told(other), told(fact, key=b"another"), told(fact, key=None)]

    first, again, changed, elsewhere, unkeyed = (line["input_hash"] for line in written("\n".join(lines)))
    same_key_later = written(told(fact))[0]["input_hash"]

    assert first == again == same_key_later
    assert len({first, changed, elsewhere, unkeyed}) == 4


def test_without_a_key_it_is_random_at_every_start_and_kept_till_the_end() -> None:
    program = f"log = logs.PredictionLog(None, False)\nlog({SINGLE!r})\nlog({SINGLE!r})"

    (one, two), (three, _) = ([line["input_hash"] for line in written(program)] for _ in range(2))

    assert one == two != three


def test_a_level_above_info_writes_no_predictions() -> None:
    assert written(told(SINGLE), level="warning") == []


def test_whatever_a_message_holds_it_stays_one_line() -> None:
    nasty = 'a "quoted"\nsecond line\r\n{"fake": "record"}\u2028\x00\x1b[31m \\ {} %s \ud800'
    program = f"""
log = logging.getLogger("any")
log.error({nasty!r})
log.warning("%s", {nasty!r}, extra={{"field": {nasty!r}}})
try:
    raise ValueError({nasty!r})
except ValueError:
    log.exception("failed")
warnings.warn({nasty[:-1]!r}, stacklevel=1)
"""
    lines = written(program)

    assert len(lines) == 4
    assert lines[0]["message"] == lines[1]["message"] == lines[1]["field"] == nasty
    assert "ValueError" in lines[2]["exc_info"]
    assert lines[3]["logger"] == "py.warnings"


def test_every_record_has_a_request_id_null_outside_of_a_request() -> None:
    program = """
log = logging.getLogger("any")
log.info("outside")
current_facts.set({"request_id": "inside-id"})
log.info("inside")
log.info("of another", extra={"request_id": "another"})
"""
    assert [line["request_id"] for line in written(program)] == [None, "inside-id", "another"]


@pytest.mark.parametrize(("level", "expected"), [("debug", 5), ("info", 4), ("warning", 3), ("error", 2), ("critical", 1)])
def test_the_level_is_the_lowest_that_is_written(level, expected) -> None:
    program = "for name in ('debug', 'info', 'warning', 'error', 'critical'): getattr(logging.getLogger('any'), name)('x')"

    assert len(written(program, level=level)) == expected


def test_loggers_that_were_there_before_go_on_writing() -> None:
    program = "before = logging.getLogger('before')\nlogs.configure_logging('info')\nbefore.info('still here')"

    assert [line["message"] for line in written(program)] == ["still here"]


def serving(requests: str, settings: str = "") -> Callable[[Any], list[dict[str, Any]]]:
    program = f"""
from iris_api.app import create_app
from iris_api.settings import Settings
from iris_api.errors import ServiceError
row = {{"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2}}
app = create_app(Settings(artifacts={{root!r}}{settings}))
client = app.test_client()
{requests}
"""
    return lambda root: written(program.replace("{root!r}", repr(str(root))))


def test_a_request_and_its_line_have_one_id_made_or_given(trained) -> None:
    lines = serving("""
client.post("/v1/predict", json=row, headers={"X-Request-ID": "given"})
made = client.post("/predict", json=row).headers["X-Request-ID"]
logging.getLogger("after").info(made)
client.post("/v1/predict/batch", json={"instances": [row, row]}, headers={"X-Request-ID": "of-batch"})
client.post("/v1/predict", json={})
""")(trained("iris"))

    given, made, after, batch = lines
    assert (given["request_id"], given["model"], given["version"], given["label"]) == ("given", "iris", 1, "setosa")
    assert made["request_id"] == after["message"]
    assert after["request_id"] is None, "the id of a request ends with it"
    assert (batch["request_id"], batch["rows"], batch["labels"]) == ("of-batch", 2, {"setosa": 2})
    assert given["input_hash"] == made["input_hash"] != batch["input_hash"]


def test_a_failure_is_one_line_with_its_request_id_and_trace(trained) -> None:
    [line] = serving("""
app.add_url_rule("/fails", "fails", lambda: 1 / 0)
client.get("/fails", headers={"X-Request-ID": "failed"})
""")(trained("iris"))

    assert (line["level"], line["request_id"]) == ("ERROR", "failed")
    assert "ZeroDivisionError" in line["exc_info"]


def test_the_settings_decide_over_key_and_inputs(trained) -> None:
    program = """client.post("/v1/predict", json=row)"""
    [first] = serving(program, ", log_hash_key='k', log_inputs=True")(trained("iris"))
    [second] = serving(program, ", log_hash_key='k'")(trained("iris"))
    [third] = serving(program, ", log_hash_key='other'")(trained("iris"))

    assert first["input_hash"] == second["input_hash"] != third["input_hash"]
    assert first["inputs"] == [[5.1, 3.5, 1.4, 0.2]]
    assert "inputs" not in second
