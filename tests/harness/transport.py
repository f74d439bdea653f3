"""Two ways to reach the provider host of Pulumi's SDK, with one interface.

`ProcessTransport` is what the real engine does: `python -m pulumi.dynamic`, real gRPC, a process that can be killed.
`InProcessTransport` calls the same servicer directly: the same pickling, (de)serialisation and error text, without the
0.2 seconds of a start. Modules stay imported between its starts, so what a test says about a *fresh process* needs the
first one.
"""

import ast
import importlib.util
import os
import sys
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import grpc
from google.protobuf import message
from pulumi.runtime.proto import provider_pb2_grpc

from jpd_provider.hosts import session

from .child import Child
from .failures import ProviderDied, ProviderFailure

_HOST = "pulumi.dynamic.__main__"
_FOREIGN = ("PULUMI_", "JPD_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Transport(Protocol):
    """A provider host that can be started, called and stopped, again and again."""

    def start(self) -> None:
        """Begin with a fresh host: nothing of an earlier start is remembered."""

    def call(self, method: str, request: message.Message) -> Any:
        """The answer to one RPC; ProviderFailure with the provider's text if it failed."""

    def stop(self) -> None:
        """End the host. Does nothing when it is not running."""


class ProcessTransport:
    """`python -u -m pulumi.dynamic` in a folder, over gRPC on loopback."""

    def __init__(self, cwd: Path, *, python: str = sys.executable, env: Mapping[str, str] | None = None) -> None:
        self._cwd = cwd
        self._python = python
        self._env = scrubbed_environment() | {"PULUMI_PROJECT": "test"} | dict(env or {})
        self._child: Child | None = None
        self._channel: grpc.Channel | None = None
        self._stdout = ""
        self._stderr = ""

    def start(self) -> None:
        """Start a process and wait until it names its port."""
        # The argument is the engine's address; the host keeps it and never calls it.
        self._child = Child([self._python, "-u", "-m", "pulumi.dynamic", "127.0.0.1:1"], cwd=self._cwd, env=self._env)
        self._channel = grpc.insecure_channel(f"127.0.0.1:{int(self._child.first_line())}")

    def call(self, method: str, request: message.Message) -> Any:
        """One RPC. A broken connection is ProviderDied."""
        assert self._channel is not None, "the transport is not started"
        stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        try:
            return getattr(stub, method)(request, timeout=120)
        except grpc.RpcError as error:
            died = error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
            raise (ProviderDied if died else ProviderFailure)(method, error.details()) from None

    def stop(self) -> None:
        """End the process the way the engine does in the end, and keep what it printed."""
        self.kill()
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def kill(self) -> None:
        """SIGKILL, also from another thread in the middle of a call."""
        if self._child is not None:
            child, self._child = self._child, None
            child.kill()
            self._stdout += child.stdout
            self._stderr += child.stderr

    @property
    def stdout(self) -> str:
        """What all processes printed so far, ports included. Pulumi shows it as messages."""
        return self._stdout + (self._child.stdout if self._child else "")

    @property
    def stderr(self) -> str:
        """What all processes logged so far. Pulumi shows it as messages."""
        return self._stderr + (self._child.stderr if self._child else "")


class InProcessTransport:
    """The servicer of `pulumi.dynamic` in this process, new on each start."""

    def __init__(self) -> None:
        self._servicer: Any = None
        self._traceback_limit: int | None = None

    def start(self) -> None:
        """Make a servicer with an empty cache of providers."""
        self._traceback_limit = getattr(sys, "tracebacklimit", None)
        self._servicer = _fresh_host().DynamicResourceProviderServicer()
        # A process that has just started has no session either.
        session.open_session.cache_clear()

    def call(self, method: str, request: message.Message) -> Any:
        """One call of the servicer, with messages serialised both ways as gRPC would."""
        assert self._servicer is not None, "the transport is not started"
        received = type(request).FromString(request.SerializeToString())
        answer = getattr(self._servicer, method)(received, _Context(method))
        return type(answer).FromString(answer.SerializeToString())

    def stop(self) -> None:
        """Forget the servicer, and what a provider did to this process' tracebacks."""
        self._servicer = None
        if self._traceback_limit is None:
            vars(sys).pop("tracebacklimit", None)
        else:
            sys.tracebacklimit = self._traceback_limit


class _Context:
    """The part of grpc.ServicerContext that the host uses."""

    def __init__(self, method: str) -> None:
        self._method = method

    def abort(self, code: grpc.StatusCode, details: str) -> None:
        raise ProviderFailure(self._method, details)


def scrubbed_environment() -> dict[str, str]:
    """This process' environment without what would change a provider: Pulumi, deployments, proxies."""
    return {key: value for key, value in os.environ.items() if not key.upper().startswith(_FOREIGN)}


def _fresh_host() -> types.ModuleType:
    """The host's module under no name, executed without its last statement, `main()`, which serves for ever."""
    spec = importlib.util.find_spec(_HOST)
    assert spec is not None
    assert spec.origin is not None
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    assert ast.unparse(tree.body[-1]) == "main()", f"{_HOST} no longer ends with main(); adapt this function"
    module = types.ModuleType("pulumi_dynamic_host")
    exec(compile(ast.Module(tree.body[:-1], type_ignores=[]), spec.origin, "exec"), vars(module))
    return module
