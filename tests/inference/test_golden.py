"""The self-test with golden rows: what nonsense never passes; `test_probation` has the rest, with real bundles."""

import copy

import pytest

from iris_api.errors import ArtifactError
from iris_api.inference.golden import check_golden
from tests.inference.bundles import manifest_of


class Answers:
    """A scorer that always gives the same answer."""

    name = "answers"
    tolerance = 1e-9

    def __init__(self, exact, labels, probabilities) -> None:
        self.exact, self._scores = exact, (labels, probabilities)

    def score_rows(self, _rows):
        return self._scores


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1.0])
def test_no_tolerance_lets_nonsense_pass(exact, wrong, tree, rows):
    manifest = manifest_of(tree, rows[:2])
    golden = manifest.golden
    details = copy.deepcopy(golden.details)
    details[1][0] = wrong
    with pytest.raises(ArtifactError, match="golden row 1"):
        check_golden(Answers(exact, golden.values, details), rows[:2], golden, manifest.signature.task, "model")
