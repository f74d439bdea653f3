"""What a usable Pulumi CLI is, and whether a given one is."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from packaging.version import InvalidVersion, Version

MINIMUM = Version("3.254.0")
"""The first CLI whose import files may carry outputs: the only way in for a resource of a dynamic provider."""
PINNED = Version("3.259.0")
"""What is downloaded or built: the newest whose Go modules the module proxies are known to serve."""
LANGUAGE_HOST = "pulumi-language-python"
ASK_SECONDS = 60
"""Ours: a healthy CLI answers in well under a second; a cold disk under load may need several."""


class Unusable(Exception):
    """This CLI will not do; the text says why, without the path."""


def check(cli: Path) -> Version:
    """The version of `cli`; raises Unusable when it does not run, is too old, or cannot start Python programs."""
    version = version_of(cli)
    if version < MINIMUM:
        raise Unusable(f"version {version} is older than {MINIMUM}")
    beside = any((folder / LANGUAGE_HOST).is_file() for folder in (cli.parent, cli.resolve().parent))
    if not beside and shutil.which(LANGUAGE_HOST) is None:
        raise Unusable(f"{LANGUAGE_HOST} is neither beside it nor on PATH")
    return version


def version_of(cli: Path) -> Version:
    """Asks `cli` for its version, with a home of its own: the user's plugins and login are none of our business."""
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "PULUMI_HOME": home, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        try:
            answer = subprocess.run(
                [str(cli), "version"], capture_output=True, text=True, env=env, timeout=ASK_SECONDS, check=True
            )
        except subprocess.TimeoutExpired as late:
            raise Unusable(f"`version` gave no answer within {ASK_SECONDS} s") from late
        except subprocess.CalledProcessError as failed:
            raise Unusable(f"`version` ended with code {failed.returncode}: {failed.stderr.strip()[-200:]}") from failed
        except OSError as fault:
            raise Unusable(f"it does not run: {fault.strerror}") from fault
    try:
        return Version(answer.stdout.strip())
    except InvalidVersion as odd:
        raise Unusable(f"`version` answered {answer.stdout.strip()[:80]!r}") from odd
