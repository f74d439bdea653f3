"""Access on the wire: the administrator's probe, the root certificate, the circle of trust."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.client.access import Access
from jpd_provider.client.system import System
from jpd_provider.errors import Forbidden, Unauthorized, Unreachable

Talks = Callable[..., Any]
US = "https://us.example.com"


def test_the_probe_is_refused_to_others_than_administrators(talk: Talks) -> None:
    jpd = talk(httpx.Response(403, json={"errors": [{"message": "HTTP 403 Forbidden"}]}))

    with pytest.raises(Forbidden):
        Access(jpd.http).probe_administrator()

    assert jpd.lines == ["GET /access/api/v1/config/security/authentication/basic_authentication_enabled"]


def test_the_root_certificate_is_asked_for_as_pem(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, text="-----BEGIN CERTIFICATE-----"))

    assert Access(jpd.http).root_certificate() == "-----BEGIN CERTIFICATE-----"
    assert jpd.lines == ["GET /access/api/v1/cert/root?formatted=true"]


def test_a_circle_of_trust_that_holds_leaves_no_doubt(talk: Talks) -> None:
    jpd = talk(httpx.Response(204))

    assert Access(jpd.http).validate_server(US) is None
    assert json.loads(jpd.requests[0].content) == {"url": f"{US}/access"}


def test_a_circle_of_trust_that_does_not_hold_is_told_in_the_words_of_access(talk: Talks) -> None:
    text = "Precondition Failed - Circle of trust validation failed (response from target server: 401)"
    jpd = talk(httpx.Response(412, json={"errors": [{"message": "HTTP 412", "detail": text}]}))

    assert text in (Access(jpd.http).validate_server(US) or "")


def test_another_refusal_is_no_answer_about_the_circle(talk: Talks) -> None:
    with pytest.raises(Forbidden):
        Access(talk(httpx.Response(403)).http).validate_server(US)


@pytest.mark.parametrize("text", ["Invalid token, signature", "Token failed verification: signature"])
def test_a_token_of_another_jpd_is_explained_where_it_fails(talk: Talks, text: str) -> None:
    jpd = talk(httpx.Response(401, json={"errors": [{"message": "HTTP 401 Unauthorized", "detail": text}]}))

    with pytest.raises(Unauthorized, match="only tokens travel that expire within revocable-expiry-threshold"):
        Access(jpd.http).ping()


def test_an_impatient_ping_asks_once(talk: Talks) -> None:
    jpd = talk(httpx.ConnectError("refused"))

    with pytest.raises(Unreachable):
        System(jpd.http).ping(patient=False)

    assert (len(jpd.requests), jpd.waits) == (1, [])
