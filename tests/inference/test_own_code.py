"""Code of the user's own: nothing of it runs unless the operator names it, and then only the bytes that were verified."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.bundle import read_bundle
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.manifest import MAX_CODE_BYTES, MAX_GLOBALS
from iris_api.inference.model_loader import ModelLoader, as_it_is, check, verify
from iris_api.inference.own_code import ModuleFile, OwnCode
from iris_api.inference.registry import Registry
from iris_api.inference.seals import Trust, make_key, write_seal
from tests.inference import own_steps
from tests.inference.bundles import dumped, edit, plant
from tests.inference.decoding.assembler import Code, pickled, push
from tests.inference.own_bundles import FILE, NAMES, ROWS, change_code, forget_own, source, write_own
from tests.servers import PROJECT, clean_environment

LIMITS = BundleLimits(10**8, 60)
TRUSTED = Trust(allowed_globals=NAMES)
SHOUT = b"raise RuntimeError('imported')"


@pytest.fixture
def folder(tmp_path):
    """A bundle with code of its own, which this process has not imported."""
    written = write_own(tmp_path / "models")
    forget_own()
    yield written
    forget_own()


def refused(folder, trust=TRUSTED, kind=ArtifactError):
    with pytest.raises(kind) as refusal:
        check(folder, LIMITS, trust)
    assert not any("@" in name for name in sys.modules)
    return str(refusal.value)


def test_it_serves_where_the_operator_names_it(folder):
    bundle = check(folder, LIMITS, Trust(allowed_globals=NAMES | {"other:Thing"}))
    predictor = verify(bundle, LIMITS)
    golden = bundle.manifest.golden
    assert predictor.predict(ROWS[:8]).values == golden.values
    assert sorted(path.name for path in folder.iterdir()) == ["card.md", FILE, "manifest.json", "model.joblib"]


@pytest.mark.parametrize("permitted", [frozenset(), frozenset({"features:AddRatio"}), frozenset({"features:AddRatio", "other:scaled"})])
def test_where_the_operator_does_not_nothing_is_imported(folder, permitted):
    change_code(folder, SHOUT)
    said = refused(folder, Trust(allowed_globals=permitted))
    assert f"IRIS_ALLOWED_GLOBALS={','.join(sorted(permitted | NAMES))}" in said
    assert "whose code would run in this service with its rights" in said
    assert "imported" not in said


def test_a_changed_file_is_refused_before_it_is_imported(folder):
    (folder / FILE).write_bytes(SHOUT)
    assert f"{FILE} has {len(SHOUT)} bytes, its manifest says" in refused(folder)
    (folder / FILE).write_bytes(source(2.0))
    assert f"{FILE} is damaged: its SHA-256 is not the one in its manifest" in refused(folder)


def test_a_seal_covers_the_file(folder, tmp_path):
    (tmp_path / "keys").mkdir()
    make_key(tmp_path / "key")
    os.rename(tmp_path / "key.pub", tmp_path / "keys" / "key.pub")
    trust = Trust(tmp_path / "keys", allowed_globals=NAMES)
    write_seal(folder, (folder / "manifest.json").read_bytes(), tmp_path / "key")
    assert check(folder, LIMITS, trust).sealed_by
    forget_own()
    genuine = (folder / FILE).read_bytes()
    (folder / FILE).write_bytes(genuine.replace(b"1.0", b"2.0"))
    assert "its SHA-256 is not the one in its manifest" in refused(folder, trust)
    change_code(folder, genuine.replace(b"1.0", b"2.0"))
    assert "manifest.json is not what was sealed" in refused(folder, trust)


def test_the_file_is_a_file_of_bounded_size(folder, tmp_path):
    (folder / FILE).rename(tmp_path / FILE)
    assert f"{FILE} does not exist" in refused(folder)
    (folder / FILE).symlink_to(tmp_path / FILE)
    assert "is a link" in refused(folder)
    (folder / FILE).unlink()
    os.mkfifo(folder / FILE)
    assert "is no regular file" in refused(folder)
    (folder / FILE).unlink()
    (folder / FILE).write_bytes(b"#" * (MAX_CODE_BYTES + 1))
    assert f"has more than {MAX_CODE_BYTES} bytes" in refused(folder)


@pytest.mark.parametrize("name", ["system", "path", "alias", "np", "BaseEstimator", "nothing", "__builtins__"])
def test_only_what_the_file_defines_can_be_named(folder, name):
    edit(folder, lambda manifest: manifest["code"]["allowed_globals"].append(f"features:{name}"))
    said = refused(folder, Trust(allowed_globals=NAMES | {f"features:{name}"}))
    assert f"names features:{name}, which is no class or function that is defined at the top level of features" in said


NO_NAMES = [
    "features:os.system",
    "features",
    "features.AddRatio",
    "os:system",
    "sklearn.tree:Tree",
    "numpy:load",
    "__main__:X",
    ":x",
    "a b:c",
]


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_manifest_names_nothing_else(folder, name):
    edit(folder, lambda manifest: manifest["code"]["allowed_globals"].append(name))
    assert "allowed_globals must be names of classes and functions of your own" in refused(folder, Trust(allowed_globals=NAMES | {name}))


@pytest.mark.parametrize("file", ["../features.py", "features.txt", "a/b.py", ".py", "1a.py", "other.py", "features.py\n"])
def test_a_manifest_has_no_other_file(folder, file):
    edit(folder, lambda manifest: manifest["code"]["file"].update(file=file))
    assert "is no manifest this version reads: code" in refused(folder)


def test_a_manifest_has_a_bounded_number_of_names(folder):
    names = [f"features:f{number}" for number in range(MAX_GLOBALS + 1)]
    edit(folder, lambda manifest: manifest["code"].update(allowed_globals=names))
    assert "is no manifest this version reads: code.allowed_globals" in refused(folder)


def test_a_pickle_mentions_only_what_its_manifest_names(folder):
    edit(folder, lambda manifest: manifest["code"].update(allowed_globals=["features:AddRatio"]))
    assert "holds features.scaled, which is not allowed" in refused(folder)


@pytest.mark.parametrize("name", ["os.system", "AddRatio.fit", "system", "alias"])
def test_a_pickle_reaches_nothing_else_in_the_file(folder, name):
    plant(folder, pickled(Code(push("features") + push(name) + b"\x93")))
    assert "features" in refused(folder)


def test_what_the_pickle_calls_main_is_what_the_file_calls_so(folder):
    content = (folder / "model.joblib").read_bytes()
    assert content.count(b"\x8c\x08features\x94\x8c\x08AddRatio") == 1
    plant(folder, content.replace(b"\x8c\x08features\x94\x8c\x08AddRatio", b"\x8c\x08__main__\x94\x8c\x08AddRatio"))
    assert check(folder, LIMITS, TRUSTED)


BROKEN = {
    "a syntax error": (b"class AddRatio(", "SyntaxError"),
    "a null byte": (b"\0", "Error"),
    "deep nesting": (b"x = " + b"(" * 10_000, "Error"),
    "an error": (SHOUT, "RuntimeError: imported"),
    "an exit": (b"raise SystemExit(3)", "SystemExit: 3"),
    "a missing package": (b"import no_such_package", "No module named 'no_such_package'"),
}


@pytest.mark.parametrize(("content", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_file_that_cannot_be_imported_is_one_sentence(folder, content, expected):
    change_code(folder, content)
    said = refused(folder)
    assert f"model.joblib needs {FILE}, which cannot be imported (" in said
    assert expected in said


def test_a_file_that_ends_its_process_ends_the_trial_alone(folder):
    change_code(folder, b"import os; os._exit(7)")
    assert "crashed the process that tried it (exit code 7)" in refused(folder)


def test_the_trial_is_confined_while_it_imports(folder, tmp_path):
    change_code(folder, f"open({str(tmp_path / 'written')!r}, 'w').write('x')".encode())
    assert "tried to write a file" in refused(folder)


def test_two_versions_of_a_file_never_mix(tmp_path):
    root = tmp_path / "models"
    folders = [write_own(root, weight) for weight in (1.0, -40.0)]
    forget_own()
    golden = [json.loads((folder / "manifest.json").read_text())["golden"]["details"] for folder in folders]
    assert golden[0] != golden[1]
    registry = Registry(root, "own")
    loader, predictors = ModelLoader(registry, LIMITS, TRUSTED, as_it_is), {}
    for version in (1, 2, 1):
        registry.promote(version)
        loader.refresh()
        predictors[version] = loader.current
        for served, predictor in predictors.items():
            assert predictor.predict(ROWS[:8]).details == pytest.approx(np.array(golden[served - 1]), abs=1e-12)
    assert sum("@" in name for name in sys.modules) == 2
    forget_own()


def test_a_reload_that_is_refused_leaves_the_version_before(folder):
    write_own(folder.parent.parent, 3.0)
    change_code(folder.parent / "2", SHOUT)
    registry = Registry(folder.parent.parent, "own", None)
    registry.promote(1)
    loader = ModelLoader(registry, LIMITS, TRUSTED, as_it_is)
    loader.refresh()
    before = loader.current
    registry.promote(2)
    with pytest.raises(ArtifactError, match="imported"):
        loader.refresh()
    assert loader.current is before


def test_an_installed_module_is_imported_by_its_name():
    name = f"{own_steps.__name__}:Shift"
    assert OwnCode((name,), None, frozenset({name})).load("the model") == {(own_steps.__name__, "Shift"): own_steps.Shift}


@pytest.mark.parametrize("module", ["no_such_module", "tests.no_such_module", "no_such_package.steps"])
def test_a_module_that_is_not_installed_is_told(module):
    name = f"{module}:Shift"
    with pytest.raises(ArtifactError, match=f"needs the module {module}, which is not installed; install it where the model is served"):
        OwnCode((name,), None, frozenset({name})).load("the model")


def test_a_file_goes_before_an_installed_module_of_its_name():
    code = OwnCode(("tests:here",), ModuleFile("tests.py", b"def here(): return 'travels'"), frozenset({"tests:here"}))
    assert code.load("the model")["tests", "here"]() == "travels"
    assert sys.modules["tests"].__file__ != "tests.py"
    forget_own()


def test_a_file_may_hold_data_classes_and_text_in_any_script():
    content = """
from __future__ import annotations
from dataclasses import dataclass
from typing import ClassVar, get_type_hints

@dataclass
class Größe:
    kind: ClassVar[str] = "größe"
    wert: float = 1.0

def hints():
    return get_type_hints(Größe)
""".encode()
    names = ("maße:Größe", "maße:hints")
    found = OwnCode(names, ModuleFile("maße.py", content), frozenset(names)).load("the model")
    assert found["maße", "Größe"](2.0).wert == 2.0
    assert found["maße", "hints"]()["wert"] is float
    forget_own()


def test_reading_and_sealing_a_bundle_import_nothing(folder):
    change_code(folder, SHOUT)
    assert read_bundle(folder, 10**8).code is not None
    environment = clean_environment(IRIS_ARTIFACTS=str(folder.parent.parent), IRIS_MODEL_NAME="own")
    key = folder.parent / "key"
    for command in (["keygen", str(key)], ["seal", str(folder), "--key", str(key)]):
        subprocess.run([sys.executable, "-m", "iris_api.cli", *command], cwd=PROJECT, env=environment, check=True, capture_output=True)
    assert (folder / "manifest.seal").exists()


def test_a_bundle_without_code_of_its_own_has_none(tmp_path, tree, rows):
    from tests.inference.bundles import write

    folder = write(tmp_path, tree, rows[:4])
    assert read_bundle(folder, 10**8, TRUSTED).code is None
    plant(folder, dumped([own_steps.scaled]))
    assert "which is not allowed" in refused(folder)
