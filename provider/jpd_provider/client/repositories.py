"""Repository configuration: `/artifactory/api/repositories` (contract: federation 1)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jpd_provider.errors import ApiError, ContractError, NotFound

from .http import Http

__all__ = ["Member", "Repositories", "RepositoryConfiguration", "StorageSummary"]

_PATH = "/artifactory/api/repositories"

_NO_LICENCE = "license"
# The same 400 says that the REST API needs a licence (contract: federation 1.6); that is a refusal, not "gone".


class Member(BaseModel):
    """One entry of a federation's member list."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    url: str
    """`<base URL>/artifactory/<key>`, without a trailing slash."""

    enabled: bool = True
    """Whether the member synchronises. The product's samples also show it as a string; absent means true."""


class RepositoryConfiguration(BaseModel):
    """A repository's configuration as a JPD reports it; `raw` keeps every field by JFrog's name."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    key: str
    repository_class: str = Field(alias="rclass", default="")
    package_type: str = Field(alias="packageType", default="")
    members: tuple[Member, ...] = ()
    raw: dict[str, Any] = Field(default_factory=dict, exclude=True, repr=False)

    @classmethod
    def from_wire(cls, body: Mapping[str, Any]) -> RepositoryConfiguration:
        """From a GET's body. The v2 form names the class `type`, the v1 form `rclass`."""
        known = dict(body)
        known["rclass"] = str(body.get("rclass") or body.get("type") or "").lower()
        known["members"] = body.get("members") or ()
        return cls.model_validate({**known, "raw": dict(body)})


class _File(BaseModel):
    """One artifact of a listing."""

    size: int = 0


class _Listing(BaseModel):
    """The answer of a file listing."""

    files: list[_File]


class StorageSummary(BaseModel):
    """How much a repository holds."""

    model_config = ConfigDict(frozen=True)

    artifacts: int
    size_bytes: int


class Repositories:
    """Repositories of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def create(self, key: str, configuration: Mapping[str, Any]) -> None:
        """Create a repository (R1). Conflict: the key is taken, in whatever case of letters."""
        self._http.request("PUT", _at(key), doing=f"create repository '{key}'", json=dict(configuration))

    def delete(self, key: str) -> bool:
        """Delete a repository with all its content (R5). False: there was none."""
        try:
            self._http.request("DELETE", _at(key), doing=f"delete repository '{key}'")
        except NotFound:
            return False
        return True

    def get(self, key: str) -> RepositoryConfiguration | None:
        """A repository's configuration (R3), or None when it does not exist.

        Raises:
            ContractError: The answer is no repository configuration; it never means that the repository is gone.
        """
        doing = f"read repository '{key}'"
        try:
            body = self._http.request("GET", _at(key), doing=doing, body="json").json
        except NotFound:
            return None
        except ApiError as refused:
            if _means_missing(refused):
                return None
            raise
        if not isinstance(body, dict) or body.get("key") != key:
            raise self._unexpected(doing, "its configuration")
        try:
            return RepositoryConfiguration.from_wire(body)
        except ValidationError:
            raise self._unexpected(doing, "its configuration") from None

    def update(self, key: str, configuration: Mapping[str, Any]) -> None:
        """Change the given fields of a repository (R2); lists such as `members` are replaced as a whole."""
        self._http.request("POST", _at(key), doing=f"update repository '{key}'", json=dict(configuration))

    def storage(self, key: str) -> StorageSummary:
        """How many artifacts a repository holds, and their size (A11)."""
        path = f"/artifactory/api/storage/{urllib.parse.quote(key, safe='')}"
        params = {"list": "", "deep": "1", "listFolders": "0"}
        try:
            body = self._http.request(
                "GET", path, doing=f"list artifacts of repository '{key}'", params=params, body="json"
            ).json
        except NotFound:
            return StorageSummary(artifacts=0, size_bytes=0)
        try:
            files = _Listing.model_validate(body).files
        except ValidationError:
            # Never read as "empty": that would let a repository with content be deleted.
            raise self._unexpected(f"list artifacts of repository '{key}'", "its files") from None
        return StorageSummary(artifacts=len(files), size_bytes=sum(file.size for file in files))

    def _unexpected(self, doing: str, expected: str) -> ContractError:
        return ContractError(
            f"{doing} on deployment '{self._http.deployment.name}' answered with something else than {expected}.",
            deployment=self._http.deployment.name,
            hint="Check that the deployment's url leads to a JPD's router.",
        )


def _at(key: str) -> str:
    return f"{_PATH}/{urllib.parse.quote(key, safe='')}"


def _means_missing(refused: ApiError) -> bool:
    """The product answers 400 for a missing repository, its OpenAPI says 404 (contract: federation 12, U1)."""
    return refused.status == 400 and _NO_LICENCE not in refused.body_excerpt.lower()
