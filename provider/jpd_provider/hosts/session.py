"""What all resources of one Pulumi run share: the settings of its stack, and one client per deployment."""

from __future__ import annotations

import functools
import logging
import os
import sys
from collections.abc import Mapping
from typing import Any

from jpd_provider import redaction
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import SettingsError
from jpd_provider.preflight import Preflight
from jpd_provider.resources.kind import Failure, Kind
from jpd_provider.settings import CONFIG_KEY, PREFLIGHT_KEY, Settings

__all__ = ["Session", "open_session"]

LOG_VARIABLE = "JPD_LOG"
"""Level of the provider's log on stderr: debug, info, warning (the default) or error."""


class Session:
    """The settings, or the reason why there are none: a wrong configuration is reported by whoever needs it."""

    def __init__(self, deployments: str | None, preflight: str | None) -> None:
        self._jpds: Jpds | None = None
        self._fault: SettingsError | None = None
        self._preflight: Preflight | None = None
        self._member_lists: dict[str, str] = {}
        try:
            # A program of nodes and files alone needs no deployment; whoever names one is told that there is none.
            configuration = {CONFIG_KEY: "{}" if deployments is None else deployments, PREFLIGHT_KEY: preflight}
            self._jpds = Jpds(Settings.load(configuration.get))
        except SettingsError as error:
            self._fault = error
        else:
            self._preflight = Preflight(self._jpds) if self._jpds.settings.preflight else None

    @property
    def jpds(self) -> Jpds:
        """The deployments. SettingsError: `jpd:deployments` is missing or wrong."""
        if self._jpds is None:
            raise self._fault or SettingsError("The stack's configuration has not arrived.")
        return self._jpds

    @property
    def settings(self) -> Settings:
        """The settings alone. SettingsError: `jpd:deployments` is missing or wrong."""
        return self.jpds.settings

    def declared_twice(self, kind: Kind[Any, Any], inputs: Mapping[str, Any]) -> list[Failure]:
        """Refuse a member list that one resource owns and another one joins: they would undo each other."""
        claim = kind.member_list(inputs)
        if claim is None:
            return []
        repository, how = claim
        if self._member_lists.setdefault(repository, how) == how:  # one step, also with four threads
            return []
        both = "by `members` of its FederatedRepository and by a FederationMember"
        return [Failure("", f"the members of {repository} are declared twice, {both}; keep one of the two ways")]

    def preflight(self, kind: Kind[Any, Any], inputs: Mapping[str, Any], *, changed: bool) -> list[Failure]:
        """Why the deployments that a resource names cannot serve it, as far as that is known by now.

        A resource that stays as it is gets warnings only: what worked yesterday does not stop today's other changes.
        """
        if self._preflight is None:
            return []
        named = {field: inputs.get(field) for field in kind.deployment_fields}
        known = {field: name for field, name in named.items() if isinstance(name, str)}
        found = self._preflight.failures(kind.name, known, refuse=changed)
        return [Failure("", str(finding)) for finding in found]


@functools.lru_cache(maxsize=4)
def open_session(deployments: str | None, preflight: str | None) -> Session:
    """The session of a configuration; every resource of a run gets the same one."""
    _log_to_stderr()
    return Session(deployments, preflight)


def _log_to_stderr() -> None:
    logger = logging.getLogger("jpd_provider")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(redaction.RedactingFormatter("%(levelname)s: %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    level = logging.getLevelName(os.environ.get(LOG_VARIABLE, "warning").upper())
    logger.setLevel(level if isinstance(level, int) else logging.WARNING)
