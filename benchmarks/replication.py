"""How fast many small artifacts, deployed on one JPD, arrive on two others, and what that costs.

    python benchmarks/replication.py --artifacts 2000

The simulator runs in this process, the client that deploys in another one, so that the two do not share a processor. A
first run measures; a second one, with a tenth of the artifacts, runs under a profiler and names the slowest steps.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import os
import pstats
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from jpd_sim.options import Options
from jpd_sim.runtime import Runtime

KEY = "bench"
NAMES = ("eu", "us", "ap")
CLIENTS = 16
PAIRING = "/artifactory/api/v1/service_trust/pairing/federated-repo/*"
STEPS = {
    "a client's request, from the log to the answer": ("front.py", "__call__"),
    "write one file here": ("writing.py", "store"),
    "sign and check tokens": ("authentication.py", "authenticate"),
    "put events into words": ("mirrors.py", "wire"),
    "send to another JPD (HTTP client)": ("peers.py", "_send"),
    "apply the events of another JPD": ("apply.py", "apply"),
    "import one binary": ("importer.py", "_try"),
    "wait until idle": ("runtime.py", "pending"),
}
"""The steps that are reported: what a reader knows them as -> file and function."""


@dataclass(frozen=True)
class Result:
    """One run."""

    artifacts: int
    deploy_seconds: float
    replicate_seconds: float
    """From the first deploy until the last binary has arrived on both other JPDs."""
    processor_seconds: float
    """Time of the processor that the simulator took, which other programs on the machine do not change much."""
    bytes_per_artifact: float

    def lines(self) -> Iterator[str]:
        """The numbers for people."""
        yield f"{self.artifacts} artifacts deployed on one JPD, on two others with their binaries"
        for what, seconds in (("deploy", self.deploy_seconds), ("replicate", self.replicate_seconds)):
            yield f"  {what:9}  {self.artifacts / seconds:8.0f} artifacts/s  {seconds:7.1f} s"
        milliseconds = 1000 * self.processor_seconds / self.artifacts
        yield f"  processor  {milliseconds:8.2f} ms per artifact, all three JPDs together"
        yield f"  memory     {self.bytes_per_artifact / 1024:8.1f} KiB per artifact, all three JPDs together"


async def main() -> None:
    """Measure, then profile."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--artifacts", type=int, default=20_000, help="how many; 20000 unless said otherwise")
    parser.add_argument("--size", type=int, default=1_000, help="bytes of each; 1000 unless said otherwise")
    arguments = parser.parse_args()
    result = await run(arguments.artifacts, arguments.size, None)
    sys.stdout.write("\n".join(result.lines()) + "\n")
    profiler = cProfile.Profile()
    profiled = await run(max(arguments.artifacts // 10, 1), arguments.size, profiler)
    report(profiler, profiled)


async def run(artifacts: int, size: int, profiler: cProfile.Profile | None) -> Result:
    """Deploy so many artifacts and wait until they are everywhere."""
    runtime = Runtime(Options(names=NAMES))
    await runtime.start()
    try:
        await federate(runtime)
        before, started, processor = peak_bytes(), time.monotonic(), time.process_time()
        if profiler is not None:
            profiler.enable()
        deploy_seconds = await deploy(runtime, artifacts, size)
        left = await runtime.settle(3600)
        if profiler is not None:
            profiler.disable()
        if left:
            raise SystemExit(f"did not settle: {left}")
        seconds, processor = time.monotonic() - started, time.process_time() - processor
        check(runtime, artifacts)
        return Result(artifacts, deploy_seconds, seconds, processor, (peak_bytes() - before) / artifacts)
    finally:
        await runtime.stop()


async def federate(runtime: Runtime) -> None:
    """Pair everybody with everybody, and make one federated repository."""
    clients = {
        name: httpx.AsyncClient(
            base_url=jpd.port.url, headers={"Authorization": f"Bearer {jpd.state.admin_token}"}, trust_env=False
        )
        for name, jpd in runtime.jpds.items()
    }
    for issuer in NAMES:
        for initiator in (name for name in NAMES if name != issuer):
            token = (await clients[issuer].post(PAIRING)).raise_for_status().json()
            (await clients[initiator].put(PAIRING, json=token)).raise_for_status()
    members = [{"url": f"{jpd.port.url}/artifactory/{KEY}", "enabled": True} for jpd in runtime.jpds.values()]
    body = {"rclass": "federated", "packageType": "generic", "members": members}
    (await clients[NAMES[0]].put(f"/artifactory/api/repositories/{KEY}", json=body)).raise_for_status()
    for client in clients.values():
        await client.aclose()


async def deploy(runtime: Runtime, artifacts: int, size: int) -> float:
    """Let another process deploy; answers the seconds that it took."""
    first = runtime.jpds[NAMES[0]]
    order = {"url": first.port.url, "token": first.state.admin_token, "artifacts": artifacts, "size": size}
    environment = {**os.environ, "REPLICATION_BENCHMARK": json.dumps(order)}
    child = await asyncio.create_subprocess_exec(
        sys.executable, __file__, env=environment, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    if child.returncode:
        raise SystemExit(f"the client failed with {child.returncode}")
    return float(output)


async def client(order: dict[str, object]) -> float:
    """The other process: deploys, a few at the same time."""
    numbers = iter(range(int(str(order["artifacts"]))))
    size = int(str(order["size"]))
    headers = {"Authorization": f"Bearer {order['token']}"}
    async with httpx.AsyncClient(base_url=str(order["url"]), headers=headers, trust_env=False, timeout=60) as http:

        async def work() -> None:
            for number in numbers:
                content = f"{number} ".encode().ljust(size, b".")
                path = f"/artifactory/{KEY}/{number // 1000}/{number}.bin"
                (await http.put(path, content=content)).raise_for_status()

        started = time.monotonic()
        await asyncio.gather(*(work() for _ in range(CLIENTS)))
        return time.monotonic() - started


def check(runtime: Runtime, artifacts: int) -> None:
    """Every JPD has every file with its binary, else the numbers mean nothing."""
    for jpd in runtime.jpds.values():
        files = [item.checksums for item in jpd.state.items(KEY).files()]
        here = sum(1 for checksums in files if checksums is not None and checksums.sha256 in jpd.state.blobs)
        if (len(files), here) != (artifacts, artifacts):
            raise SystemExit(f"{jpd.name} has {len(files)} files and {here} binaries, not {artifacts}")


def report(profiler: cProfile.Profile, profiled: Result) -> None:
    """The steps by the time that they and what they call took, and the functions that took most themselves."""
    stats = pstats.Stats(profiler)
    total = stats.total_tt  # type: ignore[attr-defined]  # the typeshed stub leaves it out
    sys.stdout.write(
        f"where the time goes, from a profiled run of {profiled.artifacts} artifacts ({total:.1f} s busy)\n"
    )
    rows = []
    for step, (file, function) in STEPS.items():
        found = [row for key, row in stats.stats.items() if key[0].endswith(f"/{file}") and key[2] == function]  # type: ignore[attr-defined]  # as above
        rows.append((sum(row[3] for row in found), sum(row[1] for row in found), step))
    for seconds, calls, step in sorted(rows, reverse=True):
        sys.stdout.write(f"  {seconds / total:6.1%}  {calls:8d} x  {step}\n")
    sys.stdout.write("functions by their own time\n")
    own = sorted(stats.stats.items(), key=lambda item: -item[1][2])[:8]  # type: ignore[attr-defined]  # as above
    for (file, _, function), row in own:
        sys.stdout.write(f"  {row[2] / total:6.1%}  {row[1]:8d} x  {os.path.basename(file)}: {function}\n")  # noqa: PTH119 - files of built-ins are `~`


def peak_bytes() -> int:
    """The largest size that this process has had so far."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    ORDER = os.environ.get("REPLICATION_BENCHMARK")
    if ORDER:
        sys.stdout.write(str(asyncio.run(client(json.loads(ORDER)))))
    else:
        asyncio.run(main())
