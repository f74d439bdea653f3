"""What the channels to a file promise beyond the others, for a file here and for one behind a real sshd."""

from pathlib import Path

import pytest

from jpd_provider.errors import JpdError

from .places import Place


def test_a_file_and_a_machine_keep_owner_mode_and_a_backup(disk: Place) -> None:
    assert disk.path is not None
    disk.put(b"a: 1\n")
    disk.path.chmod(0o604)
    found = disk.channel.read()

    disk.channel.write("a: 2\n", expecting=found.fingerprint)

    status = disk.path.stat()
    assert status.st_mode & 0o777 == 0o604
    backup = disk.path.with_name("system.yaml.pulumi-jpd.bak")
    assert backup.read_bytes() == b"a: 1\n"
    assert backup.stat().st_mode & 0o777 == 0o604
    assert sorted(p.name for p in disk.path.parent.iterdir()) == ["system.yaml", "system.yaml.pulumi-jpd.bak"]


def test_a_symbolic_link_stays_one_and_its_target_is_changed(disk: Place) -> None:
    assert disk.path is not None
    real = disk.path.with_name("real") / "system.yaml"
    real.parent.mkdir()
    real.write_bytes(b"a: 1\n")
    disk.remove()
    disk.path.symlink_to(Path("real") / "system.yaml")
    found = disk.channel.read()

    disk.channel.write("a: 2\n", expecting=found.fingerprint)

    assert disk.path.is_symlink()
    assert real.read_bytes() == b"a: 2\n"


def test_a_read_only_file_is_refused(disk: Place) -> None:
    assert disk.path is not None
    disk.put(b"a: 1\n")
    disk.path.chmod(0o444)
    found = disk.channel.read()

    with pytest.raises(JpdError, match="is read-only"):
        disk.channel.write("a: 2\n", expecting=found.fingerprint)

    assert disk.get() == b"a: 1\n"


def test_a_folder_is_no_file(disk: Place) -> None:
    assert disk.path is not None
    disk.remove()
    disk.path.mkdir()

    with pytest.raises(JpdError, match="regular file"):
        disk.channel.read()


def test_a_second_write_after_one_that_stopped_before_its_last_step_succeeds(disk: Place) -> None:
    assert disk.path is not None
    disk.put(b"a: 1\n")
    disk.path.with_name("system.yaml.pulumi-jpd.bak").hardlink_to(disk.path)
    found = disk.channel.read()

    disk.channel.write("a: 2\n", expecting=found.fingerprint)

    assert disk.get() == b"a: 2\n"
    assert sorted(p.name for p in disk.path.parent.iterdir()) == ["system.yaml", "system.yaml.pulumi-jpd.bak"]
