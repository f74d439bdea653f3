"""Pairing tokens and master tokens, on Artifactory and Access (contract: trust section 2)."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import Unreachable
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object
from jpd_sim.services.routing import Call, Handler, Right, Route
from jpd_sim.state import trust
from jpd_sim.state.deployment import BASE_URL_MISSING, Deployment
from jpd_sim.state.tokens import BadToken, unverified_claims
from jpd_sim.state.trust import Binding, PairingToken, Service

_EXCHANGE = "/api/v1/service_trust/exchange"
_REVOKE = "/api/v1/service_trust/revoke"
_ESTABLISHED_COLD = "Trust with service artifactory-cold was established successfully"


class ServiceTrust:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def artifactory_routes(self) -> list[Route]:
        """The table of Artifactory."""
        return [
            *self._routes(trust.ARTIFACTORY),
            Route("POST", _REVOKE, self.revoked_by_holder, Right.PEER, "T9.2 revoke"),
        ]

    def access_routes(self) -> list[Route]:
        """The table of Access."""
        return self._routes(trust.ACCESS)

    def _routes(self, service: Service) -> list[Route]:
        pairing = "/api/v1/service_trust/pairing/{use_case:path}"
        pairings = "/api/v1/service_trust/pairings/{use_case:path}"

        def of(handler: Callable[[Service, Call], Awaitable[Response]]) -> Handler:
            return functools.partial(handler, service)

        return [
            Route("POST", pairing, of(self.create), Right.ADMIN, f"T2.3 {service.context} pairing POST"),
            Route("PUT", pairing, of(self.exchange_pairing), Right.ADMIN, f"T2.3 {service.context} pairing PUT"),
            Route("DELETE", pairing, of(self.unregister), Right.ADMIN, f"T2.3 {service.context} pairing DELETE"),
            Route("DELETE", pairings, self.revoke, Right.ADMIN, f"T2.3 {service.context} pairings DELETE"),
            Route("POST", _EXCHANGE, of(self.exchange), Right.ANYONE, f"T2.3 {service.context} exchange"),
        ]

    async def create(self, service: Service, call: Call) -> Response:
        """H:jfrog-rest-apis/create-pairing-token: 200 with a token of 300 s; 404 unknown use case."""
        use_case = _use_case(call, service)
        base_url = call.request.headers.get("x-jfrog-override-base-url") or self._deployment.published_url
        if base_url is None:
            raise ProductError(400, BASE_URL_MISSING)
        base_url, issuer = base_url.rstrip("/"), self._issuer(service)
        exchange_url = f"{base_url}/{service.context}{_EXCHANGE}"
        token, encoded = self._deployment.tokens.issue(
            call.principal.name,
            trust.pairing_scope(use_case),
            lifetime_seconds=self._deployment.profile.pairing_token_seconds,
            audience=issuer,
            issuer=issuer,
            extension={"base_url": base_url, "exchange_url": exchange_url, "revocable": "true"},
        )
        self._deployment.pairings.put(token.token_id, PairingToken(token.token_id, use_case))
        return json_reply({"pairing_token": encoded})

    async def exchange_pairing(self, service: Service, call: Call) -> Response:
        """D:artifactory/reference/exchangepairingtoken, on the initiator: keeps the master token.

        The text of Artifactory is documented; that of Access is its analogue.
        """
        use_case = _use_case(call, service)
        encoded = (await read_object(call.request)).get("pairing_token")
        if not isinstance(encoded, str) or not encoded:
            raise ProductError(400, "pairing_token is required")
        extension = self._check_pairing(encoded, use_case, self._issuer(service))
        try:
            answer = await self._engine.peers.post(extension["exchange_url"], {"pairing_token": encoded})
        except Unreachable as error:
            raise ProductError(400, f"Failed to exchange the pairing token: {error}") from error
        if answer.is_error:
            raise ProductError(400, f"Failed to exchange the pairing token: {_first_message(answer)}")
        self._keep(extension, use_case, answer.json())
        if use_case.startswith("artifactory-cold"):
            return json_reply({"message": _ESTABLISHED_COLD})
        return json_reply({"message": f"Trust with {service.title} was established successfully"})

    async def exchange(self, service: Service, call: Call) -> Response:
        """Server to server, on the issuer. Its existence is documented, its shape is not: this shape is ours.

        Mission Control brings the join key instead where it was given one (trust 1.5).
        """
        body = await read_object(call.request)
        join_key = body.get("join_key")
        if service is trust.ACCESS and isinstance(join_key, str):
            if not hmac.compare_digest(join_key.encode(), self._deployment.identity.join_key.encode()):
                raise ProductError(401, "Bad credentials")
            return json_reply(self._master_token(service, "admin", "mission-control"))
        try:
            token = self._deployment.tokens.verify(str(body.get("pairing_token", "")))
        except BadToken as error:
            raise ProductError(
                401, error.message.replace("Invalid token, signature", "Token failed verification: signature")
            ) from error
        pairing = self._deployment.pairings.get(token.token_id)
        if pairing is None or pairing.used or token.audience != self._issuer(service):
            raise ProductError(400, "The pairing token has been used or revoked")
        self._deployment.pairings.put(token.token_id, replace(pairing, used=True))
        return json_reply(self._master_token(service, token.username, pairing.use_case))

    async def unregister(self, service: Service, call: Call) -> Response:
        """OA:UnregisterPairingTokenRequest: `{"base_url"}`; `force=true` does not tell the peer (9.2, inferred)."""
        use_case = _use_case(call, service)
        await self._forget(await _base_url(call), use_case, force=call.query("force") == "true")
        return json_reply({"message": "Trust was removed successfully"})

    async def revoke(self, call: Call) -> Response:
        """H:jfrog-rest-apis/revoke-pairing, the older form: 200 with an empty body, 404 base URL not found."""
        await self._forget(await _base_url(call), None, force=call.query("force") == "true")
        return empty_reply(200)

    async def revoked_by_holder(self, call: Call) -> Response:
        """The initiator gives its master token back. Not part of the documented contract."""
        header = call.request.headers.get("authorization", "")
        self._deployment.tokens.revoke(self._deployment.tokens.verify(header.partition(" ")[2]).token_id)
        return empty_reply()

    def _issuer(self, service: Service) -> str:
        identity = self._deployment.identity
        return identity.artifactory_id if service is trust.ARTIFACTORY else identity.access_id

    def _check_pairing(self, encoded: str, use_case: str, own_id: str) -> dict[str, str]:
        claims = unverified_claims(encoded)
        if int(claims.get("exp", 0)) * 1000 <= self._deployment.now_ms():
            raise ProductError(400, "Invalid token, expired")
        if claims.get("scp") != trust.pairing_scope(use_case):
            raise ProductError(400, f"The pairing token is not for use case {use_case}")
        if claims.get("aud") == own_id:
            raise ProductError(400, "The pairing token was issued by this very service")
        try:
            return extension_of(claims)
        except ValueError as error:
            raise ProductError(400, f"The pairing token is malformed: {error}") from error

    def _keep(self, extension: dict[str, str], use_case: str, answer: dict[str, Any]) -> None:
        binding = Binding(
            base_url=extension["base_url"],
            use_case=use_case,
            exchange_url=extension["exchange_url"],
            access_token=answer["access_token"],
            token_id=answer["token_id"],
            scope=answer["scope"],
            last_refresh_ms=self._deployment.now_ms(),
            expiration_ms=answer["expires_in"] * 1000,
        )
        self._deployment.bindings.put((binding.base_url, use_case), binding)
        self._engine.fit_workers()

    def _master_token(self, service: Service, username: str, use_case: str) -> dict[str, Any]:
        issuer = self._issuer(service)
        lifetime = self._deployment.profile.master_token_seconds
        token, encoded = self._deployment.tokens.issue(
            username,
            trust.master_scope(issuer, use_case),
            lifetime_seconds=lifetime,
            audience=issuer,
            issuer=issuer,
            description=f"Master token for {use_case}",
        )
        return {"access_token": encoded, "token_id": token.token_id, "scope": token.scope, "expires_in": lifetime}

    async def _forget(self, base_url: str, use_case: str | None, *, force: bool) -> None:
        found = [b for b in self._deployment.bindings if b.base_url == base_url and use_case in (None, b.use_case)]
        if not found:
            raise ProductError(404, f"base URL not found: {base_url}")
        for binding in found:
            if not force:
                await self._give_back(binding)
            self._deployment.bindings.drop((binding.base_url, binding.use_case))

    async def _give_back(self, binding: Binding) -> None:
        url = f"{binding.base_url}/artifactory{_REVOKE}"
        try:
            await self._engine.peers.post(url, {}, token=binding.access_token)
        except Unreachable as error:
            raise ProductError(500, f"Failed to revoke the trust with {binding.base_url}: {error}") from error


def extension_of(claims: dict[str, Any]) -> dict[str, str]:
    """The `ext` claim, which is a JSON string; ValueError when something mandatory is missing (trust 2.2)."""
    extension = trust.parse_extension(claims.get("ext"))
    for name in ("base_url", "exchange_url"):
        if not isinstance(extension.get(name), str):
            raise ValueError(f"ext.{name} is missing")
    return extension


def _use_case(call: Call, service: Service) -> str:
    use_case = call.parameters["use_case"]
    if not service.knows(use_case):
        raise ProductError(404, f"Unknown use case: {use_case}")
    return use_case


async def _base_url(call: Call) -> str:
    base_url = (await read_object(call.request)).get("base_url")
    if not isinstance(base_url, str) or not base_url:
        raise ProductError(400, "base_url is required")
    return base_url.rstrip("/").removesuffix("/artifactory")


def _first_message(answer: httpx.Response) -> str:
    """What a JPD, or whoever answered in its place, said about a refusal."""
    try:
        entry = answer.json()["errors"][0]
        return str(entry.get("detail") or entry["message"])
    except (ValueError, LookupError, TypeError, AttributeError):
        return f"status {answer.status_code}"
