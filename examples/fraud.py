"""Fraud: which payments are fraudulent. XGBoost takes categories and missing values as they are."""

from data import fraud
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from xgboost import XGBClassifier

from iris_api.training import bundle_model

X, y = fraud()
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = XGBClassifier(n_estimators=150, max_depth=4, enable_categorical=True, random_state=0).fit(X_train, y_train)
print(f"area under the curve on payments it has not seen: {roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]):.3f}")

bundled = bundle_model(model, X_train, y_train, name="fraud")
print(bundled)
