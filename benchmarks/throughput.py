"""Section ``http``: single predictions under load, every contender in interleaved rounds."""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.lineup import Contender, lineup, service
from benchmarks.load import Load, drive
from benchmarks.processes import Server
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace

TITLE = "Single predictions"


@dataclass(frozen=True, slots=True)
class Round:
    """One contender's load in one round, and the CPU microseconds its processes spent on each request."""

    load: Load
    cpu_us: float


def run(work: Workplace) -> dict[str, Any]:
    """Drive every contender with the same load, each round in another order; medians over the rounds."""
    rounds, seconds = (1, 1) if work.quick else (5, 5)
    body = work.bodies.read_bytes().splitlines()[0]
    contenders = lineup(work.artifacts, work.model, _answer_bytes(work), body, work.worker_classes)
    seen: dict[str, list[Round]] = {contender.key: [] for contender in contenders}
    for number_of_round in range(rounds):
        shift = number_of_round % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            seen[contender.key].append(_measure(work, contender, body, seconds))
            print(f"  round {number_of_round + 1}: {contender.title}: {seen[contender.key][-1].load.per_second:,.0f}/s", flush=True)
    return {
        "rounds": rounds,
        "seconds_each": seconds,
        "contenders": [_summary(contender, seen) for contender in contenders],
    }


def table(result: dict[str, Any]) -> str:
    """The medians as Markdown, with ratios to the floor and to the Flask tutorial."""
    lines = []
    for one in result["contenders"]:
        cells = [f"({one['key']})", one["title"], number(one["per_second"]), number(one["cpu_us"]), number(one["cpu_to_floor"])]
        cells += [number(one["rate_to_d"]), number(one["rate_to_e"]), number(one["p50_ms"]), number(one["p99_ms"])]
        cells += [f"{one['errors']:,} of {one['requests']:,}"]
        lines.append(cells)
    head = ["", "contender", "requests/s", "CPU µs/request", "CPU ÷ (b)", "requests/s ÷ (d)", "÷ (e)", "p50 ms", "p99 ms", "errors"]
    return markdown(head, lines)


def _answer_bytes(work: Workplace) -> int:
    """The median size of the service's answers to the rows of the load."""
    ours = service(work.artifacts)
    with Server(ours, work.log("sizes")) as server:
        answers = [server.ask(ours.path, body) for body in work.bodies.read_bytes().splitlines()]
    if {status for status, _ in answers} != {200}:
        raise RuntimeError(f"the service refuses the benchmark's rows: {answers[0]}")
    return int(median(len(content) for _, content in answers))


def _measure(work: Workplace, contender: Contender, body: bytes, seconds: int) -> Round:
    with Server(contender, work.log(contender.key)) as server:
        status, content = server.ask(contender.path, body)
        if status != 200:
            raise RuntimeError(f"{contender.title} answers {status}: {content[:200]!r}")
        server.settle()
        drive(server.url, work.bodies, 1 if work.quick else 2)
        before = server.cpu_seconds()
        load = drive(server.url, work.bodies, seconds)
        spent = server.cpu_seconds() - before
    return Round(load, spent * 1e6 / max(1, load.requests))


def _summary(contender: Contender, seen: dict[str, list[Round]]) -> dict[str, Any]:
    mine = seen[contender.key]
    return {
        "key": contender.key,
        "title": contender.title,
        "per_second": median(one.load.per_second for one in mine),
        "slowest_per_second": min(one.load.per_second for one in mine),
        "fastest_per_second": max(one.load.per_second for one in mine),
        "cpu_us": median(one.cpu_us for one in mine),
        "cpu_to_floor": median(one.cpu_us / other.cpu_us for one, other in zip(mine, seen["b"], strict=True)),
        "rate_to_d": median(one.load.per_second / other.load.per_second for one, other in zip(mine, seen["d"], strict=True)),
        "rate_to_e": median(one.load.per_second / other.load.per_second for one, other in zip(mine, seen["e"], strict=True)),
        "p50_ms": median(one.load.p50_ms for one in mine),
        "p99_ms": median(one.load.p99_ms for one in mine),
        "errors": sum(one.load.errors for one in mine),
        "requests": sum(one.load.requests for one in mine),
        "each_round": [asdict(one) for one in mine],
    }
