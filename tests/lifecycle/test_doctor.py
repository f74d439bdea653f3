"""`jpd doctor` against simulated JPDs: the table, the findings, the exit code, and no secret in either."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from jpd_provider.cli.doctor import doctor
from jpd_provider.preflight import CHECKS


@pytest.fixture
def run(world, tmp_path):
    """`run(configuration, *options)`: the command over a file with these deployments, all by default."""

    def run(configuration=None, *options):
        file = tmp_path / "deployments.yaml"
        file.write_text(json.dumps({"jpd:deployments": configuration or world.configuration()}), encoding="utf-8")
        return CliRunner().invoke(doctor, ["--config", str(file), *options])

    return run


def test_a_healthy_world_is_a_table_and_exit_code_0(world, run):
    done = run()

    titles, *rows, nothing = [line for line in done.output.splitlines() if line]
    assert done.exit_code == 0
    assert titles.split()[:3] == ["DEPLOYMENT", "URL", "VERSION"]
    assert [row.split()[0] for row in rows] == ["eu", "us", "ap"]
    assert rows[0].split()[1:4] == [world.simulator.deployments["eu"].url, "7.111.21", "yes"]
    assert nothing == "Nothing to report."


def test_it_says_which_credential_won(world, run, monkeypatch):
    monkeypatch.setenv("JPD_US_ACCESS_TOKEN", world.simulator.deployments["us"].access_token)

    done = run()

    eu, us = done.output.splitlines()[1:3]
    assert eu.endswith("jpd:deployments.eu.accessToken")
    assert us.endswith("environment variable JPD_US_ACCESS_TOKEN")


def test_no_secret_is_printed(world, run):
    configuration = world.configuration()
    configuration["us"] = configuration["us"] | {"accessToken": world.simulator.deployments["eu"].access_token}

    done = run(configuration)

    for jpd in world.simulator.deployments.values():
        assert jpd.access_token not in done.output


def test_a_failure_is_exit_code_2_with_what_to_do(world, run):
    configuration = world.configuration()
    configuration["us"]["accessToken"] = world.simulator.deployments["us"].reader_token

    done = run(configuration)

    assert done.exit_code == 2
    assert "FAILURE [administrator] the credential of 'us'" in done.output
    assert "Give the deployment an administrator's token" in done.output


def test_a_warning_is_exit_code_0(world, run):
    world.control.change_profile("us", version="7.111.20")

    done = run()

    assert done.exit_code == 0
    assert "WARNING [advisory] 'us' is version 7.111.20" in done.output


def test_a_jpd_that_is_down_is_unknown_and_exit_code_2(world, run):
    world.control.stop("us")

    done = run()

    assert done.exit_code == 2
    assert "UNKNOWN [reachable] ping Artifactory on deployment 'us'" in done.output
    assert done.output.splitlines()[2].split()[2:6] == ["?", "?", "?", "?"]
    world.control.start("us")


def test_a_deployment_without_a_credential_is_a_failure_that_lists_the_ways(world, run):
    configuration = world.configuration()
    del configuration["us"]["accessToken"]

    done = run(configuration)

    assert done.exit_code == 2
    assert "FAILURE [administrator] Deployment 'us'" in done.output
    assert "Set the variable JPD_US_ACCESS_TOKEN" in done.output


def test_a_pairing_that_ends_soon_is_a_warning(world, run):
    path = "/artifactory/api/v1/service_trust/pairing/federated-repo/*"
    token = world["us"].post(path).json()["pairing_token"]
    world["eu"].put(path, json={"pairing_token": token}).raise_for_status()
    world.control.advance_clock(340 * 86_400)

    done = run()

    url = world.simulator.deployments["us"].url
    assert f"WARNING [expiry] the pairing of 'eu' with {url} expires in 2" in done.output


def test_findings_of_two_deployments_name_both(world, run):
    world.control.offset_clock("us", 90)

    done = run()

    assert done.exit_code == 2
    assert "FAILURE [clock] the clocks of 'eu' and 'us' are" in done.output


def test_json_holds_the_same(world, run):
    world.control.change_profile("us", version="7.111.20")

    done = run(None, "--json")

    shown = json.loads(done.output)
    assert [row["name"] for row in shown["deployments"]] == ["eu", "us", "ap"]
    assert shown["deployments"][0]["serviceId"] == world.simulator.deployments["eu"].service_id
    assert [(row["check"], row["severity"], row["deployments"]) for row in shown["findings"]] == [
        ("advisory", "warning", ["us"])
    ]


def test_checks_explains_each_check_and_asks_nobody(world):
    before = world.calls()

    done = CliRunner().invoke(doctor, ["--checks"])

    assert done.exit_code == 0
    assert world.calls() == before
    for check in CHECKS:
        assert f"{check.name}: {check.what}\n  why: {check.why}\n  fix: {check.fix}\n" in done.output
