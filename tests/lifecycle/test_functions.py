"""What programs may ask: the status of a federation, and who a JPD is."""

from __future__ import annotations

import json

import pulumi
import pytest

import pulumi_jpd as jpd
from harness import program
from jpd_provider import functions
from jpd_provider.errors import SettingsError, Unauthorized

KEY = "demo-generic"
MEMBERS = {"us": {"deletion_policy": "delete_repository", "force_destroy": True}}
HUB = {"deployment": "eu", "key": KEY, "package_type": "generic", "force_destroy": True, "members": MEMBERS}


@pytest.fixture
def ask(world, trust):
    """`ask()`: the status of a federation of eu and us, which exists."""
    hub = program.resource("FederatedRepository", "hub", HUB, depends_on=["trust"])
    engine = world.engine()
    engine.up([trust, hub])
    assert world.control.wait_until_idle() == []

    yield lambda key=KEY: functions.federation_status(_config(world.configuration()), "eu", key)

    engine.destroy()


def _config(deployments):
    return {"jpd:deployments": json.dumps(deployments)}.get


def test_a_federation_in_which_nothing_waits_is_in_sync(ask, world):
    status = ask()

    assert (status["exists"], status["in_sync"], status["reachable"]) == (True, True, True)
    assert [member["url"] for member in status["members"]] == [world.url("us", KEY)]


def test_what_waits_for_a_member_is_counted(ask, world):
    world.control.cut_link("eu", "us")
    world.deploy("eu", f"{KEY}/a.txt")

    status = ask()
    world.control.heal_link("eu", "us")

    assert status["in_sync"] is False
    assert status["members"][0]["pending_events"] >= 1


def test_a_repository_that_is_not_there_does_not_exist(ask):
    status = ask("not-there")

    assert (status["exists"], status["in_sync"], status["members"]) == (False, False, [])


def test_a_jpd_that_does_not_answer_is_unreachable_and_nothing_fails():
    configuration = _config({"eu": {"url": "http://127.0.0.1:1", "accessToken": "not-a-token"}})

    status = functions.federation_status(configuration, "eu", KEY)
    facts = functions.deployment_facts(configuration, "eu")

    assert (status["reachable"], status["members"]) == (False, [])
    assert (facts["reachable"], facts["version"]) == (False, "")


def test_a_refusal_is_an_error(world):
    eu = world.simulator.deployments["eu"].url

    with pytest.raises(Unauthorized):
        functions.deployment_facts(_config({"eu": {"url": eu, "accessToken": "not-a-token"}}), "eu")


def test_an_unknown_deployment_is_named(world):
    with pytest.raises(SettingsError, match="no deployment 'mars'"):
        functions.deployment_facts(_config(world.configuration()), "mars")


class NoResources(pulumi.runtime.Mocks):
    """A program that registers nothing."""

    def new_resource(self, args):
        raise AssertionError(args)

    def call(self, args):
        raise AssertionError(args)


def test_a_program_gets_the_answers_as_outputs(world):
    pulumi.runtime.set_mocks(NoResources(), project="test")
    pulumi.runtime.set_all_config({"jpd:deployments": json.dumps(world.configuration())})
    answers = []

    @pulumi.runtime.test
    def ask_both():
        key = pulumi.Output.from_input(KEY)
        both = pulumi.Output.all(jpd.get_deployment("eu"), jpd.get_federation_status("eu", key))
        return both.apply(answers.extend)

    ask_both()

    facts, status = answers
    assert facts.service_id == world.simulator.deployments["eu"].service_id
    assert (status.exists, status.members) == (False, ())
