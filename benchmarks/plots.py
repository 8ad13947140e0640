"""Plots of throughput and of batches, as SVG."""

from pathlib import Path
from typing import Any

OURS, OTHERS = "#1f6f8b", "#b8bfc6"


def draw(sections: dict[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Draw what the sections allow into ``folder``; each plot's title and file name."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "iris-api", "svg.fonttype": "none", "font.size": 10, "axes.spines.top": False})
    mpl.rcParams["axes.spines.right"] = False
    drawn = []
    if "http" in sections:
        _throughput(sections["http"], folder / "throughput.svg")
        drawn.append(("Requests a second and CPU a request", "throughput.svg"))
    if "batch" in sections:
        _batches(sections["batch"], folder / "batches.svg")
        drawn.append(("Batches over HTTP beside `predict_proba`", "batches.svg"))
    return drawn


def _throughput(result: dict[str, Any], file: Path) -> None:
    from matplotlib import pyplot as plt

    contenders = result["contenders"][::-1]
    titles = [f"({one['key']}) {one['title']}" for one in contenders]
    colors = [OURS if one["key"].startswith("c") else OTHERS for one in contenders]
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 0.5 * len(titles) + 1.2), sharey=True, layout="constrained")
    rates, spent = [one["per_second"] for one in contenders], [one["cpu_us"] for one in contenders]
    left.bar_label(left.barh(titles, rates, color=colors), [f"{rate:,.0f}" for rate in rates], padding=3)
    left.set_xlabel("requests/s")
    left.margins(x=0.18)
    right.scatter(spent, titles, color=colors, s=60)
    for title, microseconds in zip(titles, spent, strict=True):
        right.annotate(f"{microseconds:,.0f}", (microseconds, title), (8, 0), textcoords="offset points", va="center")
    right.set_xlabel("CPU µs/request (logarithmic)")
    right.set_xscale("log")
    right.margins(x=0.25)
    right.grid(axis="x", color="#e3e6e8")
    right.set_axisbelow(True)
    _save(figure, file)


def _batches(result: dict[str, Any], file: Path) -> None:
    from matplotlib import pyplot as plt

    sizes = [one["rows"] for one in result["sizes"]]
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    axes.loglog(sizes, [one["http_ms"] for one in result["sizes"]], "o-", color=OURS, label="this service, over HTTP")
    axes.loglog(sizes, [one["in_process_ms"] for one in result["sizes"]], "s--", color="#6b7278", label="predict_proba, in process")
    axes.set_xlabel("rows in the batch")
    axes.set_ylabel("milliseconds")
    axes.legend(frameon=False)
    _save(figure, file)


def _save(figure: Any, file: Path) -> None:
    from matplotlib import pyplot as plt

    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": "iris-api benchmarks"})
    plt.close(figure)
    # matplotlib leaves blanks at the ends of lines
    file.write_text("\n".join(line.rstrip() for line in file.read_text().splitlines()) + "\n")
