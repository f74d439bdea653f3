"""The simulator inside a Python process, for tests: `with Simulator(deployments=["eu", "us"]) as sim:`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from jpd_sim.client import ControlClient

if TYPE_CHECKING:
    from jpd_sim.options import Options
    from jpd_sim.state.profile import Profile


@dataclass(frozen=True)
class RunningDeployment:
    """One simulated JPD, as its clients see it."""

    name: str
    url: str
    access_token: str = field(repr=False)
    """Token of the administrator; does not expire."""
    username: str
    password: str = field(repr=False)
    reader_token: str = field(repr=False)
    """Token of a user who is not an administrator."""
    service_id: str
    join_key: str = field(default="", repr=False)


class Simulator:
    """Runs the simulator in a thread of its own while the `with` block runs."""

    def __init__(
        self,
        deployments: Sequence[str] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        profile: Profile | None = None,
        topology: str | Path | None = None,
        data: Path | None = None,
        tls: bool = False,
    ) -> None:
        """`topology` is a text in YAML or JSON, or the path of a file. Without it or names, the JPDs are eu and us."""
        self._names = tuple(deployments)
        self._host, self._port, self._profile = host, port, profile
        self._topology, self._data, self._tls = topology, data, tls
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self.deployments: Mapping[str, RunningDeployment] = {}
        self.control_url = ""
        self.control_token = ""
        self.ca_file: Path | None = None
        """The certificate that clients must trust, with TLS."""

    @property
    def control(self) -> ControlClient:
        """The control plane."""
        return ControlClient(self.control_url, self.control_token)

    def __enter__(self) -> Simulator:
        """Start; returns when every port accepts connections."""
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), name="jpd-sim", daemon=True)
        self._thread.start()
        ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop; returns when every port is closed."""
        if self._loop is not None and self._stopped is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stopped.set)
            self._thread.join()

    def _run(self, ready: threading.Event) -> None:
        try:
            asyncio.run(self._serve(ready))
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that started us, see __enter__
            self._failure = error
            ready.set()

    async def _serve(self, ready: threading.Event) -> None:
        from jpd_sim.runtime import Runtime  # noqa: PLC0415 - the web framework loads when somebody starts a simulator

        runtime = Runtime(self._options())
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        try:
            await runtime.start()
            self._publish(runtime.start_line())
            ready.set()
            await self._stopped.wait()
        finally:
            await runtime.stop()

    def _options(self) -> Options:
        from jpd_sim.options import Options  # noqa: PLC0415 - as above

        topology = None
        if self._topology is not None:
            from jpd_sim.topology_file import parse  # noqa: PLC0415 - the YAML library costs time at start

            text = self._topology.read_text("utf-8") if isinstance(self._topology, Path) else self._topology
            topology = parse(text)
        return Options(
            names=self._names,
            host=self._host,
            port=self._port,
            profile=self._profile,
            topology=topology,
            data=self._data,
            tls=self._tls,
        )

    def _publish(self, line: Mapping[str, Any]) -> None:
        self.control_url, self.control_token = line["control"], line["controlToken"]
        self.ca_file = Path(line["caFile"]) if "caFile" in line else None
        self.deployments = {
            name: RunningDeployment(
                name=name,
                url=row["url"],
                access_token=row["accessToken"],
                username=row["username"],
                password=row["password"],
                reader_token=row["readerToken"],
                service_id=row["serviceId"],
                join_key=row["joinKey"],
            )
            for name, row in line["deployments"].items()
        }
