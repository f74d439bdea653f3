"""JoinTrust: a product node joins a JPD with the JFrog URL and the join key, in its system.yaml.

Id: the node's address, for example `ssh://ops@10.0.0.7/opt/jfrog/xray/var/etc/system.yaml`; it stays when the node
changes.
Calls: GET /access/api/v1/system/ping before a write and GET /router/api/v1/system/health after it, on the deployment
named by `verify`. The node itself joins: `/access/api/v1/registry/join` is the product's own, never called from here.
Source: contract/trust 1, 7.2 and 10.1; contract/router-jfconnect 1.4, 2.7 and 11.2.

The product encrypts the key in place when it first reads it, so the file's text says little: an encrypted key is no
drift, and a plain one is compared by a fingerprint under a salt that this resource keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field, SecretStr

from jpd_provider import redaction
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import ApiError, JpdError, NotFound, TransportError, Unreachable, UserError
from jpd_provider.settings import Settings
from jpd_provider.systemyaml import join_rules
from jpd_provider.systemyaml.channels.contract import Channel, FileMissing
from jpd_provider.systemyaml.channels.opening import channel_of
from jpd_provider.systemyaml.editing import edit, load, remove
from jpd_provider.systemyaml.environment import variable
from jpd_provider.systemyaml.nodes import Node, faults, unknown_deployments
from jpd_provider.systemyaml.restart import Restarts
from jpd_provider.systemyaml.subtrees import JFROG_URL, JOIN_KEY, JoinSettings

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

Product = Literal["artifactory", "distribution", "mission_control", "xray"]


class JoinTrustInputs(Inputs):
    """What a user declares."""

    node: Node
    """The joining node, by one channel. A node that is exchanged for another loses these keys."""

    jfrog_url: str
    """Base URL of the JPD that is joined: an Artifactory node or the load balancer, with port 8082 when direct."""

    join_key: SecretStr
    """The JPD's join key, 32 or 64 hex digits. Encrypted in state, never shown."""

    product: Product | None = None
    """What joins; with `verify`, its service is looked for in the router's health."""

    verify: str | None = None
    """Deployment of the JPD that is joined. It must answer before anything is written. Not set: nothing is asked."""

    restart: bool = False
    """Whether the node is restarted after a change, until its router is healthy."""


class JoinTrustState(State):
    """What is known about the file and the join. No key is among it."""

    salt: str = ""
    fingerprint: str = ""
    """Keyed fingerprint of the join key that was written last."""

    encrypted: bool = False
    """Whether the product has read the key: it then stands encrypted in the file."""

    restart_required: bool = False
    """Whether the file has changed and the node was not restarted since, as far as is known: a restart by us counts,
    and one by others where the product has encrypted the key meanwhile."""

    joined: Literal["yes", "unknown"] = "unknown"
    """Whether the router of `verify` lists a service of `product`. It lists its own node's; absence proves nothing."""

    warnings: list[str] = Field(default_factory=list)
    """What is doubtful, in words."""


RULES: Mapping[str, Rule] = {
    "node": Rule.UPDATE,
    "jfrog_url": Rule.UPDATE,
    "join_key": Rule.UPDATE,
    "product": Rule.LOCAL,
    "verify": Rule.LOCAL,
    "restart": Rule.LOCAL,
}


def create(jpds: Jpds, inputs: JoinTrustInputs) -> JoinTrustState:
    """Write URL and key into the node's file."""
    return _converge(jpds, inputs, JoinTrustState(salt=join_rules.new_salt()))


def read(
    jpds: Jpds, id_: str, inputs: JoinTrustInputs | None, state: JoinTrustState | None
) -> Reading[JoinTrustInputs, JoinTrustState] | None:
    """URL and key as they stand in the file. The key itself is never an output."""
    node = inputs.node if inputs else Node.at(id_)
    try:
        live = JoinSettings.of(load(channel_of(node, jpds)))
    except FileMissing:
        return None
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(node.label, error.message),))
    if inputs is None or state is None:
        return _imported(node, live)
    drift = []
    if live.jfrog_url != inputs.jfrog_url:
        drift.append(Drift.of_field(node.label, "jfrog_url", live=live.jfrog_url, declared=inputs.jfrog_url))
    if fault := _key_fault(live, state):
        drift.append(Drift(node.label, fault))
    shown = inputs.model_copy(update={"jfrog_url": live.jfrog_url or ""})
    restarted = live.encrypted and not state.encrypted
    found = state.model_copy(
        update={
            "encrypted": live.encrypted,
            "restart_required": state.restart_required and not restarted,
            "joined": _joined(jpds, inputs),
            "warnings": _warnings(inputs, live),
        }
    )
    return Reading(shown, found, tuple(drift))


def update(jpds: Jpds, old: JoinTrustInputs, state_before: JoinTrustState, inputs: JoinTrustInputs) -> JoinTrustState:
    """Write what differs; a new key is written plain, and the product encrypts it at its next start."""
    moved = old.node.address != inputs.node.address
    state = _converge(jpds, inputs, JoinTrustState(salt=state_before.salt) if moved else state_before)
    if moved:
        remove(channel_of(old.node, jpds), lambda _: JoinSettings().changes())
    return state


def delete(jpds: Jpds, inputs: JoinTrustInputs, _state_before: JoinTrustState) -> None:
    """Remove our two keys from the file. The JPD keeps what it knows of the node: no call could remove that."""
    remove(channel_of(inputs.node, jpds), lambda _: JoinSettings().changes())


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """The preflight rules for keys and URLs that need no network."""
    key = known.get("join_key")
    if isinstance(key, str) and (fault := join_rules.join_key_fault(redaction.register(key))):
        yield Failure("join_key", fault)
    url = known.get("jfrog_url")
    if isinstance(url, str) and (fault := join_rules.jfrog_url_fault(url)):
        yield Failure("jfrog_url", fault)
    node = Node.model_validate(known["node"]) if "node" in known else None
    if node:
        yield from (Failure("node", fault) for fault in faults([node], restart=bool(known.get("restart"))))


def _converge(jpds: Jpds, inputs: JoinTrustInputs, before: JoinTrustState) -> JoinTrustState:
    _ping(jpds, inputs)
    channel = channel_of(inputs.node, jpds)
    salt = before.salt or join_rules.new_salt()
    wanted = JoinSettings(jfrog_url=inputs.jfrog_url, join_key=inputs.join_key)
    fingerprint = join_rules.keyed_fingerprint(salt, inputs.join_key.get_secret_value())
    present = JoinSettings.of(load(channel))
    _refuse_master_key(inputs, present)
    # An encrypted key is taken for the one that was written last; writing it again would cost a restart for nothing.
    keep_key = present.encrypted and before.fingerprint == fingerprint
    done = edit(channel, lambda _: wanted.changes(with_key=not keep_key))
    # A key that still stands in the clear has not been read: also after a run that was cut off before its restart.
    unread = not JoinSettings.of(done.after).encrypted
    restart_required = done.written or unread or before.restart_required
    if inputs.restart and restart_required:
        _restart(inputs.node, channel)
        restart_required = False
    live = JoinSettings.of(load(channel))
    return JoinTrustState(
        salt=salt,
        fingerprint=fingerprint,
        encrypted=live.encrypted,
        restart_required=restart_required,
        joined=_joined(jpds, inputs),
        warnings=_warnings(inputs, live),
    )


def _ping(jpds: Jpds, inputs: JoinTrustInputs) -> None:
    """The JPD comes first: its Access must answer, or the node would wait in vain and end."""
    if inputs.verify is None:
        return
    doing = f"see whether Access answers, before node '{inputs.node.label}' joins"
    wrong = UserError(
        f"{doing}: deployment '{inputs.verify}' has no /access/api/v1/system/ping.",
        hint="The URL leads to an ingress or proxy that does not know /access; nothing was written.",
    )
    try:
        answer = jpds[inputs.verify].http.request("GET", "/access/api/v1/system/ping", doing=doing)
    except NotFound as error:
        raise wrong from error
    if answer.text.lstrip().startswith("<"):
        raise wrong


def _refuse_master_key(inputs: JoinTrustInputs, present: JoinSettings) -> None:
    if present.master_key is not None and present.master_key == inputs.join_key:
        raise UserError(
            f"join_key is the master key that stands in the file of node '{inputs.node.label}'.",
            hint="They are two keys: the master key encrypts, and leaves its product never. Nothing was written.",
        )


def _restart(node: Node, channel: Channel) -> None:
    try:
        Restarts().run([(node, channel)])
    except JpdError as error:
        raise JpdError(f"join of {error.message}", hint=join_rules.fault_hint(error.message)) from error


def _joined(jpds: Jpds, inputs: JoinTrustInputs) -> Literal["yes", "unknown"]:
    if inputs.verify is None or inputs.product is None:
        return "unknown"
    try:
        health = jpds[inputs.verify].http.request(
            "GET", "/router/api/v1/system/health", doing="read the router's health", body="json"
        )
    except (ApiError, TransportError):
        return "unknown"  # what the JPD answers is a remark here; an unhealthy one is no fault of this node
    prefix = f"{join_rules.SERVICE_TYPES[inputs.product]}@"
    services = health.json.get("services", []) if isinstance(health.json, dict) else []
    return "yes" if any(str(service.get("service_id", "")).startswith(prefix) for service in services) else "unknown"


def _key_fault(live: JoinSettings, state: JoinTrustState) -> str | None:
    if live.join_key is None:
        return "join_key is not set"
    if live.encrypted:
        return None
    found = join_rules.keyed_fingerprint(state.salt, live.join_key.get_secret_value())
    return None if found == state.fingerprint else "join_key is another key than the declared one"


def _warnings(inputs: JoinTrustInputs, live: JoinSettings) -> list[str]:
    doubts = [
        f"The environment variable {name} is set on the node and beats system.yaml."
        for name in (variable(*JFROG_URL), variable(*JOIN_KEY))
        if name in inputs.node.environment
    ]
    if live.join_key_file:
        doubts.append("The file has shared.security.joinKeyFile too; the join key beats it.")
    return doubts


def _imported(node: Node, live: JoinSettings) -> Reading[JoinTrustInputs, JoinTrustState]:
    """An encrypted key cannot be read back: the first update writes the one that the program declares."""
    if live.jfrog_url is None or live.join_key is None:
        raise UserError(f"node '{node.label}' has no shared.jfrogUrl and join key to import.")
    salt = join_rules.new_salt()
    key = live.join_key.get_secret_value()
    state = JoinTrustState(salt=salt, fingerprint=join_rules.keyed_fingerprint(salt, key), encrypted=live.encrypted)
    return Reading(JoinTrustInputs(node=node, jfrog_url=live.jfrog_url, join_key=live.join_key), state)


class _JoinTrust(Kind[JoinTrustInputs, JoinTrustState]):
    """Marks the key secret on its way through the engine, whatever the program did."""

    def check(self, news: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], list[Failure]]:
        """Canonical inputs, the key among them as a secret."""
        canonical, failures = super().check(news, settings)
        if isinstance(canonical.get("join_key"), str):
            canonical["join_key"] = SecretStr(canonical["join_key"])
        failures.extend(Failure("node", fault) for fault in unknown_deployments(news.get("node"), settings))
        return canonical, failures


KIND = _JoinTrust(
    name="JoinTrust",
    inputs=JoinTrustInputs,
    state=JoinTrustState,
    rules=RULES,
    deployment_fields=("verify",),
    identity=lambda inputs: inputs.node.address,
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
)
