"""`jpd import`: take live objects into a stack."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

import click

from jpd_provider import importing, redaction
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import UserError

from . import configuration

__all__ = ["import_"]

_EXAMPLES = """\b
Examples:
  jpd import --stack prod FederatedRepository:eu/docker-local
  jpd import --stack prod --with-members docker=FederatedRepository:eu/docker-local
  jpd import --stack prod 'BindingToken:eu~us/federated-repo/*' FederationMember:eu/libs/us/libs
  jpd import --stack prod --from objects.txt --output import.json
"""


@click.command("import", epilog=_EXAMPLES)
@click.argument("objects", nargs=-1, metavar="[NAME=]KIND:ID...")
@click.option(
    "--from",
    "listing",
    type=click.File(encoding="utf-8"),
    help="Read further objects from this file, one a line; - is standard input, # begins a comment.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="import.json",
    show_default=True,
    help="The file to write. It may hold secrets, so only its owner can read it.",
)
@click.option("--with-members", is_flag=True, help="Let each FederatedRepository own its member list, as it is now.")
@configuration.options
def import_(
    *,
    objects: tuple[str, ...],
    listing: TextIO | None,
    output: Path,
    with_members: bool,
    stack: str | None,
    cwd: Path,
    config: Path | None,
) -> None:
    """Write the file with which `pulumi import` takes live objects into a stack.

    Objects are named by their ids; nothing is changed on any JPD. The declarations that belong into the program are
    printed.
    """
    wanted = [importing.parse(text) for text in (*objects, *_lines(listing))]
    if not wanted:
        raise UserError(
            "There is nothing to import.", hint="For example: jpd import FederatedRepository:eu/docker-local"
        )
    jpds = Jpds(configuration.settings(stack, cwd, config))
    try:
        found = [importing.find(jpds, it, with_members=with_members) for it in wanted]
    finally:
        jpds.close()
    _write(output, json.dumps(importing.document(found), indent=2) + "\n")
    _report(found, output, stack)


def _lines(listing: TextIO | None) -> Iterable[str]:
    lines = (line.partition("#")[0].strip() for line in listing or ())
    return [line for line in lines if line]


def _write(output: Path, text: str) -> None:
    """Written for its owner alone, also where a file of that name was open to others."""
    try:
        with open(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - a Path cannot open with a mode
            os.fchmod(file.fileno(), 0o600)
            file.write(text)
    except OSError as error:
        raise UserError(f"write '{output}': {error.strerror}.") from error


def _report(found: Iterable[importing.Found], output: Path, stack: str | None) -> None:
    click.echo("Declare this in the program:\n")
    for it in found:
        click.echo(redaction.redact(importing.declaration(it)) + "\n")
        for drift in it.drift:
            click.echo(redaction.redact(f"{it.wanted.name}: not in order: {drift}"), file=sys.stderr)
    chosen = f" --stack {stack}" if stack else ""
    click.echo(f"Then run:\n\n  pulumi import{chosen} --file {output} --generate-code=false --protect=false --yes")
    click.echo(f"  pulumi preview{chosen} --refresh --expect-no-changes")
