"""How names and texts from a table stand in a message."""

MAX_QUOTED = 40
MAX_LISTED = 10


def quoted(text: str) -> str:
    """``text`` as it may stand in a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…")


def listed(names: list[str]) -> str:
    """``names`` as they may stand in a message: the first few, quoted, and how many more there are."""
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(quoted(name) for name in names[:MAX_LISTED]) + more
