"""Sales: how many units a shop will sell. Categories and missing values reach the trees as they are."""

from data import sales
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split

from iris_api.training import bundle_model

X, y = sales()
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = HistGradientBoostingRegressor(categorical_features="from_dtype", random_state=0).fit(X_train, y_train)
print(f"mean absolute error on days it has not seen: {mean_absolute_error(y_test, model.predict(X_test)):.1f} units")

bundled = bundle_model(model, X_train, y_train, name="sales")
print(bundled)
