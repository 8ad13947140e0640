"""What ``iris-api check`` prints of a bundle: warnings, seal, signature, code, verdict."""

import hashlib
from dataclasses import replace

import pytest
from sklearn.tree import DecisionTreeClassifier

from iris_api.inference.bundle import Bundle, read_bundle
from iris_api.inference.manifest import Code
from iris_api.training.bundle_report import bundle_report
from iris_api.training.signature_table import signature_table
from tests.inference.bundles import write
from tests.inference.own_bundles import source, write_own

ROWS = [[0.0, 1.0], [1.0, 0.0]]


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Bundle:
    folder = write(tmp_path_factory.mktemp("plain"), DecisionTreeClassifier().fit(ROWS, ["no", "yes"]), ROWS, "churn")
    return read_bundle(folder, 10**8)


def test_it_has_the_signature_and_last_the_verdict(plain):
    *table, verdict = bundle_report(plain).splitlines()
    assert table == signature_table(plain.manifest.signature).splitlines()
    assert verdict == f"ok: {plain.folder} is churn version 1 (DecisionTreeClassifier), fit to serve"


def test_warnings_and_the_seal_come_first(plain):
    lines = bundle_report(replace(plain, warnings=("numpy differs",), sealed_by="ab12")).splitlines()
    assert lines[:2] == ["warning: numpy differs", "sealed by the key ab12"]


def test_code_in_the_bundle_is_listed_with_its_hash_and_the_names_it_needs(tmp_path):
    bundle = read_bundle(write_own(tmp_path / "artifacts"), 10**8)
    content = source()
    assert bundle_report(bundle).splitlines()[-5:-1] == [
        f"contains code: features.py ({len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()})",
        "runs code: features:AddRatio, from this file",
        "runs code: features:scaled, from this file",
        "serves only where this is set: IRIS_ALLOWED_GLOBALS=features:AddRatio,features:scaled",
    ]


def test_code_that_is_installed_is_listed_too(plain):
    manifest = plain.manifest.model_copy(update={"code": Code(allowed_globals=["company.steps:Clip"])})
    assert bundle_report(replace(plain, manifest=manifest)).splitlines()[-3:-1] == [
        "runs code: company.steps:Clip, from an installed package",
        "serves only where this is set: IRIS_ALLOWED_GLOBALS=company.steps:Clip",
    ]
