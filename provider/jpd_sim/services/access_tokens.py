"""Access: tokens (contract: trust section 5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from jpd_sim.services.authentication import Principal
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_limited, read_object, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import ADMIN_SCOPE, USER_SCOPE, Deployment
from jpd_sim.state.tokens import BadToken, Token

_LIMITS = {"username": 255, "scope": 500, "description": 1024, "audience": 255}
_GRANTS = ("client_credentials", "refresh_token")
_ORDERS: dict[str, Callable[[Token], Any]] = {
    "token_id": lambda token: token.token_id,
    "subject": lambda token: token.subject,
    "issued_at": lambda token: token.issued_at,
    "expiry": lambda token: (token.expires_at is None, token.expires_at or 0),
    "description": lambda token: token.description,
}


class AccessTokens:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The table."""
        expiry = "/api/v1/config/token/default_expiry"
        return [
            Route("POST", "/api/v1/tokens", self.create, Right.USER, "T5 tokens POST"),
            Route("GET", "/api/v1/tokens", self.listing, Right.USER, "T5 tokens GET"),
            Route("DELETE", "/api/v1/tokens/revoke", self.revoke_by_value, Right.USER, "T5 tokens revoke"),
            Route("GET", "/api/v1/tokens/{id}", self.read, Right.USER, "T5 tokens GET id"),
            Route("DELETE", "/api/v1/tokens/{id}", self.revoke, Right.USER, "T5 tokens DELETE id"),
            Route("GET", expiry, self.default_expiry, Right.ADMIN, "T5 default_expiry GET"),
            Route("PUT", expiry, self.change_default_expiry, Right.ADMIN, "T5 default_expiry PUT"),
        ]

    async def create(self, call: Call) -> Response:
        """D:administration/reference/createtoken: form or JSON; a user may make tokens for nobody else."""
        wanted = await _form_or_json(call.request)
        _check_lengths(wanted)
        if wanted.get("grant_type", "client_credentials") not in _GRANTS:
            raise ProductError(400, f"grant_type must be one of {', '.join(_GRANTS)}")
        if wanted.get("grant_type") == "refresh_token":
            wanted = self._refreshed(wanted)
        scope = wanted.get("scope") or USER_SCOPE
        username = wanted.get("username") or call.principal.name
        if not call.principal.admin and (username != call.principal.name or scope != USER_SCOPE):
            raise ProductError(403, "Only administrators can create tokens for others or with more rights")
        if scope == USER_SCOPE and call.principal.admin and username == call.principal.name:
            # The token of an administrator carries the administrator's permissions.
            scope = f"{USER_SCOPE} {ADMIN_SCOPE}"
        lifetime = _seconds(wanted.get("expires_in"), self._deployment.tokens.default_seconds)
        if not lifetime and not call.principal.admin:
            raise ProductError(403, "Only administrators can create tokens that do not expire")
        return json_reply(self._issue(username, scope, lifetime, wanted))

    async def listing(self, call: Call) -> Response:
        """H/get-tokens: `{"tokens":[...]}`, filtered and ordered; users see their own."""
        order = call.query("order_by") or "issued_at"
        if order not in _ORDERS:
            raise ProductError(400, f"order_by must be one of {', '.join(_ORDERS)}")
        tokens = [
            token
            for token in self._deployment.tokens.stored
            if self._may_see(call.principal, token) and _passes(call, token)
        ]
        tokens.sort(key=_ORDERS[order], reverse=_flag(call.query("descending_order")))
        return json_reply({"tokens": [_describe(token) for token in tokens]})

    async def read(self, call: Call) -> Response:
        """H/get-token-by-id: 404 also for tokens too short-lived to be stored."""
        return json_reply(_describe(self._find(call)))

    async def revoke(self, call: Call) -> Response:
        """H/revoke-token-by-id: 200 revoked, 204 already revoked (trust 9, item 6: the help page), 404 unknown."""
        if call.parameters["id"] == "me" and self._own(call).foreign:
            raise ProductError(400, "The token was issued by another instance")
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

    async def default_expiry(self, _call: Call) -> Response:
        """OA: the life of tokens that are asked for without `expires_in`, in seconds."""
        return json_reply({"default_token_expiration": self._deployment.tokens.default_seconds})

    async def change_default_expiry(self, call: Call) -> Response:
        """OA: change it; 0 means that such tokens do not expire."""
        wanted = (await read_object(call.request)).get("default_token_expiration")
        if isinstance(wanted, bool) or not isinstance(wanted, int) or wanted < 0:
            raise ProductError(400, "default_token_expiration must be a whole number of seconds")
        self._deployment.tokens.default_seconds = wanted
        return await self.default_expiry(call)

    def _own(self, call: Call) -> Token:
        """The token that the caller logged in with; 404 when it was a password."""
        header = call.request.headers.get("authorization", "")
        try:
            return self._deployment.tokens.verify(header.partition(" ")[2].strip())
        except BadToken as error:
            raise ProductError(404, "Token not found") from error

    def _find(self, call: Call) -> Token:
        wanted = call.parameters["id"]
        if wanted == "me":
            wanted = self._own(call).token_id
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
        return {"username": old.username, "scope": old.scope, "audience": old.audience, "refreshable": True, **wanted}

    def _issue(self, username: str, scope: str, lifetime: int, wanted: dict[str, Any]) -> dict[str, Any]:
        tokens, refreshable = self._deployment.tokens, _flag(wanted.get("refreshable"))
        token, encoded = tokens.issue(
            username,
            scope,
            lifetime_seconds=lifetime or None,
            audience=wanted.get("audience") or "*@*",
            description=wanted.get("description") or "",
            refreshable=refreshable,
            force_revocable=_flag(wanted.get("force_revocable")),
        )
        reply: dict[str, Any] = {"token_id": token.token_id, "access_token": encoded}
        if refreshable:
            reply["refresh_token"] = tokens.new_refresh_token(token.token_id)
        if lifetime:
            reply["expires_in"] = lifetime
        if _flag(wanted.get("include_reference_token")):
            reply["reference_token"] = tokens.new_reference(token)
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
