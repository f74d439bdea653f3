"""Pairing on the wire: minting, exchanging, and the two documented forms of removing."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider import redaction
from jpd_provider.client.service_trust import ServiceTrust
from jpd_provider.errors import ApiError, ContractError, Forbidden, NotFound, ServerError

USE_CASE = "federated-repo/*"
PAIRING = "/artifactory/api/v1/service_trust/pairing/federated-repo/*"
OLD = "/artifactory/api/v1/service_trust/pairings/*"
US = "https://us.example.com"
Talks = Callable[..., Any]


def jwt(claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.c2lnbmF0dXJl"


PAIRING_TOKEN = jwt({"ext": json.dumps({"base_url": US, "exchange_url": f"{US}/x"})})


def test_minting_decodes_where_the_issuer_believes_to_be(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"pairing_token": PAIRING_TOKEN}))

    token = ServiceTrust(jpd.http).mint(USE_CASE)

    assert token.base_url == US
    assert token.text.get_secret_value() == PAIRING_TOKEN
    assert jpd.lines == [f"POST {PAIRING}"]


def test_a_minted_token_is_never_shown(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"pairing_token": PAIRING_TOKEN}))

    token = ServiceTrust(jpd.http).mint(USE_CASE)

    assert PAIRING_TOKEN not in f"{token} {token!r}"
    assert redaction.redact(PAIRING_TOKEN) == "[secret]"


@pytest.mark.parametrize("body", [[], {}, {"pairing_token": ""}, {"pairing_token": 7}])
def test_an_answer_without_a_token_breaks_the_contract(talk: Talks, body: Any) -> None:
    with pytest.raises(ContractError, match="answered without a pairing_token"):
        ServiceTrust(talk(httpx.Response(200, json=body)).http).mint(USE_CASE)


@pytest.mark.parametrize(
    "text",
    [
        "no-jwt-at-all",
        "a.b.c",
        "eyJ.%%%.x",
        jwt([]),
        jwt({}),
        jwt({"ext": "no json"}),
        jwt({"ext": {"base_url": US}}),
        jwt({"ext": "{}"}),
    ],
)
def test_a_token_without_a_base_url_breaks_the_contract_and_is_not_quoted(talk: Talks, text: str) -> None:
    with pytest.raises(ContractError, match=r"is no JWT with ext\.base_url") as caught:
        ServiceTrust(talk(httpx.Response(200, json={"pairing_token": text})).http).mint(USE_CASE)

    assert text not in str(caught.value)
    assert caught.value.__suppress_context__


def test_exchanging_sends_the_token_in_the_body(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"pairing_token": PAIRING_TOKEN}), httpx.Response(200))
    trust = ServiceTrust(jpd.http)

    trust.exchange(USE_CASE, trust.mint(USE_CASE))

    assert jpd.lines[1] == f"PUT {PAIRING}"
    assert json.loads(jpd.requests[1].content) == {"pairing_token": PAIRING_TOKEN}


def test_a_refused_exchange_names_the_issuer_and_not_the_token(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"pairing_token": PAIRING_TOKEN}), httpx.Response(400, text=PAIRING_TOKEN))
    trust = ServiceTrust(jpd.http)
    token = trust.mint(USE_CASE)

    with pytest.raises(ApiError) as caught:
        trust.exchange(USE_CASE, token)

    assert f"issued at {US}" in str(caught.value)
    assert PAIRING_TOKEN not in str(caught.value)


@pytest.mark.parametrize(("use_case", "path"), [("federated-repo/a b", "federated-repo/a%20b"), ("bridge", "bridge")])
def test_a_use_case_is_a_path(talk: Talks, use_case: str, path: str) -> None:
    jpd = talk(httpx.Response(200, json={"pairing_token": PAIRING_TOKEN}))

    ServiceTrust(jpd.http).mint(use_case)

    assert jpd.lines == [f"POST /artifactory/api/v1/service_trust/pairing/{path}"]


@pytest.mark.parametrize(("force", "flag"), [(False, "false"), (True, "true")])
def test_unpairing_names_the_peer_in_the_body(talk: Talks, force: bool, flag: str) -> None:
    jpd = talk(httpx.Response(200))

    assert ServiceTrust(jpd.http).unpair(USE_CASE, base_url=US, force=force) is True
    assert jpd.lines == [f"DELETE {PAIRING}?force={flag}"]
    assert json.loads(jpd.requests[0].content) == {"base_url": US}


@pytest.mark.parametrize("status", [404, 405])
def test_a_jpd_without_the_newer_form_is_asked_in_the_older_one(talk: Talks, status: int) -> None:
    jpd = talk(httpx.Response(status), httpx.Response(200))

    assert ServiceTrust(jpd.http).unpair(USE_CASE, base_url=US) is True
    assert jpd.lines == [f"DELETE {PAIRING}?force=false", f"DELETE {OLD}"]
    assert json.loads(jpd.requests[1].content) == {"base_url": US}


def test_a_pairing_that_neither_form_knows_was_not_there(talk: Talks) -> None:
    assert ServiceTrust(talk(httpx.Response(404)).http).unpair(USE_CASE, base_url=US) is False


@pytest.mark.parametrize(("status", "kind"), [(403, Forbidden), (500, ServerError), (400, ApiError)])
def test_a_refused_removal_is_an_error_and_not_tried_in_the_older_form(
    talk: Talks, status: int, kind: type[ApiError]
) -> None:
    jpd = talk(httpx.Response(status))

    with pytest.raises(kind) as caught:
        ServiceTrust(jpd.http).unpair(USE_CASE, base_url=US)

    assert not isinstance(caught.value, NotFound)
    assert len(jpd.requests) == 1
