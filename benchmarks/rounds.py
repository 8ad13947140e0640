"""Rounds: contenders driven with the same load in turn, each round in another order, and the medians of what was seen."""

from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.lineup import Contender
from benchmarks.load import Load, drive
from benchmarks.processes import Server
from benchmarks.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Round:
    """One contender's load in one round, and the CPU microseconds its processes spent on each request."""

    load: Load
    cpu_us: float

    @property
    def per_second(self) -> float:
        """Answered requests a second."""
        return self.load.per_second


def interleave(work: Workplace, contenders: list[Contender], rounds: int, seconds: int) -> dict[str, list[Round]]:
    """Start and drive every contender in turn for ``seconds``, ``rounds`` times; each one's rounds by its key."""
    seen: dict[str, list[Round]] = {contender.key: [] for contender in contenders}
    for turn in range(rounds):
        shift = turn % len(contenders)
        for contender in contenders[shift:] + contenders[:shift]:
            seen[contender.key].append(_measure(work, contender, seconds))
            print(f"  round {turn + 1}: {contender.title}: {seen[contender.key][-1].per_second:,.0f}/s", flush=True)
    return seen


def summary(contender: Contender, mine: list[Round]) -> dict[str, Any]:
    """The medians of one contender's rounds, the sums of its requests and errors, and every round."""
    return {
        "key": contender.key,
        "title": contender.title,
        "per_second": median(one.per_second for one in mine),
        "slowest_per_second": min(one.per_second for one in mine),
        "fastest_per_second": max(one.per_second for one in mine),
        "cpu_us": median(one.cpu_us for one in mine),
        "p50_ms": median(one.load.p50_ms for one in mine),
        "p99_ms": median(one.load.p99_ms for one in mine),
        "errors": sum(one.load.errors for one in mine),
        "requests": sum(one.load.requests for one in mine),
        "each_round": [asdict(one) for one in mine],
    }


def ratio(figure: str, mine: list[Round], others: list[Round]) -> float:
    """The median, over the rounds, of one contender's ``per_second`` or ``cpu_us`` divided by another's in the same round."""
    return median(getattr(one, figure) / getattr(other, figure) for one, other in zip(mine, others, strict=True))


def _measure(work: Workplace, contender: Contender, seconds: int) -> Round:
    with Server(contender, work.log(contender.key)) as server:
        status, content = server.ask(contender.path, work.body())
        if status != 200:
            raise RuntimeError(f"{contender.title} answers {status}: {content[:200]!r}")
        server.settle()
        drive(server.url, work.bodies, 1 if work.quick else 2)
        before = server.cpu_seconds()
        load = drive(server.url, work.bodies, seconds)
        spent = server.cpu_seconds() - before
    return Round(load, spent * 1e6 / max(1, load.requests))
