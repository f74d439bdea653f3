"""The `ssh` channel against a real sshd: who is trusted, who is let in, and what others on the machine can see."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jpd_provider.errors import JpdError, Unreachable, UserError

from .places import channel
from .sshd import Sshd

SECRET = "hunter2-hunter2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "system.yaml"
    file.write_text(f"password: {SECRET}\n")
    return file


def ssh(server: Sshd, path: Path, **more: Any) -> Any:
    target = {name: value for name, value in (server.target | {"path": str(path)} | more).items() if value is not None}
    return channel({"ssh": target, "name": "eu-1"})


def test_an_unknown_host_key_is_refused_before_anything_is_sent(server: Sshd, path: Path, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.write_text("")

    with pytest.raises(UserError, match=r"its host key is not the one that is trusted.*known_hosts"):
        ssh(server, path, known_hosts=str(empty)).read()


def test_another_host_key_than_the_known_one_is_refused(server: Sshd, path: Path) -> None:
    other = (server.folder / "other_key.pub").read_text()

    with pytest.raises(UserError, match="its host key is not the one that is trusted"):
        ssh(server, path, known_hosts=None, host_key=other).read()


def test_a_host_key_in_the_program_is_enough(server: Sshd, path: Path) -> None:
    found = ssh(server, path, known_hosts=None, host_key=server.host_key).read()

    assert found.text == path.read_text()


def test_a_missing_known_hosts_file_never_means_to_trust_everybody(server: Sshd, path: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="known_hosts: there is no file"):
        ssh(server, path, known_hosts=str(tmp_path / "nothing")).read()


def test_a_host_key_that_is_none_is_refused(server: Sshd, path: Path) -> None:
    with pytest.raises(UserError, match=r"host_key of 127\.0\.0\.1 is no public key"):
        ssh(server, path, known_hosts=None, host_key="nonsense").read()


def test_a_key_that_the_server_does_not_know_is_refused(server: Sshd, path: Path) -> None:
    with pytest.raises(UserError, match="no key is accepted for user"):
        ssh(server, path, key_file=str(server.folder / "other_key")).read()


def test_a_file_that_is_no_key_is_told(server: Sshd, path: Path) -> None:
    with pytest.raises(UserError, match="the key cannot be read"):
        ssh(server, path, key_file=str(path)).read()


def test_a_key_with_a_passphrase_belongs_into_the_agent(server: Sshd, path: Path, tmp_path: Path) -> None:
    key = tmp_path / "locked_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "a passphrase", "-f", str(key)], check=True)

    with pytest.raises(UserError, match="A key with a passphrase belongs into the SSH agent"):
        ssh(server, path, key_file=str(key)).read()


def test_the_agents_key_is_used_when_no_file_is_named(server: Sshd, path: Path, agent: str) -> None:
    found = ssh(server, path, key_file=None).read()

    assert found.text == path.read_text()


@pytest.fixture
def agent(server: Sshd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An agent of our own that holds the user's key; a home without keys."""
    socket = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    while not Path(socket).exists():
        time.sleep(0.01)
    environment = os.environ | {"SSH_AUTH_SOCK": socket}
    key = str(server.folder / "user_key")
    subprocess.run(["ssh-add", "-q", key], env=environment, check=True, stderr=subprocess.DEVNULL)
    monkeypatch.setenv("SSH_AUTH_SOCK", socket)
    monkeypatch.setenv("HOME", str(tmp_path))
    yield socket
    process.terminate()
    process.wait()


def test_a_jump_host_is_passed_through(server: Sshd, path: Path) -> None:
    target = ssh(server, path, jump=server.target)

    target.write("a: 1\n", expecting=target.read().fingerprint)

    assert path.read_text() == "a: 1\n"


def test_the_key_of_the_jump_host_is_verified_too(server: Sshd, path: Path, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    empty.write_text("")

    with pytest.raises(UserError, match="host key is not the one that is trusted"):
        ssh(server, path, jump=server.target | {"known_hosts": str(empty)}).read()


def test_a_host_that_does_not_answer_is_unreachable(server: Sshd, path: Path) -> None:
    with pytest.raises(Unreachable, match=r"connect to 127\.0\.0\.1:1 by SSH"):
        ssh(server, path, port=1, known_hosts=None, host_key=server.host_key).read()


def test_a_sudo_that_asks_is_told_and_nothing_is_changed(server: Sshd, path: Path) -> None:
    asks = server.folder / "asks"
    target = ssh(server, path, sudo=True)
    found = target.read()
    asks.touch()
    try:
        with pytest.raises(UserError, match=r"sudo refuses: sudo: a password is required.*NOPASSWD"):
            target.write("a: 1\n", expecting=found.fingerprint)
    finally:
        asks.unlink()

    assert SECRET in path.read_text()


def test_arguments_on_the_machine_hold_neither_content_nor_fingerprints(server: Sshd, path: Path) -> None:
    log = server.folder / "sudo.log"
    log.unlink(missing_ok=True)
    target = ssh(server, path, sudo=True)
    found = target.read()

    target.write(f"new: {SECRET}-2\n", expecting=found.fingerprint)

    arguments = log.read_text()
    assert str(path) in arguments
    assert SECRET not in arguments
    assert found.fingerprint not in arguments


def test_content_that_arrives_cut_short_is_not_used(server: Sshd, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jpd_provider.systemyaml.channels import ssh as module

    real = module.run
    monkeypatch.setattr(
        module, "run", lambda hops, command, *, content, **more: real(hops, command, content=content[:-1], **more)
    )
    target = ssh(server, path)
    found = target.read()

    with pytest.raises(JpdError, match=r"arrived cut short\. The old content is in place"):
        target.write("a: 1\n", expecting=found.fingerprint)

    assert SECRET in path.read_text()
    assert [p.name for p in path.parent.iterdir()] == ["system.yaml"]


def test_a_failing_command_is_reported_with_its_last_words(server: Sshd, path: Path) -> None:
    with pytest.raises(UserError, match=r"ended with 3: it is broken\."):
        ssh(server, path).command(["sh", "-c", "echo it is broken >&2; exit 3"], seconds=10)


def test_a_path_with_quotes_and_blanks_is_one_path(server: Sshd, tmp_path: Path) -> None:
    odd = tmp_path / "a 'b' \"c\" $(touch pwned)" / "system.yaml"
    odd.parent.mkdir()
    odd.write_text("a: 1\n")
    target = ssh(server, odd)

    target.write("a: 2\n", expecting=target.read().fingerprint)

    assert odd.read_text() == "a: 2\n"
