"""Who is calling: Basic, Bearer and API-key headers (contract: federation conventions; trust 5)."""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass

from starlette.requests import Request

from jpd_sim.services.replies import ProductError
from jpd_sim.state.deployment import ADMIN_SCOPE, Deployment
from jpd_sim.state.tokens import BadToken, Token


@dataclass(frozen=True)
class Principal:
    """The caller. No name means anonymous."""

    name: str = ""
    admin: bool = False
    scope: str = ""

    @property
    def peer(self) -> bool:
        """Whether the caller is another JPD with a master token for federation."""
        return "internal:federated-repo/" in self.scope


ANONYMOUS = Principal()


def authenticate(deployment: Deployment, request: Request) -> Principal:
    """The caller of a request; 401 when it offers credentials that are not good."""
    api_key = request.headers.get("x-jfrog-art-api")
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(deployment, value.strip())
    if scheme.lower() == "basic":
        return _by_password(deployment, value.strip())
    if header:
        raise ProductError(401, "Bad credentials", detail=f"Unsupported authentication method {scheme}")
    if api_key:
        return _by_token(deployment, api_key)
    return ANONYMOUS


def _by_token(deployment: Deployment, encoded: str) -> Principal:
    try:
        token = deployment.tokens.verify(encoded)
    except BadToken as error:
        # Clients recognise an expired or foreign token by these words (trust 5, "401 expired / bad signature").
        text = "Token failed verification: signature" if error.message.endswith("signature") else error.message
        raise ProductError(401, text, detail=error.message) from error
    return _principal(deployment, token)


def _principal(deployment: Deployment, token: Token) -> Principal:
    scopes = token.scope.split()
    own = (deployment.identity.artifactory_id, deployment.identity.access_id)
    admin = ADMIN_SCOPE in scopes or any(f"{service_id}:admin" in scopes for service_id in own)
    return Principal(name=token.username, admin=admin, scope=token.scope)


def _by_password(deployment: Deployment, value: str) -> Principal:
    try:
        name, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ProductError(401, "Bad credentials") from error
    user = deployment.users.get(name)
    if user is not None and hmac.compare_digest(user.password.encode(), password.encode()):
        return Principal(name=name, admin=user.admin, scope=ADMIN_SCOPE if user.admin else "")
    if password.count(".") == 2:
        return _by_token(deployment, password)
    raise ProductError(401, "Bad credentials")
