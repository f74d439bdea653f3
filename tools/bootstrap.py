"""Make or repair the virtual environment `.venv` from requirements.lock, with the Python that runs this file.

The environment is ready when its stamp file names the state that it was made from: the lock, pyproject.toml and the
Python. The stamp is taken away before the first change and written after the last, so an interrupted installation is
repaired by the next run. Nothing but the standard library is there yet when this runs.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

import children

ROOT = Path(__file__).resolve().parent.parent
INPUTS = ("requirements.lock", "pyproject.toml")
STAMP = ".ready"
QUIET = ("--quiet", "--disable-pip-version-check", "--no-input")


class Failed(Exception):
    """The environment could not be made; the text says at which step and what the program answered."""


def main(arguments: list[str]) -> int:
    """Makes `.venv` ready and reports it in one line; `arguments` may hold a label for that line, such as `1/8`."""
    label = f"{arguments[0]} " if arguments else ""
    begin = time.monotonic()
    children.interrupt_on_signals()
    try:
        made = ensure(ROOT)
    except Failed as fault:
        children.say(str(fault))
        return 1
    except KeyboardInterrupt:
        children.say("Interrupted. The next run repairs .venv.")
        return 130
    if made or label:
        version = ".".join(map(str, sys.version_info[:3]))
        how = "installed from requirements.lock" if made else "is up to date"
        children.say(f"{label}.venv {how} (Python {version}, {children.elapsed(time.monotonic() - begin)})")
    return 0


def ensure(root: Path) -> bool:
    """Brings `root`/.venv up to date; False when it already was."""
    venv = root / ".venv"
    stamp = venv / STAMP
    wanted = fingerprint(root)
    if stamp.is_file() and stamp.read_text() == wanted and (venv / "bin" / "python").exists():
        return False
    stamp.unlink(missing_ok=True)
    log = root / ".venv-install.log"
    log.unlink(missing_ok=True)
    _create(venv, log)
    _install(root, venv, log)
    stamp.write_text(wanted)
    log.unlink(missing_ok=True)
    return True


def fingerprint(root: Path) -> str:
    """What the environment depends on, as one short text: a changed lock, project file or Python changes it."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((root / name).read_bytes())
    return f"{sys.version_info.major}.{sys.version_info.minor} {digest.hexdigest()}\n"


def _create(venv: Path, log: Path) -> None:
    """Creates the environment, or repairs it in place: a running program keeps what it has imported from it."""
    argv = [sys.executable, "-m", "venv", str(venv)]
    if _other_python(venv):
        argv.insert(3, "--clear")
    hint = "Debian and Ubuntu keep the venv module in a package of its own: apt install python3-venv."
    _step(argv, "creating .venv", log, hint)


def _other_python(venv: Path) -> bool:
    """Whether `venv` belongs to another Python version, or its interpreter no longer runs."""
    python = venv / "bin" / "python"
    if not python.exists():
        return venv.exists()
    ask = [str(python), "-c", "import sys; print(*sys.version_info[:2])"]
    answer = subprocess.run(ask, capture_output=True, text=True, check=False)
    return answer.stdout.split() != [str(part) for part in sys.version_info[:2]]


def _install(root: Path, venv: Path, log: Path) -> None:
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", *QUIET]
    lock = root / "requirements.lock"
    hint = "pip follows your own settings (pip.conf, PIP_INDEX_URL, proxies); the lock holds versions and hashes only."
    _step([*pip, "--require-hashes", "-r", str(lock)], "installing the locked packages", log, hint)
    _step([*pip, "--no-deps", "--no-build-isolation", "-e", str(root)], "installing pulumi-jpd itself", log, hint)


def _step(argv: list[str], what: str, log: Path, hint: str) -> None:
    # An environment that is active in the caller's shell must not decide where pip installs.
    env = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}}
    if children.run(argv, what=what, log=log, env=env) != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-25:])
        raise Failed(f"{what}: failed. The end of {log.name}:\n{tail}\n{hint}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
