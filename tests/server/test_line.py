"""The line of quick requests: whoever comes within a turn passes, the rest are answered in their order, a turn a round."""

import pytest

from iris_api.server.line import TURN_SECONDS, Line


class Loop:
    """A loop whose clock and rounds the test turns."""

    def __init__(self) -> None:
        self.now = 0.0
        self.soon = []

    def time(self) -> float:
        return self.now

    def call_soon(self, callback) -> None:
        self.soon.append(callback)

    def round(self) -> None:
        due, self.soon = self.soon, []
        for callback in due:
            callback()


class Waiting:
    """A connection whose answer takes a while."""

    def __init__(self, loop: Loop, answered: list, name: int, seconds: float) -> None:
        self._loop, self._answered, self._name, self._seconds = loop, answered, name, seconds

    def answer_now(self) -> None:
        self._answered.append(self._name)
        self._loop.now += self._seconds


def test_whoever_comes_within_a_turn_passes_and_the_next_waits() -> None:
    loop = Loop()
    line = Line(loop)
    connection = Waiting(loop, [], 0, 0)
    assert line.lets_pass(connection)
    loop.now = TURN_SECONDS * 0.9
    assert line.lets_pass(connection)
    loop.now = TURN_SECONDS
    assert not line.lets_pass(connection)


def test_those_who_wait_are_answered_in_their_order_a_turn_a_round_and_nobody_passes_them() -> None:
    loop, answered = Loop(), []
    line = Line(loop)
    assert line.lets_pass(Waiting(loop, answered, -1, 0))
    loop.now = TURN_SECONDS
    for name in range(5):
        assert not line.lets_pass(Waiting(loop, answered, name, TURN_SECONDS * 0.4))
    loop.round()
    assert answered == [0, 1, 2]
    assert not line.lets_pass(Waiting(loop, answered, 5, TURN_SECONDS * 0.4))
    loop.round()
    assert answered == [0, 1, 2, 3, 4, 5]


def test_when_nobody_waits_the_rounds_end() -> None:
    loop = Loop()
    line = Line(loop)
    line.lets_pass(Waiting(loop, [], 0, 0))
    loop.round()
    assert loop.soon == []
    assert line.lets_pass(Waiting(loop, [], 0, 0))


def test_a_failure_in_one_answer_does_not_stop_the_line() -> None:
    class Failing(Waiting):
        def answer_now(self) -> None:
            raise OSError("on purpose")

    loop, answered = Loop(), []
    line = Line(loop)
    line.lets_pass(Waiting(loop, answered, -1, 0))
    loop.now = TURN_SECONDS
    for connection in (Failing(loop, answered, 0, 0), Waiting(loop, answered, 1, 0)):
        assert not line.lets_pass(connection)
    with pytest.raises(OSError, match="on purpose"):
        loop.round()
    loop.round()
    assert answered == [1]
