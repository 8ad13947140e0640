"""FastAPI at its least: an endpoint that reads nothing and returns a constant of the same shape as a prediction."""

from typing import Any

from fastapi import FastAPI

app = FastAPI()
ANSWER = {
    "prediction": "setosa",
    "confidence": 1.0,
    "probabilities": {"setosa": 1.0, "versicolor": 0.0, "virginica": 0.0},
    "input": {"sepal_length": 5.1, "sepal_width": 3.5, "petal_length": 1.4, "petal_width": 0.2},
    "model": {"name": "iris", "version": 1},
}


@app.post("/predict")
async def predict() -> dict[str, Any]:
    """Return the constant."""
    return ANSWER
