"""Virtual repositories: which repositories stand behind one, and in which order they are asked.

Order (JFrog, "Virtual Repositories"): local and federated repositories before remote ones, each group in the order of
the list; repositories with priority resolution before all others. A virtual repository in the list stands for its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from jpd_sim.state.errors import Refused
from jpd_sim.state.repositories import Repository
from jpd_sim.state.table import Table


def check(known: Table[str, Repository], virtual: Repository) -> None:
    """Refuse a list that names what is not there, another package type, or the virtual repository itself."""
    for key in (*virtual.settings["repositories"], virtual.settings["defaultDeploymentRepo"]):
        listed = known.get(key)
        if key and listed is None:
            raise Refused(f"Virtual repository '{virtual.key}' refers to repository '{key}', which does not exist")
        if listed is not None and listed.package_type != virtual.package_type:
            raise Refused(
                f"Virtual repository '{virtual.key}' of type {virtual.package_type} "
                f"cannot contain '{key}' of type {listed.package_type}"
            )
    if any(repository.key == virtual.key for repository in _behind(known, virtual, set())):
        raise Refused(f"Virtual repository '{virtual.key}' cannot contain itself")
    target = known.get(virtual.settings["defaultDeploymentRepo"])
    if target is not None and target.rclass not in {"local", "federated"}:
        raise Refused(f"defaultDeploymentRepo '{target.key}' must be a local or federated repository")


def resolution_order(known: Table[str, Repository], virtual: Repository) -> list[Repository]:
    """The repositories behind a virtual one that serve content, first the one that is asked first."""
    serving = [
        repository
        for repository in _behind(known, virtual, set())
        if repository.rclass != "virtual" and not repository.settings.get("blackedOut")
    ]
    # Sorting keeps the order of the list where these two say nothing.
    return sorted(serving, key=lambda each: (not each.settings.get("priorityResolution"), each.rclass == "remote"))


def without(virtual: Repository, key: str) -> Repository:
    """The virtual repository after one that it listed was deleted (inferred: the product drops the reference)."""
    settings = dict(virtual.settings)
    settings["repositories"] = [name for name in settings["repositories"] if name != key]
    if settings["defaultDeploymentRepo"] == key:
        settings["defaultDeploymentRepo"] = ""
    return replace(virtual, settings=MappingProxyType(settings))


def _behind(known: Table[str, Repository], virtual: Repository, seen: set[str]) -> Iterator[Repository]:
    for key in virtual.settings["repositories"]:
        repository = known.get(key)
        if repository is None or key in seen:
            continue
        seen.add(key)
        yield repository
        if repository.rclass == "virtual":
            yield from _behind(known, repository, seen)
