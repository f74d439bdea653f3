"""Version rules of the product (contract: trust 1.4, 1.5, 2.1 and 7.2)."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

__all__ = ["FEDERATION", "PAIRING", "SAME_VERSIONS", "advisory", "at_least", "loses_joined_jpds"]

PAIRING = "7.29.7"
"""The first version with pairing tokens."""

FEDERATION = "7.18.3"
"""The first version with federated repositories."""

SAME_VERSIONS = "7.49.6"
"""Before this version, all members of a federation need the same one."""

_ADVISORY = "CVE-2026-82329"
_AFFECTED = (
    ("0", "7.111.21"),
    ("7.117.0", "7.117.28"),
    ("7.125.0", "7.125.20"),
    ("7.133.0", "7.133.29"),
    ("7.146.0", "7.146.38"),
    ("7.161.0", "7.161.20"),
)
# From (included), below (excluded). For the lowest branch the record says "every earlier version" and a third party
# says "from 7.111.4": we warn by the wider range (trust 9, item 13).

_JOIN_KEY_DEFECT = ("7.59.9", "7.63.7")
# Both included: a JPD that was registered with a join key goes offline after a while (trust 1.5).


def at_least(version: str, wanted: str) -> bool:
    """Whether a version is `wanted` or later. One that cannot be read counts as later: it is no reason to stop."""
    parsed = _parsed(version)
    return parsed is None or parsed >= Version(wanted)


def advisory(version: str) -> str | None:
    """The advisory that a version is affected by, and the version that repairs it."""
    parsed = _parsed(version)
    for first, repaired in _AFFECTED if parsed else ():
        if parsed and Version(first) <= parsed < Version(repaired):
            return f"{_ADVISORY}, repaired in {repaired}"
    return None


def loses_joined_jpds(version: str) -> bool:
    """Whether Mission Control of this version drops JPDs that were registered with a join key."""
    parsed = _parsed(version)
    return parsed is not None and Version(_JOIN_KEY_DEFECT[0]) <= parsed <= Version(_JOIN_KEY_DEFECT[1])


def _parsed(version: str) -> Version | None:
    """Our own reading: `7.104.2_hotfix1` and the like carry more than three numbers."""
    try:
        return Version(version.partition("_")[0])
    except InvalidVersion:
        return None
