"""Turns a refusal of a JPD (status 400 and above) into the error that says how to react."""

from __future__ import annotations

import json

from jpd_provider import redaction
from jpd_provider.errors import (
    BODY_EXCERPT_LIMIT,
    ApiError,
    Conflict,
    ContractError,
    Forbidden,
    JpdError,
    NotFound,
    ProxyRefused,
    RateLimited,
    ServerError,
    Unauthorized,
)

__all__ = ["refusal", "said"]

_HINTS: dict[type[ApiError], str] = {
    Unauthorized: "The credential is wrong or expired; `jpd doctor` says which source it comes from.",
    Forbidden: "The credential lacks the rights; most of these calls need a platform administrator.",
    ProxyRefused: "A proxy between here and the JPD wants credentials; check HTTPS_PROXY and NO_PROXY.",
    RateLimited: "The JPD asks to slow down; try again later.",
    ServerError: "The JPD itself failed; its router and Artifactory logs say why.",
}

_SIGNED_ELSEWHERE = (
    "Another JPD signed this token, or its keys were replaced. Where the JPDs are in a circle of trust, only tokens "
    "travel that expire within revocable-expiry-threshold: revocable, non-expiring, reference and identity tokens are "
    "valid on their issuer alone. Use a token of this JPD."
)
# Security restrictions of a circle of trust: contract/trust 4.1.

_HINTS_BY_TEXT = {
    "cross-instance authentication": "The two JPDs do not trust each other: declare a BindingToken between them and "
    "let this resource depend on it.",
    "Base URL is mandatory": "Set the JPD's base URL (Administration > General > Base URL).",
    "Master authentication token is expired": "The pairing is older than its token: run `pulumi up --refresh` to "
    "renew its BindingToken.",
    "verification: signature": _SIGNED_ELSEWHERE,
    "Invalid token, signature": _SIGNED_ELSEWHERE,
    "Failed to update remote members": "Check that each member URL named above is reachable from the JPD, trusts it, "
    "and has no trailing slash.",
}
# Literal texts T-1 to T-3 and those of contract/trust 7.1.

_EXISTS = "repository key already exists"
# The product answers 400, not 409, for a key that is taken: contract/federation 1.6.


def refusal(
    *,
    where: str,
    deployment: str,
    status: int,
    content_type: str,
    text: str,
    request_id: str,
    retry_after_seconds: float | None,
) -> JpdError:
    """The error for one refusal.

    A 400 or 404 with an HTML body is a ContractError: a proxy answered, and that never means "gone".
    """
    if status in (400, 404) and "html" in content_type.lower():
        return ContractError(
            f"{where} answered {status} with an HTML page.",
            deployment=deployment,
            hint="Something in front of the JPD answered in its place; check the deployment's url.",
        )
    excerpt = redaction.redact(said(text))[:BODY_EXCERPT_LIMIT]
    if not excerpt and status in (401, 403, 407):
        excerpt = "no explanation"
    kind = _kind(status, text)
    trace = f" (request {request_id})" if request_id else ""
    error = kind(
        f"{where} answered {status}: {excerpt.rstrip('.')}{trace}.",
        deployment=deployment,
        status=status,
        body_excerpt=excerpt,
        request_id=request_id,
        hint=_hint(kind, excerpt),
    )
    if isinstance(error, RateLimited):
        error.retry_after_seconds = retry_after_seconds
    return error


def said(text: str) -> str:
    """What the product said, out of its two error envelopes, or the start of the body as it is."""
    try:
        body = json.loads(text)
    except ValueError:
        return _start(text)
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, list):
        return _start(text)
    said_by_each = [_sentence(error) for error in errors if isinstance(error, dict)]
    return "; ".join(sentence for sentence in said_by_each if sentence)


def _start(text: str) -> str:
    # Redacted before it is cut: half a secret would not be recognised.
    return " ".join(redaction.redact(text)[: 2 * BODY_EXCERPT_LIMIT].split())


def _sentence(error: dict[str, object]) -> str:
    """Artifactory sends `message`; Access sends `message` and the more telling `detail`."""
    message, detail = str(error.get("message") or ""), str(error.get("detail") or "")
    return f"{message}: {detail}" if message and detail else message or detail


def _hint(kind: type[ApiError], excerpt: str) -> str:
    return next((hint for text, hint in _HINTS_BY_TEXT.items() if text in excerpt), _HINTS.get(kind, ""))


def _kind(status: int, text: str) -> type[ApiError]:
    by_status: dict[int, type[ApiError]] = {
        401: Unauthorized,
        403: Forbidden,
        404: NotFound,
        407: ProxyRefused,
        409: Conflict,
        429: RateLimited,
    }
    if status in by_status:
        return by_status[status]
    if status == 400 and _EXISTS in text:
        return Conflict
    return ServerError if status >= 500 else ApiError
