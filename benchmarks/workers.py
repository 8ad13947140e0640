"""Section ``workers``: the service under each worker class, single predictions in interleaved rounds."""

from typing import Any

from benchmarks.lineup import service, under
from benchmarks.rounds import interleave, ratio, summary
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Worker classes"
CLASSES = ("lanes", "gthread", "sync")


def run(work: Workplace) -> dict[str, Any]:
    """Drive the service under every worker class with the same load; each class is twice in every place of a round."""
    rounds, seconds = (1, 1) if work.quick else (2 * len(CLASSES), 5)
    contenders = [under(service(work.artifacts), name) for name in CLASSES]
    seen = interleave(work, contenders, rounds, seconds)
    lanes, gthread, sync = (seen[contender.key] for contender in contenders)
    classes = [
        {**summary(contender, seen[contender.key]), "class": name, "cpu_to_gthread": ratio("cpu_us", seen[contender.key], gthread)}
        for name, contender in zip(CLASSES, contenders, strict=True)
    ]
    better = [max(others, key=lambda one: one.per_second) for others in zip(gthread, sync, strict=True)]
    return {
        "rounds": rounds,
        "seconds_each": seconds,
        "classes": classes,
        "rate_to_better": ratio("per_second", lanes, better),
        "judged": not work.quick,
    }


def table(result: dict[str, Any]) -> str:
    """The medians as Markdown; the fastest and slowest round show how far luck moves each class."""
    lines = []
    for one in result["classes"]:
        span = f"{number(one['slowest_per_second'])} to {number(one['fastest_per_second'])}"
        cells = [f"`{one['class']}`", number(one["per_second"]), span, number(one["cpu_us"]), number(one["cpu_to_gthread"])]
        cells += [number(one["p50_ms"]), number(one["p99_ms"]), f"{one['errors']:,} of {one['requests']:,}"]
        lines.append(cells)
    head = ["worker class", "requests/s", "rounds, slowest to fastest", "CPU µs/request", "CPU ÷ `gthread`", "p50 ms", "p99 ms", "errors"]
    times = number(result["rate_to_better"])
    return (
        f"{markdown(head, lines)}\n\n`lanes` answers {times} times the requests a second of the better of the other two in the same round."
    )
