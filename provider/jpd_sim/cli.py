"""`jpd sim`: run the simulator until it is told to stop.

The web framework is imported inside the command: `jpd --help` stays quick, and a missing extra is one clear line.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jpd_sim.topology import NAME

if TYPE_CHECKING:
    from jpd_sim.options import Options
    from jpd_sim.runtime import Runtime
    from jpd_sim.topology import Topology

_EXTRA = frozenset({"starlette", "uvicorn", "jwt", "cryptography", "h11"})
_EXAMPLES = """\b
Examples:
  jpd sim                                 two JPDs, eu and us, on free ports
  jpd sim --deployments eu,us,ap          three
  jpd sim --port 9000                     control on 9000, eu on 9001, us on 9002
  jpd sim --topology sites.yaml           the JPDs, trust, federations and files of a file
  jpd sim --data ./jpds                   keep everything in ./jpds, through crashes too
  jpd sim --tls                           HTTPS with certificates of an own authority
"""


def _names(_context: click.Context, _parameter: click.Parameter, value: str | None) -> list[str]:
    if value is None:
        return []
    names = [name.strip() for name in value.split(",")]
    bad = [name for name in names if not NAME.fullmatch(name)]
    if bad:
        raise click.BadParameter(f"{bad[0]!r} is no name: use a-z, 0-9 and -, at most 32 characters")
    if len(set(names)) != len(names):
        raise click.BadParameter("each name may be given once")
    return names


@click.command(epilog=_EXAMPLES)
@click.option("--deployments", callback=_names, help="Names of the JPDs, with commas.  [default: eu,us]")
@click.option(
    "--topology",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON file: JPDs, trust, repositories, artifacts.",
)
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Folder that keeps everything across restarts."
)
@click.option("--tls", is_flag=True, help="Serve HTTPS; the start line names the CA's file.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="First port: control takes it, the JPDs the next ones. 0 takes free ones.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address on which the JPDs listen.")
@click.option(
    "--control-host", default="127.0.0.1", show_default=True, help="Address on which the control plane listens."
)
def sim(
    *,
    deployments: list[str],
    topology: Path | None,
    data: Path | None,
    tls: bool,
    port: int,
    host: str,
    control_host: str,
) -> None:
    """Run simulated JFrog Platform Deployments that federate over real HTTP.

    Prints one line of JSON with addresses and credentials when ready; logs go to stderr. Ends on ^C or SIGTERM.
    """
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _check_extra()
    from jpd_sim.options import Options  # noqa: PLC0415 - the extra may be missing

    options = Options(
        names=deployments,
        host=host,
        control_host=control_host,
        port=port,
        data=data,
        tls=tls,
        topology=None if topology is None else _read(topology),
    )
    sys.exit(_run(options))


def _check_extra() -> None:
    try:
        import jpd_sim.runtime  # noqa: F401, PLC0415 - the extra may be missing
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in _EXTRA:
            raise
        raise click.ClickException(
            f"the simulator needs {error.name}, which is not installed: pip install 'pulumi-jpd[sim]'"
        ) from error


def _read(path: Path) -> Topology:
    from jpd_sim.topology import BadTopology  # noqa: PLC0415 - the extra may be missing
    from jpd_sim.topology_file import parse  # noqa: PLC0415 - likewise

    try:
        return parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"cannot read {path}: {error}") from error
    except BadTopology as error:
        raise _unusable(path, error) from error


def _run(options: Options) -> int:
    from jpd_sim.runtime import Runtime  # noqa: PLC0415 - the extra may be missing
    from jpd_sim.server import PortInUse  # noqa: PLC0415 - likewise
    from jpd_sim.storage import StorageError  # noqa: PLC0415 - likewise
    from jpd_sim.topology import BadTopology  # noqa: PLC0415 - likewise

    try:
        return asyncio.run(_serve(Runtime(options)))
    except (PortInUse, StorageError) as error:
        raise click.ClickException(str(error)) from error
    except BadTopology as error:
        raise _unusable("the topology", error) from error


def _unusable(what: object, error: Exception) -> click.ClickException:
    mistakes = str(error).splitlines()
    listed = "".join(f"\n  {mistake}" for mistake in mistakes)
    return click.ClickException(f"{what} has {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}:{listed}")


async def _serve(runtime: Runtime) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    try:
        await runtime.start()
        runtime.on_failure(stopped.set)
        print(json.dumps(runtime.start_line()), flush=True)
        if sys.stderr.isatty():
            click.echo(_introduction(runtime), err=True)
        await stopped.wait()
    finally:
        await runtime.stop()
    return 0


def _introduction(runtime: Runtime) -> str:
    """What a person wants to see who has just started it."""
    line = runtime.start_line()
    width = max(len(name) for name in line["deployments"])
    first = next(iter(line["deployments"].values()))
    rows = [
        f"  {name:{width}}  {each['url']}  admin / {each['password']}" for name, each in line["deployments"].items()
    ]
    trust = f" --cacert {line['caFile']}" if "caFile" in line else ""
    return "\n".join(
        [
            "",
            f"{len(rows)} simulated JPD{'s' if len(rows) > 1 else ''}"
            + (f", as {runtime.kept_in} kept them" if runtime.restored else "")
            + "; log in with Basic, or with the token above:",
            *rows,
            "",
            "Try:",
            f"  curl{trust} -u admin:{first['password']} {first['url']}/artifactory/api/system/version",
            f"  {line['control']}/docs   break links, stop nodes, turn clocks; needs the controlToken above",
            "",
            "^C ends it"
            + (f"; {runtime.kept_in} keeps everything." if runtime.kept_in else ", and forgets everything."),
        ]
    )
