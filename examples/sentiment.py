"""Sentiment: whether a review is positive or negative. The model takes text as it is."""

from data import sentiment
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from iris_api.training import bundle_model

X, y = sentiment()
X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LogisticRegression()).fit(X_train, y_train)
print(f"accuracy on reviews it has not seen: {model.score(X_test, y_test):.3f}")

bundled = bundle_model(model, X_train, y_train, name="sentiment")
print(bundled)
