"""`--tls`: certificates of an authority that clients are told, and that the JPDs believe among themselves."""

from __future__ import annotations

import ssl

import httpx
import pytest

from jpd_sim import Simulator

TOPOLOGY = """
deployments: {eu: {}, us: {}}
trust: [[eu, us]]
federations: [{key: demo, packageType: generic, members: [eu, us]}]
artifacts: [{deployment: eu, path: demo/a.txt, content: hello}]
"""


@pytest.fixture(scope="module")
def secure():
    with Simulator(topology=TOPOLOGY, tls=True) as simulator:
        yield simulator


def client(simulator, name, verify):
    jpd = simulator.deployments[name]
    return httpx.Client(base_url=jpd.url, auth=(jpd.username, jpd.password), verify=verify, trust_env=False, timeout=20)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_the_authority_is_served(secure, host):
    jpd = secure.deployments["eu"]
    verify = ssl.create_default_context(cafile=secure.ca_file)

    with httpx.Client(verify=verify, trust_env=False) as http:
        answer = http.get(jpd.url.replace("127.0.0.1", host) + "/artifactory/api/system/ping")

    assert jpd.url.startswith("https://")
    assert answer.text == "OK"


def test_a_client_that_does_not_trust_it_refuses(secure):
    with (
        client(secure, "eu", verify=ssl.create_default_context()) as http,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        http.get("/artifactory/api/system/ping")


def test_jpds_trust_each_other_and_replicate(secure):
    with client(secure, "us", verify=ssl.create_default_context(cafile=secure.ca_file)) as us:
        answer = us.get("/artifactory/demo/a.txt")

    assert answer.text == "hello"


def test_with_a_data_folder_the_authority_is_the_same_after_a_restart(tmp_path):
    with Simulator(["eu"], data=tmp_path, tls=True) as first:
        before = first.ca_file.read_text()

    with Simulator(data=tmp_path, tls=True) as second:
        after = second.ca_file.read_text()
        with client(second, "eu", verify=ssl.create_default_context(cafile=tmp_path / "ca.pem")) as eu:
            status = eu.get("/artifactory/api/system/license").status_code

    assert (after, status) == (before, 200)


def test_nothing_of_it_is_left_when_it_ends():
    with Simulator(["eu"], tls=True) as simulator:
        folder = simulator.ca_file.parent
        assert folder.is_dir()

    assert not folder.exists()
