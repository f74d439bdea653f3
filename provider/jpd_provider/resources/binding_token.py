"""BindingToken: pairing of two Artifactories, both ways by default.

Id: `<source>~<target>/<use case>`, for example `eu~us/federated-repo/*`.
Calls: POST, PUT, DELETE /artifactory/api/v1/service_trust/pairing/{use case}; GET
/artifactory/api/system/configuration; GET, DELETE /access/api/v1/tokens/{id}.
Source: contract/trust 2 and 10.4.

The issuer mints a pairing token (300 seconds, single use); the initiator exchanges it for a master token and thereby
gains rights on the issuer. Each direction is one such pair. The pairing token is used at once and never stored.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

from pydantic import Field

from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.client.system import Binding
from jpd_provider.errors import FateUnknown, JpdError, Unreachable, UserError

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

FEDERATION = "federated-repo/*"


class BindingTokenInputs(Inputs):
    """What a user declares."""

    source: str
    """Name of the deployment that gains rights on `target`. Another one replaces the pairing."""

    target: str
    """Name of the other deployment. Another one replaces the pairing."""

    use_case: str = FEDERATION
    """What the trust is for: `federated-repo/*` for all repositories, `federated-repo/<key>` for one,
    `federated-repo/r` for receiving only. Another one replaces the pairing. Source: trust 2.3."""

    direction: Literal["both", "source_to_target"] = "both"
    """Whether the target gains rights on the source too; a federation needs both."""

    renew_before_days: int = 30
    """How many days before its expiry (a year after pairing) the next `up` renews the pairing."""

    force: bool = False
    """Whether deleting drops the trust without contacting the other side."""


class BindingTokenState(State):
    """What the JPDs add. No token is among it."""

    source_service_id: str = ""
    target_service_id: str = ""

    scope: str = ""
    """Scope of the master token of `source`."""

    paired_at: str = ""
    """When the older of the directions was paired, as the JPD says; ISO 8601 in UTC."""

    expires_at: str = ""
    """When the first of the directions ends; ISO 8601 in UTC."""

    visible: bool = True
    """Whether the configuration descriptors show the pairing. False: its status is unknown, and nothing is
    concluded."""

    adopted: list[str] = Field(default_factory=list)
    """Directions ("eu->us") that were paired before this resource came; deleting it leaves them alone."""


RULES: Mapping[str, Rule] = {
    "source": Rule.REPLACE,
    "target": Rule.REPLACE,
    "use_case": Rule.REPLACE,
    "direction": Rule.UPDATE,
    "renew_before_days": Rule.LOCAL,
    "force": Rule.LOCAL,
}


@dataclasses.dataclass(frozen=True)
class _Direction:
    """The initiator holds a master token that gives it rights on the issuer."""

    initiator: Jpd
    issuer: Jpd

    def __str__(self) -> str:
        return f"{self.initiator.name}->{self.issuer.name}"


def create(jpds: Jpds, inputs: BindingTokenInputs) -> BindingTokenState:
    """Pair each direction that is not paired yet."""
    source, target = jpds[inputs.source], jpds[inputs.target]
    _refuse_same(source, target)
    adopted = []
    for direction in _directions(jpds, inputs):
        binding = _binding(direction, inputs.use_case)
        if binding is not None and not list(_faults(direction, binding, inputs)):
            adopted.append(str(direction))
        else:
            _pair(direction, inputs.use_case)
    return _state(jpds, inputs, adopted)


def read(
    jpds: Jpds, id_: str, inputs: BindingTokenInputs | None, state: BindingTokenState | None
) -> Reading[BindingTokenInputs, BindingTokenState] | None:
    """Each direction through its initiator's configuration descriptor. None: no direction is paired any more."""
    declared = inputs or _from_id(jpds, id_)
    drift: list[Drift] = []
    missing = 0
    try:
        directions = list(_directions(jpds, declared))
        for direction in directions:
            binding = _binding(direction, declared.use_case)
            if binding is None and _visible(direction):
                missing += 1
                drift.append(
                    Drift(direction.initiator.name, f"no pairing with {direction.issuer.name} for {declared.use_case}")
                )
            elif binding is not None:
                drift.extend(_faults(direction, binding, declared))
        if missing == len(directions):
            return None
        return Reading(declared, _state(jpds, declared, state.adopted if state else []), tuple(drift))
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))


def update(
    jpds: Jpds, _old: BindingTokenInputs, state_before: BindingTokenState, inputs: BindingTokenInputs
) -> BindingTokenState:
    """Pair again what is missing, revoked, expired or near its expiry; drop a direction that is not wanted any more."""
    wanted = list(_directions(jpds, inputs))
    adopted = set(state_before.adopted)
    for direction in wanted:
        binding = _binding(direction, inputs.use_case)
        if binding is None and not _visible(direction):
            continue
        if binding is None or list(_faults(direction, binding, inputs)):
            _pair(direction, inputs.use_case)
            adopted.discard(str(direction))
    for direction in _directions(jpds, inputs.model_copy(update={"direction": "both"})):
        if direction not in wanted and str(direction) not in adopted:
            _unpair(direction, inputs)
    return _state(jpds, inputs, sorted(adopted))


def delete(jpds: Jpds, inputs: BindingTokenInputs, state: BindingTokenState) -> None:
    """Drop the directions that this resource paired, and revoke their master tokens."""
    for direction in _directions(jpds, inputs):
        if str(direction) not in state.adopted:
            _unpair(direction, inputs)


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """Two different deployments, a use case of Artifactory's, a sensible margin."""
    if known.get("source") == known.get("target"):
        yield Failure("target", f"'{known.get('target')}' is the source too; a pairing joins two deployments")
    use_case = known.get("use_case")
    if isinstance(use_case, str) and not use_case.startswith("federated-repo/"):
        yield Failure(
            "use_case", f"'{use_case}' is not federated-repo/*, federated-repo/r or federated-repo/<repository key>"
        )
    days = known.get("renew_before_days")
    if isinstance(days, int) and not 0 <= days <= 364:
        yield Failure("renew_before_days", f"{days} is not between 0 and 364; a pairing lives 365 days")


def _directions(jpds: Jpds, inputs: BindingTokenInputs) -> Iterator[_Direction]:
    source, target = jpds[inputs.source], jpds[inputs.target]
    yield _Direction(source, target)
    if inputs.direction == "both":
        yield _Direction(target, source)


def _pair(direction: _Direction, use_case: str) -> None:
    """Mint on the issuer, exchange at once on the initiator, and see that it is there."""
    issuer, initiator = direction.issuer, direction.initiator
    token = issuer.service_trust.mint(use_case)
    if token.base_url.rstrip("/") != issuer.base_url:
        raise UserError(
            f"pair '{initiator.name}' with '{issuer.name}': the pairing token says that '{issuer.name}' is reachable "
            f"at {token.base_url}, its configuration says {issuer.base_url}.",
            hint="Correct the base URL of that JPD or the forwarding headers of the reverse proxy in front of it.",
        )
    try:
        initiator.service_trust.exchange(use_case, token)
    except FateUnknown:
        # The token pairs once: if the exchange was done the binding is there, and repeating it would fail.
        if _binding(direction, use_case) is None:
            raise
    if _binding(direction, use_case) is None and _visible(direction):
        raise JpdError(
            f"pair '{initiator.name}' with '{issuer.name}' for use case '{use_case}': '{initiator.name}' accepted the "
            f"token, but its configuration shows no pairing with {issuer.base_url}.",
            hint="Run `pulumi up` again; if it stays so, look into the Artifactory log of the initiator.",
        )


def _unpair(direction: _Direction, inputs: BindingTokenInputs) -> None:
    binding = _binding(direction, inputs.use_case)
    direction.initiator.service_trust.unpair(inputs.use_case, base_url=direction.issuer.base_url, force=inputs.force)
    if binding is not None and binding.token_id:
        # No page says that the issuer's copy dies with the initiator's (trust 9, item 2): it would live on for a year.
        direction.issuer.access.revoke_token(binding.token_id)


def _binding(direction: _Direction, use_case: str) -> Binding | None:
    bindings = direction.initiator.system.descriptor().bindings or ()
    wanted = f"internal:{use_case}"
    matching = [
        binding
        for binding in bindings
        if binding.base_url == direction.issuer.base_url and wanted in binding.scope.split()
    ]
    return max(matching, key=lambda binding: binding.expires_at, default=None)


def _visible(direction: _Direction) -> bool:
    return direction.initiator.system.descriptor().bindings is not None


def _faults(direction: _Direction, binding: Binding, inputs: BindingTokenInputs) -> Iterator[Drift]:
    """What makes a pairing that exists due for another one."""
    initiator, issuer = direction.initiator.name, direction.issuer.name
    left = binding.expires_at - direction.initiator.http.now()
    if left <= datetime.timedelta(0):
        yield Drift(initiator, f"pairing with {issuer} expired at {_iso(binding.expires_at)}")
    elif left < datetime.timedelta(days=inputs.renew_before_days):
        yield Drift(
            initiator, f"pairing with {issuer} expires in {left.days} days, renewed from {inputs.renew_before_days} on"
        )
    if binding.token_id and not direction.issuer.access.knows_token(binding.token_id):
        yield Drift(issuer, f"the master token of {initiator} was revoked")


def _state(jpds: Jpds, inputs: BindingTokenInputs, adopted: list[str]) -> BindingTokenState:
    bindings = [_binding(direction, inputs.use_case) for direction in _directions(jpds, inputs)]
    shown = [binding for binding in bindings if binding is not None]
    return BindingTokenState(
        source_service_id=jpds[inputs.source].system.service_id(),
        target_service_id=jpds[inputs.target].system.service_id(),
        scope=bindings[0].scope if bindings[0] is not None else "",
        paired_at=_iso(min(binding.refreshed_at for binding in shown)) if shown else "",
        expires_at=_iso(min(binding.expires_at for binding in shown)) if shown else "",
        visible=len(shown) == len(bindings),
        adopted=adopted,
    )


def _refuse_same(source: Jpd, target: Jpd) -> None:
    if source.system.service_id() == target.system.service_id():
        raise UserError(
            f"pair '{source.name}' with '{target.name}': both are the same JPD ({source.system.service_id()}).",
            hint="Check the urls of the two deployments.",
        )


def _from_id(jpds: Jpds, id_: str) -> BindingTokenInputs:
    ends, slash, use_case = id_.partition("/")
    source, tilde, target = ends.partition("~")
    if not (slash and tilde):
        raise UserError(
            f"'{id_}' is not the id of a BindingToken.", hint="It has the form <source>~<target>/<use case>."
        )
    both = BindingTokenInputs(source=source, target=target, use_case=use_case)
    back = _Direction(jpds[target], jpds[source])
    return both if _binding(back, use_case) else both.model_copy(update={"direction": "source_to_target"})


def _iso(moment: datetime.datetime) -> str:
    return moment.isoformat(timespec="seconds")


KIND = Kind(
    name="BindingToken",
    inputs=BindingTokenInputs,
    state=BindingTokenState,
    rules=RULES,
    deployment_fields=("source", "target"),
    identity=lambda inputs: f"{inputs.source}~{inputs.target}/{inputs.use_case}",
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
)
