"""Tables as people have them: CSV files of any separator, JSON Lines, and JSON arrays of objects."""

import csv
import itertools
import re
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.training.inferred_columns import Origin
from iris_api.training.json_tables import read_json_rows
from iris_api.training.tables import listed, quoted

MAX_BYTES = 1 << 30
MAX_CELLS = 1 << 28
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SAMPLED_ROWS = 100
_JSON_SUFFIXES = frozenset([".json", ".jsonl", ".ndjson"])
_UNNAMED = re.compile(r"(?:Unnamed: [0-9]+(?:\.[0-9]+)*)?")
_INDEX = re.compile(r"[0-9]{1,18}")
# how files start that are often taken for CSV
_OTHER_FORMATS = {
    b"PK\x03\x04": "is an Excel workbook or a zip archive; save it as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "is an Excel workbook; save it as CSV UTF-8",
    b"\x1f\x8b": "is compressed with gzip; decompress it",
    b"PAR1": "is a Parquet file; save it as CSV or JSON Lines",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8 (in Excel: CSV UTF-8)",
}


@dataclass(frozen=True, slots=True)
class TableFile:
    """What a file with a table holds.

    Parameters
    ----------
    header
        The names of the columns, in the order of the file.
    columns
        The cells of each column by its name: text as it stands in a CSV file; JSON values otherwise, None where an
        object has no such member.
    notes
        What was inferred about the file, one sentence each.
    origin
        Where the cells come from; `iris_api.training.cells.infer` and ``convert`` take it for their messages.
    """

    header: tuple[str, ...]
    columns: dict[str, list[Any]]
    notes: tuple[str, ...] = ()
    origin: Origin = field(default_factory=Origin)


def read_table(path: Path, max_bytes: int = MAX_BYTES) -> TableFile:
    """Read a table: JSON Lines from ``.jsonl`` and ``.ndjson``, a JSON array of objects from ``.json``, else CSV.

    The text is UTF-8, with or without a byte order mark. The separator of a CSV file is found among comma, semicolon,
    tab and vertical bar.

    Raises
    ------
    ArtifactMissing, ArtifactForbidden
        If the file does not exist or may not be read.
    ArtifactError
        If it is larger than ``max_bytes``, or is no such file, naming line and column.
    """
    try:
        _check_file(path, max_bytes)
        return _read_json(path) if path.suffix.lower() in _JSON_SUFFIXES else _read_csv(path)
    except FileNotFoundError:
        raise ArtifactMissing(f"{path} does not exist; name a CSV or JSON Lines file") from None
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; change its permissions") from None
    except UnicodeDecodeError:
        raise _encoding_error(path) from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); name a CSV or JSON Lines file") from None


def _check_file(path: Path, max_bytes: int) -> None:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ArtifactError(f"{path} is not a regular file; name a CSV or JSON Lines file")
    if status.st_size > max_bytes:
        raise ArtifactError(f"{path} has {status.st_size} bytes, the limit is {max_bytes}; use fewer rows")
    with path.open("rb") as file:
        start = file.read(1024)
    for magic, message in _OTHER_FORMATS.items():
        if start.startswith(magic):
            raise ArtifactError(f"{path} {message}")
    if b"\0" in start:
        raise ArtifactError(f"{path} is not text; save it as CSV in UTF-8")


def _encoding_error(path: Path) -> ArtifactError:
    with path.open("rb") as file:  # text is decoded in blocks, so only the bytes tell the line
        line = next((number for number, line in enumerate(file, 1) if not _is_utf8(line)), 1)
    return ArtifactError(f"{path}, line {line}: is not UTF-8 text; save the file as UTF-8 (in Excel: CSV UTF-8)")


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_json(path: Path) -> TableFile:
    lines, rows = [], []
    header: dict[str, None] = {}
    for line, row in read_json_rows(path):
        lines.append(line)
        rows.append(row)
        header.update(dict.fromkeys(row))
        if len(header) * len(rows) > MAX_CELLS:
            raise ArtifactError(f"{path}, line {line}: the table has more than {MAX_CELLS} cells; use fewer rows or columns")
    if not header:
        raise ArtifactError(f"{path} has no rows; write one object a line, with a member for each column")
    partial = [name for name in header if any(name not in row for row in rows)]
    note = f"Some objects have no {listed(partial)}; the value is missing there."
    columns = {name: [row.get(name) for row in rows] for name in header}
    return TableFile(tuple(header), columns, (note,) if partial else (), Origin(path, _compact(lines), typed=True))


def _read_csv(path: Path) -> TableFile:
    separator = _find_separator(path)
    first = next(_rows(path, separator), None)
    if first is None:
        raise ArtifactError(f"{path} is empty; it needs a header row and rows below it")
    line, header = first
    # otherwise a cell that is quoted after such a space would keep its quotes
    skip_spaces = len(header) > 1 and all(name.startswith(" ") for name in header[1:])
    rows = _rows(path, separator, skip_spaces)
    _, header = next(rows)
    notes = [] if separator == "," or len(header) == 1 else [f"The columns are separated by {SEPARATORS[separator]}."]
    if skip_spaces:
        notes.append("The header has a space after every separator, so spaces after separators are left out.")
    lines, cells, empty = _collect(path, header, rows)
    if empty:
        notes.append(f"{empty} row{'s' * (empty != 1)} without any value {'is' if empty == 1 else 'are'} left out.")
    if not lines:
        raise ArtifactError(f"{path} has no rows below its header; add some")
    names, name_notes = _name_columns(header, cells)
    duplicates = [name for name, count in Counter(names.values()).items() if count > 1]
    if duplicates:
        raise ArtifactError(f"{path}, line {line}: several columns have the name {listed(duplicates)}; give each column its own name")
    if not names:
        raise ArtifactError(f"{path}, line {line}: no column has a name; start the file with a header row")
    columns = {name: cells[position] for position, name in names.items()}
    return TableFile(tuple(columns), columns, (*notes, *name_notes), Origin(path, _compact(lines)))


def _compact(lines: list[int]) -> Sequence[int]:
    """``lines`` as a range where they have no gaps, which is small."""
    regular = range(lines[0], lines[0] + len(lines)) if lines else range(0)
    return regular if all(map(int.__eq__, lines, regular)) else tuple(lines)


def _find_separator(path: Path) -> str:
    """The separator that gives the first rows as many cells as the header, or else the header the most cells."""

    def fitness(separator: str) -> tuple[bool, bool, int]:
        sizes: list[int] = []
        try:
            sizes.extend(len(cells) for _, cells in itertools.islice(_rows(path, separator), _SAMPLED_ROWS))
        except ArtifactError:  # extend has kept the sizes before it
            sizes.append(0)
        is_even = len(set(sizes)) == 1
        header = sizes[0] if sizes else 0
        return header > 1 and is_even, header > 1 or is_even, header

    return max(SEPARATORS, key=fitness)


def _collect(path: Path, header: list[str], rows: Iterator[tuple[int, list[str]]]) -> tuple[list[int], list[list[str]], int]:
    """The line of each row, the cells of each column, and how many rows have no value and are left out."""
    lines: list[int] = []
    empty = 0
    columns: list[list[str]] = [[] for _ in header]
    for line, cells in rows:
        if len(cells) == len(header):
            if not any(cells):
                empty += 1
                continue
            lines.append(line)
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        elif len(cells) > 1 or cells[0].strip():
            raise ArtifactError(f"{path}, line {line}: {_wrong_count(header, cells)}")
    return lines, columns, empty


def _wrong_count(header: list[str], cells: list[str]) -> str:
    counts = f"has {len(cells)} cells, the header has {len(header)}"
    if len(cells) < len(header):
        return f"{counts}, so column {quoted(header[len(cells)])} has none; add the missing separators"
    return f"{counts}; {quoted(cells[len(header)])} comes after the last column; put quotes around cells that contain the separator"


def _name_columns(header: list[str], columns: list[list[str]]) -> tuple[dict[int, str], list[str]]:
    """The name of each column that is kept, by its position, and what was inferred about the names."""
    names = dict(enumerate(header))
    notes = []
    for position, name in enumerate(header[:-1]):
        if not _UNNAMED.fullmatch(name.strip()) or not _counts_rows(columns[position]):
            break
        del names[position]
        title = f"Column {position + 1}" + (f", {quoted(name)}," if name.strip() else ", which has no name,")
        notes.append(f"{title} numbers the rows and is left out; to keep it, give it a name in the header.")
    for position, name in list(names.items()):
        if not name.strip() and not any(columns[position]):
            del names[position]
            notes.append(f"Column {position + 1} has neither a name nor values and is left out.")
        elif not name.strip():
            names[position] = f"Unnamed: {position}"
            notes.append(f"Column {position + 1} has no name and is called {quoted(names[position])}, as pandas does.")
        elif name != name.strip():
            notes.append(f"The name of column {quoted(name)} has spaces around it, which are part of the name.")
    return names, notes


def _counts_rows(cells: list[str]) -> bool:
    return all(_INDEX.fullmatch(cell) for cell in cells) and len(set(cells)) == len(cells)


def _rows(path: Path, separator: str, skip_spaces: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The number of the first line of each row, and its cells; blank lines are left out."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=separator, skipinitialspace=skip_spaces, strict=True)
        line = 1
        try:
            for cells in reader:
                if cells:
                    yield line, cells
                line = reader.line_num + 1
        except csv.Error as error:
            remedy = "close its quotes, and double every quote inside a quoted cell"
            raise ArtifactError(f"{path}, line {line}: is not CSV ({error}); {remedy}") from None
