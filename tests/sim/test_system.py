from email.utils import parsedate_to_datetime

import pytest

SYSTEM = "/artifactory/api/system"


@pytest.mark.parametrize("path", ["artifactory/api", "access/api/v1", "mc/api/v1", "router/api/v1"])
def test_pings_answer_ok_to_anybody(world, path):
    with world.client("eu") as nobody:
        answer = nobody.get(f"/{path}/system/ping")

    assert (answer.status_code, answer.text) == (200, "OK")


@pytest.mark.parametrize("path", ["readiness", "liveness"])
def test_the_router_says_that_it_lives_to_anybody(world, path):
    with world.client("eu") as nobody:
        assert nobody.get(f"/router/api/v1/system/{path}").status_code == 200


def test_access_says_the_same_version_as_artifactory(world):
    access, artifactory = (
        world["eu"].get(path).json()["version"] for path in ("/access/api/v1/system/version", f"{SYSTEM}/version")
    )

    assert access == artifactory


def test_service_ids_are_the_same_in_every_run(world):
    text = world["eu"].get(f"{SYSTEM}/service_id").text

    assert text == world.deployments["eu"].service_id
    assert len(text) == len("jfrt@") + 26
    assert text != world.deployments["us"].service_id


def test_version_is_in_body_and_header(world):
    answer = world["eu"].get(f"{SYSTEM}/version")

    body = answer.json()
    assert answer.headers["x-jfrog-version"] == f"Artifactory/{body['version']} {body['revision']}"
    assert body["revision"] == "711121900"


def test_every_answer_carries_a_request_id_the_clients_own_if_it_sent_one(world):
    own, odd, none = (
        world["eu"].get(f"{SYSTEM}/ping", headers=headers).headers["x-request-id"]
        for headers in ({"X-Request-Id": "abc-123"}, {"X-Request-Id": "not good"}, {})
    )

    assert own == "abc-123"
    assert len({own, odd, none}) == 3
    assert "not good" not in (odd, none)


def test_the_base_url_is_preset_and_can_be_changed(world):
    before = world["eu"].get(f"{SYSTEM}/configuration").text
    world.create("eu", "demo")

    answer = world["eu"].put(f"{SYSTEM}/configuration/baseUrl", content="https://eu.example.com/")

    assert f"<urlBase>{world.deployments['eu'].url}</urlBase>" in before
    assert answer.status_code == 200
    assert world.config("eu", "demo")["members"][0]["url"] == "https://eu.example.com/artifactory/demo"


@pytest.mark.parametrize("url", ["", "eu.example.com", "ftp://eu.example.com", "https://a b"])
def test_a_malformed_base_url_is_refused(world, url):
    assert world["eu"].put(f"{SYSTEM}/configuration/baseUrl", content=url).status_code == 400


def test_the_date_header_comes_from_the_jpds_own_clock(world):
    world.control.freeze_clock()
    world.control.offset_clock("us", 90)

    eu, us = (parsedate_to_datetime(world[name].get(f"{SYSTEM}/ping").headers["date"]) for name in ("eu", "us"))

    assert (us - eu).total_seconds() == 90


def test_router_health_lists_the_services_of_the_node(world):
    health = world["eu"].get("/router/api/v1/system/health").json()

    assert health["router"] == {"node_id": "eu-node-1", "state": "HEALTHY", "message": "OK"}
    assert world.deployments["eu"].service_id in {service["service_id"] for service in health["services"]}


def test_mission_control_knows_its_home(world):
    (home,) = world["eu"].get("/mc/api/v1/jpds").json()

    assert (home["id"], home["name"], home["base_url"]) == ("JPD-1", "HOME", f"{world.deployments['eu'].url}/")


def test_an_unknown_context_is_404_of_the_router(world):
    answer = world["eu"].get("/xray/api/v1/anything")

    assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_an_unknown_route_is_404_in_the_services_shape_and_logged_with_near_misses(world, error_text):
    answer = world["eu"].get("/artifactory/api/federation/stateSumary")

    (entry,) = world.control.requests(unmatched=True)
    assert (answer.status_code, error_text(answer)) == (404, "Not Found")
    assert "GET /artifactory/api/federation/state" in entry["nearMisses"]


def test_a_wrong_method_is_405(world):
    assert world["eu"].patch("/artifactory/api/repositories/demo").status_code == 405


def test_a_configuration_of_many_megabytes_is_refused_while_it_arrives(world):
    chunks = (b" " * 1_000_000 for _ in range(100))

    answer = world["eu"].put("/artifactory/api/repositories/demo", content=chunks)

    assert answer.status_code == 413
