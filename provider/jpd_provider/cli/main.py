"""`jpd`: the group of commands. Subcommands are found as entry points, so an extra brings its own."""

from __future__ import annotations

import importlib.metadata
import sys
from typing import NoReturn

import click

from jpd_provider import __version__, redaction
from jpd_provider.errors import JpdError, MissingExtra

__all__ = ["main"]

GROUP = "jpd.commands"


class _Commands(click.Group):
    """Loads a command when it is used, so that one that lacks its extra does not break the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """The names of all commands."""
        return sorted(entry.name for entry in importlib.metadata.entry_points(group=GROUP))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """The command of that name, or one that says which extra it lacks."""
        for entry in importlib.metadata.entry_points(group=GROUP, name=cmd_name):
            try:
                command: click.Command = entry.load()
            except ModuleNotFoundError as error:
                # An extra that exists for a command has the command's name.
                return _lacking(cmd_name, MissingExtra(f"`jpd {cmd_name}` (module {error.name})", cmd_name))
            return command
        return None


def _lacking(name: str, missing: MissingExtra) -> click.Command:
    """Stands in for a command that cannot be loaded, so that the help can still list it."""

    def refuse() -> NoReturn:
        raise missing

    takes_anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return click.Command(
        name, callback=refuse, short_help=f"(needs pulumi-jpd[{missing.extra}])", context_settings=takes_anything
    )


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jpd")
def jpd() -> None:
    """Work with JFrog Platform Deployments from the command line."""


def main() -> None:
    """Run the command; a user's mistake ends in one message and exit code 1."""
    try:
        jpd()
    except JpdError as error:
        click.echo(f"jpd: {redaction.redact(str(error))}", err=True)
        sys.exit(1)
