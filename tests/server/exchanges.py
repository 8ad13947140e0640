"""Exchanges with a client as small as can be."""

import asyncio
from types import SimpleNamespace

from iris_api.server.exchange import Exchange


class Client:
    """Takes what a connection takes."""

    def __init__(self) -> None:
        self.sent, self.outcomes = b"", []
        self.transport = SimpleNamespace(
            write=self.write, pause_reading=lambda: None, resume_reading=lambda: None, get_extra_info=lambda _: None
        )

    def write(self, data: bytes) -> None:
        self.sent += data

    def answered(self, answer) -> None:
        self.outcomes.append(answer.status)

    def failed(self, error, answer) -> None:
        self.outcomes.append((type(error), answer.started))

    def go_on(self) -> None:
        """Nothing is behind."""


def exchange(client: Client, whole: bool = True) -> Exchange:
    made = Exchange(client, {"REQUEST_METHOD": "GET", "SERVER_PROTOCOL": "HTTP/1.1"}, lambda: True, b"\r\n")
    if whole:
        made.body.end()
    return made


async def settled(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)
