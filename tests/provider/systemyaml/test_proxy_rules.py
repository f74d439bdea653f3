"""Which hosts reach what directly, and what is doubtful about proxy settings."""

import pytest

from jpd_provider.systemyaml.proxy_rules import covers, host_fault, jfconnect_rule, uncovered, url_fault, warnings
from jpd_provider.systemyaml.subtrees import ProxySettings


@pytest.mark.parametrize(
    ("host", "address", "covered"),
    [
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.5", "10.0.0.50", False),
        ("10.0.0.0/24", "10.0.0.5", True),
        ("10.0.0.0/24", "10.0.1.5", False),
        ("10.0.0.0/24", "eu.corp", False),
        ("corp", "eu.corp", True),
        ("corp", "corp", True),
        (".corp", "eu.corp", True),
        (".corp", "corp", False),
        ("corp", "eucorp", False),
        ("EU.Corp", "eu.corp", True),
        ("eu.corp:8082", "eu.corp", True),
        ("*", "anything", True),
        ("fd00::5", "[fd00::5]", True),
        ("fd00:0::5", "fd00::5", True),
        ("nothing", "localhost", True),
        ("nothing", "127.0.0.1", True),
        ("nothing", "::1", True),
    ],
)
def test_a_host_covers_an_address(host: str, address: str, covered: bool) -> None:
    assert covers([host], address) is covered


def test_uncovered_addresses_are_named_once_and_in_order() -> None:
    assert uncovered(["a"], ["c", "b", "a", "c"]) == ["b", "c"]


@pytest.mark.parametrize(
    "host", ["eu", "eu-1.corp", ".corp", "10.0.0.5", "10.0.0.0/16", "fd00::5", "[fd00::5]", "eu:8082"]
)
def test_a_host_in_a_form_that_matches_is_accepted(host: str) -> None:
    assert host_fault(host) is None


@pytest.mark.parametrize(
    "url", ["http://proxy:3128", "https://proxy.corp:3129", "http://u:p%40ss@10.0.0.9:1", "http://[fd00::9]:3128"]
)
def test_a_proxys_url_is_accepted(url: str) -> None:
    assert url_fault(url) is None


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        (ProxySettings(http_url="http://p:1", ignored_hosts=("*",)), "no request goes through the proxy"),
        (ProxySettings(http_url="http://p:1", ignored_hosts=("10.0.0.0/8",)), "JFrog documents host names only"),
        (ProxySettings(http_url="http://p:1", ignored_hosts=("p",)), "is in ignored_hosts itself"),
        (ProxySettings(http_url="http://eu-1:1", ignored_hosts=("eu-1",)), "is an address of a node"),
        (ProxySettings(http_url="http://u:p4ss@p:1"), "not documented by JFrog"),
    ],
)
def test_what_is_doubtful_is_said(settings: ProxySettings, part: str) -> None:
    said = list(warnings(settings, addresses={"eu-1"}, environment=[]))

    assert any(part in text for text in said)
    assert "p4ss" not in " ".join(said)


def test_unknown_addresses_are_a_warning() -> None:
    said = list(warnings(ProxySettings(http_url="http://p:1"), addresses=set(), environment=[]))

    assert "The nodes' addresses are not known here" in said[0]


def test_without_a_proxy_there_is_nothing_to_doubt() -> None:
    assert list(warnings(ProxySettings(), addresses=set(), environment=[])) == []


@pytest.mark.parametrize(
    ("version", "part"),
    [
        ("7.76.9", "Before 7.77 it uses jfconnect.env.http_proxy"),
        ("7.77.0", "From 7.77 on it uses the platform's proxy"),
        ("7.104.2", "From 7.77 on it uses the platform's proxy"),
        (None, "from 7.77 on"),
    ],
)
def test_the_rule_for_jfconnect_depends_on_the_version(version: str | None, part: str) -> None:
    assert part in jfconnect_rule(version)
