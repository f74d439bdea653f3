"""Where the commands find the stack's configuration: the Pulumi CLI, or a file.

A stack is asked for through `pulumi config --json --show-secrets`, so that secrets are decrypted by whoever encrypted
them and travel through a pipe: never through arguments, a file or a log.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from jpd_provider import redaction
from jpd_provider.errors import SettingsError
from jpd_provider.settings import Settings

__all__ = ["of_file", "of_stack", "options", "settings"]

TIMEOUT_SECONDS = 60
"""How long the Pulumi CLI may take. Our choice: a secrets service in the cloud answers within seconds."""


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options `--stack`, `--cwd` and `--config`; see `settings`."""
    for decorate in (
        click.option("--stack", metavar="NAME", help="Stack whose configuration is used; default: the selected one."),
        click.option(
            "--cwd",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            default=".",
            help="Folder of the Pulumi project; default: this one.",
        ),
        click.option(
            "--config",
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            help="Read jpd:deployments from this YAML or JSON file instead of a stack.",
        ),
    ):
        command = decorate(command)
    return command


def settings(stack: str | None, cwd: Path, config: Path | None) -> Settings:
    """The deployments that the options lead to.

    Raises:
        SettingsError: There is no such stack or file, or what it holds is wrong.
    """
    return Settings.load((of_file(config) if config is not None else of_stack(stack, cwd)).get)


def of_stack(stack: str | None, cwd: Path) -> dict[str, str]:
    """A stack's configuration as text by key, secrets in the clear."""
    cli = shutil.which("pulumi")
    if cli is None:
        raise SettingsError(
            "Reading a stack's configuration needs the Pulumi CLI, and there is no `pulumi` on PATH.",
            hint="Install it, or give the deployments in a file with --config.",
        )
    command = [cli, "config", "--json", "--show-secrets", "--non-interactive", *(["--stack", stack] if stack else [])]
    try:
        done = subprocess.run(  # noqa: S603 - the user's own CLI, without a shell
            command, cwd=cwd, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise SettingsError(f"`pulumi config` did not answer within {TIMEOUT_SECONDS} seconds.") from error
    if done.returncode != 0:
        reason = redaction.redact(done.stderr.strip()) or f"exit code {done.returncode}"
        raise SettingsError(f"`pulumi config` failed: {reason}.", hint="Name a stack with --stack, or use --config.")
    values: dict[str, dict[str, Any]] = json.loads(done.stdout or "{}")
    return {key: entry["value"] for key, entry in values.items() if "value" in entry}


def of_file(path: Path) -> dict[str, str]:
    """The same from a file: a map of keys, or a Pulumi.<stack>.yaml whose `config` has no encrypted values."""
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise SettingsError(f"'{path}' cannot be read as YAML or JSON.") from error
    config = content.get("config", content) if isinstance(content, dict) else None
    if not isinstance(config, dict):
        raise SettingsError(f"'{path}' is not a map with jpd:deployments.")
    if _encrypted(config.get("jpd:deployments")):
        raise SettingsError(
            f"'{path}' holds encrypted values.", hint="Use --stack, so that the Pulumi CLI decrypts them."
        )
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def _encrypted(value: object) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(_encrypted(item) for item in value.values())
    return False
