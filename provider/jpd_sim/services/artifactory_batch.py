"""Artifactory: repository configuration in batches, rows R10 to R12 of the contract. All or nothing (note 3)."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services import repository_saving
from jpd_sim.services.replies import ProductError, json_reply, read_json, text_reply
from jpd_sim.services.repository_documents import document
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import repositories
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import StateError
from jpd_sim.state.repositories import Repository

MAX_BATCH = 100
"""R12 documents this cap for reading; for writing a limit is documented and its number is not, so it is the same."""


class Batch:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table; it comes before R6, whose path it resembles."""
        base = "/api/v2/repositories/batch"
        return [
            Route("PUT", base, self.create, Right.ADMIN, "R10"),
            Route("POST", base, self.update, Right.ADMIN, "R11"),
            Route("GET", base, self.read, Right.USER, "R12"),
        ]

    async def create(self, call: Call) -> Response:
        """R10 (H/create-multiple-repositories): 201, one sentence each; 409 or 400 (U2) when a key exists."""
        bodies = await _bodies(call)
        keys = [body["key"] for body in bodies]
        lowered = [key.lower() for key in keys]
        taken = [key for key in keys if self._deployment.has_key(key) or lowered.count(key.lower()) > 1]
        if taken:
            raise ProductError(
                self._deployment.profile.batch_conflict_status,
                f"{repository_saving.EXISTS}: {', '.join(taken)}",
            )
        new = [repository_saving.new_repository(self._deployment, body["key"], body) for body in bodies]
        await self._save_all(new)
        return text_reply("\n".join(f"Successfully created repository '{key}'" for key in keys), status=201)

    async def update(self, call: Call) -> Response:
        """R11 (H/update-multiple-repositories): 200 with a sentence; 404 when a key has no repository."""
        repository_saving.check_licence(self._deployment)
        changed = [
            repositories.update(self._deployment.require_repository(body["key"]), body, self._deployment.profile)
            for body in await _bodies(call)
        ]
        await self._save_all(changed)
        return text_reply("Repositories updated successfully")

    async def read(self, call: Call) -> Response:
        """R12 (H/get-multiple-repositories-by-name): a map of key to document, unknown names left out (I)."""
        names = [name for name in call.request.query_params.getlist("names") if name]
        if not names:
            raise ProductError(400, "The query parameter names is missing or empty")
        _check_size(len(names))
        found = {name: repository for name in names if (repository := self._deployment.repositories.get(name))}
        return json_reply({name: document(self._deployment, row, call.principal) for name, row in found.items()})

    async def _save_all(self, wanted: list[Repository]) -> None:
        before = {repository.key: self._deployment.repositories.get(repository.key) for repository in wanted}
        try:
            for repository in wanted:
                await repository_saving.save(self._engine, repository)
        except (ProductError, StateError):
            self._undo(before)
            raise

    def _undo(self, before: dict[str, Repository | None]) -> None:
        for key, repository in before.items():
            if repository is not None:
                self._deployment.save_repository(repository)
            elif key in self._deployment.repositories:
                self._deployment.delete_repository(key)
        self._engine.fit_workers()


async def _bodies(call: Call) -> list[dict[str, Any]]:
    bodies = await read_json(call.request)
    if not isinstance(bodies, list) or not bodies or not all(isinstance(body, dict) for body in bodies):
        raise ProductError(400, "The request body must be a JSON array of repository configurations")
    _check_size(len(bodies))
    if not all(isinstance(body.get("key"), str) and body["key"] for body in bodies):
        raise ProductError(400, "Each repository configuration needs a key")
    return bodies


def _check_size(count: int) -> None:
    if count > MAX_BATCH:
        raise ProductError(400, f"A batch has at most {MAX_BATCH} repositories, not {count}")
