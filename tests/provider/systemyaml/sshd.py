"""A real OpenSSH server on a loopback port: an ordinary process with keys of its own, as whoever runs the tests."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOW_TO_GET_IT = "OpenSSH's server is not installed; on Debian: apt-get install openssh-server (no service need run)"


def binary() -> str | None:
    """The path of sshd, which demands to be started by its full path."""
    return shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def missing() -> str | None:
    """What this machine lacks to run a server, and how to get it."""
    if binary() is None:
        return HOW_TO_GET_IT
    if os.geteuid() == 0 and not Path("/run/sshd").is_dir():
        return "as root, sshd needs its separation folder: mkdir /run/sshd"
    return None


@dataclass
class Sshd:
    """A running server and what a client needs to reach it."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def target(self) -> dict[str, Any]:
        """The `ssh` mapping of a node, without a path."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": getpass.getuser(),
            "key_file": str(self.folder / "user_key"),
            "known_hosts": str(self.folder / "known_hosts"),
        }

    @property
    def host_key(self) -> str:
        return (self.folder / "host_key.pub").read_text().strip()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def start(folder: Path, path: list[Path] | None = None) -> Sshd:
    """Start a server. `path` comes before its users' PATH: there a test puts a `sudo` of its own."""
    for name in ("host_key", "user_key", "other_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    port = _free_port()
    host_key = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    (folder / "authorized_keys").write_text((folder / "user_key.pub").read_text())
    search = os.pathsep.join([*map(str, path or []), "/usr/local/bin", "/usr/bin", "/bin"])
    (folder / "sshd_config").write_text(
        f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder / "host_key"}
AuthorizedKeysFile {folder / "authorized_keys"}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
AllowTcpForwarding yes
SetEnv PATH={search}
"""
    )
    log = (folder / "sshd.log").open("wb")
    with log:
        process = subprocess.Popen([binary() or "", "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
    _wait(port, process, folder / "sshd.log")
    return Sshd(folder, port, process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            raise RuntimeError(f"sshd ended: {log.read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("sshd does not listen")
