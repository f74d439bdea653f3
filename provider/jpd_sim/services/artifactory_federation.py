"""Artifactory: federation management, rows F1 to F6 and F9 of the contract (2.1 and 2.2)."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from jpd_sim.federation import comparison, configuration, full_sync
from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import PeerError
from jpd_sim.services.artifactory_federation_gates import require_rtfs, require_version
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_json, read_limited, text_reply
from jpd_sim.services.repository_saving import check_licence
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import package_types
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.errors import StateError
from jpd_sim.state.repositories import Member, Repository

_TRIGGERED = "Full sync triggered successfully"


class Federation:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def routes(self) -> list[Route]:
        """The table."""
        base = "/api/federation"
        return [
            Route("POST", f"{base}/migrate/{{key}}", self.migrate, Right.ADMIN, "F1"),
            Route("POST", f"{base}/convertToLocal", self.convert_to_local, Right.ADMIN, "F2"),
            Route("POST", f"{base}/fullSync/{{key}}", self.full_sync, Right.ADMIN, "F3"),
            Route("POST", f"{base}/forceFullSync/{{key}}", self.force_full_sync, Right.ADMIN, "F4"),
            Route("POST", f"{base}/configSync/{{key}}", self.config_sync, Right.ADMIN, "F5"),
            Route("GET", f"{base}/inconsistentRepos", self.inconsistent, Right.ADMIN, "F6"),
            Route("POST", f"{base}/removeMember", self.remove_member, Right.ADMIN, "F9"),
        ]

    async def migrate(self, call: Call) -> Response:
        """F1 (H/convert-local-...): in place, content stays; nothing is replicated until a full sync."""
        check_licence(self._deployment, "federated")
        repository = self._require(call.parameters["key"])
        if repository.rclass != "local":
            raise ProductError(400, f"Repository '{repository.key}' is not a local repository")
        if repository.package_type in package_types.NOT_FEDERABLE:
            raise ProductError(400, f"Repositories of type {repository.package_type} cannot be federated")
        own = Member(self._deployment.member_url(repository.key))
        settings = {**repository.settings, "disableProxy": False}
        self._deployment.save_repository(replace(repository, rclass="federated", settings=settings, members=(own,)))
        self._engine.fit_workers(repository.key)
        return text_reply("Migration finished successfully")

    async def convert_to_local(self, call: Call) -> Response:
        """F2 (H/convert-federated-repository-to-a-local-repository): 200; a map when some fail, 400 when all."""
        require_version(self._deployment, "7.103.0")
        keys = await read_json(call.request)
        if not isinstance(keys, list) or not keys or not all(isinstance(key, str) for key in keys):
            raise ProductError(400, "The request body must be a JSON array of repository keys")
        failed = {key: reason for key in keys if (reason := self._convert(key))}
        if failed:
            return json_reply({"failedConversionRepositories": failed}, status=400 if len(failed) == len(keys) else 200)
        return text_reply(f"Successfully converted from federated to local repositories: [{', '.join(keys)}]")

    async def full_sync(self, call: Call) -> Response:
        """F3 (H/federated-repository-full-sync): starts it and answers at once; text (U3: the first form).

        With `isDry=true` (AD/use-the-federation-comparison-tool; RTFS, since 7.104.2) it copies nothing and writes a
        report of what the members lack into a system repository.
        """
        repository = self._require(call.parameters["key"])
        targets = full_sync.targets(self._deployment, repository, call.query("mirror"))
        if call.query("isDry") == "true":
            require_rtfs(self._deployment)
            return await self._compare(repository, targets)
        self._engine.full_sync(repository, targets)
        return self._triggered()

    async def force_full_sync(self, call: Call) -> Response:
        """F4 (H/federated-repository-force-full-sync, since 7.80.0): breaks off one that is running."""
        require_version(self._deployment, "7.80.0")
        repository = self._require(call.parameters["key"])
        targets = full_sync.targets(self._deployment, repository, call.query("mirror"))
        self._engine.full_sync(repository, targets, force=True)
        return self._triggered()

    async def config_sync(self, call: Call) -> Response:
        """F5 (H/synchronize-federated-member-configuration): pushes the configuration again; no body is documented."""
        require_version(self._deployment, "7.27.6")
        await read_limited(call.request)
        await configuration.push(self._engine, self._require(call.parameters["key"]).key)
        return empty_reply(200)

    async def inconsistent(self, _call: Call) -> Response:
        """F6 (H/get-list-of-inconsistent-federated-repositories): keys whose members' configurations differ (S8)."""
        require_version(self._deployment, "7.108.3")
        keys = []
        for repository in self._deployment.repositories:
            if repository.rclass == "federated" and await self._differs(repository):
                keys.append(repository.key)
        return json_reply(keys)

    async def remove_member(self, call: Call) -> Response:
        """F9 (OAS): the URL as text, with or without the repository (U20); out of every federation that it is in."""
        require_rtfs(self._deployment)
        url = (await read_limited(call.request)).decode("utf-8", "replace").strip().rstrip("/")
        found = False
        for repository in self._deployment.repositories:
            gone = {
                member.url
                for member in self._deployment.remote_members(repository)
                if url in (member.url, member.base_url, f"{member.base_url}/artifactory")
            }
            if gone:
                found = True
                left = [member for member in repository.members if member.url not in gone]
                await configuration.save(self._engine, repository.with_members(left))
        if not found:
            raise ProductError(400, f"'{url}' is not a member of any federation")
        return text_reply(f"Member {url} was removed successfully")

    def _triggered(self) -> Response:
        if self._deployment.profile.full_sync_answers_json:
            return json_reply({"message": _TRIGGERED, "resultPaths": []})
        return text_reply(_TRIGGERED)

    async def _compare(self, repository: Repository, targets: list[Member]) -> Response:
        paths = []
        for member in targets:
            try:
                paths.append(await comparison.write_report(self._engine, repository.key, member))
            except PeerError as error:
                raise ProductError(500, f"The comparison with {member.url} failed: {error}") from error
        return json_reply({"message": "Dry full sync completed successfully.", "resultPaths": paths})

    def _require(self, key: str) -> Repository:
        try:
            return self._deployment.require_repository(key)
        except StateError as error:
            raise ProductError(400, error.message) from error

    def _convert(self, key: str) -> str | None:
        repository = self._deployment.repositories.get(key)
        if repository is None or repository.rclass != "federated":
            return f"Repo {key} does not exist or is not of Federated type"
        if self._deployment.remote_members(repository):
            return f"Repo {key} contains remote members"
        if repository.package_type == "buildinfo":
            return f"Repo {key} is a build-info repository and cannot be converted"
        settings = {name: value for name, value in repository.settings.items() if name not in ("proxy", "disableProxy")}
        self._deployment.save_repository(replace(repository, rclass="local", settings=settings, members=()))
        self._engine.fit_workers(key)
        return None

    async def _differs(self, repository: Repository) -> bool:
        for member in self._deployment.remote_members(repository):
            try:
                answer = await self._engine.peers.ask("GET", member, "repository")
            except PeerError:
                continue
            if answer.get("fingerprint") != repository.fingerprint():
                return True
        return False
