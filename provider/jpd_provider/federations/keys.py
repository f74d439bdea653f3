"""JFrog's rules for repository keys and package types, as far as they can be told without a JPD.

Source: contract/federation 1.4 and 1.6.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from .package_types import PACKAGE_TYPES

__all__ = ["refusals_of_key", "refusals_of_package_type"]

_LONGEST = 64
_LOWER_CASE = frozenset({"docker", "oci", "helmoci"})


def refusals_of_key(key: str, package_type: object) -> Iterator[str]:
    """Why JFrog would refuse a repository key; nothing when it would not."""
    refused = re.search(r"[\s!@#$%^&*()+={}\[\]:;<>,/?~`|\\]", key)
    if not 1 <= len(key) <= _LONGEST:
        yield f"JFrog refuses a key of {len(key)} characters; it takes 1 to {_LONGEST}"
    elif refused:
        yield f"JFrog refuses '{key}': a key has no {refused.group()!r}"
    elif key[0].isdigit():
        yield f"JFrog refuses '{key}': a key does not start with a digit"
    elif package_type in _LOWER_CASE and key != key.lower():
        yield f"JFrog refuses '{key}': a key of package type {package_type} is in lower case"
    elif package_type == "releasebundles" and not key.endswith("release-bundles-v2"):
        yield f"JFrog refuses '{key}': a key of package type releasebundles ends in release-bundles-v2"


def refusals_of_package_type(package_type: str) -> Iterator[str]:
    """Why a package type cannot be federated; nothing when it can."""
    if package_type not in PACKAGE_TYPES:
        near = difflib.get_close_matches(package_type, PACKAGE_TYPES, n=1)
        advice = f"did you mean {near[0]}?" if near else f"JFrog federates {', '.join(PACKAGE_TYPES)}"
        yield f"'{package_type}' cannot be federated; {advice}"
