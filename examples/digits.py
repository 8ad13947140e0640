"""Digits: which digit an image of 8 x 8 pixels shows, on scikit-learn's own images."""

from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from iris_api.training import bundle_model

digits = load_digits()
X, y = digits.data, digits.target
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = RandomForestClassifier(random_state=0).fit(X_train, y_train)
print(f"accuracy on images it has not seen: {model.score(X_test, y_test):.3f}")

bundled = bundle_model(model, X_train, y_train, name="digits", arrays={"pixels": (8, 8)})
print(bundled)
