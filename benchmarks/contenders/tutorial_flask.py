"""The plain tutorial service in Flask: load the model at import, `get_json`, `predict`, `predict_proba`, `jsonify`."""

import os

import joblib
from flask import Flask, Response, jsonify, request

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")

app = Flask(__name__)
model = joblib.load(os.environ["MODEL_PATH"])


@app.route("/predict", methods=["POST"])
def predict() -> Response:
    """Classify one flower."""
    data = request.get_json()
    features = [[float(data[name]) for name in FEATURES]]
    prediction = model.predict(features)[0]
    probabilities = model.predict_proba(features)[0]
    return jsonify(
        prediction=str(prediction),
        confidence=float(probabilities.max()),
        probabilities={str(name): float(value) for name, value in zip(model.classes_, probabilities, strict=True)},
    )
