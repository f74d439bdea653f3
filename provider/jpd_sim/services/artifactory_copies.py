"""Artifactory: copying and moving files and folders, row A13 of the contract (section 8)."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.services.reading import Reading
from jpd_sim.services.replies import ProductError, json_reply, read_limited
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.services.writing import Writing
from jpd_sim.state import patterns
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import Refused
from jpd_sim.state.items import Item, check_path
from jpd_sim.state.repositories import Repository

_RESULT = "application/vnd.org.jfrog.artifactory.storage.CopyOrMoveResult+json"


class _Plan(NamedTuple):
    source: Repository
    item: Item
    target: Repository
    path: str


class Copies:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._reading = Reading(deployment, engine)
        self._writing = Writing(deployment, engine)

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("POST", "/api/copy/{key}/{path:path}", self.copy, Right.USER, "A13"),
            Route("POST", "/api/move/{key}/{path:path}", self.move, Right.USER, "A13"),
        ]

    async def copy(self, call: Call) -> Response:
        """A13 (OAS): `to=/repo/path`, also without the slash; `dry=1` changes nothing; 200 with messages."""
        return await self._transfer(call, move=False)

    async def move(self, call: Call) -> Response:
        """A13 (OAS): as copy, and the source is gone."""
        return await self._transfer(call, move=True)

    async def _transfer(self, call: Call, *, move: bool) -> Response:
        await read_limited(call.request)
        try:
            plan = self._plan(call)
            if move:
                self._writing.source(call.parameters["key"], call.principal)
            files = self._check(plan)
        except (ProductError, Refused) as error:
            status = error.status if isinstance(error, ProductError) else 400
            return _messages("ERROR", error.message, status)
        if call.query("dry") not in ("1", "true"):
            self._carry_out(plan, call.principal.name, move=move)
        verb = "moving" if move else "copying"
        origin, target = f"{plan.source.key}:{plan.item.path}", f"{plan.target.key}:{plan.path}"
        return _messages("INFO", f"{verb} {origin} to {target} completed successfully, {files} artifacts", 200)

    def _plan(self, call: Call) -> _Plan:
        key, path = call.parameters["key"], check_path(call.parameters["path"])
        to_key, _, to_path = (call.query("to") or "").lstrip("/").partition("/")
        if not to_key:
            raise ProductError(400, "The query parameter to is missing or empty")
        target = self._writing.target(to_key, call.principal)
        found = self._reading.look(key, path) if path else None
        if found is None:
            raise ProductError(404, f"Could not find item '{key}:{path}'")
        return _Plan(found.repository, found.item, target, self._destination(target, found.item, to_path))

    def _destination(self, target: Repository, item: Item, to_path: str) -> str:
        """As `cp` does: into a folder that is there, or ends in a slash, under the own name; else exactly there."""
        wanted = check_path(to_path)
        existing = self._deployment.items(target.key).get(wanted)
        into = not wanted or (existing is not None and existing.folder) or (to_path.endswith("/") and not item.folder)
        return f"{wanted}/{item.name}".lstrip("/") if into else wanted

    def _check(self, plan: _Plan) -> int:
        """How many files the plan concerns; refuses what cannot be carried out, so that nothing is half done."""
        same = plan.source.key == plan.target.key
        if same and f"{plan.path}/".startswith(f"{plan.item.path}/"):
            raise ProductError(400, f"'{plan.item.path}' cannot be copied or moved onto or into itself")
        tree, files = self._deployment.items(plan.target.key), 0
        for item, path in self._moves(plan):
            there = tree.get(path)
            if there is not None and there.folder != item.folder:
                raise ProductError(
                    400, f"'{plan.target.key}:{path}' is there as a {'folder' if there.folder else 'file'}"
                )
            if not item.folder and not patterns.accepts(plan.target.settings, path):
                raise ProductError(403, f"The repository '{plan.target.key}' does not take '{path}'")
            files += not item.folder
        return files

    def _carry_out(self, plan: _Plan, user: str, *, move: bool) -> None:
        for item, path in list(self._moves(plan)):
            fresh = self._writing.new_item(path, item.checksums, item.size, item.properties, user)
            self._writing.store(plan.target, replace(fresh, mime=item.mime, created_by=item.created_by))
        if move:
            self._writing.remove(plan.source, plan.item.path)

    def _moves(self, plan: _Plan) -> list[tuple[Item, str]]:
        """Each item with the path that it comes to."""
        tree = self._deployment.items(plan.source.key)
        below = tree.below(plan.item.path) if plan.item.folder else ()
        return [(item, plan.path + item.path[len(plan.item.path) :]) for item in (plan.item, *below)]


def _messages(level: str, message: str, status: int) -> Response:
    return json_reply({"messages": [{"level": level, "message": message}]}, status=status, media_type=_RESULT)
