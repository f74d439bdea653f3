"""DeploymentRegistration: a JPD in the registry of another one's Mission Control.

Id: `<home>/<target>`, for example `eu/us`.
Calls: POST /access/api/v1/service_trust/pairing/mission-control on the target; GET, POST, PUT, DELETE /mc/api/v1/jpds
on home.
Source: contract/trust 3 and 10.2.

Home is the deployment whose Mission Control keeps the registry. The pairing token is minted on the target and used at
once; the join key of the target is used only where it is given, and refused where it would not last.
"""

from __future__ import annotations

import logging
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import Field, SecretStr

from jpd_provider import preflight, redaction
from jpd_provider.client.jpd import Jpds
from jpd_provider.client.mission_control import Location, Registered
from jpd_provider.errors import ApiError, Conflict, FateUnknown, NotFound, Unreachable, UserError
from jpd_provider.systemyaml import join_rules

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

logger = logging.getLogger(__name__)

NAME = "DeploymentRegistration"

_USE_CASE = "mission-control"
_TRUST_LOST = "UNAUTHORIZED"


class LocationInputs(Inputs):
    """Where a JPD is; Mission Control shows it on a map."""

    city_name: str
    country_code: str
    """Two letters, ISO 3166."""

    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class DeploymentRegistrationInputs(Inputs):
    """What a user declares."""

    home: str
    """Name of the deployment whose Mission Control keeps the registry. Another one replaces the registration."""

    target: str
    """Name of the deployment that is registered. Another one replaces the registration."""

    name: str | None = None
    """How Mission Control calls it. Default: the name of `target`."""

    url: str | None = None
    """Where home reaches it; a trailing slash is added. Default: the base URL of `target`."""

    location: LocationInputs | None = None
    """Where it is: `city_name`, `country_code` (two letters), `latitude`, `longitude`. Mission Control needs all."""

    tags: list[str] | None = None
    """Tags for searching. Not set: left alone."""

    join_key: SecretStr | None = None
    """The target's join key, in place of a pairing token. It stays valid for ever and cannot be taken back; give it
    only where no pairing token can be minted. Refused for home versions 7.59.9 to 7.63.7. Source: trust 1.5."""


class DeploymentRegistrationState(State):
    """What Mission Control adds. No token is among it."""

    jpd_id: str = ""
    """Mission Control's id, for example `JPD-2`."""

    base_url: str = ""
    """Where the target says that it is."""

    status: str = ""
    """ONLINE, OFFLINE, PARTIAL or UNAUTHORIZED, when last read. Only UNAUTHORIZED is drift: the trust was lost."""

    status_message: str = ""


RULES: Mapping[str, Rule] = {
    "home": Rule.REPLACE,
    "target": Rule.REPLACE,
    "name": Rule.UPDATE,
    "url": Rule.UPDATE,
    "location": Rule.UPDATE,
    "tags": Rule.UPDATE,
    "join_key": Rule.LOCAL,  # used when trust is made; another key changes nothing that exists
}


def create(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> DeploymentRegistrationState:
    """Register the target, or take over the entry that an interrupted attempt left."""
    _require(jpds, inputs)
    found = _find(jpds, inputs)
    if found is not None and found.name != _name(inputs):
        raise UserError(
            f"register '{inputs.target}' in '{inputs.home}': {found.url} is registered already, as '{found.name}' "
            f"({found.id}).",
            hint=f"Declare name='{found.name}' to manage that entry, or remove it.",
        )
    if found is None:
        return _state(_add(jpds, inputs))
    _change(jpds, inputs, found)
    return _state(jpds[inputs.home].mission_control.get_jpd(found.id))


def read(
    jpds: Jpds,
    id_: str,
    inputs: DeploymentRegistrationInputs | None,
    state: DeploymentRegistrationState | None,
) -> Reading[DeploymentRegistrationInputs, DeploymentRegistrationState] | None:
    """The entry as home shows it. None: there is none."""
    declared = inputs or _from_id(id_)
    try:
        entry = _entry(jpds, declared, state.jpd_id if state else "")
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))
    if entry is None:
        return None
    live = _live(declared, entry, expected_url=_expected_url(jpds, declared, state), everything=inputs is None)
    return Reading(live, _state(entry), tuple(_drift(declared, entry)))


def update(
    jpds: Jpds,
    _old: DeploymentRegistrationInputs,
    state_before: DeploymentRegistrationState,
    inputs: DeploymentRegistrationInputs,
) -> DeploymentRegistrationState:
    """Change the entry; pair again where its trust was lost or its address is another."""
    entry = _entry(jpds, inputs, state_before.jpd_id)
    if entry is None:
        return create(jpds, inputs)
    _change(jpds, inputs, entry)
    return _state(jpds[inputs.home].mission_control.get_jpd(entry.id))


def delete(jpds: Jpds, inputs: DeploymentRegistrationInputs, state: DeploymentRegistrationState) -> None:
    """Remove the entry."""
    entry = _entry(jpds, inputs, state.jpd_id)
    if entry is None:
        return
    try:
        jpds[inputs.home].mission_control.delete_jpd(entry.id)
    except NotFound:
        return


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """Two deployments, a URL that others can call, a country, and a join key that is one."""
    if known.get("home") == known.get("target"):
        yield Failure("target", f"'{known.get('target')}' is home too; home is in its own registry anyway, as HOME")
    url = known.get("url")
    if isinstance(url, str):
        yield from _url_failing(url)
    location = known.get("location")
    code = location.get("country_code") if isinstance(location, Mapping) else None
    if isinstance(code, str) and not re.fullmatch(r"[A-Za-z]{2}", code):
        yield Failure("location.country_code", f"'{code}' is not the two letters of a country, for example FR")
    key = known.get("join_key")
    if isinstance(key, str) and (fault := join_rules.join_key_fault(redaction.register(key))):
        yield Failure("join_key", fault)


def _url_failing(url: str) -> Iterable[Failure]:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        yield Failure("url", f"'{redaction.redact(url)}' has no scheme or host, for example https://us.example.com/")
    elif "@" in parts.netloc:
        yield Failure("url", "it carries credentials; Mission Control uses the token that pairing yields")
    elif "//" in parts.path or parts.query or parts.fragment or parts.path.rstrip("/").endswith("/artifactory"):
        yield Failure("url", f"'{url}' is not the platform's URL: no /artifactory, no double slash, no query")


def _require(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> dict[str, preflight.Facts]:
    return preflight.require(NAME, {"home": jpds[inputs.home], "target": jpds[inputs.target]})


def _add(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> Registered:
    home = jpds[inputs.home]
    fields = _fields(jpds, inputs)
    try:
        return home.mission_control.add_jpd(**fields, token=_token(jpds, inputs))
    except (FateUnknown, Conflict):
        found = _find(jpds, inputs)
        if found is None or found.name != fields["name"]:
            raise
        return found
    except ApiError as error:
        raise _explained(error, jpds, inputs) from error


def _change(jpds: Jpds, inputs: DeploymentRegistrationInputs, entry: Registered) -> None:
    home = jpds[inputs.home]
    fields = _fields(jpds, inputs)
    if inputs.tags is None:
        fields["tags"] = entry.tags
    lost = entry.status.code == _TRUST_LOST or fields["url"] != _slashed(entry.url)
    if lost:
        _require(jpds, inputs)
    try:
        home.mission_control.update_jpd(entry.id, **fields, token=_token(jpds, inputs) if lost else None)
    except ApiError as error:
        raise _explained(error, jpds, inputs) from error


def _explained(error: ApiError, jpds: Jpds, inputs: DeploymentRegistrationInputs) -> ApiError:
    if error.status == 400:
        error.hint = (
            f"'{inputs.target}' answers from here; check that '{inputs.home}' reaches it at "
            f"{_fields(jpds, inputs)['url']} (network, proxy, TLS)."
        )
    return error


def _token(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> SecretStr:
    """A fresh pairing token, or the join key where the user insists on it."""
    facts = _require(jpds, inputs)
    if inputs.join_key is not None:
        preflight.require_join_key(NAME, facts["home"], inputs.join_key.get_secret_value())
        return inputs.join_key
    token = jpds[inputs.target].service_trust.mint(_USE_CASE, "access")
    preflight.require_base_url(NAME, facts["target"], token.base_url)
    return token.text


def _entry(jpds: Jpds, inputs: DeploymentRegistrationInputs, jpd_id: str) -> Registered | None:
    """By id; by URL where the id is not known, or where somebody removed and added the JPD."""
    if jpd_id:
        try:
            return jpds[inputs.home].mission_control.get_jpd(jpd_id)
        except NotFound:
            logger.info("%s is not in the registry of '%s' any more; looking for its URL", jpd_id, inputs.home)
    return _find(jpds, inputs)


def _find(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> Registered | None:
    wanted = _url(jpds, inputs)
    entries = jpds[inputs.home].mission_control.list_jpds()
    return next((entry for entry in entries if _slashed(entry.url) == wanted and not entry.local), None)


def _expected_url(jpds: Jpds, inputs: DeploymentRegistrationInputs, state: DeploymentRegistrationState | None) -> str:
    """The URL that the entry should have. A target that is down cannot say where it is; it is where it was, then."""
    try:
        return _url(jpds, inputs)
    except Unreachable:
        if state is None:
            raise
        return _slashed(state.base_url)


def _live(
    declared: DeploymentRegistrationInputs, entry: Registered, *, expected_url: str, everything: bool
) -> DeploymentRegistrationInputs:
    """The declared inputs with the live values of those that are set; on import all that home knows."""
    fields = declared.model_fields_set
    changes: dict[str, Any] = {}
    if entry.name != _name(declared) or everything:
        changes["name"] = entry.name
    if _slashed(entry.url) != expected_url:
        changes["url"] = entry.url
    if "location" in fields or everything:
        changes["location"] = LocationInputs.model_validate(entry.location.model_dump())
    if "tags" in fields or everything:
        changes["tags"] = sorted(entry.tags)
    return declared.model_copy(update=changes)


def _drift(inputs: DeploymentRegistrationInputs, entry: Registered) -> Iterable[Drift]:
    if entry.status.code == _TRUST_LOST:
        yield Drift(inputs.home, f"'{inputs.target}' ({entry.id}) is {_TRUST_LOST}: the trust was lost, pair again")


def _state(entry: Registered) -> DeploymentRegistrationState:
    return DeploymentRegistrationState(
        jpd_id=entry.id,
        base_url=entry.base_url.rstrip("/"),
        status=entry.status.code,
        status_message=entry.status.message,
    )


def _fields(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> dict[str, Any]:
    location = Location() if inputs.location is None else Location.model_validate(inputs.location.model_dump())
    return {"name": _name(inputs), "url": _url(jpds, inputs), "location": location, "tags": sorted(inputs.tags or [])}


def _name(inputs: DeploymentRegistrationInputs) -> str:
    return inputs.name or inputs.target


def _url(jpds: Jpds, inputs: DeploymentRegistrationInputs) -> str:
    return _slashed(inputs.url or jpds[inputs.target].base_url)


def _slashed(url: str) -> str:
    """With a trailing slash, as the registry keeps URLs."""
    return f"{url.rstrip('/')}/"


def _from_id(id_: str) -> DeploymentRegistrationInputs:
    home, slash, target = id_.partition("/")
    if not (home and slash and target) or "/" in target:
        raise UserError(f"'{id_}' is not the id of a {NAME}.", hint="It has the form <home>/<target>.")
    return DeploymentRegistrationInputs(home=home, target=target)


KIND = Kind(
    name=NAME,
    inputs=DeploymentRegistrationInputs,
    state=DeploymentRegistrationState,
    rules=RULES,
    deployment_fields=("home", "target"),
    identity=lambda inputs: f"{inputs.home}/{inputs.target}",
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
    one_of=(("location",),),
    unordered=("tags",),
)
