"""Section ``overload``: four times more than the service can take, sent on schedule whatever comes back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.clients import client
from benchmarks.lineup import service
from benchmarks.processes import Server
from benchmarks.slow_model import NAME, make_slow_bundle
from benchmarks.tables import markdown, number
from benchmarks.workplace import Workplace, rows

TITLE = "Overload"
TIMES = 4
ROWS = 1000
MOST_CONNECTIONS = 2000
LEVELS = (8, 32, 64)
SECONDS = {"level": 3, "overload": 30, "settling": 5, "after": 5}
QUICK_SECONDS = {"level": 0.5, "overload": 3, "settling": 1, "after": 1}
HEALTH_EVERY_SECONDS = 0.5
HEALTH_CONNECTIONS = 4
ALLOWED = {"200", "503"}


def run(work: Workplace) -> dict[str, Any]:
    """For each kind of work: its peak, four times that for 30 s in an open loop, and half of it afterwards.

    The peak is the best of three closed loops by the same client, which takes the same part of the processor then. Health
    is asked twice a second during the overload, over kept connections and over fresh ones. Half the peak follows
    without a pause; the first seconds of it, as many as a request may wait for a thread, are not judged. What the pool
    answers is slow work, so that four times its peak costs the client nearly nothing.
    """
    make_slow_bundle(work)
    batch = work.folder / "batch.json"
    batch.write_bytes(work.batch_body(rows(ROWS)) + b"\n")
    kinds = [
        _measure(work, "single predictions, on the loop", "iris", "/v1/predict", work.bodies),
        _measure(work, "single predictions of a slow model", NAME, "/v1/predict", work.bodies),
        _measure(work, f"batches of {ROWS:,} rows, slow model", NAME, "/v1/predict/batch", batch),
    ]
    return {
        "times": TIMES,
        "kinds": kinds,
        "least_goodput": min(one["goodput"] for one in kinds),
        "most_health_ms": max(one[health]["max_ms"] for one in kinds for health in ("health_kept", "health_fresh")),
        "health_failed": sum(one[health]["failed"] for one in kinds for health in ("health_kept", "health_fresh")),
        "other_outcomes": sum(one["other_outcomes"] for one in kinds),
        "not_200_after": sum(one["not_200_after"] for one in kinds),
        "judged": not work.quick,
    }


def table(result: dict[str, Any]) -> str:
    """What became of the requests, as Markdown."""
    lines = []
    for one in result["kinds"]:
        during, after = one["overload"], one["after"]
        cells = [one["kind"], number(one["peak_per_second"]), f"{during['due']:,}", f"{during['sent']:,}", _outcomes(during)]
        cells += [number(one["goodput"]), number(during["p50_ms"]), number(during["p99_ms"])]
        cells += [number(one["health_kept"]["max_ms"]), number(one["health_fresh"]["max_ms"]), _outcomes(after)]
        lines.append(cells)
    head = [
        "work",
        "peak/s",
        "due",
        "sent",
        "answers",
        "goodput ÷ peak",
        "p50 ms",
        "p99 ms",
        "health, max ms",
        "over a fresh connection",
        "after",
    ]
    return markdown(head, lines)


def _outcomes(phase: dict[str, Any]) -> str:
    return ", ".join(f"{count:,} of {outcome}" for outcome, count in sorted(phase["outcomes"].items()))


def _measure(work: Workplace, kind: str, model: str, path: str, bodies: Path) -> dict[str, Any]:
    ours = service(work.artifacts)
    contender = replace(ours, environment={**ours.environment, "IRIS_MODEL_NAME": model})
    seconds = QUICK_SECONDS if work.quick else SECONDS
    task = {"path": path, "bodies": str(bodies), "times": TIMES, "connections": MOST_CONNECTIONS, "levels": LEVELS, "seconds": seconds}
    with Server(contender, work.log(f"overload-{model}")) as server:
        server.settle()
        asking = {"port": server.port, "every_seconds": HEALTH_EVERY_SECONDS, "seconds": seconds["overload"]}
        with (
            client("benchmarks.open_loop", {"port": server.port} | task) as load,
            client("benchmarks.health_client", asking | {"connections": HEALTH_CONNECTIONS}) as kept,
            client("benchmarks.health_client", asking) as fresh,
        ):
            health = {"health_kept": _health(kept.result(seconds["overload"])), "health_fresh": _health(fresh.result(seconds["overload"]))}
            seen = load.result(sum(seconds.values()))
    print(f"  {kind}: {number(seen['peak_per_second'])}/s, {_outcomes(seen['overload'])}", flush=True)
    phases = [seen["overload"], seen["settling"], seen["after"]]
    return {
        "kind": kind,
        **seen,
        **health,
        "goodput": seen["overload"]["good_per_second"] / seen["peak_per_second"],
        "other_outcomes": sum(count for phase in phases for outcome, count in phase["outcomes"].items() if outcome not in ALLOWED),
        "not_200_after": seen["after"]["due"] - seen["after"]["outcomes"].get("200", 0),
    }


def _health(seen: dict[str, Any]) -> dict[str, Any]:
    failed = sum(count for outcome, count in seen["statuses"].items() if outcome != "200")
    return {"asked": len(seen["ms"]), "failed": failed, "max_ms": max(seen["ms"])}
