"""The preflight as a preview meets it: one clear message for each thing that cannot work, before anything is paired."""

from __future__ import annotations

import pytest

from harness import program
from harness.failures import CheckFailed, HarnessFailure

PAIR = {"source": "eu", "target": "us"}
TRUST = program.resource("BindingToken", "trust", PAIR)


def preview(world, configuration=None, wanted=TRUST):
    return world.engine(configuration, preflight="on").preview([wanted])


def assert_nothing_was_paired(world):
    assert world.pairings() == []


def test_a_healthy_world_says_nothing(world, warnings):
    preview(world)

    assert warnings == []


def test_a_credential_that_is_no_administrators(world):
    configuration = world.configuration()
    configuration["us"]["accessToken"] = world.simulator.deployments["us"].reader_token

    with pytest.raises(
        CheckFailed, match=r"the credential of 'us' from .*accessToken is not a platform administrator's"
    ):
        preview(world, configuration)


def test_a_credential_that_is_wrong(world):
    configuration = world.configuration()
    configuration["us"]["accessToken"] = world.simulator.deployments["eu"].access_token

    with pytest.raises(CheckFailed, match=r"'us' does not accept the credential from .*accessToken"):
        preview(world, configuration)


def test_the_same_jpd_under_two_names(world):
    configuration = world.configuration()
    configuration["us"] = configuration["eu"] | {"url": configuration["eu"]["url"].replace("127.0.0.1", "localhost")}

    with pytest.raises(CheckFailed, match=r"'eu' and 'us' are the same JPD \(jfrt@"):
        preview(world, configuration)


def test_two_jpds_with_one_base_url(world):
    url = world.simulator.deployments["eu"].url
    world["us"].put("/artifactory/api/system/configuration/baseUrl", content=url).raise_for_status()

    with pytest.raises(CheckFailed, match=f"'eu' and 'us' both say that they are reachable at {url}"):
        preview(world)


def test_a_jpd_without_a_base_url(world):
    world.control.remove_base_url("us")

    with pytest.raises(CheckFailed, match="'us' has no base URL"):
        preview(world)


def test_clocks_90_seconds_apart(world):
    world.control.offset_clock("us", 90)

    with pytest.raises(CheckFailed, match=r"the clocks of 'eu' and 'us' are (89|90|91) seconds apart.*NTP"):
        preview(world)


def test_clocks_45_seconds_apart_are_a_warning(world, warnings):
    world.control.offset_clock("us", 45)

    preview(world)

    assert any("the clocks of 'eu' and 'us' are" in line for line in warnings)


def test_a_peer_older_than_pairing(world):
    world.control.change_profile("us", version="7.29.6")

    with pytest.raises(CheckFailed, match=r"'us' is version 7\.29\.6; pairing needs 7\.29\.7 or later"):
        preview(world)


def test_versions_that_differ_below_7_49_6_are_a_warning(world, warnings):
    world.control.change_profile("us", version="7.49.5")

    preview(world)

    assert any("need the same version" in line for line in warnings)


def test_a_version_inside_the_advisory_is_a_warning(world, warnings):
    world.control.change_profile("us", version="7.111.20")

    preview(world)

    [line] = warnings
    assert "'us' is version 7.111.20, which is affected by CVE-2026-82329, repaired in 7.111.21" in line


def test_each_warning_is_said_once_for_many_resources(world, warnings):
    world.control.change_profile("us", version="7.111.20")
    wanted = [
        program.resource("BindingToken", f"trust{number}", PAIR | {"use_case": f"federated-repo/r{number}"})
        for number in range(5)
    ]

    world.engine(preflight="on").preview(wanted)

    assert len(warnings) == 1


def test_a_jpd_that_is_down_is_a_warning_in_the_preview_and_an_error_of_the_update(world, warnings):
    world.control.stop("us")
    engine = world.engine(preflight="on")

    engine.preview([TRUST])
    with pytest.raises(HarnessFailure, match="Check that the JPD runs"):
        engine.up([TRUST])

    assert any("ping Artifactory on deployment 'us'" in line for line in warnings)
    world.control.start("us")
    assert_nothing_was_paired(world)


def test_a_jpd_that_does_not_answer_in_time_is_unknown(world, warnings, monkeypatch):
    monkeypatch.setattr("jpd_provider.preflight.engine.WAIT_SECONDS", 0.2)
    world.control.add_fault(deployment="us", path="/artifactory/api/system/ping", delay_ms=1500, times=1)

    preview(world)

    assert any("'us' has not answered" in line for line in warnings)


def test_a_resource_that_stays_as_it_is_is_warned_about_and_not_refused(world, warnings):
    engine = world.engine(preflight="on")
    engine.up([TRUST])
    world.control.offset_clock("us", 90)

    result = engine.preview([TRUST])

    assert not result.changes
    assert any("the clocks of 'eu' and 'us'" in line for line in warnings)
    world.control.offset_clock("us", 0)
    engine.destroy()


def test_switched_off_it_asks_nothing_in_the_preview_and_create_still_refuses(world):
    world.control.offset_clock("us", 90)
    engine = world.engine()
    before = world.calls()

    engine.preview([TRUST])
    asked = world.calls() - before
    with pytest.raises(HarnessFailure, match="the clocks of 'eu' and 'us' are"):
        engine.up([TRUST])

    assert asked == 0
    assert_nothing_was_paired(world)


def test_a_refresh_does_not_ask_for_it(world):
    engine = world.engine(preflight="on")
    engine.up([TRUST])
    world.control.forget_requests()

    engine.refresh(preview=True)

    asked = {row["path"] for row in world.control.requests()}
    assert "/mc/api/v1/system/ping" not in asked
    engine.destroy()


def test_nothing_is_asked_twice_in_one_update(world):
    engine = world.engine(preflight="on")
    world.control.forget_requests()

    engine.up([TRUST])

    probes = [row["path"] for row in world.control.requests(deployment="us") if "authentication_enabled" in row["path"]]
    assert len(probes) == 1
    engine.destroy()


def test_a_pairing_token_that_names_another_address_is_refused_before_it_is_used(world):
    elsewhere = "https://elsewhere.example.com"
    configuration = world.configuration()
    configuration["us"]["baseUrl"] = elsewhere

    with pytest.raises(HarnessFailure, match=f"its configuration says {elsewhere}"):
        world.engine(configuration).up([TRUST])

    assert_nothing_was_paired(world)


def test_a_proxys_page_in_place_of_an_answer_is_no_ok(world):
    world.control.add_fault(deployment="us", path="/artifactory/api/system/version", html=True)

    with pytest.raises(HarnessFailure, match="where JSON is due"):
        world.engine().up([TRUST])
