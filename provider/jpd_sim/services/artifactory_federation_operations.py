"""Artifactory: running a federation, rows F7, F8, F10 to F13 and F16 of the contract (2.1 and 2.2)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

from starlette.responses import Response

from jpd_sim.federation import addresses, configuration, full_sync
from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import PeerError
from jpd_sim.services.artifactory_federation_gates import require_rtfs, require_version
from jpd_sim.services.replies import (
    ProductError,
    empty_reply,
    json_reply,
    read_json,
    read_limited,
    read_object,
    text_reply,
)
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import package_types
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Member, Repository

MAX_PRIORITISED = 10
"""Prioritised repositories of one JPD (F11)."""
_MIGRATING = "Monitoring is unavailable, migration in progress"
"""Text T-4."""


class FederationOperations:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation"
        return [
            Route("POST", f"{base}/recovery/{{key}}", self.recover_one, Right.ADMIN, "F7"),
            Route("POST", f"{base}/recovery", self.recover, Right.ADMIN, "F7a"),
            Route("PUT", f"{base}/propagateCreatedTime", self.propagate_created_time, Right.ADMIN, "F8"),
            Route("POST", f"{base}/reconnect", self.reconnect, Right.ADMIN, "F10"),
            Route("PUT", f"{base}/prioritization/{{key}}", self.prioritise, Right.ADMIN, "F11"),
            Route("POST", f"{base}/replaceUrl", self.replace_url, Right.ADMIN, "F12"),
            Route("POST", f"{base}/repos/enable", self.enable, Right.ADMIN, "F13"),
            Route("GET", f"{base}/status", self.status, Right.ADMIN, "F16"),
        ]

    async def recover_one(self, call: Call) -> Response:
        """F7 (H/federation-recovery), the form from 7.71.1 up to 7.109.1."""
        require_version(self._deployment, "7.71.1", before="7.109.2")
        return self._recovered(call.parameters["key"], force=False)

    async def recover(self, call: Call) -> Response:
        """F7a (H/federation-recovery; OAS): takes up exhausted queues, of one repository or of all. Since 7.109.2.

        What `force` does is not documented; here it also cuts short the waits of queues that are not exhausted.
        """
        require_version(self._deployment, "7.109.2")
        return self._recovered(call.query("repoKey"), force=call.query("force") == "true")

    async def propagate_created_time(self, call: Call) -> Response:
        """F8 (H/propagate-creation-time-metadata-during-full-sync): RTFS, since 7.123.0; 400 without `enabled`."""
        require_version(self._deployment, "7.123.0")
        require_rtfs(self._deployment)
        enabled = call.query("enabled")
        if enabled not in ("true", "false"):
            raise ProductError(400, "The query parameter enabled is required: true or false")
        self._deployment.federation.switches.put(full_sync.PROPAGATE_CREATED_TIME, enabled == "true")
        return empty_reply(200)

    async def reconnect(self, call: Call) -> Response:
        """F10 (OAS): asks every member for an answer, resumes at once; 424 when one gives none. Text is ours."""
        require_rtfs(self._deployment)
        await read_limited(call.request)
        failed = [member.base_url for member in self._other_jpds() if not await self._answers(member)]
        self._engine.retry_now()
        if failed:
            raise ProductError(424, f"Failed to reconnect to: {', '.join(failed)}")
        return text_reply("Reconnected successfully")

    async def prioritise(self, call: Call) -> Response:
        """F11 (H/prioritize-federated-repository, since 7.104.2): 404 unknown repository; at most ten have `high`.

        The documented text ends in an unexpanded `%s`; the level takes its place here.
        """
        require_version(self._deployment, "7.104.2")
        await read_limited(call.request)
        repository = self._federated(call.parameters["key"], status=404)
        level, table = (call.query("priorityLevel") or "").lower(), self._deployment.federation.prioritised
        if level not in ("high", "standard"):
            raise ProductError(400, "priorityLevel must be high or standard")
        if level == "standard":
            table.drop(repository.key)
        elif repository.key not in table and len(table) >= MAX_PRIORITISED:
            raise ProductError(400, f"At most {MAX_PRIORITISED} repositories can be prioritized")
        else:
            table.put(repository.key, "HIGH")
        return text_reply(f"The repository priority has been changed to {level}.")

    async def replace_url(self, call: Call) -> Response:
        """F12 (CF/Change+the+Base+URL+in+Federated+Repositories, since 7.55.1), on each target after pairing again.

        The answer is not documented; this text is ours.
        """
        require_version(self._deployment, addresses.CHANGE_SINCE)
        body = await read_object(call.request)
        old, new = (_base_url(body, name) for name in ("oldBaseUrl", "newBaseUrl"))
        changed = addresses.replace_base_url(self._engine, old, new)
        return text_reply(f"Replaced the URL in {changed} federated repositories.")

    async def enable(self, call: Call) -> Response:
        """F13 (KB-en): switches the own members of these package types on again; `["*"]` means all types."""
        types = await read_json(call.request)
        if not isinstance(types, list) or not types or not all(isinstance(name, str) for name in types):
            raise ProductError(400, 'The request body must be a JSON array of package types, or ["*"]')
        wanted = {package_types.canonical(name) or name for name in types}
        for repository in self._deployment.repositories:
            paused = repository.rclass == "federated" and self._deployment.is_paused(repository)
            if paused and ("*" in wanted or repository.package_type in wanted):
                own = self._deployment.member_url(repository.key)
                members = [replace(each, enabled=each.enabled or each.url == own) for each in repository.members]
                await configuration.save(self._engine, repository.with_members(members))
        return text_reply(f"Repos of type [{', '.join(types)}] enabled.")

    async def status(self, _call: Call) -> Response:
        """F16, a probe of an article of JFrog: T-4 while the event table migrates, else (inferred) 200, no detail."""
        if self._deployment.profile.event_table_migrating:
            raise ProductError(503, _MIGRATING)
        return json_reply({})

    def _recovered(self, key: str | None, *, force: bool) -> Response:
        if key is not None:
            self._federated(key, status=400)
        self._engine.recover(key, force=force)
        return text_reply("Recovery triggered successfully")

    def _federated(self, key: str, *, status: int) -> Repository:
        repository = self._deployment.repositories.get(key)
        if repository is None or repository.rclass != "federated":
            raise ProductError(status, f"Federated repository {key} was not found")
        return repository

    def _other_jpds(self) -> list[Member]:
        """One remote member per other JPD."""
        found: dict[str, Member] = {}
        for repository in self._deployment.repositories:
            for member in self._deployment.remote_members(repository):
                found.setdefault(member.base_url, member)
        return list(found.values())

    async def _answers(self, member: Member) -> bool:
        try:
            await self._engine.peers.ask("GET", member, "capabilities")
        except PeerError:
            return False
        return True


def _base_url(body: dict[str, object], name: str) -> str:
    url = body.get(name)
    text = url.rstrip("/").removesuffix("/artifactory").rstrip("/") if isinstance(url, str) else ""
    if urlsplit(text).scheme not in {"http", "https"}:
        raise ProductError(400, f"{name} must be an http or https URL")
    return text
