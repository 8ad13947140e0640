"""What the benchmark is held to, and whether it was reached."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.growth import FLAT_PERCENT
from benchmarks.growth import REQUESTS as GROWTH_REQUESTS
from benchmarks.memory import REQUESTS as MEMORY_REQUESTS
from benchmarks.tables import markdown, number

LINEAR_GROWTH = 1.25

Sections = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure, its limit, and which side of it is good."""

    section: str
    name: str
    figure: Callable[[Any], float]
    limit: float
    at_most: bool = True


def _contender(key: str, figure: str) -> Callable[[Any], float]:
    return lambda result: next(float(one[figure]) for one in result["contenders"] if one["key"] == key)


def _size(rows: int, figure: str) -> Callable[[Any], float]:
    return lambda result: next(float(one[figure]) for one in result["sizes"] if one["rows"] == rows)


def _least_requests(result: Any) -> float:
    return float(min(one["least_requests"] for one in result["workers"]))


TARGETS = (
    Target("http", "CPU a request ÷ the floor's", _contender("c", "cpu_to_floor"), 1.3),
    Target("http", "requests a second ÷ the Flask tutorial's", _contender("c", "rate_to_d"), 25, at_most=False),
    Target("http", "requests a second ÷ the FastAPI tutorial's", _contender("c", "rate_to_e"), 25, at_most=False),
    Target("http", "errors of this service", _contender("c", "errors"), 0),
    Target("batch", "10,000 rows over HTTP ÷ `predict_proba`", _size(10_000, "ratio"), 1.5),
    Target("linear", "cost of a row in 10,000 ÷ in 1,000", lambda result: result["growth"], LINEAR_GROWTH),
    Target("scorer", "µs for a single row", lambda result: result["single_us"], 3),
    Target("scorer", "10,000 rows, times faster than `predict_proba`", lambda result: result["speedup"], 4, at_most=False),
    Target("scorer", "bit for bit equal on those 10,000 rows", lambda result: result["equal"], 1, at_most=False),
    Target(
        "equality", "answers that differ, of a million rows a model", lambda result: sum(one["different"] for one in result["models"]), 0
    ),
    Target("start", "exec to ready ÷ the imports", lambda result: result["ratio"], 1.5),
    Target("memory", "MiB of PSS for a further worker, at most", lambda result: result["most_added_mib"], 30),
    Target("memory", "requests that every worker answered before", _least_requests, MEMORY_REQUESTS, at_most=False),
    Target("growth", "requests sent", lambda result: result["service"]["samples"][-1]["requests"], GROWTH_REQUESTS, at_most=False),
    Target("growth", "growth of RSS, % a 100,000 requests", lambda result: result["service"]["slope"], FLAT_PERCENT),
    Target("growth", "the same of the leaking control", lambda result: result["control"]["slope"], FLAT_PERCENT, at_most=False),
)


def check(sections: Sections) -> list[dict[str, Any]]:
    """Every target whose section was run in a form that can be judged: its figure, its limit, and whether it was reached."""
    checked = []
    for target in TARGETS:
        if target.section not in sections or not sections[target.section].get("judged", True):
            continue
        figure = float(target.figure(sections[target.section]))
        reached = figure <= target.limit if target.at_most else figure >= target.limit
        limit = f"{'≤' if target.at_most else '≥'} {target.limit:,g}"
        checked.append({"section": target.section, "name": target.name, "limit": limit, "figure": figure, "reached": reached})
    return checked


def table(checked: list[dict[str, Any]]) -> str:
    """The targets as Markdown."""
    lines = [
        [one["section"], one["name"], one["limit"], number(one["figure"]), "reached" if one["reached"] else "**not reached**"]
        for one in checked
    ]
    return markdown(["section", "figure", "asked", "measured", ""], lines)


def memory_grows(sections: Sections) -> str | None:
    """What is wrong with the growth of memory, in one sentence; None if nothing is, or it was not judged."""
    growth = sections.get("growth")
    if growth is None or not growth["judged"]:
        return None
    if growth["control"]["slope"] < growth["limit"]:
        return "the control leaks and was not caught: the growth check proves nothing"
    if growth["service"]["slope"] > growth["limit"]:
        return f"memory grows by {growth['service']['slope']:.2f} % a 100,000 requests"
    return None
