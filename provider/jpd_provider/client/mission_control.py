"""Mission Control: the JPD registry, `/mc/api/v1` (contract: trust 3)."""

from __future__ import annotations

import urllib.parse
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from jpd_provider.errors import ContractError

from .http import Http

__all__ = ["Location", "MissionControl", "Registered"]

_PATH = "/mc/api/v1"


class Location(BaseModel):
    """Where a JPD is; it places it on Mission Control's map."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    city_name: str = ""
    country_code: str = ""
    latitude: float = 0.0
    longitude: float = 0.0


class Status(BaseModel):
    """What Mission Control thinks of a JPD: ONLINE, OFFLINE, PARTIAL or UNAUTHORIZED."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    code: str = ""
    message: str = ""


class Registered(BaseModel):
    """One entry of the registry, as Mission Control shows it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    name: str
    url: str
    base_url: str = ""
    location: Location = Location()
    tags: list[str] = Field(default_factory=list)
    local: bool = False
    status: Status = Status()


class MissionControl:
    """Calls to the Mission Control of one deployment."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def add_jpd(self, *, name: str, url: str, location: Location, tags: list[str], token: SecretStr) -> Registered:
        """Register a JPD (POST jpds). The token is a pairing token or the join key; the target is contacted."""
        doing = f"register JPD '{name}' at {url}"
        body = _body(name, url, location, tags, token)
        answer = self._http.request("POST", f"{_PATH}/jpds", doing=doing, json=body, body="json")
        return self._parsed(answer.json, doing)

    def delete_jpd(self, id_: str) -> None:
        """Remove an entry (DELETE jpds/{id}); NotFound when there is none."""
        self._http.request("DELETE", _at(id_), doing=f"remove JPD {id_} from the registry")

    def get_jpd(self, id_: str) -> Registered:
        """One entry (GET jpds/{id}); NotFound when there is none."""
        doing = f"read JPD {id_} of the registry"
        return self._parsed(self._http.request("GET", _at(id_), doing=doing, body="json").json, doing)

    def list_jpds(self) -> list[Registered]:
        """All entries, home included (GET jpds)."""
        doing = "list the JPDs of the registry"
        found = self._http.request("GET", f"{_PATH}/jpds", doing=doing, body="json").json
        return [self._parsed(entry, doing) for entry in (found if isinstance(found, list) else [None])]

    def ping(self) -> None:
        """Mission Control answers (GET system/ping); NotFound where it is not enabled."""
        self._http.request("GET", f"{_PATH}/system/ping", doing="ping Mission Control")

    def update_jpd(
        self, id_: str, *, name: str, url: str, location: Location, tags: list[str], token: SecretStr | None = None
    ) -> None:
        """Change an entry (PUT jpds/{id}). Without a token its trust stays as it is (trust 9, item 12)."""
        body = _body(name, url, location, tags, token)
        self._http.request("PUT", _at(id_), doing=f"change JPD {id_} of the registry", json=body)

    def _parsed(self, entry: Any, doing: str) -> Registered:
        try:
            return Registered.model_validate(entry)
        except ValidationError:
            name = self._http.deployment.name
            raise ContractError(f"{doing} on deployment '{name}' answered with no JPD.", deployment=name) from None


def _body(name: str, url: str, location: Location, tags: list[str], token: SecretStr | None) -> dict[str, Any]:
    body = {"name": name, "url": url, "location": location.model_dump(), "tags": tags}
    return body if token is None else body | {"token": token.get_secret_value()}


def _at(id_: str) -> str:
    return f"{_PATH}/jpds/{urllib.parse.quote(id_, safe='')}"
