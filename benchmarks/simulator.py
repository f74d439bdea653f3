"""How fast the simulator answers, as ratios that are measured in one run, so that they mean something on any machine.

Run it with `.venv/bin/python benchmarks/simulator.py`. It starts a bare Starlette application and one JPD on the same
server in the same event loop, drives both in turn from another process, and prints:

  R3 against an empty route   goal: at least 0.5 of its request rate
  R7 of 2,000 repositories    goal: at most 1.3 times the cost per repository of 500 (linear growth)

With `--profile` it says where the time of R3 goes instead.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import socket
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jpd_sim.jpd import Jpd
from jpd_sim.server import Port
from jpd_sim.state import repositories
from jpd_sim.world import World

ROUNDS = 7
REQUESTS = 2_000
LISTINGS = 10
GOAL_R3 = 0.5
GOAL_R7 = 1.3


def seconds_for(port: int, path: str, token: str, count: int) -> float:
    """The time of `count` requests in a row on one connection; the answers are read, not parsed."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _exchange(connection, request)
        started = time.perf_counter()
        for _ in range(count):
            _exchange(connection, request)
        return time.perf_counter() - started


def _exchange(connection: socket.socket, request: bytes) -> None:
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(1 << 16)
    head, _, body = received.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit(f"unexpected answer: {head[:200]!r}")
    missing = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]) - len(body)
    while missing > 0:
        missing -= len(connection.recv(1 << 20))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


async def _empty(_request: Request) -> Response:
    return Response()


class Bench:
    """One JPD and one bare application, and a process that asks them."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._bare = Port("127.0.0.1", 0)
        self._jpd = Jpd("eu", Port("127.0.0.1", 0), World())

    async def start(self) -> None:
        """Open both ports."""
        await self._bare.start(Starlette(routes=[Route("/", _empty)]))
        await self._jpd.start()

    async def stop(self) -> None:
        """Close both ports."""
        await self._jpd.engine.close()
        await asyncio.gather(self._bare.stop(), self._jpd.port.stop())

    def have(self, count: int) -> None:
        """Have so many repositories."""
        for number in range(len(self._jpd.state.repositories), count):
            body = {"rclass": "local", "packageType": "maven"}
            self._jpd.state.save_repository(repositories.create(f"repository-{number}", body))

    async def bare(self) -> float:
        """Seconds for a round of empty answers."""
        return await self._time(self._bare.number, "/", REQUESTS)

    async def read(self) -> float:
        """Seconds for a round of R3."""
        return await self._time(self._jpd.port.number, "/artifactory/api/repositories/repository-0", REQUESTS)

    async def listing(self) -> float:
        """Seconds for one R7."""
        path = "/artifactory/api/repositories"
        return await self._time(self._jpd.port.number, path, LISTINGS) / LISTINGS

    async def _time(self, port: int, path: str, count: int) -> float:
        arguments = (port, path, self._jpd.state.admin_token, count)
        return await asyncio.get_running_loop().run_in_executor(self._pool, seconds_for, *arguments)


async def measure(bench: Bench) -> list[tuple[str, float, float, bool]]:
    """Name, value, goal and whether it was reached."""
    bench.have(1)
    pairs = [(await bench.bare(), await bench.read()) for _ in range(ROUNDS)]
    ratio = statistics.median(bare / read for bare, read in pairs)
    _say(f"empty route {REQUESTS / min(bare for bare, _ in pairs):8.0f} requests/s (best round)")
    _say(f"R3          {REQUESTS / min(read for _, read in pairs):8.0f} requests/s (best round)")
    per_repository = []
    for count in (500, 2_000):
        bench.have(count)
        seconds = min([await bench.listing() for _ in range(3)])
        per_repository.append(seconds / count)
        _say(f"R7 of {count:5} {seconds * 1000:8.1f} ms")
    growth = per_repository[1] / per_repository[0]
    return [
        ("R3 against an empty route, rate", ratio, GOAL_R3, ratio >= GOAL_R3),
        ("R7 of 2,000 against 500, cost per repository", growth, GOAL_R7, growth <= GOAL_R7),
    ]


async def run(*, profile: bool) -> int:
    """Measure, print, and answer the exit code: 1 when a goal was missed."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        bench = Bench(pool)
        await bench.start()
        try:
            if profile:
                bench.have(1)
                profiler = cProfile.Profile()
                profiler.enable()
                await bench.read()
                profiler.disable()
                pstats.Stats(profiler).sort_stats("tottime").print_stats(30)
                return 0
            results = await measure(bench)
        finally:
            await bench.stop()
    for name, value, goal, reached in results:
        _say(f"{name}: {value:.2f} (goal {goal}) {'reached' if reached else 'MISSED'}")
    return 0 if all(reached for *_, reached in results) else 1


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="say where the time of R3 goes")
    return asyncio.run(run(profile=parser.parse_args().profile))


if __name__ == "__main__":
    sys.exit(main())
