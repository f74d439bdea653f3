"""`file`: a system.yaml on the machine where the provider runs.

How a write happens, in this order: lock the folder, compare the content, write a temporary file beside the real one
(mode 600 until its owner is set), fsync, keep the old content as `system.yaml.pulumi-jpd.bak`, rename, fsync the
folder. Whoever reads at any moment sees the old or the new content.

Rule 1: a symbolic link is followed once, to the file that it leads to; the link itself stays.
Rule 2: temporary files are ours alone while the folder is locked, so what a killed run left is removed by the next.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from jpd_provider.errors import JpdError, UserError
from jpd_provider.systemyaml.document import SIZE_LIMIT, RefusedFile, decode

from .contract import ChangedMeanwhile, FileMissing, Snapshot, fingerprint

__all__ = ["FileChannel"]

_TEMPORARY = ".pulumi-jpd.tmp"
_BACKUP = ".pulumi-jpd.bak"


class FileChannel:
    """One file of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def address(self) -> str:
        """The path, as a URL."""
        return f"file://{self._path}"

    def describe(self) -> str:
        """The path, for people."""
        return f"file {self._path}"

    def read(self) -> Snapshot:
        """The file's content now."""
        try:
            with self._target().open("rb") as file:
                content = file.read(SIZE_LIMIT + 1)
        except OSError as error:
            raise self._failed("read", error) from error
        return Snapshot(self._decoded(content), fingerprint(content))

    def write(self, text: str, *, expecting: str) -> Snapshot:
        """Replace the file's content in one step."""
        content = text.encode()
        try:
            target = self._target()
            with _locked(target.parent) as folder:
                self._compare(target, expecting)
                self._replace(target, content)
                os.fsync(folder)
        except OSError as error:
            raise self._failed("write", error) from error
        return Snapshot(text, fingerprint(content))

    def _target(self) -> Path:
        """The file itself, behind links (rule 1)."""
        target = self._path.expanduser().resolve(strict=True)
        if not target.is_file():
            raise UserError(f"{self.describe()} is no regular file.", hint="Name the system.yaml itself.")
        return target

    def _compare(self, target: Path, expecting: str) -> None:
        status = target.stat()
        if not status.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise UserError(
                f"{self.describe()} is read-only (mode {stat.S_IMODE(status.st_mode):04o}); it was not changed.",
                hint="Somebody meant it: make it writable for its owner first.",
            )
        if fingerprint(target.read_bytes()) != expecting:
            raise ChangedMeanwhile(self.describe())

    def _replace(self, target: Path, content: bytes) -> None:
        temporary = target.with_name(f".{target.name}{_TEMPORARY}")
        temporary.unlink(missing_ok=True)  # rule 2
        try:
            _write_like(target, temporary, content)
            _keep(target)
            temporary.replace(target)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def _decoded(self, content: bytes) -> str:
        try:
            return decode(content)
        except RefusedFile as error:
            raise RefusedFile(f"{self.describe()}: {error.reason}") from None

    def _failed(self, doing: str, error: OSError) -> JpdError:
        if isinstance(error, FileNotFoundError):
            return FileMissing(self.describe())
        unchanged = "" if doing == "read" else " The old content is in place."
        hints = {
            errno.EACCES: "Run as the file's owner or as root.",
            errno.EPERM: "Only the file's owner or root can keep its owner; run as one of them.",
            errno.EROFS: "The file system is mounted read-only.",
            errno.ENOSPC: "Make room on the file system.",
            errno.EDQUOT: "Make room in the quota.",
            errno.EBUSY: "A file that is mounted by itself cannot be replaced; mount its folder.",
        }
        return UserError(
            f"{doing} {self.describe()}: {error.strerror}.{unchanged}", hint=hints.get(error.errno or 0, "")
        )


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """The folder's descriptor, while no other run of this provider writes in it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _write_like(model: Path, new: Path, content: bytes) -> None:
    """A file with this content, and with owner, mode and attributes of the model; on disk when this returns."""
    status = model.stat()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        remaining = memoryview(content)
        while remaining:
            remaining = remaining[os.write(descriptor, remaining) :]
        ours = os.fstat(descriptor)
        if (status.st_uid, status.st_gid) != (ours.st_uid, ours.st_gid):
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
        _copy_attributes(model, descriptor)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_attributes(model: Path, descriptor: int) -> None:
    """Access control lists and labels, on systems that keep them as extended attributes."""
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):  # a file system without them has nothing to copy
        for name in os.listxattr(model):
            os.setxattr(descriptor, name, os.getxattr(model, name))


def _keep(target: Path) -> None:
    """The old content under another name: a second name for the same file, so owner and mode are the same too."""
    backup = target.with_name(f"{target.name}{_BACKUP}")
    temporary = target.with_name(f".{target.name}{_TEMPORARY}.bak")
    temporary.unlink(missing_ok=True)
    try:
        os.link(target, temporary)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EOPNOTSUPP):
            raise
        _write_like(target, temporary, target.read_bytes())  # a file system without hard links
    temporary.replace(backup)
    # After a run that was killed right here both names belong to one file, and renaming one to the other does nothing.
    temporary.unlink(missing_ok=True)
