import argparse
import subprocess
import sys
from pathlib import Path

import joblib
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from iris_api.cli import main
from iris_api.errors import ArtifactError, ArtifactMissing, ConfigurationError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.manifest import Manifest
from iris_api.inference.registry import Registry
from iris_api.training.commands import add_bundle_arguments, add_train_arguments, run_bundle, run_train
from iris_api.training.datasets import load_dataset

PROJECT = Path(__file__).resolve().parents[2]
IRIS = load_dataset("iris")


@pytest.fixture(scope="module")
def csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "My Flowers.csv"
    cells = [f"{a},{b},{c},{d},{label}" for (a, b, c, d), label in zip(IRIS.rows.tolist(), IRIS.labels, strict=True)]
    path.write_text("\n".join(["Sepal Length (cm),SepalWidth,petal length,petal width,species", *cells, ""]))
    return path


def call_train(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_train_arguments(parser)
    return run_train(parser.parse_args([str(argument) for argument in arguments]))


def call_bundle(*arguments: object) -> int:
    parser = argparse.ArgumentParser()
    add_bundle_arguments(parser)
    return run_bundle(parser.parse_args([str(argument) for argument in arguments]))


def manifest_in(folder: Path) -> Manifest:
    return read_bundle(folder, 10**8).manifest


def test_trains_on_a_csv_file(tmp_path, csv, capsys):
    assert call_train("--csv", csv, "--target", "species", "--artifacts", tmp_path, "--repeats", 1) == 0
    manifest = manifest_in(tmp_path / "my_flowers" / "1")
    assert manifest.signature.names == ["Sepal Length (cm)", "SepalWidth", "petal length", "petal width"]
    assert manifest.signature.task.classes == ["setosa", "versicolor", "virginica"]
    assert manifest.metrics is not None
    assert manifest.metrics.repeats == 1
    written = capsys.readouterr()
    assert f"to serve it: IRIS_ARTIFACTS={tmp_path} IRIS_MODEL_NAME=my_flowers make serve" in written.out
    assert "cross-validation, folds done: 5 of 5" in written.err
    card = (tmp_path / "my_flowers" / "1" / "card.md").read_text(encoding="utf-8")
    assert "\n.venv/bin/iris-api train --csv 'My Flowers.csv' --target species --name my_flowers --repeats 1\n" in card
    assert str(csv.parent) not in card


def test_artifacts_default_to_the_setting(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IRIS_ARTIFACTS", str(tmp_path))
    assert call_train("--dataset", "wine", "--repeats", 1) == 0
    assert manifest_in(tmp_path / "wine" / "1").name == "wine"
    assert "to serve it: IRIS_MODEL_NAME=wine make serve" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--csv", "x.csv"], "--csv needs --target"),
        (["--target", "y"], "--target goes with --csv"),
        (["--kind", "a=text"], "--kind goes with --csv"),
        (["--task", "regression"], "--task goes with --csv"),
        (["--name", "Not A Name"], "'Not A Name' cannot be a model's name"),
        (["--csv", "花.csv", "--target", "y"], "give one with --name"),
        (["--repeats", "0"], "must be 1 or more"),
    ],
)
def test_refuses_arguments_that_do_not_go_together(tmp_path, arguments, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        call_train(*arguments, "--artifacts", tmp_path)
    assert caught.value.exit_code == 78
    assert list(tmp_path.iterdir()) == []


def test_bundles_a_classifier_with_figures(tmp_path, csv, capsys):
    joblib.dump(GaussianNB().fit(IRIS.rows, IRIS.labels), tmp_path / "own.joblib", compress=3)
    assert call_bundle(tmp_path / "own.joblib", "--data", csv, "--target", "species", "--name", "own", "--artifacts", tmp_path) == 0
    manifest = manifest_in(tmp_path / "own" / "1")
    assert manifest.estimator == "GaussianNB"
    assert manifest.metrics is not None
    assert manifest.metrics.repeats == 10
    assert manifest.reference.classes == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert "IRIS_MODEL_NAME=own make serve" in capsys.readouterr().out


def test_bundles_a_classifier_without_classes(tmp_path, capsys):
    joblib.dump(GaussianNB().fit(IRIS.rows, IRIS.labels), tmp_path / "own.joblib")
    (tmp_path / "rows.csv").write_text("a,b,c,d\n" + "".join(",".join(map(str, row)) + "\n" for row in IRIS.rows.tolist()))
    assert call_bundle(tmp_path / "own.joblib", "--data", tmp_path / "rows.csv", "--name", "own", "--artifacts", tmp_path) == 0
    manifest = manifest_in(tmp_path / "own" / "1")
    assert manifest.metrics is None
    assert sum(manifest.reference.classes.values()) == 150
    said = capsys.readouterr().out
    assert "no figures" in said
    assert "note: the model carries no names of columns: it must have been fitted on those of rows.csv in their order\n" in said
    assert "no probabilities" not in said


def test_bundle_says_when_there_will_be_no_probabilities(tmp_path, capsys, csv):
    joblib.dump(LinearSVC().fit(IRIS.rows, IRIS.labels), tmp_path / "own.joblib")
    assert call_bundle(tmp_path / "own.joblib", "--data", csv, "--target", "species", "--name", "own", "--artifacts", tmp_path) == 0
    assert "note: the classifier gives no probabilities; answers will have null for them" in capsys.readouterr().out


def test_bundle_of_a_table_with_its_classes_says_how_to_name_them(tmp_path, csv):
    joblib.dump(GaussianNB().fit(IRIS.rows, IRIS.labels), tmp_path / "own.joblib")
    with pytest.raises(ArtifactError, match=r"has 5 feature columns, the model takes 4; .*, name it with --target$"):
        call_bundle(tmp_path / "own.joblib", "--data", csv, "--name", "own", "--artifacts", tmp_path)
    with pytest.raises(ArtifactError, match=r"is no file that joblib\.dump or pickle wrote"):
        call_bundle(csv, "--data", csv, "--name", "own", "--artifacts", tmp_path)
    with pytest.raises(ConfigurationError, match="the model has no name; give one with --name"):
        call_bundle(tmp_path / "own.joblib", "--data", csv)


def test_bundles_a_linear_model_with_figures_and_no_warnings(tmp_path, csv):
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(IRIS.rows, IRIS.labels)
    joblib.dump(model, tmp_path / "own.joblib")
    assert call_bundle(tmp_path / "own.joblib", "--data", csv, "--target", "species", "--name", "own", "--artifacts", tmp_path) == 0


def test_the_way_back_from_the_first_promotion(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("IRIS_ARTIFACTS", str(tmp_path))
    assert call_train("--repeats", 1) == 0
    assert "to serve it: make serve\n" in capsys.readouterr().out
    assert call_train("--repeats", 1) == 0
    then = "then kill -HUP the Gunicorn master (until then version 1 serves)"
    assert f"to serve it: .venv/bin/iris-api promote 2, {then}\n" in capsys.readouterr().out
    assert Registry(tmp_path, "iris").serving() == 1
    with pytest.raises(SystemExit, match="66"):
        main(["rollback"])
    assert capsys.readouterr().err.endswith("remembers no version before this one; promote one (iris has: 2, 1)\n")
    assert main(["promote", "2"]) == 0
    assert main(["rollback"]) == 0
    assert "iris version 1 is in service" in capsys.readouterr().out
    assert Registry(tmp_path, "iris").serving() == 1


def test_bundle_tells_what_is_wrong(tmp_path, csv):
    with pytest.raises(ArtifactMissing):
        call_bundle(tmp_path / "none.joblib", "--data", csv, "--name", "own", "--artifacts", tmp_path)
    joblib.dump(GaussianNB().fit(IRIS.rows[:, :3], IRIS.labels), tmp_path / "own.joblib")
    with pytest.raises(ArtifactError, match="the model takes 3"):
        call_bundle(tmp_path / "own.joblib", "--data", csv, "--target", "species", "--name", "own", "--artifacts", tmp_path)
    assert not (tmp_path / "own").exists()


def test_the_script_ends_in_one_line_and_its_exit_code(tmp_path):
    command = [sys.executable, "scripts/train.py", "--csv", str(tmp_path / "none.csv"), "--target", "y"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 66
    assert done.stderr == f"iris-api: {tmp_path / 'none.csv'} does not exist; name a CSV or JSON Lines file\n"


def test_reading_the_arguments_loads_no_scikit_learn():
    code = "import sys, iris_api.training.commands; sys.exit(any(name in sys.modules for name in ('sklearn', 'flask', 'gunicorn')))"
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, timeout=60, check=False).returncode == 0
