"""Serve a scikit-learn classifier behind Flask and Gunicorn: right, safe, always there, fast, plain."""

__version__ = "0.1.0"
