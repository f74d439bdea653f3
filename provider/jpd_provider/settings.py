"""The registry of deployments: URL, credential, TLS and timeouts, and where each value came from.

It is the stack configuration `jpd:deployments`, a map from a name to:

    url                     https://eu.example.com, the platform's URL without /artifactory (required)
    baseUrl                 the base URL that other JPDs know, where it differs from what the JPD itself reports
    accessToken             a token, or accessTokenEnv / accessTokenFile: the variable or file that holds it
    username, password      Basic authentication, the last resort
    caFile                  a PEM file of certificate authorities to trust instead of the system's
    connectTimeoutSeconds   default 5
    readTimeoutSeconds      default 60

The credential is taken from the first of: environment variable JPD_<NAME>_ACCESS_TOKEN, accessTokenFile or
accessTokenEnv, accessToken, username and password. Nothing here makes a network call.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic.alias_generators import to_camel

from jpd_provider import redaction
from jpd_provider.errors import SettingsError

__all__ = ["CONFIG_KEY", "PREFLIGHT_KEY", "Credential", "Deployment", "Settings", "token_variable"]

CONFIG_KEY = "jpd:deployments"
PREFLIGHT_KEY = "jpd:preflight"

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
# Names are part of resource ids (`eu~us/federated-repo/*`) and of variable names, so they are kept plain. Our choice.

_TOKEN = re.compile(r"[!-~]+")
# What an HTTP header can carry as one word: a line break or an umlaut means that something else was pasted.

_EXAMPLE = f"For example: pulumi config set --path '{CONFIG_KEY}.eu.url' https://eu.example.com"

Environment = Mapping[str, str]


class _DeploymentConfig(BaseModel):
    """One entry of `jpd:deployments` as the user wrote it."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, alias_generator=to_camel, hide_input_in_errors=True
    )

    url: str
    base_url: str | None = None
    access_token: SecretStr | None = None
    access_token_env: str | None = None
    access_token_file: str | None = None
    username: str | None = None
    password: SecretStr | None = None
    ca_file: str | None = None
    connect_timeout_seconds: float = Field(default=5.0, gt=0, allow_inf_nan=False)
    read_timeout_seconds: float = Field(default=60.0, gt=0, allow_inf_nan=False)


@dataclasses.dataclass(frozen=True)
class Credential:
    """What authenticates us on one origin, and where it came from."""

    kind: Literal["token", "password"]

    secret: SecretStr
    """The token, or the password of `username`."""

    source: str
    """For people: "environment variable JPD_EU_ACCESS_TOKEN"."""

    username: str = ""


@dataclasses.dataclass(frozen=True)
class Deployment:
    """One JPD as this stack knows it."""

    name: str

    url: str
    """Scheme, host, port and optional path, without a trailing slash."""

    base_url: str | None
    """The base URL that peers use, if the configuration states it; None: the JPD is asked."""

    ca_file: Path | None
    connect_timeout_seconds: float
    read_timeout_seconds: float

    sources: Mapping[str, str]
    """For each value that was given: where it came from."""

    _config: _DeploymentConfig = dataclasses.field(repr=False)
    _environment: Environment = dataclasses.field(repr=False)

    def __hash__(self) -> int:
        """Equal settings share one HTTP client."""
        return hash((self.name, self.url))

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port that the credential is bound to."""
        parts = urllib.parse.urlsplit(self.url)
        return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def credential(self) -> Credential:
        """The credential that wins, read now and registered with the redactor.

        Raises:
            SettingsError: No source yields one; the message lists what can be set.
        """
        for candidate in (self._from_variable, self._from_file, self._from_named_variable, self._from_config):
            credential = candidate()
            if credential is not None:
                secret = redaction.register(credential.secret.get_secret_value())
                if credential.kind == "token" and not _TOKEN.fullmatch(secret):
                    raise SettingsError(
                        f"The token of deployment '{self.name}' from {credential.source} holds blanks or other "
                        "characters that no token has."
                    )
                return credential
        raise SettingsError(
            f"Deployment '{self.name}' ({self.url}) has no credential.",
            hint=f"Set the variable {token_variable(self.name)}, or one of accessTokenFile, accessTokenEnv, "
            f"accessToken, or username and password, under {CONFIG_KEY}.{self.name}.",
        )

    def _from_variable(self) -> Credential | None:
        variable = token_variable(self.name)
        value = self._environment.get(variable, "").strip()
        return Credential("token", SecretStr(value), f"environment variable {variable}") if value else None

    def _from_file(self) -> Credential | None:
        if self._config.access_token_file is None:
            return None
        path = Path(self._config.access_token_file).expanduser()
        try:
            value = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise SettingsError(f"{CONFIG_KEY}.{self.name}.accessTokenFile: cannot read '{path}': {reason}.") from error
        if not value:
            raise SettingsError(f"{CONFIG_KEY}.{self.name}.accessTokenFile: '{path}' is empty.")
        return Credential("token", SecretStr(value), f"file {path}")

    def _from_named_variable(self) -> Credential | None:
        variable = self._config.access_token_env
        if variable is None:
            return None
        value = self._environment.get(variable, "").strip()
        if not value:
            raise SettingsError(
                f"{CONFIG_KEY}.{self.name}.accessTokenEnv: the environment variable {variable} is not set or empty."
            )
        return Credential("token", SecretStr(value), f"environment variable {variable} (accessTokenEnv)")

    def _from_config(self) -> Credential | None:
        if self._config.access_token is not None:
            value = self._config.access_token.get_secret_value().strip()
            if not value:
                raise SettingsError(f"{CONFIG_KEY}.{self.name}.accessToken is empty.")
            return Credential("token", SecretStr(value), f"{CONFIG_KEY}.{self.name}.accessToken")
        if self._config.username is not None and self._config.password is not None:
            source = f"{CONFIG_KEY}.{self.name}.username and password"
            return Credential("password", self._config.password, source, self._config.username)
        return None


class Settings(Mapping[str, Deployment]):
    """The deployments of one stack, by name."""

    def __init__(self, deployments: Mapping[str, Deployment], *, preflight: bool = True) -> None:
        self._deployments = dict(deployments)
        self.preflight = preflight

    @classmethod
    def load(cls, get: Callable[[str], str | None], environment: Environment | None = None) -> Settings:
        """Settings from stack configuration.

        Args:
            get: Returns the text of a configuration key such as `jpd:deployments`, or None.
            environment: Environment variables; the process's own by default.

        Raises:
            SettingsError: The configuration is missing or wrong. All faults are reported at once.
        """
        preflight = _preflight(get(PREFLIGHT_KEY))
        entries = _entries(get(CONFIG_KEY))
        known = os.environ if environment is None else environment
        faults: list[str] = []
        deployments: dict[str, Deployment] = {}
        for name, entry in entries.items():
            deployment = _deployment(name, entry, known, faults)
            if deployment is not None:
                deployments[name] = deployment
        if faults:
            raise SettingsError("; ".join(faults) + ("" if faults[-1].endswith("?") else "."))
        return cls(deployments, preflight=preflight)

    def __getitem__(self, name: str) -> Deployment:
        """The deployment of that name; SettingsError names the known ones when there is none."""
        try:
            return self._deployments[name]
        except KeyError:
            if not self._deployments:
                raise SettingsError(f"The stack's configuration has no {CONFIG_KEY}.", hint=_EXAMPLE) from None
            known = ", ".join(sorted(self._deployments))
            near = difflib.get_close_matches(name, self._deployments, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Add it under {CONFIG_KEY}."
            raise SettingsError(
                f"There is no deployment '{name}' in {CONFIG_KEY} (known: {known}).", hint=hint
            ) from None

    def __contains__(self, name: object) -> bool:
        """Whether a deployment of that name is configured."""
        return name in self._deployments

    def __iter__(self) -> Iterator[str]:
        """The names, in the order of the configuration."""
        return iter(self._deployments)

    def __len__(self) -> int:
        """How many deployments there are."""
        return len(self._deployments)


def token_variable(name: str) -> str:
    """The environment variable that beats every other source: JPD_EU_ACCESS_TOKEN for deployment 'eu'."""
    return f"JPD_{name.upper().replace('-', '_')}_ACCESS_TOKEN"


def _preflight(text: str | None) -> bool:
    if text in (None, "", "on", "true"):
        return True
    if text in ("off", "false"):
        return False
    raise SettingsError(f"{PREFLIGHT_KEY} is 'on' (the default) or 'off', not '{text}'.")


def _entries(text: str | None) -> dict[str, Any]:
    if text is None or not text.strip():
        raise SettingsError(f"The stack's configuration has no {CONFIG_KEY}.", hint=_EXAMPLE)
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        # Without `from`: the cause would carry the whole text, tokens included.
        raise SettingsError(f"{CONFIG_KEY} is not a map ({error.msg}).", hint=_EXAMPLE) from None
    if not isinstance(value, dict):
        raise SettingsError(f"{CONFIG_KEY} is a {_json_kind(value)}, not a map of deployments.", hint=_EXAMPLE)
    return value


def _deployment(name: str, entry: Any, environment: Environment, faults: list[str]) -> Deployment | None:
    where = f"{CONFIG_KEY}.{name}"
    if not _NAME.fullmatch(name):
        faults.append(f"{where}: a name has 1 to 32 lower-case letters, digits and dashes, and starts with a letter")
        return None
    if not isinstance(entry, dict):
        faults.append(f"{where} is a {_json_kind(entry)}, not a map")
        return None
    try:
        config = _DeploymentConfig.model_validate(entry)
    except ValidationError as error:
        faults.extend(_explain(where, fault["loc"], fault["type"], fault["msg"]) for fault in error.errors())
        return None
    before = len(faults)
    url = _normal_url(config.url, f"{where}.url", faults)
    base_url = _normal_url(config.base_url, f"{where}.baseUrl", faults) if config.base_url else None
    if (config.username is None) != (config.password is None):
        faults.append(f"{where}: username and password go together, one of them is missing")
    if config.ca_file is not None and not Path(config.ca_file).expanduser().is_file():
        faults.append(f"{where}.caFile: there is no file '{config.ca_file}'")
    if len(faults) > before:
        return None
    return Deployment(
        name=name,
        url=url,
        base_url=base_url,
        ca_file=Path(config.ca_file).expanduser() if config.ca_file else None,
        connect_timeout_seconds=config.connect_timeout_seconds,
        read_timeout_seconds=config.read_timeout_seconds,
        sources={to_camel(field): f"{where}.{to_camel(field)}" for field in sorted(config.model_fields_set)},
        _config=config,
        _environment=environment,
    )


def _explain(where: str, location: tuple[int | str, ...], kind: str, message: str) -> str:
    field = ".".join(str(part) for part in location)
    if kind == "extra_forbidden":
        known = [to_camel(name) for name in _DeploymentConfig.model_fields]
        near = difflib.get_close_matches(field, known, n=1)
        advice = f"did you mean {near[0]}?" if near else f"known fields: {', '.join(known)}"
        return f"{where}.{field}: unknown field; {advice}"
    if kind == "missing":
        return f"{where}.{field}: missing"
    return f"{where}.{field}: {message}"


def _normal_url(url: str, where: str, faults: list[str]) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
    except ValueError:
        faults.append(f"{where}: '{redaction.redact(url)}' is not a URL")
        return url
    if parts.scheme not in ("http", "https") or not parts.hostname:
        faults.append(
            f"{where}: '{redaction.redact(url)}' is not a URL with a scheme, for example https://eu.example.com"
        )
    elif parts.username or parts.password:
        faults.append(f"{where}: a URL carries no credentials here; use accessToken or username and password")
    elif parts.query or parts.fragment:
        faults.append(f"{where}: '{redaction.redact(url)}' has a query or fragment")
    elif "//" in parts.path or parts.path.rstrip("/").endswith("/artifactory"):
        faults.append(f"{where}: give the platform's URL without /artifactory and without double slashes")
    else:
        try:
            _ = parts.port
        except ValueError:
            faults.append(f"{where}: '{redaction.redact(url)}' has a port that is not a number up to 65535")
    return url.rstrip("/")


def _json_kind(value: Any) -> str:
    kinds = {str: "string", list: "list", bool: "boolean", type(None): "null"}
    return kinds.get(type(value), "number")
