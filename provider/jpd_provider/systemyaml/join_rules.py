"""What makes a join key or a JPD's URL wrong, and what is known about a join that fails.

Source: contract/trust 1.1 and 7.2 number 2, contract/router-jfconnect 1.1, 2.7 and 11.2. No message holds a key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import urllib.parse

from .subtrees import ENCRYPTED

__all__ = ["SERVICE_TYPES", "fault_hint", "jfrog_url_fault", "join_key_fault", "keyed_fingerprint", "new_salt"]

SERVICE_TYPES = {"artifactory": "jfrt", "distribution": "jfds", "mission_control": "jfmc", "xray": "jfxr"}
"""Product -> how its service ids begin (`jfxr@...`)."""

_ANSIBLE_SAMPLE = "83da88ea"
# JFrog's Ansible collection ships a fixed key that begins so; a real one does with a chance of 1 in 4 billion.


def join_key_fault(key: str) -> str | None:
    """Why a join key is refused, or None."""
    if not key.strip():
        return "is empty"
    if ENCRYPTED.match(key):
        return "is a value that a product has encrypted; give the plain one (see Connection Details in the UI)"
    if not re.fullmatch(r"([0-9a-fA-F]{32}){1,2}", key):
        return f"has {len(key)} characters or other than hex digits; it is 32 or 64 hex digits (openssl rand -hex 32)"
    if len(set(key.lower())) == 1 or key.lower().startswith(_ANSIBLE_SAMPLE):
        return "is a published sample key, known to everybody; make one with: openssl rand -hex 32"
    return None


def jfrog_url_fault(url: str) -> str | None:
    """Why a JPD's URL is refused, or None."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "has no scheme or host; for example http://10.0.0.5:8082"
    if "@" in parts.netloc:
        return "carries credentials; the join key is the credential"
    if parts.path.strip("/") or parts.query or parts.fragment or "//" in parts.path:
        return "has a path or query; give the JPD's base URL, without /artifactory"
    try:
        _ = parts.port
    except ValueError:
        return "has a port that is no number up to 65535"
    return None


def new_salt() -> str:
    """A fresh key for `keyed_fingerprint`, in hex."""
    return secrets.token_hex(16)


def keyed_fingerprint(salt: str, key: str) -> str:
    """HMAC-SHA-256 of a join key: tells whether two keys are the same one, and nothing about the key."""
    return hmac.new(bytes.fromhex(salt), key.lower().encode(), hashlib.sha256).hexdigest()


def fault_hint(reason: str) -> str:
    """What to do about a join that failed; the three faults look alike from far and need different cures."""
    if "Check-url" in reason:
        return (
            "Access could not call the node back at shared.node.ip:8082: check that address, the firewall, and that "
            "every node's address is in the routers' ignored_hosts."
        )
    if "409" in reason or "conflicts" in reason:
        return "The JPD knows that node id or address already: give the node a shared.node.id of its own."
    return (
        "The node did not join in time: its router-service.log says why; a missing or other join key ends its start "
        "after five minutes."
    )
