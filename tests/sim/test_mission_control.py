"""Contract: trust 3, the JPD registry of Mission Control."""

import pytest

JPDS = "/mc/api/v1/jpds"
PAIRING = "/access/api/v1/service_trust/pairing/mission-control"
NOT_CONNECTED = "Failed to connect to the JPD. Please verify that the JPD information provided is correct"
PARIS = {"city_name": "Paris", "country_code": "FR", "latitude": 48.85, "longitude": 2.35}


def message(answer):
    return answer.json()["errors"][0]["message"]


def pairing_token(world, name):
    return world[name].post(PAIRING).raise_for_status().json()["pairing_token"]


def entry(world, name="us", **fields):
    return {"name": name, "url": f"{world.deployments[name].url}/", "location": PARIS, "tags": ["prod"], **fields}


def register(world, name="us"):
    return world["eu"].post(JPDS, json=entry(world, name, token=pairing_token(world, name))).raise_for_status().json()


def status(world, id_):
    return world["eu"].get(f"{JPDS}/{id_}").json()["status"]["code"]


def test_ping_needs_no_credentials(world):
    with world.client("eu") as nobody:
        answer = nobody.get("/mc/api/v1/system/ping")

    assert (answer.status_code, answer.text) == (200, "OK")


def test_home_is_jpd_1(world):
    home = world["eu"].get(f"{JPDS}/JPD-1").json()

    assert (home["name"], home["url"], home["local"]) == ("HOME", "http://jpd.local/", True)
    assert home["base_url"] == f"{world.deployments['eu'].url}/"


def test_post_with_a_pairing_token_is_201_and_the_jpd(world):
    answer = world["eu"].post(JPDS, json=entry(world, token=pairing_token(world, "us")))

    assert answer.status_code == 201
    body = answer.json()
    assert (body["id"], body["name"], body["url"], body["local"]) == (
        "JPD-2",
        "us",
        f"{world.deployments['us'].url}/",
        False,
    )
    assert body["status"] == {"code": "ONLINE", "message": "All services are online", "warnings": []}
    assert (body["tags"], body["location"], body["licenses"]) == (["prod"], PARIS, [])


def test_post_with_the_join_key_of_the_target_is_201(world):
    answer = world["eu"].post(JPDS, json=entry(world, token=world.deployments["us"].join_key))

    assert (answer.status_code, answer.json()["status"]["code"]) == (201, "ONLINE")


@pytest.mark.parametrize("token", ["", "0" * 32, "no.pairing.token", None])
def test_post_with_a_token_that_proves_nothing_is_400_with_the_literal_text(world, token):
    answer = world["eu"].post(JPDS, json=entry(world, token=token))

    assert (answer.status_code, message(answer)) == (400, NOT_CONNECTED)


def test_post_with_a_pairing_token_of_another_use_case_is_400(world):
    token = world["us"].post("/access/api/v1/service_trust/pairing/bridge").json()["pairing_token"]

    answer = world["eu"].post(JPDS, json=entry(world, token=token))

    assert (answer.status_code, message(answer)) == (400, NOT_CONNECTED)


def test_post_with_a_pairing_token_that_was_used_is_400(world):
    token = pairing_token(world, "us")
    world["eu"].post(JPDS, json=entry(world, token=token)).raise_for_status()

    answer = world["ap"].post(JPDS, json=entry(world, token=token))

    assert (answer.status_code, message(answer)) == (400, NOT_CONNECTED)


def test_post_with_a_pairing_token_older_than_300_seconds_is_400(world):
    token = pairing_token(world, "us")
    world.control.advance_clock(300)

    assert world["eu"].post(JPDS, json=entry(world, token=token)).status_code == 400


def test_post_of_a_jpd_that_cannot_be_reached_is_400(world):
    token = pairing_token(world, "us")
    world.control.cut_link("eu", "us")

    answer = world["eu"].post(JPDS, json=entry(world, token=token))

    assert (answer.status_code, message(answer)) == (400, NOT_CONNECTED)


@pytest.mark.parametrize("same", ["name", "url"])
def test_post_of_a_name_or_url_that_is_taken_is_409(world, same):
    register(world)
    other = entry(world, "ap", token=pairing_token(world, "ap")) | {same: entry(world)[same]}

    assert world["eu"].post(JPDS, json=other).status_code == 409


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("url", "us.example.com"),
        ("location", None),
        ("location", PARIS | {"country_code": "FRA"}),
        ("location", PARIS | {"latitude": 91}),
        ("location", {"city_name": "Paris"}),
        ("tags", "prod"),
    ],
)
def test_post_of_an_incomplete_jpd_is_400(world, field, value):
    token = pairing_token(world, "us")

    assert world["eu"].post(JPDS, json=entry(world, token=token) | {field: value}).status_code == 400


def test_put_is_204_and_keeps_the_trust_without_a_token(world):
    id_ = register(world)["id"]

    answer = world["eu"].put(f"{JPDS}/{id_}", json=entry(world, tags=["test"]))

    assert (answer.status_code, answer.content) == (204, b"")
    shown = world["eu"].get(f"{JPDS}/{id_}").json()
    assert (shown["tags"], shown["status"]["code"]) == (["test"], "ONLINE")


def test_put_with_an_old_pairing_token_is_400(world):
    token = pairing_token(world, "us")
    id_ = world["eu"].post(JPDS, json=entry(world, token=token)).json()["id"]

    answer = world["eu"].put(f"{JPDS}/{id_}", json=entry(world, token=token))

    assert (answer.status_code, message(answer)) == (400, NOT_CONNECTED)


def test_a_revoked_token_makes_it_unauthorized_and_a_new_pairing_token_online_again(world):
    id_ = register(world)["id"]
    for token in world["us"].get("/access/api/v1/tokens").json()["tokens"]:
        if "internal:mission-control" in token["scope"]:
            world["us"].delete(f"/access/api/v1/tokens/{token['token_id']}").raise_for_status()
    lost = status(world, id_)

    world["eu"].put(f"{JPDS}/{id_}", json=entry(world, token=pairing_token(world, "us"))).raise_for_status()

    assert (lost, status(world, id_)) == ("UNAUTHORIZED", "ONLINE")


def test_a_jpd_that_does_not_answer_is_offline(world):
    id_ = register(world)["id"]
    world.control.stop("us")

    assert status(world, id_) == "OFFLINE"


def test_delete_is_204_then_404_and_the_id_is_not_given_again(world):
    id_ = register(world)["id"]

    answers = [world["eu"].delete(f"{JPDS}/{id_}").status_code for _ in range(2)]

    assert answers == [204, 404]
    assert register(world)["id"] != id_


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_an_unknown_id_is_404(world, method):
    answer = world["eu"].request(method, f"{JPDS}/JPD-99", json=entry(world))

    assert (answer.status_code, message(answer)) == (404, "JPD with id JPD-99 was not found.")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, ["HOME", "us"]),
        ({"name": "u*"}, ["us"]),
        ({"tag": "pro*"}, ["us"]),
        ({"url": "http://jpd.local/"}, ["HOME"]),
        ({"status": "OFFLINE"}, []),
    ],
)
def test_the_list_is_filtered(world, query, names):
    register(world)

    answer = world["eu"].get(JPDS, params=query)

    assert [jpd["name"] for jpd in answer.json()] == names


def test_an_unknown_status_filter_is_400(world):
    answer = world["eu"].get(JPDS, params={"status": "BROKEN"})

    assert (answer.status_code, message(answer)) == (400, "Invalid status: BROKEN")


def test_the_registry_is_for_administrators(world):
    with world.client("eu", world.deployments["eu"].reader_token) as reader, world.client("eu") as nobody:
        assert (reader.get(JPDS).status_code, nobody.get(JPDS).status_code) == (403, 401)


@pytest.mark.parametrize("path", ["/mc/api/v1/system/ping", JPDS])
def test_without_mission_control_the_router_knows_no_such_path(world, path):
    world.control.change_profile("eu", mission_control=False)

    answer = world["eu"].get(path)

    assert (answer.status_code, answer.text) == (404, "404 page not found")
