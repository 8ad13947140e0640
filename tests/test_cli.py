"""The command line: what it prints, and the codes it ends with."""

import json
import os
import shutil
import subprocess
import sys

import joblib
import pytest

from iris_api import __version__
from iris_api.cli import COMMANDS, main
from iris_api.inference.registry import Registry
from tests.inference.bundles import edit, plant
from tests.servers import PROJECT, Server, free_port


@pytest.fixture
def iris(artifacts, monkeypatch):
    """The folder of the Iris model's versions, 1 and a copy of it as 2, which serves, with the environment pointing there."""
    for name in list(os.environ):
        if name.upper().startswith("IRIS_") or name in ("PORT", "WEB_CONCURRENCY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("IRIS_ARTIFACTS", str(artifacts))
    shutil.copytree(artifacts / "iris" / "1", artifacts / "iris" / "2")
    edit(artifacts / "iris" / "2", lambda content: content.update(version=2))
    (artifacts / "iris" / "SERVING").write_text("2\n")
    return artifacts / "iris"


def ends_with(code, *words):
    with pytest.raises(SystemExit) as end:
        main(list(words))
    assert end.value.code == code


def refused(capsys, code, *words) -> str:
    ends_with(code, *words)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("iris-api: ")
    assert err.count("\n") == 1
    return err


def test_check_of_the_version_in_service(iris, capsys):
    assert main(["check"]) == 0
    out, err = capsys.readouterr()
    header, first, *_, purpose, verdict = out.splitlines()
    assert header.split() == ["input", "kind", "missing", "values"]
    assert first.split("  ")[0] == "sepal_length"
    assert purpose == "predicts: one of setosa, versicolor, virginica"
    assert (verdict, err) == (f"ok: {iris}/2 is iris version 2 (RandomForestClassifier), fit to serve", "")


def test_check_of_a_path_tells_warnings_first(iris, capsys):
    edit(iris / "1", lambda content: content["libraries"].update(numpy="1.0"))
    assert main(["check", str(iris / "1")]) == 0
    warning, *_, verdict = capsys.readouterr().out.splitlines()
    assert warning.startswith("warning: the model was trained with numpy 1.0, this is ")
    assert verdict.startswith(f"ok: {iris}/1 is iris version 1")


@pytest.mark.parametrize("words", ["", "1/model.joblib", "../iris"])
def test_check_of_what_is_no_bundles_folder_says_what_would_be(iris, capsys, words):
    assert f"{iris / words} is no bundle's folder, as {iris}/1 would be" in refused(capsys, 78, "check", str(iris / words))


SPOILT = {
    "no manifest": (65, lambda folder: (folder / "manifest.json").unlink()),
    "no pickle": (65, lambda folder: (folder / "model.joblib").unlink()),
    "damaged": (65, lambda folder: (folder / "model.joblib").write_bytes(b"")),
    "hostile": (65, lambda folder: plant(folder, b"cos\nsystem\n(S'true'\ntR.")),
    "not a classifier": (
        65,
        lambda folder: joblib.dump(1, folder / "model.joblib") and plant(folder, (folder / "model.joblib").read_bytes()),
    ),
    "misplaced": (65, lambda folder: edit(folder, lambda content: content.update(version=9))),
    "wrong golden rows": (65, lambda folder: edit(folder, lambda content: content["golden"]["rows"].reverse())),
}


@pytest.mark.parametrize(("code", "spoil"), SPOILT.values(), ids=SPOILT)
def test_no_bad_bundle_is_checked_promoted_or_rolled_back_to(iris, capsys, code, spoil):
    registry = Registry(iris.parent, "iris")
    registry.promote(1)
    spoil(iris / "2")
    for words in (["check", str(iris / "2")], ["promote", "2"], ["rollback"]):
        assert str(iris / "2") in refused(capsys, code, *words)
    assert registry.serving() == 1
    assert registry.before() == [2]


def test_a_missing_bundle_is_not_checked_promoted_or_rolled_back_to(iris, capsys):
    registry = Registry(iris.parent, "iris")
    registry.promote(1)
    shutil.rmtree(iris / "2")
    for words in (["check", str(iris / "2")], ["promote", "2"]):
        assert f"{iris}/2 does not exist; name a version there is (iris has: 1)" in refused(capsys, 66, *words)
    assert "that is still there (deleted: 2)" in refused(capsys, 66, "rollback")
    assert registry.serving() == 1


def test_check_without_any_bundle(iris, capsys):
    shutil.rmtree(iris)
    assert f"{iris} holds no bundle; make one" in refused(capsys, 66, "check")


def test_promote_and_rollback(iris, capsys):
    registry = Registry(iris.parent, "iris")
    assert main(["promote", "1"]) == 0
    assert capsys.readouterr().out.startswith("iris version 1 is in service from the next start or reload on (kill -HUP")
    assert registry.serving() == 1
    assert main(["rollback"]) == 0
    assert capsys.readouterr().out.startswith("iris version 2 is in service")
    assert registry.serving() == 2
    assert "remembers no version before this one" in refused(capsys, 66, "rollback")


def test_promote_says_when_a_pin_goes_before_it(iris, capsys, monkeypatch):
    monkeypatch.setenv("IRIS_MODEL_VERSION", "2")
    assert main(["promote", "1"]) == 0
    assert "note: IRIS_MODEL_VERSION pins version 2 and goes before it" in capsys.readouterr().out


@pytest.mark.parametrize("version", ["0", "-1"])
def test_what_is_no_version_is_not_promoted(iris, capsys, version):
    assert "versions are positive whole numbers" in refused(capsys, 78, "promote", "--", version)
    assert (iris / "SERVING").read_text() == "2\n"


def test_a_wrong_setting_ends_every_command_that_reads_it(iris, capsys, monkeypatch):
    monkeypatch.setenv("IRIS_ARTEFACTS", "x")
    for words in (["check"], ["promote", "1"], ["rollback"], ["versions"], ["openapi"]):
        assert "IRIS_ARTIFACTS was probably meant" in refused(capsys, 78, *words)


@pytest.fixture
def three(several, tmp_path, monkeypatch):
    """The artifacts folder of three models, all of which the environment says are served."""
    for name in list(os.environ):
        if name.upper().startswith("IRIS_") or name in ("PORT", "WEB_CONCURRENCY"):
            monkeypatch.delenv(name)
    artifacts = shutil.copytree(several, tmp_path / "three")
    monkeypatch.setenv("IRIS_ARTIFACTS", str(artifacts))
    monkeypatch.setenv("IRIS_MODELS", "iris,churn,mood")
    return artifacts


def test_check_of_every_served_model_and_of_one(three, capsys):
    assert main(["check"]) == 0
    verdicts = [line for line in capsys.readouterr().out.splitlines() if line.startswith("ok: ")]
    assert [line.split(" is ")[1].split(" (")[0] for line in verdicts] == [f"{name} version 1" for name in ("iris", "churn", "mood")]
    for words in (["--name", "churn"], [str(three / "churn" / "1")]):
        assert main(["check", *words]) == 0
        *_, verdict = capsys.readouterr().out.splitlines()
        assert verdict == f"ok: {three}/churn/1 is churn version 1 (DecisionTreeClassifier), fit to serve"


def test_check_ends_at_the_first_served_model_that_is_unfit(three, capsys):
    (three / "churn" / "1" / "model.joblib").write_bytes(b"")
    ends_with(65, "check")
    out, err = capsys.readouterr()
    assert f"ok: {three}/iris/1 " in out.splitlines()[-1]
    assert f"{three}/churn/1" in err


def test_where_several_models_are_served_a_command_about_one_asks_which(three, capsys):
    shutil.copytree(three / "churn" / "1", three / "churn" / "2")
    edit(three / "churn" / "2", lambda content: content.update(version=2))
    for words in (["promote", "2"], ["rollback"]):
        assert "IRIS_MODELS names iris, churn, mood; say which is meant with --name" in refused(capsys, 78, *words)
    assert main(["promote", "2", "--name", "churn"]) == 0
    assert capsys.readouterr().out.startswith("churn version 2 is in service")
    assert main(["rollback", "--name", "churn"]) == 0
    assert Registry(three, "churn").serving() == 1
    assert capsys.readouterr().out.startswith("churn version 1 is in service")
    assert "'../x' cannot be a model's name" in refused(capsys, 78, "promote", "1", "--name", "../x")


def test_openapi_of_several_models(three, capsys):
    assert main(["openapi"]) == 0
    assert {"/v1/predict", "/v1/models/mood/predict"} <= set(json.loads(capsys.readouterr().out)["paths"])


def test_openapi_prints_the_document_of_the_model_in_service(iris, capsys):
    assert main(["openapi"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["openapi"].startswith("3.1")
    assert {"/v1/predict", "/v1/predict/batch", "/health"} <= set(document["paths"])
    assert "petal_width" in json.dumps(document)


def test_a_reader_that_leaves_is_no_fault(iris):
    unread, output = os.pipe()
    os.close(unread)
    command = [sys.executable, "-m", "iris_api.cli", "openapi"]
    done = subprocess.run(command, cwd=PROJECT, stdout=output, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(output)
    assert (done.returncode, done.stderr) == (141, "")


def test_openapi_without_a_model_is_refused(iris, capsys):
    shutil.rmtree(iris)
    assert "holds no bundle" in refused(capsys, 66, "openapi")


@pytest.mark.system
def test_smoke_of_a_running_service(iris, tmp_path, capsys):
    with Server(iris.parent, tmp_path / "log") as server:
        assert main(["smoke", server.url + "/"]) == 0
        lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok    health: iris version 2 is healthy"
    assert lines[1].startswith("ok    prediction: the golden row is ")
    assert lines[2] == "ok    refusal: what is no row is refused with 422"


def test_smoke_of_nothing_fails_in_one_line(capsys):
    url = f"http://127.0.0.1:{free_port()}"
    assert main(["smoke", url]) == 1
    assert capsys.readouterr() == (f"FAIL  health: nothing can be asked at {url}/health: Connection refused\n", "")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "file:///etc/passwd", "ftp://host", ""])
def test_smoke_takes_only_addresses_of_services(capsys, url):
    assert "must start with http:// or https://" in refused(capsys, 78, "smoke", url)


def test_the_version_is_told(capsys):
    ends_with(0, "--version")
    assert capsys.readouterr().out == f"iris-api {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name, capsys):
    ends_with(0, name, "--help")
    assert f"usage: iris-api {name}" in capsys.readouterr().out
    ends_with(0, "--help")
    assert name in capsys.readouterr().out


def interrupt(_arguments):
    raise KeyboardInterrupt


def test_ctrl_c_ends_a_command_without_a_word(monkeypatch, capsys):
    monkeypatch.setitem(COMMANDS, "check", (*COMMANDS["check"][:2], interrupt))
    assert main(["check"]) == 130
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def becomes(monkeypatch):
    """The command line that the process would become, and the WEB_CONCURRENCY it would have."""
    found = []
    monkeypatch.setattr(os, "execvp", lambda file, words: found.append((file, words, os.environ.get("WEB_CONCURRENCY"))))
    return found


@pytest.mark.parametrize(("value", "given"), [(None, None), ("", None), ("3", "3"), ("3.0", "3"), (" 3 ", "3")])
@pytest.mark.parametrize("options", [[], ["--bind", "127.0.0.1:1"]])
def test_serve_becomes_gunicorn(iris, becomes, monkeypatch, value, given, options):
    monkeypatch.chdir(PROJECT)
    if value is not None:
        monkeypatch.setenv("WEB_CONCURRENCY", value)
    main(["serve", *(["--", *options] if options else [])])
    assert becomes == [(sys.executable, [sys.executable, "-m", "gunicorn", "wsgi:app", *options], given)]


@pytest.mark.parametrize("value", ["abc", "0", "1.5", " "])
def test_serve_refuses_a_wrong_setting_in_one_line(iris, becomes, monkeypatch, capsys, value):
    monkeypatch.chdir(PROJECT)
    monkeypatch.setenv("WEB_CONCURRENCY", value)
    assert "WEB_CONCURRENCY: must be " in refused(capsys, 78, "serve")
    assert becomes == []


def test_serve_says_where_it_must_be_run(iris, becomes, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert f"there is no wsgi.py in {tmp_path}; run iris-api serve in the project's folder" in refused(capsys, 78, "serve")
    (tmp_path / "wsgi.py").touch()
    assert "there is no gunicorn.conf.py in " in refused(capsys, 78, "serve")
    assert becomes == []


@pytest.mark.parametrize(
    "words", [[], ["serve-me"], ["promote"], ["promote", "one"], ["check", "a", "b"], ["smoke"], ["rollback", "1"], ["versions", "a", "b"]]
)
def test_what_is_no_command_is_a_usage_error(words, capsys):
    ends_with(2, *words)
    assert "usage: iris-api" in capsys.readouterr().err


def test_a_bundle_is_sealed_and_checked_by_its_key(iris, tmp_path, capsys, monkeypatch):
    assert main(["keygen", str(tmp_path / "key")]) == 0
    identity = capsys.readouterr().out.split("id ")[1].split()[0]
    assert main(["seal", str(iris / "2"), "--key", str(tmp_path / "key")]) == 0
    assert f"(iris version 2) is sealed by the key {identity}" in capsys.readouterr().out
    monkeypatch.setenv("IRIS_TRUSTED_KEYS", str(tmp_path))
    assert main(["check"]) == 0
    assert f"sealed by the key {identity}\n" in capsys.readouterr().out
    assert "is not sealed" in refused(capsys, 65, "promote", "1")
    monkeypatch.setenv("IRIS_LOWEST_VERSION", "3")
    assert "which is no longer taken" in refused(capsys, 65, "check")


def test_a_key_is_never_overwritten(tmp_path, capsys):
    (tmp_path / "key").write_text("mine")
    assert "File exists" in refused(capsys, 78, "keygen", str(tmp_path / "key"))
    assert (tmp_path / "key").read_text() == "mine"


def test_a_bundle_is_not_sealed_with_what_is_no_key(iris, tmp_path, capsys):
    (tmp_path / "key").write_text("mine")
    assert "is not a key" in refused(capsys, 78, "seal", str(iris / "2"), "--key", str(tmp_path / "key"))
    assert not (iris / "2" / "manifest.seal").exists()
