"""What a manifest must agree with itself on, and how a class is named."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from iris_api.inference.manifest import Manifest, class_name
from tests.inference.bundles import manifest_of


@pytest.mark.parametrize(
    ("label", "name"),
    [("setosa", "setosa"), ("", ""), (True, "true"), (False, "false"), (1, "1"), (-3, "-3"), (1.0, "1.0"), (0.1, "0.1"), (1e300, "1e+300")],
)
def test_a_class_is_named_as_json_spells_it(label, name):
    assert class_name(label) == name


@given(st.text() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_or_truth_is_named_so_that_json_reads_it_back(label):
    assert class_name(label) == label if isinstance(label, str) else json.loads(class_name(label)) == label


@pytest.fixture
def content(tree, rows):
    return manifest_of(tree, rows[:3]).model_dump()


def test_a_manifest_survives_being_written_and_read(tree, rows):
    manifest = manifest_of(tree, rows[:3])
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest


@pytest.mark.parametrize("labels", [[True, False], [1, 2], [1.0, 2.0], ["a", "b"]])
def test_labels_keep_their_kind(content, labels):
    read = Manifest.model_validate_json(json.dumps(content | {"classes": labels}))
    assert list(map(repr, read.classes)) == list(map(repr, labels))


SPOILT = {
    "two features of one name": lambda content: content["features"][1].update(name="x0"),
    "two classes of one name": lambda content: content.update(classes=["1", 1]),
    "no features": lambda content: content.update(features=[]),
    "a feature with a space": lambda content: content["features"][0].update(name="x 0"),
    "a feature with a line end": lambda content: content["features"][0].update(name="x0\n"),
    "a golden row too short": lambda content: content["golden"]["rows"][1].pop(),
    "a golden label too few": lambda content: content["golden"]["labels"].pop(),
    "golden probabilities too few": lambda content: content["golden"]["probabilities"].pop(),
    "a golden probability too few": lambda content: content["golden"]["probabilities"][2].pop(),
    "no golden rows": lambda content: content.update(golden={"rows": [], "labels": [], "probabilities": []}),
    "a golden value that is no number": lambda content: content["golden"]["rows"].__setitem__(0, [float("nan"), 1.0]),
    "version zero": lambda content: content.update(version=0),
    "a name that leads elsewhere": lambda content: content.update(name="../iris"),
    "another format": lambda content: content.update(format=2),
    "another task": lambda content: content.update(task="regression"),
    "an unknown member": lambda content: content.update(extra=1),
    "another file": lambda content: content["artifact"].update(file="../../etc/passwd"),
    "a hash in capitals": lambda content: content["artifact"].update(sha256="A" * 64),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_contradicts_itself_is_refused(content, spoil):
    spoil(content)
    with pytest.raises(ValidationError):
        Manifest.model_validate(content)


@pytest.mark.parametrize("bounds", [{"minimum": 5.0, "maximum": 1.0}, {"minimum": 1e9}, {"maximum": -1e9}])
def test_bounds_must_admit_the_first_golden_row(content, bounds):
    content["features"][0] |= bounds
    with pytest.raises(ValidationError, match="golden row"):
        Manifest.model_validate(content)
