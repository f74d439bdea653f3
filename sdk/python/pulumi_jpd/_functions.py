"""Functions: what a program may ask a JPD, with Outputs in and an Output out."""

from __future__ import annotations

import dataclasses

import pulumi

from jpd_provider import functions

__all__ = ["DeploymentFacts", "FederationStatus", "MemberStatus", "get_deployment", "get_federation_status"]


@dataclasses.dataclass(frozen=True)
class MemberStatus:
    """How far one remote member is behind."""

    url: str
    """The member's repository, `<base URL>/artifactory/<key>`."""

    status: str
    """As the JPD's engine names it, for example SYNC or HEALTHY, DELAYED, ERROR, DISABLED."""

    lag_ms: int
    """How old the oldest event is that waits for the member, in milliseconds."""

    pending_events: int
    """How many events wait for the member."""


@dataclasses.dataclass(frozen=True)
class FederationStatus:
    """The synchronisation of one federated repository, as one JPD sees it."""

    deployment: str
    key: str

    reachable: bool
    """False: the JPD did not answer, and nothing else here is known."""

    exists: bool
    """Whether the repository is there and federated."""

    in_sync: bool
    """Whether nothing waits for any member."""

    members: tuple[MemberStatus, ...]
    """The remote members."""


@dataclasses.dataclass(frozen=True)
class DeploymentFacts:
    """What a JPD says about itself."""

    name: str
    url: str

    reachable: bool
    """False: the JPD did not answer, and the further fields are empty."""

    base_url: str
    """The URL by which peers know it."""

    version: str
    """Artifactory's version, for example 7.104.2."""

    service_id: str
    """`jfrt@...`; equal ids mean one and the same JPD."""


def get_deployment(deployment: pulumi.Input[str]) -> pulumi.Output[DeploymentFacts]:
    """Ask a JPD who it is.

    Args:
        deployment: Name of a deployment of `jpd:deployments`.

    Errors: an unknown deployment, and a JPD that refuses, fail the program. One that does not answer is
    `reachable=False`.

    Source: contract federation 9.
    """

    def ask(name: str) -> DeploymentFacts:
        return DeploymentFacts(**functions.deployment_facts(_read_config, name))

    return pulumi.Output.from_input(deployment).apply(ask)


def get_federation_status(deployment: pulumi.Input[str], key: pulumi.Input[str]) -> pulumi.Output[FederationStatus]:
    """Ask a JPD how far the members of a federated repository are behind. Both monitoring engines are understood.

    Args:
        deployment: Name of a deployment of `jpd:deployments`.
        key: Key of a federated repository on it; `repository.key` makes the question wait for the resource.

    Errors: an unknown deployment, and a JPD that refuses, fail the program. One that does not answer is
    `reachable=False`; a repository that is not there yet is `exists=False`.

    Source: contract federation 3.
    """

    def ask(inputs: list[str]) -> FederationStatus:
        status = functions.federation_status(_read_config, *inputs)
        return FederationStatus(**status | {"members": tuple(MemberStatus(**member) for member in status["members"])})

    return pulumi.Output.all(deployment, key).apply(ask)


def _read_config(key: str) -> str | None:
    namespace, _, name = key.partition(":")
    return pulumi.Config(namespace).get(name)
