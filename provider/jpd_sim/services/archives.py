"""Archives that are unpacked where they are deployed (9.1, `X-Explode-Archive`)."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Iterator

from jpd_sim.services.replies import ProductError
from jpd_sim.state.errors import Refused
from jpd_sim.state.items import check_path

MAX_UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_ENTRIES = 100_000
"""Our choices: contents are held in memory, and an archive of a few kilobytes can claim to hold terabytes."""


def files_in(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """Path and content of every file in a zip or tar archive; 400 when it is none, or leads out of its folder.

    Links and devices are left out: there is nothing in a repository that they could be.
    """
    try:
        entries = list(_limited(_zip(content) if _is_zip(content) else _tar(content)))
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise ProductError(400, f"'{name}' is not an archive that can be unpacked: {error}") from error
    except Refused as error:
        raise ProductError(400, f"'{name}' holds a file that cannot be deployed: {error.message}") from error
    return entries


def _is_zip(content: bytes) -> bool:
    return content.startswith(b"PK")


def _zip(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if not entry.is_dir():
                yield (
                    entry.filename,
                    entry.file_size,
                    b"" if entry.file_size > MAX_UNPACKED_BYTES else archive.read(entry),
                )


def _tar(content: bytes) -> Iterator[tuple[str, int, bytes]]:
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        for entry in archive:
            if entry.isfile():
                source = None if entry.size > MAX_UNPACKED_BYTES else archive.extractfile(entry)
                yield entry.name, entry.size, b"" if source is None else source.read()


def _limited(entries: Iterator[tuple[str, int, bytes]]) -> Iterator[tuple[str, bytes]]:
    size = 0
    for count, (path, announced, content) in enumerate(entries, 1):
        size += announced
        if size > MAX_UNPACKED_BYTES or count > MAX_ENTRIES:
            raise ProductError(413, "The archive is too large to be unpacked")
        yield check_path(path.removeprefix("./")), content
