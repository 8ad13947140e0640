"""Workers that Gunicorn forks after the master has loaded a model answer with each library, before and after a reload.

Their OpenMP and thread pools would hang there if the master had used them.
"""

import json
import math
import signal

import httpx
import pytest

from iris_api.training.bring import bundle_model
from tests.inference.families.models import LIBRARIES, case
from tests.servers import Server, until

pytestmark = pytest.mark.system
ASKED = 40


def bodies_of(data):
    rows = data[:ASKED].astype(object).to_dict("records")
    return [{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()} for row in rows]


def assert_answered(server, rows, wanted):
    for row, probabilities in zip(rows[:10], wanted, strict=False):
        answer = httpx.post(f"{server.url}/v1/predict", json=row, trust_env=False, timeout=20)
        assert list(answer.json()["probabilities"].values()) == probabilities, answer.text
    batch = httpx.post(f"{server.url}/v1/predict/batch", json={"instances": rows}, trust_env=False, timeout=20)
    assert [list(each["probabilities"].values()) for each in batch.json()["predictions"]] == wanted, batch.text


@pytest.mark.parametrize("library", LIBRARIES)
def test_forked_workers_answer_before_and_after_a_reload(library, tmp_path):
    given = case(library, "multiclass")
    bundle_model(given.model, given.data, name="mine", artifacts=tmp_path / "artifacts")
    rows, wanted = bodies_of(given.data), given.model.predict_proba(given.data[:ASKED]).tolist()
    with Server(tmp_path / "artifacts", tmp_path / "log", IRIS_MODEL_NAME="mine") as server:
        before = server.workers()
        assert_answered(server, rows, wanted)
        server.signal(signal.SIGHUP)
        until(lambda: server.workers() and not server.workers() & before, "new workers")
        assert_answered(server, rows, wanted)
    levels = [json.loads(line)["level"] for line in server.log.read_text().splitlines()]
    assert set(levels) == {"INFO"}
