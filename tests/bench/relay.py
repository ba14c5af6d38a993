"""A network with a delay: `python -m tests.bench.relay LISTEN TARGET MILLISECONDS` (ports of here).

What arrives on one side leaves on the other half the round trip later, in order. Each connection is
relayed by itself; opening one takes a round trip as well.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from socket import create_connection
from typing import cast

from tests.bench import server

HOST = "127.0.0.1"
START_SECONDS = 10.0


@contextmanager
def delayed(target: int, milliseconds: int, listen: int) -> Iterator[int]:
    """Relay connections of port `listen` to port `target`; yield the port to use."""
    words = [sys.executable, "-m", "tests.bench.relay", listen, target, milliseconds]
    process = server.start([str(word) for word in words])
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                create_connection((HOST, listen)).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield listen
    finally:
        process.kill()
        process.wait()


class _End(asyncio.Protocol):
    """One end of a relayed connection: what it receives, the other end sends later, in order."""

    def __init__(self, one_way: float) -> None:
        self._one_way = one_way
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.WriteTransport | None = None
        self.other: _End | None = None
        self.is_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection to send by."""
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Have it sent by the other end in half a round trip."""
        self._later(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Have the other end closed in half a round trip."""
        self.is_closed = True
        self._later(b"")

    def _later(self, data: bytes) -> None:
        if self.other is not None:
            self._loop.call_at(self._loop.time() + self._one_way, self.other.send, data)

    def send(self, data: bytes) -> None:
        """Send what the other end received; without data, close."""
        if self._transport is None:
            return
        if data:
            self._transport.write(data)
        else:
            self._transport.close()


class _Listening(_End):
    """The end of the client; connecting to the target takes a round trip."""

    def __init__(self, one_way: float, target: int) -> None:
        super().__init__(one_way)
        self._target = target
        self._early: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the target later."""
        super().connection_made(transport)
        self._connecting = self._loop.create_task(self._connect())

    def data_received(self, data: bytes) -> None:
        """Keep what comes before there is a connection to the target."""
        if self.other is None:
            self._early.append(data)
        else:
            super().data_received(data)

    async def _connect(self) -> None:
        await asyncio.sleep(2 * self._one_way)
        try:
            _, end = await self._loop.create_connection(
                lambda: _End(self._one_way), HOST, self._target
            )
        except OSError:
            self.send(b"")
            return
        end.other, self.other = self, end
        for data in self._early:
            self._later(data)
        if self.is_closed:
            self._later(b"")


async def _serve(listen: int, target: int, milliseconds: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Listening(milliseconds / 2000, target), HOST, listen)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*(int(word) for word in sys.argv[1:])))
