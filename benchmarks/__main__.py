"""``python -m benchmarks``: run the sections, print and save their tables; ``make bench`` calls this."""

import argparse
import shlex
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import (
    balance,
    batches,
    document,
    equality,
    events,
    frame,
    growth,
    health,
    linear,
    machine,
    memory,
    overload,
    scoring,
    soak,
    startup,
    targets,
    throughput,
    workers,
)
from benchmarks.lineup import PROJECT
from benchmarks.load import require_wrk
from benchmarks.workplace import Workplace

SECTIONS: dict[str, Any] = {
    "http": throughput,
    "workers": workers,
    "batch": batches,
    "linear": linear,
    "frame": frame,
    "scorer": scoring,
    "equality": equality,
    "start": startup,
    "memory": memory,
    "growth": growth,
    "balance": balance,
    "soak": soak,
    "health": health,
    "overload": overload,
    "events": events,  # the last: it puts other versions in service
}
PARTIAL = Path(sys.prefix) / "partial"


def main(arguments: list[str]) -> int:
    """Run the benchmark; the process's exit code.

    0 if it ran, 1 if memory or descriptors grow or the control's leak was not caught, 69 without wrk, 70 if a contender
    fails or answers wrongly (the sections before it are saved as a partial run), 130 if interrupted.
    """
    given = _parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    require_wrk()
    command = shlex.join(["make", "bench", *(["BENCH=" + shlex.join(arguments)] if arguments else [])])
    run: dict[str, Any] = {"facts": machine.facts(command), "quick": given.quick, "sections": {}}
    tables: list[tuple[str, str]] = []
    failure: Exception | None = None
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="iris-api-bench-") as folder:
            _run(Workplace(Path(folder), given.quick, tuple(given.worker_class)), given.only, run["sections"], tables)
    except KeyboardInterrupt:
        print("interrupted; every process has been ended", file=sys.stderr)
        return 130
    except Exception as error:  # noqa: BLE001 - whatever a contender does, the sections before are not lost
        failure = error
    run["minutes"] = round((time.monotonic() - started) / 60, 1)
    run["targets"] = targets.check(run["sections"])
    tables.insert(0, ("Asked and measured", targets.table(run["targets"])))
    print("\n".join(f"\n{title}\n\n{table}" for title, table in tables))
    is_full = not failure and not given.quick and set(given.only) == set(SECTIONS)
    into = PARTIAL if failure else given.into or (PROJECT if is_full else PARTIAL)
    print(f"\n{run['minutes']} minutes; written:", *document.save(run, tables, into), sep="\n  ")
    if failure:
        print(f"the benchmark cannot go on: {failure}", file=sys.stderr)
        return 70
    leaks = targets.leaks(run["targets"])
    print(*leaks, sep="\n", file=sys.stderr, end="\n" if leaks else "")
    return 1 if leaks else 0


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="everything in its smallest form, to see that it runs")
    parser.add_argument("--only", type=_sections, default=list(SECTIONS), metavar="SECTION,…", help=f"some of: {', '.join(SECTIONS)}")
    parser.add_argument("--worker-class", action="append", default=[], metavar="NAME", help="in http, measure under it too; repeatable")
    parser.add_argument("--into", type=Path, metavar="DIR", help="write here (default: the project if full, else .venv-bench/partial)")
    return parser.parse_args(arguments)


def _sections(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := [name for name in wanted if name not in SECTIONS]:
        raise argparse.ArgumentTypeError(f"no such section: {', '.join(unknown)}")
    return [name for name in SECTIONS if name in wanted]


def _run(work: Workplace, names: list[str], results: dict[str, Any], tables: list[tuple[str, str]]) -> None:
    print("training the model", flush=True)
    work.prepare()
    for name in names:
        section = SECTIONS[name]
        print(f"{name}: {section.TITLE}", flush=True)
        results[name] = section.run(work)
        tables.append((section.TITLE, section.table(results[name])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
