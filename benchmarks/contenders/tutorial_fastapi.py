"""The same tutorial service in FastAPI, with a Pydantic model of its input."""

import os
from typing import Any

import joblib
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL_PATH"])


class Flower(BaseModel):
    """The measurements of one flower, in centimetres."""

    sepal_length: float
    sepal_width: float
    petal_length: float
    petal_width: float


@app.post("/predict")
def predict(flower: Flower) -> dict[str, Any]:
    """Classify one flower."""
    features = [[flower.sepal_length, flower.sepal_width, flower.petal_length, flower.petal_width]]
    prediction = model.predict(features)[0]
    probabilities = model.predict_proba(features)[0]
    return {
        "prediction": str(prediction),
        "confidence": float(probabilities.max()),
        "probabilities": {str(name): float(value) for name, value in zip(model.classes_, probabilities, strict=True)},
    }
