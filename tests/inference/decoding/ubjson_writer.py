"""Writes UBJSON as XGBoost does, for models that XGBoost itself would never write."""

import struct
from typing import Any

import numpy as np

_CODES = {"i1": "i", "u1": "U", "i2": "I", "i4": "l", "i8": "L", "f4": "d", "f8": "D"}


def ubjson(value: Any) -> bytes:
    """``value`` as XGBoost writes it; arrays of NumPy have one type."""
    if isinstance(value, dict):
        return b"{" + b"".join(_text(name) + ubjson(member) for name, member in sorted(value.items())) + b"}"
    if isinstance(value, list):
        return b"[#" + _length(len(value)) + b"".join(map(ubjson, value))
    if isinstance(value, np.ndarray):
        code = _CODES[value.dtype.str[1:]]
        return f"[${code}#".encode() + _length(len(value)) + value.astype(value.dtype.newbyteorder(">")).tobytes()
    return b"S" + _text(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> bytes:
    if isinstance(value, bool):
        return b"T" if value else b"F"
    if isinstance(value, float):
        return b"d" + struct.pack(">f", value)
    for code, form in (("i", ">b"), ("I", ">h"), ("l", ">i"), ("L", ">q")):
        if -(2 ** (8 * struct.calcsize(form) - 1)) <= value < 2 ** (8 * struct.calcsize(form) - 1):
            return code.encode() + struct.pack(form, value)
    raise OverflowError(value)


def _length(count: int) -> bytes:
    return b"L" + struct.pack(">q", count)


def _text(text: str) -> bytes:
    return _length(len(text.encode())) + text.encode()
