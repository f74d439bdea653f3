"""One deployment with all its clients, and all deployments of a stack.

Rule 1: one HTTP client per deployment for the whole process, shared by its threads.
Rule 2: writes to repository configuration are serialised per deployment: the product keeps one descriptor and
        lets the slower of two concurrent writers fail.
Rule 3: a member list is read, changed and written under one lock per repository, or two members would lose each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from jpd_provider.settings import Deployment, Settings

from .access import Access
from .federation import Federation
from .federation_status import FederationStatus
from .http import Http
from .mission_control import MissionControl
from .repositories import Repositories
from .service_trust import ServiceTrust
from .snapshot import Generation, Snapshot
from .system import System

__all__ = ["Jpd", "Jpds"]


class Jpd:
    """One deployment's clients."""

    def __init__(self, deployment: Deployment, http: Http, generation: Generation | None = None) -> None:
        generation = generation or Generation()
        self.name = deployment.name
        self.deployment = deployment
        self.http = http
        self.access = Access(http)
        self.federation = Federation(http, generation.end)
        self.federation_status = FederationStatus(http)
        self.mission_control = MissionControl(http)
        self.repositories = Repositories(http, generation.end)
        self.snapshot = Snapshot(self.repositories, generation)
        self.service_trust = ServiceTrust(http)
        self.system = System(http)
        self.configuration_lock = threading.RLock()
        """Held around every write of repository configuration."""

        self._base_url: str | None = deployment.base_url
        self._member_locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    @property
    def base_url(self) -> str:
        """The URL by which peers know this JPD: from the settings, else from the JPD, else the deployment's own URL."""
        with self._guard:
            if self._base_url is None:
                self._base_url = self.system.descriptor().base_url or self.deployment.url
            return self._base_url

    def member_list_lock(self, key: str) -> threading.RLock:
        """Held from reading a repository's member list until the changed list is verified."""
        with self._guard:
            return self._member_locks.setdefault(key.lower(), threading.RLock())

    def repository_url(self, key: str) -> str:
        """The URL of a repository as it stands in member lists."""
        return f"{self.base_url}/artifactory/{key}"


class Jpds:
    """The deployments of one stack, connected on first use."""

    def __init__(self, settings: Settings, connect: Callable[[Deployment], Http] = Http) -> None:
        self.settings = settings
        self._connect = connect
        self._generation = Generation()
        self._jpds: dict[str, Jpd] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Jpd:
        """The deployment of that name. SettingsError: there is none, or it has no credential."""
        deployment = self.settings[name]
        with self._lock:
            if name not in self._jpds:
                self._jpds[name] = Jpd(deployment, self._connect(deployment), self._generation)
            return self._jpds[name]

    def close(self) -> None:
        """Close every pooled connection."""
        with self._lock:
            for jpd in self._jpds.values():
                jpd.http.close()
            self._jpds.clear()
