"""RouterProxy: the subtree `router.proxy` of the system.yaml of one node, or of several.

Id: the node's address, for example `ssh://ops@10.0.0.5/opt/jfrog/artifactory/var/etc/system.yaml`; several are joined
by commas. It is the address at creation: when the nodes change, the id stays.
Calls: none of a product's API, which has none for this. The file is read and written through a channel.
Source: contract/router-jfconnect 1, 5, 7, 8 and 11.1.

Three facts that are never mixed: *desired* is what the program says, *stored* what the files hold, *effective* what the
running routers use. No API tells the last one; it is known only right after a restart by us.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import JpdError, Unreachable, UserError
from jpd_provider.settings import Settings
from jpd_provider.systemyaml import proxy_rules
from jpd_provider.systemyaml.channels.contract import Channel, FileMissing
from jpd_provider.systemyaml.channels.opening import channel_of
from jpd_provider.systemyaml.editing import edit, load, remove
from jpd_provider.systemyaml.environment import proxy_environment
from jpd_provider.systemyaml.helm import helm_values
from jpd_provider.systemyaml.nodes import Node, faults, unknown_deployments
from jpd_provider.systemyaml.restart import Restarts
from jpd_provider.systemyaml.subtrees import (
    ProxySettings,
    ProxyUrl,
    node_addresses,
    plain,
    protected,
    without_localhost,
)

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

Effective = Literal["yes", "no", "unknown"]


class RouterProxyInputs(Inputs):
    """What a user declares. The three proxy fields are the whole subtree: what is not set is removed from the files."""

    node: Node | None = None
    """The node, by one channel. Without node and nodes nothing is written; the outputs serve charts and compose."""

    nodes: list[Node] | None = None
    """Several nodes that get the same settings, instead of `node`."""

    http_url: ProxyUrl | None = None
    """Proxy for the router's outgoing http requests: scheme, host and port. Not set: none."""

    https_url: ProxyUrl | None = None
    """Proxy for the router's outgoing https requests: scheme, host and port. Not set: none."""

    ignored_hosts: list[str] | None = None
    """Hosts, networks and domains that are reached directly; `localhost` always is. Their order means nothing."""

    restart: bool = False
    """Whether nodes that are not known to run with the settings are restarted, one after the other, each until its
    router is healthy; the first that does not come back stops it."""


class RouterProxyState(State):
    """What the files and the inputs yield."""

    stored: dict[str, ProxySettings] = Field(default_factory=dict)
    """Node name -> what its file holds."""

    effective: dict[str, Effective] = Field(default_factory=dict)
    """Node name -> whether its router runs with what is stored: "yes" after a restart by us, "no" when the file has
    changed since, else "unknown"."""

    restart_required: bool = False
    """Whether a file has changed and its node was not restarted by us since."""

    helm_values: dict[str, Any] = Field(default_factory=dict)
    """Chart name -> values that say the same, to merge into a Helm release."""

    environment: dict[str, ProxyUrl] = Field(default_factory=dict)
    """The same settings as environment variables; they beat system.yaml where they are set."""

    warnings: list[str] = Field(default_factory=list)
    """What is doubtful, in words."""


RULES: Mapping[str, Rule] = {
    "node": Rule.UPDATE,  # a node that is no longer named loses our keys, a new one gets them
    "nodes": Rule.UPDATE,
    "http_url": Rule.UPDATE,
    "https_url": Rule.UPDATE,
    "ignored_hosts": Rule.UPDATE,
    "restart": Rule.LOCAL,
}


@dataclasses.dataclass
class _Found:
    """What was found on the way through the nodes."""

    stored: dict[str, ProxySettings] = dataclasses.field(default_factory=dict)
    addresses: set[str] = dataclasses.field(default_factory=set)


def create(jpds: Jpds, inputs: RouterProxyInputs) -> RouterProxyState:
    """Write the subtree into each node's file."""
    return _converge(jpds, inputs, RouterProxyState())


def read(
    jpds: Jpds, id_: str, inputs: RouterProxyInputs | None, state: RouterProxyState | None
) -> Reading[RouterProxyInputs, RouterProxyState] | None:
    """What each file holds now. A node that does not answer is "unknown", never "gone"."""
    declared = inputs or _from_id(id_)
    before = state or RouterProxyState()
    found, drift, missing = _Found(), list[Drift](), list[str]()
    for node in _nodes(declared):
        try:
            document = load(channel_of(node, jpds))
        except FileMissing as error:
            missing.append(node.label)
            drift.append(Drift(node.label, error.message))
        except Unreachable as error:
            if inputs is None:
                raise
            found.stored[node.label] = before.stored.get(node.label, _settings(declared))
            drift.append(Drift.unknown(node.label, error.message))
        else:
            found.stored[node.label] = ProxySettings.of(document)
            found.addresses |= node_addresses(document) | set(node.addresses)
    if missing and not found.stored:
        return None
    if inputs is None:
        return Reading(live := _live_inputs(declared, found), _state(jpds, live, found, {}))
    for name, stored in found.stored.items():
        drift.extend(_differences(name, stored, _settings(declared)))
    effective = {name: _effective(before, name, stored) for name, stored in found.stored.items()}
    return Reading(_live_inputs(declared, found), _state(jpds, declared, found, effective), tuple(drift))


def update(
    jpds: Jpds, old: RouterProxyInputs, state_before: RouterProxyState, inputs: RouterProxyInputs
) -> RouterProxyState:
    """Write what differs, and take our keys out of files that are no longer named."""
    state = _converge(jpds, inputs, state_before)
    kept = {node.address for node in _nodes(inputs)}
    for node in _nodes(old):
        if node.address not in kept:
            remove(channel_of(node, jpds), ProxySettings().changes)
    return state


def delete(jpds: Jpds, inputs: RouterProxyInputs, _state_before: RouterProxyState) -> None:
    """Remove our keys, and nothing else, from each file."""
    targets = [(node, channel_of(node, jpds)) for node in _nodes(inputs)]
    cleared = [(node, channel) for node, channel in targets if remove(channel, ProxySettings().changes)]
    if inputs.restart:
        Restarts().run(cleared)


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """The validation list of contract/router-jfconnect 8, as far as it needs no file."""
    if known.get("node") is not None and known.get("nodes") is not None:
        yield Failure("nodes", "contradicts node; give one of them")
    for field in ("http_url", "https_url"):
        url = plain(known.get(field))
        if url is not None and (fault := proxy_rules.url_fault(url)):
            yield Failure(field, fault)
    hosts = known.get("ignored_hosts") or []
    for host in hosts:
        if fault := proxy_rules.host_fault(host):
            yield Failure("ignored_hosts", fault)
    field = "nodes" if known.get("nodes") else "node"
    nodes = [Node.model_validate(node) for node in known.get("nodes") or [known.get("node")] if node]
    yield from (Failure(field, fault) for fault in faults(nodes, restart=bool(known.get("restart"))))
    if hosts and {"http_url", "https_url"} & known.keys():
        addresses = {address for node in nodes for address in node.addresses}
        if missing := proxy_rules.uncovered(hosts, addresses):
            yield Failure("ignored_hosts", f"lacks {', '.join(missing)}: {proxy_rules.KB_5502}")


def _converge(jpds: Jpds, inputs: RouterProxyInputs, before: RouterProxyState) -> RouterProxyState:
    settings = _settings(inputs)
    targets = [(node, channel_of(node, jpds)) for node in _nodes(inputs)]
    found = _Found(addresses=_known_addresses(targets))
    effective: dict[str, Effective] = {}
    proxied = settings.http_url or settings.https_url
    if proxied and (missing := proxy_rules.uncovered(settings.ignored_hosts, found.addresses)):
        raise UserError(
            f"ignored_hosts lacks {', '.join(missing)}: {proxy_rules.KB_5502}.", hint="Add them; no file was changed."
        )
    for node, channel in targets:
        try:
            done = edit(channel, settings.changes)
        except JpdError as error:
            raise _stopped(node, list(found.stored), error) from error
        stored = found.stored[node.label] = ProxySettings.of(done.after)
        changed = not stored.same_as(ProxySettings.of(done.before))
        effective[node.label] = "no" if changed else _effective(before, node.label, stored)
    if inputs.restart:
        due = [(node, channel) for node, channel in targets if effective[node.label] != "yes"]
        Restarts().run(due)
        effective |= {node.label: "yes" for node, _ in due}
    return _state(jpds, inputs, found, effective)


def _stopped(node: Node, done: list[str], error: JpdError) -> JpdError:
    written = f"Written before it: {', '.join(done)}." if done else "No file was changed."
    return JpdError(f"write router.proxy of node '{node.label}': {error.message} {written}", hint=error.hint)


def _effective(before: RouterProxyState, name: str, stored: ProxySettings) -> Effective:
    """What was known stays known as long as the file is as it was; a file that has changed is not in use yet."""
    known = before.stored.get(name)
    if known is not None and not known.same_as(stored):
        return "no"
    return before.effective.get(name, "unknown")


def _known_addresses(targets: list[tuple[Node, Channel]]) -> set[str]:
    """By which addresses the nodes reach each other, as far as program and files say. Reads, before any write."""
    known: set[str] = set()
    for node, channel in targets:
        try:
            known |= node_addresses(load(channel)) | set(node.addresses)
        except JpdError as error:
            raise _stopped(node, [], error) from error
    return known


def _differences(name: str, stored: ProxySettings, wanted: ProxySettings) -> Iterator[Drift]:
    for field in ("http_url", "https_url"):
        live, declared = getattr(stored, field), getattr(wanted, field)
        if live != declared:
            yield Drift.of_field(name, field, live=_shown(live), declared=_shown(declared))
    if set(stored.ignored_hosts) != set(wanted.ignored_hosts):
        lists = [list(hosts) or None for hosts in (stored.ignored_hosts, wanted.ignored_hosts)]
        yield Drift.of_field(name, "ignored_hosts", live=lists[0], declared=lists[1])


def _shown(url: object) -> object:
    return url if isinstance(url, str) or url is None else "(a URL with credentials)"


def _live_inputs(declared: RouterProxyInputs, found: _Found) -> RouterProxyInputs:
    """The inputs with what all files hold. Where nodes differ from each other, `drift` says which one and how."""
    values = {name: getattr(declared, name) for name in declared.model_fields_set}
    held = list(found.stored.values())
    if not held or held[0].same_as(_settings(declared)) or not all(one.same_as(held[0]) for one in held):
        return declared
    values |= {"http_url": held[0].http_url, "https_url": held[0].https_url}
    if set(held[0].ignored_hosts) != set(_settings(declared).ignored_hosts):
        values["ignored_hosts"] = list(held[0].ignored_hosts) or None
    return RouterProxyInputs.model_validate({name: value for name, value in values.items() if value is not None})


def _state(
    jpds: Jpds, inputs: RouterProxyInputs, found: _Found, effective: Mapping[str, Effective]
) -> RouterProxyState:
    settings = _settings(inputs)
    variables = {name for node in _nodes(inputs) for name in node.environment}
    doubts = proxy_rules.warnings(settings, addresses=found.addresses, environment=variables)
    deployments = sorted({node.deployment for node in _nodes(inputs) if node.deployment})
    return RouterProxyState(
        stored=found.stored,
        effective=dict(effective),
        restart_required="no" in effective.values(),
        helm_values=helm_values(settings),
        environment=proxy_environment(settings),
        warnings=[*doubts, *(_about_jfconnect(jpds, deployments) if settings.http_url or settings.https_url else [])],
    )


def _about_jfconnect(jpds: Jpds, deployments: list[str]) -> Iterator[str]:
    """JFConnect never used the router's proxy; what it uses depends on the version (contract 4.4)."""
    if not deployments:
        yield f"JFConnect does not use this proxy. {proxy_rules.jfconnect_rule(None)}"
    for name in deployments:
        try:
            version = jpds[name].system.version()
        except JpdError:
            version = None  # a remark is not worth a failure; the rule for both ranges stands
        yield f"JFConnect of '{name}' does not use this proxy. {proxy_rules.jfconnect_rule(version)}"


def _settings(inputs: RouterProxyInputs) -> ProxySettings:
    return ProxySettings(
        http_url=inputs.http_url,
        https_url=inputs.https_url,
        ignored_hosts=without_localhost(inputs.ignored_hosts or ()),
    )


def _nodes(inputs: RouterProxyInputs) -> list[Node]:
    return inputs.nodes or ([inputs.node] if inputs.node else [])


def _identity(inputs: RouterProxyInputs) -> str:
    return ",".join(node.address for node in _nodes(inputs)) or "values"


def _from_id(id_: str) -> RouterProxyInputs:
    if id_ == "values":
        return RouterProxyInputs()
    nodes = [Node.at(address) for address in id_.split(",")]
    return RouterProxyInputs(node=nodes[0]) if len(nodes) == 1 else RouterProxyInputs(nodes=nodes)


class _RouterProxy(Kind[RouterProxyInputs, RouterProxyState]):
    """Checks what stands inside the nodes too, and keeps secrets secret on their way through the engine."""

    def check(self, news: Mapping[str, Any], settings: Settings) -> tuple[dict[str, Any], list[Failure]]:
        """Canonical inputs: without `localhost`, with a URL marked secret when it carries credentials."""
        canonical, failures = super().check(news, settings)
        hosts = canonical.get("ignored_hosts")
        if isinstance(hosts, list) and all(isinstance(host, str) for host in hosts):
            canonical["ignored_hosts"] = list(without_localhost(hosts))
        for field in ("http_url", "https_url"):
            if field in canonical:
                canonical[field] = protected(canonical[field])
        for field in ("node", "nodes"):
            failures.extend(Failure(field, fault) for fault in unknown_deployments(news.get(field), settings))
        return canonical, failures


KIND = _RouterProxy(
    name="RouterProxy",
    inputs=RouterProxyInputs,
    state=RouterProxyState,
    rules=RULES,
    deployment_fields=(),
    identity=_identity,
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
)
