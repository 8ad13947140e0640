"""Churn: which customers will leave. A pipeline over a table of mixed columns, some values of which are missing."""

from data import churn
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from iris_api.training import bundle_model

NUMBERS = ["tenure (months)", "monthly charges", "total charges", "support calls"]
CATEGORIES = ["contract", "payment", "senior"]

X, y = churn()
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
columns = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
        ("categories", OneHotEncoder(handle_unknown="ignore"), CATEGORIES),
    ]
)
model = make_pipeline(columns, LogisticRegression(max_iter=1000)).fit(X_train, y_train)
print(f"accuracy on rows it has not seen: {model.score(X_test, y_test):.3f}")

bundled = bundle_model(model, X_train, y_train, name="churn")
print(bundled)
