"""Calls that monitoring agents, command-line tools and client libraries make (contract 9.1), and licences (9)."""

import httpx
import pytest

from jpd_sim import Simulator
from jpd_sim.state.profile import Profile

API = "/artifactory/api"


def test_storageinfo_has_every_field_and_none_is_empty(world):
    world.create("eu", "demo")
    world.deploy("eu", "demo/f/a.txt", b"12345")
    world.deploy("eu", "demo/b.txt", b"12345")

    body = world["eu"].get(f"{API}/storageinfo").json()

    row, total = body["repositoriesSummaryList"]
    assert row == {
        "repoKey": "demo", "repoType": "FEDERATED", "packageType": "Generic", "projectKey": "default",
        "percentage": "100.00%", "foldersCount": 1, "filesCount": 2, "itemsCount": 3, "usedSpace": "10 bytes",
        "usedSpaceInBytes": 10,
    }  # fmt: skip
    assert (total["repoKey"], total["filesCount"]) == ("TOTAL", 2)
    binaries = body["binariesSummary"]
    assert (binaries["binariesCount"], binaries["binariesSize"], binaries["artifactsSize"]) == (
        "1",
        "5 bytes",
        "10 bytes",
    )
    assert binaries["optimization"] == "50.00%"
    texts = [*binaries.values(), *body["fileStoreSummary"].values()]
    assert all(isinstance(text, str) and text for text in texts)


def test_storageinfo_prints_sizes_as_people_read_them(world):
    world.create("eu", "demo")
    world.deploy("eu", "demo/a.bin", b"x" * 1_600_000)

    body = world["eu"].get(f"{API}/storageinfo").json()

    assert body["binariesSummary"]["artifactsSize"] == "1.53 MB"


def test_storageinfo_calculate_is_202(world):
    assert world["eu"].post(f"{API}/storageinfo/calculate").status_code == 202


def test_users_groups_and_certificates_are_arrays(world):
    users, groups, certificates = (
        world["eu"].get(f"{API}/{path}").raise_for_status().json()
        for path in ("security/users", "security/groups", "system/security/certificates")
    )

    assert [user["name"] for user in users] == ["admin", "reader"]
    assert groups == certificates == []


def test_a_group_is_created_changed_listed_and_removed(world):
    group = f"{API}/security/groups/devs"
    statuses = [
        world["eu"].put(group, json={"description": "one"}).status_code,
        world["eu"].put(group, json={"autoJoin": True}).status_code,
    ]

    body = world["eu"].get(group).json()

    assert statuses == [201, 200]
    assert (body["name"], body["description"], body["autoJoin"]) == ("devs", "one", True)
    assert [row["name"] for row in world["eu"].get(f"{API}/security/groups").json()] == ["devs"]
    assert world["eu"].delete(group).status_code == 200
    assert [world["eu"].get(group).status_code, world["eu"].delete(group).status_code] == [404, 404]


def test_replications_are_a_json_404(world, error_text):
    answer = world["eu"].get(f"{API}/replications")

    assert (answer.status_code, error_text(answer)) == (404, "No replication configurations were found")
    assert answer.headers["content-type"] == "application/json"


def test_replications_of_a_missing_repository_are_400(world, error_text):
    world.create("eu", "demo")

    missing, there = (world["eu"].get(f"{API}/replications/{key}") for key in ("missing", "demo"))

    assert (missing.status_code, error_text(missing)) == (400, "Could not find repository")
    assert there.status_code == 404


def test_status_lists_the_nodes_that_run(world):
    assert world["eu"].get(f"{API}/system/status").json() == {"nodes": [{"id": "eu-node-1", "state": "RUNNING"}]}


def test_the_encrypted_password_works_as_a_password(world):
    eu = world.deployments["eu"]
    auth = httpx.BasicAuth(eu.username, eu.password)
    encrypted = world["eu"].get(f"{API}/security/encryptedPassword", auth=auth).raise_for_status().text

    with world.client("eu") as client:
        answer = client.get(f"{API}/system/license", auth=(eu.username, encrypted))

    assert answer.status_code == 200
    assert encrypted != eu.password


def test_the_older_token_call_takes_a_form(world):
    answer = world["eu"].post(f"{API}/security/token", data={"username": "admin", "expires_in": "60"})

    body = answer.json()
    assert (answer.status_code, body["expires_in"], body["token_type"]) == (200, 60, "Bearer")
    with world.client("eu", body["access_token"]) as client:
        assert client.get(f"{API}/system/license").status_code == 200


def test_the_older_token_call_gives_no_user_the_rights_of_another(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        foreign = reader.post(f"{API}/security/token", data={"username": "admin"})
        own = reader.post(f"{API}/security/token", data={"username": "reader", "scope": "applied-permissions/admin"})

    assert (foreign.status_code, own.status_code) == (403, 200)
    with world.client("eu", own.json()["access_token"]) as client:
        assert client.get(f"{API}/system/license").status_code == 403


@pytest.mark.parametrize("seconds", ["soon", "-1", "9" * 13])
def test_the_older_token_call_refuses_a_lifetime_that_is_none(world, seconds):
    assert world["eu"].post(f"{API}/security/token", data={"expires_in": seconds}).status_code == 400


def test_a_license_has_its_kind_and_licenses_are_an_array(world):
    one = world["eu"].get(f"{API}/system/license").json()
    (many,) = world["eu"].get(f"{API}/system/licenses").json()

    assert set(one) == {"type", "validThrough", "licensedTo"}
    assert one["type"] == "Enterprise Plus"
    assert set(many) == {*one, "licenseHash", "nodeId", "nodeUrl", "expired"}


def test_licenses_are_an_object_in_the_other_profile():
    with Simulator(["eu"], profile=Profile(licences_as_object=True, licence="Enterprise X")) as other:
        eu = other.deployments["eu"]
        auth = {"Authorization": f"Bearer {eu.access_token}"}
        body = httpx.get(f"{eu.url}{API}/system/licenses", headers=auth, trust_env=False).json()

    assert [licence["type"] for licence in body["licenses"]] == ["Enterprise X"]


def test_installing_licenses_answers_for_each_key(world):
    answer = world["eu"].post(f"{API}/system/licenses", json=[{"licenseKey": "a"}, {"licenseKey": "b"}])

    assert answer.json() == {"status": 200, "messages": {"a": "OK", "b": "OK"}}


@pytest.mark.parametrize("body", [{}, [], ["a"], [{}], [{"licenseKey": ""}], [{"licenseKey": 1}]])
def test_installing_no_license_is_400(world, body):
    assert world["eu"].post(f"{API}/system/licenses", json=body).status_code == 400


def test_usage_is_taken_from_every_user(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert reader.post(f"{API}/system/usage", json={"productId": "x", "features": []}).status_code == 200


@pytest.mark.parametrize("path", ["readiness", "liveness"])
def test_readiness_and_liveness_need_no_credentials(world, path):
    with world.client("eu") as nobody:
        assert nobody.get(f"{API}/v1/system/{path}").json() == {"code": "OK"}


@pytest.mark.parametrize(
    "path", ["storageinfo", "security/users", "security/groups", "replications", "system/status", "system/license"]
)
def test_what_concerns_the_whole_jpd_is_for_administrators(world, path):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert reader.get(f"{API}/{path}").status_code == 403
