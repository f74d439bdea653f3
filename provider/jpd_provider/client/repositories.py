"""Repository configuration: `/artifactory/api/repositories` (contract: federation 1)."""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Mapping
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

    def __init__(self, http: Http, on_write: Callable[[], None] = lambda: None) -> None:
        self._http = http
        self._on_write = on_write

    def all_federated(self) -> dict[str, RepositoryConfiguration] | None:
        """Every federated repository by its key (R8, since 7.61.3); None when the JPD has no such call."""
        doing = "read all repository configurations"
        try:
            body = self._http.request(
                "GET", f"{_PATH}/configurations", doing=doing, params={"repoType": "federated"}, body="json"
            ).json
        except ApiError as refused:
            # Before 7.61.3 the path names a repository called "configurations", which does not exist.
            if refused.status in (400, 404, 405):
                return None
            raise
        entries = body.get("FEDERATED", []) if isinstance(body, dict) else None
        try:
            found = [RepositoryConfiguration.from_wire(entry) for entry in entries or ()]
        except (ValidationError, AttributeError):
            raise self._unexpected(doing, "a list of configurations") from None
        if entries is None:
            raise self._unexpected(doing, "a list of configurations")
        return {configuration.key: configuration for configuration in found}

    def create(self, key: str, configuration: Mapping[str, Any]) -> None:
        """Create a repository (R1). Conflict: the key is taken, in whatever case of letters."""
        self._write("PUT", key, f"create repository '{key}'", configuration)

    def delete(self, key: str) -> bool:
        """Delete a repository with all its content (R5). False: there was none."""
        try:
            self._write("DELETE", key, f"delete repository '{key}'")
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
        self._write("POST", key, f"update repository '{key}'", configuration)

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

    def _write(self, method: str, key: str, doing: str, configuration: Mapping[str, Any] | None = None) -> None:
        try:
            self._http.request(method, _at(key), doing=doing, json=configuration and dict(configuration))
        finally:
            # Also after a failure: an answer that did not arrive may have been a success.
            self._on_write()

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
