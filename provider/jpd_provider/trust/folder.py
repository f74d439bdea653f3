"""Lays a certificate into a JPD's folder `etc/access/keys/trusted` (contract: trust 4.1).

Access takes a file up when it has to verify a token of somebody else, and then removes it. It may look at any moment,
so a file appears whole: written beside its place under a name that Access does not look at, synced, renamed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from jpd_provider.errors import UserError

__all__ = ["lay_down", "take_away"]

_READABLE = 0o644
# Access runs as another user than we do; a certificate is public.


def lay_down(folder: Path, name: str, pem: str) -> Path:
    """Write the file, in one step, with the folder's owner where we may set it. Returns its path."""
    target = folder.expanduser() / name
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{name}.", suffix=".pulumi-jpd.tmp", dir=target.parent)
        try:
            _fill(descriptor, target.parent, pem)
            Path(temporary).replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise UserError(
            f"write {target}: {error.strerror}.",
            hint="Name the folder etc/access/keys/trusted of the JPD, and run as its owner or as root.",
        ) from error
    return target


def take_away(folder: Path, name: str) -> bool:
    """Remove the file if Access has not taken it up. False: there was none."""
    target = folder.expanduser() / name
    try:
        target.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UserError(f"remove {target}: {error.strerror}.", hint="Run as the file's owner or as root.") from error
    return True


def _fill(descriptor: int, folder: Path, pem: str) -> None:
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(pem)
        file.flush()
        os.fchmod(descriptor, _READABLE)
        owner = folder.stat()
        with contextlib.suppress(PermissionError):  # only root gives files away; the mode lets Access read it anyway
            os.fchown(descriptor, owner.st_uid, owner.st_gid)
        os.fsync(descriptor)
