"""Everything that can go wrong, in one tree; this file imports nothing of ours.

JpdError                    what the user reads: what was tried, on what, what came back, what to do
    UserError               the program or the stack's configuration must change
        SettingsError       `jpd:deployments` or a credential's source
        InvalidInputs       inputs that JFrog refuses by a documented rule
        MissingExtra        an optional part of the package is not installed
    ApiError                a JPD answered, and the answer is a refusal
        NotFound            404, and 400 where the product means 404
        Conflict            409, and the 400 that says "already exists"
        Unauthorized        401: the credential is wrong or expired
        Forbidden           403: the credential is right, the rights are not
        ProxyRefused        407: a proxy on the way wants credentials
        RateLimited         429 after the last retry
        ServerError         5xx after the last retry
    TransportError          no answer: DNS, connection, TLS, timeout
        Unreachable         nothing can have been changed: no connection, or a read that broke
        FateUnknown         the request may have been carried out: look before repeating
        UntrustedCertificate
    ContractError           an answer that is not what the product documents, e.g. a proxy's HTML page

A class stands for a reaction, not for a status: whoever catches one of these does something different
from whoever catches its sibling.
"""

from __future__ import annotations

BODY_EXCERPT_LIMIT = 256
"""Characters of an answer's body that an error quotes. Our choice: enough to debug, little to leak."""


class JpdError(Exception):
    """Base of every error that a user of the provider can meet.

    `str()` of it is one clear message. `hint` says what to do next and is the message's last sentence.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        """Message and hint as one text."""
        return f"{self.message} {self.hint}".strip()


class UserError(JpdError):
    """The program or the stack's configuration must change before this can work."""


class SettingsError(UserError):
    """`jpd:deployments` or the source of a credential is wrong."""


class InvalidInputs(UserError):
    """Inputs that JFrog refuses by a documented rule.

    `failures` holds one pair of property and reason for each.
    """

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(f"{name}: {reason}" if name else reason for name, reason in failures))
        self.failures = failures


class MissingExtra(UserError):
    """An optional part of the package is needed and not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra [{extra}].", hint=f"Install it with: pip install 'pulumi-jpd[{extra}]'"
        )
        self.extra = extra


class ApiError(JpdError):
    """A JPD answered, and the answer is a refusal.

    `status` is the HTTP status, `body_excerpt` at most BODY_EXCERPT_LIMIT characters of the redacted body,
    `request_id` the value of `X-Request-Id` in the answer (empty if there was none).
    """

    def __init__(
        self,
        message: str,
        *,
        deployment: str,
        status: int,
        body_excerpt: str = "",
        request_id: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.deployment = deployment
        self.status = status
        self.body_excerpt = body_excerpt
        self.request_id = request_id


class NotFound(ApiError):
    """The thing does not exist: 404, and 400 where the product uses it for a missing repository."""


class Conflict(ApiError):
    """The thing exists already."""


class Unauthorized(ApiError):
    """401: the credential is wrong or expired."""


class Forbidden(ApiError):
    """403: the credential is accepted, its rights are not enough."""


class ProxyRefused(ApiError):
    """407: a proxy between here and the JPD wants credentials."""


class RateLimited(ApiError):
    """429 after the last retry. `retry_after_seconds` is what the JPD asked for, or None."""

    retry_after_seconds: float | None = None


class ServerError(ApiError):
    """5xx after the last retry."""


class TransportError(JpdError):
    """No answer came back. `deployment` names the JPD."""

    def __init__(self, message: str, *, deployment: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.deployment = deployment


class Unreachable(TransportError):
    """No answer, and nothing can have been changed: the connection was never made, or the request was a read."""


class FateUnknown(TransportError):
    """The connection broke after the request was sent: it may have been carried out, so look before repeating."""


class UntrustedCertificate(TransportError):
    """The TLS certificate is not trusted. Never treated as a passing fault."""


class ContractError(JpdError):
    """A JPD, or something in its place, answered what the product does not document.

    For example a proxy's HTML log-in page where JSON was expected. Never read as "gone".
    """

    def __init__(self, message: str, *, deployment: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.deployment = deployment
