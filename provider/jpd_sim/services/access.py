"""Access: tokens, the root certificate, ping (contract: trust section 5 and 8)."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.services.authentication import Principal
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited, read_object, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import ADMIN_SCOPE, USER_SCOPE, Deployment
from jpd_sim.state.tokens import BadToken, Token

_LIMITS = {"username": 255, "scope": 500, "description": 1024, "audience": 255}


class Access:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        return [
            Route("GET", "/api/v1/system/ping", self.ping, Right.ANYONE, "T5 access ping"),
            Route("GET", "/api/v1/system/version", self.version, Right.USER, "T5 access version"),
            Route("GET", "/api/v1/cert/root", self.root_certificate, Right.ANYONE, "T8 cert/root"),
            Route("POST", "/api/v1/tokens", self.create, Right.USER, "T5 tokens POST"),
            Route("GET", "/api/v1/tokens", self.listing, Right.USER, "T5 tokens GET"),
            Route("DELETE", "/api/v1/tokens/revoke", self.revoke_by_value, Right.USER, "T5 tokens revoke"),
            Route("GET", "/api/v1/tokens/{id}", self.read, Right.USER, "T5 tokens GET id"),
            Route("DELETE", "/api/v1/tokens/{id}", self.revoke, Right.USER, "T5 tokens DELETE id"),
            Route(
                "GET",
                "/api/v1/config/security/authentication/basic_authentication_enabled",
                self.basic_enabled,
                Right.ADMIN,
                "T5 admin probe",
            ),
            Route("POST", "/api/v1/registry/join", self.join, Right.ANYONE, "T1.4 join"),
            Route("PUT", "/api/v1/registry/join", self.join, Right.ANYONE, "T1.4 join"),
            Route("GET", "/api/v1/registry/join", self.join, Right.ANYONE, "T1.4 join"),
        ]

    async def ping(self, _call: Call) -> Response:
        """OA:SystemApi: 200 text `OK`, no authentication."""
        return text_reply("OK")

    async def version(self, _call: Call) -> Response:
        """TF-SH:util/util.go reads the version here."""
        return json_reply({"version": self._deployment.profile.version})

    async def join(self, _call: Call) -> Response:
        """Always refused, whatever the request carries (trust 1.4 and 8)."""
        raise ProductError(400, "The simulator does not take part in cluster joins")

    async def basic_enabled(self, _call: Call) -> Response:
        """OA:SystemApi: answers platform admins only; serves as a probe."""
        return json_reply({"enabled": True})

    async def root_certificate(self, call: Call) -> Response:
        """Base64 DER, or PEM with `formatted=true`; no authentication (trust 9, item 4: the older page)."""
        certificate = self._deployment.identity.key.certificate
        if call.query("formatted") == "true":
            return text_reply(certificate.public_bytes(Encoding.PEM).decode())
        return text_reply(base64.b64encode(certificate.public_bytes(Encoding.DER)).decode())

    async def create(self, call: Call) -> Response:
        """D:administration/reference/createtoken: form or JSON; a user may make tokens for nobody else."""
        wanted = await _form_or_json(call.request)
        if wanted.get("grant_type") == "refresh_token":
            wanted = self._refreshed(wanted)
        scope = wanted.get("scope") or USER_SCOPE
        username = wanted.get("username") or call.principal.name
        if not call.principal.admin and (username != call.principal.name or scope != USER_SCOPE):
            raise ProductError(403, "Only administrators can create tokens for others or with more rights")
        _check_lengths(wanted)
        if scope == USER_SCOPE and call.principal.admin and username == call.principal.name:
            # The token of an administrator carries the administrator's permissions.
            scope = f"{USER_SCOPE} {ADMIN_SCOPE}"
        return json_reply(self._issue(username, scope, wanted, refreshable=_flag(wanted.get("refreshable"))))

    async def listing(self, call: Call) -> Response:
        """H/get-tokens: `{"tokens":[...]}`, filtered; users see their own."""
        tokens = [
            _describe(token)
            for token in self._deployment.tokens.stored
            if self._may_see(call.principal, token) and _passes(call, token)
        ]
        return json_reply({"tokens": tokens})

    async def read(self, call: Call) -> Response:
        """H/get-token-by-id: 404 also for tokens too short-lived to be stored."""
        return json_reply(_describe(self._find(call)))

    async def revoke(self, call: Call) -> Response:
        """H/revoke-token-by-id: 200 revoked, 204 already revoked (trust 9, item 6: the help page), 404 unknown."""
        if call.principal.admin and call.parameters["id"] in self._deployment.tokens.revoked:
            return empty_reply(204)
        self._deployment.tokens.revoke(self._find(call).token_id)
        return text_reply("Token revoked")

    async def revoke_by_value(self, call: Call) -> Response:
        """OA:AccessTokensApi: `{"token": "..."}`; 404 if it cannot be revoked."""
        body = await read_object(call.request)
        try:
            token = self._deployment.tokens.verify(str(body.get("token", "")))
        except BadToken as error:
            raise ProductError(404, error.message) from error
        if not self._may_see(call.principal, token) or not self._deployment.tokens.revoke(token.token_id):
            raise ProductError(404, "Token not found or not revocable")
        return json_reply({"revoked_token_id": token.token_id})

    def _find(self, call: Call) -> Token:
        wanted = call.parameters["id"]
        if wanted == "me":
            header = call.request.headers.get("authorization", "")
            wanted = self._deployment.tokens.verify(header.partition(" ")[2]).token_id
        token = self._deployment.tokens.stored.get(wanted)
        if token is None or not self._may_see(call.principal, token):
            raise ProductError(404, "Token not found")
        return token

    def _may_see(self, principal: Principal, token: Token) -> bool:
        return principal.admin or token.username == principal.name

    def _refreshed(self, wanted: dict[str, Any]) -> dict[str, Any]:
        tokens = self._deployment.tokens
        token_id = tokens.refresh.drop(str(wanted.get("refresh_token", "")))
        old = None if token_id is None else tokens.stored.get(token_id)
        if old is None:
            raise ProductError(400, "Refresh token is not valid")
        tokens.revoke(old.token_id)
        return {"username": old.username, "scope": old.scope, "refreshable": True, **wanted}

    def _issue(self, username: str, scope: str, wanted: dict[str, Any], *, refreshable: bool) -> dict[str, Any]:
        lifetime = _seconds(wanted.get("expires_in"), self._deployment.profile.default_token_seconds)
        token, encoded = self._deployment.tokens.issue(
            username,
            scope,
            lifetime_seconds=lifetime or None,
            audience=wanted.get("audience") or "*@*",
            description=wanted.get("description") or "",
            refreshable=refreshable,
        )
        reply: dict[str, Any] = {"token_id": token.token_id, "access_token": encoded}
        if refreshable:
            reply["refresh_token"] = self._deployment.tokens.new_refresh_token(token.token_id)
        if lifetime:
            reply["expires_in"] = lifetime
        return {**reply, "scope": scope, "token_type": "Bearer"}


def _describe(token: Token) -> dict[str, Any]:
    body: dict[str, Any] = {
        "token_id": token.token_id,
        "subject": token.subject,
        "issued_at": token.issued_at,
        "issuer": token.issuer,
        "description": token.description,
        "refreshable": token.refreshable,
        "scope": token.scope,
    }
    return body if token.expires_at is None else {**body, "expiry": token.expires_at}


def _passes(call: Call, token: Token) -> bool:
    description, username = call.query("description"), call.query("username")
    refreshable, token_id = call.query("refreshable"), call.query("token_id")
    if description is not None and description.endswith("*"):
        described = token.description.startswith(description[:-1])
    else:
        described = description in (None, token.description)
    return (
        described
        and username in (None, token.username)
        and token_id in (None, token.token_id)
        and (refreshable is None or token.refreshable == _flag(refreshable))
    )


async def _form_or_json(request: Request) -> dict[str, Any]:
    if "json" in request.headers.get("content-type", ""):
        return await read_object(request)
    return dict(parse_qsl((await read_limited(request)).decode("utf-8", "replace")))


def _check_lengths(wanted: dict[str, Any]) -> None:
    for name, limit in _LIMITS.items():
        if len(str(wanted.get(name) or "")) > limit:
            raise ProductError(400, f"{name} has at most {limit} characters")


def _seconds(raw: object, default: int) -> int:
    if raw in (None, ""):
        return default
    try:
        seconds = int(str(raw))
    except ValueError as error:
        raise ProductError(400, "expires_in must be a whole number of seconds") from error
    if seconds < 0:
        raise ProductError(400, "expires_in must not be negative")
    return seconds


def _flag(raw: object) -> bool:
    return raw is True or str(raw).lower() == "true"
