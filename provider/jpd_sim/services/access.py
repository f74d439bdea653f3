"""Access: ping, version, certificates, the probe for administrators (contract: trust sections 4, 5 and 8)."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.serialization import Encoding
from starlette.responses import Response

from jpd_sim.services.access_tokens import AccessTokens
from jpd_sim.services.replies import ProductError, json_reply, text_reply
from jpd_sim.services.routing import Call, Right, Route
from jpd_sim.state.deployment import Deployment


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
            Route("GET", "/api/v1/cert/ca", self.ca_certificate, Right.ADMIN, "T4.1 cert/ca"),
            *AccessTokens(self._deployment).routes(),
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
        certificate = self._deployment.tokens.key.certificate
        if call.query("formatted") == "true":
            return text_reply(certificate.public_bytes(Encoding.PEM).decode())
        return text_reply(base64.b64encode(certificate.public_bytes(Encoding.DER)).decode())

    async def ca_certificate(self, _call: Call) -> Response:
        """OA:CertificatesApi: the TLS authority's certificate, for administrators. It signs no tokens."""
        return text_reply(self._deployment.identity.authority.certificate.public_bytes(Encoding.PEM).decode())
