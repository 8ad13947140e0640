"""A CSV file as numbers: a header row, numeric columns, and at most one column of classes."""

import csv
import difflib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from iris_api.errors import ArtifactError, ArtifactForbidden, ArtifactMissing
from iris_api.inference.columns import FLOAT32_MAX

MAX_QUOTED = 40
MAX_LISTED = 10


@dataclass(frozen=True, slots=True)
class Table:
    """What a CSV file holds.

    Parameters
    ----------
    header
        Names of the feature columns as the file spells them (features).
    rows
        Their values, float64 of shape (n, features), each finite and within float32.
    target
        The cells of the target column as text (n), or None if no column was named as the target.
    """

    header: tuple[str, ...]
    rows: NDArray[np.float64]
    target: tuple[str, ...] | None


def read_csv_rows(path: Path, target: str | None = None) -> Table:
    """Read the CSV file ``path``: UTF-8, comma-separated, a header row, and numbers in every column but ``target``.

    Raises
    ------
    ArtifactMissing, ArtifactForbidden
        If the file does not exist or may not be read.
    ArtifactError
        If it is no such file, naming line and column; or has no column ``target``.
    """
    lines = _lines(path)
    _, header = next(lines, (1, []))
    if not header:
        raise ArtifactError(f"{path} is empty; it needs a header row and rows of numbers below it")
    if len(header) == 1 and ";" in header[0]:
        raise ArtifactError(f"{path} seems to be separated by semicolons; save it as CSV, separated by commas")
    position = None if target is None else _position(path, header, target)
    kept = [index for index in range(len(header)) if index != position]
    if not kept:
        raise ArtifactError(f"{path} has no feature columns; separate columns by commas")
    # only the command that need not name a target can have forgotten to
    hint = ", or name the column of classes with --target" if target is None else ""
    rows, labels = [], []
    for number, cells in lines:
        if len(cells) != len(header):
            raise ArtifactError(f"{path}, line {number}: has {len(cells)} cells, the header has {len(header)}; mend that line")
        rows.append([_number(path, number, header[index], cells[index], hint) for index in kept])
        if position is not None:
            labels.append(_label(path, number, header[position], cells[position]))
    if not rows:
        raise ArtifactError(f"{path} has no rows below its header; add some")
    return Table(tuple(header[index] for index in kept), np.array(rows, dtype=np.float64), None if position is None else tuple(labels))


def quoted(text: str) -> str:
    """``text`` as it may stand in a message: quoted, and cut where it is long."""
    return repr(text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…")


def listed(names: list[str]) -> str:
    """``names`` as they may stand in a message: the first few, quoted, and how many more there are."""
    more = f" and {len(names) - MAX_LISTED} more" if len(names) > MAX_LISTED else ""
    return ", ".join(quoted(name) for name in names[:MAX_LISTED]) + more


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and stripped cells of every line that is not blank."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, skipinitialspace=True, strict=True)
            for cells in reader:
                if cells:
                    yield reader.line_num, [cell.strip() for cell in cells]
    except FileNotFoundError:
        raise ArtifactMissing(f"{path} does not exist; name a CSV file there is") from None
    except PermissionError:
        raise ArtifactForbidden(f"{path} may not be read by this user; mend its permissions") from None
    except UnicodeDecodeError:
        raise ArtifactError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise ArtifactError(f"{path} is no CSV file ({error}); save it as CSV, separated by commas") from None
    except OSError as error:
        raise ArtifactError(f"{path} cannot be read ({error.strerror}); name a CSV file") from None


def _position(path: Path, header: list[str], target: str) -> int:
    if target not in header:
        close = difflib.get_close_matches(target, header, n=1)
        hint = f"{quoted(close[0])} was probably meant" if close else f"it has {listed(header)}"
        raise ArtifactError(f"{path} has no column {quoted(target)}; {hint}")
    if header.count(target) > 1:
        raise ArtifactError(f"{path} has {header.count(target)} columns {quoted(target)}; give each column a name of its own")
    return header.index(target)


def _number(path: Path, line: int, column: str, cell: str, hint: str) -> float:
    try:
        value = float(cell) if "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if abs(value) <= FLOAT32_MAX:
        return value
    where = f"{path}, line {line}, column {quoted(column)}"
    if not cell:
        raise ArtifactError(f"{where}: is empty; fill it or leave the row out")
    if math.isnan(value) and cell.lower().lstrip("+-") != "nan":
        raise ArtifactError(f"{where}: {quoted(cell)} is not a number; features must be numeric{hint}")
    raise ArtifactError(f"{where}: {quoted(cell)} is not a finite number that a 32-bit float can hold")


def _label(path: Path, line: int, column: str, cell: str) -> str:
    if not cell:
        raise ArtifactError(f"{path}, line {line}, column {quoted(column)}: is empty; every row needs its class")
    return cell
