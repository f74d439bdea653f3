"""`.demo/`: everything the demo writes, and the environment that keeps Pulumi inside it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
STACK = "demo"
FOREIGN = ("PULUMI", "JPD_", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")
"""Beginnings of the variables that would carry the user's login, stacks, deployments or Python into the demo."""
FORGET = r"""for name in $(env | sed -n -e 's/^\(PULUMI_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(JPD_[A-Za-z0-9_]*\)=.*/\1/p')
do unset "$name"; done"""
"""The same for the user's shell, in words that every sh and sed knows."""
LOOPBACK = "127.0.0.1,localhost"


class Busy(Exception):
    """Another demo holds the folder."""


@dataclass(frozen=True)
class Folder:
    """Paths below `.demo/`."""

    path: Path

    @property
    def logs(self) -> Path:
        """One file for each program that ran, named after the step."""
        return self.path / "logs"

    @property
    def project(self) -> Path:
        """A copy of Pulumi.yaml: `pulumi stack init` writes beside it, and the user's root is not ours to write to."""
        return self.path / "project"

    @property
    def config(self) -> Path:
        """The stack's configuration, which holds the addresses and the encrypted tokens."""
        return self.project / f"Pulumi.{STACK}.yaml"

    @property
    def passphrase(self) -> Path:
        """Encrypts the stack's secrets; made anew by each demo."""
        return self.path / "passphrase"

    @property
    def simulator(self) -> Path:
        """What the simulator printed when it was ready."""
        return self.path / "simulator.json"

    @property
    def pid(self) -> Path:
        """The simulator's process id; there as long as it may be running."""
        return self.path / "simulator.pid"

    @property
    def exports(self) -> Path:
        """The environment of a kept demo, for the user's shell to source."""
        return self.path / "env.sh"

    def renew(self) -> None:
        """Starts from an empty folder. It is closed to others: it holds tokens, if only of simulated JPDs."""
        self.empty()
        for folder in (self.logs, self.project, self.path / "home", self.path / "state"):
            folder.mkdir(parents=True)
        shutil.copy(ROOT / "Pulumi.yaml", self.project)
        private(self.passphrase, secrets.token_urlsafe(24))

    def empty(self) -> None:
        """Removes all but the lock, which the caller holds."""
        for entry in self.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """One demo at a time; raises Busy when another is running in this folder."""
        self.path.mkdir(mode=0o700, exist_ok=True)
        with (self.path / "lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as taken:
                raise Busy("Another `make demo` is running in this folder. Let it end, or stop it with ^C.") from taken
            yield

    def settings(self, cli: Path) -> dict[str, str]:
        """The variables that Pulumi needs here: nothing it reads or writes lies outside the folder."""
        return {
            "PATH": os.pathsep.join([str(cli.parent), os.environ.get("PATH", os.defpath)]),
            "NO_PROXY": LOOPBACK,
            "no_proxy": LOOPBACK,
            "PULUMI_BACKEND_URL": f"file://{self.path / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_DISABLE_REGISTRY_RESOLVE": "true",
            "PULUMI_HOME": str(self.path / "home"),
            "PULUMI_OPTION_CONFIG_FILE": str(self.config),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_STACK": STACK,
        }

    def environment(self, cli: Path) -> dict[str, str]:
        """A process environment: the user's without anything of Pulumi's or ours, plus `settings`."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {**own, **self.settings(cli)}

    def write_exports(self, cli: Path) -> None:
        """Writes the file that a shell sources to play on."""
        lines = [FORGET]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in self.settings(cli).items() if name != "PATH"]
        lines.append(f'export PATH={shlex.quote(str(cli.parent))}:"$PATH"')
        private(self.exports, "\n".join(lines) + "\n")


def private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, from its first byte on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
