"""What every call that saves repositories has in common: the rules for new ones, and which class is saved how."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jpd_sim.federation import configuration
from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError
from jpd_sim.state import repositories, virtuals
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Repository

EXISTS = "error when validating repository name: Case insensitive repository key already exists"
"""Text of R1 for a key that exists, in whatever case (1.6)."""

_PRO_ONLY = (
    "This REST API is available only in Artifactory Pro. If you are already running Artifactory Pro, "
    "check that the server is activated with a valid license key."
)
"""1.6: what the text says is known, not its words."""


def check_licence(deployment: Deployment, rclass: object = None) -> None:
    """The repository API needs Pro, federated repositories need an Enterprise licence (1.6, 7.1)."""
    licence = deployment.profile.licence.lower()
    if licence.startswith(("oss", "community")):
        raise ProductError(400, _PRO_ONLY)
    if rclass == "federated" and not licence.startswith("enterprise"):
        raise ProductError(
            400, f"Federated repositories need an Enterprise licence, this is '{deployment.profile.licence}'"
        )


def new_repository(deployment: Deployment, key: str, body: Mapping[str, Any]) -> Repository:
    """The repository that a request asks for; ProductError or Refused when it cannot be."""
    check_licence(deployment, body.get("rclass"))
    repository = repositories.create(key, body, deployment.profile)
    if deployment.has_key(key):
        raise ProductError(400, EXISTS)
    return repository


async def save(engine: Engine, repository: Repository) -> None:
    """Save a repository; a federated one is pushed to its members (1.5)."""
    if repository.rclass == "virtual":
        virtuals.check(engine.deployment.repositories, repository)
    if repository.rclass == "remote":
        _ask_again(engine.deployment, repository.key)
    if repository.rclass == "federated":
        await configuration.save(engine, repository)
    else:
        engine.deployment.save_repository(repository)


def delete(engine: Engine, key: str) -> None:
    """Remove a repository with its content, here only (S6); virtual ones forget it. Missing if there is none."""
    deployment = engine.deployment
    deployment.delete_repository(key)
    for repository in deployment.repositories:
        if repository.rclass == "virtual" and key in (
            *repository.settings["repositories"],
            repository.settings["defaultDeploymentRepo"],
        ):
            deployment.save_repository(virtuals.without(repository, key))
    engine.fit_workers()


def _ask_again(deployment: Deployment, key: str) -> None:
    """A remote repository that is new or was changed forgets which files its server lacked and that it was silent."""
    for place, _ in deployment.left_alone.items():
        if place[0] == key:
            deployment.left_alone.drop(place)
