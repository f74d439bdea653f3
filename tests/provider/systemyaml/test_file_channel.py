"""The `file` channel when something goes wrong: a full disk, a kill at any moment, several writers."""

import errno
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jpd_provider.errors import JpdError
from jpd_provider.systemyaml.channels.contract import fingerprint
from jpd_provider.systemyaml.channels.file import FileChannel
from jpd_provider.systemyaml.editing import edit

OLD, NEW = "a: old\n", "a: new and longer\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "etc" / "system.yaml"
    file.parent.mkdir()
    file.write_text(OLD)
    return file


def fingerprint_of(path: Path) -> str:
    return fingerprint(path.read_bytes())


KILLED_AT = """
import os, signal, sys
from pathlib import Path
from jpd_provider.systemyaml.channels.contract import fingerprint
from jpd_provider.systemyaml.channels.file import FileChannel

path, new, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
channel, expecting, count = FileChannel(path), fingerprint(path.read_bytes()), 0

def kill(frame, event, function):
    global count
    if event == "c_call" and getattr(function, "__module__", "") in ("posix", "fcntl"):
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

sys.setprofile(kill)
channel.write(new, expecting=expecting)
sys.setprofile(None)
print(count)
"""
"""Kills itself right before its n-th system call of the write; 0 never comes, so the calls are counted and printed."""


def killed_at(path: Path, number: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", KILLED_AT, str(path), NEW, str(number)], capture_output=True, text=True, check=False
    )


def test_a_writer_killed_before_any_system_call_leaves_the_old_or_the_new_content(path: Path) -> None:
    calls = int(killed_at(path, 0).stdout)
    seen = set()

    for number in range(1, calls + 1):
        path.write_text(OLD)
        assert killed_at(path, number).returncode == -9
        seen.add(path.read_text())
        again = FileChannel(path)
        again.write(NEW, expecting=fingerprint_of(path))
        assert path.read_text() == NEW
        assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []

    assert seen == {OLD, NEW}
    assert calls > 10


@pytest.mark.parametrize("call", ["write", "fsync", "link", "fchmod", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_system_call_that_fails_leaves_the_old_file_and_no_other(
    path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    real = getattr(os, call)

    def failing(target: object, *args: object, **kwargs: object) -> object:
        if call == "open" and str(target) == str(path.parent):
            return real(target, *args, **kwargs)
        raise OSError(number, os.strerror(number))

    channel, expecting = FileChannel(path), fingerprint_of(path)
    monkeypatch.setattr(os, call, failing)
    with pytest.raises(JpdError, match=f"write file .*: {os.strerror(number)}. The old content is in place"):
        channel.write(NEW, expecting=expecting)
    monkeypatch.undo()

    assert path.read_text() == OLD
    assert [p.name for p in path.parent.iterdir()] == ["system.yaml"]


def test_a_write_in_pieces_is_put_together(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, bytes(content[:3])))

    FileChannel(path).write(NEW, expecting=fingerprint_of(path))

    assert path.read_text() == NEW


def test_a_file_system_without_hard_links_gets_a_copy_as_backup(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    path.chmod(0o640)

    FileChannel(path).write(NEW, expecting=fingerprint_of(path))

    backup = path.with_name("system.yaml.pulumi-jpd.bak")
    assert (backup.read_text(), backup.stat().st_mode & 0o777) == (OLD, 0o640)


def test_the_temporary_file_is_nobody_elses_to_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    modes = []
    real = os.write

    def watched(descriptor: int, content: bytes) -> int:
        modes.append(os.fstat(descriptor).st_mode & 0o777)
        return real(descriptor, content)

    path.chmod(0o644)
    monkeypatch.setattr(os, "write", watched)
    FileChannel(path).write(NEW, expecting=fingerprint_of(path))

    assert modes == [0o600]


def test_two_resources_that_change_one_file_at_once_both_succeed(path: Path) -> None:
    def change(number: int) -> None:
        edit(FileChannel(path), lambda _: {(f"key{number}",): "set"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(change, range(24)))

    assert sorted(path.read_text().splitlines()) == sorted(["a: old", *(f'key{n}: "set"' for n in range(24))])


def test_the_content_is_on_disk_before_the_file_gets_its_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda descriptor: (order.append("fsync"), fsync(descriptor))[1])
    monkeypatch.setattr(os, "replace", lambda *args, **more: (order.append("rename"), replace(*args, **more))[1])

    FileChannel(path).write(NEW, expecting=fingerprint_of(path))

    assert order == ["fsync", "rename", "rename", "fsync"]
