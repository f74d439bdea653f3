"""What every test of the provider starts from: an environment without proxies and tokens, and an empty redactor."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jpd_provider import redaction
from jpd_provider.settings import Settings

TOKEN = "tok-0123456789abcdef"


@pytest.fixture(autouse=True)
def _plain_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("JPD_") or name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(redaction, "_known", set())
    yield
    sys.__dict__.pop("tracebacklimit", None)


@pytest.fixture
def token() -> str:
    """The credential that `load` gives a deployment; no message may ever show it."""
    return TOKEN


@pytest.fixture
def load() -> Callable[..., Settings]:
    """Settings from entries of `jpd:deployments`, as the stack's configuration would give them."""

    def load(entries: Any, environment: dict[str, str] | None = None, preflight: str | None = None) -> Settings:
        config = {"jpd:deployments": json.dumps(entries), "jpd:preflight": preflight}
        return Settings.load(config.get, environment or {})

    return load
