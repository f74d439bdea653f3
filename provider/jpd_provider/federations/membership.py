"""One JPD's membership of one federation: join, observe, leave. Both resources that declare members use it.

Rule 1: a membership exists when each side lists the other; it is read, and repaired, through both JPDs.
Rule 2: every step looks before it acts, so an interrupted join or leave is finished by repeating it.
Rule 3: the hub's list is changed first; what belongs to the member alone is set through the member's own JPD.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field

from jpd_provider.client.jpd import Jpd
from jpd_provider.client.repositories import Member, RepositoryConfiguration
from jpd_provider.errors import JpdError, Unreachable, UserError
from jpd_provider.model import Drift, Inputs

from . import fields, members, synchronization

__all__ = ["MembershipFields", "Observation", "Site"]

LOCAL = ("project_key", "environments", "xray_index")
"""What does not federate, and may differ from member to member."""


class MembershipFields(Inputs):
    """What can be said about one member, wherever it is declared."""

    enabled: bool = True
    """Whether the member synchronises. False pauses it through its own JPD: it exchanges nothing until resumed."""

    project_key: str | None = None
    """Project of the member's repository. Members of a federation need the same one. Source: federation 7.1."""

    environments: list[str] | None = None
    """Environments of the member's repository, such as DEV; one up to 7.107.0, several later."""

    xray_index: bool | None = None
    """Whether Xray indexes the member's repository; copied from the hub when it joins, then its own."""

    full_sync: Literal["on_create", "never"] = "on_create"
    """Whether joining starts a full sync from the hub. It is started, not awaited, and never carries deletions."""

    wait_for_sync_seconds: Annotated[int, Field(ge=0, le=600)] = 0
    """How long joining waits for the member to be in sync, in seconds; 0 (default) does not wait, the most is 600.
    A wait holds one of the four threads of Pulumi's host for dynamic providers."""

    adopt: Literal["identical", "federated", "local"] = "identical"
    """What to do with a repository that the member has under this key: let it join only when its shared fields agree
    with the hub's ("identical"), let a federated one join and take the hub's ("federated"), or convert a local one in
    place ("local"); a converted one sends its own content to the hub by a full sync."""

    deletion_policy: Literal["detach", "convert_to_local", "delete_repository"] = "detach"
    """What leaving does to the member's repository: keep it as it is, make it local, or delete it."""

    force_destroy: bool = False
    """Whether `delete_repository` may delete a repository that holds artifacts."""

    on_unreachable: Literal["fail", "detach_only"] = "fail"
    """What leaving does when the member's JPD does not answer: fail, or take it off the hub's list and leave its
    repository as it is."""


@dataclasses.dataclass(frozen=True)
class Observation:
    """What both sides show of a membership."""

    live: dict[str, Any]
    """The declared fields that live on a JPD, as they are."""

    drift: tuple[Drift, ...]
    present: bool
    """Whether at least one side lists the other."""


@dataclasses.dataclass(frozen=True)
class Site:
    """The two ends of a membership, and what is wished for."""

    hub: Jpd
    hub_key: str
    member: Jpd | None
    """None: a JPD without credentials here; only the hub's side is managed."""

    key: str
    url: str
    """The member's repository as it stands in member lists."""

    wish: MembershipFields
    label: str = ""
    """Put before field names in drift, for example `members[us].`."""

    @property
    def hub_url(self) -> str:
        """The hub's repository as it stands in member lists."""
        return self.hub.repository_url(self.hub_key)

    @property
    def name(self) -> str:
        """The member for people: its deployment, or its URL."""
        return self.member.name if self.member is not None else self.url

    def join(self, *, created: bool) -> None:
        """Make both sides list each other with one configuration, then set what is the member's own.

        Args:
            created: Whether the membership is new, so that `full_sync` applies.
        """
        converted = self._prepare_existing() if created else False
        members.add(self.hub, self.hub_key, self.url)
        if self.member is not None:
            self._bring_in_step(self.member)
            self._set_local_fields(self.member)
            members.set_enabled(self.member, self.key, enabled=self.wish.enabled)
        if created and self.wish.full_sync == "on_create" and self.wish.enabled:
            self.hub.federation.full_sync(self.hub_key, mirror=self.url)
            if converted and self.member is not None:
                self.member.federation.full_sync(self.key, mirror=self.hub_url)
        if created and self.wish.wait_for_sync_seconds and self.wish.enabled:
            synchronization.wait(self.hub, self.hub_key, self.url, seconds=self.wish.wait_for_sync_seconds)

    def observe(self, ours: RepositoryConfiguration) -> Observation:
        """The membership as both sides show it; `ours` is the hub's federated repository.

        Raises:
            Unreachable: The member's JPD does not answer.
        """
        listed = members.find(ours.members, self.url)
        if self.member is None:
            live = {"enabled": listed.enabled} if listed is not None else {}
            return Observation(live, (), present=listed is not None)
        theirs = self.member.snapshot.get(self.key)
        own = members.find(theirs.members, self.url) if theirs is not None else None
        present = listed is not None or (theirs is not None and members.find(theirs.members, self.hub_url) is not None)
        drift = (*self._drift(ours, theirs, listed), *self._field_drift(theirs, own))
        return Observation(self._live(theirs, own), drift, present)

    def leave(self) -> None:
        """Let both sides forget each other; then the member's repository follows `deletion_policy`."""
        try:
            theirs = self.member.repositories.get(self.key) if self.member is not None else None
        except Unreachable:
            if self.wish.on_unreachable == "fail":
                raise
            members.remove(self.hub, self.hub_key, self.url)
            return
        deletes = self.wish.deletion_policy == "delete_repository"
        if self.member is not None and theirs is not None and deletes and not self.wish.force_destroy:
            members.refuse_if_it_holds_artifacts(self.member, self.key)
        members.remove(self.hub, self.hub_key, self.url)
        if self.member is None or theirs is None or theirs.repository_class != "federated":
            return
        members.leave(self.member, self.key)
        if self.wish.deletion_policy == "convert_to_local":
            self.member.federation.convert_to_local(self.key)
        elif deletes:
            members.delete_repository(self.member, self.key, force=self.wish.force_destroy)

    def _prepare_existing(self) -> bool:
        """See that a repository which is there already may join. True: it was local and is federated now."""
        if self.member is None:
            return False
        if self.member.base_url == self.hub.base_url:
            raise UserError(
                f"{self._what()}: both deployments have the base URL {self.hub.base_url}.",
                hint="They are one JPD under two names, or one of them has a wrong base URL.",
            )
        theirs = self.member.repositories.get(self.key)
        if theirs is None:
            return False
        ours = members.federated(self.hub, self.hub_key)
        taken = f"{self._what()}: the key is taken by a {theirs.repository_class} repository"
        if theirs.package_type != ours.package_type or theirs.repository_class not in ("federated", "local"):
            raise UserError(f"{taken} of package type {theirs.package_type}.", hint="Choose another key.")
        if theirs.repository_class == "local":
            if self.wish.adopt != "local":
                raise UserError(
                    f"{taken} of package type {theirs.package_type}.",
                    hint='Set adopt="local" to convert it in place, or choose another key.',
                )
            self.member.federation.migrate(self.key)
            return True
        differing = fields.differing(theirs.raw, ours.raw)
        joined = members.find(theirs.members, self.hub_url) is not None
        if differing and not joined and self.wish.adopt == "identical":
            raise UserError(
                f"{taken} that differs from the hub's in {', '.join(differing)}.",
                hint='Set adopt="federated" to let it join and take the hub\'s configuration.',
            )
        return False

    def _bring_in_step(self, member: Jpd) -> None:
        theirs = member.repositories.get(self.key)
        if self.wish.enabled and theirs is not None and theirs.repository_class == "federated":
            # Before the comparison: a paused member takes no configuration.
            members.set_enabled(member, self.key, enabled=True)
        if not self._out_of_step(member):
            return
        self.hub.federation.synchronize_configuration(self.hub_key)
        arrived = member.http.wait_until(
            lambda: not self._out_of_step(member), lambda done: done, seconds=members.SETTLE_SECONDS
        )
        if not arrived:
            raise JpdError(
                f"{self._what()}: the hub accepted the member, but its configuration has not arrived on "
                f"'{member.name}'.",
                hint=f"Check that '{self.hub.name}' reaches {self.url} and that both trust each other (BindingToken), "
                "then run `pulumi up` again: it goes on from here.",
            )

    def _out_of_step(self, member: Jpd) -> bool:
        ours, theirs = members.federated(self.hub, self.hub_key), member.repositories.get(self.key)
        if theirs is None or theirs.repository_class != "federated":
            return True
        return members.find(theirs.members, self.hub_url) is None or bool(fields.differing(theirs.raw, ours.raw))

    def _set_local_fields(self, member: Jpd) -> None:
        wanted = fields.to_wire(self.wish, LOCAL)
        theirs = member.repositories.get(self.key)
        if not wanted or theirs is None or not self._local_drift(theirs):
            return
        with member.configuration_lock:
            member.repositories.update(self.key, {"rclass": "federated", **wanted})

    def _live(self, theirs: RepositoryConfiguration | None, own: Member | None) -> dict[str, Any]:
        live: dict[str, Any] = {"enabled": own.enabled} if own is not None else {}
        for name in LOCAL:
            if theirs is not None and getattr(self.wish, name) is not None:
                live[name] = fields.live(theirs.raw, name)
        return live

    def _drift(
        self, ours: RepositoryConfiguration, theirs: RepositoryConfiguration | None, listed: Member | None
    ) -> Iterator[Drift]:
        """How the two sides disagree about the membership itself and about what they should share."""
        if listed is None:
            yield Drift(self.hub.name, f"members of '{ours.key}' lack {self.url}")
        if theirs is None:
            yield Drift(self.name, f"repository '{self.key}' is gone")
            return
        if theirs.repository_class != "federated":
            yield Drift.of_field(self.name, "rclass", live=theirs.repository_class, declared="federated")
            return
        if members.find(theirs.members, self.hub_url) is None:
            yield Drift(self.name, f"members of '{theirs.key}' lack {self.hub_url}")
        for name in fields.differing(theirs.raw, ours.raw):
            live, wanted = fields.live(theirs.raw, name), fields.live(ours.raw, name)
            yield Drift(self.name, f"{name} is {live!r}, on {self.hub.name} it is {wanted!r}")

    def _field_drift(self, theirs: RepositoryConfiguration | None, own: Member | None) -> Iterator[Drift]:
        """How the member's own fields differ from what was declared."""
        if own is not None and own.enabled != self.wish.enabled:
            yield Drift.of_field(self.name, f"{self.label}enabled", live=own.enabled, declared=self.wish.enabled)
        if theirs is not None:
            yield from self._local_drift(theirs)

    def _local_drift(self, theirs: RepositoryConfiguration) -> list[Drift]:
        declared = {name: getattr(self.wish, name) for name in LOCAL}
        return [
            Drift.of_field(self.name, f"{self.label}{name}", live=fields.live(theirs.raw, name), declared=value)
            for name, value in declared.items()
            if value is not None
            and fields.live(theirs.raw, name) != (sorted(value) if name == "environments" else value)
        ]

    def _what(self) -> str:
        return f"join '{self.key}' on deployment '{self.name}' to '{self.hub_key}' on deployment '{self.hub.name}'"
