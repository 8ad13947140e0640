"""The sandbox: what a confined child tries to use up or reach is refused, and what prediction needs still works."""

import ctypes
import importlib
import os
import resource
import socket
import sys
import threading
from pathlib import Path

import pytest

from iris_api.inference import sandbox
from tests.inference.forks import become_nobody, in_fork

MEMORY = 32 * 1024 * 1024
CLONE_NEWUSER, CLONE_NEWNET, LANDLOCK_CREATE_RULESET = 0x1000_0000, 0x4000_0000, 444
_libc = ctypes.CDLL(None)


def tried(act, *, is_root: bool = False, seconds: float = 30):
    """What ``act`` gives in a sandbox, or the name of its error and the limit that led to it."""

    def confined(sender: int):
        if not is_root:
            become_nobody()
        sender = sandbox.enter(MEMORY, seconds, sender)
        try:
            return sender, act()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            return sender, [type(error).__name__, sandbox.limit_hit(error)]

    return in_fork(confined)


def landlock_version() -> int:
    return _libc.syscall(LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), 1)


def may_unshare(_sender: int):
    become_nobody()
    return _sender, _libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0


needs_landlock = pytest.mark.skipif(landlock_version() < 1, reason="this kernel has no Landlock")


@pytest.mark.parametrize("is_root", [True, False])
def test_memory_is_what_was_mapped_and_the_allowance(is_root):
    assert tried(lambda: len(bytearray(MEMORY // 2)), is_root=is_root) == MEMORY // 2
    assert tried(lambda: len(bytearray(4 * MEMORY)), is_root=is_root) == ["MemoryError", "memory"]


def test_a_large_parent_does_not_use_up_the_allowance():
    ballast = bytearray(4 * MEMORY)
    assert tried(lambda: len(bytearray(MEMORY // 2))) == MEMORY // 2
    assert len(ballast) == 4 * MEMORY


@pytest.mark.parametrize("is_root", [True, False])
def test_no_file_gets_a_byte(tmp_path, is_root):
    tmp_path.chmod(0o777)
    there = tmp_path / "there"
    there.write_bytes(b"before")
    there.chmod(0o666)

    def write(path):
        def act():
            with open(path, "ab", buffering=0) as file:
                file.write(b"after")

        return act

    for path in (there, tmp_path / "new"):
        assert tried(write(path), is_root=is_root)[1] == "files"
    assert there.read_bytes() == b"before"
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) == len(b"before")


@needs_landlock
@pytest.mark.parametrize("is_root", [True, False])
def test_nothing_is_made_removed_renamed_or_executed(tmp_path, is_root):
    tmp_path.chmod(0o777)
    there = tmp_path / "there"
    there.write_bytes(b"")
    for act in (
        (tmp_path / "folder").mkdir,
        lambda: (tmp_path / "link").symlink_to("there"),
        there.unlink,
        lambda: there.rename(tmp_path / "other"),
        lambda: os.execv("/bin/true", ["true"]),
    ):
        assert tried(act, is_root=is_root) == ["PermissionError", "files"]
    assert list(tmp_path.iterdir()) == [there]


@pytest.mark.parametrize("is_root", [True, False])
def test_few_files_can_be_open_at_once(is_root):
    assert tried(lambda: [os.open("/proc/self/stat", os.O_RDONLY) for _ in range(64)], is_root=is_root) == ["OSError", "files"]


def test_an_unprivileged_child_starts_neither_a_process_nor_a_thread():
    assert tried(os.fork) == ["BlockingIOError", "processes"]
    assert tried(lambda: threading.Thread(target=print).start()) == ["RuntimeError", "processes"]


def test_an_unprivileged_child_cannot_raise_its_limits():
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CPU):
        assert tried(lambda kind=kind: resource.setrlimit(kind, (-1, -1))) == ["ValueError", None]


def test_processor_time_and_core_dumps_are_bounded():
    assert tried(lambda: resource.getrlimit(resource.RLIMIT_CPU), seconds=2.5) == [4, 4]
    assert tried(lambda: resource.getrlimit(resource.RLIMIT_CORE)) == [0, 0]


def test_a_limit_that_is_already_lower_stays():
    def act(sender: int):
        become_nobody()
        resource.setrlimit(resource.RLIMIT_CPU, (2, 2))
        return sandbox.enter(MEMORY, 60, sender), resource.getrlimit(resource.RLIMIT_CPU)

    assert in_fork(act) == [2, 2]


@pytest.mark.parametrize("is_root", [True, False])
@pytest.mark.skipif(
    landlock_version() < 4 and not in_fork(may_unshare), reason="this kernel or container keeps no process from the network"
)
def test_the_network_is_out_of_reach(is_root):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def connect():
            with socket.socket() as client:
                client.connect(listener.getsockname())

        assert tried(connect, is_root=is_root)[0] in ("OSError", "PermissionError", "ConnectionRefusedError")
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_what_the_parent_has_open_is_closed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener, open(tmp_path / "log", "w") as log:
        numbers = [listener.fileno(), log.fileno(), *range(10, 20)]

        def still_open():
            return [number for number in numbers if Path(f"/proc/self/fd/{number}").exists()]

        assert tried(still_open) == []
    assert tried(lambda: [str(Path(f"/proc/self/fd/{number}").readlink()) for number in range(3)], is_root=True) == [os.devnull] * 3


def test_a_module_can_be_imported_late():
    def act():
        sys.modules.pop("colorsys", None)
        return importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0)

    assert tried(act, is_root=True) == [0, 0, 0]


def test_other_errors_are_no_limit():
    for error in (ValueError("can't start new thread"), FileNotFoundError(2, "no"), RuntimeError("other")):
        assert sandbox.limit_hit(error) is None


def test_a_limit_is_found_behind_the_error_that_hides_it():
    def decode():
        try:
            bytearray(4 * MEMORY)
        except MemoryError:
            raise ValueError("damaged") from None

    assert tried(decode) == ["ValueError", "memory"]
