"""HTTP towards one deployment: the only file that imports httpx.

Rule 1: nothing sleeps or repeats on its own account; `retries.py` does, and this file says what may be repeated.
Rule 2: the credential goes to the deployment's own origin and nowhere else; no redirect leaves that origin.
Rule 3: a read is repeated on every passing fault. A write is repeated only when it cannot have been carried
        out: the connection was never made, or the JPD answered 429, 503 or "Could not merge and save new
        descriptor". A write whose fate is unknown raises FateUnknown: the caller looks before it repeats.
Rule 4: what leaves this file as text is redacted.
"""

from __future__ import annotations

import datetime
import functools
import importlib.metadata
import logging
import ssl
import time
import uuid
import weakref
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

import httpx

from jpd_provider import redaction
from jpd_provider.errors import (
    BODY_EXCERPT_LIMIT,
    ContractError,
    FateUnknown,
    ProxyRefused,
    SettingsError,
    TransportError,
    Unreachable,
    UntrustedCertificate,
)
from jpd_provider.settings import CONFIG_KEY, Credential, Deployment

from . import dates, retries
from .refusals import refusal
from .retries import Again

__all__ = ["Answer", "Http"]

logger = logging.getLogger(__name__)

USER_AGENT = f"pulumi-jpd/{importlib.metadata.version('pulumi-jpd')}"

REDIRECT_LIMIT = 5

_MERGE_CONFLICT = "Could not merge and save new descriptor"
_READS = frozenset({"GET", "HEAD"})
_ANSWERS_NOT_CARRIED_OUT = frozenset({429, 503})
_ANSWERS_THAT_PASS = frozenset({500, 502, 504})

T = TypeVar("T")

Body = Literal["json", "text", "any"]


class Answer:
    """A successful answer: status, headers (case-insensitive), text, and the parsed body where JSON was asked for."""

    def __init__(self, response: httpx.Response, json: Any) -> None:
        self.status: int = response.status_code
        self.headers: Mapping[str, str] = response.headers
        self.text: str = response.text
        self.json = json


class _OriginBoundAuth(httpx.Auth):
    """Adds the credential to requests for its own origin; others go out bare."""

    def __init__(self, deployment: Deployment, credential: Credential) -> None:
        self._origin = deployment.origin
        secret = credential.secret.get_secret_value()
        if credential.kind == "token":
            self._header = f"Bearer {secret}"
        else:
            basic = httpx.BasicAuth(credential.username, secret)
            probe = next(basic.auth_flow(httpx.Request("GET", deployment.url)))
            self._header = probe.headers["Authorization"]
            redaction.register(self._header.removeprefix("Basic "))

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """One request, with the credential if the origin is ours."""
        if _origin(request.url) == self._origin:
            request.headers["Authorization"] = self._header
        yield request


class Http:
    """Requests to one deployment: pooled, timed out, retried, and answered with the errors of `errors.py`."""

    def __init__(
        self,
        deployment: Deployment,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.deployment = deployment
        self._sleep = sleep
        self._clock_offset = datetime.timedelta(0)
        self._client = httpx.Client(
            base_url=deployment.url,
            auth=_OriginBoundAuth(deployment, deployment.credential()),
            verify=_trust(deployment.ca_file),
            headers={"User-Agent": USER_AGENT},
            timeout=httpx.Timeout(
                deployment.read_timeout_seconds,
                connect=deployment.connect_timeout_seconds,
                pool=deployment.read_timeout_seconds,
            ),
            follow_redirects=False,
            transport=transport,
        )
        # Whoever forgets us, for example for another configuration, leaves no open connections behind.
        weakref.finalize(self, self._client.close)

    def request(
        self,
        method: str,
        path: str,
        *,
        doing: str,
        body: Body = "any",
        json: Any = None,
        text: str | None = None,
        params: Mapping[str, str] | None = None,
        patient: bool = True,
    ) -> Answer:
        """Send one request and return its successful answer.

        Args:
            method: HTTP method.
            path: Path below the platform's URL, already escaped.
            doing: What this is for, in words: it opens every error message.
            body: What the answer must hold; HTML or cut JSON where JSON is due is a ContractError.
            json: A JSON body to send.
            text: A plain text body to send.
            params: Query parameters.
            patient: Whether passing faults are waited out; False asks once.

        Raises:
            ApiError: The JPD refused (a subclass says how).
            TransportError: No answer came back.
            ContractError: The answer is not what the product documents.
        """
        request = self._client.build_request(
            method,
            path,
            json=json,
            content=text,
            params=params,
            headers={"X-Request-Id": uuid.uuid4().hex} | ({"Content-Type": "text/plain"} if text is not None else {}),
        )
        return retries.repeat(lambda: self._attempt(request, doing, body), sleep=self._sleep, patient=patient)

    def now(self) -> datetime.datetime:
        """The JPD's own time: what its latest answer's `Date` said, moved on by the time since then.

        Expiry dates are compared with it, because the JPD is the one that enforces them.
        """
        return datetime.datetime.now(tz=datetime.timezone.utc) + self._clock_offset

    def wait_until(self, probe: Callable[[], T], done: Callable[[T], bool], *, seconds: float) -> T:
        """The first result of `probe` that is `done`, or its last one when the time is up.

        The product applies configuration asynchronously: a GET right after a write may still show the old state.
        """
        return retries.until(probe, done, seconds=seconds, sleep=self._sleep)

    def close(self) -> None:
        """Close the pooled connections."""
        self._client.close()

    def _attempt(self, request: httpx.Request, doing: str, body: Body) -> Answer:
        started = time.monotonic()
        try:
            response = self._send(request, doing)
        except httpx.HTTPError as error:
            self._fail_without_answer(request, doing, error)
        self._clock_offset = dates.clock_offset(response.headers.get("Date", ""), before=self._clock_offset)
        logger.debug(
            "%s %s on '%s': %d in %.0f ms",
            request.method,
            request.url.path,
            self.deployment.name,
            response.status_code,
            1000 * (time.monotonic() - started),
        )
        if response.status_code >= 400:
            self._fail_with_answer(request, doing, response)
        return Answer(response, self._parse(request, doing, response) if body == "json" else None)

    def _send(self, request: httpx.Request, doing: str) -> httpx.Response:
        """The answer, after redirects within our own origin on reads."""
        for _ in range(REDIRECT_LIMIT):
            response = self._client.send(request)
            if not 300 <= response.status_code < 400:
                return response
            target = response.next_request
            if target is None or _origin(target.url) != self.deployment.origin or request.method not in _READS:
                raise ContractError(
                    f"{self._where(doing, request)} answered {response.status_code}, a redirect to "
                    f"{_shown_origin(response)}.",
                    deployment=self.deployment.name,
                    hint="Credentials do not follow redirects to another origin; set the deployment's url to the "
                    "address that the JPD really answers on.",
                )
            request = target
        raise ContractError(
            f"{self._where(doing, request)} redirects in a circle.",
            deployment=self.deployment.name,
            hint="Check the reverse proxy in front of the JPD.",
        )

    def _fail_without_answer(self, request: httpx.Request, doing: str, error: httpx.HTTPError) -> NoReturn:
        name = self.deployment.name
        reason = redaction.redact(str(error)) or type(error).__name__
        what = f"{self._where(doing, request)}: {reason}."
        if _certificate_refused(error):
            raise UntrustedCertificate(
                what,
                deployment=name,
                hint=f"If a private authority signed the certificate, set jpd:deployments.{name}.caFile to its PEM "
                "file.",
            ) from error
        if isinstance(error, httpx.ProxyError) and reason.startswith("407"):
            hint = "A proxy between here and the JPD wants credentials; check HTTPS_PROXY and NO_PROXY."
            raise ProxyRefused(what, deployment=name, status=407, hint=hint) from error
        if isinstance(error, httpx.UnsupportedProtocol):
            raise TransportError(what, deployment=name) from error
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.ProxyError):
            hint = f"Check that the JPD runs and that {self.deployment.url} is reachable from here."
            raise Again(Unreachable(what, deployment=name, hint=hint)) from error
        if request.method in _READS:
            hint = "The connection was made, then broke; try again, or raise readTimeoutSeconds."
            raise Again(Unreachable(what, deployment=name, hint=hint)) from error
        raise FateUnknown(
            what,
            deployment=name,
            hint="The JPD may have carried it out: run `pulumi up` again, it looks before it repeats.",
        ) from error

    def _fail_with_answer(self, request: httpx.Request, doing: str, response: httpx.Response) -> NoReturn:
        retry_after = dates.seconds_from_now(response.headers.get("Retry-After", ""))
        error = refusal(
            where=self._where(doing, request),
            deployment=self.deployment.name,
            status=response.status_code,
            content_type=response.headers.get("Content-Type", ""),
            text=response.text,
            request_id=response.headers.get("X-Request-Id", ""),
            retry_after_seconds=retry_after,
        )
        if _MERGE_CONFLICT in response.text:
            raise Again(error, attempts=retries.MERGE_ATTEMPTS)
        if response.status_code in _ANSWERS_NOT_CARRIED_OUT:
            raise Again(error, wait_seconds=retry_after)
        if response.status_code in _ANSWERS_THAT_PASS and request.method in _READS:
            raise Again(error)
        raise error

    def _parse(self, request: httpx.Request, doing: str, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            # Redacted before it is cut: half a secret would not be recognised.
            excerpt = redaction.redact(response.text)[:BODY_EXCERPT_LIMIT].strip()
            kind = response.headers.get("Content-Type", "no content type")
            raise ContractError(
                f"{self._where(doing, request)} answered {response.status_code} with {kind} where JSON is due: "
                f"{excerpt!r}.",
                deployment=self.deployment.name,
                hint="Something between here and the JPD answered in its place, or the answer was cut; "
                "check the url and the proxy (the platform listens on port 8082, not 8081).",
            ) from None

    def _where(self, doing: str, request: httpx.Request) -> str:
        return redaction.redact(f"{doing} on deployment '{self.deployment.name}': {request.method} {request.url}")


@functools.lru_cache
def _trust(ca_file: Path | None) -> ssl.SSLContext:
    """Whom to believe; loading the system's authorities takes long enough to be done once for all deployments."""
    if ca_file is None:
        return httpx.create_ssl_context()
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except OSError as error:  # ssl.SSLError is one
        reason = "it holds no certificate in PEM form" if isinstance(error, ssl.SSLError) else error.strerror
        raise SettingsError(f"{CONFIG_KEY}: caFile '{ca_file}' cannot be used: {reason}.") from error


def _certificate_refused(error: BaseException) -> bool:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _shown_origin(response: httpx.Response) -> str:
    if response.next_request is None:
        return "nowhere"
    target = response.next_request.url
    return "another path" if _origin(target) == _origin(response.url) else f"{target.scheme}://{target.netloc.decode()}"
