"""How a program names a node: a channel to its system.yaml, and what is known about it.

For example:
- {"file": "/opt/jfrog/artifactory/var/etc/system.yaml"}
- {"ssh": {"host": "10.0.0.5", "user": "ops", "sudo": True}, "name": "eu-1", "addresses": ["10.0.0.5", "eu-1.corp"]}
- {"kubernetes_secret": {"namespace": "jfrog", "secret": "artifactory-systemyaml"}}
- {"simulator": {"deployment": "eu", "node": "eu-node-1", "control": "sim"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from jpd_provider.errors import SettingsError, UserError
from jpd_provider.settings import Settings

__all__ = [
    "DEFAULT_PATH",
    "KubernetesSecret",
    "Node",
    "SimulatedNode",
    "Ssh",
    "SshHop",
    "faults",
    "unknown_deployments",
]

DEFAULT_PATH = "/opt/jfrog/artifactory/var/etc/system.yaml"
"""Where Artifactory keeps it on a native installation (contract/router-jfconnect 1.4)."""


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )

    @model_serializer(mode="wrap")
    def _as_given(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Only what the program said: defaults that come back from a refresh would look like a change."""
        dumped: dict[str, Any] = dump(self)
        return {name: value for name, value in dumped.items() if name in self.model_fields_set and value is not None}


class SshHop(_Strict):
    """One machine that is reached by SSH."""

    host: str = Field(min_length=1)
    """Name or address."""

    user: str | None = None
    """Remote user; default: the local user's name."""

    port: int = Field(default=22, ge=1, le=65535)

    key_file: str | None = None
    """Private key without passphrase. Not given: the SSH agent and the usual keys in ~/.ssh are tried."""

    known_hosts: str | None = None
    """File with host keys that are trusted; default: ~/.ssh/known_hosts."""

    host_key: str | None = None
    """The host's public key, for example "ssh-ed25519 AAAA...", instead of a known_hosts file."""


class Ssh(SshHop):
    """A machine whose system.yaml is changed over SSH."""

    path: str = Field(default=DEFAULT_PATH, pattern="^/")
    """Absolute path of system.yaml on that machine."""

    sudo: bool = False
    """Whether to read and write through `sudo -n`, which must not ask for a password."""

    jump: SshHop | None = None
    """A machine that the connection goes through."""


class KubernetesSecret(_Strict):
    """A Secret that holds a system.yaml, as `systemYamlOverride.existingSecret` of JFrog's charts names it."""

    namespace: str = Field(min_length=1)
    secret: str = Field(min_length=1)
    """Name of the Secret. One that Helm owns is refused: the next upgrade would revert the change."""

    key: str = "system.yaml"
    """Data key with the file."""

    context: str | None = None
    """Context of the kubeconfig; default: the current one, or the pod's own account inside a cluster."""

    kubeconfig: str | None = None
    """Path of a kubeconfig; default: KUBECONFIG or ~/.kube/config."""


class SimulatedNode(_Strict):
    """A node of a simulated JPD."""

    deployment: str
    """The simulated deployment that the node belongs to."""

    node: str
    """The node's name."""

    control: str | None = None
    """Entry of `jpd:deployments` with the url and token of the simulator's control plane; default: `deployment`."""


class Node(_Strict):
    """One node, by exactly one channel."""

    file: str | None = Field(default=None, min_length=1)
    """Path on the machine where the provider runs."""

    ssh: Ssh | None = None
    kubernetes_secret: KubernetesSecret | None = None
    simulator: SimulatedNode | None = None

    name: str | None = Field(default=None, min_length=1)
    """Name in messages and outputs; default: the path, host, Secret or node id."""

    deployment: str | None = None
    """Deployment that the node belongs to, used for the version and the host of its URL; default: nothing is known."""

    addresses: list[str] = Field(default_factory=list)
    """Addresses and host names by which the node and its peers reach it (`shared.node.ip`)."""

    environment: list[str] = Field(default_factory=list)
    """Names of environment variables that are set for the node's router; JF_ROUTER_PROXY_* beat the file."""

    restart_command: list[str] = Field(default_factory=list)
    """What restarts the node's services; for `file` and `ssh`. For example ["systemctl", "restart", "artifactory"]."""

    router_url: str | None = Field(default=None, pattern="^https?://[^/]+/?$")
    """The node's own router, for example http://10.0.0.5:8082, asked for its health after a restart."""

    @model_validator(mode="after")
    def _one_channel(self) -> Node:
        given = [name for name in CHANNELS if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) if given else "none"
            raise ValueError(f"a node has exactly one of {', '.join(CHANNELS)}; here is {said}")
        return self

    @classmethod
    def at(cls, address: str) -> Node:
        """The node at an address; what an address does not say has its default.

        Raises:
            UserError: It is no address of a node.
        """
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise UserError(
                f"'{address}' is not the address of a node.",
                hint="It has the form file://<path>, ssh://[user@]host[:port]<path>, "
                "kubernetes://[context]/<namespace>/<secret>/<key> or simulator://<deployment>/<node>.",
            )
        found = {name: value for name, value in match.groupdict().items() if value}
        if "file" in found:
            return cls(file=found["file"])
        if "host" in found:
            ssh = {name: found[name] for name in ("host", "user", "path") if name in found}
            return cls(ssh=Ssh.model_validate(ssh | ({"port": int(found["port"])} if "port" in found else {})))
        if "secret" in found:
            names = ("context", "namespace", "secret", "key")
            return cls(kubernetes_secret=KubernetesSecret(**{name: found[name] for name in names if name in found}))
        return cls(simulator=SimulatedNode(deployment=found["deployment"], node=found["node"]))

    @property
    def address(self) -> str:
        """Where the file is, as one word: the node's part of a resource's id."""
        return next(iter(self._addresses()))

    @property
    def label(self) -> str:
        """The node's name for people."""
        if self.name:
            return self.name
        if self.ssh:
            return self.ssh.host
        if self.kubernetes_secret:
            return f"{self.kubernetes_secret.namespace}/{self.kubernetes_secret.secret}"
        return self.simulator.node if self.simulator else str(self.file)

    def _addresses(self) -> Iterator[str]:
        if self.file is not None:
            yield f"file://{self.file}"
        if self.ssh is not None:
            user = f"{self.ssh.user}@" if self.ssh.user else ""
            port = f":{self.ssh.port}" if self.ssh.port != 22 else ""
            yield f"ssh://{user}{self.ssh.host}{port}{self.ssh.path}"
        if self.kubernetes_secret is not None:
            secret = self.kubernetes_secret
            yield f"kubernetes://{secret.context or ''}/{secret.namespace}/{secret.secret}/{secret.key}"
        if self.simulator is not None:
            yield f"simulator://{self.simulator.deployment}/{self.simulator.node}"


def faults(nodes: Sequence[Node], *, restart: bool) -> Iterator[str]:
    """Why these nodes cannot be managed together, in words."""
    for values in ([node.address for node in nodes], [node.label for node in nodes]):
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            yield f"'{twice}' is given twice; name each node once, and give each a name of its own"
            return
    for node in nodes:
        if restart and node.kubernetes_secret:
            yield f"'{node.label}': pods are restarted by their controller, not from here"
        elif restart and not (node.simulator or (node.restart_command and node.router_url)):
            yield f"'{node.label}': restart needs the node's restart_command and router_url"


def unknown_deployments(value: Any, settings: Settings) -> Iterator[str]:
    """Why a node's deployments cannot be used; `value` is one node or a list, as the program gives it."""
    for node in value if isinstance(value, list) else [value]:
        simulator = node.get("simulator") if isinstance(node, Mapping) else None
        for owner in (node, simulator):
            name = (owner.get("control") or owner.get("deployment")) if isinstance(owner, Mapping) else None
            if isinstance(name, str):
                try:
                    settings[name].credential()
                except SettingsError as error:
                    yield str(error)


_ADDRESS = re.compile(
    r"file://(?P<file>.+)"
    r"|ssh://((?P<user>[^@/]+)@)?(?P<host>[^@:/]+|\[[^\]]+\])(:(?P<port>\d+))?(?P<path>/.*)"
    r"|kubernetes://(?P<context>[^/]*)/(?P<namespace>[^/]+)/(?P<secret>[^/]+)/(?P<key>[^/]+)"
    r"|simulator://(?P<deployment>[^/]+)/(?P<node>[^/]+)"
)

CHANNELS = ("file", "ssh", "kubernetes_secret", "simulator")
