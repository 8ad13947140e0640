"""Who gives way when a worker cannot hold all: whoever has been silent for longest, or has held most for longest."""

from types import SimpleNamespace

from iris_api.server.patience import SILENT_SECONDS, give_way, heaviest_upload, hurry


class Transport:
    def __init__(self, unsent: int = 0) -> None:
        self._unsent, self.aborted = unsent, False

    def get_extra_info(self, _name: str) -> None:
        return None

    def get_write_buffer_size(self) -> int:
        return self._unsent

    def abort(self) -> None:
        self.aborted = True


class Client(SimpleNamespace):
    """What is asked of a connection."""

    def __init__(self, phase: str, entered: float, unsent: int = 0, **reader) -> None:
        known = {"has_head": False, "has_begun": False, "body_bytes": 0, "started": entered}
        super().__init__(phase=phase, entered=entered, deadline=entered + 10, transport=Transport(unsent), told=None)
        self.reader = SimpleNamespace(**(known | reader))

    def end(self, lingers: bool) -> None:
        assert not lingers
        self.told = "end"

    def refuse(self, status: int, lingers: bool) -> None:
        assert not lingers
        self.told = status


def test_the_silent_give_way_longest_first_and_nobody_else() -> None:
    now = 100.0
    kept, slow, gone = Client("idle", 10), Client("head", 20, has_begun=True), Client("closing", 30, has_head=True)
    others = [
        Client("idle", now - SILENT_SECONDS / 2),
        Client("head", 1, has_head=True, has_begun=True),
        Client("body", 1, has_head=True, has_begun=True),
        Client("busy", 1, has_head=True, has_begun=True),
        Client("closing", 1, unsent=1, has_head=True),
    ]
    for count, expected in ((1, ["end", None, False]), (2, ["end", 408, False]), (9, ["end", 408, True])):
        give_way([*others, gone, slow, kept], count, now)
        assert [kept.told, slow.told, gone.transport.aborted] == expected
    assert [(one.told, one.transport.aborted) for one in others] == [(None, False)] * 5


def test_the_heaviest_upload_is_that_of_most_byte_seconds() -> None:
    uploads = [Client("body", 0, body_bytes=size, started=started) for size, started in ((300_000, 90), (16_000_000, 99.9), (20, 1))]
    assert heaviest_upload([Client("busy", 0, body_bytes=10**9), *uploads], 100) is uploads[0]


def test_only_the_idle_are_hurried() -> None:
    for phase, deadline in (("idle", 5), ("head", 10), ("busy", 10)):
        client = Client(phase, 0)
        hurry(client, 5)
        assert client.deadline == deadline
