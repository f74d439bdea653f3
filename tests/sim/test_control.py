import urllib.parse

import httpx
import pytest

from jpd_sim.client import ControlClient, ControlError

PING = "/artifactory/api/system/ping"


def test_the_control_plane_needs_its_token(world):
    simulator = world.simulator

    with pytest.raises(ControlError, match="needs Authorization: Bearer <controlToken of the start line>"):
        ControlClient(simulator.control_url, "wrong").reset()


def test_reset_forgets_data_and_keeps_addresses_and_credentials(world):
    world.federate("demo", "eu", "us")
    world.control.stop("us")

    world.control.reset()

    assert world["us"].get("/artifactory/api/repositories").json() == []
    assert world["eu"].get("/access/api/v1/tokens/me").status_code == 200


def test_a_stopped_jpd_refuses_connections_and_returns_on_the_same_port_with_its_data(world):
    world.create("eu", "demo")
    world.control.stop("eu")
    with pytest.raises(httpx.ConnectError):
        world["eu"].get(PING)

    world.control.start("eu")

    assert world.config("eu", "demo")["key"] == "demo"
    assert world["us"].get(PING).status_code == 200


def test_an_unknown_deployment_is_named(world):
    with pytest.raises(ControlError, match="there is no deployment 'mars'; known are eu, us, ap"):
        world.control.stop("mars")


def test_a_fault_answers_the_nth_call_and_the_next_ones(world):
    world.control.add_fault(deployment="eu", method="GET", path=PING, after=1, times=2, status=503, body="busy")

    statuses = [world["eu"].get(PING).status_code for _ in range(4)]

    assert statuses == [200, 503, 503, 200]
    assert world["us"].get(PING).status_code == 200


def test_a_fault_can_carry_headers_and_a_content_type(world):
    world.control.add_fault(path=PING, status=429, headers={"Retry-After": "7"}, content_type="text/plain", body="slow")

    answer = world["eu"].get(PING)

    assert (answer.headers["retry-after"], answer.text) == ("7", "slow")
    assert answer.headers["content-type"].startswith("text/plain")


def test_a_fault_can_be_a_proxys_html_page(world):
    world.control.add_fault(path="/artifactory/api/repositories/*", html=True)

    answer = world["eu"].get("/artifactory/api/repositories/demo")

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_a_reset_before_handling_changes_nothing(world):
    world.control.add_fault(method="PUT", reset="before", times=1)

    with pytest.raises(httpx.ReadError):
        world["eu"].put("/artifactory/api/repositories/demo", json={"rclass": "local"})

    assert world["eu"].get("/artifactory/api/repositories/demo").status_code == 400


def test_a_reset_after_handling_loses_only_the_answer(world):
    world.control.add_fault(method="PUT", reset="after", times=1)

    with pytest.raises(httpx.ReadError):
        world["eu"].put("/artifactory/api/repositories/demo", json={"rclass": "local"})

    assert world["eu"].get("/artifactory/api/repositories/demo").status_code == 200


def test_a_truncated_answer_is_cut_short(world):
    world.create("eu", "demo")
    world.control.add_fault(method="GET", truncate=10, times=1)

    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        world["eu"].get("/artifactory/api/repositories/demo")


def test_a_delay_can_exceed_a_clients_patience(world):
    world.control.add_fault(path=PING, delay_ms=2000, times=1)

    with pytest.raises(httpx.ReadTimeout):
        world["eu"].get(PING, timeout=0.1)


def test_a_rule_with_a_misspelt_field_is_refused_by_name(world):
    with pytest.raises(ControlError, match="unknown fields: staus; known are"):
        world.control.add_fault(staus=500)


def test_rules_can_be_listed_and_removed(world):
    number = world.control.add_fault(path=PING, status=500)
    world["eu"].get(PING)
    (rule,) = world.control.faults()

    world.control.remove_fault(number)

    assert (rule["id"], rule["matched"], rule["status"]) == (number, 1, 500)
    assert world["eu"].get(PING).status_code == 200


def test_the_log_says_who_asked_what_and_holds_no_secret(world):
    eu = world.deployments["eu"]
    world.control.forget_requests()
    world["eu"].get("/artifactory/api/repositories", params={"access_token": eu.access_token, "type": "local"})

    (entry,) = world.control.requests(deployment="eu")

    assert (entry["method"], entry["path"], entry["status"], entry["user"], entry["row"]) == (
        "GET", "/artifactory/api/repositories", 200, "admin", "R7",
    )  # fmt: skip
    assert urllib.parse.parse_qs(entry["query"]) == {"access_token": ["***"], "type": ["local"]}


def test_the_log_can_leave_out_what_jpds_ask_each_other(world):
    world.federate("demo", "eu", "us")
    world.settle()

    everything, clients = world.control.requests(deployment="us"), world.control.requests(deployment="us", peers=False)

    assert any(entry["peer"] for entry in everything)
    assert not any(entry["peer"] for entry in clients)


def test_links_are_cut_in_one_direction_or_both(world):
    world.trust("eu", "us")
    world.control.cut_link("eu", "us", both=False)

    def join(name, key, other):
        body = {"rclass": "federated", "members": [world.member(other, key)]}
        return world[name].put(f"/artifactory/api/repositories/{key}", json=body).status_code

    assert (join("eu", "a", "us"), join("us", "b", "eu")) == (400, 200)
