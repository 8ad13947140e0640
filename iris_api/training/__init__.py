"""Knows how a bundle comes about; only the command line and ``scripts/`` may import it, and it never imports Flask or Gunicorn."""
