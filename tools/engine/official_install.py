"""Runs the SDK's own installer: `python official_install.py FOLDER VERSION`.

A program of its own, since the installer has no time limit and can only be stopped from outside. Its error is one line.
"""

from __future__ import annotations

import subprocess
import sys

from pulumi.automation import PulumiCommand
from semver import VersionInfo


def main(folder: str, version: str) -> int:
    """Installs into `folder`/bin; the last line of the output says what went wrong."""
    try:
        PulumiCommand.install(root=folder, version=VersionInfo.parse(version))
    except subprocess.CalledProcessError as failed:
        lines = (failed.output or b"").decode(errors="replace").strip().splitlines() or ["no output"]
        print(f"the install script ended with code {failed.returncode}: {lines[-1]}")
    except OSError as fault:
        print(f"the release server was not reached: {fault}")
    else:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
