"""Which versions and licences may federate (contract 7.1)."""

import pytest

from jpd_sim.state.versions import may_federate

REPOSITORIES = "/artifactory/api/repositories"


def create(world, name, key, *members):
    body = {"rclass": "federated", "packageType": "generic", "members": [world.member(each, key) for each in members]}
    return world[name].put(f"{REPOSITORIES}/{key}", json=body)


@pytest.mark.parametrize(
    ("one", "other", "allowed"),
    [
        ("7.41.4", "7.41.4", True),
        ("7.41.4", "7.41.5", False),
        ("7.49.5", "7.111.4", False),
        ("7.49.6", "7.111.4", True),
        ("7.104.2", "7.49.6", True),
    ],
)
def test_versions_may_be_mixed_from_7_49_6(one, other, allowed):
    assert may_federate(one, other) is may_federate(other, one) is allowed


@pytest.mark.parametrize("old", ["eu", "us"])
def test_a_member_of_another_old_version_is_refused_and_nothing_is_made(world, error_text, old):
    world.trust("eu", "us")
    world.control.change_profile(old, version="7.41.4")

    answer = create(world, "eu", "demo", "eu", "us")

    assert answer.status_code == 400
    assert "7.49.6" in error_text(answer)
    assert world["eu"].head(f"{REPOSITORIES}/demo").status_code == 400
    assert world["us"].head(f"{REPOSITORIES}/demo").status_code == 400


def test_equal_old_versions_federate(world):
    for name in ("eu", "us"):
        world.control.change_profile(name, version="7.41.4")

    world.federate("demo", "eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.settle()

    assert world.status("us", "demo/a.txt") == 200


def test_an_upgrade_of_one_side_stops_replication_until_the_other_is_upgraded_too(world):
    for name in ("eu", "us"):
        world.control.change_profile(name, version="7.41.4")
    world.federate("demo", "eu", "us")
    world.control.change_profile("eu", version="7.49.6")
    world.deploy("eu", "demo/a.txt")
    left = world.control.wait_until_idle(0.3)

    world.control.change_profile("us", version="7.49.6")
    world.settle()

    assert "runs another version" in left[0]
    assert world.status("us", "demo/a.txt") == 200


def test_mixed_versions_federate_and_one_without_the_service_is_not_supported(world):
    world.control.change_profile("eu", rtfs=True)
    world.control.change_profile("us", version="7.59.9")
    world.federate("demo", "eu", "us")
    world.deploy("us", "demo/a.txt")
    world.settle()

    rows = world["eu"].get("/artifactory/api/federation/status/connectionStates/demo").json()["memberConnections"]

    assert world.status("eu", "demo/a.txt") == 200
    assert {row["supported"] for row in rows} == {False}


@pytest.mark.parametrize("licence", ["Enterprise", "Enterprise X", "Enterprise Plus"])
def test_enterprise_licences_federate(world, licence):
    world.control.change_profile("eu", licence=licence)

    assert create(world, "eu", "demo", "eu").status_code == 200


@pytest.mark.parametrize("licence", ["Pro", "Pro X"])
def test_other_licences_do_not_federate(world, error_text, licence):
    world.control.change_profile("eu", licence=licence)
    world["eu"].put(f"{REPOSITORIES}/plain", json={"rclass": "local"}).raise_for_status()

    created = create(world, "eu", "demo", "eu")
    migrated = world["eu"].post("/artifactory/api/federation/migrate/plain")

    assert (created.status_code, migrated.status_code) == (400, 400)
    assert licence in error_text(created)
    assert licence in error_text(migrated)


def test_a_member_without_the_licence_fails_the_save(world, error_text):
    world.trust("eu", "us")
    world.control.change_profile("us", licence="Pro")

    answer = create(world, "eu", "demo", "eu", "us")

    assert error_text(answer).startswith("Failed to update remote members for federated repository: demo")
    assert world["us"].head(f"{REPOSITORIES}/demo").status_code == 400
