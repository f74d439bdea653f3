"""What a user gets for a mistake, or a JPD's trouble: one clear message, no traceback, no secret, nothing half made."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from harness import program
from harness.engine import Engine
from harness.failures import HarnessFailure
from harness.transport import InProcessTransport, ProcessTransport

KEY = "demo-generic"
HUB = program.resource("FederatedRepository", "hub", {"deployment": "eu", "key": KEY, "package_type": "generic"})
SECRET = "not-a-token-but-secret"


def _fails(engine, *, refresh=False, preview=False, wanted=(HUB,)):
    """The message of an operation that must fail; no message has a traceback or a secret in it."""
    with pytest.raises(HarnessFailure) as failure:
        (engine.preview if preview else engine.up)(list(wanted), refresh=refresh)
    message = str(failure.value)
    assert "Traceback" not in message
    assert "defect" not in message
    assert SECRET not in message
    assert not re.search(r"eyJ\w", message), message
    return message


def _stack(world, **eu):
    configuration = world.configuration()
    configuration["eu"] = eu
    return world.engine(configuration)


def test_a_deployment_without_credential_is_refused_at_preview(world):
    message = _fails(_stack(world, url=world.simulator.deployments["eu"].url), preview=True)

    assert "Deployment 'eu'" in message
    assert "has no credential" in message
    assert "JPD_EU_ACCESS_TOKEN" in message


def test_a_wrong_credential_says_401_and_where_to_look(world):
    message = _fails(_stack(world, url=world.simulator.deployments["eu"].url, accessToken=SECRET))

    assert "on deployment 'eu'" in message
    assert "answered 401" in message
    assert "jpd doctor" in message


def test_a_credential_that_is_no_administrators_says_403(world):
    eu = world.simulator.deployments["eu"]

    message = _fails(_stack(world, url=eu.url, accessToken=eu.reader_token))

    assert "create repository 'demo-generic' on deployment 'eu'" in message
    assert "answered 403" in message
    assert "platform administrator" in message
    assert world.repositories() == []


def test_a_url_without_a_scheme_is_refused_at_preview(world):
    message = _fails(_stack(world, url="eu.example.com", accessToken=SECRET), preview=True)

    assert "jpd:deployments.eu.url" in message
    assert "not a URL with a scheme" in message


def test_a_misspelt_field_is_named_with_the_right_one(world):
    message = _fails(_stack(world, url="http://eu.example.com", acessToken=SECRET), preview=True)

    assert "jpd:deployments.eu.acessToken: unknown field; did you mean accessToken?" in message


@pytest.mark.parametrize("text", ['["eu"]', '"eu"', "not json"])
def test_deployments_that_are_no_map_are_refused_at_preview(text):
    message = _fails(Engine(InProcessTransport(), {"jpd:deployments": text}), preview=True)

    assert "jpd:deployments is" in message
    assert "pulumi config set --path" in message


def test_a_stack_without_configuration_says_what_to_set():
    message = _fails(Engine(InProcessTransport(), {}), preview=True)

    assert "has no jpd:deployments" in message


def test_a_jpd_that_is_down_at_up_is_named_and_nothing_is_half_made(world):
    engine = world.engine()
    world.control.stop("eu")

    message = _fails(engine)
    world.control.start("eu")

    assert "on deployment 'eu'" in message
    assert "Check that the JPD runs" in message
    engine.up([HUB])
    assert world.repositories() == [f"eu/{KEY}"]
    engine.destroy()


def test_a_jpd_that_is_down_at_refresh_is_unknown_and_nothing_is_deleted_or_replaced(world, trust):
    member = program.resource(
        "FederationMember",
        "member",
        {
            "deployment": "eu",
            "repository_key": KEY,
            "member": "us",
            "deletion_policy": "delete_repository",
            "force_destroy": True,
        },
        depends_on=["trust", "hub"],
    )
    engine, wanted = world.engine(), [trust, HUB, member]
    engine.up(wanted)

    world.control.stop("us")
    preview = engine.preview(wanted, refresh=True)
    engine.refresh()
    noted = engine.state["member"].outputs["drift"]
    world.control.start("us")
    engine.up(wanted, refresh=True)

    assert {step.op.value for step in preview.steps} <= {"same", "update"}
    assert noted[0].startswith("us: unknown: ")
    assert not engine.preview(wanted, refresh=True).changes
    engine.destroy()
    assert world.leftovers() == []


def test_a_jpd_that_is_down_at_destroy_names_the_ways_out_and_keeps_the_state(world):
    engine = world.engine()
    engine.up([HUB])
    world.control.stop("eu")

    message = _fails(engine, wanted=())
    world.control.start("eu")

    assert "on deployment 'eu'" in message
    assert "retain_on_delete" in message
    assert "pulumi state delete" in message
    assert "hub" in engine.state.resources
    engine.destroy()


REFUSALS = {
    "401": {"status": 401, "body": '{"errors":[{"status":401,"message":"Bad credentials"}]}'},
    "403": {"status": 403, "body": '{"errors":[{"status":403,"message":"Forbidden"}]}'},
    "407": {"status": 407, "body": "Proxy Authentication Required"},
    "502": {"status": 502, "body": "Bad Gateway"},
    "a proxy's page with status 200": {"html": True},
    "a proxy's page with status 404": {"html": True, "status": 404},
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_on_read_is_an_error_and_never_gone(world, case):
    engine = world.engine()
    engine.up([HUB])
    world.control.add_fault(deployment="eu", path="/artifactory/api/repositories*", **REFUSALS[case])

    with pytest.raises(HarnessFailure, match="deployment 'eu'") as failure:
        engine.refresh()
    world.control.clear_faults()

    assert "Traceback" not in str(failure.value)
    assert "hub" in engine.state.resources
    assert not [step for step in engine.preview([HUB], refresh=True).changes if step.op.value != "update"]
    engine.destroy()


def test_a_cut_body_on_read_is_unknown_and_never_gone(world):
    engine = world.engine()
    engine.up([HUB])
    world.control.add_fault(deployment="eu", path="/artifactory/api/repositories*", truncate=20)

    engine.refresh()
    world.control.clear_faults()

    assert engine.state["hub"].outputs["drift"][0].startswith("eu: unknown: ")
    engine.up([HUB])
    assert "drift" not in engine.state["hub"].outputs
    engine.destroy()


def test_a_proxys_page_instead_of_json_says_so(world):
    engine = world.engine()
    world.control.add_fault(deployment="eu", path="/artifactory/api/repositories/*", html=True)

    message = _fails(engine)
    world.control.clear_faults()

    assert "where JSON is due" in message
    assert "Something between here and the JPD answered" in message


def test_errors_cross_the_process_border_as_one_message(world, tmp_path):
    transport = ProcessTransport(Path(tmp_path))
    configuration = {"jpd:deployments": json.dumps({"eu": {"url": "http://127.0.0.1:1", "accessToken": SECRET}})}

    message = _fails(Engine(transport, configuration))

    assert "JpdError: read repository 'demo-generic' on deployment 'eu'" in message
