"""The environment form, and which source wins (contract/router-jfconnect 1.2)."""

import pytest

from jpd_provider.systemyaml.environment import explain, overriding, proxy_environment, variable
from jpd_provider.systemyaml.subtrees import ProxySettings

IN_FILE = ProxySettings(http_url="http://p:1", ignored_hosts=("a", "b"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("router.proxy.httpUrl", "JF_ROUTER_PROXY_HTTPURL"),
        ("router.proxy.ignoredHosts", "JF_ROUTER_PROXY_IGNOREDHOSTS"),
        ("shared.node.haEnabled", "JF_SHARED_NODE_HAENABLED"),
        ("shared.security.joinKey", "JF_SHARED_SECURITY_JOINKEY"),
        ("router.topology.local.requiredServiceTypes", "JF_ROUTER_TOPOLOGY_LOCAL_REQUIREDSERVICETYPES"),
    ],
)
def test_the_name_of_a_variable_follows_the_path(path: str, name: str) -> None:
    assert variable(*path.split(".")) == name


def test_the_settings_as_variables() -> None:
    assert proxy_environment(IN_FILE) == {
        "JF_ROUTER_PROXY_HTTPURL": "http://p:1",
        "JF_ROUTER_PROXY_IGNOREDHOSTS": "a,b",
    }


@pytest.mark.parametrize(
    ("environment", "sources"),
    [
        ([], ["system.yaml", "not set", "system.yaml"]),
        (["HTTP_PROXY", "HTTPS_PROXY"], ["system.yaml", "environment variable HTTPS_PROXY", "system.yaml"]),
        (["https_proxy"], ["system.yaml", "environment variable HTTPS_PROXY", "system.yaml"]),
        (
            ["JF_ROUTER_PROXY_HTTPURL", "JF_ROUTER_PROXY_HTTPSURL", "HTTPS_PROXY"],
            [
                "environment variable JF_ROUTER_PROXY_HTTPURL",
                "environment variable JF_ROUTER_PROXY_HTTPSURL",
                "system.yaml",
            ],
        ),
    ],
)
def test_each_value_says_where_it_comes_from(environment: list[str], sources: list[str]) -> None:
    origins = explain(IN_FILE, environment)

    assert [origin.source for origin in origins] == sources
    assert [origin.in_force for origin in origins] == [source == "system.yaml" for source in sources]


def test_only_the_routers_own_variables_beat_the_file() -> None:
    assert overriding(["HTTP_PROXY", "JF_ROUTER_PROXY_IGNOREDHOSTS"]) == ["JF_ROUTER_PROXY_IGNOREDHOSTS"]
