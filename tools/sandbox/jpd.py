"""A JPD as somebody with curl sees it. No code of the provider: the demo must not believe what it is to show."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

ANSWER_SECONDS = 30
"""Ours: both JPDs are on this machine."""
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback must not go through a proxy


class Refused(Exception):
    """A request got another status than was asked for."""


@dataclass(frozen=True)
class Jpd:
    """Name, base URL and administrator's token of one deployment."""

    name: str
    url: str
    token: str

    def artifact_url(self, repository: str, path: str) -> str:
        """Where an artifact is put and fetched."""
        return f"{self.url}/artifactory/{repository}/{path}"

    def configuration(self) -> str:
        """The configuration descriptor (XML), which lists the tokens that pair this JPD with others."""
        return self._request("GET", "/artifactory/api/system/configuration", expect=(200,))[1].decode()

    def edit_repository(self, key: str, fields: dict[str, Any]) -> None:
        """Changes fields of a repository, as the UI would (POST /artifactory/api/repositories/{key})."""
        body = json.dumps({"rclass": "federated", **fields}).encode()
        self._request("POST", f"/artifactory/api/repositories/{key}", body, "application/json", expect=(200,))

    def fetch(self, repository: str, path: str) -> bytes | None:
        """An artifact's bytes, or None when it is not there (yet)."""
        status, body = self._request("GET", f"/artifactory/{repository}/{path}", expect=(200, 404))
        return body if status == 200 else None

    def put(self, repository: str, path: str, content: bytes) -> None:
        """Deploys an artifact."""
        self._request("PUT", f"/artifactory/{repository}/{path}", content, expect=(201,))

    def repository(self, key: str) -> dict[str, Any] | None:
        """A repository's configuration, or None: the product answers 400 for a key that does not exist."""
        status, body = self._request("GET", f"/artifactory/api/repositories/{key}", expect=(200, 400, 404))
        return dict(json.loads(body)) if status == 200 else None

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/octet-stream",
        *,
        expect: tuple[int, ...],
    ) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        url = self.url + path  # printed by the simulator: always http on loopback
        request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310  # see the line above
        try:
            with _OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
                status, content = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, content = refused.code, refused.read()
        if status not in expect:
            excerpt = content[:256].decode(errors="replace")
            raise Refused(f"{method} {path} on {self.name}: {status}, expected {expect[0]}: {excerpt}")
        return status, content
