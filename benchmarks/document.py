"""What a run leaves behind: the figures as JSON, and the tables and plots in the document."""

import json
from pathlib import Path
from typing import Any

from benchmarks.lineup import PROJECT
from benchmarks.plots import draw

BEGIN, END = "<!-- figures: begin (make bench) -->", "<!-- figures: end -->"
DOCUMENT = Path("docs/performance.md")
RESULTS = Path("benchmarks/results.json")


def save(run: dict[str, Any], tables: list[tuple[str, str]], folder: Path) -> list[Path]:
    """Write the run's results, document and plots below ``folder``, and return the files written.

    The document's prose is the project's own; only what is between the markers is replaced.
    """
    for file in (DOCUMENT, RESULTS):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / RESULTS).write_text(json.dumps(run, indent=1, ensure_ascii=False) + "\n")
    plots = draw(run["sections"], folder / DOCUMENT.parent)
    prose = (PROJECT / DOCUMENT).read_text()
    before, _, rest = prose.partition(BEGIN)
    after = rest.partition(END)[2]
    (folder / DOCUMENT).write_text(f"{before}{BEGIN}\n\n{_figures(run, tables, plots)}\n\n{END}{after}")
    return [folder / RESULTS, folder / DOCUMENT, *(folder / DOCUMENT.parent / name for _, name in plots)]


def _figures(run: dict[str, Any], tables: list[tuple[str, str]], plots: list[tuple[str, str]]) -> str:
    facts = "\n".join(f"- {name}: {f'`{fact}`' if name == 'command' else fact}" for name, fact in run["facts"].items())
    parts = [facts, *(f"### {title}\n\n{table}" for title, table in tables), *(f"![{title}]({name})" for title, name in plots)]
    return "\n\n".join(parts)
