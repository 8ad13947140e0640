"""What a manifest must agree with itself on, and that those of format 1 are still read."""

import json

import pytest
from pydantic import ValidationError

from iris_api.inference.manifest import Manifest
from tests.inference.bundles import manifest_of, of_format_1


@pytest.fixture
def content(tree, rows):
    return manifest_of(tree, rows[:3]).model_dump()


def test_a_manifest_survives_being_written_and_read(tree, rows):
    manifest = manifest_of(tree, rows[:3])
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@pytest.mark.parametrize("labels", [[True, False], [1, 2], [1.0, 2.0], ["a", "b"]])
def test_labels_keep_their_kind(content, labels):
    content["signature"]["task"]["classes"] = labels
    read = Manifest.model_validate_json(json.dumps(content))
    assert list(map(repr, read.signature.task.classes)) == list(map(repr, labels))


def test_a_manifest_of_format_1_says_the_same(tree, rows, content):
    old = of_format_1(content)
    assert set(old) >= {"features", "classes", "task"}
    assert Manifest.model_validate_json(json.dumps(old)) == manifest_of(tree, rows[:3])


SPOILT_1 = {
    "another task": lambda content: content.update(task="regression"),
    "no features": lambda content: content.pop("features"),
    "features of text": lambda content: content.update(features="x0"),
    "a feature of text": lambda content: content["features"].__setitem__(0, "x0"),
    "no golden rows": lambda content: content.pop("golden"),
    "no classes": lambda content: content.pop("classes"),
}


@pytest.mark.parametrize("spoil", SPOILT_1.values(), ids=SPOILT_1)
def test_what_is_no_manifest_of_format_1_is_refused(content, spoil):
    old = of_format_1(content)
    spoil(old)
    with pytest.raises(ValidationError):
        Manifest.model_validate_json(json.dumps(old))


SPOILT = {
    "two inputs of one name": lambda content: content["signature"]["inputs"][1].update(name="x0"),
    "two classes of one name": lambda content: content["signature"]["task"].update(classes=["1", 1]),
    "no inputs": lambda content: content["signature"].update(inputs=[]),
    "an input with a line end": lambda content: content["signature"]["inputs"][0].update(name="x0\n"),
    "an input without a name": lambda content: content["signature"]["inputs"][0].update(name=""),
    "an unknown kind": lambda content: content["signature"]["inputs"][0].update(kind="complex"),
    "text in a matrix": lambda content: content["signature"].update(
        inputs=[{"kind": "text", "name": "x0"}, {"kind": "number", "name": "x1"}]
    ),
    "a frame without dtypes": lambda content: content["signature"].update(layout={"kind": "frame", "dtypes": []}),
    "a frame of other dtypes": lambda content: content["signature"].update(layout={"kind": "frame", "dtypes": ["float64"]}),
    "texts of two columns": lambda content: content["signature"].update(layout={"kind": "texts"}),
    "a golden row too short": lambda content: content["golden"]["rows"][1].pop(),
    "a golden value too few": lambda content: content["golden"]["values"].pop(),
    "golden details too few": lambda content: content["golden"]["details"].pop(),
    "a golden probability too few": lambda content: content["golden"]["details"][2].pop(),
    "no golden rows": lambda content: content.update(golden={"rows": [], "values": [], "details": []}),
    "a golden detail that is no number": lambda content: content["golden"]["details"].__setitem__(0, [float("nan"), 1.0]),
    "version zero": lambda content: content.update(version=0),
    "a name that leads elsewhere": lambda content: content.update(name="../iris"),
    "another format": lambda content: content.update(format=3),
    "another task": lambda content: content["signature"]["task"].update(kind="translation"),
    "an unknown member": lambda content: content.update(extra=1),
    "another file": lambda content: content["artifact"].update(file="../../etc/passwd"),
    "a hash in capitals": lambda content: content["artifact"].update(sha256="A" * 64),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_contradicts_itself_is_refused(content, spoil):
    spoil(content)
    with pytest.raises(ValidationError):
        Manifest.model_validate(content)
