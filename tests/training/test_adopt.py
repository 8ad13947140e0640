import bz2
import gzip
import pickle
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.training.adopt import Adopted, load_data, load_estimator_file, reread
from iris_api.training.choices import Choices
from iris_api.training.table_files import read_table
from iris_api.training.table_samples import Source

ROWS = np.array([[0.0, 5.0], [1.0, 6.0], [0.2, 9.0], [1.2, 8.0]])


def fitted(classes=("no", "yes"), header: list[str] | None = None) -> GaussianNB:
    rows = ROWS if header is None else pd.DataFrame(ROWS, columns=header)
    return GaussianNB().fit(rows, np.array(classes)[[0, 1, 0, 1]])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "model.joblib"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("b,a,kind\n5,0,no\n6,1,yes\n9,0.2,no\n8,1.2,yes\n")
    return path


def source(path: Path, *targets: str) -> Source:
    return Source(path, read_table(path), Choices(targets=targets))


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_takes_what_joblib_wrote_compressed_or_not(file, compress):
    joblib.dump(fitted(), file, compress=compress)
    adopted = load_estimator_file(file)
    assert np.array_equal(adopted.estimator.predict_proba(ROWS), fitted().predict_proba(ROWS))
    assert adopted.header is None
    assert adopted.notes == ()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress], ids=["plain", "gzip", "bz2"])
def test_takes_what_pickle_wrote(file, protocol, compress):
    file.write_bytes(compress(pickle.dumps(fitted(), protocol)))
    assert load_estimator_file(file).estimator.predict(ROWS).tolist() == ["no", "yes", "no", "yes"]


@pytest.mark.parametrize(
    "model", [LinearRegression().fit(ROWS, [1, 2, 3, 4]), KNeighborsClassifier(1).fit(ROWS, [[0, 1], [1, 0], [0, 1], [1, 0]])]
)
def test_takes_whatever_predicts(file, model):
    joblib.dump(model, file)
    assert load_estimator_file(file).estimator.predict(ROWS).tolist() == model.predict(ROWS).tolist()


def test_takes_the_best_estimator_of_a_search_and_says_so(file):
    search = GridSearchCV(LogisticRegression(), {"C": [0.5, 1.0]}, cv=2).fit(pd.DataFrame(ROWS, columns=["a", "b"]), [0, 1, 0, 1])
    joblib.dump(search, file)
    adopted = load_estimator_file(file)
    assert type(adopted.estimator) is LogisticRegression
    assert adopted.header == ("a", "b")
    assert adopted.notes == (f"{file} holds a GridSearchCV; its best_estimator_ is taken.",)


def test_a_dictionary_with_a_model_in_it_says_what_is_in_it(file):
    joblib.dump({"model": fitted(), "columns": ["a", "b"]}, file)
    with pytest.raises(
        ArtifactError,
        match=r"holds a dictionary \('model': GaussianNB, 'columns': list\), not a model;"
        r" write the model alone: joblib\.dump\(content\['model'\], 'model\.joblib'\)$",
    ) as caught:
        load_estimator_file(file)
    assert caught.value.exit_code == 65


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
    with pytest.raises(ArtifactError, match=r"is no file that joblib\.dump or pickle wrote; name one that holds the fitted model$"):
        load_estimator_file(file)


def test_a_damaged_file_is_to_be_written_again(file):
    file.write_bytes(pickle.dumps(fitted())[:-1])
    with pytest.raises(ArtifactError, match=r"cannot be unpickled: .*; write it again with joblib\.dump$"):
        load_estimator_file(file)


def test_a_model_of_another_scikit_learn_is_refused_with_both_versions(file):
    file.write_bytes(pickle.dumps(fitted()).replace(sklearn.__version__.encode(), b"0.9.9"))
    with pytest.raises(ArtifactError, match=rf"was made with scikit-learn 0\.9\.9, this is {sklearn.__version__}; fit it again"):
        load_estimator_file(file)


def test_makes_it_fit_to_serve(file):
    joblib.dump(make_pipeline(StandardScaler(), KNeighborsClassifier(1, n_jobs=2)).fit(ROWS, [0, 1, 0, 1]), file)
    assert load_estimator_file(file).estimator[-1].n_jobs == 1


def test_a_missing_file_has_its_own_exit_code(file):
    with pytest.raises(ArtifactMissing, match="does not exist"):
        load_estimator_file(file)
    with pytest.raises(ArtifactError, match="cannot be read"):
        load_estimator_file(file.parent)


@pytest.mark.parametrize(
    ("held", "message"), [(GaussianNB(), "not fitted"), (StandardScaler().fit(ROWS), "does not predict"), (3, "holds a int")]
)
def test_refuses_what_is_no_fitted_estimator(file, held, message):
    joblib.dump(held, file)
    with pytest.raises(ArtifactError, match=message) as caught:
        load_estimator_file(file)
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
        load_estimator_file(file)
    assert not (tmp_path / "sung").exists()


@pytest.mark.parametrize("compress", [("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3)])
def test_refuses_damaged_compression(file, compress):
    joblib.dump(fitted(), file, compress=compress)
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(ArtifactError, match="cannot be decompressed"):
        load_estimator_file(file)


def test_finds_columns_by_name(data):
    dataset, columns = load_data(source(data, "kind"), Adopted(fitted(header=["a", "b"]), ("a", "b")))
    assert [column.name for column in dataset.inputs] == [column.name for column in columns] == ["a", "b"]
    assert isinstance(dataset.rows, np.ndarray)
    assert dataset.rows.tolist() == ROWS.tolist()
    assert dataset.labels is not None
    assert dataset.labels.tolist() == ["no", "yes", "no", "yes"]
    assert (dataset.name, dataset.targets) == ("data", ("kind",))


def test_takes_columns_as_they_stand_where_the_estimator_knows_no_names(data):
    dataset, _ = load_data(source(data, "kind"), Adopted(fitted(), None))
    assert [column.name for column in dataset.inputs] == ["b", "a"]


@pytest.mark.parametrize(
    ("header", "text", "targets", "message"),
    [
        (None, "a,b,c\n1,2,3\n", [], "has 3 feature columns, the model takes 2; .*--target"),
        (None, "a,kind\n1,no\n", ["kind"], "has 1 feature columns, the model takes 2$"),
        (None, "kind\nno\n", ["kind"], "has no columns besides the targets"),
        (("a", "b"), "a,c\n1,2\n", [], "lacks columns that the model was fitted on: 'b'$"),
        (("a", "b"), "a,B\n1,2\n", [], "lacks columns that the model was fitted on: 'b'; 'B' is there and was not fitted on$"),
        (
            ("a", "b"),
            "a,b,c\n1,2,3\n",
            [],
            "has columns that the model was not fitted on: 'c'; name each one that it predicts with --target",
        ),
        (None, "a,b,kind\n1,2,maybe\n", ["kind"], "holds the class 'maybe', .*; it knows 'no', 'yes'"),
    ],
)
def test_refuses_data_that_is_not_the_models(data, header, text, targets, message):
    data.write_text(text)
    with pytest.raises(ArtifactError, match=message):
        load_data(source(data, *targets), Adopted(fitted(), header))


def test_a_model_is_read_again_as_service_decodes_it():
    model = fitted()
    assert reread(model, "the model").predict_proba(ROWS).tolist() == model.predict_proba(ROWS).tolist()
    model.extra_ = lambda: None
    with pytest.raises(ArtifactError, match="the model cannot be pickled"):
        reread(model, "the model")
