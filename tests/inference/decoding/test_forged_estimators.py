"""Estimators whose parts are sound but do not agree with each other: refused by name, in the trial and in the service."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import RadiusNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from iris_api.errors import ArtifactError
from iris_api.inference.unpickling import load_estimator
from tests.inference.bundles import dumped, manifest_of
from tests.inference.decoding.forged_estimators import FORGED
from tests.inference.decoding.forged_regressors import FORGED_REGRESSORS
from tests.inference.decoding.trials import assert_refused, in_the_child, in_the_master

EVERY = FORGED | FORGED_REGRESSORS


@pytest.mark.parametrize(("make", "reason"), EVERY.values(), ids=EVERY)
def test_an_estimator_whose_parts_do_not_agree_is_refused_by_name(make, reason, folder):
    hostile = dumped(make())
    assert_refused(in_the_master(hostile), reason)
    assert_refused(in_the_child(hostile, folder), reason)


def test_neighbours_within_a_radius_are_not_compared_with_wider_rows(folder, rows, labels):
    near = RadiusNeighborsClassifier(9, algorithm="brute", metric="manhattan")
    vote = VotingClassifier([("line", LogisticRegression()), ("near", near)], voting="soft").fit(rows, labels)
    vote.estimators_[1].fit(rows[:, :1], vote.le_.transform(labels))
    assert "X has 2 features, but RadiusNeighborsClassifier is expecting 1" in in_the_child(dumped(vote), folder).said


def test_what_a_boosting_starts_from_is_written_to_only_in_its_shape(folder, rows, labels):
    boosting = GradientBoostingClassifier(n_estimators=3).fit(rows, labels)
    vote = VotingClassifier([("line", LogisticRegression())], voting="soft").fit(rows, labels)
    vote.estimators_ = [DecisionTreeClassifier().fit(rows, np.c_[labels, labels])]
    boosting.init_ = vote
    outcome = in_the_child(dumped(boosting), folder)
    assert "the init_ of GradientBoostingClassifier gives an array of the shape (2, 2)" in outcome.said
    assert outcome.exit_code == 0


@pytest.mark.parametrize("odd", [np.array([2, 2]), "2", None, [2]])
def test_an_odd_number_of_features_is_one_line(odd, rows, labels):
    model = LogisticRegression().fit(rows, labels)
    manifest = manifest_of(model, rows[:2])
    model.n_features_in_ = odd
    with pytest.raises(ArtifactError):
        load_estimator(dumped(model), manifest, "model")
