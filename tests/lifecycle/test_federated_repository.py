"""FederatedRepository against simulated JPDs: a whole life, drift of each field, adoption, deletion."""

from __future__ import annotations

import pytest

from harness import lifecycle, program
from harness.failures import HarnessFailure
from harness.lifecycle import Step

KEY = "demo-generic"
WANTED = {"deployment": "eu", "key": KEY, "package_type": "generic"}


def _run(world, *steps):
    lifecycle.run(world.engine(), "FederatedRepository", list(steps), world=world, leftovers=type(world).leftovers)


def test_a_whole_life(world):
    _run(
        world,
        Step(WANTED, expect="create", check=lambda world, it: _same(it.id, f"eu/{KEY}")),
        Step(expect="same", refresh=True),
        Step(WANTED | {"description": "x"}, expect="update", changed=["description"]),
        Step(WANTED | {"description": "x", "deployment": "us"}, expect="replace", replaces=["deployment"]),
        Step(WANTED | {"deployment": "us", "key": "other"}, expect="replace", replaces=["key"]),
        Step(expect="create", refresh=True, before=lambda world: world.remove("us", "other")),
    )


def test_another_package_type_replaces_by_deleting_first(world):
    _run(
        world,
        Step(WANTED, expect="create"),
        Step(
            WANTED | {"package_type": "npm"},
            expect="replace",
            replaces=["package_type"],
            check=lambda world, _: _same(world.read("eu", KEY)["packageType"], "npm"),
        ),
    )


FIELDS = {
    "description": ("declared", "edited by hand"),
    "notes": ("declared", "edited by hand"),
    "includes_pattern": ("com/**", "**/*"),
    "excludes_pattern": ("tmp/**", ""),
    "repo_layout_ref": ("maven-2-default", "simple-default"),
    "xray_index": (True, False),
    "blacked_out": (True, False),
    "archive_browsing_enabled": (True, False),
    "priority_resolution": (True, False),
    "property_sets": (["artifactory"], []),
    "environments": (["DEV"], ["PROD"]),
    "disable_proxy": (True, False),
    "settings": ({"cdnRedirect": False}, {"cdnRedirect": True}),
}
WIRE = {
    "includes_pattern": "includesPattern",
    "excludes_pattern": "excludesPattern",
    "repo_layout_ref": "repoLayoutRef",
    "xray_index": "xrayIndex",
    "blacked_out": "blackedOut",
    "archive_browsing_enabled": "archiveBrowsingEnabled",
    "priority_resolution": "priorityResolution",
    "property_sets": "propertySets",
    "disable_proxy": "disableProxy",
}


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_that_is_set_is_written_and_its_drift_is_named_and_repaired(world, field):
    declared, by_hand = FIELDS[field]
    change = by_hand if field == "settings" else {WIRE.get(field, field): by_hand}
    engine = world.engine()
    wanted = [program.resource("FederatedRepository", "it", WANTED | {field: declared})]

    engine.up(wanted)
    clean = engine.preview(wanted, refresh=True).changes
    world.edit("eu", KEY, **change)
    drifted = engine.preview(wanted, refresh=True)
    engine.up(wanted, refresh=True)

    assert not clean
    assert field in drifted.of("it").changed
    assert not engine.preview(wanted, refresh=True).changes
    written = world.read("eu", KEY)
    assert declared.items() <= written.items() if field == "settings" else written[WIRE.get(field, field)] == declared
    engine.destroy()


def test_a_field_that_is_not_set_is_never_compared(world):
    _run(
        world,
        Step(WANTED, expect="create"),
        Step(expect="same", refresh=True, before=lambda world: world.edit("eu", KEY, description="theirs", notes="x")),
    )


def test_the_drift_names_the_deployment_and_the_field(world):
    engine = world.engine()
    wanted = [program.resource("FederatedRepository", "it", WANTED | {"description": "declared"})]
    engine.up(wanted)

    world.edit("eu", KEY, description="edited by hand")
    engine.refresh()

    assert engine.state["it"].outputs["drift"] == ["eu: description is 'edited by hand', declared 'declared'"]
    engine.up(wanted)
    assert "drift" not in engine.state["it"].outputs
    engine.destroy()


def test_a_repository_that_somebody_made_local_becomes_federated_again(world):
    _run(
        world,
        Step(WANTED, expect="create"),
        Step(
            expect="update",
            changed=["drift"],
            refresh=True,
            before=lambda world: (
                world["eu"].post("/artifactory/api/federation/convertToLocal", json=[KEY]).raise_for_status()
            ),
            check=lambda world, _: _same(world.read("eu", KEY)["rclass"], "federated"),
        ),
    )


def test_an_existing_repository_is_adopted_when_it_agrees(world):
    world.create("eu", KEY, description="same")

    _run(world, Step(WANTED | {"description": "same"}, expect="create"))


def test_an_existing_repository_that_differs_is_refused_and_left_alone(world):
    world.create("eu", KEY, description="theirs")
    engine = world.engine()

    with pytest.raises(HarnessFailure, match=r"differs in description\. Set adopt=\"federated\""):
        engine.up([program.resource("FederatedRepository", "it", WANTED | {"description": "ours"})])

    assert world.read("eu", KEY)["description"] == "theirs"


def test_adopt_federated_takes_over_and_changes(world):
    world.create("eu", KEY, description="theirs")

    _run(
        world,
        Step(
            WANTED | {"description": "ours", "adopt": "federated"},
            expect="create",
            check=lambda world, _: _same(world.read("eu", KEY)["description"], "ours"),
        ),
    )


def test_a_local_repository_is_converted_only_when_told_to(world):
    world.create("eu", KEY, rclass="local")
    engine = world.engine()

    with pytest.raises(HarnessFailure, match=r'taken by a local repository\. Set adopt="local"'):
        engine.up([program.resource("FederatedRepository", "it", WANTED)])
    engine.up([program.resource("FederatedRepository", "it", WANTED | {"adopt": "local"})])

    assert world.read("eu", KEY)["rclass"] == "federated"
    engine.destroy()


def test_a_repository_with_artifacts_is_not_deleted_without_force(world):
    engine = world.engine()
    engine.up([program.resource("FederatedRepository", "it", WANTED)])
    world.deploy("eu", f"{KEY}/a.txt", b"seven b")

    with pytest.raises(HarnessFailure, match=r"holds 1 artifacts \(7 bytes\)\. Set force_destroy=True"):
        engine.destroy()
    engine.up([program.resource("FederatedRepository", "it", WANTED | {"force_destroy": True})])
    engine.destroy()

    assert world.leftovers() == []


@pytest.mark.parametrize(("policy", "left"), [("retain", "federated"), ("convert_to_local", "local")])
def test_a_deletion_policy_keeps_the_repository(world, policy, left):
    engine = world.engine()
    engine.up([program.resource("FederatedRepository", "it", WANTED | {"deletion_policy": policy})])

    engine.destroy()

    assert world.read("eu", KEY)["rclass"] == left
    world.remove("eu", KEY)


REFUSED = [
    ({"key": "with space"}, "key: JFrog refuses 'with space'"),
    ({"key": "x" * 65}, "key: JFrog refuses a key of 65 characters"),
    ({"key": "1st"}, "does not start with a digit"),
    ({"key": "Upper", "package_type": "docker"}, "lower case"),
    ({"package_type": "releasebundles"}, "ends in release-bundles-v2"),
    ({"package_type": "dcoker"}, "did you mean docker"),
    ({"package_type": "vcs"}, "cannot be federated"),
    ({"project_key": "team"}, "starts with 'team-'"),
    ({"proxy": "corporate", "disable_proxy": True}, "disable_proxy: contradicts proxy"),
    ({"settings": {"description": "x"}}, "settings: 'description' does not belong here: use description"),
    ({"settings": {"rclass": "local"}}, "settings: 'rclass' does not belong here"),
    ({"descripton": "x"}, "descripton: unknown input"),
    ({"deployment": "erp"}, "There is no deployment 'erp'"),
    ({"environments": "DEV"}, "environments: .*list"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_a_preview_refuses_what_jfrog_refuses_without_a_request(world, change, message):
    engine = world.engine()
    before = world.calls()

    with pytest.raises(HarnessFailure, match=message):
        engine.preview([program.resource("FederatedRepository", "it", WANTED | change)])

    assert world.calls() == before


def _same(found, expected):
    assert found == expected
