"""The Pulumi CLI, run in the demo's folder."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import children

from . import folder as demo_folder

if TYPE_CHECKING:
    from .jpd import Jpd

CHANGES_FOUND = 7
"""Exit code of --expect-no-changes when there are changes."""
DRIFT = re.compile(r"""^\s*\+\s+\[\d+\]: "(.+)"$""")
ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CommandFailed(Exception):
    """A Pulumi command ended with another code than the step asks for."""


@dataclass(frozen=True)
class Pulumi:
    """The CLI and the folder it is shut into."""

    cli: Path
    folder: demo_folder.Folder

    def init(self) -> None:
        """Makes the stack. Where Pulumi.yaml is, the file with the encryption salt goes too: not into the root."""
        arguments = ["stack", "init", demo_folder.STACK, "--no-select", "--cwd", str(self.folder.project)]
        self.run("stack-init", arguments, "making the stack")

    def configure(self, jpd: Jpd) -> None:
        """Tells the stack where a deployment is. The token goes in through stdin and is stored encrypted."""
        base = f"jpd:deployments.{jpd.name}"
        self.run(f"config-{jpd.name}", ["config", "set", "--path", f"{base}.url", jpd.url], "configuring")
        secret = ["config", "set", "--secret", "--path", f"{base}.accessToken"]
        self.run(f"config-{jpd.name}-token", secret, "configuring", stdin_text=jpd.token)

    def run(self, name: str, arguments: list[str], what: str, *, expect: int = 0, stdin_text: str = "") -> str:
        """Runs one command from the root and returns what it printed; another exit code than `expect` raises."""
        log = self.folder.logs / f"{name}.log"
        argv: list[str | Path] = [self.cli, *arguments, "--non-interactive", "--color", "never"]
        env = self.folder.environment(self.cli)
        code = children.run(argv, what=what, log=log, cwd=demo_folder.ROOT, env=env, stdin_text=stdin_text)
        output = ANSI.sub("", log.read_text(errors="replace"))
        if code != expect:
            tail = "\n".join(output.splitlines()[-40:])
            raise CommandFailed(
                f"pulumi {' '.join(arguments[:2])} ended with code {code}, expected {expect} ({log}):\n{tail}"
            )
        return output


def drift_lines(output: str) -> list[str]:
    """The sentences of a preview that name deployment and field: what the refresh adds to the resources' `drift`."""
    return [found[1] for line in output.splitlines() if (found := DRIFT.match(line))]


def redacted(text: str, folder: demo_folder.Folder) -> str:
    """`text` without the tokens and the passphrase of this demo."""
    for secret in _secrets(folder):
        text = text.replace(secret, "[secret]")
    return text


def _secrets(folder: demo_folder.Folder) -> list[str]:
    known = [folder.passphrase.read_text()] if folder.passphrase.is_file() else []
    ready = folder.simulator.read_text() if folder.simulator.is_file() else ""
    if ready.endswith("\n"):
        addresses = json.loads(ready)
        known.append(addresses["controlToken"])
        known += [it[name] for it in addresses["deployments"].values() for name in ("accessToken", "password")]
    return known
