"""CircleOfTrust: one JPD believes the tokens of another, because it trusts its root certificate.

Id: `<deployment>/<trusts>`, for example `eu/us`: eu trusts us.
Calls: GET /access/api/v1/cert/root on the trusted side; POST /access/api/v1/system/federation/validate_server on it,
naming the trusting side.
Source: contract/trust 4 and 10.3.

Trust is one-way; declare two for both ways. No endpoint takes a certificate: it is laid as a file into the trusting
JPD's `etc/access/keys/trusted`, or handed out for the Secret of the Helm chart. No endpoint takes it back either.
Members of a circle of trust are administrators of each other.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from jpd_provider import preflight
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import JpdError, Unreachable, UserError
from jpd_provider.trust import folder
from jpd_provider.trust.certificates import Refused, RootCertificate

from .kind import Drift, Failure, Inputs, Kind, Reading, Rule, State

__all__ = ["KIND"]

logger = logging.getLogger(__name__)

NAME = "CircleOfTrust"

_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.crt")


class CircleOfTrustInputs(Inputs):
    """What a user declares."""

    deployment: str
    """Name of the deployment that trusts. Another one replaces the resource."""

    trusts: str
    """Name of the deployment whose tokens are believed. Another one replaces the resource."""

    folder: str | None = None
    """The trusting JPD's folder `etc/access/keys/trusted`, as a path of the machine where the provider runs. Not set:
    nothing is written; `secret_data` goes into the Secret that the chart value
    `artifactory.circleOfTrustCertificatesSecret` names."""

    file_name: str | None = None
    """Name of the certificate's file. Default: `<trusts>.crt`."""

    certificate: str | None = None
    """The certificate that is expected, as PEM: another one at `trusts` is refused instead of trusted on first use.
    Default: whatever `trusts` has."""

    verify_seconds: int = 10
    """How long to wait until the trusting side believes a token, in seconds, 0 to 60. Our choice."""


class CircleOfTrustState(State):
    """The certificate, which is public, and whether it is believed."""

    fingerprint: str = ""
    """SHA-256 of the certificate that was delivered, in hex."""

    not_after: str = ""
    """When the certificate ends; ISO 8601 in UTC."""

    verified: bool = False
    """Whether the trusting side believed a token when it was last asked."""

    delivered_to: str = ""
    """The file that was written; "" without `folder`, or when the certificate was trusted already."""

    secret_data: dict[str, str] = Field(default_factory=dict)
    """File name -> PEM, for the Secret of the Helm chart."""


RULES: Mapping[str, Rule] = {
    "deployment": Rule.REPLACE,
    "trusts": Rule.REPLACE,
    "folder": Rule.UPDATE,
    "file_name": Rule.UPDATE,
    "certificate": Rule.UPDATE,
    "verify_seconds": Rule.LOCAL,
}


def create(jpds: Jpds, inputs: CircleOfTrustInputs) -> CircleOfTrustState:
    """Deliver the certificate unless it is trusted already, and see that it is believed."""
    preflight.require(NAME, {"deployment": jpds[inputs.deployment], "trusts": jpds[inputs.trusts]})
    certificate = _certificate(jpds, inputs)
    if _doubt(jpds, inputs) is None:
        return _state(inputs, certificate, verified=True)
    if inputs.folder is None:
        logger.info("%s: hand secret_data to the Helm chart of '%s'", NAME, inputs.deployment)
        return _state(inputs, certificate, verified=False)
    path = folder.lay_down(Path(inputs.folder), _file(inputs), certificate.pem)
    _verify(jpds, inputs, path)
    return _state(inputs, certificate, verified=True, delivered_to=str(path))


def read(
    jpds: Jpds, id_: str, inputs: CircleOfTrustInputs | None, state: CircleOfTrustState | None
) -> Reading[CircleOfTrustInputs, CircleOfTrustState] | None:
    """The trusted side's certificate today, and whether the trusting side believes it. On import, None: it does not."""
    declared = inputs or _from_id(id_)
    try:
        certificate = _certificate(jpds, declared.model_copy(update={"certificate": None}))
        doubt = _doubt(jpds, declared)
    except Unreachable as error:
        if inputs is None or state is None:
            raise
        return Reading(inputs, state, (Drift.unknown(error.deployment, error.message),))
    if state is None and doubt is not None:
        return None
    before = state or _state(declared, certificate, verified=True)
    drift = list(_drift(declared, before, certificate, doubt))
    return Reading(declared, before.model_copy(update={"verified": doubt is None}), tuple(drift))


def update(
    jpds: Jpds, _old: CircleOfTrustInputs, _state_before: CircleOfTrustState, inputs: CircleOfTrustInputs
) -> CircleOfTrustState:
    """Deliver what is trusted from now on; the older certificate stays in the database."""
    return create(jpds, inputs)


def delete(_jpds: Jpds, inputs: CircleOfTrustInputs, _state: CircleOfTrustState) -> None:
    """Remove the file if it still lies there, and say what cannot be undone."""
    if inputs.folder is not None:
        folder.take_away(Path(inputs.folder), _file(inputs))
    logger.warning(
        "'%s' keeps trusting '%s': a certificate that Access has taken up stays in its database, and no call removes "
        "it. To end the trust, rotate the root certificate of '%s'.",
        inputs.deployment,
        inputs.trusts,
        inputs.trusts,
    )


def validate(known: Mapping[str, Any]) -> Iterable[Failure]:
    """Two deployments, a plain file name, a certificate of an authority."""
    if known.get("deployment") == known.get("trusts"):
        yield Failure("trusts", f"'{known.get('trusts')}' is the trusting side too; a JPD believes itself anyway")
    name = known.get("file_name")
    if isinstance(name, str) and not _FILE_NAME.fullmatch(name):
        yield Failure("file_name", f"'{name}' is no plain file name that ends with .crt")
    seconds = known.get("verify_seconds")
    if isinstance(seconds, int) and not 0 <= seconds <= 60:
        yield Failure("verify_seconds", f"{seconds} is not between 0 and 60; a wait holds one of four threads")
    text = known.get("certificate")
    if isinstance(text, str):
        try:
            RootCertificate(text, where="certificate")
        except Refused as error:
            yield Failure("", str(error))


def _certificate(jpds: Jpds, inputs: CircleOfTrustInputs) -> RootCertificate:
    """What `trusts` signs with; the expected one where the user pins it."""
    live = RootCertificate(
        jpds[inputs.trusts].access.root_certificate(), where=f"the root certificate of '{inputs.trusts}'"
    )
    if inputs.certificate is None:
        return live
    pinned = RootCertificate(inputs.certificate, where="certificate")
    if pinned.fingerprint != live.fingerprint:
        raise UserError(
            f"'{inputs.trusts}' has the root certificate {live.fingerprint}, expected is {pinned.fingerprint}.",
            hint="If it was rotated on purpose, declare the new one as certificate.",
        )
    return pinned


def _doubt(jpds: Jpds, inputs: CircleOfTrustInputs) -> str | None:
    """Why the trusting side does not believe a token of the trusted one; None: it does."""
    return jpds[inputs.trusts].access.validate_server(jpds[inputs.deployment].base_url)


def _verify(jpds: Jpds, inputs: CircleOfTrustInputs, path: Path) -> None:
    trusted = jpds[inputs.trusts]
    doubt = trusted.http.wait_until(
        lambda: _doubt(jpds, inputs), lambda found: found is None, seconds=inputs.verify_seconds
    )
    if doubt is not None:
        raise JpdError(
            f"'{inputs.deployment}' does not believe tokens of '{inputs.trusts}' after {path} was written: "
            f"{doubt.rstrip('.')}.",
            hint=preflight.explained("peer-reachable").fix,
        )


def _drift(
    inputs: CircleOfTrustInputs, before: CircleOfTrustState, certificate: RootCertificate, doubt: str | None
) -> Iterable[Drift]:
    if certificate.fingerprint != before.fingerprint:
        text = f"root certificate was rotated: it is {certificate.fingerprint}, trusted is {before.fingerprint}"
        yield Drift(inputs.trusts, text)
    elif doubt is not None and (inputs.folder is not None or before.verified):
        yield Drift(inputs.deployment, f"does not believe tokens of '{inputs.trusts}': {doubt.rstrip('.')}")
    elif doubt is not None:
        logger.warning("'%s' does not believe '%s' yet: %s", inputs.deployment, inputs.trusts, doubt)


def _state(
    inputs: CircleOfTrustInputs, certificate: RootCertificate, *, verified: bool, delivered_to: str = ""
) -> CircleOfTrustState:
    return CircleOfTrustState(
        fingerprint=certificate.fingerprint,
        not_after=certificate.not_after,
        verified=verified,
        delivered_to=delivered_to,
        secret_data={_file(inputs): certificate.pem},
    )


def _file(inputs: CircleOfTrustInputs) -> str:
    return inputs.file_name or f"{inputs.trusts}.crt"


def _from_id(id_: str) -> CircleOfTrustInputs:
    deployment, slash, trusts = id_.partition("/")
    if not (deployment and slash and trusts) or "/" in trusts:
        raise UserError(f"'{id_}' is not the id of a {NAME}.", hint="It has the form <deployment>/<trusts>.")
    return CircleOfTrustInputs(deployment=deployment, trusts=trusts)


KIND = Kind(
    name=NAME,
    inputs=CircleOfTrustInputs,
    state=CircleOfTrustState,
    rules=RULES,
    deployment_fields=("deployment", "trusts"),
    identity=lambda inputs: f"{inputs.deployment}/{inputs.trusts}",
    create=create,
    read=read,
    update=update,
    delete=delete,
    validate=validate,
)
