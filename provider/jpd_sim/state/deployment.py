"""One JPD: everything that it knows, and the changes that concern more than one table."""

from __future__ import annotations

from dataclasses import dataclass

from jpd_sim.state.blobs import Blobs
from jpd_sim.state.clock import Clock
from jpd_sim.state.errors import Missing, Refused
from jpd_sim.state.identity import Identity
from jpd_sim.state.items import ItemTree, Stamp
from jpd_sim.state.mirrors import Mirror
from jpd_sim.state.profile import Profile
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


class Deployment:
    """The state of one JPD. `url` is where it listens; `base_url` is what it believes and tells others."""

    def __init__(self, name: str, url: str, clock: Clock, profile: Profile) -> None:
        self.name = name
        self.url = url
        self.identity = Identity(name)
        self.profile = profile
        self.base_url: str | None = url
        self._clock = clock
        self.users: Table[str, User] = Table()
        self.tokens = Tokens(self.identity, profile, self.now_ms)
        self.pairings: Table[str, PairingToken] = Table()
        self.bindings: Table[tuple[str, str], Binding] = Table()
        self.repositories: Table[str, Repository] = Table()
        self.mirrors: Table[tuple[str, str], Mirror] = Table()
        self.blobs = Blobs()
        self._items: Table[str, ItemTree] = Table()
        self._lowered: Table[str, str] = Table()
        self._add_users()
        admin, self.admin_token = self.tokens.issue("admin", ADMIN_SCOPE, lifetime_seconds=None)
        reader, self.reader_token = self.tokens.issue("reader", USER_SCOPE, lifetime_seconds=None)
        self._first_tokens: tuple[Token, Token] = (admin, reader)

    def now_ms(self) -> int:
        """The time on this JPD's own clock."""
        return self._clock.now_ms(self.name)

    def stamp(self) -> Stamp:
        """The stamp of a write that happens here and now."""
        return Stamp(self.now_ms(), self.identity.artifactory_id)

    def reset(self) -> None:
        """Forget everything but the identity, its users and the tokens of the start line."""
        for table in (self.users, self.pairings, self.bindings, self.repositories, self.mirrors):
            table.clear()
        for store in (self._items, self._lowered):
            store.clear()
        self.blobs.clear()
        self.tokens.clear()
        self.base_url = self.url
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

    def member_url(self, key: str) -> str:
        """The URL under which this JPD takes part in federations; Refused (T-3) without a base URL."""
        if self.base_url is None:
            raise Refused(BASE_URL_MISSING)
        return f"{self.base_url}/artifactory/{key}"

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
        for mirror in self.mirrors:
            if mirror.local_key == key:
                self.mirrors.drop((key, mirror.remote_url))

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
        for binding in self.bindings:
            same = binding.base_url == base_url and binding.covers(repository_key)
            if same and not binding.expired(self.now_ms()):
                return binding
        return None

    def _fit_mirrors(self, repository: Repository) -> None:
        wanted = {member.url for member in self.remote_members(repository)}
        for mirror in self.mirrors:
            if mirror.local_key == repository.key and mirror.remote_url not in wanted:
                self.mirrors.drop((repository.key, mirror.remote_url))
        # "Just added" makes a mirror unsynchronised (6); with nothing to copy there is nothing to be out of step with.
        unsynchronised = len(self.items(repository.key)) > 0
        for url in wanted:
            if (repository.key, url) not in self.mirrors:
                self.mirrors.put((repository.key, url), Mirror(repository.key, url, unsynchronised))

    def _add_users(self) -> None:
        self.users.put("admin", User("admin", self.identity.admin_password, admin=True))
        self.users.put("reader", User("reader", self.identity.reader_password, admin=False))
