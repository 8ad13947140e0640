"""The control of the growth check: the service itself, keeping about a hundred bytes of every request for ever."""

from wsgi import app

_kept: list[bytes] = []


@app.before_request
def leak() -> None:
    """Keep an object of 97 bytes and its place in a list."""
    _kept.append(bytes(64))
