"""FROZEN. `load` is what users' state calls: every stored provider is "call jpd_provider.anchor.load(kind, format)".

The path of this module, the name `load`, its two parameters and the meaning of format 1 never change: a delete runs
years after the create, from state that an old release wrote. If the code behind it moves, this file stays.
"""

from __future__ import annotations

from pulumi.dynamic import ResourceProvider

FORMAT = 1
"""The form of the stored reference: the resource's name and this number, nothing else."""


def load(kind: str, format: int) -> ResourceProvider:  # noqa: A002 - the name is part of what is frozen
    """The provider of a resource, as the code is today.

    Never raises: state that this release does not understand must still be listed and shown, so an unknown kind or
    format yields a provider whose operations say which release understands it.
    """
    from jpd_provider.hosts import dynamic  # noqa: PLC0415 - loading state must stay cheap and free of import cycles

    return dynamic.provider(kind, format)
