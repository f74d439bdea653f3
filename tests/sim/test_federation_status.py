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


@pytest.mark.parametrize("path", ["stateSummary", "stateList", "connectionStates/demo"])
def test_m1_to_m3_are_405_with_the_engine_inside_artifactory(world, error_text, path):
    answer = world["eu"].get(f"{FEDERATION}/status/{path}")

    assert (answer.status_code, error_text(answer)) == (405, "RTFS is not enabled")
