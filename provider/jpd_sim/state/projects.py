"""Projects and the groups in them, as far as federation and its clients need them (contract: federation 1.1, 9.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jpd_sim.state.errors import Missing, Refused
from jpd_sim.state.kept import Kept
from jpd_sim.state.table import Table

_KEY = re.compile(r"[a-z][a-z0-9-]{1,31}")
"""The rule of 1.6."""


@dataclass(frozen=True)
class Project:
    """One project; `fields` are those of its wire form (snake_case) besides the key."""

    key: str
    fields: Mapping[str, Any]

    def wire(self) -> dict[str, Any]:
        """The project as it is read."""
        return {**self.fields, "project_key": self.key}


@dataclass(frozen=True)
class ProjectGroup:
    """The roles of a group of users in a project."""

    project: str
    name: str
    roles: tuple[str, ...]

    def wire(self) -> dict[str, Any]:
        """The membership as it is read."""
        return {"name": self.name, "roles": list(self.roles)}


class Projects(Kept):
    """The projects of one JPD."""

    def __init__(self) -> None:
        self._projects: Table[str, Project] = Table()
        self._groups: Table[tuple[str, str], ProjectGroup] = Table()

    def listing(self) -> list[Project]:
        """All of them."""
        return list(self._projects)

    def __contains__(self, key: str) -> bool:
        return key in self._projects

    def require(self, key: str) -> Project:
        """The project, or Missing."""
        found = self._projects.get(key)
        if found is None:
            raise Missing(f"Project '{key}' was not found")
        return found

    def save(self, project: Project) -> None:
        """Create or replace; Refused for a malformed key or display name."""
        if not _KEY.fullmatch(project.key):
            raise Refused(f"Project key '{project.key}' must have 2 to 32 lowercase letters, digits or hyphens")
        name = project.fields["display_name"]
        others = [other for other in self._projects if other.key != project.key]
        if any(other.fields["display_name"] == name for other in others):
            raise Refused(f"A project with the display name '{name}' exists")
        self._projects.put(project.key, project)

    def delete(self, key: str) -> None:
        """Remove a project with its memberships; Missing when there is none."""
        for group in self.groups(key):
            self._groups.drop((key, group.name))
        self._projects.drop(key)

    def groups(self, key: str) -> list[ProjectGroup]:
        """The groups in a project."""
        self.require(key)
        return [group for group in self._groups if group.project == key]

    def require_group(self, key: str, name: str) -> ProjectGroup:
        """One membership, or Missing."""
        self.require(key)
        found = self._groups.get((key, name))
        if found is None:
            raise Missing(f"Group '{name}' is not in project '{key}'")
        return found

    def save_group(self, group: ProjectGroup) -> None:
        """Create or replace a membership."""
        self.require(group.project)
        self._groups.put((group.project, group.name), group)

    def delete_group(self, key: str, name: str) -> None:
        """Remove a membership; Missing when there is none."""
        self.require_group(key, name)
        self._groups.drop((key, name))

    def clear(self) -> None:
        """Remove everything."""
        self._projects.clear()
        self._groups.clear()
