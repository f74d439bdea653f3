import json
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest

PAIRING = "/artifactory/api/v1/service_trust/pairing"
USE_CASE = f"{PAIRING}/federated-repo/*"
YEAR_MS = 31_536_000_000
NS = {"c": "http://artifactory.jfrog.org/xsd/1.7.3"}


def pairing_token(world, name, use_case="federated-repo/*"):
    return world[name].post(f"{PAIRING}/{use_case}").raise_for_status().json()["pairing_token"]


def bindings(world, name):
    root = ET.fromstring(world[name].get("/artifactory/api/system/configuration").text)
    return [
        {each.tag.rpartition("}")[2]: each.text for each in token} for token in root.iterfind(".//c:tokens/c:token", NS)
    ]


def masters(world, name):
    tokens = world[name].get("/access/api/v1/tokens").json()["tokens"]
    return [token for token in tokens if "internal:federated-repo/*" in token["scope"]]


def test_a_pairing_token_has_the_documented_claims(world):
    eu = world.deployments["eu"]

    claims = jwt.decode(pairing_token(world, "eu"), options={"verify_signature": False})

    assert claims["sub"] == f"{eu.service_id}/users/admin"
    assert claims["aud"] == eu.service_id
    assert claims["scp"] == "internal:service-trust/pairing/federated-repo/*:x"
    assert claims["exp"] - claims["iat"] == 300
    extension = json.loads(claims["ext"])
    assert extension["base_url"] == eu.url
    assert extension["exchange_url"] == f"{eu.url}/artifactory/api/v1/service_trust/exchange"


def test_pairing_leaves_a_master_token_of_one_year_with_the_initiator_and_visible_on_the_issuer(world):
    token = pairing_token(world, "us")

    answer = world["eu"].put(USE_CASE, json={"pairing_token": token})

    assert answer.json() == {"message": "Trust with Artifactory was established successfully"}
    (held,), (issued,) = bindings(world, "eu"), masters(world, "us")
    assert held["baseUrl"] == world.deployments["us"].url
    assert held["tokenId"] == issued["token_id"]
    assert int(held["expirationInMillis"]) == YEAR_MS
    assert held["scope"].split()[:2] == [f"{world.deployments['us'].service_id}:admin", "internal:federated-repo/*"]
    assert (issued["expiry"] - issued["issued_at"]) * 1000 == YEAR_MS
    assert (bindings(world, "us"), masters(world, "eu")) == ([], [])


def test_the_configuration_does_not_show_the_master_token(world):
    world.pair("us", "eu")

    assert bindings(world, "eu")[0]["accessToken"].startswith("JE")


def test_a_pairing_token_can_be_used_once(world):
    body = {"pairing_token": pairing_token(world, "us")}
    world["eu"].put(USE_CASE, json=body).raise_for_status()

    assert world["eu"].put(USE_CASE, json=body).status_code == 400


def test_a_pairing_token_dies_after_300_seconds(world, error_text):
    body = {"pairing_token": pairing_token(world, "us")}
    world.control.advance_clock(300)

    answer = world["eu"].put(USE_CASE, json=body)

    assert (answer.status_code, error_text(answer)) == (400, "Invalid token, expired")


def test_a_pairing_token_for_another_use_case_is_refused(world, error_text):
    token = pairing_token(world, "us", "artifactory-cold")

    answer = world["eu"].put(USE_CASE, json={"pairing_token": token})

    assert (answer.status_code, error_text(answer)) == (400, "The pairing token is not for use case federated-repo/*")


@pytest.mark.parametrize("token", ["", "nonsense", None])
def test_what_is_no_pairing_token_is_refused(world, token):
    assert world["eu"].put(USE_CASE, json={"pairing_token": token}).status_code == 400


def test_a_jpd_does_not_pair_with_itself(world):
    assert world["eu"].put(USE_CASE, json={"pairing_token": pairing_token(world, "eu")}).status_code == 400


@pytest.mark.parametrize("use_case", ["mission-control", "federated-repo", "nonsense"])
def test_artifactory_does_not_know_other_use_cases(world, use_case):
    assert world["eu"].post(f"{PAIRING}/{use_case}").status_code == 404


def test_access_pairs_for_mission_control_and_not_for_federation(world):
    base = "/access/api/v1/service_trust/pairing"

    assert world["eu"].post(f"{base}/mission-control").status_code == 200
    assert world["eu"].post(f"{base}/federated-repo/*").status_code == 404


def test_the_star_may_be_escaped(world):
    assert world["eu"].post(f"{PAIRING}/federated-repo/%2A").status_code == 200


def test_pairing_needs_an_administrator(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader:
        assert reader.post(USE_CASE).status_code == 403


@pytest.mark.parametrize("path", [USE_CASE, "/artifactory/api/v1/service_trust/pairings/*"])
def test_both_forms_of_delete_end_the_trust_on_both_sides(world, path):
    world.pair("us", "eu")
    body = {"base_url": world.deployments["us"].url}

    answer = world["eu"].request("DELETE", path, json=body)
    again = world["eu"].request("DELETE", path, json=body)

    assert (answer.status_code, again.status_code) == (200, 404)
    assert (bindings(world, "eu"), masters(world, "us")) == ([], [])


def test_delete_with_force_does_not_need_the_peer(world):
    world.pair("us", "eu")
    world.control.stop("us")
    body = {"base_url": world.deployments["us"].url}

    gently = world["eu"].request("DELETE", USE_CASE, json=body)
    forced = world["eu"].request("DELETE", USE_CASE, json=body, params={"force": "true"})

    assert (gently.status_code, forced.status_code) == (500, 200)
    assert bindings(world, "eu") == []


def test_an_unreachable_issuer_fails_the_exchange_and_does_not_use_the_token_up(world):
    body = {"pairing_token": pairing_token(world, "us")}
    world.control.cut_link("eu", "us")
    refused = world["eu"].put(USE_CASE, json=body)

    world.control.heal_link("eu", "us")

    assert refused.status_code == 400
    assert world["eu"].put(USE_CASE, json=body).status_code == 200


def test_after_a_year_the_trust_is_over(world):
    world.pair("us", "eu")
    world.control.advance_clock(YEAR_MS // 1000)

    body = {"rclass": "federated", "members": [world.member("us", "demo")]}
    answer = world["eu"].put("/artifactory/api/repositories/demo", json=body)

    assert answer.status_code == 400


def test_an_initiator_whose_clock_is_a_year_ahead_holds_its_trust_for_expired(world):
    world.pair("us", "eu")
    world.control.offset_clock("eu", YEAR_MS // 1000)

    body = {"rclass": "federated", "members": [world.member("us", "demo")]}
    answer = world["eu"].put("/artifactory/api/repositories/demo", json=body)

    assert answer.status_code == 400
    assert world.control.requests(deployment="us")[-1]["path"].endswith("/service_trust/exchange")


def test_after_a_year_federation_says_that_the_instances_must_be_paired_again(world):
    world.federate("demo", "eu", "us")
    world.settle()
    world.control.advance_clock(YEAR_MS // 1000)
    world.deploy("eu", "demo/a.txt")

    pending = world.control.wait_until_idle(1)

    text = f"Master authentication token is expired for remote: {world.deployments['us'].url}, "
    assert any(text + "refresh the token instances must be paired again!" in line for line in pending), pending


@pytest.mark.parametrize("use_case", ["bridge", "platform-federation"])
def test_access_exchanges_pairing_tokens_of_its_own_use_cases(world, use_case):
    base = f"/access/api/v1/service_trust/pairing/{use_case}"
    body = {"pairing_token": world["us"].post(base).json()["pairing_token"]}

    answer, again = world["eu"].put(base, json=body), world["eu"].put(base, json=body)

    assert answer.json() == {"message": "Trust with Access was established successfully"}
    assert again.status_code == 400


def test_a_pairing_token_of_access_is_worth_nothing_at_artifactory(world):
    token = world["us"].post("/access/api/v1/service_trust/pairing/mission-control").json()["pairing_token"]

    answer = world["eu"].put(USE_CASE, json={"pairing_token": token})

    assert answer.status_code == 400


def test_a_pairing_token_raced_for_by_two_initiators_pairs_one_of_them(world):
    body = {"pairing_token": pairing_token(world, "us")}
    with ThreadPoolExecutor() as pool:
        answers = list(pool.map(lambda name: world[name].put(USE_CASE, json=body).status_code, ("eu", "ap")))

    assert sorted(answers) == [200, 400]


def test_the_override_header_decides_where_the_issuer_says_to_be(world):
    headers = {"X-JFrog-Override-Base-Url": "https://proxy.example.com/"}

    token = world["eu"].post(USE_CASE, headers=headers).json()["pairing_token"]

    extension = json.loads(jwt.decode(token, options={"verify_signature": False})["ext"])
    assert extension["base_url"] == "https://proxy.example.com"


def test_a_descriptor_may_not_show_its_tokens(world):
    world.pair("us", "eu")
    world.control.change_profile("eu", shows_bindings=False)

    assert "<tokens>" not in world["eu"].get("/artifactory/api/system/configuration").text


def test_each_service_exchanges_its_own_pairing_tokens_only(world):
    token = world["us"].post("/access/api/v1/service_trust/pairing/mission-control").json()["pairing_token"]

    answers = [
        world["us"].post(f"/{service}/api/v1/service_trust/exchange", json={"pairing_token": token}).status_code
        for service in ("artifactory", "access")
    ]

    assert answers == [400, 200]
