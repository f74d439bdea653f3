"""`jpd sim`: run the simulator until it is told to stop.

The web framework is imported inside the command: `jpd --help` stays quick, and a missing extra is one clear line.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import signal
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from jpd_sim.runtime import Runtime

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_EXTRA = frozenset({"starlette", "uvicorn", "jwt", "cryptography", "h11"})
_EXAMPLES = """\b
Examples:
  jpd sim                                 two JPDs, eu and us, on free ports
  jpd sim --deployments eu,us,ap          three
  jpd sim --port 9000                     control on 9000, eu on 9001, us on 9002
"""


def _names(_context: click.Context, _parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",")]
    bad = [name for name in names if not _NAME.fullmatch(name)]
    if bad:
        raise click.BadParameter(f"{bad[0]!r} is no name: use a-z, 0-9 and -, at most 32 characters")
    if len(set(names)) != len(names):
        raise click.BadParameter("each name may be given once")
    return names


@click.command(epilog=_EXAMPLES)
@click.option(
    "--deployments", callback=_names, default="eu,us", show_default=True, help="Names of the JPDs, with commas."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="First port: control takes it, the JPDs the next ones. 0 takes free ones.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def sim(deployments: list[str], port: int, host: str) -> None:
    """Run simulated JFrog Platform Deployments that federate over real HTTP.

    Prints one line of JSON with addresses and credentials when ready; logs go to stderr. Ends on ^C or SIGTERM.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    asyncio.run(_serve(_runtime(deployments, host, port)))


def _runtime(names: list[str], host: str, port: int) -> Runtime:
    try:
        from jpd_sim.runtime import Runtime  # noqa: PLC0415 - the extra may be missing
        from jpd_sim.server import PortInUse  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise click.ClickException(
            f"the simulator needs {error.name}, which is not installed: pip install 'pulumi-jpd[sim]'"
        ) from error
    try:
        return Runtime(names, host=host, port=port)
    except PortInUse as error:
        raise click.ClickException(str(error)) from error


async def _serve(runtime: Runtime) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await runtime.start()
    print(json.dumps(runtime.start_line()), flush=True)
    await stopped.wait()
    await runtime.stop()
