"""Artifactory: failed binary tasks, rows B1 to B3 of the contract (section 4)."""

from __future__ import annotations

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.artifactory_federation_gates import require_version
from jpd_sim.services.replies import ProductError, json_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.binary_tasks import BinaryTask
from jpd_sim.state.clock import iso
from jpd_sim.state.deployment import Deployment

_DEFAULT_LIMIT = 1000


class FederationBinaries:
    """Handlers of one JPD. A task counts as failed from its first failure on (inferred: `failuresCount` varies)."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._importer = engine.importer

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation/binaries/failures"
        return [
            Route("GET", f"{base}/list", self.listing, Right.ADMIN, "B1"),
            Route("PUT", f"{base}/replay", self.replay, Right.ADMIN, "B2"),
            Route("DELETE", f"{base}/delete", self.delete, Right.ADMIN, "B3"),
        ]

    async def listing(self, call: Call) -> Response:
        """B1 (OAS/BinaryTasksApi): `limit` 1000 and `page` 1 by default; 400 without `repoKey`."""
        limit, page = _positive(call, "limit", _DEFAULT_LIMIT), _positive(call, "page", 1)
        failed = self._failed(call)[(page - 1) * limit : page * limit]
        return json_reply([_row(task) for task in failed])

    async def replay(self, call: Call) -> Response:
        """B2 (H/replay-failed-binary-tasks, since 7.68.11): with all their tries again."""
        require_version(self._deployment, "7.68.11")
        failed = self._failed(call)
        self._importer.replay(failed)
        return json_reply({"replayTasks": len(failed)})

    async def delete(self, call: Call) -> Response:
        """B3 (H/delete-failed-binary-tasks, since 7.68.11): the files stay known by their metadata."""
        require_version(self._deployment, "7.68.11")
        failed = self._failed(call)
        for task in failed:
            self._importer.delete(task.identity)
        return json_reply({"deletedTasks": len(failed)})

    def _failed(self, call: Call) -> list[BinaryTask]:
        key, sha1 = call.query("repoKey"), call.query("sha1")
        if key is None:
            raise ProductError(400, "The query parameter repoKey is required")
        return [task for task in self._importer.tasks(key) if task.failures and sha1 in (None, task.sha1)]


def _row(task: BinaryTask) -> dict[str, object]:
    return {
        "sha1": task.sha1,
        "repoKey": task.repository_key,
        "creationTime": iso(task.created_ms),
        "failuresCount": task.failures,
    }


def _positive(call: Call, name: str, default: int) -> int:
    raw = call.query(name)
    if raw is None:
        return default
    if not raw.isascii() or not raw.isdigit() or int(raw) < 1:
        raise ProductError(400, f"{name} must be a positive number")
    return int(raw)
