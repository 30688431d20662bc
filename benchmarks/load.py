"""A load of requests over keep-alive connections; prints what it took as JSON.

A process of its own, so that the client's work is not the server's. Bounded: so many requests a
connection, then it ends. Usage: ``python -m benchmarks.load PORT PATHS TOKEN BODY REQUESTS``, with one
connection for each of the comma-separated paths.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop


async def connection(port: int, request: bytes, count: int, latencies: list[float]) -> None:
    """Send one request after another on a connection, each after the answer to the last."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        begun = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        status = int(head.split(b" ", 2)[1])
        if status >= 300:
            raise SystemExit(f"status {status}")
        length = next(int(x[15:]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:"))
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - begun)
    writer.close()


async def main(port: int, paths: list[str], token: str, body: str, count: int) -> None:
    """Run one connection a path and print rate and latencies."""
    latencies: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(*(connection(port, _request(path, token, body), count, latencies) for path in paths))
    seconds = time.perf_counter() - begun
    latencies.sort()
    total = len(latencies)
    print(
        json.dumps(
            {"rate": total / seconds, "p50": latencies[total // 2], "p99": latencies[total * 99 // 100]}
        )
    )


def _request(path: str, token: str, body: str) -> bytes:
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
    ).encode()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2].split(","), sys.argv[3], sys.argv[4], int(sys.argv[5])))
