"""How a simulator is started, and what of it must be the same when a data folder is used again."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jpd_sim.state.kept import Rows
from jpd_sim.state.profile import Profile
from jpd_sim.storage import StorageError
from jpd_sim.tls import Authority
from jpd_sim.topology import Topology

DEFAULT_NAMES = ("eu", "us")
LAYOUT = "layout"
"""Place and key of the layout in a data folder."""


@dataclass(frozen=True)
class Options:
    """What the user asks for."""

    names: Sequence[str] = ()
    """Names of the JPDs; none means those of the topology or the data folder, else `eu` and `us`."""
    host: str = "127.0.0.1"
    """Address on which the JPDs listen."""
    control_host: str = "127.0.0.1"
    """Address on which the control plane listens."""
    port: int = 0
    """First port: control takes it, the JPDs the next ones. 0 takes free ones, or those of the data folder."""
    profile: Profile | None = None
    data: Path | None = None
    """Folder in which everything is kept."""
    tls: bool = False
    topology: Topology | None = None
    """Built at the first start; a data folder that holds something already stays as it is."""


@dataclass(frozen=True)
class Layout:
    """What clients and member URLs know: ports, the control token, and with TLS the authority."""

    control_port: int
    ports: tuple[tuple[str, int], ...]
    control_token: str = field(repr=False)
    authority: Authority | None = field(default=None, repr=False)


def planned(options: Options, rows: Rows) -> Layout:
    """The layout of a data folder, or a new one; StorageError when the folder holds something else than was asked."""
    kept = rows.get(LAYOUT, {}).get(LAYOUT)
    if not isinstance(kept, Layout):
        return _new(options)
    names = [name for name, _ in kept.ports]
    if options.names and sorted(options.names) != sorted(names):
        raise StorageError(f"the data folder {options.data} holds the JPDs {', '.join(names)}: leave the names out")
    if options.port not in (0, kept.control_port):
        raise StorageError(f"the data folder {options.data} begins at port {kept.control_port}: leave the port out")
    if options.tls != (kept.authority is not None):
        was = "with" if kept.authority else "without"
        raise StorageError(f"the data folder {options.data} was made {was} TLS: start it the same way")
    return kept


def _new(options: Options) -> Layout:
    seeded = [entry.name for entry in options.topology.jpds] if options.topology else []
    names = list(options.names) or seeded or list(DEFAULT_NAMES)
    names += [name for name in seeded if name not in names]
    first = options.port + 1 if options.port else 0
    ports = tuple((name, first + index if first else 0) for index, name in enumerate(names))
    return Layout(options.port, ports, secrets.token_urlsafe(24), Authority.new() if options.tls else None)
