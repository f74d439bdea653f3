"""Takes live objects into a stack: reads them by id and writes what `pulumi import --file` takes.

`pulumi import TYPE NAME ID` cannot work for a dynamic resource: the engine asks it to read before it knows its
provider. An entry of an import file that carries inputs *and* outputs is taken as it stands (Pulumi CLI 3.254 and
later), so the reading happens here, through the same `read` that a refresh uses.

Rule 1: only what deviates from a field's default is an input; the program that declares just that has no diff.
Rule 2: nothing is changed on any JPD.
Rule 3: a secret stands in the file in the form in which the engine encrypts it on arrival.
"""

from __future__ import annotations

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr

from jpd_provider import anchor, resources
from jpd_provider.client.jpd import Jpd, Jpds
from jpd_provider.client.repositories import Member
from jpd_provider.errors import UserError
from jpd_provider.federations import members
from jpd_provider.model import Drift
from jpd_provider.resources.kind import SCHEMA_VERSION, Kind, Reading

__all__ = ["Found", "Wanted", "declaration", "document", "find", "parse"]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret value, no secret itself


@dataclasses.dataclass(frozen=True)
class Wanted:
    """One object to take in."""

    kind: str
    id: str
    name: str
    """Name of the resource in the Pulumi program."""


@dataclasses.dataclass(frozen=True)
class Found:
    """One live object, as it goes into the state."""

    wanted: Wanted
    inputs: Mapping[str, Any]
    """What a program declares, and nothing that is a default anyway."""

    outputs: Mapping[str, Any]
    drift: tuple[Drift, ...]
    """What the first preview after the import will show: the object is not in order."""


def parse(text: str) -> Wanted:
    """`[NAME=]KIND:ID`; without a name one is made from the id."""
    before, colon, id_ = text.partition(":")
    name, _, kind = before.rpartition("=")
    if not colon or not id_:
        raise UserError(f"'{text}' is not [NAME=]KIND:ID.", hint="For example: FederatedRepository:eu/docker-local")
    if kind not in resources.REGISTRY:
        raise UserError(f"'{kind}' is no resource of jpd; there are {', '.join(resources.REGISTRY)}.")
    return Wanted(kind, id_, name or _name_of(kind, id_))


def find(jpds: Jpds, wanted: Wanted, *, with_members: bool = False) -> Found:
    """Read one object through its JPDs.

    Args:
        jpds: The stack's deployments.
        wanted: What to read.
        with_members: Let a FederatedRepository own its member list.

    Raises:
        UserError: There is no such object.
    """
    kind = resources.find(wanted.kind)
    reading = kind.read(jpds, wanted.id, None, None)
    if reading is None:
        raise UserError(
            f"import {wanted.kind} '{wanted.id}': there is no such object.",
            hint="Check the id; its deployment and key are written as the JPD has them.",
        )
    given = _given(kind, reading.inputs)
    if with_members and wanted.kind == "FederatedRepository":
        given["members"] = _members(jpds, jpds[given["deployment"]], given["key"])
    reading = _settled(kind, jpds, wanted.id, reading, given)
    given = _given(kind, reading.inputs)
    outputs = given | reading.state.model_dump(mode="python") | {"__schema": SCHEMA_VERSION}
    return Found(wanted, given, outputs, reading.drift)


def document(found: Iterable[Found]) -> dict[str, Any]:
    """The content of the import file. UserError: two objects have one name."""
    entries: dict[tuple[str, str], dict[str, Any]] = {}
    for it in found:
        provider = {"__provider": anchor.reference(it.wanted.kind)}
        entry: dict[str, Any] = {
            "type": f"pulumi-python:dynamic/jpd:{it.wanted.kind}",
            "name": it.wanted.name,
            "id": it.wanted.id,
            "inputs": {name: _stored(value) for name, value in it.inputs.items()} | provider,
            "outputs": {name: _stored(value) for name, value in it.outputs.items()} | provider,
        }
        taken = entries.setdefault((it.wanted.kind, it.wanted.name), entry)
        if taken is not entry:
            raise UserError(
                f"'{taken['id']}' and '{entry['id']}' would both be named '{entry['name']}'.",
                hint=f"Give one of them another name: NAME={it.wanted.kind}:{it.wanted.id}",
            )
    return {"resources": list(entries.values())}


def declaration(found: Found) -> str:
    """The Python that declares an object as it is; a secret is left to the reader."""
    arguments = [
        f"    {name}=...,  # a secret: pulumi.Config().require_secret(...)"
        if isinstance(value, SecretStr)
        else f"    {name}={value!r},"
        for name, value in sorted(found.inputs.items())
    ]
    return "\n".join([f"jpd.{found.wanted.kind}(", f"    {found.wanted.name!r},", *arguments, ")"])


def _name_of(kind: str, id_: str) -> str:
    """A name that a person would choose: `docker-local`, `docker-local-us`, `eu-us`, `router-proxy`."""
    match kind, id_.split("/"):
        case "FederationMember", [_, key, member, _]:
            return f"{key}-{member}"
        case "FederationMember", [_, key, url]:
            return f"{key}-{urllib.parse.urlsplit(urllib.parse.unquote(url)).hostname}"
        case "BindingToken", [ends, *_]:
            return ends.replace("~", "-")
        case "FederatedRepository", [_, key]:
            return key
        case _, [one, other]:
            return f"{one}-{other}"
        case _:
            # The address of a node: a person would name it after what the node is, which no address says.
            return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind).lower()


def _settled(
    kind: Kind[Any, Any], jpds: Jpds, id_: str, reading: Reading[Any, Any], given: Mapping[str, Any]
) -> Reading[Any, Any]:
    """What a refresh will see.

    Twice: the first time a member that is paused becomes an input, the second time it is no deviation any more.
    """
    for _ in range(2):
        again = kind.read(jpds, id_, kind.inputs.model_validate(given), reading.state)
        if again is None:
            raise UserError(f"import {kind.name} '{id_}': it vanished while it was read.", hint="Run it again.")
        reading, given = again, _given(kind, again.inputs)
    return reading


def _given(kind: Kind[Any, Any], inputs: BaseModel) -> dict[str, Any]:
    given = inputs.model_dump(mode="python", exclude_unset=True, exclude_none=True)
    return {name: value for name, value in given.items() if value != kind.inputs.model_fields[name].default}


def _members(jpds: Jpds, hub: Jpd, key: str) -> dict[str, dict[str, Any]]:
    """The other members of a federation, under the names of their deployments; a foreign one under its host's."""
    by_base_url = {jpds[name].base_url: name for name in jpds.settings}
    found: dict[str, dict[str, Any]] = {}
    for member in members.federated(hub, key).members:
        if members.same_url(member.url, hub.repository_url(key)):
            continue
        base_url, _, member_key = member.url.rpartition("/artifactory/")
        name = next((n for url, n in by_base_url.items() if members.same_url(url, base_url)), None)
        if name is None:
            found[urllib.parse.urlsplit(member.url).netloc] = {"url": member.url} | _paused(member)
        else:
            found[name] = {"key": member_key} if member_key != key else {}
    return found


def _paused(member: Member) -> dict[str, Any]:
    return {} if member.enabled else {"enabled": False}


def _stored(value: Any) -> Any:
    if isinstance(value, SecretStr):
        # The engine takes the plain text as JSON, and encrypts it.
        return {_SIGNATURE: _SECRET, "plaintext": json.dumps(value.get_secret_value())}
    if isinstance(value, Mapping):
        return {name: _stored(item) for name, item in value.items()}
    return [_stored(item) for item in value] if isinstance(value, list | tuple) else value
