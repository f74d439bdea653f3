"""The simulator inside a Python process, for tests: `with Simulator(deployments=["eu", "us"]) as sim:`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING

from jpd_sim.client import ControlClient

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime
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


class Simulator:
    """Runs the simulator in a thread of its own while the `with` block runs."""

    def __init__(
        self,
        deployments: Sequence[str] = ("eu", "us"),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        profile: Profile | None = None,
    ) -> None:
        self._names = tuple(deployments)
        self._host, self._port, self._profile = host, port, profile
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped: asyncio.Event | None = None
        self._failure: BaseException | None = None
        self.deployments: Mapping[str, RunningDeployment] = {}
        self.control_url = ""
        self.control_token = ""

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

        runtime = Runtime(self._names, host=self._host, port=self._port, profile=self._profile)
        self._loop, self._stopped = asyncio.get_running_loop(), asyncio.Event()
        await runtime.start()
        self._publish(runtime)
        ready.set()
        await self._stopped.wait()
        await runtime.stop()

    def _publish(self, runtime: Runtime) -> None:
        line = runtime.start_line()
        self.control_url, self.control_token = line["control"], line["controlToken"]
        self.deployments = {
            name: RunningDeployment(
                name=name,
                url=row["url"],
                access_token=row["accessToken"],
                username=row["username"],
                password=row["password"],
                reader_token=row["readerToken"],
                service_id=row["serviceId"],
            )
            for name, row in line["deployments"].items()
        }
