"""``python -m tests.fuzz``: decode many spoilt pickles of every served family; none may end a process, or raise anything but a refusal.

``--replay NUMBER`` decodes one mutant in this process; a crash is then Python's own. If there is none, an earlier mutant of the same
block has written outside an array: find it with ``--first`` and ``--mutants``, and glibc's ``glibc.malloc.check=3``.
"""

import argparse
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

# a process that has used OpenMP with more threads than one hangs the children that it forks later
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

from tests.fuzz import blocks
from tests.fuzz.mutations import mutant
from tests.fuzz.sources import SEED, Source, sources

TOLD_EVERY_SECONDS = 10
COLUMNS = {
    "mutants": blocks.OUTCOMES,
    "refused": blocks.REFUSED,
    "unforeseen": blocks.UNFORESEEN,
    "in trial": blocks.FAILED,
    "answered": blocks.ANSWERED,
    "raised": blocks.RAISED,
    "memory": blocks.MEMORY,
    "time": blocks.TIME,
    "escaped": blocks.ESCAPED,
    "signal": blocks.SIGNAL,
}
COLUMN_OF = {letter: column for column, letter in COLUMNS.items() if len(letter) == 1}
FORBIDDEN = (blocks.ESCAPED, blocks.SIGNAL)
KEPT = (*FORBIDDEN, blocks.TIME, blocks.MEMORY, blocks.UNFORESEEN)
LEGEND = """refused: by the decoder, with a rule; unforeseen: by the decoder, with an exception; in trial: fails on golden rows;
raised: answers golden rows, an exception on extreme ones; memory, time: at the limit, which refuses it;
escaped: an exception that is no refusal left the decoder; signal: ended a process"""


def main() -> int:
    """Run as the arguments say; 1 if any mutant ended a process or raised anything but a refusal."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=200_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first mutant")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--replay", type=int, metavar="NUMBER", help="decode one mutant, and say what becomes of it")
    parser.add_argument("--only", default="", metavar="WORDS", help="families whose name has one of these words, with commas between")
    arguments = parser.parse_args()
    families = [family for family in sources() if any(word in family.name for word in arguments.only.split(","))]
    if not families:
        parser.error(f"no family has {arguments.only!r} in its name")
    if arguments.replay is not None:
        family, content = mutant(arguments.replay, arguments.seed, families)
        outcome, error = blocks.outcome_of(content, family)
        traceback.print_exception(error)
        print(f"{family.name}: {outcome}")
        return 0
    return fuzz(range(arguments.first, arguments.first + arguments.mutants), arguments.seed, families)


def fuzz(numbers: range, seed: int, families: list[Source]) -> int:
    """Decode the mutants of those numbers, and print what became of them."""
    counts = {family.name: Counter[str]() for family in families}
    kept, started, told, done = Path(tempfile.mkdtemp(prefix="fuzz-")), time.monotonic(), 0.0, 0
    for done, (number, outcome, signal_number) in enumerate(blocks.outcomes_of(numbers, seed, families), 1):
        family = families[number % len(families)]
        counts[family.name][outcome] += 1
        if outcome in KEPT:
            (kept / f"{number}-{COLUMN_OF[outcome]}").write_bytes(mutant(number, seed, families)[1])
        if outcome in FORBIDDEN:
            print(f"mutant {number} of {family.name}: {COLUMN_OF[outcome]} {signal_number}; --seed {seed} --replay {number}", flush=True)
        if time.monotonic() - started > told + TOLD_EVERY_SECONDS:
            told = time.monotonic() - started
            print(f"{done} mutants, {done / told:.0f} a second", flush=True)
    _print_table(counts)
    seconds = time.monotonic() - started
    print(f"{done} mutants in {seconds:.0f} s, seed {seed}; what is not a refusal or an answer is in {kept}\n{LEGEND}")
    return 1 if any(count[outcome] for count in counts.values() for outcome in FORBIDDEN) else 0


def _print_table(counts: dict[str, Counter[str]]) -> None:
    total = sum(counts.values(), Counter[str]())
    width = max(map(len, counts))
    print(f"{'family':{width}}", *(f"{column:>10}" for column in COLUMNS))
    for name, count in [*counts.items(), ("all", total)]:
        print(f"{name:{width}}", *(f"{sum(count[letter] for letter in letters):>10}" for letters in COLUMNS.values()))


if __name__ == "__main__":
    sys.exit(main())
