"""A bundle whose manifest has format 1 starts, answers, passes the smoke test and is reloaded."""

import json

import httpx
import pytest

from iris_api.smoke import smoke
from tests.inference.bundles import of_format_1
from tests.servers import Server
from tests.system.test_reload import reload

pytestmark = pytest.mark.system


def test_a_service_of_a_bundle_of_format_1(artifacts, tmp_path):
    file = artifacts / "iris" / "1" / "manifest.json"
    manifest = of_format_1(json.loads(file.read_text()))
    file.chmod(0o600)
    file.write_text(json.dumps(manifest))
    golden, names = manifest["golden"], [feature["name"] for feature in manifest["features"]]
    rows = [dict(zip(names, row, strict=True)) for row in golden["rows"]]
    with Server(artifacts, tmp_path / "log") as server:
        for _ in range(2):
            batch = httpx.post(f"{server.url}/v1/predict/batch", json={"instances": rows}, trust_env=False, timeout=10).json()
            assert [answer["prediction"] for answer in batch["predictions"]] == golden["labels"]
            assert [list(answer["probabilities"].values()) for answer in batch["predictions"]] == golden["probabilities"]
            single = httpx.post(f"{server.url}/v1/predict", json=rows[0], trust_env=False, timeout=10).json()
            assert list(single["probabilities"].values()) == golden["probabilities"][0]
            assert server.get("/v1/model").json()["classes"] == manifest["classes"]
            assert smoke(server.url)
            assert reload(server)["outcome"] == "succeeded"
