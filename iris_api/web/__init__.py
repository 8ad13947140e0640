"""Knows who asked, in HTTP; never imports numpy, scikit-learn, joblib, pickle or Gunicorn."""
