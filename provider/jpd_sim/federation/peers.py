"""How one JPD speaks to another: real HTTP to the other's base URL, with the master token that pairing left behind.

Rule 1: nothing else in the simulator opens a connection.
Rule 2: no base URL is called for a repository without a valid binding to it.

The paths below `/artifactory/api/federation/peer/` are the simulator's own and not part of the documented contract: how
the product's members speak to each other is not published.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from jpd_sim.links import Links
from jpd_sim.state.deployment import Deployment
from jpd_sim.state.repositories import Member
from jpd_sim.state.versions import MIXED_SINCE

VERSION_HEADER = "x-jfrog-version"
VERSION_PREFIX = "Artifactory/"
"""As JPDs say in their answers which version they run; towards each other, they say it in requests too."""

_TIMEOUT = httpx.Timeout(10.0)


class PeerError(Exception):
    """The other JPD did not do what it was asked."""


class Unreachable(PeerError):
    """No answer came."""


class Untrusted(PeerError):
    """There is no valid binding, or the other JPD no longer accepts it."""


class Incompatible(PeerError):
    """The two versions cannot be members of one federation."""


class Declined(PeerError):
    """The other JPD answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Peers:
    """The other JPDs, as one JPD sees them."""

    def __init__(self, deployment: Deployment, links: Links) -> None:
        self._deployment = deployment
        self._links = links
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    def trusts(self, member: Member) -> bool:
        """Whether this JPD holds a valid master token for a member."""
        return self._deployment.binding_for(member.base_url, member.key) is not None

    async def call(self, method: str, member: Member, resource: str, body: object = None) -> httpx.Response:
        """Ask the JPD of a member about its repository: `resource` is `events`, `repository`, and so on."""
        binding = self._deployment.binding_for(member.base_url, member.key)
        if binding is None and self._deployment.expired_binding_for(member.base_url, member.key):
            raise Untrusted(
                f"Master authentication token is expired for remote: {member.base_url}, "
                "refresh the token instances must be paired again!"
            )
        if binding is None:
            raise Untrusted(f"no valid master token for remote: {member.base_url}, the instances must be paired again")
        url = f"{member.base_url}/artifactory/api/federation/peer/{quote(member.key, safe='')}/{resource}"
        headers = {
            "Authorization": f"Bearer {binding.access_token}",
            VERSION_HEADER: f"{VERSION_PREFIX}{self._deployment.profile.version}",
        }
        response = await self._send(method, url, json=body, headers=headers)
        if response.status_code in (401, 403):
            raise Untrusted(f"{member.base_url} does not accept the master token")
        if response.status_code == 412:
            raise Incompatible(
                f"{member.base_url} runs another version than {self._deployment.profile.version}; before "
                f"{'.'.join(map(str, MIXED_SINCE))} all members of a federation must run the same version"
            )
        if response.is_error:
            raise Declined(response.status_code, response.text[:256])
        return response

    async def ask(self, method: str, member: Member, resource: str, body: object = None) -> dict[str, Any]:
        """As `call`, and the JSON object of the answer; Declined when the answer is none."""
        response = await self.call(method, member, resource, body)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Declined(response.status_code, f"{member.base_url} answered something that is not a JSON object")
        return answer

    async def post(self, url: str, body: object, token: str | None = None) -> httpx.Response:
        """Post to a URL that another JPD gave us, for pairing."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self._send("POST", url, json=body, headers=headers)

    async def get(self, url: str, token: str | None = None) -> httpx.Response:
        """Ask another JPD, as nobody or in the name of the bearer of a token."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return await self._send("GET", url, json=None, headers=headers)

    async def fetch(
        self, url: str, *, credentials: tuple[str, str] | None, timeout_seconds: float, headers: dict[str, str]
    ) -> httpx.Response:
        """Get a file for a remote repository, from another JPD or any other server, with its own credentials only."""
        headers = {"Accept-Encoding": "identity", **headers}
        options = {"auth": credentials, "timeout": timeout_seconds, "follow_redirects": True}
        return await self._send("GET", url, json=None, headers=headers, **options)

    async def _send(
        self, method: str, url: str, *, json: object, headers: dict[str, str], **options: Any
    ) -> httpx.Response:
        await self._links.travel(self._deployment.name, url)
        if self._links.blocked(self._deployment.name, url):
            raise Unreachable(f"{url}: connection timed out")
        if self._client is None:
            # No proxy and no credentials from the environment of whoever runs the simulator.
            self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False, verify=self._links.tls)
        arguments: dict[str, Any] = options if json is None else {**options, "json": json}
        try:
            return await self._client.request(method, url, headers=headers, **arguments)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise Unreachable(f"{url}: {error}") from error
