"""The parts of system.yaml that this provider manages, as typed values.

`router.proxy` (contract/router-jfconnect 1.1) and `shared.jfrogUrl` with `shared.security.joinKey` (2.7). Each type
reads itself from a parsed file and says which changes write it; nothing else of the file is looked at.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, SecretStr

from jpd_provider import redaction

from .document import Document, Node
from .merge import Path, Value

__all__ = [
    "JFROG_URL",
    "JOIN_KEY",
    "JoinSettings",
    "ProxySettings",
    "ProxyUrl",
    "has_credentials",
    "node_addresses",
    "plain",
    "protected",
    "without_localhost",
]

ENCRYPTED = re.compile(r"JE\w|[0-9a-f]{6}\.aesgcm(128|256)\.")
"""How a value begins that the product encrypted in place: the marker `JE`, or six hex characters and the cipher."""

HTTP_URL = ("router", "proxy", "httpUrl")
HTTPS_URL = ("router", "proxy", "httpsUrl")
IGNORED_HOSTS = ("router", "proxy", "ignoredHosts")
JFROG_URL = ("shared", "jfrogUrl")
MASTER_KEY = ("shared", "security", "masterKey")
JOIN_KEY = ("shared", "security", "joinKey")


def protected(url: Any) -> Any:
    """A URL that carries credentials wrapped, and known to the redactor; anything else as it is."""
    if not isinstance(url, str) or not has_credentials(url):
        return url
    redaction.register(url)
    userinfo, _, _ = url.rpartition("@")
    _, _, password = userinfo.partition("://")[2].partition(":")
    if password:
        redaction.register(password)
        redaction.register(urllib.parse.unquote(password))
    return SecretStr(url)


def has_credentials(url: str) -> bool:
    """Whether a URL holds a user, a password or both. An `@` anywhere counts: a password may be badly encoded."""
    return "@" in url


ProxyUrl = Annotated[str | SecretStr, BeforeValidator(protected)]
"""A proxy's URL: a SecretStr whenever it carries credentials, wherever it came from."""


class ProxySettings(BaseModel):
    """The subtree `router.proxy`. An empty value in the file counts as not set."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    http_url: ProxyUrl | None = None
    """Proxy for outgoing http requests."""

    https_url: ProxyUrl | None = None
    """Proxy for outgoing https requests."""

    ignored_hosts: tuple[str, ...] = ()
    """Hosts that are reached directly. `localhost` is left out: the router adds it itself."""

    @classmethod
    def of(cls, document: Document) -> ProxySettings:
        """What a file holds."""
        return cls(
            http_url=_text(document.get(*HTTP_URL)),
            https_url=_text(document.get(*HTTPS_URL)),
            ignored_hosts=without_localhost(_texts(document.get(*IGNORED_HOSTS))),
        )

    def changes(self, document: Document) -> Mapping[Path, Value]:
        """What to write so that the file says this. The same hosts in another order, or with `localhost`, stay."""
        changes: dict[Path, Value] = {HTTP_URL: plain(self.http_url), HTTPS_URL: plain(self.https_url)}
        present = without_localhost(_texts(document.get(*IGNORED_HOSTS)))
        if set(present) != set(self.ignored_hosts) or not self.ignored_hosts:
            changes[IGNORED_HOSTS] = self.ignored_hosts or None
        return changes

    def same_as(self, other: ProxySettings) -> bool:
        """Whether both mean the same to a router: the order of hosts means nothing."""
        mine, theirs = set(self.ignored_hosts), set(other.ignored_hosts)
        return (self.http_url, self.https_url, mine) == (other.http_url, other.https_url, theirs)

    @property
    def empty(self) -> bool:
        """Whether nothing is set."""
        return not (self.http_url or self.https_url or self.ignored_hosts)


class JoinSettings(BaseModel):
    """What a product node needs to join: `shared.jfrogUrl` and `shared.security.joinKey`."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True, hide_input_in_errors=True)

    jfrog_url: str | None = None
    join_key: SecretStr | None = None

    master_key: SecretStr | None = None
    """`shared.security.masterKey`, read only: it must be another key than the join key."""

    join_key_file: str | None = None
    """`shared.security.joinKeyFile`, read only: a join key in the file beats it."""

    @classmethod
    def of(cls, document: Document) -> JoinSettings:
        """What a file holds; the key is registered with the redactor."""
        join_key, master_key = (_text(document.get(*path)) for path in (JOIN_KEY, MASTER_KEY))
        return cls(
            jfrog_url=_text(document.get(*JFROG_URL)),
            join_key=SecretStr(redaction.register(join_key)) if join_key else None,
            master_key=SecretStr(redaction.register(master_key)) if master_key else None,
            join_key_file=_text(document.get("shared", "security", "joinKeyFile")),
        )

    @property
    def encrypted(self) -> bool:
        """Whether the product has read the key and replaced it by its encrypted form."""
        return self.join_key is not None and ENCRYPTED.match(self.join_key.get_secret_value()) is not None

    def changes(self, *, with_key: bool = True) -> Mapping[Path, Value]:
        """What to write so that the file says this; `with_key=False` leaves the key that is there."""
        key: dict[Path, Value] = {JOIN_KEY: plain(self.join_key)} if with_key else {}
        return {JFROG_URL: self.jfrog_url, **key}


def node_addresses(document: Document) -> set[str]:
    """Addresses that a file itself names: its node's, and the host of the JPD's URL."""
    ip = _text(document.get("shared", "node", "ip"))
    url = _text(document.get(*JFROG_URL))
    host = urllib.parse.urlsplit(url).hostname if url and "://" in url else None
    return {address for address in (ip, host) if address}


def plain(value: str | SecretStr | None) -> str | None:
    """The value itself, for writing it."""
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def without_localhost(hosts: Iterable[str]) -> tuple[str, ...]:
    """Each host once, in order, without `localhost`."""
    return tuple(dict.fromkeys(host for host in hosts if host and host != "localhost"))


def _text(node: Node | None) -> str | None:
    if node is None or node.null or (node.kind == "scalar" and not node.text):
        return None
    return node.text if node.kind == "scalar" else f"(a {node.kind})"


def _texts(node: Node | None) -> list[str]:
    if node is not None and node.kind == "list":
        return [_text(item) or "" for item in node.items]
    text = _text(node)
    # Somebody wrote the comma form of the environment variable; the router would not read it, so it reads as one host.
    return [text] if text else []
