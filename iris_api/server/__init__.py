"""Knows the processes: Gunicorn's configuration, signals and reload; never imports Flask, numpy, scikit-learn or another room."""
