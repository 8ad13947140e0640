"""A class defined in a script, from its fitted pipeline to answers over HTTP; and what a service says that was not told to run it."""

import json
import re
import shutil
import subprocess
import sys
import textwrap

import httpx
import pytest

from tests.servers import PROJECT, Server, clean_environment
from tests.system.test_reload import reload

pytestmark = pytest.mark.system
PAGE = (PROJECT / "docs" / "your-own-model.md").read_text()

STEPS = textwrap.dedent(
    """
    import numpy as np
    from sklearn.base import BaseEstimator, TransformerMixin


    class AddRatio(TransformerMixin, BaseEstimator):
        def __init__(self, of=0, to=1):
            self.of, self.to = of, to

        def fit(self, X, y=None):
            self.highest_ = np.asarray(X, float).max(axis=0)
            return self

        def transform(self, X):
            ratio = np.asarray(X[self.of], float) / np.asarray(X[self.to], float) if isinstance(self.of, str) else X[:, 0] / X[:, 1]
            return np.column_stack([np.asarray(X, float) / self.highest_, ratio])


    def halved(X):
        return X / 2
    """
)
SCRIPT = STEPS + textwrap.dedent(
    """
    import json

    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    from iris_api.errors import ArtifactError
    from iris_api.training import bundle_model

    rows = np.random.default_rng(7).uniform(1, 9, (60, 2))
    labels = np.where(rows[:, 0] > rows[:, 1], "bad", "good")
    frame = pd.DataFrame(rows, columns=["net debt", "income"])
    for name, data, step in (("framed", frame, AddRatio("net debt", "income")), ("matrix", rows, AddRatio())):
        model = make_pipeline(step, FunctionTransformer(halved), LogisticRegression()).fit(data, labels)
        try:
            bundle_model(model, data, name=name, artifacts="artifacts")
        except ArtifactError as error:
            print(error)
        made = bundle_model(model, data, name=name, artifacts="artifacts", allow=[AddRatio, halved], code="features.py")
        print(made)
        joblib.dump(model, f"{name}.joblib")
        expected = dict(zip(model.classes_, model.predict_proba(data)[0]))
        with open(f"{name}.json", "w") as file:
            json.dump({"row": dict(zip(made.manifest.signature.names, rows[0])), "probabilities": expected}, file)
    frame.to_csv("data.csv", index=False)
    """
)
NAMES = "features:AddRatio,features:halved"
LINE = f"IRIS_ALLOWED_GLOBALS={NAMES}"


def run(command, folder, **variables):
    environment = clean_environment(OMP_NUM_THREADS="1", PYTHONPATH=str(PROJECT), **variables)
    return subprocess.run(command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder in which the script has run, and what it printed; neither it nor the file with its classes is there any more."""
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "features.py").write_text(STEPS)
    (folder / "script.py").write_text(SCRIPT)
    done = run([sys.executable, "script.py"], folder)
    assert done.returncode == 0, done.stderr
    for name in ("features.py", "script.py"):
        (folder / name).rename(folder / f"{name}.kept")
    return folder, done.stdout


def check(folder, name, **variables):
    environment = {"IRIS_ARTIFACTS": "artifacts", "IRIS_MODEL_NAME": name} | variables
    return run([sys.executable, "-m", "iris_api.cli", "check"], folder, **environment)


def test_the_script_is_told_what_to_add_and_what_to_set(made):
    _, said = made
    for name in ("framed", "matrix"):
        assert f"the model {name} holds __main__.AddRatio, which was defined in a notebook or script" in said
        assert "move it to a Python file, such as features.py, and add --allow features:AddRatio, and --code features.py" in said
    assert said.count(f"serves only where this is set: {LINE}") == 2


@pytest.mark.parametrize("name", ["framed", "matrix"])
def test_a_class_of_a_script_answers_over_http_as_it_did_there(made, tmp_path, name):
    folder, _ = made
    expected = json.loads((folder / f"{name}.json").read_text())
    with Server(folder / "artifacts", tmp_path / "log", IRIS_MODEL_NAME=name, IRIS_ALLOWED_GLOBALS=NAMES) as server:
        reply = httpx.post(f"{server.url}/v1/predict", json=expected["row"], trust_env=False, timeout=10)
        assert reply.status_code == 200, reply.text
        assert reply.json()["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-12)
        rows = [expected["row"]] * 50
        reply = httpx.post(f"{server.url}/v1/predict/batch", json={"instances": rows}, trust_env=False, timeout=10)
        assert reply.status_code == 200, reply.text


@pytest.mark.parametrize("permitted", ["", "features:AddRatio,other:halved"])
def test_a_service_that_was_not_told_to_run_it_does_not_start(made, permitted):
    folder, _ = made
    variables = {"IRIS_ARTIFACTS": str(folder / "artifacts"), "IRIS_MODEL_NAME": "framed", "IRIS_ALLOWED_GLOBALS": permitted}
    started = run([sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", "127.0.0.1:0"], PROJECT, **variables)
    checked = check(folder, "framed", IRIS_ALLOWED_GLOBALS=permitted, IRIS_ARTIFACTS=str(folder / "artifacts"))
    assert (started.returncode, checked.returncode) == (65, 65)
    assert started.stderr == checked.stderr
    assert started.stderr.count("\n") == 1
    line = ",".join(sorted({*NAMES.split(","), *filter(None, permitted.split(","))}))
    assert f"only if you trust who made it, set IRIS_ALLOWED_GLOBALS={line} (docs/your-own-model.md)" in started.stderr


def test_a_malformed_setting_is_one_of_the_configuration(made):
    folder, _ = made
    for value in ("features.AddRatio", "features:AddRatio,"):
        done = check(folder, "framed", IRIS_ALLOWED_GLOBALS=value)
        assert (done.returncode, done.stderr.startswith("iris-api: IRIS_ALLOWED_GLOBALS: ")) == (78, True)


def bundle_again(folder, target, code):
    """Make the next version of the model "matrix" in ``target`` from the script's pickle and other code."""
    (target / "features.py").write_text(code)
    options = [part for name in NAMES.split(",") for part in ("--allow", name)]
    data = ["--data", str(folder / "data.csv"), "--name", "matrix"]
    command = ["bundle", str(folder / "matrix.joblib"), *data, *options, "--code", "features.py"]
    done = run([sys.executable, "-m", "iris_api.cli", *command], target, IRIS_ARTIFACTS="artifacts")
    assert done.returncode == 0, done.stderr
    assert f"serves only where this is set: {LINE}" in done.stdout


def test_a_reload_takes_other_code_under_the_same_name_and_refuses_what_was_changed(made, tmp_path):
    folder, _ = made
    expected = json.loads((folder / "matrix.json").read_text())
    shutil.copytree(folder / "artifacts" / "matrix", tmp_path / "artifacts" / "matrix")
    serving = tmp_path / "artifacts" / "matrix" / "SERVING"
    serving.write_text("1\n")
    for factor in (40, 2):
        bundle_again(folder, tmp_path, STEPS.replace("X / 2", f"X * {factor}"))
    with Server(tmp_path / "artifacts", tmp_path / "log", IRIS_MODEL_NAME="matrix", IRIS_ALLOWED_GLOBALS=NAMES) as server:

        def outcome(version):
            serving.write_text(f"{version}\n")
            return reload(server)["outcome"]

        def probabilities():
            names = server.get("/v1/model").json()["golden"]["input"]
            row = dict(zip(names, expected["row"].values(), strict=True))
            return httpx.post(f"{server.url}/v1/predict", json=row, trust_env=False, timeout=10).json()["probabilities"]

        assert outcome(2) == "succeeded"
        assert server.health()["model_version"] == 2
        assert probabilities() != pytest.approx(expected["probabilities"], abs=1e-3)
        (serving.parent / "3" / "features.py").write_text(STEPS)
        assert outcome(3) == "failed"
        assert server.health()["model_version"] == 2
        assert outcome(1) == "succeeded"
        assert server.health()["model_version"] == 1
        assert probabilities() == pytest.approx(expected["probabilities"], abs=1e-12)
    assert any("features.py is damaged" in str(line) for line in server.lines())


FITTED = """
import joblib
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

X = pd.DataFrame(np.random.default_rng(7).uniform(1, 9, (60, 2)), columns=["debt", "income"])
y = np.where(X["debt"] > X["income"], "yes", "no")
model = make_pipeline(AddRatio("debt", "income"), LogisticRegression()).fit(X, y)
joblib.dump(model, "churn.joblib")
X.assign(churned=y).to_csv("churn.csv", index=False)
"""


@pytest.mark.timeout(300)
def test_the_page_works_as_it_stands(tmp_path):
    steps, in_notebook = (textwrap.dedent(block) for block in re.findall(r"^   ```python\n(.*?)^   ```$", PAGE, re.MULTILINE | re.DOTALL))
    command, setting = (textwrap.dedent(block) for block in re.findall(r"^   ```sh\n(.*?)^   ```$", PAGE, re.MULTILINE | re.DOTALL))
    (tmp_path / "features.py").write_text(steps)
    (tmp_path / "notebook.py").write_text(steps + FITTED + in_notebook)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    program = tmp_path / ".venv" / "bin" / "iris-api"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m iris_api.cli "$@"\n')
    program.chmod(0o755)
    made = run([sys.executable, "notebook.py"], tmp_path)
    assert made.returncode == 0, made.stderr
    made = run(["bash", "-euc", command], tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "artifacts" / "churn"
    layouts = [json.loads((folder / version / "manifest.json").read_text())["signature"]["layout"]["kind"] for version in "12"]
    assert layouts == ["frame", "frame"]
    checking = "IRIS_MODEL_NAME=churn IRIS_MODEL_VERSION={} .venv/bin/iris-api check"
    refused = run(["bash", "-euc", checking.format(1)], tmp_path)
    assert (refused.returncode, setting.split()[1] in refused.stderr) == (65, True)
    for version in "12":
        assert run(["bash", "-euc", f"{setting}\n{checking.format(version)}"], tmp_path).returncode == 0
