"""The two ways to make a CLI in an empty folder: the official release, and a build from the published Go modules.

Both leave `bin/pulumi` and `bin/pulumi-language-python` with its two scripts, which is all that a Python program needs.
"""

from __future__ import annotations

import os
import shutil
import sys
import urllib.error
import urllib.request
from pathlib import Path

import children

from . import golang, requirement

TOOLS = Path(__file__).resolve().parent.parent
INSTALL_SCRIPT = "https://get.pulumi.com/install.sh"  # the address that the SDK's installer begins with
REACH_SECONDS = 15
"""Ours: a server that has not answered by then is not going to deliver 100 MB."""
DOWNLOAD_SECONDS = 900
BUILD_SECONDS = 3600
SDK_MODULE = "github.com/pulumi/pulumi/sdk/v3"
SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
BINARIES = (
    ("pulumi-language-python", "pulumi-language-python", "the Python language host (about 1 minute on two cores)"),
    ("pulumi-cli", "pulumi", "the Pulumi engine (about 6 minutes on two cores)"),
)
"""Module folder in tools/, name of the result, what the user reads. The quick one first: what fails, fails early."""


class NotMade(Exception):
    """This way did not lead to a CLI; the text says why."""


def download(folder: Path, log: Path) -> None:
    """Fetches the official release with the SDK's installer."""
    # Asked first and with a short limit, because the installer itself would wait for as long as the network likes.
    try:
        with urllib.request.urlopen(INSTALL_SCRIPT, timeout=REACH_SECONDS):
            pass
    except (OSError, urllib.error.URLError) as fault:
        reason = getattr(fault, "reason", fault)
        raise NotMade(f"get.pulumi.com was not reached: {reason}") from fault
    installer = Path(__file__).with_name("official_install.py")
    argv: list[str | Path] = [sys.executable, installer, folder, str(requirement.PINNED)]
    what = f"downloading Pulumi {requirement.PINNED} (about 100 MB)"
    try:
        code = children.run(argv, what=what, log=log, env=_plain(), limit_seconds=DOWNLOAD_SECONDS)
    except children.Expired as late:
        raise NotMade(str(late)) from late
    if code != 0:
        raise NotMade(last_line(log))


def build(folder: Path, log: Path) -> None:
    """Builds the engine and the Python language host from their Go modules; see tools/*/go.mod for the versions."""
    try:
        with golang.toolchain(folder.parent, log) as go:
            (folder / "bin").mkdir()
            for module, name, what in BINARIES:
                _download_modules(go, TOOLS / module, log)
                _compile(go, TOOLS / module, folder / "bin" / name, what, log)
            _copy_scripts(go, folder / "bin", log)
    except (golang.NoGo, children.Expired) as fault:
        raise NotMade(str(fault)) from fault


def last_line(log: Path) -> str:
    """The last line that a program wrote, which is where they say what went wrong."""
    lines = log.read_text(errors="replace").strip().splitlines() or ["no output"]
    return lines[-1]


def _download_modules(go: golang.Toolchain, module: Path, log: Path) -> None:
    argv: list[str | Path] = [
        go.command,
        "list",
        "-deps",
        "-f",
        "{{.ImportPath}}",
        "tool",
    ]  # only what the build needs, not every module
    what = f"downloading the Go modules of {module.name}"
    if children.run(argv, what=what, log=log, cwd=module, env=go.env, limit_seconds=BUILD_SECONDS) != 0:
        raise NotMade(f"{what} failed: {last_line(log)}")


def _compile(go: golang.Toolchain, module: Path, result: Path, what: str, log: Path) -> None:
    # Without the -X the CLI has no version and the Automation API refuses it.
    flags = f"-s -w -X {SDK_MODULE}/go/common/version.Version=v{requirement.PINNED}"
    argv: list[str | Path] = [
        go.command,
        "build",
        "-tags",
        "osusergo,grpcnotrace",
        "-trimpath",
        "-ldflags",
        flags,
        "-o",
        result,
        "tool",
    ]
    if children.run(argv, what=f"building {what}", log=log, cwd=module, env=go.env, limit_seconds=BUILD_SECONDS) != 0:
        raise NotMade(f"building {result.name} failed: {last_line(log)}")


def _copy_scripts(go: golang.Toolchain, target: Path, log: Path) -> None:
    """Takes the language host's two scripts out of the module, where they are neither executable nor writable."""
    found = log.with_suffix(".module")
    argv: list[str | Path] = [go.command, "list", "-m", "-f", "{{.Dir}}", SDK_MODULE]
    if children.run(argv, what="finding the SDK module", log=found, cwd=TOOLS / "pulumi-cli", env=go.env) != 0:
        raise NotMade(f"finding {SDK_MODULE} failed: {last_line(found)}")
    source = Path(last_line(found))
    for script in SCRIPTS:
        copy = target / Path(script).name
        shutil.copyfile(source / script, copy)
        copy.chmod(0o755)


def _plain() -> dict[str, str]:
    """The environment without the user's Pulumi settings: a home of theirs must not be written to."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")}
