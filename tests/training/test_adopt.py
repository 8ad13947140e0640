import gzip
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.training.adopt import Adopted, load_classifier, load_data

ROWS = np.array([[0.0, 5.0], [1.0, 6.0], [0.2, 9.0], [1.2, 8.0]])


def fitted(classes=("no", "yes"), header: list[str] | None = None) -> GaussianNB:
    estimator = GaussianNB().fit(ROWS, np.array(classes)[[0, 1, 0, 1]])
    if header is not None:
        estimator.feature_names_in_ = np.array(header, dtype=object)
    return estimator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.joblib"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("b,a,kind\n5,0,no\n6,1,yes\n9,0.2,no\n8,1.2,yes\n")
    return path


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_takes_what_joblib_wrote_compressed_or_not(file, compress):
    joblib.dump(fitted(), file, compress=compress)
    adopted = load_classifier(file)
    assert np.array_equal(adopted.estimator.predict_proba(ROWS), fitted().predict_proba(ROWS))
    assert adopted.header is None


def test_takes_what_pickle_wrote(file):
    file.write_bytes(pickle.dumps(fitted()))
    assert load_classifier(file).estimator.predict(ROWS).tolist() == ["no", "yes", "no", "yes"]


NEITHER = {
    "nothing": b"",
    "a table": b"a,b\n1,2\n",
    "a table of another program": b"\xef\xbb\xbfa,b\n1,2\n",
    "a table that begins like a pickle": b"cultivar,ash\n1,2\n",
    "a table that begins like zlib": b"x1,x2\n1,2\n",
    "a table that begins like bz2": b"BZ,x\n1,2\n",
    "a compressed table": gzip.compress(b"a,b\n1,2\n"),
    "an archive": b"PK\x03\x04",
}


@pytest.mark.parametrize("content", NEITHER.values(), ids=NEITHER)
def test_what_neither_joblib_nor_pickle_wrote_is_called_that(file, content):
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match=r"is no file that joblib\.dump or pickle wrote; name one that holds the fitted classifier$"):
        load_classifier(file)


def test_a_damaged_file_is_to_be_written_again(file):
    file.write_bytes(pickle.dumps(fitted())[:-1])
    with pytest.raises(ArtifactError, match=r"cannot be unpickled: .*; write it again with joblib\.dump$"):
        load_classifier(file)


def test_a_model_of_another_scikit_learn_is_refused_with_both_versions(file):
    file.write_bytes(pickle.dumps(fitted()).replace(sklearn.__version__.encode(), b"0.9.9"))
    with pytest.raises(ArtifactError, match=rf"was made with scikit-learn 0\.9\.9, this is {sklearn.__version__}; fit it again"):
        load_classifier(file)


def test_makes_it_fit_to_serve(file):
    joblib.dump(make_pipeline(StandardScaler(), KNeighborsClassifier(1, n_jobs=2)).fit(ROWS, [0, 1, 0, 1]), file)
    assert load_classifier(file).estimator[-1].n_jobs == 1


def test_keeps_the_names_of_columns_but_not_in_the_estimator(file):
    joblib.dump(fitted(header=["a", "b"]), file)
    adopted = load_classifier(file)
    assert adopted.header == ("a", "b")
    assert not hasattr(adopted.estimator, "feature_names_in_")


def test_a_missing_file_has_its_own_exit_code(file):
    with pytest.raises(ArtifactMissing, match="does not exist"):
        load_classifier(file)
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_classifier(file.parent)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (GaussianNB(), "not fitted"),
        (LinearRegression(), "holds a LinearRegression, not a scikit-learn classifier"),
        ({"model": 1}, "not a scikit-learn classifier"),
        (KNeighborsClassifier(1).fit(ROWS, [[0, 1], [1, 0], [0, 1], [1, 0]]), "more than one output"),
    ],
)
def test_refuses_what_is_no_fitted_classifier(file, held, message):
    joblib.dump(held, file)
    with pytest.raises(ArtifactError, match=message) as caught:
        load_classifier(file)
    assert caught.value.exit_code == 65


class Canary(BaseEstimator):
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("compress", [0, 3])
def test_never_runs_a_hostile_pickle(file, tmp_path, compress):
    joblib.dump(Canary(tmp_path / "sung"), file, compress=compress)
    with pytest.raises(ArtifactError, match="refused"):
        load_classifier(file)
    assert not (tmp_path / "sung").exists()


@pytest.mark.parametrize("compress", [("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3)])
def test_refuses_damaged_compression(file, compress):
    joblib.dump(fitted(), file, compress=compress)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ArtifactError, match="cannot be decompressed"):
        load_classifier(file)


def test_finds_columns_by_name(data):
    dataset = load_data(data, "kind", Adopted(fitted(), ("a", "b")))
    assert [column.name for column in dataset.columns] == ["a", "b"]
    assert dataset.rows.tolist() == ROWS.tolist()
    assert dataset.rows.flags.c_contiguous
    assert dataset.labels is not None
    assert dataset.labels.tolist() == ["no", "yes", "no", "yes"]
    assert dataset.name == "data"


def test_takes_columns_as_they_stand_where_the_classifier_knows_no_names(data):
    dataset = load_data(data, "kind", Adopted(fitted(), None))
    assert [column.name for column in dataset.columns] == ["b", "a"]


@pytest.mark.parametrize(
    ("header", "text", "target", "message"),
    [
        (None, "a,b,c\n1,2,3\n", None, "has 3 feature columns, the classifier takes 2; .*--target"),
        (None, "a,kind\n1,no\n", "kind", "has 1 feature columns, the classifier takes 2$"),
        (("a", "b"), "a,c\n1,2\n", None, "lacks columns that the classifier was fitted on: 'b'"),
        (("a", "b"), "a,b,c\n1,2,3\n", None, "has columns that the classifier was not fitted on: 'c'"),
        (("a", "b"), "a,b,a\n1,2,3\n", None, "repeats a column"),
        (None, "a,b,kind\n1,2,maybe\n", "kind", "holds the class 'maybe', .*; it knows 'no', 'yes'"),
    ],
)
def test_refuses_data_that_is_not_the_classifiers(data, header, text, target, message):
    data.write_text(text)
    with pytest.raises(ArtifactError, match=message):
        load_data(data, target, Adopted(fitted(), header))


@pytest.mark.parametrize(
    ("classes", "cells"),
    [((0, 1), ("0", "1")), ((0.0, 1.0), ("0", "1.0")), ((False, True), ("False", "true")), (("0", "1"), ("0", "1"))],
)
def test_classes_may_be_spelt_as_json_or_python_do(data, classes, cells):
    data.write_text("a,b,kind\n" + "".join(f"{row[0]},{row[1]},{cells[place % 2]}\n" for place, row in enumerate(ROWS)))
    labels = load_data(data, "kind", Adopted(fitted(classes), None)).labels
    assert labels is not None
    assert labels.tolist() == [*classes, *classes]
    assert type(labels.tolist()[0]) is type(classes[0])
