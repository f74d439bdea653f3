"""System calls: the descriptor's base URL and bindings, service id, version, ping."""

import datetime
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jpd_provider.client.system import Binding, System
from jpd_provider.errors import ContractError, Forbidden

XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<config xmlns="http://artifactory.jfrog.org/xsd/3.2.0">
  <urlBase> https://eu.example.com/ </urlBase>
  <security><authentication><tokens>
    <token>
      <accessToken>JE.encrypted</accessToken>
      <baseUrl>https://us.example.com/</baseUrl>
      <expirationInMillis>31536000000</expirationInMillis>
      <lastRefreshDateMillis>1700000000000</lastRefreshDateMillis>
      <tokenId>id-1</tokenId>
      <scope>jfrt@01:admin internal:federated-repo/*</scope>
    </token>
    <token><baseUrl>https://ap.example.com</baseUrl></token>
  </tokens></authentication></security>
</config>"""
Talks = Callable[..., Any]


def test_the_descriptor_tells_base_url_and_bindings(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, text=XML))

    descriptor = System(jpd.http).descriptor()

    paired = datetime.datetime.fromtimestamp(1_700_000_000, tz=datetime.timezone.utc)
    assert descriptor.base_url == "https://eu.example.com"
    assert descriptor.bindings is not None
    assert descriptor.bindings[0] == Binding(
        base_url="https://us.example.com",
        scope="jfrt@01:admin internal:federated-repo/*",
        token_id="id-1",
        refreshed_at=paired,
        expires_at=paired + datetime.timedelta(days=365),
    )
    assert [binding.base_url for binding in descriptor.bindings] == ["https://us.example.com", "https://ap.example.com"]
    assert jpd.lines == ["GET /artifactory/api/system/configuration"]


@pytest.mark.parametrize(
    ("block", "bindings"),
    [("", None), ("<authentication><tokens/></authentication>", ()), ("<authentication/>", None)],
)
def test_a_descriptor_without_the_block_is_not_one_without_bindings(
    talk: Talks, block: str, bindings: tuple[Binding, ...] | None
) -> None:
    jpd = talk(httpx.Response(200, text=f"<config><security>{block}</security></config>"))

    descriptor = System(jpd.http).descriptor()

    assert descriptor.bindings == bindings
    assert descriptor.base_url is None


@pytest.mark.parametrize("text", ["", "<html><body>Log in</body></html>", "{}", "<config><urlBase>"])
def test_an_answer_that_is_no_descriptor_breaks_the_contract(talk: Talks, text: str) -> None:
    with pytest.raises(ContractError, match="on deployment 'eu' answered with no XML descriptor"):
        System(talk(httpx.Response(200, text=text)).http).descriptor()


@pytest.mark.parametrize("millis", ["soon", "9" * 30])
def test_a_binding_with_an_impossible_time_breaks_the_contract(talk: Talks, millis: str) -> None:
    with pytest.raises(ContractError):
        System(talk(httpx.Response(200, text=XML.replace("1700000000000", millis))).http).descriptor()


def test_a_refused_descriptor_is_an_error(talk: Talks) -> None:
    with pytest.raises(Forbidden):
        System(talk(httpx.Response(403)).http).descriptor()


def test_the_service_id_is_plain_text(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, text="jfrt@01h\n"))

    assert System(jpd.http).service_id() == "jfrt@01h"
    assert jpd.lines == ["GET /artifactory/api/system/service_id"]


def test_the_version_is_read(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, json={"version": "7.104.2", "revision": "1"}))

    assert System(jpd.http).version() == "7.104.2"
    assert jpd.lines == ["GET /artifactory/api/system/version"]


@pytest.mark.parametrize("body", [[], {}, {"version": 7}])
def test_an_answer_without_a_version_breaks_the_contract(talk: Talks, body: Any) -> None:
    with pytest.raises(ContractError, match="answered without a version"):
        System(talk(httpx.Response(200, json=body)).http).version()


def test_ping_asks_artifactory(talk: Talks) -> None:
    jpd = talk(httpx.Response(200, text="OK"))

    System(jpd.http).ping()

    assert jpd.lines == ["GET /artifactory/api/system/ping"]
