"""One JPD: everything that it knows, and the changes that concern more than one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jpd_sim.state.access_federation import FederationTarget
from jpd_sim.state.blobs import Blobs
from jpd_sim.state.clock import Clock
from jpd_sim.state.errors import Missing, Refused
from jpd_sim.state.federation import FederationState
from jpd_sim.state.identity import Identity
from jpd_sim.state.items import ItemTree, Stamp
from jpd_sim.state.kept import Kept
from jpd_sim.state.profile import Profile
from jpd_sim.state.projects import Projects
from jpd_sim.state.registry import Registry
from jpd_sim.state.repositories import Member, Repository
from jpd_sim.state.table import Table
from jpd_sim.state.tokens import Token, Tokens
from jpd_sim.state.trust import Binding, PairingToken

ADMIN_SCOPE = "applied-permissions/admin"
USER_SCOPE = "applied-permissions/user"
BASE_URL_MISSING = "The Base URL is mandatory and is not configured."
"""Text T-3."""


@dataclass(frozen=True)
class User:
    """Somebody who can log in with a password."""

    name: str
    password: str
    admin: bool


@dataclass(frozen=True)
class Group:
    """A group of users; `fields` are those of its wire form besides the name."""

    name: str
    fields: Mapping[str, Any]


class Deployment(Kept):
    """The state of one JPD. `url` is where it listens; `base_url` is what it believes and tells others."""

    def __init__(self, name: str, url: str, clock: Clock, profile: Profile, identity: Identity | None = None) -> None:
        self.name = name
        self.url = url
        self.identity = identity or Identity(name)
        self._first_profile = self.profile = profile
        self.base_url: str | None = url
        self.federated_base_url: str | None = None
        """Published to the members of federations instead of the base URL, when set (7.1)."""
        self._time_at = clock.now_ms
        self.users: Table[str, User] = Table()
        self.tokens = Tokens(self.identity, profile, self.now_ms)
        self.pairings: Table[str, PairingToken] = Table()
        self.bindings: Table[tuple[str, str], Binding] = Table()
        self.registry = Registry()
        self.federation_targets: Table[str, FederationTarget] = Table()
        self.repositories: Table[str, Repository] = Table()
        self.federation = FederationState()
        self.blobs = Blobs()
        self.projects = Projects()
        self.groups: Table[str, Group] = Table()
        self.proxies: Table[str, Mapping[str, Any]] = Table()
        self.left_alone: Table[tuple[str, str], int] = Table()
        """Until when a remote repository does not ask its server for a path; for any path under the empty one."""
        self._items: Table[str, ItemTree] = Table()
        self._lowered: Table[str, str] = Table()
        self._add_users()
        admin, self.admin_token = self.tokens.issue("admin", ADMIN_SCOPE, lifetime_seconds=None)
        reader, self.reader_token = self.tokens.issue("reader", USER_SCOPE, lifetime_seconds=None)
        self._first_tokens: tuple[Token, Token] = (admin, reader)

    def now_ms(self) -> int:
        """The time on this JPD's own clock."""
        return self._time_at(self.name)

    def stamp(self) -> Stamp:
        """The stamp of a write that happens here and now."""
        return Stamp(self.now_ms(), self.identity.artifactory_id)

    def change_profile(self, profile: Profile) -> None:
        """Behave otherwise from now on, until the next reset."""
        self.profile = self.tokens.profile = profile

    def reset(self) -> None:
        """Forget everything but the identity, its users and the tokens of the start line."""
        for table in (self.users, self.pairings, self.bindings, self.repositories):
            table.clear()
        for store in (self._items, self._lowered):
            store.clear()
        self.blobs.clear()
        self.change_profile(self._first_profile)
        self.tokens.clear()
        self.registry.clear()
        self.federation_targets.clear()
        self.projects.clear()
        for other in (self.groups, self.proxies, self.left_alone):
            other.clear()
        self.base_url, self.federated_base_url = self.url, None
        self.federation.clear()
        self._add_users()
        for token in self._first_tokens:
            self.tokens.restore(token)

    def items(self, key: str) -> ItemTree:
        """The content of a repository."""
        tree = self._items.get(key)
        if tree is None:
            raise Missing(f"Could not find repository '{key}'")
        return tree

    def require_repository(self, key: str) -> Repository:
        """The repository, or Missing."""
        repository = self.repositories.get(key)
        if repository is None:
            raise Missing(f"Could not find repository '{key}'")
        return repository

    @property
    def published_url(self) -> str | None:
        """The base URL that the members of federations know."""
        return None if self.base_url is None else self.federated_base_url or self.base_url

    def member_url(self, key: str) -> str:
        """The URL under which this JPD takes part in federations; Refused (T-3) without a base URL."""
        if self.published_url is None:
            raise Refused(BASE_URL_MISSING)
        return f"{self.published_url}/artifactory/{key}"

    def has_key(self, key: str) -> bool:
        """Whether a repository has this key, in whatever case."""
        return key.lower() in self._lowered

    def save_repository(self, repository: Repository) -> None:
        """Insert or replace a repository and fit its mirrors to its members."""
        if repository.key not in self.repositories:
            self._items.put(repository.key, ItemTree())
            self._lowered.put(repository.key.lower(), repository.key)
        self.repositories.put(repository.key, repository)
        self._fit_mirrors(repository)

    def delete_repository(self, key: str) -> None:
        """Remove a repository with its content and its queues; other JPDs are not concerned."""
        self.require_repository(key)
        self.repositories.drop(key)
        self._items.drop(key)
        self._lowered.drop(key.lower())
        self.federation.drop(key)

    def remote_members(self, repository: Repository) -> tuple[Member, ...]:
        """The members on other JPDs."""
        if not repository.members:
            return ()
        own = self.member_url(repository.key)
        return tuple(member for member in repository.members if member.url != own)

    def is_paused(self, repository: Repository) -> bool:
        """Whether this JPD's own member is switched off."""
        own = repository.member(self.member_url(repository.key))
        return own is not None and not own.enabled

    def binding_for(self, base_url: str, repository_key: str) -> Binding | None:
        """The master token that lets this JPD act on a repository of another."""
        held = self._bindings_for(base_url, repository_key)
        return next((binding for binding in held if not binding.expired(self.now_ms())), None)

    def expired_binding_for(self, base_url: str, repository_key: str) -> bool:
        """Whether there is a master token and its time is over."""
        return any(binding.expired(self.now_ms()) for binding in self._bindings_for(base_url, repository_key))

    def _bindings_for(self, base_url: str, repository_key: str) -> list[Binding]:
        return [held for held in self.bindings if held.base_url == base_url and held.covers(repository_key)]

    def _fit_mirrors(self, repository: Repository) -> None:
        # "Just added" makes a mirror unsynchronised (6); with nothing to copy there is nothing to be out of step with.
        # The Federation Service starts the full sync by itself, the older engine waits for somebody to do it (7.2).
        self.federation.fit(
            repository.key,
            {member.url for member in self.remote_members(repository)},
            unsynchronised=len(self.items(repository.key)) > 0,
            full_sync=self.profile.rtfs,
        )

    def _add_users(self) -> None:
        self.users.put("admin", User("admin", self.identity.admin_password, admin=True))
        self.users.put("reader", User("reader", self.identity.reader_password, admin=False))
