"""BindingToken: pairing of two Artifactories, both ways by default.

Id: `<source>~<target>/<use case>`, for example `eu~us/federated-repo/*`.
Calls: POST, PUT, DELETE /artifactory/api/v1/service_trust/pairing/{use case}; GET
/artifactory/api/system/configuration; GET, DELETE /access/api/v1/tokens/{id}.
Source: contract/trust 2 and 10.4.

The issuer mints a pairing token (300 seconds, single use); the initiator exchanges it for a master token and thereby
gains rights on the issuer. Each direction is one such pair. The pairing token is used at once and never stored.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from jpd_provider import preflight
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import Unreachable, UserError
from jpd_provider.trust.pairing import Direction, Pairing

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

logger = logging.getLogger(__name__)

NAME = "BindingToken"
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

    deletion_policy: Literal["created", "always", "retain"] = "created"
    """What deleting ends: the directions that this resource paired, all of them, or none."""


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
    concluded; times are then estimates."""

    adopted: list[str] = Field(default_factory=list)
    """Directions ("eu->us") that were paired before this resource came; deleting it leaves them alone."""

    pairings: dict[str, Pairing] = Field(default_factory=dict)
    """Direction ("eu->us") -> who is trusted where, and until when."""


RULES: Mapping[str, Rule] = {
    "source": Rule.REPLACE,
    "target": Rule.REPLACE,
    "use_case": Rule.REPLACE,
    "direction": Rule.UPDATE,
    "renew_before_days": Rule.LOCAL,
    "force": Rule.LOCAL,
    "deletion_policy": Rule.LOCAL,
}


def create(jpds: Jpds, inputs: BindingTokenInputs) -> BindingTokenState:
    """Pair each direction that is not paired yet."""
    preflight.require(NAME, {"source": jpds[inputs.source], "target": jpds[inputs.target]})
    return _ensure(jpds, inputs, BindingTokenState(), adopting=True)


def read(
    jpds: Jpds, id_: str, inputs: BindingTokenInputs | None, state: BindingTokenState | None
) -> Reading[BindingTokenInputs, BindingTokenState] | None:
    """Each direction through its initiator's configuration descriptor. None: no direction is paired any more."""
    before = state or BindingTokenState()
    try:
        declared = inputs or _from_id(jpds, id_)
        drift: list[Drift] = []
        pairings: dict[str, Pairing] = {}
        visible = True
        for direction in _directions(jpds, declared):
            look = direction.look(before.pairings.get(str(direction)))
            visible &= look.visible
            if look.current is not None:
                pairings[str(direction)] = look.current
            faults = direction.faults(look, renew_before_days=declared.renew_before_days)
            drift += [Drift(deployment, text) for deployment, text in faults]
        if visible and not pairings:
            return None
        if not visible:
            logger.warning("%s: a JPD does not show its pairings; whether the trust holds is unknown", id_)
        now = _state(jpds, declared, before.adopted, pairings).model_copy(update={"visible": visible})
        return Reading(declared, now, tuple(drift))
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))


def update(
    jpds: Jpds, _old: BindingTokenInputs, state_before: BindingTokenState, inputs: BindingTokenInputs
) -> BindingTokenState:
    """Pair again what is missing, revoked, moved or near its end; drop a direction that is not wanted any more."""
    state = _ensure(jpds, inputs, state_before, adopting=False)
    for direction in _directions(jpds, inputs.model_copy(update={"direction": "both"})):
        if str(direction) in state_before.pairings and str(direction) not in state.pairings:
            _end(direction, inputs, state_before)
    return state


def delete(jpds: Jpds, inputs: BindingTokenInputs, state: BindingTokenState) -> None:
    """Drop the directions that the policy names, and revoke their master tokens."""
    for direction in _directions(jpds, inputs):
        _end(direction, inputs, state)


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


def _directions(jpds: Jpds, inputs: BindingTokenInputs) -> list[Direction]:
    source, target = jpds[inputs.source], jpds[inputs.target]
    there, back = Direction(source, target, inputs.use_case), Direction(target, source, inputs.use_case)
    return [there, back] if inputs.direction == "both" else [there]


def _ensure(jpds: Jpds, inputs: BindingTokenInputs, before: BindingTokenState, *, adopting: bool) -> BindingTokenState:
    """Every direction paired. A new resource adopts what it finds; an old one remembers what it adopted."""
    adopted = set(before.adopted)
    pairings: dict[str, Pairing] = {}
    for direction in _directions(jpds, inputs):
        name = str(direction)
        pairings[name], made = direction.ensure(
            renew_before_days=inputs.renew_before_days, remembered=before.pairings.get(name)
        )
        if made:
            adopted.discard(name)
        elif adopting:
            adopted.add(name)
    return _state(jpds, inputs, sorted(adopted), pairings)


def _end(direction: Direction, inputs: BindingTokenInputs, state: BindingTokenState) -> None:
    ours = str(direction) not in state.adopted
    if inputs.deletion_policy == "always" or (inputs.deletion_policy == "created" and ours):
        direction.end(force=inputs.force, remembered=state.pairings.get(str(direction)))


def _state(
    jpds: Jpds, inputs: BindingTokenInputs, adopted: list[str], pairings: dict[str, Pairing]
) -> BindingTokenState:
    source, target = jpds[inputs.source], jpds[inputs.target]
    there = pairings.get(str(Direction(source, target, inputs.use_case)), Pairing())
    return BindingTokenState(
        source_service_id=source.system.service_id(),
        target_service_id=target.system.service_id(),
        scope=there.scope,
        paired_at=min((pairing.paired_at for pairing in pairings.values()), default=""),
        expires_at=min((pairing.expires_at for pairing in pairings.values()), default=""),
        visible=all(pairing.token_id for pairing in pairings.values()),
        adopted=[name for name in adopted if name in pairings],
        pairings=pairings,
    )


def _from_id(jpds: Jpds, id_: str) -> BindingTokenInputs:
    ends, slash, use_case = id_.partition("/")
    source, tilde, target = ends.partition("~")
    if not (slash and tilde):
        raise UserError(
            f"'{id_}' is not the id of a BindingToken.", hint="It has the form <source>~<target>/<use case>."
        )
    both = BindingTokenInputs(source=source, target=target, use_case=use_case)
    paired_back = Direction(jpds[target], jpds[source], use_case).look().current is not None
    return both if paired_back else both.model_copy(update={"direction": "source_to_target"})


KIND = Kind(
    name=NAME,
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
