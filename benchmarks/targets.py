"""What the benchmark is held to, and whether it was reached."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from benchmarks.balance import FAIR_ENOUGH, TRIALS
from benchmarks.events import CLIENTS
from benchmarks.events import LIMIT_MS as GAP_MS
from benchmarks.growth import FLAT_PERCENT
from benchmarks.growth import REQUESTS as GROWTH_REQUESTS
from benchmarks.health import LIMIT_MS as HEALTH_MS
from benchmarks.lineup import WORKERS
from benchmarks.memory import REQUESTS as MEMORY_REQUESTS
from benchmarks.soak import ABORTED, MASTER_PERCENT, POOL_PERCENT, RELOADS
from benchmarks.tables import markdown, number

LINEAR_GROWTH = 1.25
FAIR_TRIALS = 19

Sections = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure, its limit, and which side of it is good; where it ``shows_leak``, missing it fails the benchmark."""

    section: str
    name: str
    figure: Callable[[Any], float]
    limit: float
    at_most: bool = True
    shows_leak: bool = False


def _contender(key: str, figure: str) -> Callable[[Any], float]:
    return lambda result: next(float(one[figure]) for one in result["contenders"] if one["key"] == key)


def _worker_class(name: str, figure: str) -> Callable[[Any], float]:
    return lambda result: next(float(one[figure]) for one in result["classes"] if one["class"] == name)


def _size(rows: int, figure: str) -> Callable[[Any], float]:
    return lambda result: next(float(one[figure]) for one in result["sizes"] if one["rows"] == rows)


def _of_model(name: str, rows: int) -> Callable[[Any], float]:
    return lambda result: next(float(one["ratio"]) for one in result["models"][name] if one["rows"] == rows)


def _last(figure: str) -> Callable[[Any], float]:
    return lambda result: float(result["last"][figure])


def _least_requests(result: Any) -> float:
    return float(min(one["least_requests"] for one in result["workers"]))


TARGETS = (
    Target("http", "CPU a request ÷ the floor's", _contender("c", "cpu_to_floor"), 1.3),
    Target("http", "CPU a request ÷ that of FastAPI's constant", _contender("c", "cpu_to_f"), 1.0),
    Target("http", "requests a second ÷ the Flask tutorial's", _contender("c", "rate_to_d"), 25, at_most=False),
    Target("http", "requests a second ÷ the FastAPI tutorial's", _contender("c", "rate_to_e"), 25, at_most=False),
    Target("http", "errors of this service", _contender("c", "errors"), 0),
    Target("workers", "`lanes`: requests a second ÷ the better of the other two's", itemgetter("rate_to_better"), 1.4, at_most=False),
    Target("workers", "`lanes`: CPU a request ÷ `gthread`'s", _worker_class("lanes", "cpu_to_gthread"), 0.75),
    Target("workers", "`lanes`: errors", _worker_class("lanes", "errors"), 0),
    Target("batch", "10,000 rows over HTTP ÷ `predict_proba`", _size(10_000, "ratio"), 1.5),
    Target("linear", "cost of a row in 10,000 ÷ in 1,000", itemgetter("growth"), LINEAR_GROWTH),
    Target("frame", "one row over HTTP ÷ `predict_proba` of its DataFrame", _of_model("churn", 1), 1.15),
    Target("frame", "10,000 rows over HTTP ÷ `predict_proba` of their DataFrame", _of_model("churn", 10_000), 1.5),
    Target("frame", "a forest: one row over HTTP ÷ `predict_proba`", _of_model("churn-forest", 1), 1.15),
    Target("frame", "a forest: 10,000 rows over HTTP ÷ `predict_proba`", _of_model("churn-forest", 10_000), 1.5),
    Target("scorer", "µs for a single row", itemgetter("single_us"), 3),
    Target("scorer", "10,000 rows, times faster than `predict_proba`", itemgetter("speedup"), 4, at_most=False),
    Target("scorer", "bit for bit equal on those 10,000 rows", itemgetter("equal"), 1, at_most=False),
    Target(
        "equality", "answers that differ, of a million rows a model", lambda result: sum(one["different"] for one in result["models"]), 0
    ),
    Target("start", "exec to ready ÷ the imports", itemgetter("ratio"), 1.5),
    Target("memory", "MiB of PSS for a further worker, at most", itemgetter("most_added_mib"), 30),
    Target("memory", "requests that every worker answered before", _least_requests, MEMORY_REQUESTS, at_most=False),
    Target("growth", "requests sent", lambda result: result["service"]["samples"][-1]["requests"], GROWTH_REQUESTS, at_most=False),
    Target(
        "growth",
        "growth of anonymous memory, % a 100,000 requests",
        lambda result: result["service"]["slope"],
        FLAT_PERCENT,
        shows_leak=True,
    ),
    Target(
        "growth", "the same of the leaking control", lambda result: result["control"]["slope"], FLAT_PERCENT, at_most=False, shows_leak=True
    ),
    Target(
        "balance",
        f"trials of {TRIALS} with at most {FAIR_ENOUGH} fair shares, least even combination",
        itemgetter("least_fair"),
        FAIR_TRIALS,
        at_most=False,
    ),
    Target("soak", "requests sent", _last("requests"), GROWTH_REQUESTS, at_most=False),
    Target("soak", "connections aborted", _last("aborted"), ABORTED, at_most=False),
    Target("soak", "reloads", _last("reloads"), RELOADS, at_most=False),
    Target("soak", "failed requests", _last("errors"), 0),
    Target(
        "soak",
        "growth while clients leave the loop, % a 100,000 requests",
        itemgetter("loop_percent"),
        FLAT_PERCENT,
        shows_leak=True,
    ),
    Target(
        "soak",
        "growth while clients leave the pool, % a 100,000 requests",
        itemgetter("pool_percent"),
        POOL_PERCENT,
        shows_leak=True,
    ),
    Target("soak", "growth of the master, % over the last 90 reloads", itemgetter("master_percent"), MASTER_PERCENT, shows_leak=True),
    Target("soak", "descriptors more or fewer than at the beginning", itemgetter("stray_descriptors"), 0, shows_leak=True),
    Target("health", "p99 in ms while slow work is in flight", itemgetter("worst_p99_ms"), HEALTH_MS),
    Target("health", "failed", itemgetter("failed"), 0),
    Target("overload", "goodput ÷ peak, least kind of work", itemgetter("least_goodput"), 0.8, at_most=False),
    Target("overload", "answers but 200 and 503 with Retry-After", itemgetter("other_outcomes"), 0),
    Target("overload", "slowest health in ms", itemgetter("most_health_ms"), 1000),
    Target("overload", "failed health", itemgetter("health_failed"), 0),
    Target("overload", "requests that failed afterwards", itemgetter("not_200_after"), 0),
    Target("events", "requests lost to reloads, signals and a new master", itemgetter("failed"), 0),
    Target("events", "longest gap of any client in ms", itemgetter("longest_gap_ms"), GAP_MS),
    Target(
        "events", "requests lost with a killed worker, of those it had in flight", itemgetter("lost_with_worker"), CLIENTS / int(WORKERS)
    ),
    Target("events", "requests lost at SIGTERM", itemgetter("lost_at_end"), 0),
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
        facts = {"section": target.section, "name": target.name, "limit": limit, "shows_leak": target.shows_leak}
        checked.append({**facts, "figure": figure, "reached": reached})
    return checked


def table(checked: list[dict[str, Any]]) -> str:
    """The targets as Markdown."""
    lines = [
        [one["section"], one["name"], one["limit"], number(one["figure"]), "reached" if one["reached"] else "**not reached**"]
        for one in checked
    ]
    return markdown(["section", "figure", "asked", "measured", ""], lines)


def leaks(checked: list[dict[str, Any]]) -> list[str]:
    """What shows a leak, or that none would have been caught, one sentence each."""
    return [
        f"{one['section']}: {one['name']}: {number(one['figure'])}, asked {one['limit']}"
        for one in checked
        if one["shows_leak"] and not one["reached"]
    ]
