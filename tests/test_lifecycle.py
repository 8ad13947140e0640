"""The states of a process, and a reload that never raises and takes on each model by itself."""

import time

import pytest

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.lifecycle import Lifecycle


class Refreshes:
    """Raises what it is told to, and counts."""

    def __init__(self) -> None:
        self.count, self.error, self.warnings = 0, None, ()

    def refresh(self) -> None:
        self.count += 1
        if self.error:
            raise self.error


@pytest.fixture
def refresh():
    return Refreshes()


@pytest.fixture
def lifecycle(refresh):
    return Lifecycle({"iris": refresh})


def test_a_start_loads_once_and_is_ready(lifecycle, refresh):
    assert lifecycle.state == "starting"
    lifecycle.start()
    assert (lifecycle.state, refresh.count, lifecycle.last_reloads) == ("ready", 1, {})


def test_a_start_without_a_model_raises_and_is_not_ready(lifecycle, refresh):
    refresh.error = ArtifactMissing("nothing there")
    with pytest.raises(ArtifactMissing, match="nothing there"):
        lifecycle.start()
    assert lifecycle.state == "starting"


def test_a_reload_that_works_is_remembered(lifecycle, refresh):
    lifecycle.start()
    before = time.time()
    outcome = lifecycle.reload()["iris"]
    assert outcome is lifecycle.last_reloads["iris"]
    assert (outcome.outcome, outcome.detail, refresh.count, lifecycle.state) == ("succeeded", None, 2, "ready")
    assert before <= outcome.at_seconds <= time.time()


def test_a_refused_bundle_is_told_in_its_own_words(lifecycle, refresh):
    lifecycle.start()
    refresh.error = ArtifactError("model.joblib is damaged; copy it again")
    outcome = lifecycle.reload()["iris"]
    assert (outcome.outcome, outcome.detail) == ("failed", "model.joblib is damaged; copy it again")
    assert lifecycle.state == "ready"


@pytest.mark.parametrize("error", [KeyError("secret"), OSError(28, "No space left"), MemoryError(), RecursionError()])
def test_no_error_escapes_and_none_is_quoted(lifecycle, refresh, error):
    lifecycle.start()
    refresh.error = error
    assert lifecycle.reload()["iris"].detail == f"unexpected {type(error).__name__} while loading"


def test_a_later_reload_can_succeed(lifecycle, refresh):
    lifecycle.start()
    refresh.error = ArtifactError("bad; replace it")
    lifecycle.reload()
    refresh.error = None
    assert lifecycle.reload()["iris"].outcome == "succeeded"
    assert lifecycle.last_reloads["iris"].detail is None


def test_draining_outlives_a_reload(lifecycle):
    lifecycle.start()
    lifecycle.drain()
    lifecycle.reload()
    assert lifecycle.state == "draining"


def test_what_is_to_be_said_of_a_bundle_goes_with_the_reload_that_took_it_on(lifecycle, refresh):
    lifecycle.start()
    refresh.warnings = ("trained with numpy 1.0", "another")
    assert lifecycle.reload()["iris"].warnings == ("trained with numpy 1.0", "another")
    refresh.error = ArtifactError("bad; replace it")
    assert lifecycle.reload()["iris"].warnings == ()


@pytest.fixture
def three():
    return {name: Refreshes() for name in ("iris", "churn", "sales")}


def test_a_start_needs_every_model(three):
    lifecycle = Lifecycle(three)
    three["sales"].error = ArtifactMissing("artifacts/sales holds no bundle")
    with pytest.raises(ArtifactMissing, match="artifacts/sales"):
        lifecycle.start()
    assert lifecycle.state == "starting"


@pytest.mark.parametrize("error", [ArtifactError("churn is damaged"), MemoryError()])
@pytest.mark.parametrize("name", ["iris", "churn", "sales"])
def test_a_model_that_cannot_be_reloaded_keeps_no_other_from_it(three, name, error):
    lifecycle = Lifecycle(three)
    lifecycle.start()
    three[name].error = error

    outcomes = lifecycle.reload()

    assert {each: outcome.outcome for each, outcome in outcomes.items()} == dict.fromkeys(three, "succeeded") | {name: "failed"}
    assert [refresh.count for refresh in three.values()] == [2, 2, 2]
    assert lifecycle.last_reloads == outcomes
