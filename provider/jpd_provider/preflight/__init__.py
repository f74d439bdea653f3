"""What must hold before deployments can trust each other: one catalogue of checks over one probe of each deployment.

facts.py asks a deployment, once per process; checks.py says what the answers mean, one entry per check; engine.py asks
in the background and answers for the resources and for `jpd doctor`. Source: contract/trust 7.2.
"""

from __future__ import annotations

from .checks import CHECKS, Check, explained
from .engine import Preflight, require, require_base_url, require_join_key
from .facts import Facts, facts_of
from .findings import Finding, Severity

__all__ = [
    "CHECKS",
    "Check",
    "Facts",
    "Finding",
    "Preflight",
    "Severity",
    "explained",
    "facts_of",
    "require",
    "require_base_url",
    "require_join_key",
]
