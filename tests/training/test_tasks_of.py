import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from iris_api.errors import ArtifactError
from iris_api.inference.tasks.classification import Classification
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.multilabel import Multilabel
from iris_api.inference.tasks.outlier import OutlierDetection
from iris_api.inference.tasks.regression import Regression, Target
from iris_api.training.samples import dataset_of
from iris_api.training.tasks_of import task_of

random = np.random.default_rng(8)
ROWS = random.uniform(size=(40, 3))
SUM = ROWS.sum(axis=1)
YES = np.median(SUM) < SUM
FLAGS = np.c_[YES, ROWS[:, 0] > 0.5].astype(int)


def task(model, y=None):
    return task_of(model, dataset_of("rows", ROWS, y, model), "the model m")


def refusal(model, y):
    with pytest.raises(ArtifactError) as raised:
        task(model, y)
    return str(raised.value)


@pytest.mark.parametrize(
    "wrap", [lambda model: model, lambda model: make_pipeline(StandardScaler(), model)], ids=["alone", "in a pipeline"]
)
def test_every_kind_of_estimator_has_its_task(wrap):
    assert task(wrap(LogisticRegression()).fit(ROWS, np.where(YES, "ja", "nein"))) == Classification(classes=["ja", "nein"])
    assert task(wrap(LinearRegression()).fit(ROWS, SUM)) == Regression(targets=[Target(name="target")])
    assert task(wrap(IsolationForest(n_estimators=5)).fit(ROWS)) == OutlierDetection()
    assert task(wrap(KMeans(3, n_init=1)).fit(ROWS)) == Clustering(clusters=3)
    assert task(wrap(OneVsRestClassifier(LogisticRegression())).fit(ROWS, FLAGS)) == Multilabel(labels=["0", "1"])


def test_known_numbers_give_targets_their_range_and_name():
    import pandas as pd

    y = pd.DataFrame({"sum": SUM, "twice the sum": 2 * SUM})
    assert task(LinearRegression().fit(ROWS, y), y) == Regression(
        targets=[
            Target(name="sum", seen_minimum=SUM.min(), seen_maximum=SUM.max()),
            Target(name="twice the sum", seen_minimum=2 * SUM.min(), seen_maximum=2 * SUM.max()),
        ]
    )
    assert [target.name for target in task(LinearRegression().fit(ROWS, y)).targets] == ["target_0", "target_1"]


def test_known_labels_give_their_names():
    import pandas as pd

    y = pd.DataFrame(FLAGS, columns=["news", "sport"])
    assert task(RandomForestClassifier(3).fit(ROWS, y), y) == Multilabel(labels=["news", "sport"])


def test_numbers_for_a_classifier_are_refused():
    said = refusal(LogisticRegression().fit(ROWS, YES.astype(int)), SUM)
    assert said == f"the target holds {SUM.tolist()[0]!r}, which the model m does not know as a class; it knows 0, 1"


def test_a_long_list_of_classes_is_cut():
    said = refusal(RandomForestClassifier(3).fit(ROWS, np.arange(40) % 15), np.full(40, "x"))
    assert said.endswith("; it knows 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and others")


def test_classes_for_a_regression_are_refused():
    said = refusal(LinearRegression().fit(ROWS, SUM), np.where(YES, "ja", "nein"))
    assert said == "the target holds other values than numbers, but the model m predicts numbers; give those that it was fitted on"


def test_an_infinite_target_is_refused():
    assert "the target holds an infinite number" in refusal(LinearRegression().fit(ROWS, SUM), np.where(YES, np.inf, SUM))


@pytest.mark.parametrize(
    ("model", "fitted_on", "given", "reason"),
    [
        (LinearRegression(), FLAGS, SUM, "the model m predicts 2 numbers a row, and there are 1 targets"),
        (LinearRegression(), SUM, FLAGS, "the model m predicts 1 numbers a row, and there are 2 targets"),
        (LogisticRegression(), YES, FLAGS, "the target has 2 values a row, but the model m predicts 1"),
        (RandomForestClassifier(3), FLAGS, YES, "the target has 1 value a row, but the model m predicts 2"),
    ],
    ids=["too few numbers", "too many numbers", "too many classes", "too few labels"],
)
def test_a_target_of_another_width_is_refused(model, fitted_on, given, reason):
    assert reason in refusal(model.fit(ROWS, fitted_on), given)


def test_several_outputs_of_several_classes_are_refused():
    model = RandomForestClassifier(3).fit(ROWS, np.c_[FLAGS[:, 0], np.digitize(SUM, [1, 2])])
    assert "predicts more than one output of several classes each" in refusal(model, None)


def test_what_is_for_nothing_is_refused():
    assert "the model m holds a PCA, which neither classifies, nor gives numbers" in refusal(PCA(2).fit(ROWS), None)


def test_rows_that_it_cannot_answer_are_told_with_what_it_raised():
    said = refusal(LinearRegression().fit(ROWS[:, :2], SUM), None)
    assert said.startswith("the model m holds a LinearRegression that cannot predict rows (ValueError: X has 3 features, but")
