"""Fault rules, links, nodes and services: what a test breaks on purpose."""

from __future__ import annotations

import httpx
import pytest

from jpd_sim.client import ControlError

PING = "/artifactory/api/system/ping"
HEALTH = "/router/api/v1/system/health"


def statuses(world, count):
    return [world["eu"].get(PING).status_code for _ in range(count)]


def states(answer):
    return {service["service_id"].partition("@")[0]: service["state"] for service in answer.json()["services"]}


def test_chance_is_the_same_for_the_same_seed(world):
    world.control.add_fault(path=PING, status=503, probability=0.5, seed=7)
    first = statuses(world, 40)
    world.control.clear_faults()
    world.control.add_fault(path=PING, status=503, probability=0.5, seed=7)

    second = statuses(world, 40)

    assert first == second
    assert {200, 503} == set(first)


def test_a_probability_outside_0_and_1_is_refused(world):
    with pytest.raises(ControlError, match=r"probability must be between 0 and 1, not 1\.5"):
        world.control.add_fault(probability=1.5)


def test_a_wrong_content_type_leaves_the_handled_answer_as_it_is(world):
    world.create("eu", "demo")
    world.control.add_fault(path="/artifactory/api/repositories/*", content_type="text/html")

    answer = world["eu"].get("/artifactory/api/repositories/demo")

    assert (answer.headers["content-type"], answer.json()["key"]) == ("text/html", "demo")


def test_a_rule_says_what_it_matched_and_to_what_it_was_applied(world):
    world.control.add_fault(path=PING, status=500, after=1, times=1)
    statuses(world, 3)

    (rule,) = world.control.faults()

    assert (rule["matched"], rule["applied"]) == (3, 1)


def test_all_calls_from_the_nth_on_are_reset_until_disarmed(world):
    statuses(world, 2)
    world.control.arm(world.control.calls() + 2)
    assert statuses(world, 1) == [200]
    for _ in range(2):
        with pytest.raises(httpx.ReadError):
            world["eu"].get(PING)

    world.control.disarm()

    assert statuses(world, 1) == [200]


def test_calls_from_the_nth_on_hang_until_disarmed_and_change_nothing(world):
    world.control.arm(world.control.calls() + 1, hang=True)
    with pytest.raises(httpx.ReadTimeout):
        world["eu"].put("/artifactory/api/repositories/demo", json={"rclass": "local"}, timeout=0.2)
    world.control.disarm()

    answer = world["eu"].get("/artifactory/api/repositories/demo")

    assert answer.status_code == 400


def test_what_jpds_ask_each_other_is_neither_counted_nor_hit_from_the_nth_call(world):
    world.trust("eu", "us")
    before = world.control.calls()
    world.control.arm(before + 2)

    world.create("eu", "demo", members=[world.member("us", "demo")])

    assert world.control.calls() == before + 1
    world.control.disarm()
    assert world.config("us", "demo")["key"] == "demo"


def test_a_slow_link_delays_what_one_jpd_asks_the_other(world):
    world.federate("demo", "eu", "us")
    world.control.slow_link("eu", "us", 300)

    world.deploy("eu", "demo/a")

    assert world.status("us", "demo/a") == 404
    world.settle()
    assert world.status("us", "demo/a") == 200


def test_a_flapping_link_loses_requests_in_its_down_time_only(world):
    world.federate("demo", "eu", "us")
    world.control.freeze_clock()
    world.control.flap_link("eu", "us", up_ms=1000, down_ms=1000)
    world.control.advance_clock(1.5)
    world.deploy("eu", "demo/a")
    assert world.control.wait_until_idle(0.3) != []

    world.control.advance_clock(1)

    world.settle()
    assert [link["losing"] for link in world.control.links()] == [False, False]


def test_a_link_that_is_whole_again_is_not_listed(world):
    world.control.slow_link("eu", "us", 10)

    world.control.slow_link("eu", "us", 0)

    assert world.control.links() == []


def test_a_service_that_is_down_gets_502_from_the_router_and_the_others_answer(world):
    world.control.switch_service("eu", "access", up=False)

    down, other = world["eu"].get("/access/api/v1/system/ping"), world["eu"].get(PING)

    assert (down.status_code, other.status_code) == (502, 200)
    world.control.switch_service("eu", "access", up=True)
    assert world["eu"].get("/access/api/v1/system/ping").status_code == 200


def test_health_names_the_service_that_is_down_and_its_peers(world):
    world.control.switch_service("eu", "access", up=False)

    answer = world["eu"].get(HEALTH)

    assert answer.status_code == 503
    assert answer.json()["router"]["state"] == "HEALTHY"
    assert (states(answer)["jfac"], states(answer)["jfrt"]) == ("UNHEALTHY", "UNHEALTHY_PEER")


def test_a_service_that_is_down_on_one_node_is_reached_on_the_other(world):
    world.control.set_nodes("eu", 2)
    world.control.switch_service("eu", "access", up=False, node="eu-node-1")

    answers = [world["eu"].get("/access/api/v1/system/ping").status_code for _ in range(4)]
    healths = sorted(world["eu"].get(HEALTH).status_code for _ in range(2))

    assert answers == [200] * 4
    assert healths == [200, 503]


def test_nodes_take_turns_and_a_node_that_is_down_gets_nothing(world):
    world.control.set_nodes("eu", 2)
    both = {world["eu"].get(PING).headers["x-artifactory-node-id"] for _ in range(4)}
    world.control.switch_node("eu", "eu-node-1", up=False)

    rest = {world["eu"].get(PING).headers["x-artifactory-node-id"] for _ in range(4)}

    assert (both, rest) == ({"eu-node-1", "eu-node-2"}, {"eu-node-2"})


def test_topology_health_shows_every_node_and_needs_an_administrator(world):
    world.control.set_nodes("eu", 2)
    world.control.switch_node("eu", "eu-node-2", up=False)

    answer = world["eu"].get("/router/api/v1/topology/health")
    with world.client("eu") as client:
        anonymous = client.get("/router/api/v1/topology/health")

    assert (answer.status_code, anonymous.status_code) == (503, 401)
    assert [router["state"] for router in answer.json()["routers"]] == ["HEALTHY", "UNHEALTHY"]


def test_without_a_node_the_load_balancer_answers_503(world):
    world.control.switch_node("eu", "eu-node-1", up=False)

    answer = world["eu"].get(PING)

    assert (answer.status_code, answer.text) == (503, "no node is up")


def test_nothing_is_replicated_while_artifactory_is_down_and_everything_afterwards(world):
    world.federate("demo", "eu", "us")
    world.control.switch_service("us", "artifactory", up=False)
    world.deploy("eu", "demo/a")
    assert world.control.wait_until_idle(0.3) != []

    world.control.switch_service("us", "artifactory", up=True)

    world.settle()
    assert world.status("us", "demo/a") == 200


def test_a_restarted_node_breaks_connections_and_keeps_its_data(world):
    world.create("eu", "demo")

    world.control.restart_node("eu", "eu-node-1")

    with world.client("eu", world.deployments["eu"].access_token) as fresh:
        assert fresh.get("/artifactory/api/repositories/demo").status_code == 200


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda c: c.switch_service("eu", "postgres", up=False),
            "there is no service 'postgres'; known are artifactory",
        ),
        (
            lambda c: c.switch_node("eu", "eu-node-9", up=False),
            "there is no node 'eu-node-9' on eu; known are eu-node-1",
        ),
        (lambda c: c.set_nodes("eu", 17), "between 1 and 16 nodes, not 17"),
        (lambda c: c.slow_link("eu", "us", -1), "delayMs must not be negative"),
    ],
    ids=["service", "node", "count", "delay"],
)
def test_what_is_not_there_is_named(world, act, message):
    with pytest.raises(ControlError, match=message):
        act(world.control)
