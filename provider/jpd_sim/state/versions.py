"""Which product versions may be members of one federation (contract 7.1)."""

from __future__ import annotations

MIXED_SINCE = (7, 49, 6)
"""From here on members of different versions may federate; before, all had to be the same."""


def number(version: str) -> tuple[int, ...]:
    """The version in a form that compares: `7.49.6` before `7.104.2`."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def may_federate(one: str, other: str) -> bool:
    """Whether JPDs of these versions may federate with each other."""
    return one == other or min(number(one), number(other)) >= MIXED_SINCE
