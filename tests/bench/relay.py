"""A network with a delay: `python -m tests.bench.relay LISTEN TARGET MILLISECONDS` (ports of here).

What arrives on one side leaves on the other half the round trip later, in order. Each connection is
relayed by itself; opening one takes a round trip as well.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import create_connection

from tests.bench import server

HOST = "127.0.0.1"
START_SECONDS = 10.0
CHUNK_BYTES = 65_536


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


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way: float
) -> None:
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def write() -> None:
        while True:
            due, chunk = await waiting.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
        writer.close()

    writing = asyncio.create_task(write())
    chunk = b"-"
    while chunk:
        with suppress(OSError):
            chunk = await reader.read(CHUNK_BYTES)
        await waiting.put((loop.time() + one_way, chunk))
    with suppress(OSError):
        await writing


async def _serve(listen: int, target: int, milliseconds: int) -> None:
    one_way = milliseconds / 2000

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * one_way)
        with suppress(OSError):
            there, back = await asyncio.open_connection(HOST, target)
            await asyncio.gather(_pass_on(reader, back, one_way), _pass_on(there, writer, one_way))

    server = await asyncio.start_server(relay, HOST, listen)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*(int(word) for word in sys.argv[1:])))
