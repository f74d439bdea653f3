"""Pairing tokens and master tokens, on Artifactory and Access (contract: trust section 2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from starlette.responses import Response

from jpd_sim.federation.engine import Engine
from jpd_sim.federation.peers import Unreachable
from jpd_sim.services.replies import ProductError, empty_reply, json_reply, read_object
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state import trust
from jpd_sim.state.deployment import BASE_URL_MISSING, Deployment
from jpd_sim.state.tokens import BadToken, unverified_claims
from jpd_sim.state.trust import Binding, PairingToken

_EXCHANGE = "/api/v1/service_trust/exchange"
_REVOKE = "/api/v1/service_trust/revoke"
_ESTABLISHED = "Trust with Artifactory was established successfully"
_ESTABLISHED_COLD = "Trust with service artifactory-cold was established successfully"


class ServiceTrust:
    """Handlers of one JPD."""

    def __init__(self, deployment: Deployment, engine: Engine) -> None:
        self._deployment = deployment
        self._engine = engine

    def artifactory_routes(self) -> list[Route]:
        """The table of Artifactory."""
        pairing = "/api/v1/service_trust/pairing/{use_case:path}"
        return [
            Route("POST", pairing, self.create, Right.ADMIN, "T2.3 pairing POST"),
            Route("PUT", pairing, self.exchange_pairing, Right.ADMIN, "T2.3 pairing PUT"),
            Route("DELETE", pairing, self.unregister, Right.ADMIN, "T2.3 pairing DELETE"),
            Route(
                "DELETE",
                "/api/v1/service_trust/pairings/{use_case:path}",
                self.revoke,
                Right.ADMIN,
                "T2.3 pairings DELETE",
            ),
            Route("POST", _EXCHANGE, self.exchange, Right.ANYONE, "T2.3 exchange"),
            Route("POST", _REVOKE, self.revoked_by_holder, Right.PEER, "T9.2 revoke"),
        ]

    def access_routes(self) -> list[Route]:
        """The table of Access."""
        pairing = "/api/v1/service_trust/pairing/{use_case:path}"
        return [Route("POST", pairing, self.create_for_access, Right.ADMIN, "T2.3 access pairing POST")]

    async def create(self, call: Call) -> Response:
        """H:jfrog-rest-apis/create-pairing-token: 200 with a token of 300 s; 404 unknown use case."""
        use_case = _use_case(call, trust.artifactory_knows)
        return self._pairing_token(call, use_case, self._deployment.identity.artifactory_id, "artifactory")

    async def create_for_access(self, call: Call) -> Response:
        """OA:AccessTokensApi: the same for Access's use cases."""
        use_case = _use_case(call, trust.access_knows)
        return self._pairing_token(call, use_case, self._deployment.identity.access_id, "access")

    async def exchange_pairing(self, call: Call) -> Response:
        """D:artifactory/reference/exchangepairingtoken, on the initiator: keeps the master token."""
        use_case = _use_case(call, trust.artifactory_knows)
        encoded = (await read_object(call.request)).get("pairing_token")
        if not isinstance(encoded, str) or not encoded:
            raise ProductError(400, "pairing_token is required")
        extension = self._check_pairing(encoded, use_case)
        try:
            answer = await self._engine.peers.post(extension["exchange_url"], {"pairing_token": encoded})
        except Unreachable as error:
            raise ProductError(400, f"Failed to exchange the pairing token: {error}") from error
        if answer.is_error:
            raise ProductError(400, f"Failed to exchange the pairing token: {_first_message(answer.json())}")
        self._keep(extension, use_case, answer.json())
        cold = use_case.startswith("artifactory-cold")
        return json_reply({"message": _ESTABLISHED_COLD if cold else _ESTABLISHED})

    async def exchange(self, call: Call) -> Response:
        """Server to server, on the issuer. Its existence is documented, its shape is not: this shape is ours."""
        encoded = str((await read_object(call.request)).get("pairing_token", ""))
        try:
            token = self._deployment.tokens.verify(encoded)
        except BadToken as error:
            raise ProductError(
                401, error.message.replace("Invalid token, signature", "Token failed verification: signature")
            ) from error
        pairing = self._deployment.pairings.get(token.token_id)
        if pairing is None or pairing.used:
            raise ProductError(400, "The pairing token has been used or revoked")
        self._deployment.pairings.put(token.token_id, replace(pairing, used=True))
        return json_reply(self._master_token(token.username, pairing.use_case))

    async def unregister(self, call: Call) -> Response:
        """OA:UnregisterPairingTokenRequest: `{"base_url"}`; `force=true` does not tell the peer (9.2, inferred)."""
        use_case = _use_case(call, trust.artifactory_knows)
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

    def _pairing_token(self, call: Call, use_case: str, issuer: str, service: str) -> Response:
        base_url = call.request.headers.get("x-jfrog-override-base-url") or self._deployment.base_url
        if base_url is None:
            raise ProductError(400, BASE_URL_MISSING)
        base_url = base_url.rstrip("/")
        token, encoded = self._deployment.tokens.issue(
            call.principal.name,
            trust.pairing_scope(use_case),
            lifetime_seconds=self._deployment.profile.pairing_token_seconds,
            audience=issuer,
            issuer=issuer,
            extension={"base_url": base_url, "exchange_url": f"{base_url}/{service}{_EXCHANGE}", "revocable": "true"},
        )
        self._deployment.pairings.put(token.token_id, PairingToken(token.token_id, use_case))
        return json_reply({"pairing_token": encoded})

    def _check_pairing(self, encoded: str, use_case: str) -> dict[str, str]:
        claims = unverified_claims(encoded)
        if int(claims.get("exp", 0)) * 1000 <= self._deployment.now_ms():
            raise ProductError(400, "Invalid token, expired")
        if claims.get("scp") != trust.pairing_scope(use_case):
            raise ProductError(400, f"The pairing token is not for use case {use_case}")
        if claims.get("aud") == self._deployment.identity.artifactory_id:
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

    def _master_token(self, username: str, use_case: str) -> dict[str, Any]:
        issuer = self._deployment.identity.artifactory_id
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


def _use_case(call: Call, known: Callable[[str], bool]) -> str:
    use_case = call.parameters["use_case"]
    if not known(use_case):
        raise ProductError(404, f"Unknown use case: {use_case}")
    return use_case


async def _base_url(call: Call) -> str:
    base_url = (await read_object(call.request)).get("base_url")
    if not isinstance(base_url, str) or not base_url:
        raise ProductError(400, "base_url is required")
    return base_url.rstrip("/").removesuffix("/artifactory")


def _first_message(body: Any) -> str:
    errors = body.get("errors") if isinstance(body, dict) else None
    return str(errors[0].get("message", "")) if errors else "no reason was given"
