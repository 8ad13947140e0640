"""Bundles the models of the section ``frame``: the churn example, and a forest behind the same columns."""

import runpy

from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline

from iris_api.training import bundle_model


def main() -> None:
    """Run the example, which bundles its own model, and bundle one more with what it leaves."""
    example = runpy.run_path("examples/churn.py")
    model = make_pipeline(example["columns"], RandomForestClassifier(random_state=0)).fit(example["X_train"], example["y_train"])
    bundle_model(model, example["X_train"], example["y_train"], name="churn-forest")


if __name__ == "__main__":
    main()
