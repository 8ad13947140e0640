"""Who gives way when a worker cannot hold all: whoever is silent or stalls, longest first, or has held most for longest."""

from types import SimpleNamespace

import pytest

from iris_api.server.patience import SILENCE_SECONDS, STALL_SECONDS, give_way, heaviest_upload, hurry, is_owed

NOW = 1000.0


class Transport:
    def __init__(self, unsent: int) -> None:
        self.unsent, self.aborted = unsent, False

    def get_extra_info(self, name: str) -> SimpleNamespace | None:
        return SimpleNamespace(fileno=lambda: -1) if name == "socket" else None

    def get_write_buffer_size(self) -> int:
        return self.unsent

    def abort(self) -> None:
        self.aborted = True


@pytest.fixture
def client():
    """Makes what is asked of a connection, in a phase since so many seconds."""

    def make(phase: str, seconds: float, unsent: int = 0, heard: float = 0.0, is_kept: bool = False, **reader) -> SimpleNamespace:
        entered = NOW - seconds
        known = {"has_head": phase not in ("idle", "head"), "is_complete": phase == "busy", "body_bytes": 0, "started": entered}
        one = SimpleNamespace(phase=phase, entered=entered, heard=NOW - heard, is_kept=is_kept, deadline=entered + 10, told=None)
        vars(one).update(write_deadline=None, undelivered=0, read_at=0.0)
        one.transport = Transport(unsent)
        one.reader = SimpleNamespace(**(known | reader))
        one.refuse = lambda status, lingers: vars(one).update(told=(status, lingers))
        return one

    return make


def gone(one: SimpleNamespace) -> object:
    return "aborted" if one.transport.aborted else one.told


def test_the_silent_give_way_longest_first(client) -> None:
    kept, slow, refused = client("idle", 90, is_kept=True), client("head", 80), client("closing", 70)
    for count, expected in (
        (0, [None, None, None]),
        (1, ["aborted", None, None]),
        (2, ["aborted", (408, False), None]),
        (9, ["aborted", (408, False), "aborted"]),
    ):
        assert give_way([refused, slow, kept], count, NOW) == min(count, 3)
        assert [gone(kept), gone(slow), gone(refused)] == expected


def test_whoever_stalls_gives_way(client) -> None:
    stalled = client("body", 90, heard=STALL_SECONDS + 1, body_bytes=10**6)
    assert give_way([stalled], 2, NOW) == 1
    assert gone(stalled) == (408, False)


@pytest.mark.parametrize("phase", ["idle", "closing", "busy"])
def test_whoever_stops_reading_gives_way(client, phase) -> None:
    one = client(phase, 90, unsent=9)
    one.write_deadline = NOW + 50 if phase == "busy" else None
    assert give_way([one], 1, NOW) == 0
    one.transport.unsent = 8
    assert give_way([one], 1, NOW + STALL_SECONDS) == 0
    assert give_way([one], 1, NOW + 2 * STALL_SECONDS) == 0
    assert give_way([one], 1, NOW + 2 * STALL_SECONDS + 0.1) == 1
    assert gone(one) == "aborted"


def test_nobody_at_work_gives_way(client) -> None:
    at_work = [
        client("idle", SILENCE_SECONDS / 2),
        client("idle", SILENCE_SECONDS + 1, is_kept=True),
        client("idle", 90, unsent=1),
        client("closing", 90, unsent=1),
        client("head", 90, has_head=True, is_complete=True),
        client("body", 90, is_complete=True, heard=90),
        client("body", 90, heard=STALL_SECONDS - 1),
        client("busy", 90),
    ]
    assert give_way(at_work, len(at_work), NOW) == 0
    assert [gone(one) for one in at_work] == [None] * len(at_work)


def test_the_heaviest_upload_is_that_of_most_byte_seconds(client) -> None:
    stalled, quick, slow = (
        client("body", 10, body_bytes=300_000),
        client("body", 0.1, body_bytes=2_000_000),
        client("body", 60, body_bytes=20),
    )
    others = [client("busy", 90, body_bytes=10**9), client("body", 90, body_bytes=10**9, is_complete=True)]
    assert heaviest_upload([*others, quick, stalled, slow], NOW) is stalled
    burst = client("body", 0.0, body_bytes=16_000_000)
    assert heaviest_upload([stalled, burst], NOW) is burst


@pytest.mark.parametrize(("phase", "deadline"), [("idle", 5), ("body", 10), ("busy", 10)])
def test_only_the_idle_are_hurried(client, phase, deadline) -> None:
    one = client(phase, NOW)
    hurry(one, 5)
    assert one.deadline == deadline


def test_a_client_is_owed_its_answer_to_the_last_byte(client) -> None:
    assert [is_owed(one) for one in (client("idle", 1), client("closing", 1, unsent=1), client("closing", 1))] == [True, True, False]
