"""Knows the model and nothing of who asks: no Flask, no Werkzeug, no Gunicorn, no logging, no environment."""
