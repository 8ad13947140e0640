"""Section ``http``: single predictions under load, every contender in interleaved rounds."""

from statistics import median
from typing import Any

from benchmarks.lineup import Contender, lineup, service
from benchmarks.processes import Server
from benchmarks.rounds import Round, interleave, ratio, summary
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Single predictions"


def run(work: Workplace) -> dict[str, Any]:
    """Drive every contender with the same load, each round in another order; medians over the rounds."""
    rounds, seconds = (1, 1) if work.quick else (5, 5)
    contenders = lineup(work.artifacts, work.model, _answer_bytes(work), work.body(), work.worker_classes)
    seen = interleave(work, contenders, rounds, seconds)
    return {"rounds": rounds, "seconds_each": seconds, "contenders": [_compared(contender, seen) for contender in contenders]}


def table(result: dict[str, Any]) -> str:
    """The medians as Markdown, with ratios to the floor and to the tutorials."""
    lines = []
    for one in result["contenders"]:
        cells = [
            f"({one['key']})",
            one["title"],
            number(one["per_second"]),
            number(one["cpu_us"]),
            number(one["cpu_to_floor"]),
            number(one["cpu_to_f"]),
        ]
        cells += [number(one["rate_to_d"]), number(one["rate_to_e"]), number(one["p50_ms"]), number(one["p99_ms"])]
        cells += [f"{one['errors']:,} of {one['requests']:,}"]
        lines.append(cells)
    head = [
        "",
        "contender",
        "requests/s",
        "CPU µs/request",
        "CPU ÷ floor",
        "CPU ÷ (f)",
        "requests/s ÷ (d)",
        "÷ (e)",
        "p50 ms",
        "p99 ms",
        "errors",
    ]
    return markdown(head, lines)


def _answer_bytes(work: Workplace) -> int:
    """The median size of the service's answers to the rows of the load."""
    ours = service(work.artifacts)
    with Server(ours, work.log("sizes")) as server:
        answers = [server.ask(ours.path, body) for body in work.bodies.read_bytes().splitlines()]
    if {status for status, _ in answers} != {200}:
        raise RuntimeError(f"the service refuses the benchmark's rows: {answers[0]}")
    return int(median(len(content) for _, content in answers))


def _compared(contender: Contender, seen: dict[str, list[Round]]) -> dict[str, Any]:
    mine = seen[contender.key]
    return {
        **summary(contender, mine),
        "cpu_to_floor": ratio("cpu_us", mine, seen[contender.floor]),
        "rate_to_d": ratio("per_second", mine, seen["d"]),
        "rate_to_e": ratio("per_second", mine, seen["e"]),
        "cpu_to_f": ratio("cpu_us", mine, seen["f"]),
    }
