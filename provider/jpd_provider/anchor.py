"""FROZEN. `load` is what users' state calls: every stored provider is "call jpd_provider.anchor.load(kind, format)".

The path of this module, the name `load`, its two parameters and the meaning of format 1 never change: a delete runs
years after the create, from state that an old release wrote. If the code behind it moves, this file stays.
"""

from __future__ import annotations

import base64
import pickle

from pulumi.dynamic import ResourceProvider

FORMAT = 1
"""The form of the stored reference: the resource's name and this number, nothing else."""

_PICKLE_PROTOCOL = 4
"""Fixed: Pulumi's own serialisation takes Python's default, which is 4 up to Python 3.13 and 5 from 3.14 on, so that an
upgrade of Python would show as a change of every resource."""


def load(kind: str, format: int) -> ResourceProvider:  # noqa: A002 - the name is part of what is frozen
    """The provider of a resource, as the code is today.

    Never raises: state that this release does not understand must still be listed and shown, so an unknown kind or
    format yields a provider whose operations say which release understands it.
    """
    from jpd_provider.hosts import dynamic  # noqa: PLC0415 - loading state must stay cheap and free of import cycles

    return dynamic.provider(kind, format)


def reference(kind: str) -> str:
    """What stands in state for the provider of a resource: under 128 characters, the same on every Python, for ever."""
    return base64.b64encode(pickle.dumps(load(kind, FORMAT), protocol=_PICKLE_PROTOCOL)).decode()
