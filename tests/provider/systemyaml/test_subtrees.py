"""What the managed subtrees say, read from files that people wrote."""

import pytest
from pydantic import SecretStr

from jpd_provider import redaction
from jpd_provider.systemyaml.document import parse
from jpd_provider.systemyaml.merge import merge
from jpd_provider.systemyaml.subtrees import JoinSettings, ProxySettings, node_addresses


def proxy(text: str) -> ProxySettings:
    return ProxySettings.of(parse(f"router: {{proxy: {text}}}\n"))


@pytest.mark.parametrize("value", ["", '""', "~", "null", "''"])
def test_an_empty_value_counts_as_not_set(value: str) -> None:
    assert proxy(f"{{httpUrl: {value}, ignoredHosts: {value}}}").empty


def test_localhost_and_repeated_hosts_do_not_count() -> None:
    assert proxy("{ignoredHosts: [a, localhost, b, a]}").ignored_hosts == ("a", "b")


def test_a_list_that_somebody_wrote_as_text_is_one_host() -> None:
    assert proxy("{ignoredHosts: 'a,b'}").ignored_hosts == ("a,b",)


def test_the_order_of_hosts_means_nothing() -> None:
    assert proxy("{ignoredHosts: [a, b]}").same_as(proxy("{ignoredHosts: [b, localhost, a]}"))
    assert not proxy("{ignoredHosts: [a, b]}").same_as(proxy("{ignoredHosts: [a]}"))


def test_the_same_hosts_in_another_order_are_not_written_again() -> None:
    text = "router: {proxy: {ignoredHosts: [b, localhost, a]}}\n"
    document = parse(text)

    assert merge(text, ProxySettings(ignored_hosts=("a", "b")).changes(document)) == text


def test_a_url_with_credentials_is_a_secret_wherever_it_comes_from() -> None:
    url = "http://corp:p4ss%40word@proxy:1"

    read = proxy(f"{{httpUrl: '{url}'}}").http_url
    parsed = ProxySettings.model_validate({"http_url": url}).http_url

    assert read == parsed == SecretStr(url)
    assert "p4ss" not in redaction.redact(f"{url} p4ss%40word p4ss@word")


def test_a_url_without_credentials_is_readable() -> None:
    assert proxy("{httpUrl: 'http://proxy:1'}").http_url == "http://proxy:1"


@pytest.mark.parametrize(
    ("key", "encrypted"),
    [
        ("0123456789abcdef0123456789abcdef", False),
        ("1a2b3c.aesgcm256.c2VjcmV0", True),
        ("1a2b3c.aesgcm128.c2VjcmV0", True),
        ("JE1a2b3c4d", True),
    ],
)
def test_an_encrypted_key_is_known_by_its_beginning(key: str, encrypted: bool) -> None:
    settings = JoinSettings.of(parse(f"shared: {{security: {{joinKey: '{key}'}}}}\n"))

    assert settings.encrypted is encrypted
    assert key not in repr(settings)


def test_addresses_come_from_the_node_and_from_the_url_of_the_jpd() -> None:
    document = parse("shared:\n  jfrogUrl: http://eu.corp:8082\n  node: {ip: 10.0.0.5, id: eu-1}\n")

    assert node_addresses(document) == {"10.0.0.5", "eu.corp"}
