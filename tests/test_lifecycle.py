"""The states of a process, and a reload that never raises."""

import time

import pytest

from iris_api.errors import ArtifactError, ArtifactMissing
from iris_api.lifecycle import Lifecycle


class Refreshes:
    """Raises what it is told to, and counts."""

    def __init__(self) -> None:
        self.count, self.error = 0, None

    def __call__(self) -> None:
        self.count += 1
        if self.error:
            raise self.error


@pytest.fixture
def refresh():
    return Refreshes()


@pytest.fixture
def lifecycle(refresh):
    return Lifecycle(refresh)


def test_a_start_loads_once_and_is_ready(lifecycle, refresh):
    assert lifecycle.state == "starting"
    lifecycle.start()
    assert (lifecycle.state, refresh.count, lifecycle.last_reload) == ("ready", 1, None)


def test_a_start_without_a_model_raises_and_is_not_ready(lifecycle, refresh):
    refresh.error = ArtifactMissing("nothing there")
    with pytest.raises(ArtifactMissing, match="nothing there"):
        lifecycle.start()
    assert lifecycle.state == "starting"


def test_a_reload_that_works_is_remembered(lifecycle, refresh):
    lifecycle.start()
    before = time.time()
    outcome = lifecycle.reload()
    assert outcome is lifecycle.last_reload
    assert (outcome.outcome, outcome.detail, refresh.count, lifecycle.state) == ("succeeded", None, 2, "ready")
    assert before <= outcome.at_seconds <= time.time()


def test_a_refused_bundle_is_told_in_its_own_words(lifecycle, refresh):
    lifecycle.start()
    refresh.error = ArtifactError("model.joblib is damaged; copy it again")
    outcome = lifecycle.reload()
    assert (outcome.outcome, outcome.detail) == ("failed", "model.joblib is damaged; copy it again")
    assert lifecycle.state == "ready"


@pytest.mark.parametrize("error", [KeyError("secret"), OSError(28, "No space left"), MemoryError(), RecursionError()])
def test_no_error_escapes_and_none_is_quoted(lifecycle, refresh, error):
    lifecycle.start()
    refresh.error = error
    assert lifecycle.reload().detail == f"unexpected {type(error).__name__} while loading"


def test_a_later_reload_can_succeed(lifecycle, refresh):
    lifecycle.start()
    refresh.error = ArtifactError("bad; mend it")
    lifecycle.reload()
    refresh.error = None
    assert lifecycle.reload().outcome == "succeeded"
    assert lifecycle.last_reload.detail is None


def test_draining_outlives_a_reload(lifecycle):
    lifecycle.start()
    lifecycle.drain()
    lifecycle.reload()
    assert lifecycle.state == "draining"


def test_what_is_to_be_said_of_a_bundle_goes_with_the_reload_that_took_it_on(refresh):
    said = ["trained with numpy 1.0"]
    lifecycle = Lifecycle(refresh, warnings=lambda: tuple(said))
    lifecycle.start()
    assert lifecycle.warnings() == ("trained with numpy 1.0",)
    said.append("another")
    assert lifecycle.reload().warnings == ("trained with numpy 1.0", "another")
    refresh.error = ArtifactError("bad; mend it")
    assert lifecycle.reload().warnings == ()
