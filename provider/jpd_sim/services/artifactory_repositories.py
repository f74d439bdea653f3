"""Artifactory: repository configuration, rows R1 to R9 of the contract (1.1 to 1.7)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services import repository_saving
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object, text_reply
from jpd_sim.services.repository_documents import document
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import package_types, repositories
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Missing
from jpd_sim.state.profile import Profile
from jpd_sim.state.repositories import Repository

_VENDOR = "application/vnd.org.jfrog.artifactory.repositories."
_TYPES = ("LOCAL", "REMOTE", "VIRTUAL", "FEDERATED", "RELEASE_BUNDLE")


class Repositories:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine
        self._texts: dict[str, tuple[Repository, Profile, Response]] = {}

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/repositories"
        return [
            Route("GET", f"{base}/configurations", self.configurations, Right.ADMIN, "R8"),
            Route("GET", f"{base}/existence", self.existence, Right.USER, "R9"),
            Route("HEAD", f"{base}/{{key}}", self.exists, Right.USER, "R4"),
            Route("GET", f"{base}/{{key}}", self.read, Right.USER, "R3"),
            Route("PUT", f"{base}/{{key}}", self.create, Right.ADMIN, "R1"),
            Route("POST", f"{base}/{{key}}", self.update, Right.ADMIN, "R2"),
            Route("DELETE", f"{base}/{{key}}", self.delete, Right.ADMIN, "R5"),
            Route("GET", "/api/v2/repositories/{key}", self.read_v2, Right.USER, "R6"),
            Route("GET", base, self.listing, Right.USER, "R7"),
        ]

    async def create(self, call: Call) -> Response:
        """R1 (H/create-repository): 200 with a sentence; 400 for a key that exists in whatever case."""
        key = call.parameters["key"]
        body = await read_object(call.request)
        await repository_saving.save(self._engine, repository_saving.new_repository(self._deployment, key, body))
        return text_reply(f"Successfully created repository '{key}'")

    async def update(self, call: Call) -> Response:
        """R2 (D/updaterepositoryconfiguration): 200; the wording of the sentence is inferred (note 1)."""
        key = call.parameters["key"]
        body = await read_object(call.request)
        repository_saving.check_licence(self._deployment)
        current = self._deployment.require_repository(key)
        await repository_saving.save(self._engine, repositories.update(current, body, self._deployment.profile))
        return text_reply(f"Repository {key} update successfully.")

    async def read(self, call: Call) -> Response:
        """R3: 200; 400 when missing (U1, switch `missing_repository_status`). Non-admins get a partial document."""
        repository = self._find(call.parameters["key"])
        if not call.principal.admin:
            return self._reply(repository, document(self._deployment, repository, call.principal))
        # Clients poll this call; the printed form is kept as long as the record, which is never edited, is the same.
        kept = self._texts.get(repository.key)
        profile = self._deployment.profile
        if kept is None or kept[0] is not repository or kept[1] is not profile:
            whole = document(self._deployment, repository, call.principal, v1=True)
            kept = self._texts[repository.key] = (repository, profile, self._reply(repository, whole))
        return kept[2]

    async def exists(self, call: Call) -> Response:
        """R4: 200 or 400, without a body."""
        key = call.parameters["key"]
        known = key in self._deployment.repositories
        return empty_reply(200 if known else self._deployment.profile.missing_repository_status)

    async def delete(self, call: Call) -> Response:
        """R5 (H/delete-repository): only this JPD's repository goes; 404 when missing (S6)."""
        key = call.parameters["key"]
        try:
            repository_saving.delete(self._engine, key)
        except Missing as error:
            raise ProductError(404, f"Repository {key} does not exist") from error
        self._texts.pop(key, None)
        return text_reply(f"Repository '{key}' and all its content have been removed successfully.")

    async def read_v2(self, call: Call) -> Response:
        """R6 (H/repository-configuration): as R3, but 404 when missing; `type` beside `rclass` as in one sample."""
        repository = self._deployment.repositories.get(call.parameters["key"])
        if repository is None:
            raise ProductError(404, f"Repository {call.parameters['key']} does not exist")
        return json_reply({**document(self._deployment, repository, call.principal), "type": repository.rclass})

    async def listing(self, call: Call) -> Response:
        """R7 (H/get-repositories-by-type-and-project): short rows, `type` in upper case, `packageType` capitalised."""
        wanted, package_type = call.query("type"), _stored_type(call.query("packageType"))
        project = call.query("project")
        rows = [
            self._row(repository)
            for repository in self._deployment.repositories
            if (wanted is None or repository.rclass == wanted.lower())
            and (package_type is None or repository.package_type == package_type)
            and (project is None or repository.settings.get("projectKey") == project)
        ]
        return json_reply(rows, media_type=f"{_VENDOR}RepositoryDetailsList+json")

    async def configurations(self, call: Call) -> Response:
        """R8 (H/get-all-repository-configurations): documents by class; comma lists filter, `repo_type` is ignored."""
        classes = _comma_list(call.query("repoType"))
        types = {_stored_type(name) for name in _comma_list(call.query("packageType"))}
        grouped: dict[str, list[dict[str, Any]]] = {name: [] for name in _TYPES}
        for repository in self._deployment.repositories:
            if (not classes or repository.rclass in classes) and (not types or repository.package_type in types):
                grouped[repository.rclass.upper()].append(document(self._deployment, repository, call.principal))
        media_type = f"{_VENDOR}RepositoryConfigurationsList+json"
        return json_reply({name: rows for name, rows in grouped.items() if rows}, media_type=media_type)

    async def existence(self, call: Call) -> Response:
        """R9 (OAS): which of the asked classes have a repository, in a project if one is named."""
        project = call.query("projectKey")
        asked = [value.lower() for value in call.request.query_params.getlist("type") if value]
        present = {
            repository.rclass
            for repository in self._deployment.repositories
            if project is None or repository.settings.get("projectKey") == project
        }
        return json_reply(
            {"matchingRepoTypes": sorted(present & set(asked) if asked else present), "projectKey": project or ""}
        )

    def _find(self, key: str) -> Repository:
        repository = self._deployment.repositories.get(key)
        if repository is None:
            raise ProductError(self._deployment.profile.missing_repository_status, "Bad Request")
        return repository

    def _reply(self, repository: Repository, body: dict[str, Any]) -> Response:
        return json_reply(body, media_type=f"{_VENDOR}{repository.rclass.capitalize()}RepositoryConfiguration+json")

    def _row(self, repository: Repository) -> dict[str, str]:
        return {
            "key": repository.key,
            "description": repository.settings.get("description", ""),
            "type": repository.rclass.upper(),
            "url": f"{self._deployment.base_url or self._deployment.url}/artifactory/{repository.key}",
            "packageType": repository.package_type.capitalize(),
        }


def _stored_type(name: str | None) -> str | None:
    return name and (package_types.canonical(name) or name.lower())


def _comma_list(raw: str | None) -> set[str]:
    if raw is None:
        return set()
    return {name.strip().lower() for name in raw.split(",")} - {""}
