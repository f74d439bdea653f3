"""M1 to M3 and what else is different with the Federation Service (RTFS)."""

import pytest

STATUS = "/artifactory/api/federation/status"


def with_rtfs(world, *names):
    for name in names:
        world.control.change_profile(name, rtfs=True)


def summary(world, name):
    return world[name].get(f"{STATUS}/stateSummary").raise_for_status().json()["federationStates"]


def nonzero(world, name):
    return {state: count for state, count in summary(world, name).items() if count}


def connections(world, name, key="demo"):
    """State by direction, as the names of the JPDs."""
    names = {f"{jpd.url}/artifactory": each for each, jpd in world.deployments.items()}
    rows = world[name].get(f"{STATUS}/connectionStates/{key}").raise_for_status().json()["memberConnections"]
    return {f"{names[row['localPlatformUrl']]}>{names[row['remotePlatformUrl']]}": row for row in rows}


def states(world, name):
    return {direction: row["status"] for direction, row in connections(world, name).items()}


@pytest.mark.parametrize("path", ["stateSummary", "stateList", "connectionStates/demo"])
def test_m1_to_m3_are_405_with_the_engine_inside_artifactory(world, error_text, path):
    answer = world["eu"].get(f"{STATUS}/{path}")

    assert (answer.status_code, error_text(answer)) == (405, "RTFS is not enabled")


def test_the_engine_is_switched_per_jpd(world):
    with_rtfs(world, "eu")

    assert world["eu"].get(f"{STATUS}/stateSummary").status_code == 200
    assert world["us"].get(f"{STATUS}/stateSummary").status_code == 405


def test_no_jpd_runs_the_federation_service_in_a_version_before_it(world):
    with pytest.raises(Exception, match=r"7\.104\.2"):
        world.control.change_profile("eu", rtfs=True, version="7.104.1")


def test_m1_counts_federations_by_state_and_names_every_state(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.create("eu", "other", members=[world.member("us", "other")])
    world.settle()

    assert summary(world, "eu") == {
        "HEALTHY": 2,
        "NOT_AVAILABLE": 0,
        "DELAYED": 0,
        "PENDING_FS": 0,
        "FULL_SYNC_RUNNING": 0,
        "ERROR": 0,
        "DISABLED": 0,
    }


def test_m2_lists_the_members_of_each_federation_with_itself(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()

    body = world["eu"].get(f"{STATUS}/stateList").json()

    member = {"repoKey": "demo", "aggregatedStatus": "HEALTHY", "supported": True, "disabled": False, "inLag": False}
    members = [{"url": f"{world.deployments[name].url}/artifactory", **member} for name in ("eu", "us")]
    assert body == {"federations": [{"localRepoKey": "demo", "memberInfoList": members, "priority": "STANDARD"}]}


def test_m2_takes_the_names_of_the_openapi_text_by_profile(world):
    with_rtfs(world, "eu", "us")
    world.control.change_profile("eu", state_list_is_names=True)
    world.federate("demo", "eu", "us")
    world.settle()

    member = world["eu"].get(f"{STATUS}/stateList").json()["federations"][0]["memberInfoList"][1]

    assert (member["isSupported"], member["isDisabled"], member["isInLag"]) == (True, False, False)
    assert "supported" not in member


def test_m2_filters_by_state(world):
    with_rtfs(world, "eu", "us", "ap")
    world.federate("demo", "eu", "us")
    world.trust("eu", "ap")
    world.create("eu", "broken", members=[world.member("ap", "broken")])
    world.settle()
    world.control.stop("ap")
    world.deploy("eu", "broken/a.txt")
    world.control.wait_until_idle(0.3)

    def keys(wanted):
        rows = world["eu"].get(f"{STATUS}/stateList", params={"status": wanted}).json()["federations"]
        return [row["localRepoKey"] for row in rows]

    assert (keys("NOT_AVAILABLE"), keys("N/A"), keys("HEALTHY,ERROR")) == (["broken"], ["broken"], ["demo"])


def test_m2_refuses_an_unknown_state(world):
    with_rtfs(world, "eu")

    assert world["eu"].get(f"{STATUS}/stateList", params={"status": "WEIRD"}).status_code == 400


def test_m3_has_an_entry_per_direction_with_lag_and_queue(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()
    world.control.freeze_clock()
    world.control.cut_link("eu", "us", both=False)
    world.deploy("eu", "demo/a.txt")
    world.control.advance_clock(7)

    rows = connections(world, "us")

    assert set(rows) == {"us>eu", "eu>us"}
    assert (rows["eu>us"]["lagInMs"], rows["eu>us"]["queuedEvents"]) == (7000, 1)
    assert rows["us>eu"] == {
        "localRepoKey": "demo",
        "localPlatformUrl": f"{world.deployments['us'].url}/artifactory",
        "remoteRepoKey": "demo",
        "remotePlatformUrl": f"{world.deployments['eu'].url}/artifactory",
        "status": "HEALTHY",
        "lagInMs": 0,
        "queuedEvents": 0,
        "disabled": False,
        "supported": True,
    }


def test_m3_of_an_unknown_repository_is_404(world):
    with_rtfs(world, "eu")

    assert world["eu"].get(f"{STATUS}/connectionStates/missing").status_code == 404


def test_a_lag_above_the_threshold_is_delayed(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()
    world.control.freeze_clock()
    world.control.add_fault(deployment="us", path="/artifactory/api/federation/peer/demo/events", delay_ms=3000)
    world.deploy("eu", "demo/a.txt")
    world.control.advance_clock(6)

    found = connections(world, "eu")["eu>us"]

    member = world["eu"].get(f"{STATUS}/stateList").json()["federations"][0]["memberInfoList"][1]
    assert (found["status"], found["queuedEvents"]) == ("DELAYED", 1)
    assert (member["aggregatedStatus"], member["inLag"]) == ("DELAYED", True)


def test_an_unreachable_member_is_not_available_both_ways(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()
    world.control.stop("us")
    world.deploy("eu", "demo/a.txt")
    world.control.wait_until_idle(0.3)

    assert states(world, "eu") == {"eu>us": "N/A", "us>eu": "N/A"}
    assert nonzero(world, "eu") == {"NOT_AVAILABLE": 1}


def test_a_member_without_the_federation_service_is_not_supported(world):
    with_rtfs(world, "eu")
    world.federate("demo", "eu", "us")
    world.settle()

    rows = connections(world, "eu")

    assert {(row["status"], row["supported"]) for row in rows.values()} == {("N/A", False)}


def test_not_available_has_its_other_name_by_profile(world):
    with_rtfs(world, "eu")
    world.control.change_profile("eu", not_available_text="NOT_AVAILABLE")
    world.federate("demo", "eu", "us")
    world.settle()

    assert set(states(world, "eu").values()) == {"NOT_AVAILABLE"}


def test_a_paused_member_is_disabled(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()
    world.edit("us", "demo", members=[world.member("eu", "demo"), world.member("us", "demo", enabled=False)])

    rows = connections(world, "eu")

    assert {(row["status"], row["disabled"]) for row in rows.values()} == {("DISABLED", True)}
    assert nonzero(world, "eu") == {"DISABLED": 1}


def test_the_most_severe_connection_counts(world):
    with_rtfs(world, "eu", "us", "ap")
    world.federate("demo", "eu", "us", "ap")
    world.settle()
    world.control.stop("ap")
    world.deploy("eu", "demo/a.txt")
    world.control.wait_until_idle(0.3)

    members = world["eu"].get(f"{STATUS}/stateList").json()["federations"][0]["memberInfoList"]

    assert [member["aggregatedStatus"] for member in members] == ["N/A", "HEALTHY", "N/A"]


def test_adding_a_member_brings_the_content_by_itself(world):
    with_rtfs(world, "eu", "us")
    world.trust("eu", "us")
    world.create("eu", "demo")
    world.deploy("eu", "demo/old.txt", b"old")

    world.edit("eu", "demo", members=[world.member("us", "demo")]).raise_for_status()
    world.settle()

    assert world["us"].get("/artifactory/demo/old.txt").content == b"old"
    assert set(states(world, "eu").values()) == {"HEALTHY"}


def test_adding_a_member_waits_for_a_full_sync_with_the_engine_inside_artifactory(world):
    world.trust("eu", "us")
    world.create("eu", "demo")
    world.deploy("eu", "demo/old.txt", b"old")

    world.edit("eu", "demo", members=[world.member("us", "demo")]).raise_for_status()
    world.settle()

    assert world.status("us", "demo/old.txt") == 404
    assert world["eu"].get("/artifactory/api/federation/state").json()[0]["status"] == "OUT_OF_SYNC"


def test_a_full_sync_that_runs_shows(world):
    with_rtfs(world, "eu", "us")
    world.federate("demo", "eu", "us")
    world.settle()
    world.control.add_fault(deployment="us", path="/artifactory/api/federation/peer/demo/inventory", delay_ms=2000)

    world["eu"].post("/artifactory/api/federation/fullSync/demo").raise_for_status()

    assert states(world, "eu")["eu>us"] == "FULL_SYNC_RUNNING"
    assert nonzero(world, "eu") == {"FULL_SYNC_RUNNING": 1}
