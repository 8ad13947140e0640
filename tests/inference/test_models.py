"""Several loaders by name: a mapping in the order of the settings, with a default, and one plain error for a name that is not there."""

import pytest

from iris_api.errors import NotReady, UnknownModel
from iris_api.inference.bundle_limits import BundleLimits
from iris_api.inference.model_loader import ModelLoader, as_it_is
from iris_api.inference.models import Models
from iris_api.inference.registry import Registry
from iris_api.inference.seals import ANY_BUNDLE


@pytest.fixture
def models(several) -> Models:
    return Models({name: ModelLoader(Registry(several, name), BundleLimits(), ANY_BUNDLE, as_it_is) for name in ("mood", "churn")})


def test_the_first_is_the_default_and_the_order_stays(models) -> None:
    assert (models.default, list(models), len(models)) == ("mood", ["mood", "churn"], 2)
    assert models.named("churn") is models["churn"]


def test_a_name_that_is_not_served_is_an_error_that_has_the_served_ones(models) -> None:
    assert "iris" not in models
    with pytest.raises(UnknownModel, match=r"those served: mood, churn\.$") as refused:
        models.named("zq93")
    assert "zq93" not in str(refused.value)


def test_each_loader_holds_its_own_predictor(models) -> None:
    models["churn"].refresh()

    assert models["churn"].current.manifest.name == "churn"
    with pytest.raises(NotReady):
        _ = models["mood"].current
