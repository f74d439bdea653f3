"""SSH as this provider uses it: connect, run one command with text for its input, disconnect.

Rule 1: a host key is always verified, against a file or against the key that the program names.
Rule 2: only keys authenticate, from a file or the agent; the user's ssh_config is not read, so a run does not depend on
        whose machine it is.
Rule 3: what is secret goes through standard input. Arguments of a remote command are visible to everybody there.
"""

from __future__ import annotations

import asyncio
import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jpd_provider import redaction
from jpd_provider.errors import JpdError, MissingExtra, Unreachable, UserError
from jpd_provider.systemyaml.nodes import SshHop

if TYPE_CHECKING:
    import asyncssh

__all__ = ["Completed", "run"]

CONNECT_SECONDS = 15
COMMAND_SECONDS = 120


@dataclasses.dataclass(frozen=True)
class Completed:
    """How a remote command ended."""

    status: int
    output: bytes = dataclasses.field(repr=False)
    complaint: str
    """What it wrote to standard error, redacted; the last line of it is usually the reason."""


def run(hops: list[SshHop], command: str, *, content: bytes, name: str, seconds: float = COMMAND_SECONDS) -> Completed:
    """Run a shell command on the last machine, reached through the ones before it.

    Raises:
        Unreachable: No connection, or it broke.
        UserError: The host key is unknown, or no key is accepted.
        MissingExtra: The extra [ssh] is not installed.
    """
    try:
        import asyncssh as library  # noqa: PLC0415 - an extra; most programs have no node behind SSH
    except ImportError:
        raise MissingExtra("A node behind SSH", "ssh") from None
    try:
        return asyncio.run(_run(library, hops, command, content, seconds))
    except (OSError, asyncio.TimeoutError, library.Error, library.KeyImportError, library.KeyEncryptionError) as error:
        raise _fault(library, hops[-1], error, name) from error


def _fault(library: Any, hop: SshHop, error: Exception, name: str) -> JpdError:
    """What the user reads; only what may pass by itself is Unreachable."""
    what = f"connect to {hop.host}:{hop.port} by SSH"
    if isinstance(error, library.HostKeyNotVerifiable):
        return UserError(
            f"{what}: its host key is not the one that is trusted ({error.reason}).",
            hint="Compare the key's fingerprint with the machine's owner, then add it to the known_hosts file or set "
            "host_key.",
        )
    if isinstance(error, library.PermissionDenied):
        return UserError(
            f"{what}: no key is accepted for user '{hop.user or 'of this machine'}'.",
            hint="Check user and key_file, and that the SSH agent holds the key.",
        )
    reason = redaction.redact(str(error)) or type(error).__name__
    if isinstance(error, library.KeyImportError | library.KeyEncryptionError):
        return UserError(
            f"{what}: the key cannot be read ({reason}).", hint="A key with a passphrase belongs into the SSH agent."
        )
    return Unreachable(f"{what}: {reason}.", deployment=name, hint="Check that it runs and is reachable from here.")


async def _run(library: Any, hops: list[SshHop], command: str, content: bytes, seconds: float) -> Completed:
    connections: list[asyncssh.SSHClientConnection] = []
    try:
        for hop in hops:
            tunnel = connections[-1] if connections else None
            connecting = library.connect(hop.host, hop.port, tunnel=tunnel, config=None, **_options(library, hop))
            connections.append(await asyncio.wait_for(connecting, CONNECT_SECONDS))
        running = connections[-1].run(command, input=content, encoding=None, check=False)
        done = await asyncio.wait_for(running, seconds)
    finally:
        for connection in reversed(connections):
            connection.close()
            await connection.wait_closed()
    if done.exit_status is None:
        raise OSError("the connection broke while the command ran")
    return Completed(
        done.exit_status, _bytes(done.stdout), redaction.redact(_bytes(done.stderr).decode(errors="replace"))
    )


def _options(library: Any, hop: SshHop) -> dict[str, Any]:
    options: dict[str, Any] = {
        "known_hosts": _trusted(library, hop),
        "password_auth": False,
        "kbdint_auth": False,
        "gss_auth": False,
        "gss_kex": False,
        "host_based_auth": False,
        "keepalive_interval": 15,
    }
    if hop.user is not None:
        options["username"] = hop.user
    if hop.key_file is not None:
        options["client_keys"] = [str(_existing(Path(hop.key_file).expanduser(), "key_file"))]
        options["agent_path"] = None  # the program says which key
    return options


def _trusted(library: Any, hop: SshHop) -> Any:
    """Never None: that would accept every key."""
    if hop.host_key is not None:
        try:
            return [library.import_public_key(hop.host_key)], [], []
        except library.KeyImportError:
            raise UserError(
                f"host_key of {hop.host} is no public key.", hint='It has the form "ssh-ed25519 AAAA...".'
            ) from None
    return str(_existing(Path(hop.known_hosts or "~/.ssh/known_hosts").expanduser(), "known_hosts"))


def _existing(path: Path, field: str) -> Path:
    if not path.is_file():
        raise UserError(
            f"{field}: there is no file '{path}'.", hint="Host keys are always verified; name a file that exists."
        )
    return path


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value or "").encode()


def sudo_refused(done: Completed) -> JpdError | None:
    """The error of `sudo -n`, if that is why the command failed."""
    if done.status == 0 or "sudo:" not in done.complaint:
        return None
    return UserError(
        f"sudo refuses: {done.complaint.strip().splitlines()[-1]}.",
        hint="Allow the user to run /bin/sh by sudo without a password (NOPASSWD), or connect as the file's owner.",
    )
