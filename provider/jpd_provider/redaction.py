"""One redactor for the whole process: it guards log lines, errors and the command's output.

Rule 1: whoever obtains a secret registers it here before doing anything else with it.
Rule 2: whatever leaves the process as text goes through `redact`.
Rule 3: what looks like a token is masked even if nobody registered it.
"""

from __future__ import annotations

import base64
import logging
import re
import threading
import urllib.parse

MASK = "[secret]"

_SHORTEST_SECRET = 4
# Shorter values would mask ordinary words; no JFrog credential is that short.

_TOKEN_SHAPES = re.compile(
    r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"  # JWT: access, pairing and master tokens
    r"|cmVmdGtuO[\w-]{8,}"  # JFrog's reference tokens
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"  # user and password inside a URL
)

_lock = threading.Lock()
_known: set[str] = set()


def register(secret: str) -> str:
    """Remember a secret for the life of the process and return it.

    Its URL-encoded and Base64 forms are masked too, since both travel in requests.
    """
    if len(secret) >= _SHORTEST_SECRET:
        forms = {secret, urllib.parse.quote(secret, safe=""), base64.b64encode(secret.encode()).decode()}
        with _lock:
            _known.update(forms)
    return secret


def redact(text: str) -> str:
    """The text with every registered secret, and everything that looks like a token, masked."""
    with _lock:
        secrets = sorted(_known, key=len, reverse=True)
    for secret in secrets:
        text = text.replace(secret, MASK)
    return _TOKEN_SHAPES.sub(MASK, text)


class RedactingFormatter(logging.Formatter):
    """Formats a log record, tracebacks included, and redacts the result."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as redacted text."""
        return redact(super().format(record))
