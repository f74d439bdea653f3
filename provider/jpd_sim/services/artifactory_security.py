"""Artifactory: users, groups, certificates, the older password log-in, replications (contract 9.1, 1.6)."""

from __future__ import annotations

from types import MappingProxyType
from urllib.parse import parse_qsl

from starlette.responses import Response

from jpd_sim.services.replies import ProductError, json_reply, read_limited, read_object, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import ADMIN_SCOPE, USER_SCOPE, Deployment, Group

_TOKEN_SECONDS = 3600
"""Life of a token of the old call when nobody names one (JFrog, "Create Token")."""


class Security:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        security, group = "/api/security", "/api/security/groups/{name}"
        return [
            Route("GET", f"{security}/users", self.users, Right.ADMIN, "9.1 users"),
            Route("GET", f"{security}/groups", self.groups, Right.ADMIN, "9.1 groups"),
            Route("GET", group, self.read_group, Right.ADMIN, "9.1 groups"),
            Route("PUT", group, self.save_group, Right.ADMIN, "9.1 groups"),
            Route("DELETE", group, self.delete_group, Right.ADMIN, "9.1 groups"),
            Route("GET", "/api/system/security/certificates", self.certificates, Right.ADMIN, "9.1 certificates"),
            Route("GET", f"{security}/encryptedPassword", self.password, Right.USER, "9.1 encryptedPassword"),
            Route("POST", f"{security}/token", self.token, Right.USER, "9.1 token"),
            Route("GET", "/api/replications", self.replications, Right.ADMIN, "9.1 replications"),
            Route("GET", "/api/replications/{key}", self.replication, Right.ADMIN, "9.1 replications"),
        ]

    async def users(self, _call: Call) -> Response:
        """9.1: an array."""
        return json_reply(
            [
                {"name": user.name, "uri": self._uri("users", user.name), "realm": "internal"}
                for user in self._deployment.users
            ]
        )

    async def groups(self, _call: Call) -> Response:
        """9.1: an array."""
        names = [group.name for group in self._deployment.groups]
        return json_reply([{"name": name, "uri": self._uri("groups", name)} for name in names])

    async def read_group(self, call: Call) -> Response:
        """9.1: 200 or 404."""
        group = self._group(call)
        return json_reply({"name": group.name, **group.fields})

    async def save_group(self, call: Call) -> Response:
        """9.1: 201 when it is new, 200 when it was there."""
        name = call.parameters["name"]
        fields = {key: value for key, value in (await read_object(call.request)).items() if key != "name"}
        known = self._deployment.groups.get(name)
        defaults = {"description": "", "autoJoin": False, "adminPrivileges": False, "realm": "internal"}
        merged = {**(defaults if known is None else known.fields), **fields}
        self._deployment.groups.put(name, Group(name, MappingProxyType(merged)))
        return text_reply("", status=201 if known is None else 200)

    async def delete_group(self, call: Call) -> Response:
        """9.1: 200 with a sentence, or 404."""
        name = self._group(call).name
        self._deployment.groups.drop(name)
        return text_reply(f"Group '{name}' has been removed successfully.")

    async def certificates(self, _call: Call) -> Response:
        """9.1: an array; the simulator has no client certificates for remote repositories."""
        return json_reply([])

    async def password(self, call: Call) -> Response:
        """9.1: text that works as the caller's password (here a token; the product's form is its own)."""
        return text_reply(self._token_for(call, call.principal.name, _TOKEN_SECONDS))

    async def token(self, call: Call) -> Response:
        """9.1: form-encoded `username`, `scope`, `expires_in`; 200. Users get tokens for themselves only."""
        wanted = dict(parse_qsl((await read_limited(call.request)).decode("utf-8", "replace")))
        username = wanted.get("username") or call.principal.name
        if username != call.principal.name and not call.principal.admin:
            raise ProductError(403, "Only administrators can create tokens for others")
        seconds = wanted.get("expires_in", str(_TOKEN_SECONDS))
        if not seconds.isascii() or not seconds.isdigit() or len(seconds) > 12:
            raise ProductError(400, "expires_in must be a whole number of seconds")
        scope = wanted.get("scope") or "api:*"
        encoded = self._token_for(call, username, int(seconds))
        return json_reply({"access_token": encoded, "expires_in": int(seconds), "scope": scope, "token_type": "Bearer"})

    async def replications(self, _call: Call) -> Response:
        """9.1: 404 as JSON; the simulator has federation, and none of the older replication."""
        raise ProductError(404, "No replication configurations were found")

    async def replication(self, call: Call) -> Response:
        """1.6: 400 without the repository, otherwise as above."""
        if call.parameters["key"] not in self._deployment.repositories:
            raise ProductError(400, "Could not find repository")
        return await self.replications(call)

    def _token_for(self, call: Call, username: str, seconds: int) -> str:
        admin = call.principal.admin and username == call.principal.name
        scope = f"{USER_SCOPE} {ADMIN_SCOPE}" if admin else USER_SCOPE
        audience = self._deployment.identity.artifactory_id
        _, encoded = self._deployment.tokens.issue(
            username, scope, lifetime_seconds=seconds or None, audience=audience, issuer=audience
        )
        return encoded

    def _group(self, call: Call) -> Group:
        group = self._deployment.groups.get(call.parameters["name"])
        if group is None:
            raise ProductError(404, f"Group '{call.parameters['name']}' does not exist")
        return group

    def _uri(self, kind: str, name: str) -> str:
        return f"{self._deployment.base_url or self._deployment.url}/artifactory/api/security/{kind}/{name}"
