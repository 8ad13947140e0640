"""Section ``linear``: what a row costs in batches of growing size, up to the limit."""

from typing import Any

from benchmarks.batches import LINEAR_SIZES, compare
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Cost of a row as batches grow"


def run(work: Workplace) -> dict[str, Any]:
    """Batches of 1,000 to 10,000 rows; ``growth`` is the cost of a row in the largest, as a multiple of that in the smallest."""
    result = compare(work, LINEAR_SIZES)
    cost = [one["http_us_per_row"] for one in result["sizes"]]
    return {**result, "growth": cost[-1] / cost[0]}


def table(result: dict[str, Any]) -> str:
    """The cost of a row at each size, as Markdown."""
    smallest = result["sizes"][0]["http_us_per_row"]
    lines = [[f"{one['rows']:,}", number(one["http_us_per_row"]), number(one["http_us_per_row"] / smallest)] for one in result["sizes"]]
    return markdown(["rows", "HTTP µs/row", "÷ smallest batch's"], lines)
