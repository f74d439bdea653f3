"""The deployments of a stack: connected once, on first use, and locked for writes."""

import threading
from collections.abc import Callable

import httpx
import pytest

from jpd_provider.client.http import Http
from jpd_provider.client.jpd import Jpds
from jpd_provider.errors import SettingsError
from jpd_provider.settings import Deployment, Settings

EU = {"url": "https://eu.example.com", "accessToken": "tok-0123456789"}
DESCRIPTOR = "<config><urlBase>{}</urlBase></config>"

Load = Callable[..., Settings]


class Connections:
    """Counts the clients that were made and the requests that they sent."""

    def __init__(self, body: str = "") -> None:
        self.made: list[str] = []
        self.sent: list[str] = []
        self._body = body

    def __call__(self, deployment: Deployment) -> Http:
        self.made.append(deployment.name)
        return Http(deployment, transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request.url.path)
        return httpx.Response(200, text=self._body)


def test_no_client_is_made_before_its_deployment_is_used(load: Load) -> None:
    connections = Connections()
    Jpds(load({"eu": EU}), connections)

    assert connections.made == []


def test_a_deployment_has_one_client(load: Load) -> None:
    connections = Connections()
    jpds = Jpds(load({"eu": EU, "us": EU}), connections)

    assert jpds["eu"] is jpds["eu"]
    assert jpds["us"] is not jpds["eu"]
    assert connections.made == ["eu", "us"]


def test_threads_share_the_client(load: Load) -> None:
    connections = Connections()
    jpds = Jpds(load({"eu": EU}), connections)
    start = threading.Barrier(4)

    def use() -> None:
        start.wait()
        _ = jpds["eu"]

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert connections.made == ["eu"]


def test_an_unknown_deployment_is_refused(load: Load) -> None:
    with pytest.raises(SettingsError, match="There is no deployment 'us'"):
        Jpds(load({"eu": EU}), Connections())["us"]


def test_a_deployment_without_credential_is_refused_when_it_is_used(load: Load) -> None:
    jpds = Jpds(load({"eu": {"url": "https://eu.example.com"}}), Connections())

    with pytest.raises(SettingsError, match="has no credential"):
        jpds["eu"]


def test_after_closing_a_deployment_is_connected_anew(load: Load) -> None:
    connections = Connections()
    jpds = Jpds(load({"eu": EU}), connections)
    _ = jpds["eu"]

    jpds.close()

    _ = jpds["eu"]
    assert connections.made == ["eu", "eu"]


def test_the_base_url_of_the_settings_wins(load: Load) -> None:
    connections = Connections()
    jpd = Jpds(load({"eu": EU | {"baseUrl": "https://base.example.com/"}}), connections)["eu"]

    assert jpd.base_url == "https://base.example.com"
    assert jpd.repository_url("docker-local") == "https://base.example.com/artifactory/docker-local"
    assert connections.sent == []


def test_the_jpd_is_asked_once_for_its_base_url(load: Load) -> None:
    connections = Connections(DESCRIPTOR.format("https://base.example.com/"))
    jpd = Jpds(load({"eu": EU}), connections)["eu"]

    assert [jpd.base_url, jpd.base_url] == ["https://base.example.com"] * 2
    assert connections.sent == ["/artifactory/api/system/configuration"]


def test_without_a_base_url_the_deployments_own_url_counts(load: Load) -> None:
    jpd = Jpds(load({"eu": EU}), Connections(DESCRIPTOR.format("")))["eu"]

    assert jpd.base_url == "https://eu.example.com"


def test_a_repository_has_one_lock_whatever_the_case_of_its_key(load: Load) -> None:
    jpd = Jpds(load({"eu": EU}), Connections())["eu"]

    assert jpd.member_list_lock("docker") is jpd.member_list_lock("Docker")
    assert jpd.member_list_lock("docker") is not jpd.member_list_lock("maven")
