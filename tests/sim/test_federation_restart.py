"""What federation still has to do survives a restart of the simulator with a data folder."""

import pytest

from jpd_sim import Simulator


@pytest.fixture
def start(world, tmp_path):
    """Starts the simulator on one data folder."""
    kind = type(world)

    def started():
        return Simulator(["eu", "us"], data=tmp_path / "data"), kind

    return started


def test_queues_errors_and_binary_tasks_are_taken_up_again(start):
    simulator, world_of = start()
    with simulator as running:
        world = world_of(running)
        world.federate("demo", "eu", "us")
        world.control.hold_importers("us")
        world.deploy("eu", "demo/known.txt", b"known")
        world.settle()
        world.control.cut_link("eu", "us")
        world.deploy("eu", "demo/queued.txt", b"queued")
        world.control.wait_until_idle(0.1)
        world.close()

    simulator, _ = start()
    with simulator as running:
        world = world_of(running)
        world.control.heal_link("eu", "us")
        world.control.advance_clock(31)  # in case that us tried to fetch a binary before the link was whole
        world.settle()
        contents = [world["us"].get(f"/artifactory/demo/{name}.txt").content for name in ("known", "queued")]
        status = world["us"].get("/artifactory/api/federation/status/repo/demo").json()["federatedArtifactStatus"]
        world.close()

    assert contents == [b"known", b"queued"]
    assert status == {"countFullyReplicateArtifacts": 2, "countArtificiallyReplicatedArtifacts": 0}


def test_a_queue_that_gave_up_is_still_given_up(start):
    simulator, world_of = start()
    with simulator as running:
        world = world_of(running)
        world.control.change_profile("eu", event_max_retry=2)
        world.federate("demo", "eu", "us")
        world.control.cut_link("eu", "us")
        world.deploy("eu", "demo/a.txt")
        while "exhausted" not in world.control.wait_until_idle(0.02)[0]:
            pass
        world.control.heal_link("eu", "us")
        world.close()

    simulator, _ = start()
    with simulator as running:
        world = world_of(running)
        left = world.control.wait_until_idle(0.2)
        world["eu"].post("/artifactory/api/federation/recovery").raise_for_status()
        world.settle()
        world.close()

    assert "exhausted" in left[0]
