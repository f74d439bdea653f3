import pytest

FEDERATION = "/artifactory/api/federation"


def test_l1_reports_queues_per_mirror(world):
    world.federate("demo", "eu", "us")
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")
    world["eu"].put("/artifactory/api/storage/demo/a.txt?properties=k=v").raise_for_status()
    world.control.wait_until_idle(0.2)

    status = world["eu"].get(f"{FEDERATION}/status/repo/demo").json()

    mirror = status["mirrorEventsStatusInfo"][0]
    assert status["localKey"] == "demo"
    assert (mirror["remoteRepoKey"], mirror["status"]) == ("demo", "NOT_AVAILABLE")
    assert (mirror["createEvents"], mirror["propsEvents"]) == (1, 1)
    assert mirror["errorEvents"] >= 1


def test_l1_and_l2_name_the_healthy_state_differently(world):
    world.federate("demo", "eu", "us")

    old = world["eu"].get(f"{FEDERATION}/status/repo/demo").json()["mirrorEventsStatusInfo"][0]["status"]
    new = (
        world["eu"].get("/artifactory/api/v2/federation/status/repo/demo").json()["mirrorEventsStatusInfo"][0]["status"]
    )

    assert (old, new) == ("SYNC", "HEALTHY")


def test_l1_of_an_unknown_repository_is_404(world):
    assert world["eu"].get(f"{FEDERATION}/status/repo/missing").status_code == 404


def test_l3_says_syncing_and_disabled_and_out_of_sync(world):
    world.federate("demo", "eu", "us")
    world.create("eu", "paused", members=[world.member("eu", "paused", enabled=False)])
    world.create("eu", "added")
    world.deploy("eu", "added/a.txt")
    world.edit("eu", "added", members=[world.member("eu", "added"), world.member("us", "added")]).raise_for_status()

    rows = {row["key"]: row for row in world["eu"].get(f"{FEDERATION}/state").json()}

    assert {key: row["status"] for key, row in rows.items()} == {
        "demo": "SYNCING",
        "paused": "DISABLED",
        "added": "OUT_OF_SYNC",
    }
    base = f"{world.deployments['us'].url}/artifactory"
    assert rows["demo"]["members"] == [{"remoteKey": "demo", "remoteUrl": base}]


def test_l4_lists_mirrors_beyond_the_threshold(world):
    world.federate("demo", "eu", "us")
    world.control.freeze_clock()
    world.control.cut_link("eu", "us")
    world.deploy("eu", "demo/a.txt")
    world.control.advance_clock(6)

    above = world["eu"].get(f"{FEDERATION}/status/mirrorsLag").json()
    below = world["eu"].get(f"{FEDERATION}/status/mirrorsLag", params={"thresholdTimeInMs": 7000}).json()

    assert [(row["localRepoKey"], row["lagInMS"]) for row in above] == [("demo", 6000)]
    assert below == []


def test_l5_lists_unreachable_mirrors(world):
    world.federate("demo", "eu", "us")
    world.control.stop("us")
    world.deploy("eu", "demo/a.txt")
    world.control.wait_until_idle(0.3)

    rows = world["eu"].get(f"{FEDERATION}/status/unavailableMirrors").json()

    assert [(row["localRepoKey"], row["remoteRepoKey"]) for row in rows] == [("demo", "demo")]


@pytest.mark.parametrize("path", ["status/repo/demo", "state", "status/mirrorsLag", "status/unavailableMirrors"])
def test_l6_l1_to_l5_are_405_with_the_federation_service(world, error_text, path):
    world.control.change_profile("eu", rtfs=True)

    answer = world["eu"].get(f"{FEDERATION}/{path}")

    assert (answer.status_code, error_text(answer)) == (405, "RTFS is enabled")


def test_l3_takes_the_names_of_the_help_page_by_profile(world):
    world.control.change_profile("eu", state_has_long_names=True)
    world.federate("demo", "eu", "us")

    rows = world["eu"].get(f"{FEDERATION}/state").json()

    remote = f"{world.deployments['us'].url}/artifactory/"
    members = [{"remoteRepoKey": "demo", "remoteUrl": remote}]
    assert rows == [{"localRepoKey": "demo", "status": "SYNCING", "members": members}]


def test_l5_is_an_object_by_profile(world):
    world.control.change_profile("eu", unavailable_mirrors_as_object=True)
    world.federate("demo", "eu", "us")

    assert world["eu"].get(f"{FEDERATION}/status/unavailableMirrors").json() == {"unavailableMirrors": []}


def test_l1_counts_artifacts_whose_binary_is_still_missing(world):
    world.federate("demo", "eu", "us")
    world.deploy("us", "demo/own.txt", b"here")
    world.control.hold_importers("us")
    world.deploy("eu", "demo/a.txt", b"there")
    world.deploy("eu", "demo/b.txt", b"elsewhere")
    world.settle()

    status = world["us"].get(f"{FEDERATION}/status/repo/demo").json()

    assert status["binariesTasksInfo"] == {"inProgressTasks": 2, "failingTasks": 0}
    assert status["federatedArtifactStatus"] == {
        "countFullyReplicateArtifacts": 1,
        "countArtificiallyReplicatedArtifacts": 2,
    }


def test_the_status_calls_are_missing_before_their_version(world):
    world.control.change_profile("eu", version="7.49.2")

    paths = ["federation/status/repo/demo", "v2/federation/status/repo/demo", "federation/status/mirrorsLag"]
    answers = [world["eu"].get(f"/artifactory/api/{path}").status_code for path in paths]

    assert answers == [404, 404, 404]
