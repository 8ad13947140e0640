"""The commands as people type them, and the service that answers with what they made."""

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import IsolationForest, RandomForestClassifier, RandomForestRegressor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from iris_api.app import create_app
from iris_api.cli import main
from iris_api.inference.bundle import read_bundle
from iris_api.inference.manifest import Manifest
from iris_api.settings import Settings
from tests.servers import PROJECT, clean_environment

rng = np.random.default_rng(11)
CHURN = pd.DataFrame(
    {
        "Alter": rng.integers(18, 90, 120),
        "monthly spend": rng.normal(50, 12, 120).round(2),
        "plan": rng.choice(["basic", "plus", "pro"], 120),
        "active": rng.random(120) < 0.5,
        "since": pd.date_range("2024-01-01", periods=120).strftime("%d.%m.%Y"),
    }
)
CHURN.loc[::9, "monthly spend"] = np.nan
CHURN.loc[::7, "plan"] = None
CHURNED = ((CHURN["Alter"] > 50) ^ CHURN["active"]).astype(int)


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs a command that goes well, and gives what it printed."""
    monkeypatch.setenv("IRIS_ARTIFACTS", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> str:
        assert main([str(word) for word in words]) == 0
        return capsys.readouterr().out

    return run


@pytest.fixture
def refused(call, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, int]]:
    """Runs a command that is refused, and gives its one line and its exit code."""

    def run(*words: object) -> tuple[str, int]:
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        return capsys.readouterr().err.splitlines()[-1], int(caught.value.code or 0)

    return run


def manifest_of(root: Path, name: str) -> Manifest:
    return read_bundle(root / name / "1", 10**8).manifest


def client_of(root: Path, name: str):
    return create_app(Settings(artifacts=root, model_name=name)).test_client()


def churn_pipeline():
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    parts = [("n", numbers, ["Alter", "monthly spend"]), ("c", OneHotEncoder(handle_unknown="ignore"), ["plan", "active"])]
    return make_pipeline(ColumnTransformer(parts), RandomForestClassifier(10, random_state=0))


@pytest.fixture
def churn(tmp_path: Path) -> Path:
    """A search over a pipeline of mixed columns, and its table as a spreadsheet program writes it."""
    features = CHURN.drop(columns="since")
    joblib.dump(
        GridSearchCV(churn_pipeline(), {"randomforestclassifier__max_depth": [2, 4]}, cv=2).fit(features, CHURNED),
        tmp_path / "churn.joblib",
    )
    text = io.StringIO()
    features.assign(churned=CHURNED)[["churned", *features]].to_csv(text, sep=";", decimal=",", na_rep="NA")
    (tmp_path / "churn.csv").write_text("\ufeff" + text.getvalue().replace("\n", "\r\n"), encoding="utf-8", newline="")
    return tmp_path


def test_a_pipeline_over_mixed_columns_answers_as_it_does_in_a_notebook(churn, call):
    options = ["--bounds", "Alter=0:120", "--unit", "Alter=years", "--describe", "plan=What they pay for", "--classes", "0=stays,1=leaves"]
    said = call("bundle", "churn.joblib", "--data", "churn.csv", "--target", "churned", "--name", "churn", *options)
    assert "note: churn.joblib holds a GridSearchCV; its best_estimator_ is taken." in said
    assert "note: The columns are separated by semicolons." in said
    assert "note: Column 1, which has no name, numbers the rows and is left out" in said
    assert "Column 'monthly spend' is read with a decimal comma" in said
    assert "monthly spend  number    allowed" in said
    assert "from 0 to 120 allowed" in said
    assert "predicts: one of stays, leaves" in said
    card = (churn / "churn" / "1" / "card.md").read_text(encoding="utf-8")
    assert "bundle churn.joblib --data churn.csv --target churned --bounds Alter=0:120 --unit Alter=years" in card
    search, client = joblib.load("churn.joblib"), client_of(churn, "churn")
    features = CHURN.drop(columns="since")
    rows = [{name: value for name, value in row.items() if value is not None} for row in json.loads(features.to_json(orient="records"))]
    answers = client.post("/v1/predict/batch", json={"instances": rows}).json["predictions"]
    assert [[answer["probabilities"][name] for name in ("stays", "leaves")] for answer in answers] == search.predict_proba(
        features
    ).tolist()
    assert [answer["prediction"] for answer in answers] == [("stays", "leaves")[code] for code in search.predict(features)]
    assert [answer["class_index"] for answer in answers] == search.predict(features).tolist()
    model = client.get("/v1/model").json
    assert (model["classes"], model["names"]) == ([0, 1], ["stays", "leaves"])
    assert next(feature for feature in model["features"] if feature["name"] == "plan")["description"] == "What they pay for"
    refused = client.post("/v1/predict", json={**rows[0], "Alter": 121})
    assert (refused.status_code, refused.json["errors"][0]["pointer"]) == (422, "#/Alter")


def test_a_schema_file_says_what_the_options_say(churn, call):
    said = call("bundle", "churn.joblib", "--data", "churn.csv", "--target", "churned", "--write-schema", "own.json")
    assert said.endswith("own.json is written; edit it, and pass it with --schema\n")
    assert not (churn / "churn").exists()
    schema = json.loads((churn / "own.json").read_text())
    schema["columns"]["Alter"] |= {"minimum": 0, "maximum": 120, "unit": "years"}
    schema["classes"] = {"0": "stays", "1": "leaves"}
    (churn / "own.json").write_text(json.dumps(schema))
    call("bundle", "churn.joblib", "--data", "churn.csv", "--schema", "own.json", "--name", "churn", "--unit", "Alter=Jahre")
    signature = manifest_of(churn, "churn").signature
    assert (signature.inputs[0].maximum, signature.inputs[0].unit, signature.task.class_names) == (120, "Jahre", ["stays", "leaves"])


def test_texts_are_answered(tmp_path, call):
    texts = ["good film", "bad film", "great plot, good cast", "awful plot"] * 10
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, ["pos", "neg"] * 20)
    joblib.dump(model, "own.joblib")
    lines = (json.dumps({"review": text, "stars": label}) for text, label in zip(texts, [1, 0] * 20, strict=True))
    Path("own.jsonl").write_text("\n".join(lines).replace('"stars": 1', '"stars": "pos"').replace('"stars": 0', '"stars": "neg"'))
    call("bundle", "own.joblib", "--data", "own.jsonl", "--target", "stars", "--name", "own")
    answer = client_of(tmp_path, "own").post("/v1/predict", json={"review": "a good plot"}).json
    assert answer["probabilities"]["pos"] == pytest.approx(model.predict_proba(["a good plot"])[0][1])
    assert manifest_of(tmp_path, "own").metrics is not None


def test_numbers_are_answered_with_their_unit(tmp_path, call):
    rows = np.column_stack([CHURN["Alter"], CHURN["active"]])
    model = RandomForestRegressor(10, random_state=0).fit(rows, CHURN["Alter"] * 2.5)
    joblib.dump(model, "own.joblib")
    CHURN[["Alter", "active"]].assign(price=CHURN["Alter"] * 2.5).to_csv("own.csv", index=False)
    said = call("bundle", "own.joblib", "--data", "own.csv", "--target", "price", "--name", "own", "--unit", "price=EUR")
    assert "note: the model carries no names of columns" in said
    assert "mean absolute error" in said
    manifest = manifest_of(tmp_path, "own")
    assert (manifest.signature.layout.kind, manifest.signature.task.targets[0].unit) == ("matrix", "EUR")
    answer = client_of(tmp_path, "own").post("/v1/predict", json={"Alter": 40, "active": True}).json
    assert answer["prediction"] == model.predict([[40, 1]])[0]


def test_several_targets_are_labels(tmp_path, call, refused):
    rows, labels = CHURN[["Alter"]], np.column_stack([CHURNED, CHURN["active"]]).astype(int)
    joblib.dump(MultiOutputClassifier(LogisticRegression(max_iter=1000)).fit(rows, labels), "own.joblib")
    rows.assign(churned=labels[:, 0], active=labels[:, 1]).to_csv("own.csv", index=False)
    call("bundle", "own.joblib", "--data", "own.csv", "--target", "churned", "--target", "active", "--name", "own")
    answer = client_of(tmp_path, "own").post("/v1/predict", json={"Alter": 40}).json
    assert list(answer["probabilities"]) == ["churned", "active"]
    line, code = refused("bundle", "own.joblib", "--data", "own.csv", "--target", "active", "--name", "own")
    assert (code, line.endswith("was not fitted on: 'churned'; name each one that it predicts with --target")) == (65, True)


def test_several_targets_are_numbers(tmp_path, call, refused):
    rows = CHURN[["Alter"]].to_numpy(dtype=float)
    joblib.dump(LinearRegression().fit(rows, np.column_stack([rows[:, 0], 3 * rows[:, 0]])), "own.joblib")
    pd.DataFrame({"a": rows[:, 0], "x": rows[:, 0], "y": 3 * rows[:, 0]}).to_csv("own.csv", index=False)
    call("bundle", "own.joblib", "--data", "own.csv", "--target", "x", "--target", "y", "--name", "own")
    answer = client_of(tmp_path, "own").post("/v1/predict", json={"a": 40}).json
    assert answer["prediction"] == {"x": pytest.approx(40), "y": pytest.approx(120)}
    pd.DataFrame({"a": rows[:, 0], "x": rows[:, 0]}).to_csv("own.csv", index=False)
    line, code = refused("bundle", "own.joblib", "--data", "own.csv", "--target", "x", "--name", "own")
    assert (code, line) == (65, "iris-api: own.joblib predicts 2 numbers a row, and there are 1 targets; name each column that it predicts")


@pytest.mark.parametrize("model", [KMeans(3, n_init=1, random_state=0), IsolationForest(n_estimators=10, random_state=0)])
def test_what_predicts_no_column_leaves_its_target_out(tmp_path, call, model):
    joblib.dump(model.fit(CHURN[["Alter"]]), "own.joblib")
    CHURN[["Alter", "plan"]].to_csv("own.csv", index=False)
    call("bundle", "own.joblib", "--data", "own.csv", "--target", "plan", "--name", "own")
    assert manifest_of(tmp_path, "own").signature.names == ["Alter"]


def test_images_are_arrays(tmp_path, call):
    images = rng.random((40, 4, 4))
    model = RandomForestClassifier(5, random_state=0).fit(images.reshape(40, 16), [0, 1] * 20)
    joblib.dump(model, "own.joblib")
    pd.DataFrame(images.reshape(40, 16), columns=[f"p{i}" for i in range(16)]).to_csv("own.csv", index=False)
    call("bundle", "own.joblib", "--data", "own.csv", "--name", "own", "--array", "image=4x4", "--bounds", "image=0:1")
    client = client_of(tmp_path, "own")
    assert client.post("/v1/predict", json={"image": images[3].tolist()}).json["prediction"] == model.predict(images[3].reshape(1, 16))[0]
    assert client.post("/v1/predict", json={"image": (images[3] + 1).tolist()}).status_code == 422


@pytest.mark.parametrize(
    ("words", "message", "code"),
    [
        (["--kind", "alter=number"], "--kind 'alter': there is no such column; 'Alter' was probably meant", 78),
        (["--kind", "plan=number"], "the value is missing; fill it, or allow missing values with --nullable plan", 65),
        (["--kind", "plan=number", "--nullable", "plan"], "is not a number; correct it, or read the column as text", 65),
        (["--nullable", "Plan"], "--nullable 'Plan': there is no such column; 'plan' was probably meant", 78),
        (["--bounds", "Alter=a:b"], "must be COLUMN=LOW:HIGH", 78),
        (["--bounds", "Alter=50:60"], "which is outside of its bounds", 65),
        (["--bounds", "churned=0:1"], "bounds for 'churned': the model takes no such column", 78),
        (["--unit", "plan=EUR"], "'plan' is read as category, which has no unit", 78),
        (["--classes", "2=x"], "the class '2' has a name and is none of the model's", 78),
        (["--task", "regresion"], "'regresion' is no task; 'regression' was probably meant", 78),
        (["--task", "clustering", "--classes", "0=x"], "classes have names, and the model is for clustering", 78),
        (["--array", "image=8"], "'image' is an array, and the model takes columns that are no arrays", 65),
        (["--schema", "none.json"], "none.json cannot be read", 78),
        (["--write-schema", "churn.csv"], "churn.csv is there already", 78),
    ],
)
def test_an_option_that_is_misused_ends_in_one_sentence(churn, refused, words, message, code):
    line, exit_code = refused("bundle", "churn.joblib", "--data", "churn.csv", "--target", "churned", "--name", "own", *words)
    assert line.startswith("iris-api: ")
    assert message in line
    assert exit_code == code
    assert not (churn / "own").exists()


def test_trains_on_numbers_byte_for_byte_as_scikit_learn_does(tmp_path, call):
    frame = CHURN[["Alter", "monthly spend"]].fillna(0.5).assign(churned=CHURNED)
    frame.to_csv("own.csv", index=False)
    call("train", "--csv", "own.csv", "--target", "churned", "--name", "own", "--repeats", 1)
    forest = RandomForestClassifier(n_estimators=100, random_state=42, n_jobs=1)
    joblib.dump(forest.fit(frame[["Alter", "monthly spend"]].to_numpy(dtype=float), CHURNED.to_numpy()), "same.joblib")
    assert (tmp_path / "own" / "1" / "model.joblib").read_bytes() == Path("same.joblib").read_bytes()
    assert {column.kind for column in manifest_of(tmp_path, "own").signature.inputs} == {"number"}


def test_trains_on_mixed_columns_beside_a_baseline(tmp_path, call):
    CHURN.assign(churned=CHURNED).to_csv("own.csv", index=False)
    options = ["--bounds", "Alter=0:120", "--classes", "0=stays,1=leaves"]
    said = call("train", "--csv", "own.csv", "--target", "churned", "--name", "own", "--repeats", 1, *options)
    assert "note: Column 'since' is left out, as dates are not used as they are" in said
    manifest = manifest_of(tmp_path, "own")
    assert manifest.estimator == "HistGradientBoostingClassifier"
    assert manifest.baseline is not None
    assert manifest.baseline.figures["accuracy"].mean < manifest.metrics.accuracy.mean
    assert "this model        baseline (DummyClassifier)" in said
    assert "| Figure | Value | Baseline | Meaning |" in (tmp_path / "own" / "1" / "card.md").read_text(encoding="utf-8")
    client = client_of(tmp_path, "own")
    answer = client.post("/v1/predict", json={"Alter": 70, "plan": None, "active": False}).json
    assert answer["prediction"] == "leaves"
    assert client.post("/v1/predict", json={"Alter": 70, "plan": "gold", "active": False}).status_code == 422


def test_trains_a_regression_and_texts_at_once(tmp_path, call):
    CHURN.assign(churned=CHURNED).to_csv("own.csv", index=False)
    said = call("train", "--csv", "own.csv", "--target", "Alter", "--name", "own", "--repeats", 1, "--unit", "Alter=years")
    assert "different numbers, so this is a regression; --task classification changes that." in said
    for figure in ("mean absolute error", "root mean squared error", "R²"):
        assert f"  {figure}" in said
    assert manifest_of(tmp_path, "own").signature.task.targets[0].unit == "years"
    reviews = [f"{word} film number {index}" for index in range(25) for word in ("good", "bad")]
    pd.DataFrame({"review": reviews, "label": ["pos", "neg"] * 25}).to_csv("texts.csv", index=False)
    call("train", "--csv", "texts.csv", "--target", "label", "--repeats", 1)
    assert client_of(tmp_path, "texts").post("/v1/predict", json={"review": "a good one"}).json["prediction"] == "pos"


def test_an_option_of_train_that_is_misused_ends_before_the_fit(tmp_path, refused, capsys):
    CHURN.assign(churned=CHURNED).to_csv("own.csv", index=False)
    for words, message, code in (
        (["--classes", "3=x"], "the class '3' has a name and is none of the model's", 78),
        (["--task", "clustering"], "--task clustering: is not trained from a table", 78),
        (["--bounds", "Alter=80:90"], "which is outside of its bounds", 65),
    ):
        line, exit_code = refused("train", "--csv", "own.csv", "--target", "churned", "--name", "own", *words)
        assert (message in line, exit_code) == (True, code), line
    assert "fitting" not in capsys.readouterr().err
    assert not (tmp_path / "own").exists()


def test_the_real_command_bundles_and_checks(churn):
    environment = {**clean_environment(), "IRIS_ARTIFACTS": str(churn), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "iris_api.cli"]
    words = ["bundle", "churn.joblib", "--data", "churn.csv", "--target", "churned", "--name", "churn", "--classes", "0=stays,1=leaves"]
    done = subprocess.run([*command, *words], cwd=churn, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, "fit to serve" in done.stdout) == (0, True), done.stderr
    checked = subprocess.run(
        [*command, "check", "churn/1"], cwd=churn, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert checked.returncode == 0, checked.stderr
    (churn / "churn.csv").unlink()
    gone = subprocess.run([*command, *words], cwd=churn, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert (gone.returncode, gone.stderr) == (66, "iris-api: churn.csv does not exist; name a CSV or JSON Lines file\n")
