"""What every task has in common: plain values, and values that must be equal unless a task says otherwise."""

import numpy as np

from iris_api.inference.predictions import Predictions
from iris_api.inference.tasks.abstract_task import AbstractTask, plain
from iris_api.inference.tasks.clustering import Clustering
from iris_api.inference.tasks.outlier import OutlierDetection


def test_plain_values_are_pythons_own():
    assert plain(np.array([1.5, 2.0])) == [1.5, 2.0]
    assert [type(value) for value in plain(np.array([1, 2]))] == [int, int]
    assert plain(np.array(["a"], dtype=object)) == ["a"]
    assert plain([np.bool_(True)]) == [True]


def test_a_row_is_completed_as_a_batch_of_one():
    task = OutlierDetection()
    assert task.complete_row(("inlier", [0.5])) == task.complete((["inlier"], [[0.5]])) == Predictions(["inlier"], None, [[0.5]])


def test_a_task_knows_how_many_details_a_row_has():
    assert (AbstractTask().detail_width, Clustering(clusters=2).detail_width, OutlierDetection().detail_width) == (0, 0, 1)


def test_values_agree_where_they_are_equal():
    assert AbstractTask().agrees(3, 3, 0.0)
    assert not AbstractTask().agrees("a", "b", 1.0)
