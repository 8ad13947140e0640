"""The only reader of request bodies: media type, coding, length, and every byte accounted for.

The WSGI server's stream is read directly. Flask's own reader cuts an over-long chunked body without a word and takes
one that ended early for whole.
"""

from flask import Request
from werkzeug.sansio.utils import get_content_length

from iris_api.errors import BodyTooLarge, MalformedBody, UnsupportedCoding, UnsupportedMedia

JSON = "application/json"
_UTF8 = ("utf-8", "utf8")
_CHUNK_BYTES = 1024 * 1024


def read_json(request: Request, max_bytes: int) -> bytes:
    """The whole body of a JSON request, not yet parsed.

    Parameters
    ----------
    request
        The request; its body must not have been read.
    max_bytes
        The longest body that is taken, whether its length is declared or not.

    Raises
    ------
    UnsupportedMedia, UnsupportedCoding
        If the headers promise anything but plain UTF-8 JSON.
    BodyTooLarge
        If the declared length, or what came, is over the limit.
    MalformedBody
        If nothing came, or less than was declared, or the transfer itself was broken.
    """
    environ = request.environ
    if environ.get("CONTENT_TYPE") != JSON or "HTTP_CONTENT_ENCODING" in environ:
        _check_headers(request)
    declared = get_content_length(environ.get("CONTENT_LENGTH"), environ.get("HTTP_TRANSFER_ENCODING"))
    if declared is None and environ.get("CONTENT_LENGTH"):
        raise MalformedBody("The body declares a length and comes in chunks; it may do one or the other.")
    if declared is not None and declared > max_bytes:
        raise _too_large(max_bytes)
    if not declared and not environ.get("wsgi.input_terminated"):
        raise MalformedBody("The body is empty.")
    body = _read(environ["wsgi.input"], max_bytes + 1 if declared is None else declared)
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    if declared is not None and len(body) < declared:
        raise MalformedBody("The body ended before its declared length.")
    if not body:
        raise MalformedBody("The body is empty.")
    return body


def _check_headers(request: Request) -> None:
    media, options = request.mimetype, request.mimetype_params
    if media != JSON:
        raise UnsupportedMedia(f"The body must be sent as Content-Type: {JSON}.")
    if options.get("charset", "utf-8").lower() not in _UTF8:
        raise UnsupportedMedia("The body must be encoded as UTF-8.")
    if request.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise UnsupportedCoding("The body must be sent without a content coding.")


def _read(stream: object, wanted: int) -> bytes:
    parts: list[bytes] = []
    while wanted > 0:
        try:
            part = stream.read(min(wanted, _CHUNK_BYTES))  # type: ignore[attr-defined]  # WSGI leaves the type open
        except Exception:  # noqa: BLE001 - each server has errors of its own for a broken transfer, and none is ours
            raise MalformedBody("The body could not be read: its transfer was broken off or badly framed.") from None
        if not part:
            break
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _too_large(max_bytes: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body may have at most {max_bytes} bytes.")
