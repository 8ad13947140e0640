import pytest

from iris_api.inference.manifest import Code, CodeFile, Manifest, Metrics, Score
from iris_api.inference.tasks.classification import Classification
from iris_api.training.card import model_card, spread, table
from iris_api.training.datasets import load_dataset
from iris_api.training.describe import describe
from iris_api.training.fit import fit_pipeline
from iris_api.training.pipelines import pipeline_for

FLOWERS = Classification(classes=["setosa", "versicolor", "virginica"])
METRICS = Metrics(
    folds=5,
    repeats=10,
    accuracy=Score(mean=0.9487, standard_deviation=0.0331),
    log_loss=Score(mean=0.1181, standard_deviation=0.0749),
    brier_score=None,
    confusion_matrix=[[500, 0, 0], [0, 467, 33], [0, 44, 456]],
)


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    dataset = load_dataset("iris")
    return describe("iris", fit_pipeline(pipeline_for(dataset).estimator, dataset), dataset, FLOWERS, METRICS)


def test_a_card_says_what_a_person_needs(manifest):
    card = model_card(manifest, ".venv/bin/iris-api train --dataset iris")
    assert card.startswith("# iris, version 1\n")
    assert "From 4 numeric features it tells 3 classes apart: `setosa`, `versicolor`, `virginica`." in card
    assert "| `sepal_length` | number | Sepal length | cm | from 0 to 10 | 4.3 to 7.9 | 5.1 |" in card
    assert "in 5 folds, repeated 10 times" in card
    assert "| Accuracy | 0.949 ± 0.033 |" in card
    assert "| Brier score | none |" in card
    assert "| **virginica** | 0 | 44 | 456 |" in card
    assert f"| scikit-learn | {manifest.libraries.scikit_learn} |" in card
    assert "```sh\n.venv/bin/iris-api train --dataset iris\n```" in card
    assert manifest.training_data.sha256 in card
    assert manifest.created in card


def test_a_card_follows_from_its_manifest_alone(manifest):
    assert model_card(manifest, "make") == model_card(Manifest.model_validate_json(manifest.model_dump_json()), "make")


def test_a_card_admits_that_there_are_no_figures(manifest):
    card = model_card(manifest.model_copy(update={"metrics": None}), "make")
    assert "Measure the model on data of your own" in card
    assert "Confusion matrix" not in card


@pytest.mark.parametrize(("low", "high", "text"), [(None, None, "any"), (1.0, None, "from 1"), (None, 2.5, "to 2.5")])
def test_a_card_spells_bounds(manifest, low, high, text):
    column = manifest.signature.inputs[0].model_copy(update={"minimum": low, "maximum": high, "unit": None})
    signature = manifest.signature.model_copy(update={"inputs": (column,)})
    card = model_card(manifest.model_copy(update={"signature": signature}), "make")
    assert f"| `sepal_length` | number | Sepal length | none | {text} | 4.3 to 7.9 | 5.1 |" in card
    assert "From 1 numeric feature it" in card


def test_a_card_lists_the_libraries_that_the_model_needs(manifest):
    libraries = manifest.libraries.model_copy(update={"pandas": "3.0.1", "xgboost": "3.2.0"})
    card = model_card(manifest.model_copy(update={"libraries": libraries}), "make")
    assert "| pandas | 3.0.1 |\n| xgboost | 3.2.0 |" in card
    assert "lightgbm" not in card


def test_a_card_lists_the_code_in_the_bundle_and_what_it_needs(manifest):
    file = CodeFile(file="features.py", sha256="5" * 64, size_bytes=321)
    code = Code(allowed_globals=["features:AddRatio", "company.steps:Clip"], file=file)
    card = model_card(manifest.model_copy(update={"code": code}), "make")
    assert "## Code of its own\n\nThe model runs `features:AddRatio`, `company.steps:Clip`." in card
    assert "```sh\nexport IRIS_ALLOWED_GLOBALS=features:AddRatio,company.steps:Clip\n```" in card
    assert f"| `features.py` | 321 | `{'5' * 64}` |" in card
    installed = model_card(manifest.model_copy(update={"code": Code(allowed_globals=["company.steps:Clip"])}), "make")
    assert "Install the package of each name where the model is served." in installed
    assert "SHA-256 |" not in installed
    assert "Code of its own" not in model_card(manifest, "make")


def test_a_card_says_what_may_be_missing(manifest):
    first, second, third, fourth = manifest.signature.inputs
    inputs = (
        first.model_copy(update={"nullable": True}),
        second.model_copy(update={"nullable": True, "warns_if_missing": True}),
        third,
        fourth,
    )
    card = model_card(manifest.model_copy(update={"signature": manifest.signature.model_copy(update={"inputs": inputs})}), "make")
    assert "| `sepal_length` | number, may be missing | Sepal length |" in card
    assert "| `sepal_width` | number, may be missing, but was not in training | Sepal width |" in card
    assert "| `petal_length` | number | Petal length |" in card


def test_a_table_holds_whatever_a_cell_says():
    assert table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n| --- | --- |\n| x\\|y | two lines |"


def test_a_figure_shows_its_spread():
    assert (spread(METRICS.accuracy), spread(None)) == ("0.949 ± 0.033", "none")
