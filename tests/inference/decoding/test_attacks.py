"""Routes that lead through allowed names to code, raw memory or all memory: refused by name, in the trial and in the service."""

import faulthandler
import io
from pathlib import Path

import joblib
import pytest

from tests.inference.decoding import routes
from tests.inference.decoding.assembler import pickled
from tests.inference.decoding.trials import DONE, assert_refused, forked, in_the_child, in_the_master

REFUSED_FOR = {
    routes.POINTERS: "sets items of the object _frombuffer",
    routes.FLAGS: "structured dtype",
    routes.LATE: "structured dtype",
    routes.OUTSIDE: "structured dtype",
    routes.SUBARRAY: "structured dtype",
    routes.GROWING: "changes a finished dtype",
    routes.TOO_FEW: "1 objects for an array of 1000",
    routes.NUMBERS: "sets items of the object _frombuffer",
    routes.UNBACKED: "without its state",
    routes.LOOP: "child is outside the tree or not after it",
    routes.BOOSTED: "child is outside the tree or not after it",
}


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A file that hostile code creates."""
    return tmp_path / "canary"


@pytest.fixture(autouse=True)
def _quiet_crash():
    """Keeps pytest's own report of a crash, which a child inherits, out of the output."""
    faulthandler.disable()
    yield
    faulthandler.enable(2)


@pytest.mark.parametrize("wrap", routes.WRAPPINGS.values(), ids=routes.WRAPPINGS)
@pytest.mark.parametrize("route", routes.ROUTES)
def test_a_route_through_allowed_names_is_refused_by_name(route, wrap, folder, canary):
    flawed = wrap(routes.FLAWS[route](canary))
    assert_refused(in_the_master(flawed), REFUSED_FOR[route])
    assert_refused(in_the_child(flawed, folder), REFUSED_FOR[route])


@pytest.mark.parametrize("wrap", routes.WRAPPINGS.values(), ids=routes.WRAPPINGS)
@pytest.mark.parametrize("route", routes.USES)
def test_what_would_use_the_flaw_is_refused_as_well(route, wrap, folder, canary):
    hostile = wrap(routes.assembled(route, canary))
    assert_refused(in_the_master(hostile), "")
    assert_refused(in_the_child(hostile, folder), "")
    assert not canary.exists()


@pytest.mark.parametrize("route", routes.FITTED)
def test_a_tree_that_leads_outside_itself_is_refused_by_its_structure(route, folder, rows, labels):
    hostile = routes.FITTED[route](rows, labels)
    assert_refused(in_the_master(hostile), REFUSED_FOR[route])
    assert_refused(in_the_child(hostile, folder), REFUSED_FOR[route])


def execute(hostile: bytes) -> str:
    """What joblib, which executes pickles, makes of one."""
    return repr(joblib.load(io.BytesIO(hostile)))


@pytest.mark.parametrize("route", [routes.POINTERS, routes.FLAGS, routes.LATE])
def test_the_same_pickle_runs_code_where_it_is_executed(route, canary):
    hostile = pickled(routes.assembled(route, canary))
    forked(lambda: execute(hostile))
    assert canary.exists()


@pytest.mark.parametrize("route", [routes.OUTSIDE, routes.SUBARRAY, routes.GROWING, routes.TOO_FEW, routes.NUMBERS])
def test_the_same_pickle_crashes_where_it_is_executed(route, canary):
    hostile = pickled(routes.assembled(route, canary))
    assert forked(lambda: execute(hostile)).exit_code < 0


def test_the_same_pickle_takes_a_gibibyte_where_it_is_executed(canary):
    hostile = pickled(routes.assembled(routes.UNBACKED, canary))
    assert len(hostile) < 400
    outcome = forked(lambda: execute(hostile))
    assert outcome.said == DONE
    assert outcome.grown_mib > 1000


def test_every_route_has_its_reason():
    assert REFUSED_FOR.keys() == {*routes.ROUTES, *routes.FITTED} == {*routes.FLAWS, *routes.FITTED}
