"""Knows what happened, and tells it; never imports Flask, Werkzeug or Gunicorn."""
