"""The walk through churn in docs/your-own-model.md, run as it stands."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import PROJECT, Server, clean_environment

pytestmark = pytest.mark.system

PAGE = (PROJECT / "docs" / "your-own-model.md").read_text()
WALK = PAGE[PAGE.index("## From a DataFrame to curl") : PAGE.index("## From a notebook")]
ADDRESS = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", WALK, re.MULTILINE | re.DOTALL)
    return [text for name, text in found if name == language]


def run(command: str, folder: Path) -> str:
    environment = clean_environment(PYTHONPATH=str(PROJECT))
    done = subprocess.run(["bash", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_churn_from_a_dataframe_to_an_answer(tmp_path: Path) -> None:
    install, example, ask = blocks("sh")
    signature, serve = blocks("")
    assert install == "make models\n"
    assert re.fullmatch(r"IRIS_MODEL_NAME=(\w+) make serve\n", serve)[1] == "churn"
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "examples").symlink_to(PROJECT / "examples")

    assert run(example, tmp_path).endswith(signature)

    with Server(tmp_path / "artifacts", tmp_path / "log", IRIS_MODEL_NAME="churn") as server:
        answer = json.loads(run(ask.replace(ADDRESS, server.url), tmp_path))
    assert answer["prediction"] in ("left", "stayed")
    assert answer["input"]["total charges"] is None
    assert {"warnings": answer["warnings"]} == json.loads("{" + blocks("json")[0] + "}")
