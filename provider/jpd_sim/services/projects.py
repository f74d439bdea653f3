"""Access: projects, their groups and their repositories (federation contract, rows R13 and R14, and 9.1)."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited, read_object
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.projects import Project, ProjectGroup
from jpd_sim.state.repositories import Repository

NOT_EMPTY = "project containing resources can't be removed"
"""What clients wait for while they retry the removal of a project."""

_DEFAULTS: dict[str, Any] = {
    "description": "",
    "admin_privileges": {"manage_members": True, "manage_resources": True, "index_resources": True},
    "storage_quota_bytes": -1,
    "soft_limit": False,
    "storage_quota_email_notification": True,
}


class Projects:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base, one, group = "/api/v1/projects", "/api/v1/projects/{key}", "/api/v1/projects/{key}/groups/{name}"
        attached = f"{base}/_/attach/repositories/{{repository}}"
        return [
            Route("PUT", f"{attached}/{{project}}", self.attach, Right.ADMIN, "R13"),
            Route("DELETE", attached, self.detach, Right.ADMIN, "R14"),
            Route("GET", base, self.listing, Right.USER, "9.1 projects"),
            Route("POST", base, self.create, Right.ADMIN, "9.1 projects"),
            Route("GET", one, self.read, Right.USER, "9.1 projects"),
            Route("PUT", one, self.update, Right.ADMIN, "9.1 projects"),
            Route("DELETE", one, self.delete, Right.ADMIN, "9.1 projects"),
            Route("GET", f"{one}/groups", self.groups, Right.USER, "9.1 project groups"),
            Route("GET", group, self.read_group, Right.USER, "9.1 project groups"),
            Route("PUT", group, self.save_group, Right.ADMIN, "9.1 project groups"),
            Route("DELETE", group, self.delete_group, Right.ADMIN, "9.1 project groups"),
        ]

    async def attach(self, call: Call) -> Response:
        """R13 (OAS): 204; 404 without the repository or the project; 400 in another project unless `force=true`."""
        await read_limited(call.request)
        repository = self._deployment.require_repository(call.parameters["repository"])
        project = self._deployment.projects.require(call.parameters["project"]).key
        current = repository.settings.get("projectKey")
        if current not in (None, project) and call.query("force") != "true":
            raise ProductError(400, f"Repository '{repository.key}' is assigned to project '{current}'")
        self._assign(repository, project)
        return empty_reply()

    async def detach(self, call: Call) -> Response:
        """R14 (OAS): 204; 404 without the repository."""
        await read_limited(call.request)
        self._assign(self._deployment.require_repository(call.parameters["repository"]), None)
        return empty_reply()

    async def listing(self, _call: Call) -> Response:
        """9.1: all projects."""
        return json_reply([project.wire() for project in self._deployment.projects.listing()])

    async def create(self, call: Call) -> Response:
        """9.1: 201 with the project; 409 when the key exists (inferred)."""
        body = await read_object(call.request)
        key = body.get("project_key")
        if not isinstance(key, str) or not key:
            raise ProductError(400, "project_key is missing")
        if key in self._deployment.projects:
            raise ProductError(409, f"A project with key '{key}' exists")
        return json_reply(self._save(key, {**_DEFAULTS, "display_name": key, **body}), status=201)

    async def read(self, call: Call) -> Response:
        """9.1: 200 or 404."""
        return json_reply(self._deployment.projects.require(call.parameters["key"]).wire())

    async def update(self, call: Call) -> Response:
        """9.1: 200 with the project; the key stays."""
        current = self._deployment.projects.require(call.parameters["key"])
        return json_reply(self._save(current.key, {**current.fields, **await read_object(call.request)}))

    async def delete(self, call: Call) -> Response:
        """9.1: 204; 400 as long as a repository is attached (its text is known from clients that retry on it)."""
        key = self._deployment.projects.require(call.parameters["key"]).key
        if any(repository.settings.get("projectKey") == key for repository in self._deployment.repositories):
            raise ProductError(400, NOT_EMPTY)
        self._deployment.projects.delete(key)
        return empty_reply()

    async def groups(self, call: Call) -> Response:
        """9.1: `{"members":[...]}`."""
        members = [group.wire() for group in self._deployment.projects.groups(call.parameters["key"])]
        return json_reply({"members": members})

    async def read_group(self, call: Call) -> Response:
        """9.1: 200 or 404."""
        key, name = call.parameters["key"], call.parameters["name"]
        return json_reply(self._deployment.projects.require_group(key, name).wire())

    async def save_group(self, call: Call) -> Response:
        """9.1: 200 with the membership."""
        roles = (await read_object(call.request)).get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise ProductError(400, "roles must be a list of names")
        group = ProjectGroup(call.parameters["key"], call.parameters["name"], tuple(roles))
        self._deployment.projects.save_group(group)
        return json_reply(group.wire())

    async def delete_group(self, call: Call) -> Response:
        """9.1: 204 or 404."""
        self._deployment.projects.delete_group(call.parameters["key"], call.parameters["name"])
        return empty_reply()

    def _save(self, key: str, fields: dict[str, Any]) -> dict[str, Any]:
        fields.pop("project_key", None)
        if not isinstance(fields["display_name"], str) or not fields["display_name"]:
            raise ProductError(400, "display_name must be a name")
        project = Project(key, MappingProxyType(fields))
        self._deployment.projects.save(project)
        return project.wire()

    def _assign(self, repository: Repository, project: str | None) -> None:
        settings = {name: value for name, value in repository.settings.items() if name != "projectKey"}
        if project is not None:
            settings["projectKey"] = project
        # The project does not federate: every member is assigned on its own JPD.
        self._deployment.save_repository(replace(repository, settings=MappingProxyType(settings)))
        self._engine.fit_workers()
